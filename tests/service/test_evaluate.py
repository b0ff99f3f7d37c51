"""Many cases: one process, two and the cache agree; damage is run again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import worlds
from koridor.errors import UsageError
from koridor.experiments.run import Case, Evaluation, evaluate
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.studies import assign

CASES = [
    Case(f"road {price}", (Patch.of("road", ("rate", "road-box", "distance_usd_per_km", "set", price)),), params)
    for price, params in ((0.2, assign.Params(vot_bands=1)), (0.5, assign.Params(vot_bands=3)), (0.9, None))
]


def run(**how) -> Evaluation:
    return evaluate(Scenario(worlds.five()), CASES, assign.run, **how)


def test_processes_and_cache_change_nothing(tmp_path: Path) -> None:
    """A result is a function of scenario and parameters: however it is come by, every metric is the same to the bit."""
    alone = run().metrics
    for other in (run(processes=2, cache=tmp_path), run(cache=tmp_path), run(processes=2)):
        pd.testing.assert_frame_equal(other.metrics, alone, check_exact=True)
    assert len(list(tmp_path.iterdir())) == len(CASES)


def test_a_result_that_cannot_be_read_is_run_again(tmp_path: Path) -> None:
    """A machine that stops may leave half a file: the case is computed anew and the file mended."""
    first = run(cache=tmp_path).metrics
    files = sorted(tmp_path.glob("*/result.json"))
    files[0].write_text('{"study": "ass', encoding="utf-8")
    files[1].write_bytes(b"\x00\xff")
    pd.testing.assert_frame_equal(run(cache=tmp_path).metrics, first, check_exact=True)
    pd.testing.assert_frame_equal(run(cache=tmp_path).metrics, first, check_exact=True)


def test_cases_of_one_name_are_refused() -> None:
    """Results are told apart by the name of the case."""
    with pytest.raises(UsageError, match=r"road 0\.2"):
        evaluate(Scenario(worlds.five()), [CASES[0], CASES[0]], assign.run)


def test_progress_counts_every_case() -> None:
    """Cases done, cases in all, and which."""
    seen: list[tuple[int, int, str]] = []
    run(progress=lambda done, total, case: seen.append((done, total, case)))
    assert seen == [(i + 1, 3, case.case_id) for i, case in enumerate(CASES)]


def test_a_script_without_its_guard_is_told_so(tmp_path: Path) -> None:
    """Workers import the caller's script: without a guard they would run it again. A sentence, and no endless wait."""
    script = tmp_path / "mine.py"
    script.write_text(
        "import sys, koridor\n"
        "from koridor.errors import UsageError\n"
        "from koridor.testing import five_places\n"
        "try:\n"
        "    koridor.linking.run(koridor.Scenario(five_places()), processes=2)\n"
        "except UsageError as error:\n"
        "    sys.exit(str(error))\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert "__main__" in done.stderr.splitlines()[-1]
