"""Jupyter: a real notebook ends with the classes, becomes a page, and the page is looked at in a browser.

The browser is a Chromium, named by DYNMODELS_BROWSER or found on the PATH (``apt-get install chromium``). Pictures are
left in the folder that DYNMODELS_PICTURES names, to be looked at by a person.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat", reason="nox -s ecosystem installs it")
nbclient = pytest.importorskip("nbclient", reason="nox -s ecosystem installs it")
nbconvert = pytest.importorskip("nbconvert", reason="nox -s ecosystem installs it")
playwright = pytest.importorskip("playwright.sync_api", reason="nox -s ecosystem installs it")

pytestmark = [pytest.mark.ecosystem, pytest.mark.filterwarnings("default")]  # of the kernel's and its client's own

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

HOTEL = """
from dynmodels import generate_dynamic_models
from tests.ecosystem.hotel import DOCUMENT

models = generate_dynamic_models(DOCUMENT, exact=True, target_model_names=["Booking", "Address", "Room"])
models
"""

HOSTILE = """
from dynmodels import generate_dynamic_models

text = "</code></style><script>alert(1)</script><img src=x onerror=alert(2)> $x^2$ \\\\(y\\\\) &lt;b&gt;"
generate_dynamic_models({
    "title": "Hostile",
    "description": text,
    "type": "object",
    "properties": {
        text: {"type": "string", "pattern": text, "default": text, "description": text},
        "kind": {"enum": [text]},
    },
})
"""

LARGE = """
from dynmodels import generate_dynamic_models

