"""Work: what has to be done for one call that memory does not answer; each step at most once, and only if need be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dynmodels import log
from dynmodels.call import Call
from dynmodels.collect import DynamicModels
from dynmodels.digest import Request, unshared
from dynmodels.garbage import release
from dynmodels.restore import restore
from dynmodels.source import Source
from dynmodels.stages import Stages

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
        keeper: Who keeps what is built; None for the call's store.

    Attributes:
        digest: What the classes are found by; None where there is no stable content to digest.
    """

    def __init__(self, source: Source, request: Request, call: Call, keeper: Keeper | None = None) -> None:
        self._source = source
        self._request = request
        self._call = call
        self._store = call.store
        self._keeper = keeper
        self._stages = Stages()
        self._new_names: list[str] = []
        self.digest = self._stored_digest() or self._own_digest

    def restore(self) -> DynamicModels | None:
        """Give the classes from the store; None where they are not there."""
        if self._store is None or self.digest is None:
            return None
        models = restore(self._store, self.digest, self._call, self._stages, self._schema)
        if models is not None and self._new_names:
            from dynmodels.storing import StoreWriter

            StoreWriter(*self._store).remember(self.digest, self._new_names)
        return models

    def build(self) -> DynamicModels:
        """Make the classes by the generator, and store them.

        Raises:
            DynmodelsError: As ``generate_dynamic_models`` says.
            OtherDigestError: What is built must not be found by the digest that the store gave.
        """
        digest = self._own_digest
        if digest != self.digest:
            raise OtherDigestError(digest)
        from dynmodels.build import build

        if digest is None:
            log.debug("neither cached nor stored: the document or an option has no stable content")
        keeper = self._who_keeps if digest is not None else None
        return build(
            self._document, self._config, digest or unshared(), self._call, keeper, self._new_names, self._stages
        )

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
            from dynmodels.schema import load  # here and below, as a call that the store knows needs none of it

            known = () if self._call.exact is None else self._call.exact.resources
            return load(self._source, self._call.kind, self._call.encoding, self._call.ref_base, known)

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
