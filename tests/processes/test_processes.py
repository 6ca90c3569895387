"""Other processes: what the libraries that start them send there and back."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any, Final

import pytest
from pydantic import ValidationError

from tests.cargo import described, validator_of
from tests.lending import KINDS, LOAN_DATA, MEMBER_DATA, lending
from tests.processes import tasks

pytestmark = [
    pytest.mark.processes,
    pytest.mark.filterwarnings("default"),  # of libraries that start threads and leave sockets open
]

METHODS: Final = [name for name in ("fork", "forkserver", "spawn") if name in multiprocessing.get_all_start_methods()]

#: Calls a function in another process, and gives its result.
Call = Callable[..., Any]


@contextmanager
def multiprocessing_pool(method: str) -> Iterator[Call]:
    with multiprocessing.get_context(method).Pool(2) as pool:
        yield lambda function, *arguments: pool.apply(function, arguments)


@contextmanager
def multiprocessing_pipe(method: str) -> Iterator[Call]:
    """A process that is answered through a pipe; it does one thing only, whatever function is asked for."""
    context: Any = multiprocessing.get_context(method)
    here, there = context.Pipe()
    process = context.Process(target=tasks.answer_through, args=(there,))
    process.start()

    def call(_: Any, value: Any) -> Any:
        here.send(value)
        return here.recv()

    try:
        yield call
    finally:
        here.send(None)
        process.join()


@contextmanager
def multiprocessing_queue(method: str) -> Iterator[Call]:
    context: Any = multiprocessing.get_context(method)
    given, taken = context.Queue(), context.Queue()
    process = context.Process(target=tasks.answer_from, args=(given, taken))
    process.start()

    def call(_: Any, value: Any) -> Any:
        given.put(value)
        return taken.get(timeout=60)

    try:
        yield call
    finally:
        given.put(None)
        process.join()


@contextmanager
def futures(method: str) -> Iterator[Call]:
    with ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool:
        yield lambda function, *arguments: pool.submit(function, *arguments).result()


@contextmanager
def loky() -> Iterator[Call]:
    from loky import ProcessPoolExecutor as LokyExecutor

    with LokyExecutor(2) as pool:
        yield lambda function, *arguments: pool.submit(function, *arguments).result()


@contextmanager
def joblib() -> Iterator[Call]:
    from joblib import Parallel, delayed

    # Two calls at once, as joblib makes a single one here.
    with Parallel(n_jobs=2, backend="loky") as parallel:
        yield lambda function, *arguments: parallel(delayed(function)(*arguments) for _ in range(2))[0]


@contextmanager
def dask_client() -> Iterator[Any]:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        yield client


@contextmanager
def dask() -> Iterator[Call]:
    with dask_client() as client:
        yield lambda function, *arguments: client.submit(function, *arguments, pure=False).result(timeout=60)


#: Whatever starts processes, and how.
LIBRARIES: Final[dict[str, Callable[[], AbstractContextManager[Call]]]] = {
    **{f"multiprocessing.Pool, {method}": lambda method=method: multiprocessing_pool(method) for method in METHODS},  # type: ignore[misc]
    **{f"multiprocessing.Pipe, {method}": lambda method=method: multiprocessing_pipe(method) for method in METHODS},  # type: ignore[misc]
    **{f"multiprocessing.Queue, {method}": lambda method=method: multiprocessing_queue(method) for method in METHODS},  # type: ignore[misc]
    **{f"concurrent.futures, {method}": lambda method=method: futures(method) for method in METHODS},  # type: ignore[misc]
    "loky": loky,
    "joblib": joblib,
    "dask": dask,
}

#: Those that send functions whole by cloudpickle, also where no process could import them.
SENDING_FUNCTIONS: Final = ["loky", "joblib", "dask"]


@cache
def of_kind(kind: str) -> Any:
    """Make an object of a kind."""
    return KINDS[kind](lending())


def very(value: Any) -> Any:
    """Describe an object by the very classes that it is made of, rather than their names."""
    return described(value, naming=id)


@pytest.fixture(scope="module", params=LIBRARIES)
def call(request: pytest.FixtureRequest) -> Iterator[Call]:
    """A way to call functions in other processes, which reach no store."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DYNMODELS_CACHE_DIR", "")
        with LIBRARIES[request.param]() as started:
            yield started


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_goes_there_as_it_is_and_comes_back_with_the_very_same_classes(call: Call, kind: str) -> None:
    value = of_kind(kind)

    returned, seen_there, process = call(tasks.answer, value)

    assert process != os.getpid()
    assert seen_there == described(value)
    assert very(returned) == very(value)


def test_all_of_them_go_at_once(call: Call) -> None:
    everything = {kind: of_kind(kind) for kind in KINDS}

    returned, seen_there, _ = call(tasks.answer, everything)

    assert seen_there == described(everything)
    assert very(returned) == very(everything)


@pytest.mark.parametrize("library", SENDING_FUNCTIONS)
def test_functions_that_close_over_a_class_are_sent_whole(library: str) -> None:
    loan: Any = lending()["Loan"]

    def fine_of(given: Any) -> Any:
        assert isinstance(given, loan)
        return loan(book=given.book, member=given.member, status="returned", **{"fine-cents": given.fine_cents + 50})

    with LIBRARIES[library]() as call:
        raised = call(fine_of, loan(**LOAN_DATA))
        made = call(validator_of(loan), LOAN_DATA)

    assert type(raised) is type(made) is loan
    assert raised.fine_cents == 300
    assert made == loan(**LOAN_DATA)


@pytest.mark.parametrize("library", [name for name in LIBRARIES if "Pipe" not in name and "Queue" not in name])
def test_methods_are_called_there_and_their_errors_come_back(library: str) -> None:
    loan: Any = lending()["Loan"]

    with LIBRARIES[library]() as call:
        made = call(loan.model_validate, LOAN_DATA)
        with pytest.raises(ValidationError, match="fine-cents") as caught:
            call(loan.model_validate, {**LOAN_DATA, "fine-cents": -1})

    assert type(made) is loan
    assert [fault["loc"] for fault in caught.value.errors()] == [("fine-cents",)]


@pytest.mark.parametrize("method", METHODS)
def test_a_class_that_one_process_made_is_one_class_in_the_next(method: str) -> None:
    """What comes back from there is sent on: two processes, neither of which has called dynmodels."""
    member: Any = lending()["Member"]

    with futures(method) as first, futures(method) as second:
        returned, _, there = first(tasks.answer, member(**MEMBER_DATA))
        again, _, elsewhere = second(tasks.answer, [returned, member])

    assert there != elsewhere
    assert type(again[0]) is again[1] is member


def test_dask_works_on_many_instances_and_gathers_them() -> None:
    member: Any = lending()["Member"]
    members = [member(number=number) for number in range(100)]

    def befriend(one: Any, other: Any) -> Any:
        return one.model_copy(update={"friends": [other]})

    with dask_client() as client:
        scattered = client.scatter(members)
        gathered = client.gather(client.map(befriend, scattered, scattered[1:] + scattered[:1]))

    assert [each.friends[0].number for each in gathered] == [*range(1, 100), 0]
    assert {type(each) for each in gathered} == {type(each.friends[0]) for each in gathered} == {member}
