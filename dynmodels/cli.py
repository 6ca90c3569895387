"""The command: look at the classes of a schema, and check data against them."""

from __future__ import annotations

import inspect
import json
import os
import re
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from enum import Enum
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, Literal, NoReturn

import click
from pydantic import BaseModel, RootModel, TypeAdapter
from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.syntax import Syntax
from rich.table import Table
from rich.tree import Tree

from dynmodels.api import generate_dynamic_models
from dynmodels.checking import NO_JSON, UNREADABLE, Fault, faults_of, target_of
from dynmodels.collect import DynamicModels
from dynmodels.data import format_of, instances
from dynmodels.errors import DynmodelsError
from dynmodels.files import decompressed
from dynmodels.invalid import InvalidLine, require_other_file, written_to
from dynmodels.losses import value_at
from dynmodels.module import NAMESPACE
from dynmodels.reporting import progress_bar, report, summarise
from dynmodels.store import store_of
from dynmodels.storing import Listed, StoreWriter
from dynmodels.validation import validate_files
from dynmodels.warm import warm as store_classes

VALID: Final = 0
INVALID_DATA: Final = 1
BAD_USE: Final = 2
INTERRUPTED: Final = 130

#: The types of error of data that is no JSON, YAML or NDJSON at all.
_UNREADABLE: Final = frozenset({UNREADABLE, NO_JSON})


#: Where click's context holds that something invalid has been seen, which no broken pipe may hide.
_HAS_INVALID: Final = "dynmodels.has_invalid"


class _Console(Console):
    def on_broken_pipe(self) -> NoReturn:
        # rich would end the process with the status for invalid data.
        raise BrokenPipeError


class _Command(click.Group):
    """A group whose errors are sentences; tracebacks are for ``--debug``."""

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        kwargs["standalone_mode"] = False
        try:
            status = super().main(*args, **kwargs)
        except click.exceptions.Exit as error:
            status = error.exit_code
        except click.ClickException as error:
            error.show()
            status = BAD_USE
        except (click.Abort, KeyboardInterrupt):
            click.echo("Interrupted.", err=True)
            status = INTERRUPTED
        except Exception as error:  # noqa: BLE001 (nobody is above a command to catch it)
            status = BAD_USE
            if _wants_tracebacks():
                traceback.print_exc()
            elif isinstance(error, DynmodelsError):
                click.echo(f"Error: {error}", err=True)
            else:
                click.echo(
                    f"Error: {type(error).__name__}: {error}\nRun `dynmodels --debug ...` to see where.", err=True
                )
        sys.exit(status if isinstance(status, int) else VALID)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # the reader of our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or flushing at exit would complain
            return INVALID_DATA if ctx.meta.get(_HAS_INVALID) else VALID


def _wants_tracebacks() -> bool:
    # Asked after the command has ended, when click's context is gone.
    return "--debug" in sys.argv


