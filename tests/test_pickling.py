"""Pickling: any generated class, member or instance crosses to any process, and is one class in each of them."""

from __future__ import annotations

import copy
import gc
import importlib
import itertools
import pickle
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import cloudpickle
import pydantic
import pytest

from benchmarks import documents
from dynmodels import DynamicModels, clear_dynamic_models_cache, generate_dynamic_models
from tests import receivers
from tests.alteration import PROTOCOL, altered, texts
from tests.cargo import Envelope, Pair, described, parametrised, validator_of
from tests.documents import BOOK, INVOICING, PET_SHOP, named
from tests.interpreter import in_fresh_interpreter
from tests.lending import KINDS, LOAN, LOAN_DATA, MEMBER_DATA, lending
from tests.test_exact import BAD, GOOD, NEWER, ORDER

PROTOCOLS: Final = range(pickle.HIGHEST_PROTOCOL + 1)


def _by_protocol(protocol: int) -> Callable[[Any], bytes]:
    return lambda value: pickle.dumps(value, protocol)


def _in_python(value: Any) -> bytes:
    """Pickle by the implementation that is written in Python, which is what subclasses of picklers often use."""
    return pickle._dumps(value)  # type: ignore[attr-defined,no-any-return]  # it has no public name


TRANSPORTS: Final[dict[str, Callable[[Any], bytes]]] = {
    **{f"protocol {protocol}": _by_protocol(protocol) for protocol in PROTOCOLS},
    "pickle in Python": _in_python,
    "cloudpickle": cloudpickle.dumps,
}

COPIES: Final[dict[str, Callable[[Any], Any]]] = {"copy": copy.copy, "deepcopy": copy.deepcopy}


def titled(title: str) -> dict[str, Any]:
    """The library's document under another title, so that no other test has built it."""
    return {**LOAN, "title": title}


def very(value: Any) -> Any:
    """Describe an object by the very classes that it is made of, rather than their names."""
    return described(value, naming=id)


def crossed_home(value: Any) -> Any:
    """Pickle and unpickle in this process."""
    return pickle.loads(pickle.dumps(value))


def arrived_elsewhere(values: Mapping[str, tuple[Callable[[Any], bytes], Any]]) -> dict[str, Any]:
    """Send values to one fresh interpreter, and give its description of each; or why one cannot be sent."""
    sent, refused = {}, {}
    for name, (dumps, value) in values.items():
        try:
            sent[name] = dumps(value)
        except Exception as error:  # noqa: BLE001 (the others are to have their turn)
            refused[name] = repr(error)
    return {**in_fresh_interpreter(receivers.describe_all, sent), **refused}


@cache
def of_kind(kind: str) -> Any:
    """Make an object of a kind."""
    return KINDS[kind](lending())


@cache
def crossed(kind: str) -> dict[str, Any]:
    """Send an object by every transport into one fresh interpreter, and describe what arrived."""
    return arrived_elsewhere({name: (dumps, of_kind(kind)) for name, dumps in TRANSPORTS.items()})


class TestEveryKindByEveryTransport:
    @pytest.mark.parametrize("transport", TRANSPORTS)
    @pytest.mark.parametrize("kind", KINDS)
    def test_it_arrives_in_a_fresh_interpreter_as_it_was(self, kind: str, transport: str) -> None:
        assert crossed(kind)[transport] == described(of_kind(kind))

    @pytest.mark.parametrize("transport", TRANSPORTS)
    @pytest.mark.parametrize("kind", KINDS)
    def test_it_comes_back_home_with_the_very_same_classes(self, kind: str, transport: str) -> None:
        value = of_kind(kind)

        returned = pickle.loads(TRANSPORTS[transport](value))

        assert very(returned) == very(value)

    @pytest.mark.parametrize("way", COPIES)
    @pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "cycle of instances"])  # pydantic copies none
    def test_it_is_copied_with_the_very_same_classes(self, kind: str, way: str) -> None:
        value = of_kind(kind)

        assert very(COPIES[way](value)) == very(value)

    def test_all_of_them_arrive_in_one_pickle(self) -> None:
        models = lending()
        everything = {kind: make(models) for kind, make in KINDS.items()}

        arrived = in_fresh_interpreter(receivers.describe_all, {"all": pickle.dumps(everything)})

        assert arrived == {"all": described(everything)}

    def test_classes_and_members_at_home_are_those_that_were_sent(self) -> None:
        models = lending()

        assert crossed_home(models["Loan"]) is models["Loan"]
        assert crossed_home(models["Status"]) is models["Status"]
        assert crossed_home(models["Status"].lost) is models["Status"].lost
        assert crossed_home(parametrised(Envelope, models["Loan"])) is parametrised(Envelope, models["Loan"])

    def test_a_member_finds_what_is_kept_by_it(self) -> None:
        status: Any = lending()["Status"]
        fines = {status.lost: 250, status.returned: 0}

        returned, seen = crossed_home((fines, set(status)))

        assert returned[status.lost] == 250
        assert status.open in seen

    def test_parameters_within_parameters_arrive(self) -> None:
        models = lending()
        member = models["Member"](**MEMBER_DATA)
        envelopes = parametrised(Pair, parametrised(Envelope, models["Member"]))
        nested = envelopes(first={"content": member}, second={"content": member})
        of_list = parametrised(Envelope, parametrised(list, models["Status"]))(content=["lost", "open"])

        assert very(crossed_home([nested, of_list])) == very([nested, of_list])
        sent = {"nested": pickle.dumps(nested), "list": pickle.dumps(of_list)}
        expected = {"nested": described(nested), "list": described(of_list)}
        assert in_fresh_interpreter(receivers.describe_all, sent) == expected

    def test_unpickling_needs_no_generator(self) -> None:
        loan = pickle.dumps(lending()["Loan"](**LOAN_DATA))

        loaded = in_fresh_interpreter(receivers.modules_loaded, loan, [*receivers.GENERATOR, "dynmodels"])

        assert loaded == ["dynmodels"]


