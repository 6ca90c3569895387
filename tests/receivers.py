"""What processes do with what they are sent: functions that tests call in fresh interpreters.

dynmodels is imported inside of them, and only where a program would: unpickling has to do without.
"""

from __future__ import annotations

import hashlib
import importlib
import itertools
import json
import os
import pickle
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from tests.cargo import described


def describe_all(sent: Mapping[str, bytes]) -> dict[str, Any]:
    """Unpickle one thing after the other, and say what each is; what cannot be unpickled is told by its traceback."""

    def describe(pickled: bytes) -> Any:
        try:
            return described(pickle.loads(pickled))
        except Exception:  # noqa: BLE001 (whatever it is, it is told, and the others have their turn)
            return traceback.format_exc(limit=-2)

    return {name: describe(pickled) for name, pickled in sent.items()}


def summaries(sent: Mapping[str, bytes]) -> dict[str, str]:
    """Do so in few words, for large objects; what cannot be unpickled is told by its error."""

    def summary_of(pickled: bytes) -> str:
        try:
            return summary(pickle.loads(pickled))
        except Exception as error:  # noqa: BLE001 (whatever it is, it is told)
            return f"{type(error).__name__}: {error}"

    return {name: summary_of(pickled) for name, pickled in sent.items()}


def summary(value: Any) -> str:
    """Give a digest of all that can be seen of an object, or why it cannot be seen."""
    try:
        seen = json.dumps(described(value))
    except Exception as error:  # noqa: BLE001 (there are classes that pydantic has no JSON Schema of)
        return f"not described: {type(error).__name__}"
    # Two classes of one name are told apart by their modules, and while older classes live, these have a number.
    return hashlib.sha256(re.sub(r"(d[0-9a-f]{32})_[0-9]+", r"\1", seen).encode()).hexdigest()


def module_of(pickled: bytes) -> str:
    """Say which module a class that was sent names."""
    cls: type = pickle.loads(pickled)
    return cls.__module__


def written(pickled: bytes) -> Any:
    """Write an instance of an exact class that was sent, as onto the wire."""
    return pickle.loads(pickled).model_dump(mode="json", by_alias=True, exclude_unset=True)


def pickled_again(pickled: bytes) -> str:
    """Pass on what was sent, in hexadecimal digits."""
    return pickle.dumps(pickle.loads(pickled)).hex()


def errors_in_turn(sent: Iterable[bytes]) -> list[str]:
    """Unpickle one thing after the other, and name the class of each, or of the error."""

    def name_of(pickled: bytes) -> str:
        try:
            return type(kept.setdefault(pickled, pickle.loads(pickled))).__name__
        except Exception as error:  # noqa: BLE001 (whatever it is, it is told)
            return type(error).__name__

    kept: dict[bytes, Any] = {}
    return [name_of(pickled) for pickled in sent]


def modules_loaded(pickled: bytes, names: Iterable[str]) -> list[str]:
    """Tell which of these modules a process has loaded that did nothing but unpickle."""
    before = set(sys.modules)
    pickle.loads(pickled)
    return sorted(set(names) & (sys.modules.keys() - before))


def error_of(pickled: bytes) -> list[Any]:
    """Say what is raised by unpickling: the names of the error's classes, and its text."""
    try:
        pickle.loads(pickled)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is told)
        return [[cls.__name__ for cls in type(error).__mro__], str(error)]
    return [[], "nothing is raised"]


def errors_of(sent: Mapping[str, bytes]) -> dict[str, list[Any]]:
    """Say what each raises; and before, to whoever finds this process dead, which one it is."""
    told = {}
    for name, pickled in sent.items():
        print(name, file=sys.stderr, flush=True)
        told[name] = error_of(pickled)
    return told


def verdicts(pickled: bytes, data: Iterable[Any]) -> list[bool]:
    """Tell which data a class accepts that was sent."""
    from pydantic import ValidationError

    def accepts(each: Any) -> bool:
        try:
            cls.model_validate(each)
        except ValidationError:
            return False
        return True

    cls = pickle.loads(pickled)
    return [accepts(each) for each in data]


def verdicts_by_name(sent: Mapping[str, bytes], data: Iterable[Any]) -> dict[str, list[bool]]:
    """Tell which data each of several classes accepts."""
    return {name: verdicts(pickled, data) for name, pickled in sent.items()}


def results_of(pickled: bytes, data: Any) -> Any:
    """Call a function that was sent, and say what it gives."""
    return described(pickle.loads(pickled)(data))


def are_same(sent: Mapping[str, bytes], steps: Iterable[Any], document: Any, options: Mapping[str, Any]) -> bool:
    """Get hold of one class in several ways, in the order given, and tell whether each gave the very same.

    A step is "call" (for the class of the root), the name of something that was sent (a class, or an instance of it),
    the name of a module and a class in it, in a list, or "part": something that was sent of another class.
    """

    def by(step: Any) -> Any:
        if isinstance(step, list):
            return getattr(importlib.import_module(step[0]), step[1])
        if step == "call":
            from dynmodels import generate_dynamic_models

            return generate_dynamic_models(document, **options).root
        value = pickle.loads(sent[step])
        return value if isinstance(value, type) else type(value)

    held = [(step, by(step)) for step in steps]
    first, *others = [cls for step, cls in held if step != "part"]
    return all(other is first for other in others)


