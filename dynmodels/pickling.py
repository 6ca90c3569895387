"""Pickling: how classes, members and instances cross processes.

Of a class, its name and its digest are pickled, and the source of the statements that it needs. Where the class is in
use, it is that very class that is loaded; elsewhere the source passes the guard and is run, as that of a schema that
nobody trusts. What is loaded later of the same digest comes into the same modules, and so do the classes of a call.
"""

from __future__ import annotations

import copyreg
import os
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from functools import partial
from operator import getitem
from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args

from pydantic import BaseModel, RootModel
from pydantic_core import from_json, to_json

from dynmodels.call import Call
from dynmodels.collect import DynamicModels, packed
from dynmodels.digest import installed
from dynmodels.entry import entry_of
from dynmodels.errors import DynmodelsError, ModelBuildError, StoreError
from dynmodels.garbage import paused_for
from dynmodels.module import (
    DERIVED,
    GATE,
    OWNER,
    PLAIN,
    Identity,
    Package,
    Unit,
    claimed,
    find_package,
    import_ahead,
    lines_of,
    opened,
)
from dynmodels.permit import Permit
from dynmodels.restore import parser_of, rebuilt, restore
from dynmodels.stages import Stages
from dynmodels.statements import Index, Place, dotted_name
from dynmodels.store import Stored, is_digest, is_shared, store_of

if TYPE_CHECKING:
    from dynmodels.entrance import Gate
    from dynmodels.exact import Gated
    from dynmodels.gate import Gates

#: The attribute by which pydantic knows what a class is made of that has parameters.
GENERIC: Final = "__pydantic_generic_metadata__"

#: ``digest`` leaves the source out of pickles, where the default store has it; for processes that share that store.
VARIABLE: Final = "DYNMODELS_PICKLE"

#: Raised by hand whenever pickles are laid out in another way.
FORMAT: Final = 2

#: The source of some statements: the path of a file in the generated package, and their texts, long ones compressed.
Parts = tuple[tuple[tuple[str, ...], tuple[str | bytes, ...]], ...]

#: Texts of more characters are compressed.
_LONG: Final = 250

#: What the gates of exact classes need: dialect, whether formats are checked, module, name and JSON Pointer of each
#: class, and parts of the document: the ways there, and their texts.
Judged = tuple[
    tuple[Any, ...],
    bool,
    tuple[tuple[str, str, str], ...],
    tuple[tuple[tuple[str | int, ...], str | bytes], ...],
]

#: Some statements, and what their gates need; or all that classes are made from, compressed; or None where the store
#: has it.
Source = tuple[Parts, Judged | None] | bytes | None


class Header(NamedTuple):
    """What all pickled classes of one package have in common.

    Attributes:
        format: How the pickle is laid out.
        digest: The digest of the classes.
        module_name: The name that the caller gave their module.
        token: What tells them from others of the same digest, in the same process.
        name: The name of their package there.
        paths: The paths of its files.
        versions: The versions of the packages that made them.
        imports: What the caller's options import: module and name.
        modules: Modules that the caller lets the schema name.
        functions: Whether the source may hold the generator's functions.
    """

    format: int
    digest: str
    module_name: str | None
    token: str
    name: str
    paths: tuple[tuple[str, ...], ...]
    versions: tuple[tuple[str, str], ...]
    imports: tuple[tuple[str, str], ...]
    modules: tuple[str, ...]
    functions: bool


# Into a pickle


def reduced_class(cls: Any, otherwise: Callable[[Any], Any] | None = None) -> Any:
    """Tell pickle what a class is made from; of a class that is none of ours its name, as ever.

    Args:
        cls: A model or an enum.
        otherwise: What told so before, if anything did.
    """
    own = cls.__dict__  # no function is called for classes that are none of ours
    if OWNER in own and own[OWNER] is not None:
        return _reduced(cls, own[OWNER])
    if DERIVED in own:
        from dynmodels.derive import derived

        return derived, (own[DERIVED],)
    if GENERIC in own:
        generic = own[GENERIC]
        if generic["origin"] is not None and _is_of_ours(cls):
            arguments = generic["args"]
            return getitem, (generic["origin"], arguments[0] if len(arguments) == 1 else arguments)
    return cls.__qualname__ if otherwise is None else otherwise(cls)


