"""The project's tasks: ``nox -s tests``; ``nox -l`` lists them all."""

from __future__ import annotations

import nox

nox.needs_version = ">=2024.4.15"
nox.options.default_venv_backend = "uv|venv"
nox.options.sessions = ["tests", "lint", "types", "examples"]

#: The lower ends of the ranges in pyproject.toml.
LOWEST = (
    "datamodel-code-generator==0.87.0",
    "pydantic[email]==2.13.5",
    "black==24.1.0",
    "isort==5.13.0",
    "filelock==3.20.3",
    "platformdirs==4.0.0",
    "pyyaml==6.0.1",
    "regex==2024.4.16",
    "typing-extensions==4.16.0",
    "click==8.2.0",
    "rich==13.7.0",
    "jsonschema-rs==0.60.0",
    "referencing==0.35.0",
    "jsonschema-specifications==2024.10.1",
    "backports.zstd==1.0.0",
    "cloudpickle==3.0.0",
    "sqlalchemy==2.0.31",
)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests."""
    session.install(".[test]")
    session.run("pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style."""
    session.install("ruff>=0.15,<1")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types."""
    session.install(".[test,fuzz,benchmarks]", "mypy>=2,<3", "types-PyYAML", "types-regex", "nox")
    session.run("mypy")


@nox.session
def examples(session: nox.Session) -> None:
    """Run the README's examples, without what the tests bring along."""
    session.install(".[cli,exact]", "pytest>=8.2,<10")
    session.run("pytest", "tests/test_readme.py", *session.posargs)


@nox.session
@nox.parametrize("end", ["lowest", "newest"])
def versions(session: nox.Session, end: str) -> None:
    """Run the tests with both ends of the dependencies' ranges."""
    session.install(".[test]", *(LOWEST if end == "lowest" else ["--upgrade"]))
    session.run("pytest", *session.posargs)


@nox.session
def processes(session: nox.Session) -> None:
    """Send objects between processes by every library for it; a minute."""
    session.install(".[test]", "joblib>=1.4,<2", "loky>=3.4,<4", "distributed>=2024.8")
    session.run("pytest", "-m", "processes", "tests/processes", *session.posargs)


@nox.session
def corpus(session: nox.Session) -> None:
    """Compare with the generator's own dynamic models on real schemas (DYNMODELS_CORPUS); some ten minutes."""
    session.install(".[test]")
    # Hostile documents have their time and memory in a process that has built nothing else.
    hostile = "tests/corpus/test_hostile.py"
    session.run("pytest", "-m", "corpus", "-s", hostile, *session.posargs)
    session.run("pytest", "-m", "corpus", "-s", f"--ignore={hostile}", *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """Build thousands of schemas and watch memory, and hits beside a 13 MB build; some five minutes."""
    session.install(".[test]")
    session.run("pytest", "-m", "soak", "-s", *session.posargs)


@nox.session
def engines(session: nox.Session) -> None:
    """Validate two million lines by every engine, kill their workers, and run the recipe for Spark; half an hour."""
    session.install(".[test,distributed,ray]", "pyspark>=4,<5", "pandas>=2.2")
    session.run("pytest", "-m", "engines", "-s", "tests/engines", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Throw changed documents and source at every line of defence; an hour, DYNMODELS_FUZZ_SECONDS says otherwise."""
    session.install(".[fuzz]")
    session.run("pytest", "-m", "fuzz", "-s", "tests/fuzz", *session.posargs)


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Measure against what people would use instead; half an hour, with ``-- --quick`` some minutes."""
    session.install(".[benchmarks]")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def conformance(session: nox.Session) -> None:
    """Score everybody on real schemas and the official suite (DYNMODELS_CORPUS); some five minutes."""
    session.install(".[benchmarks,exact]")
    session.run("python", "-m", "benchmarks.fidelity", *session.posargs)
