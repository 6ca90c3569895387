"""A hotel: the document that the libraries are shown."""

from __future__ import annotations

from typing import Any, Final

#: What JSON Schema can say and pydantic too, with one thing that it cannot: ``uniqueItems``.
DOCUMENT: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$defs": {
        "Address": {
            "type": "object",
            "required": ["street", "postcode"],
            "properties": {
                "street": {"type": "string", "minLength": 3},
                "postcode": {"type": "string", "pattern": "^[0-9]{5}$"},
            },
        },
        "Booking": {
            "type": "object",
            "description": "A room for some nights.",
            "additionalProperties": False,
            "required": ["guest", "email", "nights", "room"],
            "properties": {
                "guest": {"type": "string", "minLength": 2, "maxLength": 40, "description": "Who sleeps here."},
                "email": {"type": "string", "format": "email"},
                "nights": {"type": "integer", "minimum": 1, "maximum": 30},
                "room": {"enum": ["single", "double"]},
                "arrival": {"type": "string", "format": "date"},
                "price": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5},
                "wishes": {"type": "array", "items": {"type": "string"}, "maxItems": 3, "uniqueItems": True},
                "paid-by": {"type": "string"},
                "address": {"$ref": "#/$defs/Address"},
            },
        },
        "Search": {
            "type": "object",
            "additionalProperties": False,
            "required": ["guest"],
            "properties": {
                "guest": {"type": "string", "minLength": 2},
                "nights": {"type": "integer", "minimum": 1, "default": 1},
                "room": {"enum": ["single", "double"]},
                "wish": {"type": "array", "items": {"type": "string"}},
            },
        },
    },
}

#: A booking that says everything.
BOOKING: Final[dict[str, Any]] = {
    "guest": "Ada",
    "email": "ada@example.com",
    "nights": 2,
    "room": "double",
    "arrival": "2024-02-29",
    "price": 80.5,
    "wishes": ["quiet"],
    "paid-by": "card",
    "address": {"street": "Rua Direita", "postcode": "40012"},
}
