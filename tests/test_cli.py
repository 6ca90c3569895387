"""The command: what it prints, and how it ends."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dynmodels import generate_dynamic_models
from dynmodels.cli import _age, command
from dynmodels.files import _zstd
from dynmodels.text import yaml_node

DATA = Path(__file__).parent / "data"
SCHEMA = str(DATA / "order.schema.json")


def run(*arguments: str, stdin: bytes | str | None = None) -> Result:
    return CliRunner().invoke(command, list(arguments), input=stdin)


class TestShow:
    def test_it_prints_the_source(self) -> None:
        result = run("show", SCHEMA)

        assert result.exit_code == 0
        assert "class Order(BaseModel):" in result.stdout

    def test_it_prints_one_class(self) -> None:
        result = run("show", SCHEMA, "--class", "Money")

        assert result.stdout == "class Money(BaseModel):\n    amount: confloat(ge=0.0)\n    currency: Currency\n\n"

    def test_it_prints_the_class_tree(self) -> None:
        result = run("show", SCHEMA, "--tree")

        assert "Order  (root)" in result.stdout
        assert "├── quantity: conint(ge=1, le=999)" in result.stdout
        assert "EUR = 'EUR'" in result.stdout

    def test_it_prints_the_stages_timings(self) -> None:
        result = run("show", SCHEMA, "--timings")

        for stage in ("load", "digest", "render", "compile", "exec", "collect"):
            assert stage in result.stderr

    def test_it_prints_what_the_classes_do_not_check(self) -> None:
        schema = (
            '{"type": "object", "properties": {"tags": {"type": "array", "uniqueItems": true}}, "not": {"enum": [{}]}}'
        )

        result = run("show", "-", "--losses", stdin=schema)

        assert [line.strip().split(maxsplit=2) for line in result.stdout.splitlines()] == [
            ["pointer", "keyword", "value"],
            ["#", "not", '{"enum": [{}]}'],
            ["#/properties/tags", "uniqueItems", "true"],
        ]
        assert result.stderr == "2 constraints in 2 places are not checked.\n"

    def test_no_losses_are_told_as_well(self) -> None:
        assert run("show", SCHEMA, "--losses").stdout.startswith("No losses: ")

    def test_exact_classes_have_no_losses(self) -> None:
        schema = '{"type": "object", "not": {"enum": [{}]}}'

        assert "1 constraint" in run("show", "-", "--losses", stdin=schema).stderr
        assert run("show", "-", "--losses", "--exact", stdin=schema).stdout.startswith("No losses: ")

    def test_it_takes_the_generators_options(self) -> None:
        result = run("show", SCHEMA, "-o", "class_name=Purchase", "-o", "field-constraints=true")

        assert "class Purchase(BaseModel):" in result.stdout
        assert "Field(" in result.stdout

    def test_it_reads_standard_input(self) -> None:
        assert "class Model" in run("show", "-", stdin='{"type": "integer"}').stdout

    def test_it_prints_a_diagram(self) -> None:
        result = run("show", SCHEMA, "--diagram")

        assert result.exit_code == 0
        assert result.stdout.startswith("classDiagram\n")
        assert "class Order {" in result.stdout
        assert "class Order {" not in run("show", SCHEMA, "--diagram", "--class", "Money").stdout

    def test_two_views_at_once_are_refused(self) -> None:
        assert "leave one of them out" in run("show", SCHEMA, "--tree", "--diagram").output

    def test_a_base_class_is_named_by_an_option(self) -> None:
        result = run("show", SCHEMA, "--option", "base_class=tests.shop.Record")

        assert "class Order(Record):" in result.stdout


class TestStub:
    def test_it_writes_a_file_which_names_the_digest_and_the_command(self, tmp_path: Path) -> None:
        file = tmp_path / "models.pyi"

        result = run("stub", SCHEMA, "--exact", "--option", "snake_case_field=true", "-o", str(file))

        assert (result.exit_code, result.stdout) == (0, "")
        models = generate_dynamic_models(Path(SCHEMA), exact=True, snake_case_field=True)
        models.check_stub(file)
        first, second = file.read_text().splitlines()[:2]
        assert first.endswith(f"dynmodels stub {SCHEMA} --exact --option snake_case_field=true -o {file}")
        assert second == f"# digest: {models.digest}"

    def test_it_prints_where_no_file_is_named(self) -> None:
        assert "class Order(_pydantic.BaseModel):" in run("stub", SCHEMA).stdout

    def test_what_is_no_stub_is_left_alone(self, tmp_path: Path) -> None:
        file = tmp_path / "models.pyi"
        file.write_text("x: int\n")

        result = run("stub", SCHEMA, "-o", str(file))

        assert result.exit_code == 2
        assert "is no stub of dynmodels" in result.output
        assert file.read_text() == "x: int\n"


class TestValidate:
    def test_exact_is_what_the_schema_says_and_not_what_pydantic_converts(self, tmp_path: Path) -> None:
        schema, data = tmp_path / "seats.json", tmp_path / "data.ndjson"
        schema.write_text(
            '{"type": "object", "properties": {"seat": {"type": "integer"}}, "dependentRequired": {"seat": ["car"]}}'
        )
        data.write_text('{"seat": 61, "car": 5}\n{"seat": "61", "car": 5}\n{"seat": 61}\n')

        plain = run("validate", str(schema), str(data))
        exact = run("validate", "--exact", str(schema), str(data))

        assert (plain.exit_code, plain.stderr) == (0, "3 valid, 0 invalid\n")
        assert (exact.exit_code, exact.stderr) == (1, "1 valid, 2 invalid\n")
        assert exact.stdout.splitlines() == [
            f"{data}:2: /seat: should be an integer, not text",
            f'{data}:3: the property "car" is missing, which another property needs',
        ]

    def test_formats_may_annotate_only(self, tmp_path: Path) -> None:
        schema = tmp_path / "date.json"
        schema.write_text('{"type": "string", "format": "date"}')

        assert run("validate", "--exact", str(schema), stdin='"soon"').exit_code == 1
        assert run("validate", "--exact", "--formats", "annotate", str(schema), stdin='"soon"').exit_code == 0

    def test_valid_data_ends_with_0(self) -> None:
        result = run("validate", SCHEMA, str(DATA / "orders.ndjson"))

        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "24 valid, 0 invalid\n")

    def test_invalid_data_ends_with_1_and_names_file_line_and_path(self) -> None:
        file = str(DATA / "orders-with-errors.ndjson")

        result = run("validate", SCHEMA, file)

        assert result.exit_code == 1
        assert result.stdout.splitlines() == [
            f"{file}:2: /lines/0/quantity: Input should be greater than or equal to 1",
            f"{file}:4: /status: Input should be 'open', 'paid', 'packed', 'sent' or 'returned'",
            f"{file}:4: /customer/email: value is not a valid email address: An email address must have an @-sign.",
            f"{file}:5: /lines: Field required",
        ]

    def test_json_is_for_machines(self) -> None:
        result = run("validate", SCHEMA, str(DATA / "orders-with-errors.ndjson"), "--json")

        *faults, summary = map(json.loads, result.stdout.splitlines())
        assert summary == {"valid": 2, "invalid": 3}
        assert faults[0]["path"] == "/lines/0/quantity"
        assert {fault["line"] for fault in faults} == {2, 4, 5}
        assert {fault["type"] for fault in faults} == {"greater_than_equal", "enum", "value_error", "missing"}

    @pytest.mark.parametrize(
        ("name", "text", "line"),
        [
            ("money.json", '{\n  "amount": 1,\n  "currency": "DKK"\n}\n', 3),
            ("money.yaml", "amount: 1\ncurrency: SEK\n---\namount: 2\n\ncurrency: DKK\n", 6),
            ("twice.json", '{\n"amount": 1, "currency": "SEK",\n"currency": "DKK"\n}\n', 3),
            ("money.jsonl", '\n{"amount": 1, "currency": "SEK"}\n\n{"amount": 1, "currency": "DKK"}\n', 4),
        ],
    )
    def test_errors_name_the_line_in_every_format(self, tmp_path: Path, name: str, text: str, line: int) -> None:
        file = tmp_path / name
        file.write_text(text)

        result = run("validate", SCHEMA, str(file), "--class", "Money")

        assert result.exit_code == 1
        assert result.stdout == f"{file}:{line}: /currency: Input should be 'EUR', 'GBP', 'SEK' or 'USD'\n"

    @pytest.mark.parametrize("arguments", [(), ("-",)])
    def test_standard_input_is_ndjson(self, arguments: tuple[str, ...]) -> None:
        result = run("validate", SCHEMA, *arguments, "--class", "Money", stdin='{"amount": 1, "currency": "SEK"}\n{}\n')

        assert result.exit_code == 1
        assert result.stdout.startswith("-:2: /amount: Field required\n")

    def test_standard_input_may_be_another_format(self) -> None:
        result = run("validate", SCHEMA, "--class", "Money", "--format", "yaml", stdin="amount: 1\ncurrency: SEK\n")

        assert result.exit_code == 0

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.json", b"{"),
            ("a.json", b""),
            ("a.ndjson", b"\xff\xfe\n"),
            ("a.yaml", b"a: ]"),
            ("a.yaml", b"a: !custom 1"),
            ("a.yaml", b"\x80"),
        ],
    )
    def test_data_that_cannot_be_read_is_invalid(self, tmp_path: Path, name: str, content: bytes) -> None:
        (tmp_path / name).write_bytes(content)

        result = run("validate", SCHEMA, str(tmp_path / name))

        assert result.exit_code == 1
        assert result.stdout.count("\n") == 1
        assert f"{name}:1: " in result.stdout

    def test_a_path_leads_into_the_data_through_unions_too(self, tmp_path: Path) -> None:
        schema = tmp_path / "union.json"
        schema.write_text('{"properties": {"a": {"type": "array", "items": {"type": ["integer", "null", "boolean"]}}}}')
        (tmp_path / "data.json").write_text('{"a": [1,\n"x"]}')

        result = run("validate", str(schema), str(tmp_path / "data.json"), "--json")

        *faults, _ = map(json.loads, result.stdout.splitlines())
        assert {(fault["line"], fault["path"]) for fault in faults} == {(2, "/a/1")}

    def test_documents_before_one_that_is_broken_are_checked(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_text("amount: 1\ncurrency: DKK\n---\n]\n")

        result = run("validate", SCHEMA, str(tmp_path / "a.yaml"), "--class", "Money")

        assert [line.split(":")[1] for line in result.stdout.splitlines()] == ["2", "4"]

    def test_a_schema_that_constrains_nothing_is_remarked_upon(self, tmp_path: Path) -> None:
        (tmp_path / "data.json").write_text('{"amount": 1}')

        result = run("validate", str(tmp_path / "data.json"), str(tmp_path / "data.json"))

        assert result.exit_code == 0
        assert "is it the schema?" in result.stderr

    def test_text_that_is_no_ndjson_brings_the_option_to_mind(self) -> None:
        assert "--format" in run("validate", SCHEMA, stdin='{\n"amount": 1\n}\n').stderr

    @pytest.mark.parametrize("engine", [(), ("--engine", "local", "--jobs", "1")])
    def test_a_line_that_is_broken_off_does_not(self, tmp_path: Path, engine: tuple[str, ...]) -> None:
        money = '{"amount": 1, "currency": "SEK"}\n'
        (tmp_path / "a.ndjson").write_text(money + money + money[:9])
        (tmp_path / "b.ndjson").write_text(money + "{\n")

        few = run("validate", SCHEMA, str(tmp_path / "a.ndjson"), "--class", "Money", *engine)
        half = run("validate", SCHEMA, str(tmp_path / "b.ndjson"), "--class", "Money", *engine)

        assert few.stderr == "2 valid, 1 invalid\n"
        assert "--format" in half.stderr

    def test_documents_after_one_that_cannot_be_read_are_still_checked(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_text("amount: !!int no\n---\namount: -1\ncurrency: SEK\n")

        result = run("validate", SCHEMA, str(tmp_path / "a.yaml"), "--class", "Money")

        assert [line.split(":")[1] for line in result.stdout.splitlines()] == ["1", "3"]
        assert result.stderr.startswith("0 valid, 2 invalid\n")

    def test_a_byte_order_mark_is_no_part_of_the_data(self, tmp_path: Path) -> None:
        for name in ("a.json", "a.ndjson", "a.yaml"):
            (tmp_path / name).write_bytes(b'\xef\xbb\xbf{"amount": 1, "currency": "SEK"}\n')

            assert run("validate", SCHEMA, str(tmp_path / name), "--class", "Money").exit_code == 0

    @pytest.mark.parametrize(
        "text",
        [
            "- " * 100_000,
            "\n".join(["a0: &a0 [1]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]),
        ],
        ids=["deep", "aliases"],
    )
    def test_data_beyond_the_limits_is_invalid(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "a.yaml").write_text(text)

        result = run("validate", SCHEMA, str(tmp_path / "a.yaml"))

        assert result.exit_code == 1
        assert result.stdout.count("\n") == 1

    def test_a_file_with_thousands_of_faults_is_located_once(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        composed: list[object] = []

        def counted(text: bytes) -> object:
            composed.append(text)
            return yaml_node(text)

        monkeypatch.setattr("dynmodels.data.yaml_node", counted)
        schema = tmp_path / "numbers.json"
        schema.write_text('{"type": "array", "items": {"type": "integer"}}')
        (tmp_path / "a.json").write_text("[" + ",\n".join(['"x"'] * 2_000) + "]")

        result = run("validate", str(schema), str(tmp_path / "a.json"))

        assert [int(line.split(":")[1]) for line in result.stdout.splitlines()] == list(range(1, 2_001))
        assert len(composed) == 1


class TestValidateFiles:
    """More than one process, compressed files, and the file of what is invalid."""

    def test_several_processes_say_the_same_as_one(self) -> None:
        files = [str(DATA / "orders-with-errors.ndjson"), str(DATA / "orders.ndjson")]

        for form in ([], ["--json"]):
            alone = run("validate", SCHEMA, *files, *form)
            together = run("validate", SCHEMA, *files, *form, "--engine", "local", "--jobs", "2")

            assert together.exit_code == alone.exit_code == 1
            assert (together.stdout, together.stderr) == (alone.stdout, alone.stderr)

    @pytest.mark.parametrize("engine", [(), ("--engine", "local", "--jobs", "1")])
    def test_compressed_ndjson_is_read(self, tmp_path: Path, engine: tuple[str, ...]) -> None:
        text = (DATA / "orders.ndjson").read_bytes()
        (tmp_path / "a.ndjson.gz").write_bytes(gzip.compress(text))
        (tmp_path / "b.jsonl.zst").write_bytes(_zstd().compress(text))
        (tmp_path / "c.ndjson.gz").write_bytes(gzip.compress(text)[:-9])

        whole = run("validate", SCHEMA, str(tmp_path / "a.ndjson.gz"), str(tmp_path / "b.jsonl.zst"), *engine)
        cut = run("validate", SCHEMA, str(tmp_path / "c.ndjson.gz"), *engine)

        assert (whole.exit_code, whole.stderr) == (0, "48 valid, 0 invalid\n")
        assert cut.exit_code == 1
        assert "c.ndjson.gz:2" in cut.stdout
        assert ": the rest cannot be read: " in cut.stdout

    @pytest.mark.parametrize("engine", [(), ("--engine", "local", "--jobs", "1")])
    def test_what_is_invalid_is_written_to_a_file_too(self, tmp_path: Path, engine: tuple[str, ...]) -> None:
        file = DATA / "orders-with-errors.ndjson"

        result = run("validate", SCHEMA, str(file), "--invalid", str(tmp_path / "bad.ndjson"), *engine)

        told = [json.loads(line) for line in (tmp_path / "bad.ndjson").read_text().splitlines()]
        assert [(line["file"], line["line"], len(line["errors"])) for line in told] == [
            (str(file), 2, 1),
            (str(file), 4, 2),
            (str(file), 5, 1),
        ]
        assert len(result.stdout.splitlines()) == 4

    @pytest.mark.parametrize("engine", [(), ("--engine", "local", "--jobs", "1")])
    def test_what_is_read_is_not_overwritten(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: tuple[str, ...]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("schema.json").write_bytes(Path(SCHEMA).read_bytes())
        Path("a.ndjson").write_bytes((DATA / "orders-with-errors.ndjson").read_bytes())
        before = {path: path.read_bytes() for path in tmp_path.iterdir()}

        for file in before:
            for data in ("a.ndjson", "*.ndjson"):
                result = run("validate", "schema.json", data, "--invalid", str(file), *engine)

                assert (result.exit_code, result.stdout) == (2, "")
                assert "is read, so" in result.stderr
                if not engine:
                    break  # which takes no patterns

        assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before

    def test_a_pattern_may_name_files(self, tmp_path: Path) -> None:
        for name in "ab":
            (tmp_path / f"{name}.ndjson").write_bytes((DATA / "orders.ndjson").read_bytes())

        result = run("validate", SCHEMA, str(tmp_path / "*.ndjson"), "--engine", "local", "--jobs", "1")

        assert result.stderr == "48 valid, 0 invalid\n"


class TestWarm:
    @pytest.fixture(autouse=True)
    def store(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("DYNMODELS_CACHE_DIR", str(tmp_path / "store"))
        return tmp_path / "store"

    def test_it_stores_what_a_program_asks_for_later(self) -> None:
        result = run("warm", SCHEMA, "-o", "class_name=Purchase")

        assert result.exit_code == 0
        assert re.search(r"dynmodels\.generated\.d[0-9a-f]{32}, 7 classes, built in", result.stdout)
        models = generate_dynamic_models(json.loads(Path(SCHEMA).read_text()), class_name="Purchase")
        assert f".d{models.digest}," in result.stdout
        assert "render" not in models.timings

    def test_what_is_there_is_left_alone(self) -> None:
        run("warm", SCHEMA)

        assert "stored before" in run("warm", SCHEMA).stdout

    def test_several_schemas_are_built_by_several_processes(self, store: Path, tmp_path: Path) -> None:
        schemas = [tmp_path / f"{name}.json" for name in ("lamp", "chair", "table", "broken")]
        for schema in schemas[:3]:
            schema.write_text(json.dumps({"title": schema.stem, "type": "object"}))
        schemas[3].write_text("{")

        result = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "dynmodels", "warm", "--jobs", "2", *map(str, schemas)],
            capture_output=True,
            text=True,
            check=False,
        )

        assert result.returncode == 2
        assert sorted(Path(line.partition(":")[0]).stem for line in result.stdout.splitlines()) == [
            "chair",
            "lamp",
            "table",
        ]
        assert "broken.json" in result.stderr
        assert "Traceback" not in result.stderr
        assert len(list(store.glob("d*"))) == 3

    def test_a_folder_of_ones_own_can_be_named(self, store: Path, tmp_path: Path) -> None:
        assert run("warm", SCHEMA, "--store", str(tmp_path / "image")).exit_code == 0

        assert not store.exists()
        assert "1 entry" in run("cache", "--store", str(tmp_path / "image")).stdout

    def test_where_nothing_can_be_stored_it_says_so(self, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        store.mkdir()
        store.chmod(0o777)
        assert "not stored" in run("warm", SCHEMA).stderr
        monkeypatch.setenv("DYNMODELS_CACHE_DIR", "")

        result = run("warm", SCHEMA)

        assert result.exit_code == 2
        assert "there is no store to fill" in result.stderr
        assert "There is no store" in run("cache").stdout

    def test_cache_shows_place_entries_sizes_and_ages(self, store: Path) -> None:
        assert "0 entries" in run("cache").stdout
        run("warm", SCHEMA)

        shown = run("cache").stdout
        told = json.loads(run("cache", "--json").stdout)

        assert str(store) in shown.replace("\n", "")
        assert re.search(r"1 entry, \d+\.\d kB of at most", shown)
        assert re.search(r"Order +7 +\d+\.\d kB +just now", shown)
        assert (told["root"], len(told["classes"])) == ("Order", 7)

    def test_what_had_to_make_room_again_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DYNMODELS_CACHE_MAX_BYTES", "5000")
        schemas = [tmp_path / f"{name}.json" for name in ("lamp", "chair", "table", "shelf")]
        for schema in schemas:
            schema.write_text(json.dumps({"title": schema.stem, "type": "object"}))

        result = run("warm", "--jobs", "1", *map(str, schemas))

        assert result.exit_code == 2
        assert "lamp.json: its classes are stored no more" in result.stderr

    def test_a_schema_may_name_what_is_allowed(self, tmp_path: Path) -> None:
        schema = tmp_path / "price.json"
        price = {"type": "string", "customTypePath": "decimal.Decimal"}
        schema.write_text(json.dumps({"type": "object", "properties": {"price": price}}))

        assert run("warm", str(schema)).exit_code == 2
        assert run("warm", str(schema), "--allow-import", "decimal").exit_code == 0
        assert run("show", str(schema), "--allow-import", "decimal").exit_code == 0

    def test_cache_clears(self) -> None:
        run("warm", SCHEMA)

        assert "1 entry deleted" in run("cache", "--clear").stdout
        assert "0 entries" in run("cache").stdout

    def test_a_store_that_is_not_to_be_believed_is_told(self, store: Path) -> None:
        run("warm", SCHEMA)
        store.chmod(0o777)

        for arguments in (["cache"], ["cache", "--clear"]):
            result = run(*arguments)
            assert result.exit_code == 2
            assert "other users may write to it" in result.stderr

    @pytest.mark.parametrize(
        ("seconds", "told"),
        [(5, "just now"), (130, "2 minutes ago"), (7_300, "2 hours ago"), (200_000, "2 days ago"), (-9, "just now")],
    )
    def test_ages_are_told_in_words(self, seconds: float, told: str) -> None:
        assert _age(seconds) == told


class TestBadUse:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("show", "no-such-file.json"), "cannot read the schema file"),
            (("show", SCHEMA, "--class", "Monney"), "The closest are: Money"),
            (("show", SCHEMA, "-o", "class_name"), "NAME=VALUE"),
            (("show", SCHEMA, "-o", "clas_name=A"), "Did you mean 'class_name'"),
            (("show", SCHEMA, "-o", "input_=1"), "no option of the generator"),
            (("validate", SCHEMA, "no-such-file.ndjson"), "cannot read no-such-file.ndjson"),
            (("validate", SCHEMA, str(DATA)), "cannot read"),
            (("validate", "-", "-"), "once only"),
            (("validate",), "Missing argument"),
            (("validate", SCHEMA, str(DATA / "orders.ndjson"), "--jobs", "2"), "go with --engine"),
            (("validate", SCHEMA, "--engine", "local"), "no standard input"),
            (("validate", SCHEMA, SCHEMA, "--engine", "local"), "--format ndjson"),
            (("validate", SCHEMA, "no.ndjson", "--engine", "local"), "cannot read no.ndjson"),
            (
                ("validate", SCHEMA, str(DATA / "orders.ndjson"), "--invalid", "no/such/file"),
                "cannot write no/such/file",
            ),
            (("validate", SCHEMA, "--invalid", "-"), "no standard output"),
            (("frobnicate",), "No such command"),
        ],
    )
    def test_it_ends_with_2_and_a_sentence(self, arguments: tuple[str, ...], message: str) -> None:
        result = run(*arguments)

        assert result.exit_code == 2
        assert message in result.stderr
        assert "Traceback" not in result.output

    def test_a_document_without_a_root_asks_for_a_class(self) -> None:
        api = {
            "openapi": "3.0.0",
            "info": {"title": "a", "version": "1"},
            "paths": {},
            "components": {"schemas": {"Pet": {"type": "object"}}},
        }

        result = CliRunner().invoke(command, ["validate", "-", str(DATA / "orders.ndjson")], input=json.dumps(api))

        assert result.exit_code == 2
        assert "--class: Pet" in result.stderr

    def test_a_bad_schema_ends_with_2(self, tmp_path: Path) -> None:
        (tmp_path / "bad.json").write_text('{"properties": {"a": {"type": 12}}}')

        result = run("validate", str(tmp_path / "bad.json"), str(DATA / "orders.ndjson"))

        assert result.exit_code == 2
        assert "at #/properties/a/type in the schema" in result.stderr


class TestProcess:
    """What only a real process shows."""

    def test_a_traceback_is_for_debug_alone(self) -> None:
        plain = self.run("show", "no-such-file.json")
        debug = self.run("--debug", "show", "no-such-file.json")

        assert "Traceback" not in plain.stderr
        assert "Traceback" in debug.stderr

    def test_the_reader_may_stop_early(self) -> None:
        for arguments in (f"show {SCHEMA}", f"show {SCHEMA} --tree"):
            program = f"({sys.executable} -m dynmodels {arguments}; echo status $? >&2) | true"

            result = subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=False)  # noqa: S603, S607

            assert "status 0" in result.stderr
            assert "Traceback" not in result.stderr

    def test_what_was_invalid_is_not_forgotten_where_the_reader_stops_early(self, tmp_path: Path) -> None:
        (tmp_path / "a.ndjson").write_text("{}\n" * 50_000)
        (tmp_path / "b.ndjson").write_bytes((DATA / "orders.ndjson").read_bytes())
        for name, status in (("a", 1), ("b", 0)):  # nothing but the summary is left to print for b
            arguments = f"{SCHEMA} {tmp_path / name}.ndjson --json --invalid {tmp_path / 'bad'}"
            program = f"({sys.executable} -m dynmodels validate {arguments}; echo status $? >&2) | true"

            result = subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=False)  # noqa: S603, S607

            assert result.stderr == f"status {status}\n"
            assert not list(tmp_path.glob(".bad*"))
            assert (tmp_path / "bad").exists() == (status == 0)

    def test_without_the_extra_it_says_what_to_install(self) -> None:
        program = "import sys; sys.modules['click'] = None; from dynmodels.__main__ import main; main()"

        result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603

        assert result.returncode == 2
        assert 'pip install "dynmodels[cli]"' in result.stderr

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603
            [sys.executable, "-m", "dynmodels", *arguments], capture_output=True, text=True, check=False
        )