def is_whole_after_a_part(pickled: bytes, document: Any) -> dict[str, bool]:
    """Ask for a document's classes after an instance of one of them has come: what came must be among them."""
    from dynmodels import generate_dynamic_models

    loan = pickle.loads(pickled)
    models = generate_dynamic_models(document)
    member = models["Member"](number=8)
    return {
        "the class is that of the document": type(loan) is models["Loan"],
        "so is that of a field": type(loan.member) is models["Member"],
        "so is that of an enum": type(loan.status) is models["Status"],
        "what came is taken as it is": models["Loan"](book=loan.book, member=loan.member).member is loan.member,
        "what is made here is taken by what came": type(loan)(book=loan.book, member=member).member is member,
    }


def share_classes(sent: Mapping[str, bytes]) -> dict[str, bool]:
    """Unpickle three things one by one whose classes overlap, in the order given."""
    arrived = {name: pickle.loads(pickled) for name, pickled in sent.items()}
    ada, borrowed, follower = arrived["member"], arrived["loan"], arrived["tracked"]
    return {
        "an instance and a field": type(borrowed.member) is type(ada),
        "the fields' own classes": type(borrowed).model_fields["member"].annotation is type(ada),
        "a subclass that was imported": isinstance(follower, type(ada)) and type(follower) is not type(ada),
    }


def classes_in_threads(pickled: bytes, threads: int) -> list[int]:
    """Unpickle in several threads at once, and count the classes: of the object, and of what it holds."""
    together = threading.Barrier(threads)

    def load(_: int) -> Any:
        together.wait()
        return pickle.loads(pickled)

    with ThreadPoolExecutor(threads) as pool:
        loaded = list(pool.map(load, range(threads)))
    return [len({type(each) for each in loaded}), len({type(each.member) for each in loaded})]


def classes_with_the_modules_own(pickled: bytes, threads: int) -> dict[str, Any]:
    """Unpickle an appliance in some threads, while others import the module that builds its class."""
    together = threading.Barrier(2 * threads)

    def load(number: int) -> Any:
        together.wait()
        return pickle.loads(pickled) if number % 2 else importlib.import_module("tests.appliances").Kettle(id=1)

    if threads == 1:
        kettles = [pickle.loads(pickled)]
    else:
        with ThreadPoolExecutor(2 * threads) as pool:
            kettles = list(pool.map(load, range(2 * threads)))
    own = importlib.import_module("tests.appliances").Kettle
    return {
        "classes": len({type(kettle) for kettle in kettles}),
        "is the module's own": type(kettles[0]) is own,
        "label": kettles[0].label(),
    }


def names_beside(pickled: bytes) -> list[str]:
    """Name the classes that stand in the module of a class that was sent."""
    cls = pickle.loads(pickled)
    return sorted(name for name, value in vars(sys.modules[cls.__module__]).items() if isinstance(value, type))


def models_described(sent: Mapping[str, bytes]) -> dict[str, Any]:
    """Say what the classes of documents are, each of which were sent as one."""
    return {name: models_seen(pickle.loads(pickled)) for name, pickled in sent.items()}


def models_seen(models: Any) -> dict[str, Any]:
    """Say what there is to see of a document's classes."""
    return {
        "kind": type(models).__qualname__,
        "classes": [[name, described(cls)] for name, cls in models.items()],
        "root": getattr(models.root, "__qualname__", None),
        "pointers": {pointer: cls.__qualname__ for pointer, cls in models.pointers.items()},
        "source": models.source,
        "schema": models.schema,
        "digest": models.digest,
        "unenforced": [list(each) for each in models.unenforced],
        "relaxed": [list(each) for each in models.relaxed],
    }


def dumped_through(folder: str, document: Any, name: str, data: Any) -> dict[str, Any]:
    """Be a sender whose default store is a folder: give an instance's pickle, in hexadecimal digits, and the digest."""
    from dynmodels import generate_dynamic_models

    assert Path(folder) == Path(os.environ["DYNMODELS_CACHE_DIR"])
    models = generate_dynamic_models(document)
    return {"pickled": pickle.dumps(models[name](**data), 2).hex(), "digest": models.digest}


def strangers_pickled(beside_ours: bool) -> dict[str, str]:
    """Pickle what has nothing to do with dynmodels, where that has built classes, or was never imported."""
    import uuid

    import cloudpickle

    if beside_ours:
        from tests.lending import LOAN_DATA, lending

        pickle.dumps(lending().root(**LOAN_DATA))
    from tests import strangers

    numbers = itertools.count()
    # By these cloudpickle tells the classes apart that it sends whole; they are random otherwise.
    uuid.uuid4 = lambda: uuid.UUID(int=next(numbers))
    ways: dict[str, Callable[[Any], bytes]] = {
        **{f"protocol {protocol}": _by_protocol(protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)},
        "cloudpickle": cloudpickle.dumps,
    }
    seen = {}
    for name, value in strangers.strangers().items():
        for way, dumps in ways.items():
            try:
                seen[f"{name}, {way}"] = _ADDRESS.sub(b":address", dumps(value)).hex()
            except Exception as error:  # noqa: BLE001 (what cannot be pickled must go on to say so in the same words)
                seen[f"{name}, {way}"] = f"{type(error).__name__}: {error}"
    assert ("dynmodels" in sys.modules) is beside_ours
    return seen


#: What pydantic calls a class by in a schema that cloudpickle sends whole: where it stands in memory.
_ADDRESS: Final = re.compile(rb":[0-9]{9,}")


def _by_protocol(protocol: int) -> Callable[[Any], bytes]:
    return lambda value: pickle.dumps(value, protocol)


#: What only a build needs.
GENERATOR: Final = ("datamodel_code_generator", "black", "isort", "jinja2", "yaml")
