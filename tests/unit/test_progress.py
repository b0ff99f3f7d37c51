"""How far a long run has come, in lines."""

from __future__ import annotations

import time

import pytest

from koridor.cli.progress import progress


def test_a_run_that_goes_on_is_judged_by_what_it_does_now(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """500 of 1,000 were done before and 100 take 10 s now: the 400 left take 40 s, and not 7 as if all took 10 s."""
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    with progress(silent=False) as show:
        for clock[0], done in ((0.0, 500), (10.0, 600)):
            show(done, 1000, "seeds")
    assert capsys.readouterr().err == "600/1000 seeds, about 40 s left\n"
