"""Documents that several tests use."""

from __future__ import annotations

from typing import Any

#: A library's book: nested objects, an enum, an optional field.
BOOK: dict[str, Any] = {
    "title": "Book",
    "type": "object",
    "required": ["isbn", "author"],
    "properties": {
        "isbn": {"type": "string", "pattern": "^[0-9]{13}$"},
        "author": {"$ref": "#/$defs/Author"},
        "binding": {"enum": ["paperback", "hardcover"]},
    },
    "$defs": {
        "Author": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string"}, "born": {"type": "integer"}},
        }
    },
}

#: A pet shop's API, with a schema that is a list.
PET_SHOP: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Pet shop", "version": "1.0.0"},
    "paths": {"/pets": {"get": {"responses": {200: {"description": "all pets"}}}}},
    "components": {
        "schemas": {
            "Pet": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "kind": {"enum": ["cat", "dog"]}},
            },
            "Pets": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
        }
    },
}

#: Names with dots become modules that import each other, down and up.
INVOICING: dict[str, Any] = {
    "type": "object",
    "properties": {"invoice": {"$ref": "#/$defs/billing.documents.Invoice"}},
    "$defs": {
        "billing.documents.Invoice": {
            "type": "object",
            "required": ["total"],
            "properties": {"total": {"$ref": "#/$defs/billing.Money"}, "payer": {"$ref": "#/$defs/billing.Party"}},
        },
        "billing.Money": {"type": "object", "properties": {"cents": {"type": "integer"}}},
        "billing.Party": {"type": "object", "properties": {"name": {"type": "string"}}},
    },
}


def named(name: str) -> dict[str, Any]:
    """A document that no other test builds."""
    return {"title": name, "type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
