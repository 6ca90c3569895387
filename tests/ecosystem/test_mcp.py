"""The Model Context Protocol: a server in a process of its own, and a client that checks calls before it sends them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import ValidationError

from dynmodels import DynamicModels, generate_many

pytest.importorskip("mcp", reason="nox -s ecosystem installs it")

from mcp import Client, StdioServerParameters

pytestmark = pytest.mark.ecosystem

SERVER = StdioServerParameters(command=sys.executable, args=[str(Path(__file__).with_name("parcels.py"))])

PARCEL: dict[str, Any] = {"to": {"locker": 117}, "grams": 900}


class Desk(NamedTuple):
    """A client, and the classes of what its tools take and give."""

    client: Client
    inputs: dict[str, DynamicModels]
    outputs: dict[str, DynamicModels]

    async def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Call a tool: nothing is sent that it would not take, and what it gives is an object.

        Raises:
            ValidationError: The tool does not take these arguments, or has given what it does not give.
        """
        checked = self.inputs[name].root.model_validate(arguments)
        sent = checked.model_dump(mode="json", by_alias=True, exclude_unset=True)
        result = await self.client.call_tool(name, sent)
        if name in self.outputs:
            return self.outputs[name].root.model_validate(result.structured_content)
        return result.structured_content


def at_the_desk(work: Callable[[Desk], Awaitable[Any]]) -> Any:
    """Start the server, ask it for its tools, build their classes, and do something with them."""

    async def run() -> Any:
        async with Client(SERVER) as client:
            tools = (await client.list_tools()).tools
            telling = [tool for tool in tools if tool.output_schema is not None]
            documents = [tool.input_schema for tool in tools] + [tool.output_schema for tool in telling]
            built = await asyncio.to_thread(generate_many, documents, exact=True)
            models = [each for each in built if isinstance(each, DynamicModels)]
            assert len(models) == len(documents)
            inputs = {tool.name: found for tool, found in zip(tools, models, strict=False)}
            outputs = {tool.name: found for tool, found in zip(telling, models[len(tools) :], strict=True)}
            return await work(Desk(client, inputs, outputs))

    return asyncio.run(asyncio.wait_for(run(), 60))


def test_every_tool_that_is_listed_has_its_classes() -> None:
    async def work(desk: Desk) -> Any:
        return desk

    desk = at_the_desk(work)

    assert set(desk.inputs) == {"send_parcel", "track_parcel", "count_calls"}
    assert set(desk.outputs) == {"send_parcel", "track_parcel"}
    assert {"Address", "Locker"} <= set(desk.inputs["send_parcel"])
    assert all(models.unenforced == () for models in desk.inputs.values())


def test_a_good_call_arrives_as_it_was_meant_and_comes_back_as_an_object() -> None:
    arguments = {**PARCEL, "insured": True, "worth": 12.5, "ship-on": "2024-02-29"}

    async def work(desk: Desk) -> Any:
        return await desk.call("send_parcel", arguments)

    sent = at_the_desk(work)

    assert (sent.code, sent.by) == ("PT0042", date(2024, 3, 2))
    assert sent.model_dump(mode="json", exclude_unset=True)["asked"] == arguments


def test_what_a_tool_gives_is_made_of_its_classes() -> None:
    async def work(desk: Desk) -> Any:
        return await desk.call("track_parcel", {"code": "PT0042"})

    tracked = at_the_desk(work)

    assert tracked.steps[0].place == "Porto"
    assert tracked.steps[0].at.year == 2024


def test_bad_calls_are_refused_before_they_are_sent() -> None:
    faults: dict[str, dict[str, Any]] = {
        "should be at least 1 ": {"grams": 0},
        "should be an integer, not text": {"grams": "900"},
        "should be a date": {"ship-on": "tomorrow"},
        'the property "worth" is missing, which another property needs': {"insured": True},
        'unexpected property "express"': {"express": True},
        "should be at least 100": {"to": {"locker": 7}},
        "should match the pattern ^[0-9]{5}$": {"to": {"street": "Rua Direita", "postcode": "4"}},
        'unexpected property "locker"': {"to": {"street": "Rua Direita", "postcode": "40012", "locker": 117}},
    }

    async def work(desk: Desk) -> Any:
        told = []
        for change in faults.values():
            with pytest.raises(ValidationError) as refused:
                await desk.call("send_parcel", PARCEL | change)
            told.append(str(refused.value))
        await desk.call("send_parcel", PARCEL)
        return told, await desk.call("count_calls", {})

    told, counted = at_the_desk(work)

    for text, message in zip(told, faults, strict=True):
        assert message in text
    assert counted == {"calls": ["send_parcel"]}


def test_what_a_tool_would_not_give_is_refused() -> None:
    async def work(desk: Desk) -> Any:
        return desk.outputs["send_parcel"].root

    sent = at_the_desk(work)

    with pytest.raises(ValidationError, match=r"should match the pattern"):
        sent.model_validate({"code": "42", "by": "2024-03-02"})


def test_a_tool_with_a_bad_schema_does_not_cost_the_others_theirs() -> None:
    async def work(desk: Desk) -> Any:
        tools = (await desk.client.list_tools()).tools
        hostile = {"type": "object", "properties": {"path": {"$ref": "file:///etc/hostname"}}}
        return await asyncio.to_thread(generate_many, [hostile, *(tool.input_schema for tool in tools)], exact=True)

    refused, *built = at_the_desk(work)

    assert "file:///etc/hostname" in str(refused)
    assert all(isinstance(each, DynamicModels) for each in built)
