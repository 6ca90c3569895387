"""All engines give the same results, whatever becomes of their workers."""

from __future__ import annotations

import gzip
import importlib.metadata
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from dynmodels import (
    DataError,
    DynamicModels,
    EngineError,
    InvalidLine,
    Progress,
    Validated,
    generate_dynamic_models,
    validate_files,
)
from dynmodels.files import _zstd
from tests.engines.processes import called

pytestmark = [pytest.mark.engines, pytest.mark.filterwarnings("default")]

DATA = Path(__file__).parents[1] / "data"
ORDERS = (DATA / "orders.ndjson").read_bytes().splitlines(keepends=True)
WITH_ERRORS = (DATA / "orders-with-errors.ndjson").read_bytes().splitlines(keepends=True)

Engine = Literal["local", "dask", "ray"]


@pytest.fixture
def models() -> DynamicModels:
    return generate_dynamic_models(DATA / "order.schema.json")


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut small files into many parts."""
    for name in ("on_dask", "on_ray"):
        monkeypatch.setattr(f"dynmodels.engines.{name}.PART", 100_000)


@pytest.fixture
def orders(tmp_path: Path, small_parts: None) -> Path:
    lines = [WITH_ERRORS[n % 5] if n % 97 == 0 else ORDERS[n % 24] for n in range(9_000)]
    file = tmp_path / "orders.ndjson"
    file.write_bytes(b"\xef\xbb\xbf" + b"".join(lines) + b'\n\n{"number": ')
    return file


@pytest.fixture
def cluster() -> Iterator[Any]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        yield cluster


def outcome(models: DynamicModels, data: list[Path | str], **options: Any) -> tuple[int, int, int, list[InvalidLine]]:
    found: list[InvalidLine] = []
    counts = validate_files(models, data, invalid=found.append, **options)
    return counts.valid, counts.invalid, counts.bytes, found


@pytest.fixture
def varied(orders: Path) -> list[Path | str]:
    """Plain and compressed files, whole and damaged ones, with lines and without."""
    text = orders.read_bytes()
    contents = {
        "packed.ndjson.gz": gzip.compress(text[:700_000]) + gzip.compress(text[700_000:]),
        "tight.jsonl.zst": _zstd().compress(text),
        "cut.ndjson.gz": gzip.compress(text)[:-3_000],
        "cut.ndjson.zst": _zstd().compress(text)[:-3_000],
        "empty.ndjson": b"",
        "blank.ndjson": b"\n \n\r\n",
        "wide.ndjson": b"\n" + b'"' + b"x" * 1_000_000 + b'"\n{}\n',
    }
    for name, content in contents.items():
        (orders.parent / name).write_bytes(content)
    return [orders, *(str(orders.parent / name) for name in contents), DATA / "orders-with-errors.ndjson", orders]


def test_all_give_the_same(models: DynamicModels, varied: list[Path | str]) -> None:
    expected = outcome(models, varied, jobs=1)

    assert expected[1] == len(expected[3]) > 200
    for engine in ("local", "dask", "ray"):
        assert outcome(models, varied, jobs=2, engine=engine) == expected, engine


def test_exact_classes_are_exact_everywhere(tmp_path: Path) -> None:
    schema = {"title": "Seat", "type": "object", "properties": {"n": {"type": "integer"}}}
    file = tmp_path / "seats.ndjson"
    file.write_text('{"n": 61}\n{"n": "61"}\n')

    for engine in ("local", "dask", "ray"):
        for exact, invalid in ((False, []), (True, [2])):
            models = generate_dynamic_models(schema, exact=exact)
            assert [line.line for line in outcome(models, [file], jobs=2, engine=engine)[3]] == invalid


@pytest.mark.parametrize("engine", ["local", "dask", "ray"])
def test_files_are_found_through_fsspec(models: DynamicModels, orders: Path, engine: Engine) -> None:
    (orders.parent / "more.ndjson").write_bytes(b"".join(ORDERS))

    valid, _, _, found = outcome(models, [f"file://{orders.parent}/*.ndjson"], jobs=2, engine=engine)

    assert valid == 8_945 + 24
    assert {line.file for line in found} == {f"file://{orders}"}


@pytest.mark.parametrize("engine", ["dask", "ray"])
def test_a_fault_in_a_worker_is_told_here(models: DynamicModels, orders: Path, engine: Engine) -> None:
    others = [orders.with_name(f"{number}.ndjson") for number in range(30)]
    for other in others:
        other.write_bytes(b"".join(ORDERS) * 99)

    def shrink(_: Progress) -> None:
        others[-1].write_bytes(b"")

    with pytest.raises(DataError, match=r"29\.ndjson has become shorter"):
        validate_files(models, [orders, *others], jobs=2, engine=engine, progress=shrink)


@pytest.mark.parametrize("engine", ["dask", "ray"])
def test_no_processes_are_left_behind(models: DynamicModels, orders: Path, engine: Engine) -> None:
    seen: list[int] = []

    def interrupt(_: Progress) -> None:
        seen.extend(workers(engine))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        validate_files(models, [orders], jobs=2, engine=engine, progress=interrupt)

    assert seen
    assert not workers(engine)


def workers(engine: Engine) -> list[int]:
    from multiprocessing import active_children

    if engine == "ray":
        return called(b"ray::")
    return [child.pid for child in active_children() if child.pid is not None]


def test_a_script_without_the_guard_is_told_what_to_be(orders: Path, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        f"""
import pathlib
from dynmodels import generate_dynamic_models, validate_files
models = generate_dynamic_models(pathlib.Path({str(DATA / "order.schema.json")!r}))
validate_files(models, [{str(orders)!r}], jobs=2, engine="dask")
"""
    )

    result = subprocess.run(  # noqa: S603
        [sys.executable, str(tmp_path / "program.py")], capture_output=True, text=True, check=False
    )

    assert result.returncode == 1
    assert "EngineError: Dask's workers cannot be started" in result.stderr
    assert "has to be a file, with `if __name__ == '__main__':`" in result.stderr.splitlines()[-1]


class TestKilled:
    def test_a_dask_worker_that_is_killed_changes_nothing(
        self, models: DynamicModels, varied: list[Path | str], cluster: Any
    ) -> None:
        expected = outcome(models, varied, jobs=1)
        killing = Killing(lambda: [worker.process.pid for worker in cluster.workers.values()])

        found = outcome(models, varied, engine="dask", scheduler=cluster.scheduler_address, progress=killing)

        assert len(killing.killed) == 2
        assert found == expected
        assert cluster.status.name == "running"  # it is not ours to end

    def test_a_ray_process_that_is_killed_changes_nothing(
        self, models: DynamicModels, varied: list[Path | str]
    ) -> None:
        expected = outcome(models, varied, jobs=1)
        killing = Killing(lambda: called(b"ray::MapWorker"))

        found = outcome(models, varied, engine="ray", jobs=2, progress=killing)

        assert killing.killed
        assert found == expected


class Killing:
    """Kills a worker after a tenth, and one after a third of the way."""

    def __init__(self, find: Callable[[], list[int]]) -> None:
        self.find = find
        self.killed: list[int] = []

    def __call__(self, reached: Progress) -> None:
        share = (0.1, 0.3, 2)[len(self.killed)]
        alive = self.find()
        if reached.bytes > share * reached.total and alive:
            os.kill(alive[0], signal.SIGKILL)
            self.killed.append(alive[0])


class TestClusters:
    def test_a_ray_that_is_connected_is_used_and_stays(self, models: DynamicModels, orders: Path) -> None:
        import ray

        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        try:
            assert outcome(models, [orders], engine="ray", jobs=1) == outcome(models, [orders], jobs=1)
            assert ray.is_initialized()
        finally:
            ray.shutdown()

    @pytest.mark.parametrize("engine", ["dask", "ray"])
    def test_an_address_where_nobody_is_is_an_error(self, models: DynamicModels, orders: Path, engine: Engine) -> None:
        import dask

        with dask.config.set({"distributed.comm.timeouts.connect": "1s"}), pytest.raises(EngineError, match="no "):
            validate_files(models, [orders], engine=engine, scheduler="127.0.0.1:9")

    def test_a_scheduler_that_goes_away_is_an_error(self, models: DynamicModels, orders: Path, cluster: Any) -> None:
        import dask

        def close(_: Progress) -> None:
            cluster.close()

        with dask.config.set({"distributed.comm.timeouts.connect": "1s"}), pytest.raises(EngineError, match="is gone"):
            validate_files(models, [orders], engine="dask", scheduler=cluster.scheduler_address, progress=close)

    def test_workers_without_dynmodels_are_an_error(
        self, models: DynamicModels, cluster: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("dynmodels.engines.on_dask.__version__", "0")
        with pytest.raises(EngineError, match=rf"dynmodels {importlib.metadata.version('dynmodels')}, which may judge"):
            validated(models, cluster)
        monkeypatch.setattr("dynmodels.engines.on_dask.PACKAGE", "no-such-package")
        with pytest.raises(EngineError, match="workers without dynmodels"):
            validated(models, cluster)


def validated(models: DynamicModels, cluster: Any) -> Validated:
    return validate_files(models, [DATA / "orders.ndjson"], engine="dask", scheduler=cluster.scheduler_address)