class Sort(NamedTuple):
    """A sort of class: a document with the options that make it, and data for its root or for a class that is named."""

    document: Any
    data: Any
    options: dict[str, Any] = {}  # noqa: RUF012 (read only)
    name: str | None = None


def _enum(*values: Any, **options: Any) -> Sort:
    properties = {"level": {"title": "Level", "enum": list(values)}, "note": {"type": "string"}}
    document = {"title": "Reading", "type": "object", "properties": properties}
    return Sort(document, {"level": values[-1]}, options)


_SHAPE: Final = {
    "title": "Drawing",
    "type": "object",
    "properties": {
        "shape": {
            "oneOf": [{"$ref": "#/$defs/Circle"}, {"$ref": "#/$defs/Square"}],
            "discriminator": {"propertyName": "kind"},
        }
    },
    "$defs": {
        "Circle": {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "circle"}}},
        "Square": {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "square"}}},
    },
}

_TREE: Final = {
    "$ref": "#/$defs/Tree",
    "$defs": {
        "Tree": {
            "anyOf": [
                {
                    "type": "object",
                    "properties": {"left": {"$ref": "#/$defs/Tree"}, "right": {"$ref": "#/$defs/Tree"}},
                },
                {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
                {"type": "integer"},
            ]
        }
    },
}

#: One line of the generated source imports two modules, one of them by another name; ``Finding`` needs only the other.
_TEMPLATES: Final = {
    "title": "Template",
    "type": "object",
    "properties": {"info": {"$ref": "#/$defs/model.Info"}},
    "$defs": {
        "model.Finding": {"type": "object", "properties": {"cve": {"$ref": "#/$defs/strings.Some"}}},
        "model.Info": {
            "type": "object",
            "properties": {
                "severity": {"$ref": "#/$defs/severity.Holder"},
                "finding": {"$ref": "#/$defs/model.Finding"},
            },
        },
        "strings.Some": {"type": "object", "properties": {"values": {"type": "array", "items": {"type": "string"}}}},
        "severity.Holder": {"type": "object", "properties": {"level": {"enum": ["low", "high"]}}},
    },
}

#: All but "uri": pydantic's addresses cannot be pickled by protocols 0 and 1, whoever made the class.
_FORMATS: Final = {
    "title": "Visit",
    "type": "object",
    "properties": {
        "at": {"type": "string", "format": "date-time"},
        "id": {"type": "string", "format": "uuid"},
        "by": {"type": "string", "format": "email"},
        "from": {"type": "string", "format": "ipv4"},
        "took": {"type": "string", "format": "duration"},
    },
}
_VISIT: Final = {
    "at": "2024-02-29T12:00:00+01:00",
    "id": "6f1c2b1e-58a3-4f0c-9a34-8d1f0f8a5b11",
    "by": "ada@example.com",
    "from": "192.0.2.1",
    "took": "PT90S",
}

#: What the generator makes beside plain models and enums, and what its options make of them.
SORTS: Final[dict[str, Sort]] = {
    "list at the root": Sort({"title": "Tags", "type": "array", "items": {"type": "string"}}, ["new", "rare"]),
    "list of models": Sort(PET_SHOP, [{"name": "Tom", "kind": "cat"}], name="Pets"),
    "reference at the root": Sort({"$ref": "#/$defs/Id", "$defs": {"Id": {"type": "integer", "minimum": 1}}}, 7),
    "anything at all": Sort(True, {"whatever": [1, 1.0, True, None]}),
    "package of modules": Sort(INVOICING, {"invoice": {"total": {"cents": 100}, "payer": {"name": "Ada"}}}),
    "module within a package": Sort(INVOICING, {"total": {"cents": 100}}, name="Invoice"),
    "module beside one that it does not need": Sort(_TEMPLATES, {"cve": {"values": ["CVE-2021-44228"]}}, {}, "Finding"),
    "aliases": Sort(
        {"title": "Form", "type": "object", "properties": {"firstName": {"type": "string"}, "import": True}},
        {"firstName": "Ada", "import": 1},
        {"snake_case_field": True},
    ),
    "pattern that only ours knows": Sort(
        {"title": "Shelf", "type": "object", "properties": {"label": {"type": "string", "pattern": "^(?!tmp)[a-z]+$"}}},
        {"label": "novels"},
    ),
    "validators of the generator's": Sort(
        {
            "title": "Index",
            "type": "object",
            "properties": {"pages": {"type": "array", "items": {"type": "integer"}, "uniqueItems": True}},
            "patternProperties": {"^x-": {"type": "string"}},
        },
        {"pages": [1, 2], "x-by": "Ada"},
        {"generate_schema_validators": True},
    ),
    "base class of one's own": Sort(
        BOOK, {"isbn": "9780141439600", "author": {"name": "Dickens"}}, {"base_class": "tests.cargo.Record"}
    ),
    "base class with a metaclass of its own": Sort(
        BOOK, {"isbn": "9780141439600", "author": {"name": "Dickens"}}, {"base_class": "tests.cargo.Registered"}
    ),
    "union that refers to itself": Sort(_TREE, {"left": [1, {"right": 2}], "right": []}),
    "discriminated union": Sort(_SHAPE, {"shape": {"kind": "square"}}),
    "enum of texts": _enum("low", "high"),
    "enum of numbers": _enum(1, 2, 3),
    "enum of everything": _enum("on", 0, 1.5, True, None, "None"),
    "enum with null": _enum("low", None),
    "enum that is a text": _enum("low", "high", use_subclass_enum=True),
    "enum as literals": _enum("low", "high", enum_field_as_literal="all"),
    "enum with odd names": _enum("mro", "__class__", "", " ", "größer", "name"),
    "default that is a member": Sort(
        {"title": "Task", "type": "object", "properties": {"priority": {"enum": ["low", "high"], "default": "low"}}},
        {},
        {"set_default_enum_member": True},
    ),
    "typed extra fields": Sort(
        {"title": "Scores", "type": "object", "additionalProperties": {"type": "integer"}}, {"ada": 1, "grace": 2}
    ),
    "frozen": Sort(BOOK, {"isbn": "9780141439600", "author": {"name": "Dickens"}}, {"enable_faux_immutability": True}),
    "type aliases": Sort(PET_SHOP, {"name": "Tom", "kind": "cat"}, {"use_type_alias": True}, "Pet"),
    "annotated fields": Sort(LOAN, LOAN_DATA, {"use_annotated": True}),
    "formats": Sort(_FORMATS, _VISIT),
    "name of another language": Sort(
        {"title": "Größe", "type": "object", "properties": {"länge": {"type": "number"}}}, {"länge": 1.5}
    ),
    "texts that look like code": Sort(
        {
            "title": "Quote",
            "type": "object",
            "description": 'Ends here: """ \\ \f\u2028 \U0001f600 import os',
            "properties": {"__import__('os')": {"type": "string", "default": "'); import os #"}},
        },
        {},
    ),
    "module that the schema may name": Sort(
        {
            "title": "Price",
            "type": "object",
            "properties": {"amount": {"type": "string", "customTypePath": "decimal.Decimal"}},
        },
        {"amount": "9.50"},
        {"allow_imports": ["decimal"]},
    ),
    "class that was named": Sort(
        BOOK, {"isbn": "9780141439600", "author": {"name": "Dickens"}}, {"class_name": "Volume"}
    ),
    "module that was named": Sort(
        BOOK, {"isbn": "9780141439600", "author": {"name": "Dickens"}}, {"module_name": "library.models"}
    ),
    "module that was named as one that exists": Sort(
        BOOK, {"isbn": "9780141439600", "author": {"name": "Dickens"}}, {"module_name": "json"}
    ),
    "sample of data": Sort("number,name\n7,Ada\n", {"number": "7", "name": "Ada"}, {"input_file_type": "csv"}, "Model"),
    "option without stable content": Sort(named("Ticket"), {"id": 1}, {"custom_class_name_generator": str.upper}),
    "exact": Sort(ORDER, {**GOOD, "placed": "2024-02-29T12:00:00.50+01:00", "state": "paid"}, {"exact": True}),
    "exact, of several modules": Sort(INVOICING, {"invoice": {"total": {"cents": 1}}}, {"exact": True}),
    "exact list": Sort({"type": "array", "items": {"enum": [1, "1"]}, "uniqueItems": True}, [1, "1"], {"exact": True}),
}


@cache
def of_sort(name: str) -> tuple[Any, Any]:
    """Build a class and make an instance of it, from JSON data."""
    sort = SORTS[name]
    models = generate_dynamic_models(sort.document, store=False, **sort.options)
    cls: Any = models.root if sort.name is None else models[sort.name]
    return cls, cls.model_validate(sort.data)


@cache
def sorts_crossed() -> tuple[dict[str, Any], dict[str, Any]]:
    """Send all of them into one fresh interpreter: what they were, and what arrived."""
    values: dict[str, tuple[Callable[[Any], bytes], Any]] = {}
    for name in SORTS:
        cls, instance = of_sort(name)
        for dumps in (pickle.dumps, cloudpickle.dumps):
            values |= {f"{name}, class, {dumps.__module__}": (dumps, cls)}
            values |= {f"{name}, instance, {dumps.__module__}": (dumps, instance)}
    return {name: described(value) for name, (_, value) in values.items()}, arrived_elsewhere(values)


class TestEverySortOfClass:
    @pytest.mark.parametrize("way", ["_pickle", "cloudpickle.cloudpickle"], ids=["pickle", "cloudpickle"])
    @pytest.mark.parametrize("what", ["class", "instance"])
    @pytest.mark.parametrize("name", SORTS)
    def test_it_arrives_in_a_fresh_interpreter_as_it_was(self, name: str, what: str, way: str) -> None:
        were, arrived = sorts_crossed()

        assert arrived[f"{name}, {what}, {way}"] == were[f"{name}, {what}, {way}"]

    @pytest.mark.parametrize("transport", ["protocol 0", "protocol 2", "protocol 5", "cloudpickle"])
    @pytest.mark.parametrize("name", SORTS)
    def test_it_comes_back_home_with_the_very_same_classes(self, name: str, transport: str) -> None:
        cls, instance = of_sort(name)

        returned = pickle.loads(TRANSPORTS[transport]([cls, instance]))

        assert returned[0] is cls
        assert very(returned) == very([cls, instance])
        assert returned[1] == instance

    def test_state_that_a_base_class_adds_arrives(self) -> None:
        _, book = of_sort("base class of one's own")
        book.revise()

        assert crossed_home(book)._revision == 1
        arrived = in_fresh_interpreter(receivers.describe_all, {"book": pickle.dumps(book)})
        assert arrived["book"] == described(book)

    def test_classes_of_one_name_from_several_documents_are_told_apart(self) -> None:
        old = generate_dynamic_models(named("Ticket"), module_name="tickets", store=False).root
        new = generate_dynamic_models({**named("Ticket"), "required": []}, module_name="tickets", store=False).root

        assert crossed_home([old, new]) == [old, new]
        arrived = in_fresh_interpreter(receivers.describe_all, {"both": pickle.dumps([old, new])})
        assert arrived["both"] == described([old, new])

    def test_classes_of_one_name_in_one_document_are_told_apart(self) -> None:
        parties = {
            "sales.Party": {"type": "object", "properties": {"customer": {"type": "string"}}},
            "purchases.Party": {"type": "object", "properties": {"supplier": {"type": "string"}}},
        }
        properties = {name.replace(".", "_"): {"$ref": f"#/$defs/{name}"} for name in parties}
        document = {"title": "Contract", "type": "object", "properties": properties, "$defs": parties}
        models = generate_dynamic_models(document, store=False)
        both = [models.pointers[f"#/$defs/{name}"] for name in parties]

        assert crossed_home(both) == both
        arrived = in_fresh_interpreter(receivers.describe_all, {"both": pickle.dumps(both)})
        assert arrived["both"] == described(both)

    def test_what_was_read_from_files_arrives_where_these_are_not(self, tmp_path: Path) -> None:
        schema, part = tmp_path / "lamp.json", tmp_path / "bulb.json"
        schema.write_text('{"title": "Lamp", "type": "object", "properties": {"bulb": {"$ref": "bulb.json"}}}')
        part.write_text('{"title": "Bulb", "type": "object", "properties": {"watts": {"type": "integer"}}}')
        lamp = generate_dynamic_models(schema, store=False).root(bulb={"watts": 60})
        pickled = pickle.dumps(lamp)
        schema.unlink()
        part.unlink()

        assert in_fresh_interpreter(receivers.describe_all, {"lamp": pickled}) == {"lamp": described(lamp)}

    def test_what_runs_from_a_file_for_debugging_arrives_where_that_is_not(self, tmp_path: Path) -> None:
        lamp = generate_dynamic_models(named("Lamp"), debug=tmp_path).root(id=1)

        arrived = in_fresh_interpreter(receivers.describe_all, {"lamp": pickle.dumps(lamp)})

        assert arrived == {"lamp": described(lamp)}


class TestExactClasses:
    def test_they_refuse_on_the_other_side_what_the_schema_refuses(self) -> None:
        data = [GOOD, BAD, {**GOOD, "lines": [{"sku": "TMPX"}]}, {**GOOD, "total": "12"}, {**GOOD, "day": "2023-02-29"}]
        order = generate_dynamic_models(ORDER, exact=True, store=False).root

        verdicts = in_fresh_interpreter(receivers.verdicts, pickle.dumps(order), data)

        assert verdicts == [True, False, False, False, False]

    def test_a_class_within_the_document_keeps_its_own_gate(self) -> None:
        line = generate_dynamic_models(ORDER, exact=True, store=False)["Line"]

        verdicts = in_fresh_interpreter(receivers.verdicts, pickle.dumps(line), [{"sku": "MUG"}, {"sku": "TMPX"}, {}])

        assert verdicts == [True, False, False]

    def test_other_documents_and_formats_are_as_they_were(self) -> None:
        uri = "https://example.com/address.json"
        document = {"type": "object", "properties": {"to": {"$ref": uri}, "day": {"type": "string", "format": "date"}}}
        resources = {uri: {"type": "object", "required": ["city"], "properties": {"city": {"minLength": 2}}}}
        cls = generate_dynamic_models(document, exact=True, formats="annotate", resources=resources, store=False).root
        data = [{"to": {"city": "Porto"}}, {"to": {"city": "P"}}, {"to": {}}, {"day": "someday"}]

        assert in_fresh_interpreter(receivers.verdicts, pickle.dumps(cls), data) == [True, False, False, True]

    def test_data_is_written_on_the_other_side_as_it_was_spelt(self) -> None:
        spelt = {**GOOD, "placed": "2024-02-29T12:00:00.50+01:00", "token": "6F1C2B1E-58A3-4F0C-9A34-8D1F0F8A5B11"}
        order = generate_dynamic_models(ORDER, exact=True, store=False).root.model_validate(spelt)

        assert in_fresh_interpreter(receivers.written, pickle.dumps(order)) == spelt

    def test_exact_and_plain_classes_of_one_document_are_two(self) -> None:
        exact = generate_dynamic_models(ORDER, exact=True, store=False).root
        plain = generate_dynamic_models(ORDER, store=False).root

        assert crossed_home([exact, plain]) == [exact, plain]
        sent = {"exact": pickle.dumps(exact), "plain": pickle.dumps(plain)}
        lax = {**GOOD, "id": "1"}
        assert in_fresh_interpreter(receivers.verdicts_by_name, sent, [GOOD, lax]) == {
            "exact": [True, False],
            "plain": [True, True],
        }

    @NEWER
    def test_their_errors_arrive(self) -> None:
        order = generate_dynamic_models(ORDER, exact=True, store=False).root
        with pytest.raises(pydantic.ValidationError) as caught:
            order.model_validate(BAD)
        sent = {str(protocol): pickle.dumps(caught.value, protocol) for protocol in PROTOCOLS}

        arrived = in_fresh_interpreter(receivers.describe_all, sent)

        assert arrived == dict.fromkeys(sent, described(caught.value))


class TestOneClassPerDigest:
    """Whichever came first: call, pickle or import."""

    @pytest.mark.parametrize(
        "steps",
        [
            ["call", "instance", "class"],
            ["instance", "call", "class"],
            ["class", "instance", "call"],
            ["part", "instance", "call", "class"],
        ],
        ids=" then ".join,
    )
    @pytest.mark.parametrize("options", [{}, {"exact": True}], ids=["plain", "exact"])
    def test_a_call_and_pickles_give_one_class(self, steps: list[str], options: dict[str, Any]) -> None:
        models = generate_dynamic_models(LOAN, store=False, **options) if options else lending()
        whole = models["Loan"](**LOAN_DATA)
        sent = {
            "class": pickle.dumps(models["Loan"]),
            "instance": pickle.dumps(whole),
            "part": pickle.dumps(models["Member"](**MEMBER_DATA)),
        }

        assert in_fresh_interpreter(receivers.are_same, sent, steps, LOAN, options)

    @pytest.mark.parametrize("order", list(itertools.permutations(["import", "pickle", "call"])), ids=" then ".join)
    def test_an_import_gives_that_class_too(
        self, order: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DYNMODELS_CACHE_DIR", str(tmp_path))
        models = generate_dynamic_models(titled("Rental"))
        steps = {"import": [f"dynmodels.generated.d{models.digest}", "Rental"], "pickle": "rental", "call": "call"}
        sent = {"rental": pickle.dumps(models.root(**LOAN_DATA))}
        taken = [steps[name] for name in order]
        store = {"DYNMODELS_CACHE_DIR": str(tmp_path)}

        same = in_fresh_interpreter(receivers.are_same, sent, taken, titled("Rental"), {}, **store)

        assert same

    def test_what_came_first_is_among_the_classes_of_the_document_asked_for_later(self) -> None:
        loan = pickle.dumps(lending()["Loan"](**LOAN_DATA))

        assert set(in_fresh_interpreter(receivers.is_whole_after_a_part, loan, LOAN).values()) == {True}

    @pytest.mark.parametrize(
        "order",
        [("member", "loan", "tracked"), ("loan", "tracked", "member"), ("tracked", "member", "loan")],
        ids=" ".join,
    )
    def test_pickles_with_parts_of_one_document_share_classes(self, order: tuple[str, ...]) -> None:
        kinds = {
            "member": "instance",
            "loan": "nested and recursive instance",
            "tracked": "instance of a subclass with private state",
        }
        models = lending()
        sent = {name: pickle.dumps(KINDS[kinds[name]](models)) for name in order}

        arrived = in_fresh_interpreter(receivers.share_classes, sent)

        assert set(arrived.values()) == {True}, arrived

    @pytest.mark.parametrize("threads", [1, 8])
    def test_a_module_that_builds_classes_while_one_of_them_is_unpickled_gets_the_same(self, threads: int) -> None:
        from tests.appliances import Kettle

        kettle = pickle.dumps(Kettle(id=1))

        found = in_fresh_interpreter(receivers.classes_with_the_modules_own, kettle, threads)

        assert found == {"classes": 1, "is the module's own": True, "label": "Kettle 1"}

    def test_threads_that_unpickle_at_once_get_one_class(self) -> None:
        loan = pickle.dumps(lending()["Loan"](**LOAN_DATA))

        assert in_fresh_interpreter(receivers.classes_in_threads, loan, 16) == [1, 1]

    def test_a_class_that_lives_is_found_when_the_cache_has_been_cleared(self) -> None:
        loan = lending()["Loan"](**LOAN_DATA)
        pickled = pickle.dumps(loan)
        clear_dynamic_models_cache()

        assert very(pickle.loads(pickled)) == very(loan)
        assert very(crossed_home(loan)) == very(loan)

    def test_a_class_that_is_gone_is_made_anew(self) -> None:
        gift = generate_dynamic_models(titled("Gift"), store=False).root(**LOAN_DATA)
        pickled, was = pickle.dumps(gift), described(gift)
        del gift
        clear_dynamic_models_cache()
        gc.collect()

        returned = pickle.loads(pickled)

        assert described(returned) == was
        assert type(pickle.loads(pickled)) is type(returned)

    def test_each_of_two_builds_that_live_side_by_side_comes_back_as_itself(self) -> None:
        kept = generate_dynamic_models(titled("Twin"), store=False)
        apart = generate_dynamic_models(titled("Twin"), store=False, cache_size=0)
        assert kept.root is not apart.root

        for models in (kept, apart):
            twin = models.root(**LOAN_DATA)
            assert very(crossed_home(twin)) == very(twin)
            assert crossed_home(models["Status"].lost) is models["Status"].lost

    def test_a_build_that_is_not_kept_arrives_elsewhere(self) -> None:
        guest = generate_dynamic_models(titled("Guest"), store=False, cache_size=0).root(**LOAN_DATA)

        assert very(crossed_home(guest)) == very(guest)
        arrived = in_fresh_interpreter(receivers.describe_all, {"guest": pickle.dumps(guest)})
        assert arrived == {"guest": described(guest)}

    def test_the_class_is_called_by_the_digest_of_its_sender(self) -> None:
        models = lending()

        module = in_fresh_interpreter(receivers.module_of, pickle.dumps(models["Loan"]))

        assert module == f"dynmodels.generated.d{models.digest}"

    def test_a_name_of_the_callers_for_the_module_is_kept(self) -> None:
        cls = generate_dynamic_models(titled("Label"), module_name="library.labels", store=False).root

        assert in_fresh_interpreter(receivers.module_of, pickle.dumps(cls)) == "library.labels"
        assert crossed_home(cls) is cls

    def test_what_arrived_can_be_sent_on(self) -> None:
        loan = lending()["Loan"](**LOAN_DATA)

        sent_on = in_fresh_interpreter(receivers.pickled_again, pickle.dumps(loan))

        assert very(pickle.loads(bytes.fromhex(sent_on))) == very(loan)
        arrived = in_fresh_interpreter(receivers.describe_all, {"loan": bytes.fromhex(sent_on)})
        assert arrived == {"loan": described(loan)}


class TestDocuments:
    """All classes of a document at once, with what else is known of it."""

    @pytest.mark.parametrize("protocol", PROTOCOLS)
    @pytest.mark.parametrize("options", [{}, {"exact": True}, {"module_name": "library"}], ids=str)
    def test_they_come_back_home_with_the_same_classes(self, options: dict[str, Any], protocol: int) -> None:
        models = generate_dynamic_models(titled("Whole"), store=False, **options)

        returned = pickle.loads(pickle.dumps(models, protocol))

        assert isinstance(returned, DynamicModels)
        assert receivers.models_seen(returned) == receivers.models_seen(models)
        assert all(returned[name] is cls for name, cls in models.items())
        assert returned.root is models.root
        assert dict(returned.pointers) == dict(models.pointers)

    def test_they_arrive_in_a_fresh_interpreter_as_they_were(self) -> None:
        documents_sent: list[Any] = [LOAN, INVOICING, PET_SHOP, True]
        several = {
            f"{number}, exact: {exact}": generate_dynamic_models(document, exact=exact, store=False)
            for number, document in enumerate(documents_sent)
            for exact in (False, True)
        }

        sent = {name: pickle.dumps(models) for name, models in several.items()}
        arrived = in_fresh_interpreter(receivers.models_described, sent)

        assert arrived == {name: receivers.models_seen(models) for name, models in several.items()}

    def test_a_choice_of_classes_stays_one(self) -> None:
        models = generate_dynamic_models(titled("Choice"), store=False, target_model_names=["Status", "Member"])

        assert list(crossed_home(models)) == ["Status", "Member"]
        arrived = in_fresh_interpreter(receivers.models_described, {"choice": pickle.dumps(models)})
        assert arrived == {"choice": receivers.models_seen(models)}

    def test_they_stay_read_only(self) -> None:
        with pytest.raises(TypeError, match="read-only"):
            crossed_home(lending())["Loan"] = int

    def test_a_copy_is_a_plain_dict_as_ever(self) -> None:
        models = lending()

        assert type(copy.copy(models)) is type(copy.deepcopy(models)) is dict
        assert copy.deepcopy(models) == dict(models)


class TestFunctions:
    """What cloudpickle sends whole."""

    def test_a_function_takes_the_class_along_that_it_closes_over(self) -> None:
        validate = validator_of(lending()["Loan"])

        arrived = in_fresh_interpreter(receivers.results_of, cloudpickle.dumps(validate), LOAN_DATA)

        assert arrived == described(validate(LOAN_DATA))
        assert type(pickle.loads(cloudpickle.dumps(validate))(LOAN_DATA)) is type(validate(LOAN_DATA))

    def test_so_does_a_script_that_has_it_as_a_global(self) -> None:
        script: dict[str, Any] = {"__name__": "__main__", "Loan": lending()["Loan"]}
        exec("def fine(data):\n    return Loan.model_validate(data).fine_cents", script)

        arrived = in_fresh_interpreter(receivers.results_of, cloudpickle.dumps(script["fine"]), LOAN_DATA)

        assert arrived == "int 250"

    def test_so_does_a_method_of_the_class(self) -> None:
        loan = lending()["Loan"]

        arrived = in_fresh_interpreter(receivers.results_of, pickle.dumps(loan.model_validate), LOAN_DATA)

        assert arrived == described(loan.model_validate(LOAN_DATA))


def spare_parts(count: int) -> dict[str, Any]:
    """A document of which most parts have nothing to do with each other."""
    parts = {
        f"Part{number}": {
            "type": "object",
            "description": f"Part number {number} of the machine.",
            "properties": {f"size{number}": {"type": "integer"}, "state": {"enum": [f"new{number}", "worn"]}},
        }
        for number in range(count)
    }
    wheel = {
        "type": "object",
        "properties": {"hub": {"$ref": "#/components/schemas/Hub"}, "radius": {"type": "number"}},
    }
    hub = {"type": "object", "properties": {"bore": {"type": "number"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Spare parts", "version": "1.0.0"},
        "paths": {},
        "components": {"schemas": {**parts, "Wheel": wheel, "Hub": hub}},
    }


#: Parts of that document that a wheel has nothing to do with.
OTHER_PARTS: Final = 300


@cache
def parts(count: int = OTHER_PARTS, *, exact: bool = False) -> DynamicModels:
    """Build the classes of that document, once: they are many."""
    return generate_dynamic_models(spare_parts(count), exact=exact, store=False)


class TestWhatTravels:
    @pytest.mark.parametrize("exact", [False, True], ids=["plain", "exact"])
    def test_it_is_what_the_class_needs_and_no_more(self, exact: bool) -> None:
        models = parts(exact=exact)
        wheel = models["Wheel"](hub={"bore": 12}, radius=330)

        told = texts(pickle.dumps(wheel, PROTOCOL))

        assert "radius" in told
        assert "bore" in told
        assert "Part" not in told
        assert "size7" not in told
        assert "new7" not in told
        arrived = in_fresh_interpreter(receivers.describe_all, {"wheel": pickle.dumps(wheel)})
        assert arrived == {"wheel": described(wheel)}

    def test_an_enum_takes_no_model_along(self) -> None:
        models = parts()

        assert "size" not in texts(pickle.dumps(models["State7"].worn, PROTOCOL))

    def test_nothing_else_comes_to_be_on_the_other_side(self) -> None:
        wheel = parts()["Wheel"]

        names = in_fresh_interpreter(receivers.names_beside, pickle.dumps(wheel))

        assert {"Wheel", "Hub"} <= set(names)
        assert not [name for name in names if name.startswith("Part")]

    def test_its_size_does_not_grow_with_the_document(self) -> None:
        sizes = [len(pickle.dumps(parts(count)["Wheel"](radius=330))) for count in (1, OTHER_PARTS)]

        assert sizes[1] < sizes[0] + 100
        assert sizes[1] < 2**16

    def test_it_is_shared_by_all_objects_of_one_pickle(self) -> None:
        models = lending()
        loans = [models["Loan"](**LOAN_DATA, renews=LOAN_DATA) for _ in range(3)]
        sizes = [len(pickle.dumps([*loans[:count], models["Status"], models["Member"]])) for count in (1, 2, 3)]

        assert sizes[2] - sizes[1] <= sizes[1] - sizes[0] < 600

    @pytest.mark.parametrize("document", [documents.lamp(), documents.tool()], ids=lambda each: each.name)
    def test_beside_it_instances_take_what_those_of_handwritten_classes_take(
        self, document: documents.Document
    ) -> None:
        assert document.written is not None
        assert document.instance is not None
        assert document.root is not None
        written = getattr(importlib.import_module(f"benchmarks.written.{document.written.stem}"), document.root)
        generated = generate_dynamic_models(document.content, store=False).root
        text = document.instance.read_bytes()
        size_of = {
            cls: len(pickle.dumps([cls.model_validate_json(text) for _ in range(1_000)]))
            for cls in (written, generated)
        }

        assert size_of[generated] <= 1.1 * size_of[written] + len(pickle.dumps(generated))

    def test_nothing_of_the_senders_machine_travels(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DYNMODELS_CACHE_DIR", str(tmp_path / "store"))
        schema = tmp_path / "loan.yaml"
        schema.write_text('{"title": "Lamp", "type": "object", "properties": {"watts": {"type": "integer"}}}')

        for models in (
            generate_dynamic_models(schema),
            generate_dynamic_models(schema, debug=tmp_path / "debug"),
            generate_dynamic_models(schema, exact=True),
        ):
            for value in (models.root(watts=60), models):
                assert str(tmp_path) not in texts(pickle.dumps(value, PROTOCOL))


class TestStores:
    def test_a_sender_with_a_store_needs_none_on_the_other_side(self, tmp_path: Path) -> None:
        sender = in_fresh_interpreter(
            receivers.dumped_through, str(tmp_path), LOAN, "Loan", LOAN_DATA, DYNMODELS_CACHE_DIR=str(tmp_path)
        )
        pickled = bytes.fromhex(sender["pickled"])

        arrived = in_fresh_interpreter(receivers.describe_all, {"loan": pickled})

        assert arrived == {"loan": described(lending()["Loan"](**LOAN_DATA))}

    def test_a_class_that_was_restored_is_sent_like_one_that_was_built(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DYNMODELS_CACHE_DIR", str(tmp_path))
        for options in ({}, {"exact": True}):
            generate_dynamic_models(titled("Reprint"), **options)  # type: ignore[arg-type]
            clear_dynamic_models_cache()
            gc.collect()
            models = generate_dynamic_models(titled("Reprint"), **options)  # type: ignore[arg-type]
            assert "render" not in models.timings
            reprint = models.root(**LOAN_DATA)

            arrived = in_fresh_interpreter(receivers.describe_all, {"reprint": pickle.dumps(reprint)})

            assert arrived == {"reprint": described(reprint)}

    def test_by_digest_alone_it_is_small_and_needs_the_store(self, tmp_path: Path) -> None:
        store, elsewhere = tmp_path / "store", tmp_path / "elsewhere"
        sender = in_fresh_interpreter(
            receivers.dumped_through,
            str(store),
            LOAN,
            "Loan",
            LOAN_DATA,
            DYNMODELS_CACHE_DIR=str(store),
            DYNMODELS_PICKLE="digest",
        )
        pickled = bytes.fromhex(sender["pickled"])

        told = texts(pickled)
        assert sender["digest"] in told
        assert "class " not in told
        arrived = in_fresh_interpreter(receivers.describe_all, {"loan": pickled}, DYNMODELS_CACHE_DIR=str(store))
        assert arrived == {"loan": described(lending()["Loan"](**LOAN_DATA))}
        for folder in ("", str(elsewhere)):
            kinds, said = in_fresh_interpreter(receivers.error_of, pickled, DYNMODELS_CACHE_DIR=folder)
            assert "DynmodelsError" in kinds
            assert sender["digest"] in said

    def test_by_digest_alone_where_the_store_has_no_entry_the_source_travels(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("DYNMODELS_PICKLE", "digest")
        for folder in ("", str(tmp_path)):
            monkeypatch.setenv("DYNMODELS_CACHE_DIR", folder)
            loan = lending()["Loan"](**LOAN_DATA)

            arrived = in_fresh_interpreter(receivers.describe_all, {"loan": pickle.dumps(loan)})

            assert arrived == {"loan": described(loan)}

    def test_a_folder_that_one_call_named_is_not_what_the_other_side_looks_into(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("DYNMODELS_PICKLE", "digest")
        copy_of = generate_dynamic_models(titled("Copy"), store=tmp_path).root(**LOAN_DATA)

        arrived = in_fresh_interpreter(receivers.describe_all, {"copy": pickle.dumps(copy_of)})

        assert arrived == {"copy": described(copy_of)}


#: What a pickle's source may have been made to say: instead of what, and what it would do if it ran.
TAMPERED: Final = {
    "an import": ("from __future__ import annotations", "import os; os._exit(7)"),
    "an import of a name": ("from __future__ import annotations", "from os import _exit; _exit(7)"),
    "an import in the list": ("from enum import Enum", "from os import _exit as Enum"),
    "a statement": ("from enum import Enum", "from enum import Enum; print(BaseException)"),
    "a call as a type": ("number: int", "number: __import__(chr(111) + chr(115))._exit(7)"),
    "a call as a default": ("joined: date | None = None", "joined: date | None = open(0)"),
    "an attribute of a builtin": ("number: int", "number: int.__class__.__subclasses__"),
    "a metaclass": ("class Member(BaseModel)", "class Member(BaseModel, metaclass=print)"),
    "a base class": ("class Member(BaseModel)", "class Member(BaseModel, BaseModel.__class__)"),
    "a function": ("class Member(BaseModel)", "def f(): return 1\nclass Member(BaseModel)"),
}


@cache
def tampered_with() -> dict[str, Any]:
    """Unpickle them in a fresh interpreter, and give what each raised.

    A line that ran would end that interpreter with status 7, and each test with it.
    """
    pickled = pickle.dumps(lending()["Loan"](**LOAN_DATA), PROTOCOL)
    sent = {case: altered(pickled, old, new) for case, (old, new) in TAMPERED.items()}
    told: dict[str, Any] = in_fresh_interpreter(receivers.errors_of, sent)
    return told


class TestTrust:
    """The guard stands before what came by a pickle as before what the generator wrote."""

    @pytest.mark.parametrize("case", TAMPERED)
    def test_source_that_was_tampered_with_is_refused_and_does_not_run(self, case: str) -> None:
        kinds, said = tampered_with()[case]

        assert "UnsafeSchemaError" in kinds, said

    def test_home_it_is_the_class_that_lives_and_nothing_is_read_at_all(self) -> None:
        loan = lending()["Loan"](**LOAN_DATA)
        tampered = altered(pickle.dumps(loan, PROTOCOL), *TAMPERED["an import"])

        assert very(pickle.loads(tampered)) == very(loan)

    def test_what_was_refused_is_refused_again_and_spoils_nothing(self) -> None:
        models = lending()
        pickled = pickle.dumps(models["Loan"](**LOAN_DATA), PROTOCOL)
        tampered = altered(pickled, *TAMPERED["an import"])

        said = in_fresh_interpreter(receivers.errors_in_turn, [tampered, tampered, pickled, tampered])

        assert said[:3] == ["UnsafeSchemaError", "UnsafeSchemaError", "Loan"]

    def test_a_document_that_was_tampered_with_is_refused_as_well(self) -> None:
        tampered = altered(pickle.dumps(lending(), PROTOCOL), *TAMPERED["an import"])

        kinds, said = in_fresh_interpreter(receivers.error_of, tampered)

        assert "UnsafeSchemaError" in kinds, said

    def test_exact_classes_are_no_exception(self) -> None:
        exact = generate_dynamic_models(LOAN, exact=True, store=False)["Loan"]
        tampered = altered(pickle.dumps(exact, PROTOCOL), *TAMPERED["an import"])

        kinds, said = in_fresh_interpreter(receivers.error_of, tampered)

        assert "UnsafeSchemaError" in kinds, said

    def test_a_pickle_that_was_cut_off_is_an_error_and_nothing_else(self) -> None:
        pickled = pickle.dumps(lending()["Loan"](**LOAN_DATA))

        kinds, _ = in_fresh_interpreter(receivers.error_of, pickled[: len(pickled) // 2])

        assert {"UnpicklingError", "EOFError", "DynmodelsError"} & set(kinds)


class TestOtherVersions:
    OTHER: Final = "2.99.9"

    def test_a_pickle_of_another_version_loads_where_its_source_runs(self) -> None:
        models = lending()
        loan = models["Loan"](**LOAN_DATA)
        pickled = altered(pickle.dumps(loan, PROTOCOL), pydantic.VERSION, self.OTHER)

        assert in_fresh_interpreter(receivers.describe_all, {"loan": pickled}) == {"loan": described(loan)}
        cls = altered(pickle.dumps(models["Loan"], PROTOCOL), pydantic.VERSION, self.OTHER)
        assert models.digest in in_fresh_interpreter(receivers.module_of, cls)

    def test_where_its_source_does_not_run_the_error_says_what_differs(self) -> None:
        pickled = pickle.dumps(lending()["Loan"](**LOAN_DATA), PROTOCOL)
        # Such as a name that another version of pydantic has no more.
        unknown = altered(pickled, "joined: date | None", "joined: Field | None")
        older = altered(unknown, pydantic.VERSION, self.OTHER)

        kinds, said = in_fresh_interpreter(receivers.error_of, older)

        assert "DynmodelsError" in kinds, said
        assert self.OTHER in said
        assert pydantic.VERSION in said


@cache
def strangers_pickled() -> tuple[dict[str, str], dict[str, str]]:
    """What they are pickled as in a process that never imported dynmodels, and in one that has built classes."""
    without, beside = (
        in_fresh_interpreter(receivers.strangers_pickled, beside, PYTHONHASHSEED="0") for beside in (False, True)
    )
    return without, beside


class TestStrangers:
    """Other people's models and enums."""

    def test_they_are_pickled_byte_for_byte_as_without_us(self) -> None:
        without, beside = strangers_pickled()

        assert len(without) > 100
        assert [name for name, seen in without.items() if beside[name] != seen] == []

    def test_what_cannot_be_pickled_is_refused_in_the_same_words(self) -> None:
        without, beside = strangers_pickled()
        refused = {name: said for name, said in without.items() if "Error" in said}

        assert {"local class, protocol 5", "local enum member, protocol 0"} <= refused.keys()
        assert {name: beside[name] for name in refused} == refused

    def test_their_subclasses_of_our_classes_are_pickled_by_their_names(self) -> None:
        from tests.tracked import TrackedMember

        told = texts(pickle.dumps(TrackedMember, PROTOCOL))

        assert pickle.dumps(TrackedMember, PROTOCOL) == b"\x80\x02ctests.tracked\nTrackedMember\nq\x00."
        assert told == ""
