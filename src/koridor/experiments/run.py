"""Many cases of one study: in this process or in several, cached by content, resumable.

A case is a set of patches on a base scenario with the study's parameters. Everything "many" goes through `evaluate`:
the value
of linking, sensitivities, risk. Results do not depend on the number of processes, nor on what was in the cache.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, fields, is_dataclass
from functools import cache as remember
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from koridor.errors import DataError, UsageError
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.text import t

Study = Callable[[Scenario, Any], Result]
Progress = Callable[[int, int, str], None]

_COLUMNS = ["case_id", "metric", "key", "value", "unit"]


@dataclass(frozen=True, slots=True)
class Case:
    """One run of a study: patches on top of the base, and parameters (the study's own dataclass, or None)."""

    case_id: str
    patches: tuple[Patch, ...] = ()
    params: Any = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """metrics: rows of case_id, metric, key, value, unit, in the order of the cases. results: the full result of
    every case.
    """

    metrics: pd.DataFrame
    results: dict[str, Result]

    def part(self, case_ids: Sequence[str]) -> Evaluation:
        """These cases alone."""
        rows = self.metrics[self.metrics["case_id"].isin(case_ids)].reset_index(drop=True)
        return Evaluation(rows, {case_id: self.results[case_id] for case_id in case_ids})

    def value(self, case_id: str, metric: str, key: str = "") -> float:
        """One metric of one case. Raises KeyError when the study did not give it."""
        rows = self.results[case_id].metrics
        hit = rows[(rows["metric"] == metric) & (rows["key"] == key)]
        if len(hit) != 1:
            raise KeyError(f"{case_id}: {metric} {key}")
        return float(hit["value"].iloc[0])


def evaluate(
    base: Scenario,
    cases: Sequence[Case],
    study: Study,
    *,
    processes: int = 1,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Runs `study` on every case.

    Parameters
    ----------
    base : scenario under all cases.
    cases : distinct ids.
    study : a function at the top of a module, such as `koridor.studies.assign.run`.
    processes : 1 runs here; more start that many workers.
    cache : folder in which results are kept by the hash of dataset, edits, parameters and code; what is there is not
        run again, so that a run that was stopped goes on where it was.
    progress : called with the number done, the number in all and the case just done.

    Raises UsageError when ids repeat, and what the study raises.
    """
    ids = [case.case_id for case in cases]
    if len(set(ids)) != len(ids):
        raise UsageError(t("case ids repeat: {ids}", ids=", ".join(sorted({i for i in ids if ids.count(i) > 1}))))
    job = _Job(base, study, cache)
    done: dict[str, Result] = {}
    kept = ((case.case_id, job.kept(case)) for case in cases)
    found = ((case_id, result) for case_id, result in kept if result is not None)
    made = _run(job, lambda: [case for case in cases if case.case_id not in done], processes)
    for case_id, result in chain(found, made):
        done[case_id] = result
        if progress:
            progress(len(done), len(cases), case_id)
    parts = [done[i].metrics.assign(case_id=i) for i in ids]
    metrics = pd.concat(parts, ignore_index=True)[_COLUMNS] if parts else pd.DataFrame(columns=_COLUMNS)
    return Evaluation(metrics, {i: done[i] for i in ids})


@dataclass(frozen=True, slots=True)
class _Job:
    """What all cases share; sent to every worker once."""

    base: Scenario
    study: Study
    cache: Path | None

    def __call__(self, case: Case) -> Result:
        scenario = self.base.with_patches(*case.patches) if case.patches else self.base
        result = self.study(scenario, case.params)
        if self.cache is not None:
            result.write(self._folder(self.cache, case), replace=True)
        return result

    def kept(self, case: Case) -> Result | None:
        """The result of an earlier run. Half a result, left by a machine that stopped, is none."""
        if self.cache is None:
            return None
        folder = self._folder(self.cache, case)
        try:
            return Result.read(folder) if (folder / "result.json").is_file() else None
        except DataError:
            return None

    def _folder(self, cache: Path, case: Case) -> Path:
        """Where a case's result is kept: by dataset, edits, study, parameters and code."""
        digest = hashlib.sha256(f"{self.base.dataset.hash} {self.study.__module__}.{self.study.__qualname__}".encode())
        edits = sorted(edit for patch in (*self.base.patches, *case.patches) for edit in patch.edits)
        digest.update(f"{edits!r} {_code()}".encode())
        _feed(digest, case.params)
        return cache / digest.hexdigest()[:40]


def _run(job: _Job, wanted: Callable[[], list[Case]], processes: int) -> Iterator[tuple[str, Result]]:
    """Results of the cases wanted when the first is asked for, as they come."""
    cases = wanted()
    if processes <= 1 or len(cases) <= 1:
        for case in cases:
            yield case.case_id, job(case)
        return
    with TemporaryDirectory(prefix="koridor-") as folder:
        file = Path(folder) / "job"  # not by the pipe of a worker: writing that waits for ever for one that died early
        file.write_bytes(pickle.dumps(job))
        with ProcessPoolExecutor(min(processes, len(cases)), get_context("spawn"), _begin, (file,)) as pool:
            futures = {pool.submit(_work, case): case.case_id for case in cases}
            try:
                for future in as_completed(futures):
                    yield futures[future], future.result()
            except BrokenProcessPool:
                raise UsageError(
                    t(
                        "a worker process ended before its work. In a script, call this below "
                        "`if __name__ == '__main__':`, or use one process; or memory ran out: use fewer processes"
                    )
                ) from None
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


class _Worker:
    """The job of this worker process."""

    job: _Job | None = None


def _begin(file: Path) -> None:
    _Worker.job = pickle.loads(file.read_bytes())


def _work(case: Case) -> Result:
    assert _Worker.job is not None
    return _Worker.job(case)


def _feed(digest: Any, value: Any) -> None:
    """Adds a parameter to a hash, arrays by their bytes."""
    if is_dataclass(value):
        for field in fields(value):
            digest.update(field.name.encode())
            _feed(digest, getattr(value, field.name))
    elif isinstance(value, np.ndarray):
        digest.update(str(value.dtype).encode() + value.tobytes())
    else:
        digest.update(repr(value).encode())


@remember
def _code() -> str:
    """Hash of koridor's own source: a result of other code is another result."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