properties = {f"reading{place}": {"type": "integer", "minimum": place} for place in range(12)}
definitions = {f"Station{number}": {"type": "object", "properties": properties} for number in range(400)}
generate_dynamic_models({"$defs": definitions})
"""

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    found = os.environ.get("DYNMODELS_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium on the PATH; name one by DYNMODELS_BROWSER")
    with playwright.sync_playwright() as library:
        browser = library.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Any, tmp_path: Path) -> Iterator[Open]:
    """Runs a notebook of one cell, converts it, and opens the page."""
    pages = []

    def open_(cell: str, theme: str = "light") -> Any:
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [nbformat.v4.new_code_cell(cell.strip())]
        root = Path(__file__).parents[2]
        nbclient.NotebookClient(
            notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(root)}}
        ).execute()
        html, _ = nbconvert.HTMLExporter(theme=theme).from_notebook_node(notebook)
        file = tmp_path / "notebook.html"
        file.write_text(html, encoding="utf-8")
        page = chromium.new_page(viewport={"width": 1100, "height": 900})
        page.on("dialog", lambda dialog: pytest.fail(f"the page says {dialog.message}"))
        # What the converted page would fetch from elsewhere is nothing of these classes'.
        page.route(
            "**/*",
            lambda route: route.continue_() if route.request.url == file.as_uri() else route.abort(),
        )
        page.goto(file.as_uri(), wait_until="domcontentloaded")
        pages.append(page)
        return page

    yield open_
    for page in pages:
        page.close()


def picture(page: Any, name: str, tmp_path: Path) -> Path:
    """Take a picture of what is seen."""
    file = Path(os.environ.get("DYNMODELS_PICTURES") or tmp_path, f"{name}.png")
    page.screenshot(path=str(file))
    return file


def rows(page: Any, name: str) -> list[list[str]]:
    """What the table of a class shows, unfolded by a click on its name."""
    fold = page.locator(".dynmodels details").filter(has=page.locator("summary b code", has_text=name)).first
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()
    table = fold.locator("table")
    assert table.is_visible()
    return [[cell.strip() for cell in line.locator("th, td").all_inner_texts()] for line in table.locator("tr").all()]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_notebook_shows_the_classes(opened: Open, theme: str, tmp_path: Path) -> None:
    page = opened(HOTEL, theme)

    assert page.locator(".dynmodels summary b code").all_inner_texts() == ["Booking", "Address", "Room"]
    assert not page.locator(".dynmodels table").first.is_visible()  # folded, until somebody asks for it
    booking = rows(page, "Booking")
    assert rows(page, "Room") == [["member", "value"], ["single", "'single'"], ["double", "'double'"]]
    assert rows(page, "Address")[2] == ["postcode", "str", "required", "pattern: ^[0-9]{5}$"]
    assert booking[:2] == [
        ["field", "type", "default", "alias", "constraints", "description"],
        ["guest", "str", "required", "", "minLength: 2, maxLength: 40", "Who sleeps here."],
    ]
    assert ["wishes", "list[str] | None", "None", "", "maxItems: 3, uniqueItems: true", ""] in booking
    assert "A room for some nights." in page.locator(".dynmodels").inner_text()
    assert picture(page, f"notebook-{theme}", tmp_path).stat().st_size > 10_000


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_can_be_read_in_either_theme(opened: Open, theme: str) -> None:
    """Text stands out from what is behind it by 4.5 to 1 at least (WCAG 2.2, 1.4.3)."""
    page = opened(HOTEL, theme)
    rows(page, "Booking")

    contrasts = page.evaluate(CONTRASTS)

    assert len(contrasts) > 20
    assert min(contrasts) >= 4.5


def test_what_a_schema_says_stays_text(opened: Open, tmp_path: Path) -> None:
    page = opened(HOSTILE)

    text = "</code></style><script>alert(1)</script><img src=x onerror=alert(2)> $x^2$ \\(y\\) &lt;b&gt;"
    shown = page.locator(".dynmodels")
    assert page.locator(".dynmodels :is(script, img, b b, i, a, iframe)").count() == 0
    assert text in shown.locator("p", has_text="alert").inner_text()
    assert rows(page, "Hostile")[1][3] == text
    assert "tex2jax_ignore" in shown.get_attribute("class")
    assert page.evaluate("getComputedStyle(document.querySelector('.dynmodels td')).textAlign") == "left"
    picture(page, "notebook-hostile", tmp_path)


def test_a_large_document_is_folded_and_says_what_it_leaves_out(opened: Open, tmp_path: Path) -> None:
    page = opened(LARGE)

    assert len(page.locator(".dynmodels").inner_html()) < 300_000
    folded = page.locator(".dynmodels > details", has_text="more classes")
    assert not folded.locator("summary b").first.is_visible()
    folded.locator("> summary").click()
    assert folded.locator("summary b").first.is_visible()
    shown = page.locator(".dynmodels summary b").count()
    assert f"{401 - shown} classes are not shown" in page.locator(".dynmodels").inner_text()
    picture(page, "notebook-large", tmp_path)


#: How far each visible text of the classes stands out from the background, as the guidelines reckon it.
CONTRASTS = """
() => {
  const channels = (colour) => (colour.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number)
  const over = (above, below) => {
    const alpha = above.length > 3 ? above[3] : 1
    return [0, 1, 2].map((place) => above[place] * alpha + below[place] * (1 - alpha))
  }
  const light = (colour) => {
    const parts = colour.map((value) => value / 255)
    const linear = parts.map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
  }
  const behind = (element) => {
    const below = element.parentElement ? behind(element.parentElement) : [255, 255, 255]
    return over(channels(getComputedStyle(element).backgroundColor), below)
  }
  const opacity = (element) => element ? Number(getComputedStyle(element).opacity) * opacity(element.parentElement) : 1
  return [...document.querySelectorAll('.dynmodels :is(code, td, th, p, summary, .note)')]
    .filter((element) => element.checkVisibility() && element.innerText.trim())
    .map((element) => {
      const back = behind(element)
      const colour = channels(getComputedStyle(element).color)
      const front = over([...colour.slice(0, 3), (colour[3] ?? 1) * opacity(element)], back)
      const [more, less] = [light(front), light(back)].sort((a, b) => b - a)
      return (more + 0.05) / (less + 0.05)
    })
}
"""
