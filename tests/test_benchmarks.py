"""The benchmarks: fair turns, honest statistics, a true floor, and tables that say what they leave out."""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from benchmarks import contestants, documents, growth, measure, portions, scenarios
from benchmarks.compare import agreement
from benchmarks.effort import Effort
from benchmarks.fidelity import corpora, trial
from benchmarks.fidelity.judges import EXACT, YARDSTICK
from benchmarks.fidelity.outcomes import Outcome, Verdict, first_difference, same_json
from benchmarks.fidelity.report import conformance, details, rounded_down
from benchmarks.fidelity.results import Entry, Results
from benchmarks.fidelity.results import from_json as results_from_json
from benchmarks.fidelity.results import to_json as results_to_json
from benchmarks.fidelity.scores import Failure, Score, failures, score
from benchmarks.measure import ProcessError, TooSlowError, in_turn, limited, process
from benchmarks.replay import NotReplayableError, differences, recipe_of, replay
from benchmarks.report import markdown_table, remarks, text_of
from benchmarks.tables import Row, Run, Table, from_json, measured, to_json
from dynmodels import generate_dynamic_models

ROOT = Path(__file__).parents[1]


class Once(Effort):
    """An effort that times everything once."""

    def rounds(self, full: int) -> int:
        return 1


class Recorder:
    """Two contestants, of whom one cannot, and the order in which they were called."""

    def __init__(self) -> None:
        self.called: list[str] = []

    def slow(self, number: int) -> None:
        self.called.append("slow")

    def quick(self, number: int) -> None:
        self.called.append("quick")

    def cannot(self, number: int) -> None:
        raise KeyError("$defs")


@pytest.fixture
def one_call_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "BLOCK", 0.0)


@pytest.mark.usefixtures("one_call_a_block")
def test_contestants_take_turns_after_an_uncounted_warm_up() -> None:
    recorder = Recorder()
    values, refused = in_turn({"slow": recorder.slow, "quick": recorder.quick}, rounds=3)
    assert recorder.called[-6:] == ["slow", "quick"] * 3
    assert len(recorder.called) > 6
    assert {name: len(series) for name, series in values.items()} == {"slow": 3, "quick": 3}
    assert refused == {}


@pytest.mark.usefixtures("one_call_a_block")
def test_a_contestant_that_cannot_do_a_case_takes_no_part_and_says_why() -> None:
    recorder = Recorder()
    values, refused = in_turn({"quick": recorder.quick, "cannot": recorder.cannot}, rounds=2)
    assert list(values) == ["quick"]
    assert refused == {"cannot": "KeyError: '$defs'"}


def test_quick_calls_are_repeated_with_a_number_of_their_own_each() -> None:
    seen: list[int] = []
    in_turn({"quick": seen.append}, rounds=2)
    counted = [number for number in seen if number >= 1_000_000]
    assert len(counted) > 100
    assert len(counted) == len(set(counted))


def test_ratios_are_taken_round_by_round() -> None:
    rows = measured("case", {"base": [1.0, 2.0, 4.0], "other": [2.0, 4.0, 4.0]}, {"third": "too large"}, "base")
    assert [row.ratio for row in rows] == [1.0, 2.0, None]
    assert rows[1].median == 4.0
    assert rows[2].not_built == "too large"


def test_a_table_survives_json_and_names_who_did_not_build() -> None:
    rows = (Row("order", "dynmodels", (0.01, 0.02, 0.03, 0.04)), Row("order", "other", not_built="KeyError: '$defs'"))
    run = Run(
        Table("cold", "cold", "Cold", "One build.", "dynmodels", rows, ("a note",)), {"python": "3.11"}, False, 1.5
    )
    assert from_json(to_json(run)) == run
    assert "| order | dynmodels | 25.0 ms | ±30 % | 4 |  |" in markdown_table(run.table)
    said = remarks(run)
    assert "order, other: not built: KeyError: '$defs'." in said
    assert "Not built: 1 of 2 rows." in said
    assert said[-1] == "Again: python -m benchmarks cold"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.00000123, "s", "1.23 µs"),
        (0.0456, "s", "45.6 ms"),
        (12.3, "s", "12.3 s"),
        (51_000_000.0, "B", "51.0 MB"),
        (0.902, "%", "90.2 %"),
    ],
)
def test_figures_have_three_digits_and_a_unit(value: float, unit: str, text: str) -> None:
    assert text_of(value, unit) == text


def test_two_runs_agree_where_their_ratios_are_close() -> None:
    def run(ratio: float) -> Run:
        rows = (Row("order", "base", (1.0,), ratio=1.0), Row("order", "other", (ratio,), ratio=ratio))
        return Run(Table("cold", "cold", "Cold", "", "base", rows), {}, False, 1.0)

    assert agreement([run(2.0)], [run(2.2)]) == "1 of 1 ratios (100 %) agree within 15 %"
    assert "cold: order, other: 2 and 3" in agreement([run(2.0)], [run(3.0)])


