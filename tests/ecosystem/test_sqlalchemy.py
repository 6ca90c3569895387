"""SQLAlchemy: instances are read from the objects that a session holds, and go back into rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from pydantic import ConfigDict, ValidationError

from dynmodels import generate_dynamic_models

pytest.importorskip("sqlalchemy", reason="nox -s ecosystem installs it")

from sqlalchemy import ForeignKey, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

pytestmark = pytest.mark.ecosystem

READING = ConfigDict(from_attributes=True)


class Base(DeclarativeBase):
    """What the tables are declared by."""


class AuthorRow(Base):
    __tablename__ = "author"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    born: Mapped[date | None]
    books: Mapped[list[BookRow]] = relationship(order_by="BookRow.id", cascade="all, delete-orphan")


class BookRow(Base):
    __tablename__ = "book"

    id: Mapped[int] = mapped_column(primary_key=True)
    author: Mapped[int] = mapped_column(ForeignKey("author.id"))
    title: Mapped[str]
    pages: Mapped[int]
    price: Mapped[float | None]


DOCUMENT: dict[str, Any] = {
    "title": "Author",
    "type": "object",
    "required": ["name", "books"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "born": {"type": ["string", "null"], "format": "date"},
        "books": {"type": "array", "items": {"$ref": "#/$defs/Book"}},
    },
    "$defs": {
        "Book": {
            "type": "object",
            "required": ["title", "pages"],
            "properties": {
                "title": {"type": "string"},
                "pages": {"type": "integer", "minimum": 1},
                "price": {"type": ["number", "null"], "minimum": 0},
            },
        }
    },
}


@pytest.fixture
def session() -> Iterator[Session]:
    """A session with one author of two books, freshly read from the database."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    books = [BookRow(title="Os Maias", pages=702, price=14.5), BookRow(title="A Relíquia", pages=312, price=None)]
    with Session(engine) as session:
        session.add(AuthorRow(name="Eça de Queirós", born=date(1845, 11, 25), books=books))
        session.commit()
        yield session
    engine.dispose()


@pytest.mark.parametrize("exact", [False, True])
def test_an_object_and_those_that_it_relates_to_become_instances(session: Session, exact: bool) -> None:
    models = generate_dynamic_models(DOCUMENT, exact=exact, config_dict=READING)

    author = models.root.model_validate(session.get(AuthorRow, 1))

    assert [type(book) for book in author.books] == [models["Book"], models["Book"]]
    assert author.model_dump() == {
        "name": "Eça de Queirós",
        "born": date(1845, 11, 25),
        "books": [
            {"title": "Os Maias", "pages": 702, "price": 14.5},
            {"title": "A Relíquia", "pages": 312, "price": None},
        ],
    }


@pytest.mark.parametrize("exact", [False, True])
def test_one_call_can_ask_for_attributes(session: Session, exact: bool) -> None:
    models = generate_dynamic_models(DOCUMENT, exact=exact)
    row = session.get(AuthorRow, 1)

    assert models.root.model_validate(row, from_attributes=True).books[0].title == "Os Maias"
    with pytest.raises(ValidationError):
        models.root.model_validate(row)


@pytest.mark.parametrize("exact", [False, True])
def test_what_the_schema_forbids_is_told_with_its_place(session: Session, exact: bool) -> None:
    models = generate_dynamic_models(DOCUMENT, exact=exact, config_dict=READING)
    row = session.get(AuthorRow, 1)
    assert row is not None
    row.books[1].pages = 0

    with pytest.raises(ValidationError) as refused:
        models.root.model_validate(row)

    (fault,) = refused.value.errors()
    assert fault["loc"] == ("books", 1, "pages")
    assert fault["type"] == ("json_schema.minimum" if exact else "greater_than_equal")


def test_an_exact_class_takes_null_only_where_the_schema_does(session: Session) -> None:
    """A column that may be null is null in the object, and never absent."""
    price = {"type": "number", "minimum": 0}
    book = {**DOCUMENT["$defs"]["Book"]["properties"], "price": price}
    document = {**DOCUMENT, "$defs": {"Book": {**DOCUMENT["$defs"]["Book"], "properties": book}}}
    row = session.get(AuthorRow, 1)

    assert generate_dynamic_models(document, config_dict=READING).root.model_validate(row).books[1].price is None
    with pytest.raises(ValidationError, match="should be a number, not null"):
        generate_dynamic_models(document, exact=True, config_dict=READING).root.model_validate(row)


@pytest.mark.parametrize("exact", [False, True])
def test_an_instance_becomes_a_row(session: Session, exact: bool) -> None:
    models = generate_dynamic_models(DOCUMENT, exact=exact, config_dict=READING)
    book = models["Book"](title="O Crime do Padre Amaro", pages=480)
    author = session.get(AuthorRow, 1)
    assert author is not None

    author.books.append(BookRow(**book.model_dump()))
    session.commit()

    assert [each.title for each in models.root.model_validate(author).books][-1] == "O Crime do Padre Amaro"
