"""FastAPI: generated classes as bodies, responses and query parameters."""

# Without ``from __future__ import annotations``: FastAPI could not look up what the annotations of ``hotel`` name.

from typing import Annotated, Any

import pytest
from pydantic import ConfigDict

from dynmodels import generate_dynamic_models, make_fields_optional
from tests.ecosystem.hotel import BOOKING, DOCUMENT

pytest.importorskip("fastapi", reason="nox -s ecosystem installs it")

from fastapi import FastAPI, Query
from fastapi.testclient import TestClient

pytestmark = pytest.mark.ecosystem

#: What is wrong with a booking: the change, where it is said to be, and what pydantic and JSON Schema call it.
FAULTS: list[tuple[dict[str, Any], list[str], str, str]] = [
    ({"nights": 0}, ["nights"], "greater_than_equal", "minimum"),
    ({"nights": 31}, ["nights"], "less_than_equal", "maximum"),
    ({"guest": "A"}, ["guest"], "string_too_short", "minLength"),
    ({"room": "suite"}, ["room"], "enum", "enum"),
    ({"email": "ada"}, ["email"], "value_error", "format"),
    ({"price": 0}, ["price"], "greater_than", "exclusiveMinimum"),
    ({"price": 80.25}, ["price"], "multiple_of", "multipleOf"),
    ({"wishes": ["a", "b", "c", "d"]}, ["wishes"], "too_long", "maxItems"),
    (
        {"address": {"street": "Rua Direita", "postcode": "4"}},
        ["address", "postcode"],
        "string_pattern_mismatch",
        "pattern",
    ),
]


def hotel(models: Any, *, query: Any = None) -> TestClient:
    """A service whose classes all come from the document, and one route whose answer is none of them."""
    booking, search = models["Booking"], query or models["Search"]
    service = FastAPI()

    def book(body: booking) -> Any:  # type: ignore[valid-type]
        return body

    def find(query: Annotated[search, Query()]) -> Any:  # type: ignore[valid-type]
        return [BOOKING | {"guest": query.guest, "nights": query.nights}]  # type: ignore[attr-defined]

    def fail() -> Any:
        return BOOKING | {"nights": 0}

    several: Any = list[booking]  # type: ignore[valid-type]
    answer: dict[str, Any] = {"response_model_exclude_unset": True}
    service.add_api_route("/bookings", book, methods=["POST"], response_model=booking, **answer)
    service.add_api_route("/bookings", find, methods=["GET"], response_model=several, **answer)
    service.add_api_route("/broken", fail, methods=["GET"], response_model=booking, **answer)
    return TestClient(service, raise_server_exceptions=False)


def properties(client: TestClient, name: str) -> dict[str, Any]:
    """What the served document says of a class's properties, but for what it says of null."""
    found: dict[str, Any] = client.get("/openapi.json").json()["components"]["schemas"][name]["properties"]
    return {
        key: next((each for each in said.get("anyOf", ()) if each != {"type": "null"}), said)
        for key, said in found.items()
    }


@pytest.mark.parametrize("exact", [False, True])
def test_a_body_comes_back_as_it_was_sent(exact: bool) -> None:
    client = hotel(generate_dynamic_models(DOCUMENT, exact=exact))

    answer = client.post("/bookings", json=BOOKING)

    assert (answer.status_code, answer.json()) == (200, BOOKING)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(("change", "where", "pydantic", "keyword"), FAULTS, ids=[fault[3] for fault in FAULTS])
def test_a_bad_body_is_refused(
    change: dict[str, Any], where: list[str], pydantic: str, keyword: str, exact: bool
) -> None:
    client = hotel(generate_dynamic_models(DOCUMENT, exact=exact))

    answer = client.post("/bookings", json=BOOKING | change)

    assert answer.status_code == 422
    (fault,) = answer.json()["detail"]
    assert fault["loc"] == ["body", *where]
    assert fault["type"] == (f"json_schema.{keyword}" if exact else pydantic)


def test_an_exact_body_is_refused_by_what_pydantic_has_no_words_for() -> None:
    twice = BOOKING | {"wishes": ["quiet", "quiet"]}

    assert hotel(generate_dynamic_models(DOCUMENT)).post("/bookings", json=twice).status_code == 200
    answer = hotel(generate_dynamic_models(DOCUMENT, exact=True)).post("/bookings", json=twice)
    assert answer.status_code == 422
    (fault,) = answer.json()["detail"]
    assert fault["type"] == "json_schema.uniqueItems"
    assert fault["ctx"]["schema"] == "#/$defs/Booking/properties/wishes/uniqueItems"


@pytest.mark.parametrize("exact", [False, True])
def test_the_served_document_has_the_constraints(exact: bool) -> None:
    client = hotel(generate_dynamic_models(DOCUMENT, exact=exact))
    original = DOCUMENT["$defs"]

    booking = properties(client, "Booking")
    address = properties(client, "Address")

    compared = {"paid-by", "guest", "email", "nights", "arrival", "price"}
    assert {**booking["wishes"], "uniqueItems": True}.items() >= original["Booking"]["properties"]["wishes"].items()
    assert booking["address"] == {"$ref": "#/components/schemas/Address"}
    for name in compared:
        assert booking[name].items() >= original["Booking"]["properties"][name].items()
    for name, said in original["Address"]["properties"].items():
        assert address[name].items() >= said.items()
    room = booking["room"] if exact else client.get("/openapi.json").json()["components"]["schemas"]["Room"]
    assert room["enum"] == ["single", "double"]


