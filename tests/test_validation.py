"""Validating whole files: the same results however many processes there are, whatever becomes of them."""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from dynmodels import (
    DataError,
    DynamicModels,
    EngineError,
    InvalidLine,
    OptionsError,
    Progress,
    Validated,
    generate_dynamic_models,
    validate_files,
)
from dynmodels.engines import local
from dynmodels.files import _zstd

DATA = Path(__file__).parent / "data"
ORDERS = (DATA / "orders.ndjson").read_bytes().splitlines(keepends=True)
WITH_ERRORS = (DATA / "orders-with-errors.ndjson").read_bytes().splitlines(keepends=True)

#: How many lines of ``orders`` are valid, and how many are not.
VALID, INVALID = 8_945, 56


@pytest.fixture
def models() -> DynamicModels:
    return generate_dynamic_models(DATA / "order.schema.json")


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """Some parts' worth of lines, a few of them invalid, and the last one broken off."""
    lines = [WITH_ERRORS[n % 5] if n % 97 == 0 else ORDERS[n % 24] for n in range(9_000)]
    file = tmp_path / "orders.ndjson"
    file.write_bytes(b"".join(lines) + b'\n\n{"number": ')
    return file


def outcome(
    models: DynamicModels, data: list[Path | str], jobs: int, **options: Any
) -> tuple[Validated, list[InvalidLine]]:
    found: list[InvalidLine] = []
    return validate_files(models, data, jobs=jobs, invalid=found.append, **options), found


class TestResults:
    def test_they_are_the_same_with_one_process_and_with_two(self, models: DynamicModels, orders: Path) -> None:
        packed = orders.with_name("packed.ndjson.gz")
        packed.write_bytes(gzip.compress(orders.read_bytes()))
        tight = orders.with_name("tight.jsonl.zst")
        tight.write_bytes(_zstd().compress(orders.read_bytes()))
        data: list[Path | str] = [orders, DATA / "orders-with-errors.ndjson", str(packed), orders, tight]

        alone, found_alone = outcome(models, data, 1)
        together, found_together = outcome(models, data, 2)

        assert (alone.valid, alone.invalid) == (together.valid, together.invalid) == (4 * VALID + 2, 4 * INVALID + 3)
        assert found_alone == found_together
        assert [line.file for line in found_alone] == [
            str(file) for file in data for _ in range(3 if file == data[1] else INVALID)
        ]
        assert [line.line for line in found_alone[INVALID : INVALID + 3]] == [2, 4, 5]
        assert found_alone[INVALID - 1].line == 9_003
        assert found_alone[INVALID - 1].errors[0].type == "json_invalid"
        assert alone.bytes == sum(Path(file).stat().st_size for file in data)

    def test_a_class_can_be_named(self, models: DynamicModels, tmp_path: Path) -> None:
        (tmp_path / "money.ndjson").write_text('{"amount": 1, "currency": "SEK"}\n{"amount": -1, "currency": "SEK"}\n')

        for jobs in (1, 2):
            counts, found = outcome(models, [tmp_path / "money.ndjson"], jobs, class_name="Money")

            assert (counts.valid, counts.invalid) == (1, 1)
            assert [fault.path for fault in found[0].errors] == ["/amount"]

    def test_files_without_lines_have_none(self, models: DynamicModels, tmp_path: Path) -> None:
        contents = {
            "a.ndjson": b"",
            "b.ndjson": b"\n\n\n",
            "c.ndjson.gz": gzip.compress(b""),
            "d.ndjson.gz": b"",
            "e.jsonl.zst": b"",
        }
        for name, content in contents.items():
            (tmp_path / name).write_bytes(content)

        counts, found = outcome(models, [tmp_path / name for name in contents], 1)

        assert (counts.valid, counts.invalid, found) == (0, 0, [])

    def test_a_damaged_file_is_not_taken_for_a_whole_one(self, models: DynamicModels, orders: Path) -> None:
        cut = orders.with_name("cut.ndjson.gz")
        cut.write_bytes(gzip.compress(b"".join(ORDERS) * 400)[:-2_000])

        (alone, found), (together, found_together) = (outcome(models, [cut, orders], jobs) for jobs in (1, 2))

        assert (alone.valid, found) == (together.valid, found_together)
        damage = found[0]
        assert damage.errors[0].type == "unreadable"
        assert damage.line == alone.valid - VALID + 1 > 1
        assert alone.invalid == INVALID + 1

    def test_progress_goes_to_the_end(self, models: DynamicModels, orders: Path) -> None:
        packed = orders.with_name("packed.ndjson.gz")
        packed.write_bytes(gzip.compress(orders.read_bytes()))
        seen: list[Progress] = []

        counts = validate_files(models, [orders, packed], jobs=1, progress=seen.append)

        assert [each.bytes for each in seen] == sorted(each.bytes for each in seen)
        assert (seen[-1].bytes, seen[-1].total, seen[-1].valid) == (counts.bytes, counts.bytes, counts.valid)
        assert len(seen) > 3


