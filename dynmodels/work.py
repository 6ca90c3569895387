"""Work: what has to be done for one call that memory does not answer; each step at most once, and only if need be."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from dynmodels import log
from dynmodels.call import Call
from dynmodels.collect import DynamicModels
from dynmodels.digest import Request, digest_of_portion, unshared
from dynmodels.entry import pack
from dynmodels.garbage import release
from dynmodels.module import Identity, find_package
from dynmodels.restore import restore
from dynmodels.source import Source
from dynmodels.stages import Stages
from dynmodels.store import Store

if TYPE_CHECKING:
    from dynmodels.build import Keeper
    from dynmodels.render import GenerateConfig
    from dynmodels.schema import Document
    from dynmodels.storing import Kept


class OtherDigestError(Exception):
    """What was loaded has another digest than the store says: in a shared one, anybody may have written that."""

    def __init__(self, digest: str | None) -> None:
        super().__init__(digest)
        self.digest = digest


class Work:
    """From a source to its classes: by the store, if that knows it, else by the generator.

    Args:
        source: The document.
        request: The call's name.
        call: What the caller asks for besides.
        targets: The classes that it asks for: names, JSON Pointers, ids of operations; None for all.
        keeper: Who keeps what is built; None for the call's store.

    Attributes:
        digest: What the classes are found by; None where there is no stable content to digest.
    """

    def __init__(
        self,
        source: Source,
        request: Request,
        call: Call,
        targets: tuple[str, ...] | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        self._source = source
        self._targets = targets
        self._request = request
        self._call = call
        self._store = call.store
        self._keeper = keeper
        self._stages = Stages()
        self._new_names: list[str] = []
        self.digest = self._stored_digest() or self._own_digest

    def restore(self) -> DynamicModels | None:
        """Give the classes from the store, those that are asked for or all; None where they are not there."""
        if self._store is None or self.digest is None:
            return None
        models = restore(self._store, self.digest, self._call, self._stages, self._schema, targets=self._targets)
        if models is None and self._targets is not None:
            models = self._restored_portion(self._store, self.digest, self._targets)
        if models is not None and self._new_names:
            from dynmodels.storing import StoreWriter

            StoreWriter(*self._store).remember(self.digest, self._new_names)
        return models

    def build(self) -> DynamicModels:
        """Make the classes by the generator, and store them: those that are asked for, if that can be, else all.

        Raises:
            DynmodelsError: As ``generate_dynamic_models`` says.
            OtherDigestError: What is built must not be found by the digest that the store gave.
        """
        digest = self._own_digest
        if digest != self.digest:
            raise OtherDigestError(digest)
        if digest is None:
            log.debug("neither cached nor stored: the document or an option has no stable content")
        portion = None if self._targets is None else self._portion(digest or unshared(), self._targets)
        return portion or self._whole(digest or unshared())

    def _whole(self, digest: str) -> DynamicModels:
        from dynmodels.build import build

        keeper = self._who_keeps if self.digest is not None else None
        return build(self._document, self._config, digest, self._call, keeper, self._new_names, self._stages)

    def _portion(self, digest: str, targets: tuple[str, ...]) -> DynamicModels | None:
        """Make the classes that are asked for, and store them by themselves; None where it takes all."""
        from dynmodels.build import lasts
        from dynmodels.portion import build_portion

        document, config, identity = self._document, self._config, self._call.identity(digest)
        whole = partial(_built, document.copies, document, self._call, identity)
        portion = build_portion(document, config, identity, self._call, targets, self._stages, whole)
        if portion is None:
            return None
        keeper = self._who_keeps if self.digest is not None else None
        if keeper is not None and lasts(document, config, portion.entry.permit):
            with self._stages("store"):
                stored = pack(portion.entry, portion.units, None, {})
                keeper.write(digest_of_portion(digest, targets), stored.about, stored.files, ())
                if self._keeper is None and self._store is not None:
                    from dynmodels.storing import StoreWriter

                    StoreWriter(*self._store).remember(digest, self._new_names)
        return portion.models

    def _restored_portion(self, store: Store, digest: str, targets: tuple[str, ...]) -> DynamicModels | None:
        """Give the classes that are asked for, where they have been stored by themselves."""
        name, identity = digest_of_portion(digest, targets), self._call.identity(digest)
        if not store.has(name):
            return None
        schema = self._schema or _kept(self._source, self._call)
        whole = partial(_built, schema, None, self._call, identity)
        return restore(store, name, self._call, self._stages, schema, targets=targets, identity=identity, whole=whole)

    def prepare(self) -> Kept | None:
        """Render, guard and compile the document for another process, which runs it, and by which it is then stored.

        Only for classes that are not exact: how these turn out is known when they have run. None where another process
        cannot have it.

        Raises:
            DynmodelsError: As ``generate_dynamic_models`` says, but for what comes of running the source.
            OtherDigestError: What is built must not be found by the digest that the store gave.
        """
        digest = self._own_digest
        if digest != self.digest:
            raise OtherDigestError(digest)
        from dynmodels.build import prepared
        from dynmodels.storing import Kept

        stored = None if digest is None else prepared(self._document, self._config, self._call, self._stages)
        return None if stored is None or digest is None else Kept(digest, *stored, tuple(self._new_names))

    @property
    def lasting(self) -> bytes | None:
        """The request's key, where it is sure to stand for what was loaded, also the next time."""
        key = self._request.key
        if "_document" not in vars(self):
            return key  # the store knows it; what is loaded later has the same digest, or is no answer
        if self._document.files:
            return None  # they may change while the document does not
        if isinstance(self._source.content, str | bytes | bool):
            return key
        # Another thread may have changed the mapping between the key and the copy.
        return key if self._call.request(self._document.content).key == key else None

    @property
    def seconds(self) -> Mapping[str, float]:
        """What each stage has taken so far."""
        return self._stages.seconds

    def end(self) -> None:
        """Let go of the document."""
        if "_document" in vars(self):
            release(self._document.content)

    @property
    def _who_keeps(self) -> Keeper | None:
        if self._keeper is not None or self._store is None or not self._store.writes:
            return self._keeper
        from dynmodels.storing import StoreWriter

        return StoreWriter(*self._store)

    @cached_property
    def _document(self) -> Document:
        with self._stages("load"):
            return _loaded(self._source, self._call)

    @cached_property
    def _config(self) -> GenerateConfig:
        document = self._document
        with self._stages("import"):
            from dynmodels import build
        with self._stages("digest"):
            return build.configured(document, self._call)

    @cached_property
    def _own_digest(self) -> str | None:
        """The digest that the document and the options have, by the generator's word on these."""
        document, config = self._document, self._config
        with self._stages("digest"):
            from dynmodels import build

            return build.digest_of(document, self._call, config)

    def _stored_digest(self) -> str | None:
        """Ask the store for the digest, by the call as it stands, then by what its document says."""
        if self._store is None:
            return None
        digest = self._known(self._call.name_of_request(self._request))
        if digest is not None:
            return digest
        document = self._document
        if self.lasting is None:
            self._new_names.clear()
        return self._known(self._call.name_of(document))

    def _known(self, name: str | None) -> str | None:
        if name is None or self._store is None:
            return None
        with self._stages("digest"):
            digest = self._store.digest_of(name)
        if digest is None:
            self._new_names.append(name)
        return digest

    @property
    def _schema(self) -> Callable[[], Any] | None:
        """A function that gives a copy of the document, where it was loaded; else the store has one."""
        return self._document.copies if "_document" in vars(self) else None


