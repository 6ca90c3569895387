"""A tool host that starts: ``python -m benchmarks.host WAY COUNT FOLDER`` makes the classes of many tools, and ends.

WAY is ``each`` for one call a tool, or a number of processes for ``generate_many``. FOLDER is that of the store. It
prints the seconds from the import of dynmodels to the last class, and how many classes there are.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from benchmarks import documents


def main(way: str, count: int, folder: Path) -> None:
    """Make the classes and print what it took."""
    schemas = [document.content for document in documents.made_up_tools(count)]
    started = time.perf_counter()
    import dynmodels

    if way == "each":
        results = [dynmodels.generate_dynamic_models(schema, cache_size=count, store=folder) for schema in schemas]
    else:
        made = dynmodels.generate_many(schemas, processes=int(way), store=folder)
        results = [models for models in made if isinstance(models, dynmodels.DynamicModels)]
    seconds = time.perf_counter() - started
    assert len(results) == count
    print(json.dumps({"seconds": seconds, "classes": sum(map(len, results))}), flush=True)
    os._exit(0)  # taking thousands of classes apart is no part of a start


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