def _is_of_ours(kind: Any) -> bool:
    """Whether a type is made with generated or derived classes, or is one that pydantic makes for them."""
    waiting = [kind, kind.__dict__[GENERIC]["origin"]]
    while waiting:
        each = waiting.pop()
        own = vars(each) if isinstance(each, type) else {}
        if OWNER in own or DERIVED in own:
            return True
        waiting.extend((*get_args(each), *(own.get(GENERIC) or {}).get("args", ())))
    # ``Tags = RootModel[list[str]]`` belongs to pydantic, which has no name for it.
    named = getattr(sys.modules.get(kind.__module__), kind.__qualname__, None)
    return kind.__dict__[GENERIC]["origin"] is RootModel and named is not kind


def _reduced(cls: Any, package: Package) -> Any:
    module = cls.__module__.removeprefix(package.label).removeprefix(".")
    if package.find(module, cls.__qualname__) is not cls:
        raise ModelBuildError(
            f"the class {cls.__module__}.{cls.__qualname__} cannot be pickled: its module knows no such class",
            hint="Give its fields, or model_dump(), to the other process instead.",
        )
    name = cls.__qualname__
    if _is_stored(package):
        return restored_class, (_header(package), module, name, None)
    source = package.contents.pickled.get((module, name))
    if source is None:
        with claimed(package.identity.digest):  # so that nobody adds to it meanwhile
            source = _kept(package, (module, name), lambda: _source(package, module, name))
    return restored_class, (_header(package), module, name, source)


def reduced_models(models: DynamicModels) -> Any:
    """Tell pickle what the classes of a document are made from."""
    package = models._build.package
    source = None if _is_stored(package) else _whole(package, partial(packed, models))
    return restored_models, (_header(package), tuple(models), source)


def reduced_gate(gate: Gate) -> Any:
    """Tell pickle which type a gate stands before.

    Subclasses and generic models hold gates, and some pickles hold such classes by value.
    """
    known = vars(gate.target).get(GATE) if isinstance(gate.target, type) else None
    if known is not None and known.pointer == gate.pointer:
        return getattr, (gate.target, GATE)
    return _reduced_exact(gate.gates.owner, "gate_of_root")


def reduced_gated(gated: Gated) -> Any:
    """Tell pickle which document the metadata of a type stand for that is no class, or which enum."""
    target = gated.gate.target
    if isinstance(target, type) and vars(target).get(GATE) is gated.gate:
        return metadata_of_enum, (target,)
    return _reduced_exact(gated.gate.gates.owner, "metadata_of_root")


def metadata_of_enum(enum: Any) -> Any:
    """Give what an exact enum has instead of metadata: the object whose method is its hook."""
    return enum.__get_pydantic_core_schema__.__self__


def reduced_gates(gates: Gates) -> Any:
    """Tell pickle whose validators these are."""
    return _reduced_exact(gates.owner, "gates")


def _reduced_exact(package: Package, part: str) -> Any:
    pack = package.contents.pack
    if pack is None:
        raise ModelBuildError("the classes that are to be pickled have not been built to the end")
    return restored_exact, (_header(package), part, None if _is_stored(package) else _whole(package, pack))


def _is_stored(package: Package) -> bool:
    if os.environ.get(VARIABLE) != "digest":
        return False
    store = store_of(None)
    return store is not None and not package.identity.token and store.has(package.identity.digest)


def _kept(package: Package, key: object, make: Callable[[], Any]) -> Any:
    """Make something once: pickle writes the same object once, and then refers to it."""
    kept = package.contents.pickled
    known = kept.get(key)
    return kept.setdefault(key, make()) if known is None else known


