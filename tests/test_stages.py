"""Stages: each second belongs to one of them."""

from __future__ import annotations

import time

import pytest

from dynmodels.stages import Stages


def test_a_stage_inside_another_takes_its_time_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 3.0, 6.0, 10.0, 15.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    stages = Stages()

    with stages("compile"), stages("guard"):  # 0, 1; then 3, 6
        pass
    with stages("compile"):  # 10, 15
        pass

    assert dict(stages.seconds) == {"compile": 1.0 + 3.0 + 5.0, "guard": 2.0}
