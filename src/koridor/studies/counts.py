"""Traffic across screenlines beside what was counted there."""

from __future__ import annotations

import numpy as np
import pandas as pd

from koridor.model.scenario import Scenario

BOTH = "both"
_COLUMNS = ("screenline_id", "name", "direction", "t", "teu", "count_t", "count_teu", "count_source")
_SIDES = {"forward": "forward_name", "backward": "backward_name"}


def beside_counts(scenario: Scenario, flows: pd.DataFrame) -> pd.DataFrame:
    """Tonnes and TEU a year across every screenline, by direction and in both, beside the latest count.

    `flows` has the columns screenline_id, direction (forward, backward), t and teu. `count_*` is missing where nothing
    was counted in that direction.
    """
    lines = scenario.table("screenline").set_index("screenline_id")
    sources = scenario.table("source").set_index("source_id")["citation"]
    counts = _counts(scenario)
    total = flows.groupby("screenline_id", as_index=False)[["t", "teu"]].sum().assign(direction=BOTH)
    rows = []
    for row in pd.concat([flows, total]).itertuples(index=False):
        t, teu = (counts.get((row.screenline_id, row.direction, unit)) for unit in ("t_per_yr", "teu_per_yr"))
        first = t if t is not None else teu
        rows.append(
            {
                "screenline_id": row.screenline_id,
                "name": lines.loc[row.screenline_id, "name"],
                "direction": lines.loc[row.screenline_id, _SIDES[row.direction]] if row.direction in _SIDES else BOTH,
                "t": row.t,
                "teu": row.teu,
                "count_t": np.nan if t is None else t["value"],
                "count_teu": np.nan if teu is None else teu["value"],
                "count_source": "" if first is None else f"{sources.get(first['source'], '')} ({first['year']})",
            }
        )
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _counts(scenario: Scenario) -> dict[tuple[str, str, str], pd.Series]:
    """The latest count by screenline, direction and unit."""
    seen = scenario.table("observation")
    seen = seen[seen["kind"] == "volume"].sort_values(["year", "observation_id"])
    return {(row["screenline_id"], row["direction"], row["unit"]): row for _, row in seen.iterrows()}