def _header(package: Package) -> tuple[Any, ...]:
    def header() -> tuple[Any, ...]:
        identity, permit = package.identity, package.contents.permit or Permit()
        return tuple(
            Header(
                FORMAT,
                identity.digest,
                identity.module_name,
                identity.token,
                package.name,
                package.paths,
                tuple(package.contents.versions.items()),
                tuple(sorted(permit.imports)),
                tuple(sorted(permit.modules)),
                permit.functions is not None,
            )
        )

    kept: tuple[Any, ...] = _kept(package, "header", header)
    return kept


def _source(package: Package, module: str, name: str) -> Source:
    """Give what a class needs, and no more."""
    contents = package.contents
    index: Index = _kept(
        package, "index", lambda: Index({path: unit.statements for path, unit in contents.units.items()})
    )
    places = index.closure(module, name)
    gates = _gates_of(package.find(module, name))
    judged = None if gates is None else _judged(package, gates, places)
    if gates is not None and judged is None:
        if contents.pack is None:
            raise ModelBuildError(f"the class {name} cannot be pickled: not all that judges for it is here")
        return _whole(package, contents.pack)
    texts: dict[tuple[str, ...], list[str | bytes]] = {path: [] for path in index.imported(places)}
    for path, number in places:
        text = _kept(package, (path, number), partial(_text, package, contents.units[path], number))
        texts.setdefault(path, []).append(text)
    # A path is written once where it is the same object.
    return tuple((path, tuple(texts[path])) for path in package.paths if path in texts), judged


def _gates_of(cls: type) -> Gates | None:
    """Give what judges for a class and for all that it refers to; None where it is not exact."""
    own = vars(cls)
    gates: Gates | None = own[PLAIN].gates if PLAIN in own else own[GATE].gates if GATE in own else None
    return gates


def _judged(package: Package, gates: Gates, places: Iterable[Place]) -> Judged | None:
    """Give what the gates of the classes need that some statements define; None where that is the whole document."""
    from dynmodels.extract import about, fragment, needed

    classes = []
    for path, number in places:
        module = dotted_name(path)
        for name in package.contents.units[path].statements[number].names:
            gate = getattr(package.find(module, name), "__dict__", {}).get(GATE)
            if gate is not None:
                classes.append(_kept(package, ("place", module, name), partial(tuple, (module, name, gate.pointer))))
    pointers = needed(gates, (pointer for _, _, pointer in classes))
    if pointers is None:
        return None

    def part(pointer: str) -> tuple[tuple[str | int, ...], str | bytes]:
        way, text = fragment(gates, pointer)
        return way, _brief(text)

    fragments = [_kept(package, ("fragment", pointer), partial(part, pointer)) for pointer in pointers]
    said = _kept(package, "about", partial(about, gates))
    return tuple(gates.dialect), gates.formats, tuple(classes), (*said, *fragments)


def _text(package: Package, unit: Unit, number: int) -> str | bytes:
    texts = package.contents.texts.get(unit.path)
    if texts is not None:
        return _brief(texts[number])
    lines: list[str] = _kept(package, ("lines", unit.path), partial(lines_of, unit.source))
    statement = unit.statements[number]
    return _brief("".join(lines[statement.line - 1 : statement.end]))


def _brief(text: str) -> str | bytes:
    return text if len(text) <= _LONG else zlib.compress(text.encode())


def _whole(package: Package, pack: Callable[[], Stored]) -> bytes:
    def whole() -> bytes:
        stored = pack()
        files = {name: data.decode() for name, data in stored.files.items()}
        return zlib.compress(to_json({"about": stored.about, "files": files}))

    kept: bytes = _kept(package, "whole", whole)
    return kept


# Out of a pickle


def restored_class(header: tuple[Any, ...], module: str, name: str, source: Source) -> Any:
    """Give a class that was pickled: the one that is in use, else one that is made of its source.

    Raises:
        UnsafeSchemaError: The guard refuses the source.
        ModelBuildError: The source does not run here, or it is no pickle of ours.
        StoreError: There is no source, and the class is not in the store.
    """
    with _reading():
        sent = _sent(header)
        cls = _found(sent, module, name)
        if cls is None:
            _import_ahead(sent, source)
            with claimed(sent.digest):
                cls = _found(sent, module, name)  # another thread may have made it meanwhile
                if cls is None:
                    package = _made(sent, source)
                    cls = package.find(module, name)
        if cls is None:
            raise ModelBuildError(f"what was pickled has no class {name!r}")
        return cls


