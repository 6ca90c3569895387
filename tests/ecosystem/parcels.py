"""An MCP server over standard input and output: a parcel office with three tools, which keeps to no schema itself.

It answers whatever it is asked, and counts its calls, so that a client can see which of its calls arrived.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

SEND: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["to", "grams"],
    "properties": {
        "to": {"oneOf": [{"$ref": "#/$defs/Address"}, {"$ref": "#/$defs/Locker"}]},
        "grams": {"type": "integer", "minimum": 1, "maximum": 31500},
        "insured": {"type": "boolean"},
        "worth": {"type": "number", "exclusiveMinimum": 0},
        "ship-on": {"type": "string", "format": "date"},
    },
    "dependentRequired": {"insured": ["worth"]},
    "$defs": {
        "Address": {
            "type": "object",
            "additionalProperties": False,
            "required": ["street", "postcode"],
            "properties": {
                "street": {"type": "string", "minLength": 3},
                "postcode": {"type": "string", "pattern": "^[0-9]{5}$"},
            },
        },
        "Locker": {
            "type": "object",
            "additionalProperties": False,
            "required": ["locker"],
            "properties": {"locker": {"type": "integer", "minimum": 100}},
        },
    },
}

SENT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["code", "by"],
    "properties": {
        "code": {"type": "string", "pattern": "^[A-Z]{2}[0-9]{4}$"},
        "by": {"type": "string", "format": "date"},
        "asked": {"type": "object"},
    },
}

TRACK: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["code"],
    "properties": {"code": {"type": "string", "pattern": "^[A-Z]{2}[0-9]{4}$"}},
}

TRACKED: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["steps"],
    "properties": {
        "steps": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["place", "at"],
                "properties": {"place": {"type": "string"}, "at": {"type": "string", "format": "date-time"}},
            },
        }
    },
}

TOOLS: Final = [
    types.Tool(name="send_parcel", description="Send a parcel.", input_schema=SEND, output_schema=SENT),
    types.Tool(name="track_parcel", description="Follow a parcel.", input_schema=TRACK, output_schema=TRACKED),
    types.Tool(name="count_calls", description="Count the calls before.", input_schema={"type": "object"}),
]

calls: list[str] = []


def answer(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Do what a tool does."""
    if name == "send_parcel":
        return {"code": "PT0042", "by": "2024-03-02", "asked": arguments}
    if name == "track_parcel":
        return {"steps": [{"place": "Porto", "at": "2024-02-29T08:30:00Z"}]}
    return {"calls": [*calls]}


async def list_tools(_context: Any, _params: Any) -> types.ListToolsResult:
    """Tell what there is."""
    return types.ListToolsResult(tools=TOOLS)


async def call_tool(_context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
    """Do it, and remember that it was asked for."""
    given = answer(params.name, params.arguments or {})
    calls.append(params.name)
    return types.CallToolResult(content=[], structured_content=given)


async def main() -> None:
    """Answer until the input ends."""
    server = Server("parcels", on_list_tools=list_tools, on_call_tool=call_tool)
    async with stdio_server() as (reader, writer):
        await server.run(reader, writer, server.create_initialization_options())


if __name__ == "__main__":
    asyncio.run(main())