@pytest.mark.parametrize("document", [documents.lamp(), documents.tool(), documents.order(), documents.catalogue(20)])
def test_the_replayed_classes_are_the_very_same(document: documents.Document) -> None:
    models = generate_dynamic_models(document.content)
    classes = replay(recipe_of(models))
    assert differences(models, classes) == []
    if document.instance:
        text = document.instance.read_bytes()
        ours, theirs = (cls.model_validate_json(text) for cls in (models.root, classes[str(document.root)]))
        assert ours.model_dump_json(warnings=False) == theirs.model_dump_json(warnings=False)


def test_a_difference_between_models_and_replay_is_seen() -> None:
    models = generate_dynamic_models(documents.order().content)
    other = generate_dynamic_models({**documents.order().content, "required": []})
    assert differences(models, replay(recipe_of(other))) == ["Order"]


def test_classes_with_validators_are_not_replayed() -> None:
    validators = {"Lamp": {"validators": [{"field": "name", "function": "operator.index"}]}}
    models = generate_dynamic_models(documents.lamp().content, validators=validators)
    with pytest.raises(NotReplayableError, match="Lamp has validators"):
        recipe_of(models)


@pytest.mark.parametrize("document", [documents.lamp(), documents.tool(), documents.order()])
def test_what_a_person_wrote_takes_the_same_data_as_the_schema(document: documents.Document) -> None:
    written = contestants.prepare(contestants.WRITTEN, document)(0)
    generated = generate_dynamic_models(document.content).root
    assert document.instance is not None
    text = document.instance.read_bytes()
    assert written.model_validate_json(text).model_dump(mode="json", by_alias=True) == generated.model_validate_json(
        text
    ).model_dump(mode="json", by_alias=True)
    assert _fields(written) == _fields(generated)


def _fields(cls: Any) -> list[tuple[str, str | None, bool]]:
    return [(name, field.alias, field.is_required()) for name, field in cls.model_fields.items()]


def test_a_catalogue_has_as_many_classes_as_asked_for() -> None:
    models = generate_dynamic_models(documents.catalogue(12).content)
    assert len(models) == 12


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no alarm")
def test_a_contestant_that_takes_too_long_is_stopped() -> None:
    def hang() -> None:
        while True:
            sum(range(1_000))

    with pytest.raises(TooSlowError, match=r"more than 0\.05 s"), limited(0.05):
        hang()


@pytest.mark.skipif(sys.platform == "win32", reason="needs wait4")
def test_a_process_is_accounted_for_by_itself(tmp_path: Path) -> None:
    held = bytearray(200_000_000)  # would count as the child's peak, were it started from here
    spent = process(["-c", "b = bytearray(50_000_000)"], tmp_path)
    assert 50_000_000 < spent.peak < 150_000_000 < len(held)
    assert spent.cpu > 0
    assert spent.wall > 0
    with pytest.raises(ProcessError, match="ZeroDivisionError"):
        process(["-c", "1 / 0"], tmp_path)


def test_without_a_corpus_its_documents_are_left_out_with_a_plain_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(documents, "MASKBENCH", tmp_path / "maskbench-dev.jsonl.gz")
    effort = Effort(quick=True, report=lambda _: None)
    (stages,) = scenarios.stages(effort)
    assert stages.cases == ["3 fields", "MCP tool"]
    assert (
        "100 kB schema: left out: no corpus; DYNMODELS_CORPUS names the folder that holds maskbench-dev.jsonl.gz"
        in (stages.notes)
    )
    for scenario in (scenarios.fidelity, scenarios.tools):
        (table,) = scenario(effort)
        assert not table.rows
        assert "left out" in table.notes[0]


def test_the_stages_add_up_to_the_whole() -> None:
    effort = Effort(quick=True, report=lambda _: None)
    (table,) = scenarios.stages(effort)
    shares = [row.ratio for row in table.rows if row.case == "3 fields" and row.contestant not in ("whole", "rest")]
    assert 0.5 < sum(share for share in shares if share is not None) <= 1.05


def test_growth_tells_seconds_and_an_exponent_of_each_stage_but_not_of_what_takes_no_time() -> None:
    whole, portion = growth.growth_of({5: 1, 10: 1}, Effort(quick=True, report=lambda _: None))
    assert whole.cases[:2] == portion.cases[:2] == ["5", "10"]
    assert {"render", "exec", "store", growth.WHOLE} <= set(whole.contestants)
    assert {"prune", "render", "exec", "store", growth.PORTION} <= set(portion.contestants)
    for table, total in ((whole, growth.WHOLE), (portion, growth.PORTION)):
        assert table.row(growth.EXPONENT, "render")
        assert table.row(growth.EXPONENT, total)
        assert not table.row(growth.EXPONENT, "import")
        each, largest = table.row(growth.EACH, total), table.row("10", total)
        assert each
        assert largest
        assert each.median == largest.median / 10


