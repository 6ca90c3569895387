"""``python -m dynmodels`` and the ``dynmodels`` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command, or say which extra it needs."""
    try:
        from dynmodels.cli import command
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"click", "rich"}:
            raise
        sys.stderr.write(f'The command needs {error.name}: pip install "dynmodels[cli]"\n')
        sys.exit(2)
    command()


if __name__ == "__main__":
    main()