@click.group(cls=_Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dynmodels")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def command(debug: bool) -> None:
    """Turn a JSON Schema, OpenAPI or AsyncAPI document into pydantic v2 classes.

    Exit status: 0 all is valid, 1 some data is invalid, 2 bad use or a bad schema, 130 interrupted.
    """


_generator_options: Final = click.option(
    "-o",
    "--option",
    "options",
    metavar="NAME=VALUE",
    multiple=True,
    help="An option of datamodel-code-generator's generate(), such as -o class_name=Order; VALUE may be JSON.",
)


_allowed_imports: Final = click.option(
    "--allow-import",
    "allowed",
    metavar="MODULE",
    multiple=True,
    help="A module that the schema itself may name, and those below it.",
)


_exact_option: Final = click.option(
    "--exact", is_flag=True, help="Classes that accept exactly what SCHEMA accepts; needs the extra exact."
)

_formats_option: Final = click.option(
    "--formats",
    type=click.Choice(["assert", "annotate"]),
    help="With --exact: whether a format is checked, as by default, or says nothing.",
)


def _schema_arguments(function: Callable[..., Any]) -> Callable[..., Any]:
    function = _exact_option(_formats_option(_allowed_imports(_generator_options(function))))
    function = click.option("--class", "class_name", metavar="NAME", help="One class instead of the whole document.")(
        function
    )
    return click.argument("schema", metavar="SCHEMA")(function)


@command.command()
@_schema_arguments
@click.option("--tree", is_flag=True, help="Print the classes with their fields instead of the source.")
@click.option("--diagram", is_flag=True, help="Print the classes as a Mermaid class diagram instead.")
@click.option("--losses", is_flag=True, help="Print what SCHEMA demands and the classes do not check instead.")
@click.option("--timings", is_flag=True, help="Print how long each stage took.")
def show(
    schema: str,
    class_name: str | None,
    options: Sequence[str],
    allowed: Sequence[str],
    exact: bool,
    formats: str | None,
    tree: bool,
    diagram: bool,
    losses: bool,
    timings: bool,
) -> None:
    """Print the source generated from SCHEMA (a file, or - for standard input), its class tree, diagram or losses."""
    if losses and (tree or diagram or class_name):
        raise click.UsageError("--losses is about the whole document: leave --tree, --diagram and --class out")
    if tree and diagram:
        raise click.UsageError("--tree and --diagram are two views: leave one of them out")
    models = _models(schema, _asked(options, allowed, exact, formats), class_name)
    console = _Console(soft_wrap=True, highlight=False)
    names = [class_name] if class_name else list(models)
    if class_name:
        models[class_name]  # an unknown name is an error that lists the closest
    if losses:
        _show_losses(models)
    elif tree:
        console.print(_tree(models, names))
    elif diagram:
        from dynmodels.diagram import diagram as drawn  # here and below, as one run has one view

        click.echo(drawn({name: models[name] for name in names}), nl=False)
    else:
        source = _source_of(models, class_name) if class_name else models.source
        if console.is_terminal:
            console.print(Syntax(source, "python", background_color="default"))
        else:
            click.echo(source)
    if timings:
        Console(stderr=True).print(_timings_table(models))


@command.command()
@_exact_option
@_formats_option
@_allowed_imports
@click.option(
    "--option", "options", metavar="NAME=VALUE", multiple=True, help="An option of the generator's, as with show."
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it, such as models.pyi; standard output by default.",
)
@click.argument("schema", metavar="SCHEMA")
def stub(
    schema: str,
    options: Sequence[str],
    allowed: Sequence[str],
    exact: bool,
    formats: str | None,
    output: Path | None,
) -> None:
    """Write a stub of the classes of SCHEMA (a file), by which editors and type checkers know them."""
    from dynmodels.stub import stub as declared
    from dynmodels.stub import write_stub

    models = _models(schema, _asked(options, allowed, exact, formats))
    again = ["dynmodels", "stub", schema]
    again += [*(["--exact"] if exact else []), *(["--formats", formats] if formats else [])]
    again += [word for module in allowed for word in ("--allow-import", module)]
    again += [word for option in options for word in ("--option", option)]
    text = declared(models, [*again, *([] if output is None else ["-o", str(output)])])
    if output is None:
        click.echo(text, nl=False)
    else:
        write_stub(text, output)


_ISOLATE_OPTION: Final = click.option(
    "--isolate/--no-isolate",
    default=True,
    show_default=True,
    help="Render SCHEMA in a process that can be stopped.",
)


@command.command()
@_schema_arguments
@click.argument("data", metavar="[DATA]...", nargs=-1)
@click.option(
    "--format",
    "form",
    type=click.Choice(["auto", "json", "yaml", "ndjson"]),
    default="auto",
    help="How DATA is written; auto goes by the file's name, and standard input is NDJSON.",
)
@click.option("--json", "as_json", is_flag=True, help="Print errors and the summary as one JSON object a line.")
@click.option(
    "--invalid",
    "invalid_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what is invalid to FILE too, as NDJSON; it appears when all is checked.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "dask", "ray"]),
    help="Check NDJSON files by several processes: of this machine, Dask's or Ray's.",
)
@click.option(
    "-j", "--jobs", type=click.IntRange(min=1), help="With --engine: processes to start; as many as processors else."
)
@click.option("--scheduler", metavar="ADDRESS", help="With --engine dask or ray: those that run there.")
@_ISOLATE_OPTION
def validate(
    schema: str,
    data: Sequence[str],
    class_name: str | None,
    options: Sequence[str],
    allowed: Sequence[str],
    exact: bool,
    formats: str | None,
    form: str,
    as_json: bool,
    invalid_file: Path | None,
    engine: Literal["local", "dask", "ray"] | None,
    jobs: int | None,
    scheduler: str | None,
    isolate: bool,
) -> int:
    """Check DATA (JSON, YAML and NDJSON files, or - for standard input) against SCHEMA.

    NDJSON is read line by line, in bounded memory. Files called .gz and .zst are decompressed. With --engine, DATA may
    also be patterns, and addresses for fsspec.
    """
    data = data or ("-",)
    if [schema, *data].count("-") > 1:
        raise click.UsageError("standard input can be read once only")
    _check_engine(data, form, engine, jobs, scheduler)
    if invalid_file is not None:
        _check_invalid_file(invalid_file, [schema, *data])
    models = _models(schema, {**_asked(options, allowed, exact, formats), "isolate": isolate}, class_name)
    target_of(models, class_name)  # a document that describes no data is an error before any data is opened
    if _accepts_anything(models, class_name):
        click.echo(f"Note: {schema} puts no constraint on data; is it the schema?", err=True)
    counts: Counter[str] = Counter()
    unreadable: Counter[str] = Counter()
    seen = click.get_current_context().meta
    with progress_bar(data) as move, written_to(invalid_file) if invalid_file else nullcontext() as write:

        def tell(file: str, line: int, faults: Sequence[tuple[int, Fault]]) -> None:
            counts["invalid"] += 1
            seen[_HAS_INVALID] = True
            if any(fault.type in _UNREADABLE for _, fault in faults):
                unreadable[file] += 1
            for place, fault in faults:
                report(file, place, fault, as_json=as_json)
            if write is not None:
                write(InvalidLine(file, line, tuple(fault for _, fault in faults)))

        if engine is None:
            read = _check_each(models, class_name, data, form, tell, move)
            counts["valid"] = read.total() - counts["invalid"]
        else:
            counts["valid"] = validate_files(
                models,
                data,
                class_name=class_name,
                engine=engine,
                jobs=jobs,
                scheduler=scheduler,
                invalid=lambda bad: tell(bad.file, bad.line, [(bad.line, fault) for fault in bad.errors]),
                progress=None if move is None else lambda reached: move(reached.bytes, reached.total),
            ).valid
            read, unreadable = Counter(all=counts.total()), Counter(all=unreadable.total())
    summarise(counts, as_json=as_json)
    if form == "auto" and any(2 * count >= read[file] for file, count in unreadable.items() if count):
        click.echo("Some data cannot be read as what its name says (standard input: NDJSON); see --format.", err=True)
    return INVALID_DATA if counts["invalid"] else VALID


def _check_engine(data: Sequence[str], form: str, engine: str | None, jobs: int | None, scheduler: str | None) -> None:
    if engine is None:
        if jobs is not None or scheduler is not None:
            raise click.UsageError("--jobs and --scheduler go with --engine")
        return
    if "-" in data:
        raise click.UsageError("--engine takes files, no standard input")
    others = [name for name in data if (format_of(name) if form == "auto" else form) != "ndjson"]
    if others:
        raise click.UsageError(f"--engine takes NDJSON; if that is what {others[0]} is, say --format ndjson")


def _check_invalid_file(file: Path, read: Sequence[str]) -> None:
    if str(file) == "-":
        raise click.UsageError("--invalid takes a file, no standard output; what is invalid is printed anyway")
    require_other_file(file, read)


def _check_each(
    models: DynamicModels,
    class_name: str | None,
    data: Sequence[str],
    form: str,
    tell: Callable[[str, int, Sequence[tuple[int, Fault]]], None],
    move: Callable[[int, int | None], None] | None,
) -> Counter[str]:
    """Check all instances here, tell of the invalid ones, and count those of each file."""
    adapter: TypeAdapter[Any] = TypeAdapter(target_of(models, class_name))
    counts: Counter[str] = Counter()
    done = 0
    for name in data:
        with _opened(name) as (stream, position):
            read = 0
            for instance in instances(stream, format_of(name) if form == "auto" else form):
                faults = faults_of(adapter, instance)
                counts[name] += 1
                if faults:
                    tell(name, instance.line, faults)
                if move is not None:
                    read = read + len(instance.json) if position is None else position()
                    move(done + read, None)
            done += read
    return counts


_STORE_OPTION: Final = click.option(
    "--store",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="The store's folder; DYNMODELS_CACHE_DIR by default, else in the user's cache folder.",
)


@command.command()
@click.argument(
    "schemas",
    metavar="SCHEMA...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@_generator_options
@_allowed_imports
@_exact_option
@_formats_option
@_STORE_OPTION
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Processes to use; as many as processors by default.")
@_ISOLATE_OPTION
def warm(
    schemas: Sequence[Path],
    options: Sequence[str],
    allowed: Sequence[str],
    exact: bool,
    formats: str | None,
    folder: Path | None,
    jobs: int | None,
    isolate: bool,
) -> int:
    """Store the classes of each SCHEMA, so that programs that ask for them start without the generator.

    A program finds them if it gives the same document and the same options, in whatever form. Exit status: 0 all are
    stored, 2 some are not.
    """
    console = Console(stderr=True)
    failed = 0
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("storing", total=len(schemas))
        for warmed in store_classes(schemas, _asked(options, allowed, exact, formats), folder, jobs, isolate=isolate):
            progress.advance(task)
            failed += warmed.error is not None
            if warmed.error is not None:
                click.echo(f"{warmed.schema}: {warmed.error}", err=True)
            else:
                how = "stored before" if warmed.was_stored else f"built in {warmed.seconds:.1f} s"
                plural = "class" if warmed.classes == 1 else "classes"
                click.echo(f"{warmed.schema}: {NAMESPACE}.d{warmed.digest}, {warmed.classes} {plural}, {how}")
    return BAD_USE if failed else VALID


@command.command()
@_STORE_OPTION
@click.option("--clear", is_flag=True, help="Delete everything in it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each entry.")
def cache(folder: Path | None, clear: bool, as_json: bool) -> None:
    """Show the store: where it is, and its entries with their sizes and when they were last used; or clear it."""
    store = store_of(folder if folder is not None else True)
    if store is None:
        click.echo("There is no store: DYNMODELS_CACHE_DIR is empty, or it cannot be used, as the log says.")
        return
    if clear:
        count = StoreWriter(*store).clear()
        click.echo(f"{count} {'entry' if count == 1 else 'entries'} deleted from {store.folder}")
        return
    entries = StoreWriter(*store).entries()
    if as_json:
        for entry in entries:
            told = {name: entry.about.get(name) for name in ("root", "classes", "versions")}
            click.echo(json.dumps({"digest": entry.digest, "bytes": entry.bytes, "used": entry.used, **told}))
        return
    total = sum(entry.bytes for entry in entries)
    trust = ", shared with others (its source is guarded)" if store.verify else ""
    click.echo(f"{store.folder}{trust}: {len(entries)} {'entry' if len(entries) == 1 else 'entries'}, ", nl=False)
    click.echo(f"{decimal(total)} of at most {decimal(store.max_bytes)}")
    if entries:
        _Console(highlight=False).print(_entries_table(entries))


def _entries_table(entries: Sequence[Listed]) -> Table:
    table = Table("digest", "root", "classes", "size", "used", box=None)
    for column in table.columns[2:]:
        column.justify = "right"
    now = time.time()
    for entry in entries:
        classes = entry.about.get("classes")
        count = str(len(classes)) if isinstance(classes, list) else "?"
        root = escape(str(entry.about.get("root") or "-"))
        table.add_row(entry.digest, root, count, decimal(entry.bytes), _age(now - entry.used))
    return table


def _age(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit} ago"
    return "just now"


def _models(schema: str, asked: Mapping[str, Any], class_name: str | None = None) -> DynamicModels:
    document = _standard_input().read() if schema == "-" else Path(schema)
    models = generate_dynamic_models(document, target_model_names=class_name and [class_name], **asked)
    return models if class_name is None else models.only([class_name])


def _asked(options: Sequence[str], allowed: Sequence[str], exact: bool, formats: str | None) -> dict[str, Any]:
    """Give the arguments of the call that the command line asks for."""
    if formats is not None and not exact:
        raise click.UsageError("--formats goes with --exact")
    ours = {"allow_imports": allowed, "exact": exact, "formats": formats}
    return {**_chosen(options), **ours}


#: Parameters of ours that take the names of Python code as well, as the generator's options of the same names do.
_BY_NAME: Final = frozenset({"base_class", "validators"})


def _chosen(options: Sequence[str]) -> dict[str, Any]:
    chosen = dict(map(_parsed_option, options))
    ours = sorted(set(chosen) & set(inspect.signature(generate_dynamic_models).parameters) - _BY_NAME)
    if ours:
        raise click.UsageError(f"{ours[0]!r} is no option of the generator")
    return chosen


def _standard_input() -> BinaryIO:
    if sys.stdin is None:
        raise click.UsageError("there is no standard input")
    return sys.stdin.buffer


def _parsed_option(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"an option is written NAME=VALUE, not {text!r}")
    try:
        return name.strip().replace("-", "_"), json.loads(value)
    except ValueError:
        return name.strip().replace("-", "_"), value


def _accepts_anything(models: DynamicModels, class_name: str | None) -> bool:
    target = target_of(models, class_name)
    return isinstance(target, type) and issubclass(target, RootModel) and target.model_fields["root"].annotation is Any


@contextmanager
def _opened(name: str) -> Iterator[tuple[IO[bytes], Callable[[], int] | None]]:
    """Open data, and give what tells how many bytes of it have been read, as it is stored."""
    if name == "-":
        yield _standard_input(), None
        return
    try:
        raw = Path(name).open("rb")  # noqa: SIM115 (only opening it is bad use; what follows is not)
    except OSError as error:
        raise click.UsageError(f"cannot read {name}: {error.strerror or error}") from error
    with raw:
        yield decompressed(raw, name), raw.tell


def _source_of(models: DynamicModels, name: str) -> str:
    try:
        return inspect.getsource(models[name])
    except (OSError, TypeError):  # a name for a parametrised model has no class statement
        return "\n".join(line for line in models.source.splitlines() if line.startswith(f"{name} = "))


def _tree(models: DynamicModels, names: Sequence[str]) -> Tree:
    tree = Tree(f"[bold]{len(names)} {'class' if len(names) == 1 else 'classes'}[/]")
    for name in names:
        cls = models[name]
        mark = "  [green](root)[/]" if cls is models.root else ""
        branch = tree.add(f"[bold cyan]{escape(name)}[/]{mark}")
        if issubclass(cls, Enum):
            for member in cls:
                branch.add(escape(f"{member.name} = {member.value!r}"))
        elif issubclass(cls, BaseModel):
            for field, info in cls.model_fields.items():
                required = "" if info.is_required() else f" = {info.get_default()!r}"
                branch.add(escape(f"{info.alias or field}: {_type_name(cls, field, info.annotation)}{required}"))
    return tree


def _type_name(cls: type, field: str, annotation: Any) -> str:
    """The type as the source has it; for types that the generator wrote elsewhere, without their modules."""
    for base in cls.__mro__:
        written = inspect.get_annotations(base).get(field)
        if isinstance(written, str):
            return written
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", str(annotation))


def _show_losses(models: DynamicModels) -> None:
    for pointer, reason in models.relaxed:
        click.echo(f"{pointer}: its data stays as it is: {reason}")
    losses = models.unenforced
    if not losses:
        click.echo("No losses: the classes check every constraint of the schema.")
        return
    document = models.schema
    table = Table("pointer", "keyword", "value", box=None)
    table.columns[0].overflow = "fold"
    table.columns[2].no_wrap = True
    for pointer, keyword in losses:
        node = value_at(document, pointer)
        value = node[keyword] if isinstance(node, dict) else node
        table.add_row(escape(pointer), escape(keyword), escape(_shortened(json.dumps(value, ensure_ascii=False))))
    console = _Console(soft_wrap=True, highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, _WHOLE_LINES)
    console.print(table)
    places = len({pointer for pointer, _ in losses})
    constraints = "1 constraint" if len(losses) == 1 else f"{len(losses):,} constraints"
    where = "1 place" if places == 1 else f"{places:,} places"
    click.echo(f"{constraints} in {where} {'is' if len(losses) == 1 else 'are'} not checked.", err=True)


#: Characters of a keyword's value that are shown.
_VALUE_WIDTH: Final = 60

#: Columns of what is read by other programs, so that no line of a table is broken.
_WHOLE_LINES: Final = 10_000


def _shortened(text: str) -> str:
    return text if len(text) <= _VALUE_WIDTH else f"{text[: _VALUE_WIDTH - 3]}..."


def _timings_table(models: DynamicModels) -> Table:
    total = sum(models.timings.values())
    table = Table("stage", "ms", "share", title=f"{len(models)} classes")
    for column in table.columns[1:]:
        column.justify = "right"
    for stage, seconds in models.timings.items():
        table.add_row(stage, f"{1000 * seconds:,.1f}", f"{100 * seconds / total:.0f} %")
    table.add_section()
    table.add_row("all", f"{1000 * total:,.1f}", "100 %")
    return table