class TestInvalidFile:
    def test_it_holds_the_invalid_lines_as_ndjson(self, models: DynamicModels, tmp_path: Path) -> None:
        file = DATA / "orders-with-errors.ndjson"

        validate_files(models, [file], jobs=1, invalid=tmp_path / "invalid.ndjson")

        told = [json.loads(line) for line in (tmp_path / "invalid.ndjson").read_text().splitlines()]
        assert [(line["file"], line["line"]) for line in told] == [(str(file), 2), (str(file), 4), (str(file), 5)]
        assert told[2]["errors"] == [{"path": "/lines", "message": "Field required", "type": "missing"}]

    def test_it_appears_when_all_is_done(self, models: DynamicModels, orders: Path, tmp_path: Path) -> None:
        target = tmp_path / "invalid.ndjson"
        target.write_text("from before")

        def interrupt(_: Progress) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            validate_files(models, [orders], jobs=1, invalid=target, progress=interrupt)

        assert target.read_text() == "from before"
        assert sorted(each.name for each in tmp_path.iterdir()) == ["invalid.ndjson", "orders.ndjson"]

    @pytest.mark.parametrize("given", ["orders.ndjson", "*.ndjson", "file://{}/orders.ndjson", "link"])
    def test_it_is_none_of_the_data(
        self, models: DynamicModels, orders: Path, monkeypatch: pytest.MonkeyPatch, given: str
    ) -> None:
        monkeypatch.chdir(orders.parent)
        Path("link").symlink_to(orders)
        before = orders.read_bytes()

        with pytest.raises(OptionsError, match="is read, so"):
            validate_files(models, [given.format(orders.parent)], jobs=1, invalid=orders)

        assert orders.read_bytes() == before

    def test_a_device_stays_one(self, models: DynamicModels) -> None:
        validate_files(models, [DATA / "orders-with-errors.ndjson"], jobs=1, invalid=Path(os.devnull))

        assert not Path(os.devnull).is_file()

    def test_a_folder_that_is_not_there_is_an_error(self, models: DynamicModels, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="cannot write"):
            validate_files(models, [], jobs=1, invalid=tmp_path / "none" / "invalid.ndjson")