def test_the_served_document_of_exact_classes_is_the_original() -> None:
    client = hotel(generate_dynamic_models(DOCUMENT, exact=True))

    served = client.get("/openapi.json").json()["components"]["schemas"]

    expected = DOCUMENT["$defs"]["Booking"]
    properties = {**expected["properties"], "address": {"$ref": "#/components/schemas/Address"}}
    assert {key: said for key, said in served["Booking"].items() if key not in {"title", "properties"}} == {
        key: said for key, said in expected.items() if key != "properties"
    }
    assert served["Booking"]["properties"] == properties
    assert served["Address"]["properties"] == DOCUMENT["$defs"]["Address"]["properties"]


@pytest.mark.parametrize("exact", [False, True])
def test_an_answer_that_is_none_is_an_error_of_the_service(exact: bool) -> None:
    assert hotel(generate_dynamic_models(DOCUMENT, exact=exact)).get("/broken").status_code == 500


def test_query_parameters_are_read_from_text() -> None:
    client = hotel(generate_dynamic_models(DOCUMENT))

    answer = client.get("/bookings", params={"guest": "Grace", "nights": "3"})

    assert (answer.status_code, answer.json()) == (200, [BOOKING | {"guest": "Grace", "nights": 3}])


def test_bad_query_parameters_are_refused() -> None:
    client = hotel(generate_dynamic_models(DOCUMENT))

    answer = client.get("/bookings", params={"guest": "G", "nights": "0", "room": "suite", "city": "Porto"})

    assert answer.status_code == 422
    assert [(fault["loc"], fault["type"]) for fault in answer.json()["detail"]] == [
        (["query", "guest"], "string_too_short"),
        (["query", "nights"], "greater_than_equal"),
        (["query", "room"], "enum"),
        (["query", "city"], "extra_forbidden"),
    ]


def test_the_served_document_has_the_query_parameters_with_their_constraints() -> None:
    client = hotel(generate_dynamic_models(DOCUMENT))

    parameters = client.get("/openapi.json").json()["paths"]["/bookings"]["get"]["parameters"]

    said = {each["name"]: each for each in parameters}
    assert {name: each["required"] for name, each in said.items()} == {
        "guest": True,
        "nights": False,
        "room": False,
        "wish": False,
    }
    assert said["guest"]["schema"]["minLength"] == 2
    assert {"type": "integer", "minimum": 1} in said["nights"]["schema"]["anyOf"]
    assert said["nights"]["schema"]["default"] == 1


def test_exact_query_parameters_are_texts_and_no_numbers() -> None:
    """What stands in an address is text, which a schema that demands a number does not accept."""
    models = generate_dynamic_models(DOCUMENT, exact=True)

    (fault,) = hotel(models).get("/bookings", params={"guest": "Grace", "nights": "3"}).json()["detail"]
    plain = hotel(models, query=generate_dynamic_models(DOCUMENT)["Search"])

    assert (fault["loc"], fault["msg"]) == (["query", "nights"], "should be an integer, not text")
    assert plain.get("/bookings", params={"guest": "Grace", "nights": "3"}).status_code == 200
    assert hotel(models).get("/bookings", params={"guest": "Grace"}).json()[0]["nights"] == 1


def test_part_of_a_booking_is_changed() -> None:
    booking = generate_dynamic_models(DOCUMENT)["Booking"]
    change = make_fields_optional(booking)
    service = FastAPI()

    def patch(body: change) -> Any:  # type: ignore[valid-type]
        return body.model_dump(mode="json", by_alias=True, exclude_unset=True)  # type: ignore[attr-defined]

    service.add_api_route("/booking", patch, methods=["PATCH"])
    client = TestClient(service)

    assert client.patch("/booking", json={"nights": 5}).json() == {"nights": 5}
    assert client.patch("/booking", json={"nights": 50}).status_code == 422


def test_classes_of_two_documents_are_served_side_by_side() -> None:
    """Classes of one name are told apart in the served document, as FastAPI does by their modules."""
    other = {"title": "Booking", "type": "object", "properties": {"table": {"type": "integer", "minimum": 1}}}
    room = generate_dynamic_models(DOCUMENT, config_dict=ConfigDict(frozen=True))["Booking"]
    table = generate_dynamic_models(other).root
    service = FastAPI()

    def book(body: room) -> Any:  # type: ignore[valid-type]
        return body

    def reserve(body: table) -> Any:  # type: ignore[valid-type]
        return body

    service.add_api_route("/rooms", book, methods=["POST"])
    service.add_api_route("/tables", reserve, methods=["POST"])
    schemas = TestClient(service).get("/openapi.json").json()["components"]["schemas"]

    told = [set(said["properties"]) for name, said in schemas.items() if name.endswith("Booking")]
    assert sorted(map(len, told)) == [1, 9]
