"""A town archive as SQLAlchemy sees it, which classes of the schema ``ARCHIVE`` are filled from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

ARCHIVE: dict[str, Any] = {
    "title": "Collection",
    "type": "object",
    "required": ["id", "name", "files"],
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string", "maxLength": 40},
        "files": {"type": "array", "items": {"$ref": "#/$defs/File"}},
    },
    "$defs": {
        "File": {
            "type": "object",
            "required": ["shelfmark", "keywords"],
            "properties": {
                "shelfmark": {"type": "string", "pattern": "^[A-Z]{1,3} [0-9]+$"},
                "closed_until": {"type": ["integer", "null"]},
                "keywords": {"type": "array", "items": {"type": "string", "maxLength": 20}},
                "parts": {"type": "array", "items": {"$ref": "#/$defs/File"}},
            },
        }
    },
}


class Base(DeclarativeBase):
    pass


class CollectionRow(Base):
    __tablename__ = "collections"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    files: Mapped[list[FileRow]] = relationship(order_by="FileRow.shelfmark", back_populates="collection")


class FileRow(Base):
    __tablename__ = "files"

    shelfmark: Mapped[str] = mapped_column(primary_key=True)
    closed_until: Mapped[int | None]
    keywords: Mapped[list[str]] = mapped_column(JSON, default=list)
    collection_id: Mapped[int | None] = mapped_column(ForeignKey("collections.id"))
    whole_shelfmark: Mapped[str | None] = mapped_column(ForeignKey("files.shelfmark"))
    collection: Mapped[CollectionRow | None] = relationship(back_populates="files")
    parts: Mapped[list[FileRow]] = relationship(order_by="FileRow.shelfmark")


class ScanRow(Base):
    __tablename__ = "scans"

    number: Mapped[int] = mapped_column(primary_key=True)
    # SQLAlchemy's classes have a "metadata" of their own.
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", JSON)


@contextmanager
def archive(*rows: Base) -> Iterator[Session]:
    """Open a database in memory that holds these rows."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(rows)
        session.commit()
        session.expunge_all()
        yield session
    engine.dispose()


def only(session: Session, kind: type[Any]) -> Any:
    """Read the one row there is of a kind."""
    return session.scalars(select(kind)).one()