def test_the_exponent_is_that_of_the_growth() -> None:
    assert growth.exponent([(10, 0.02), (100, 0.2), (1_000, 2.0)]) == pytest.approx(1.0)
    assert growth.exponent([(10, 0.02), (100, 2.0)]) == pytest.approx(2.0)


def test_made_up_components_are_three_classes_each_and_need_their_block_only() -> None:
    content = documents.components(10).content
    assert len(generate_dynamic_models(content, store=False)) == 30
    (needed,) = generate_dynamic_models(content, store=False, target_model_names=[documents.middle(10)]).values()
    assert needed.__name__ == "Item9"


@pytest.mark.skipif(sys.platform == "win32", reason="needs wait4")
def test_portions_are_timed_cold_and_stored_beside_what_needs_no_classes(tmp_path: Path) -> None:
    effort = Once(quick=True, report=lambda _: None)
    subject = portions.drawn_from(documents.components(10), ["item-4"], 2)
    cold = portions.cold(subject, tmp_path, effort)
    assert cold.row("item-4", portions.PORTION)
    assert cold.row("2 at random", f"{portions.PORTION}, slowest")
    assert "of 2 drawn at random, 0 take the whole document, which is added to theirs" in cold.notes
    for table in (portions.stored(subject, tmp_path, effort), portions.stored_alone(subject, tmp_path, effort)):
        base, ours = table.row("item-4", portions.BASE), table.row("item-4", portions.PATH)
        assert base
        assert ours
        assert base.ratio == 1.0
        assert len(ours.values) == len(base.values) == 1
        assert any(note.startswith("item-4, dynmodels, stored, parsed: ") for note in table.notes)


def test_a_portion_that_takes_the_whole_document_is_counted_as_such_and_says_why(tmp_path: Path) -> None:
    effort = Once(quick=True, report=lambda _: None)
    described = portions.drawn_from(documents.components(5), [], 1)
    subject = replace(described, chosen=("#/info",), drawn=("#/info", *described.drawn))
    table = portions.cold(subject, tmp_path, effort)
    alone, whole = table.row("info", portions.PORTION), table.row("the document", portions.WHOLE)
    assert alone
    assert whole
    assert min(alone.values) > whole.median
    assert "of 2 drawn at random, 1 take the whole document, which is added to theirs" in table.notes
    assert "info takes the whole document: '#/info' is below no schema with a name" in table.notes


def test_the_committed_results_are_of_one_full_run_with_nothing_of_the_machine() -> None:
    files = sorted((ROOT / "benchmarks" / "results").glob("*.json"))
    runs = [from_json(file.read_text()) for file in files]
    assert {run.table.scenario for run in runs} == set(scenarios.SCENARIOS)
    assert not any(run.quick for run in runs)
    assert len({json.dumps(dict(run.environment)) for run in runs}) == 1
    assert not any(str(ROOT) in file.read_text() for file in files)


def _case(*valid: bool) -> corpora.Case:
    instances = tuple(corpora.Instance(f"number {number}", number, each) for number, each in enumerate(valid))
    return corpora.Case("draft7", "required", "type", "a case", {"type": "integer"}, instances, formats=False)


def test_a_score_tells_wrong_yes_from_wrong_no_and_from_no_verdict() -> None:
    case = _case(True, True, False, False, True)
    verdicts = [Verdict(True, kept=True), Verdict(False), Verdict(True), Verdict(False)]
    outcome = Outcome(built=True, why="stopped", verdicts=verdicts)
    yardstick = Outcome(built=True, verdicts=[Verdict(True), Verdict(True), Verdict(True), Verdict(False)])
    counted = score(case, outcome, yardstick)
    assert counted == Score(
        schemas=1,
        built=1,
        all_right=0,
        tests=5,
        right=2,
        wrong_yes=1,
        wrong_no=1,
        no_verdict=1,
        valid=3,
        kept=1,
        yardstick=3,
        both=2,
    )
    perfect = score(_case(True), Outcome(built=True, verdicts=[Verdict(True)]))
    assert (perfect.all_right, perfect.yardstick) == (1, 0)
    assert (counted + perfect).right == 3


def test_what_is_not_built_judges_nothing_right_not_even_nothing() -> None:
    refused = score(_case(), Outcome(why="TypeError: no"))
    assert (refused.schemas, refused.built, refused.all_right) == (1, 0, 0)
    assert score(_case(False), Outcome(why="TypeError: no")).no_verdict == 1


