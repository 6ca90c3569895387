"""Time pickling what has nothing to do with dynmodels: ``python -m benchmarks.strangers [--beside]``.

With ``--beside`` the process builds classes by dynmodels first; else it never imports it. Prints seconds by case, as
JSON.
"""

from __future__ import annotations

import gc
import json
import pickle
import statistics
import sys
from typing import Any

from benchmarks import documents
from benchmarks.measure import in_turn


def main(*, beside: bool) -> None:
    """Time the cases in turn, and print the median of each."""
    document = documents.tool()
    if beside:
        from dynmodels import generate_dynamic_models

        pickle.dumps(generate_dynamic_models(document.content, store=False).root)
    from benchmarks.written.search_issues import SearchIssues, State

    assert document.instance is not None
    text = document.instance.read_bytes()
    instances = [SearchIssues.model_validate_json(text) for _ in range(1_000)]
    cases: dict[str, Any] = {
        "1,000 instances": instances,
        "one instance": instances[0],
        "1,000 times the members of an enum": [*State] * 1_000,
        "a member": State.OPEN,
        "a class": SearchIssues,
        "an enum": State,
    }
    assert ("dynmodels" in sys.modules) is beside
    gc.collect()
    gc.freeze()  # what has been imported would be walked while the instances are pickled: another cost than pickling
    values, _ = in_turn({case: lambda _, value=value: pickle.dumps(value) for case, value in cases.items()}, 9)  # type: ignore[misc]
    print(json.dumps({case: statistics.median(series) for case, series in values.items()}))


if __name__ == "__main__":
    main(beside="--beside" in sys.argv)