def restored_models(header: tuple[Any, ...], names: tuple[str, ...], source: bytes | None) -> DynamicModels:
    """Give the classes of a document that were pickled together.

    Raises:
        DynmodelsError: As ``restored_class`` says.
    """
    with _reading():
        sent = _sent(header)
        package = _package(sent)
        known = package.contents.models if package is not None and package.contents.whole else None
        models: DynamicModels | None = None if known is None else known()
        if models is None:
            models = _from_store(sent) if source is None else _from_whole(sent, source)
        return models if tuple(models) == names else models.only(names)


def restored_exact(header: tuple[Any, ...], part: str, source: bytes | None) -> Any:
    """Give what belongs to exact classes and is none itself: the validators, or what stands for the whole document.

    Raises:
        DynmodelsError: As ``restored_class`` says.
    """
    with _reading():
        sent = _sent(header)
        package = _package(sent)
        if package is None or not package.contents.whole:
            _import_ahead(sent, source)
            package = _made(sent, source)
        if part == "gates":
            found = (_gates_of(cls) for cls in list(package.contents.finished))
            return next(filter(None, found), None) or package.contents.exact_root.__metadata__[-1].gate.gates
        metadata = package.contents.exact_root.__metadata__[-1]
        return metadata if part == "metadata_of_root" else metadata.gate