def _kept(source: Source, call: Call) -> Callable[[], Any]:
    """Give a function that gives the document, whatever becomes of the caller's objects."""
    if isinstance(source.content, Mapping):
        # What is known by its request alone is of exact built-in types.
        packed = marshal.dumps(dict(source.content), 2)
        return lambda: _loaded(Source(marshal.loads(packed)), call).content  # noqa: S302 (our own)
    return lambda: _loaded(source, call).content


def _loaded(source: Source, call: Call) -> Document:
    from dynmodels.schema import load

    known = () if call.exact is None else call.exact.resources
    return load(source, call.kind, call.encoding, call.ref_base, known)


def _built(schema: Callable[[], Any], document: Document | None, call: Call, identity: Identity) -> DynamicModels:
    """Make all classes of a document of which some have been asked for, and store them."""
    package = find_package(identity)
    known = package.contents.models if package is not None and package.contents.whole else None
    models: DynamicModels | None = None if known is None else known()
    if models is not None:
        return models
    from dynmodels.build import build, configured
    from dynmodels.storing import StoreWriter

    whole = _loaded(Source(schema()), call) if document is None else replace(document, content=schema())
    store = call.store
    keeper = StoreWriter(*store) if store is not None and store.writes and not identity.token else None
    return build(whole, configured(whole, call), identity.digest, call, keeper, (), Stages(), identity)