class TestProcesses:
    def test_a_killed_process_changes_nothing(self, models: DynamicModels, orders: Path) -> None:
        expected = outcome(models, [orders] * 3, 1)[1]
        killed: list[int] = []

        def kill(reached: Progress) -> None:
            if len(killed) < 2 and reached.bytes > reached.total * (1 + len(killed)) / 4:
                victim = multiprocessing.active_children()[0].pid
                assert victim is not None
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)

        counts, found = outcome(models, [orders] * 3, 2, progress=kill)

        assert len(killed) == 2
        assert (counts.valid, found) == (3 * VALID, expected)

    def test_processes_that_always_end_are_an_error(
        self, models: DynamicModels, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(local, "_begin", os._exit)

        with pytest.raises(EngineError, match=r"ended 4 times while they judged .*orders\.ndjson"):
            validate_files(models, [DATA / "orders.ndjson"], jobs=2)

    def test_a_fault_in_a_process_is_told_here(self, models: DynamicModels, orders: Path) -> None:
        def shrink(reached: Progress) -> None:
            orders.write_bytes(b"")

        with pytest.raises(DataError, match="shorter"):
            validate_files(models, [orders] * 9, jobs=2, progress=shrink)

    def test_a_worker_of_a_pool_has_to_do_it_alone(self, models: DynamicModels) -> None:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            assert pool.apply(validate_files, (models, [DATA / "orders.ndjson"]), {"jobs": 1}).valid == 24
            with pytest.raises(EngineError, match="jobs=1 inside a worker"):
                pool.apply(validate_files, (models, [DATA / "orders.ndjson"]), {"jobs": 2})

    @pytest.mark.parametrize("arguments", [["program.py"], ["-"]], ids=["without the guard", "no file"])
    def test_a_script_that_cannot_be_imported_is_told_what_to_be(self, tmp_path: Path, arguments: list[str]) -> None:
        program = f"""
import pathlib
from dynmodels import generate_dynamic_models, validate_files
models = generate_dynamic_models(pathlib.Path({str(DATA / "order.schema.json")!r}))
validate_files(models, [{str(DATA / "orders.ndjson")!r}], jobs=2)
"""
        (tmp_path / "program.py").write_text(program)

        result = subprocess.run(  # noqa: S603
            [sys.executable, *arguments], input=program, cwd=tmp_path, capture_output=True, text=True, check=False
        )

        assert result.returncode == 1
        assert "EngineError: processes have ended 4 times" in result.stderr
        assert "has to be a file, with `if __name__ == '__main__':`" in result.stderr.splitlines()[-1]

    @pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGKILL])
    def test_none_is_left_behind(self, orders: Path, tmp_path: Path, way: signal.Signals) -> None:
        program = tmp_path / "program.py"
        program.write_text(
            f"""
import multiprocessing, pathlib
from dynmodels import generate_dynamic_models, validate_files

def tell(_):
    print(*[child.pid for child in multiprocessing.active_children()], flush=True)

if __name__ == "__main__":
    models = generate_dynamic_models(pathlib.Path({str(DATA / "order.schema.json")!r}))
    validate_files(models, [{str(orders)!r}] * 100, jobs=2, progress=tell)
"""
        )
        with subprocess.Popen(  # noqa: S603
            [sys.executable, str(program)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            children = [int(word) for word in process.stdout.readline().split()]
            process.send_signal(way)
            # The pipe ends when the last process has let go of it.
            process.communicate(timeout=60)

        assert len(children) == 2
        assert process.returncode != 0
        assert not any(is_running(child) for child in children)


def is_running(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda models: validate_files(models, "a.ndjson"), "a sequence of files"),
        (lambda models: validate_files(models, [], engine="spark"), "'local', 'dask' or 'ray'"),  # type: ignore[arg-type]
        (lambda models: validate_files(models, [], jobs=0), "number of processes"),
        (lambda models: validate_files(models, [], scheduler="tcp://there:8786"), "dask and ray"),
        (lambda models: validate_files(models, [], engine="dask", scheduler="nonsense"), "no address of a Dask"),
        (lambda models: validate_files(models, [], engine="dask", scheduler="tcp://there"), "no address of a Dask"),
        (lambda models: validate_files(models, [], invalid="bad.ndjson"), "a pathlib.Path or a function"),  # type: ignore[arg-type]
        (lambda models: validate_files(models, [], invalid=[]), "a pathlib.Path or a function"),  # type: ignore[arg-type]
        (lambda models: validate_files(models, [], progress=3), "progress is a function"),  # type: ignore[arg-type]
        (lambda models: validate_files(models.root, []), "what generate_dynamic_models gives"),
        (lambda _: validate_files(None, []), "what generate_dynamic_models gives"),  # type: ignore[arg-type]
    ],
)
def test_bad_arguments_are_an_error(
    models: DynamicModels, call: Callable[[DynamicModels], Validated], message: str
) -> None:
    with pytest.raises(OptionsError, match=message):
        call(models)


@pytest.mark.parametrize(("engine", "extra"), [("dask", "distributed"), ("ray", "ray")])
def test_a_package_that_is_missing_is_named_with_its_extra(
    models: DynamicModels, monkeypatch: pytest.MonkeyPatch, engine: Literal["dask", "ray"], extra: str
) -> None:
    monkeypatch.setattr("dynmodels.validation.find_spec", lambda _: None)

    with pytest.raises(OptionsError, match=rf'(?s){extra}.*pip install "dynmodels\[{extra}\]"'):
        validate_files(models, [], engine=engine)


def test_a_file_that_is_not_there_is_an_error(models: DynamicModels, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read .*none\.ndjson: No such file"):
        validate_files(models, [tmp_path / "none.ndjson"])