@contextmanager
def _reading() -> Iterator[None]:
    """Let whatever is wrong with a pickle be an error of ours."""
    try:
        yield
    except DynmodelsError:
        raise
    except (zlib.error, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ModelBuildError(f"what was pickled cannot be read: {error}") from error


def _import_ahead(sent: Header, source: Source) -> None:
    permit = Permit(frozenset(sent.imports), frozenset(sent.modules))
    if isinstance(source, tuple):
        import_ahead(permit, (_read(text) for _, texts in source[0] for text in texts))
    elif source is not None and (permit.imports or permit.modules):
        import_ahead(permit, from_json(zlib.decompress(source))["files"].values())


def _sent(header: tuple[Any, ...]) -> Header:
    if not isinstance(header, tuple) or header[:1] != (FORMAT,):
        raise ModelBuildError(
            "the classes were pickled by another version of dynmodels", hint="Use the same version on both sides."
        )
    sent = Header(*header)
    if not is_digest(sent.digest):
        raise ModelBuildError(f"{sent.digest!r} is no digest of pickled classes")
    return sent


def _identity(sent: Header) -> Identity:
    return Identity(sent.digest, sent.module_name, shared=is_shared(), token=sent.token)


def _package(sent: Header) -> Package | None:
    """Find the package in use: in which way it was built does not matter."""
    return find_package(_identity(sent), sent.name, in_any_mode=True)


def _found(sent: Header, module: str, name: str) -> Any:
    package = _package(sent)
    cls = None if package is None else package.find(module, name)
    # What another thread is making is not finished.
    return cls if package is not None and isinstance(cls, type) and cls in package.contents.finished else None


def _made(sent: Header, source: Source) -> Package:
    if source is None:
        return _from_store(sent)._build.package
    if isinstance(source, bytes):
        return _from_whole(sent, source)._build.package
    with _told_by_versions(sent.versions):
        return _extended(sent, *source)


def _extended(sent: Header, parts: Parts, judged: Judged | None) -> Package:
    """Run the source of some statements in the package that has others of them, or none yet."""
    from dynmodels.filling import fill, from_source
    from dynmodels.guard import Guards
    from dynmodels.limits import DEFAULT_LIMITS
    from dynmodels.recursion import bound

    known = _package(sent)
    permit = Permit(frozenset(sent.imports), frozenset(sent.modules), _functions if sent.functions else None)
    with opened(sent.paths, _identity(sent) if known is None else known.identity) as package:
        texts = {path: "".join(map(_read, texts)) for path, texts in parts}
        arrival = from_source(package, texts, Guards(permit, DEFAULT_LIMITS.source))
        gated = None if judged is None else partial(_put_gates, package, judged)
        classes = fill(package, arrival, permit, dict(sent.versions), limit=bound, gated=gated)
        if known is None and sent.module_name is None and not sent.token:
            package.contents.rest = partial(_stored, sent.digest)
    register(classes)
    return package


def _put_gates(package: Package, judged: Judged, classes: Iterable[type]) -> None:
    """Put gates before classes that have come; those that were there stand in them, and in no others."""
    from dynmodels.dialect import Dialect
    from dynmodels.exact import plainly, put_up
    from dynmodels.extract import assembled
    from dynmodels.gate import Gates, Truth

    dialect, formats, told, fragments = judged
    content = partial(assembled, [(way, _read(text)) for way, text in fragments])
    gates = Gates(Truth(Dialect(*dialect), formats, content, dict), package)
    put_up(classes, {package.find(module, name): pointer for module, name, pointer in told}, gates)
    package.contents.plainly = plainly


def _read(text: str | bytes) -> str:
    return text if isinstance(text, str) else zlib.decompress(text).decode()


def _from_whole(sent: Header, source: bytes) -> DynamicModels:
    """Make all classes of a document, of all that they are made from."""
    from dynmodels.limits import DEFAULT_LIMITS

    known = _package(sent)
    identity = _identity(sent) if known is None else known.identity
    told = from_json(zlib.decompress(source))
    stored = Stored(told["about"], {name: text.encode() for name, text in told["files"].items()})
    entry = entry_of(stored, _functions)
    with _told_by_versions(sent.versions), paused_for(sum(map(len, stored.files.values()))):
        models = rebuilt(stored, entry, identity, Stages(), parser_of(stored), DEFAULT_LIMITS)
    register(models.values())
    return models


def _from_store(sent: Header) -> DynamicModels:
    """Make all classes of a document, of what the default store has.

    Raises:
        StoreError: It has nothing that can be used.
    """
    models = _stored(sent.digest, sent.module_name)
    if models is None:
        raise StoreError(
            f"classes were pickled by their digest {sent.digest} alone, and the default store does not have them",
            hint=f"Share the store, or leave {VARIABLE} unset where they are pickled: then their source comes along.",
        )
    register(models.values())
    return models


def _stored(digest: str, module_name: str | None = None) -> DynamicModels | None:
    store = store_of(None)
    if store is None:
        return None
    return restore(store, digest, Call({}, module_name), Stages(), discards=False)


@contextmanager
def _told_by_versions(versions: Iterable[tuple[str, str]]) -> Iterator[None]:
    """Let an error say what differs between there and here, which may well be the reason."""
    try:
        yield
    except DynmodelsError as error:
        here = installed()
        differing = [
            f"{name} {version} (here {here.get(name)})" for name, version in versions if here.get(name) != version
        ]
        if differing:
            error.hint = f"It was pickled with {', '.join(differing)}. {error.hint or ''}".rstrip()
        raise


def _functions() -> frozenset[str]:
    from dynmodels.render import validator_functions

    return validator_functions()


def register(classes: Iterable[type]) -> None:
    """Have ``pickle``, ``copyreg.dispatch_table`` and whoever goes by that reduce classes of these kinds by ours."""
    if "dynmodels.exact" in sys.modules:
        from dynmodels.entrance import Gate
        from dynmodels.exact import Gated
        from dynmodels.gate import Gates

        copyreg.pickle(Gate, reduced_gate)
        copyreg.pickle(Gated, reduced_gated)
        copyreg.pickle(Gates, reduced_gates)
    for kind in set(map(type, classes)):
        before: Any = copyreg.dispatch_table.get(kind)
        if getattr(before, "func", before) is not reduced_class:
            copyreg.pickle(kind, reduced_class if before is None else partial(reduced_class, otherwise=before))


register((BaseModel, Enum))
copyreg.pickle(DynamicModels, reduced_models)
