"""Forks: what must be put right in a process that is a copy of another, in which but one thread goes on."""

from __future__ import annotations

import os
import weakref
from functools import partial
from operator import methodcaller


def survive_forks(handler: object, **methods: str) -> None:
    """Have methods of an object called at each fork of the process, where the system forks.

    The registry is the last to go when the process ends. If it held Python functions, the interpreter would have to
    take their modules, and all that these have imported, apart by force: 2 % of the whole life of a small process.

    Args:
        handler: The object, which must live as long as the process.
        methods: ``before``, ``after_in_parent`` and ``after_in_child``, as in ``os.register_at_fork``, by their names.
    """
    if hasattr(os, "register_at_fork"):
        proxy = weakref.proxy(handler)
        os.register_at_fork(**{when: partial(methodcaller(method), proxy) for when, method in methods.items()})
