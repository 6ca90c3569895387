"""Build classes and keep them: ``python -m benchmarks.retain CONTESTANT DOCUMENTS CLASSES``."""

from __future__ import annotations

import sys

from benchmarks import contestants, documents


def main(name: str, count: int, classes: int) -> None:
    """Build so many variants of a document of so many classes, and hold all that the contestant holds of them."""
    document = documents.catalogue(classes)
    contestant = next(each for each in contestants.KEEPING if each.name == name)
    build = contestants.prepare(contestant, document)
    kept = [build(number) for number in range(count)]
    assert len(kept) == count


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