def test_failures_are_of_what_the_yardstick_judges_right_and_have_their_cause() -> None:
    case = _case(True, True, False, True)
    outcome = Outcome(
        built=True, why="stopped", verdicts=[Verdict(True, kept=False, lost="0 became '0'"), Verdict(False, why="no")]
    )
    yardstick = Outcome(built=True, verdicts=[Verdict(True), Verdict(False), Verdict(False), Verdict(True)])
    assert [(each.test, each.kind, each.cause) for each in failures("dynmodels", case, outcome, yardstick)] == [
        ("number 0", "does not give the data again", "0 became '0'"),
        ("number 2", "no verdict", "stopped"),
        ("number 3", "no verdict", "stopped"),
    ]
    assert len(list(failures("dynmodels", case, outcome))) == 4


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": 1, "b": [1.0]}, {"b": [1], "a": 1.0}, True),
        (True, 1, False),
        ([0], [False], False),
        (None, False, False),
        ("1", 1, False),
        ({"a": None}, {}, False),
        ([1, 2], [1], False),
        (2**63, float(2**63), True),
    ],
)
def test_json_is_compared_by_value(one: Any, other: Any, same: bool) -> None:
    assert same_json(one, other) is same
    assert same_json(other, one) is same
    assert (first_difference(one, other) == "") is same


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ({"a": [1, {"b": "c"}]}, {"a": [1, {"b": "C"}]}, "/a/1/b: 'c' became 'C'"),
        ({"a": 1}, {}, "/a is missing"),
        ({}, {"a": None}, "/a is new"),
        ([1], [], "all: [1] became []"),
        ({"a": 1}, {"a": True}, "/a: 1 became True"),
    ],
)
def test_data_that_is_lost_is_named_by_its_place(one: Any, other: Any, said: str) -> None:
    assert first_difference(one, other) == said


def test_a_case_of_the_suite_says_its_draft_and_whether_formats_assert() -> None:
    content = [{"description": "d", "schema": {}, "tests": [{"description": "t", "data": 1, "valid": True}]}]
    paths = ("draft7/type.json", "draft4/optional/format/date.json", "draft6/optional/bignum.json")
    cases = [next(corpora.cases_of(PurePosixPath(path), content)) for path in paths]
    assert [(each.group, each.part, each.file, each.formats) for each in cases] == [
        ("draft7", "required", "type", False),
        ("draft4", "optional", "format/date", True),
        ("draft6", "optional", "bignum", False),
    ]
    assert cases[0].schema == {"$schema": "http://json-schema.org/draft-07/schema#"}
    boolean = next(corpora.cases_of(PurePosixPath("draft7/ref.json"), [{**content[0], "schema": True}]))
    assert boolean.schema is True


@pytest.mark.skipif(sys.platform == "win32", reason="a process is killed otherwise there")
def test_a_contestant_that_takes_too_long_is_followed_by_a_new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def of(schema: dict[str, Any]) -> corpora.Case:
        return corpora.Case("draft7", "required", "type", "", schema, _case(True, True).instances, formats=False)

    long = of({"$defs": {f"d{number}": {"type": "object"} for number in range(3_000)}})
    monkeypatch.setattr(trial, "LIMIT", 0.1)
    stopped = trial.judge_all("dynmodels, plain", [long], {})
    assert [(each.built, each.why) for each in stopped] == [(False, "stopped after 0.1 s")]
    monkeypatch.undo()
    (judged,) = trial.judge_all("dynmodels, plain", [of({"type": "integer"})], {})
    assert [(verdict.accepted, verdict.kept) for verdict in judged.verdicts] == [(True, True), (True, True)]


def test_fidelity_survives_json_and_has_a_line_for_each_file_and_failure() -> None:
    failure = Failure(EXACT, "draft7", "required", "type", "a case", "a test", "no verdict", "stopped | `so`")
    entries = tuple(
        Entry(name, "draft7", "required", "type", Score(schemas=1, built=1, tests=4, right=right, valid=2))
        for name, right in ((YARDSTICK, 4), (EXACT, 3))
    )
    results = Results({"python": "3.11"}, 1, 1.5, entries, (failure,), {"jambo": "jambo is not installed"})
    assert results_from_json(results_to_json(results)) == results
    text = conformance(results, {})
    assert "| type | 4 | 100.0 % | 75.0 % |" in text
    assert (rounded_down(4_863, 4_865), rounded_down(3, 3)) == (0.999, 1.0)
    assert "- jambo took no part: jambo is not installed." in text
    assert "- a case: a test: no verdict: `stopped | 'so'`" in details(results)
