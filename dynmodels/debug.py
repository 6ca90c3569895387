"""Debug mode: the generated source as formatted files, which the classes then run from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from dynmodels import log
from dynmodels.errors import OptionsError

#: Set to 1 for the default folder, to a path for that folder; empty, 0, false, no and off mean no debug mode.
ENVIRONMENT_VARIABLE: Final = "DYNMODELS_DEBUG"

_LINE_LENGTH: Final = 120
_OFF: Final = frozenset({"", "0", "false", "no", "off"})
_ON: Final = frozenset({"1", "true", "yes", "on"})


def folder_of(debug: bool | Path | None) -> str | None:
    """Tell which folder debug mode writes to; None where it is off.

    Args:
        debug: The call's own argument; None to ask the environment variable ``DYNMODELS_DEBUG``.

    Raises:
        OptionsError: The path is relative, and there is no current folder.
    """
    if debug is None:
        word = os.environ.get(ENVIRONMENT_VARIABLE, "")
        debug = word.lower() in _ON if word.lower() in _OFF | _ON else Path(word)
    if debug is False:
        return None
    if debug is True:
        import platformdirs  # here and below, as all but this function's first lines is for debug mode alone

        return str(platformdirs.user_cache_path("dynmodels") / "debug")
    try:
        return str(debug.absolute())
    except OSError as error:  # a relative path, and the current folder is gone
        raise OptionsError(f"the debug folder {str(debug)!r} cannot be placed: {error}") from error


def write(
    modules: Mapping[tuple[str, ...], str], folder: Path, header: Mapping[str, Any]
) -> tuple[Mapping[tuple[str, ...], str], Mapping[tuple[str, ...], Path]]:
    """Format the source with black and isort and write it below ``folder``, each file in one step.

    A single module becomes ``DIGEST.py``, a package the folder ``DIGEST``. A file that cannot be written is reported
    to the log and costs the classes nothing: they run from memory then.

    Args:
        modules: Source by path in the generated package.
        folder: Where to write; it is made where it is missing.
        header: What to say at the top of each file; ``digest`` names it.

    Returns:
        The formatted source, and the files that hold it; no files where writing failed.
    """
    digest = str(header["digest"])
    formatted = {path: _header(header) + _formatted(source) for path, source in modules.items()}
    single = len(modules) == 1
    files = {path: folder / f"{digest}.py" if single else Path(folder, digest, *path) for path in modules}
    try:
        for path, file in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            write_in_one_step(file, formatted[path])
            log.info("generated source written to %s", file)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        log.warning("the generated source cannot be written below %s: %s", folder, error)
        return formatted, {}
    return formatted, files


def _header(header: Mapping[str, Any]) -> str:
    import textwrap

    lines = ["dynmodels debug output: a copy to read and to step into, written anew with each build."]
    lines += [
        f"{name}: {value!r}" if not isinstance(value, str) else f"{name}: {value}" for name, value in header.items()
    ]
    wrapped = (part for line in lines for part in textwrap.wrap(line, _LINE_LENGTH - 4, subsequent_indent="  "))
    return "".join(f"# {line}\n" for line in wrapped)


def _formatted(source: str) -> str:
    # Imported here, as both are slow to load and only this room needs them.
    import black
    import isort
    from black.parsing import InvalidInput

    try:
        text = isort.code(source, config=isort.Config(profile="black", line_length=_LINE_LENGTH))
        return black.format_str(text, mode=black.Mode(line_length=_LINE_LENGTH))
    except (InvalidInput, isort.exceptions.ISortError, RecursionError) as error:
        # Source that does not compile is what one wants to see in debug mode.
        log.warning("the generated source cannot be formatted: %s", error)
        return source


def write_in_one_step(file: Path, text: str) -> None:
    """Write a file beside the one that is to be, which then takes its name.

    Raises:
        OSError: It cannot be written; what was there before is there still.
    """
    import tempfile

    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
