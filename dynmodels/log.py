"""The log: messages to the logger ``dynmodels``."""

from __future__ import annotations

import sys


def debug(message: str, *arguments: object) -> None:
    """Say what is of interest to somebody who looks for a fault."""
    # Whoever wants to see it has set logging up, and so has loaded it: it takes 2 % of the start of a small process.
    logging = sys.modules.get("logging")
    if logging is not None:
        logging.getLogger("dynmodels").debug(message, *arguments)


def info(message: str, *arguments: object) -> None:
    """Say what somebody may want to know."""
    import logging

    logging.getLogger("dynmodels").info(message, *arguments)


def warning(message: str, *arguments: object) -> None:
    """Say what somebody should see to."""
    import logging

    logging.getLogger("dynmodels").warning(message, *arguments)


def level() -> int:
    """Give the level from which on messages are wanted, as ``logging`` counts."""
    logging = sys.modules.get("logging")
    return 30 if logging is None else int(logging.getLogger("dynmodels").getEffectiveLevel())


def repeat(level: int, message: str) -> None:
    """Say what another process has said."""
    import logging

    logging.getLogger("dynmodels").log(level, "%s", message)
