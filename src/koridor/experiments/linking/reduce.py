"""From the metrics of the cases to the headline, its range, groups, curve, disruptions, tornado and years."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from koridor.experiments.linking.questions import CAPPED, CENTRAL, HANDOVER, Grid, steps_down
from koridor.experiments.linking.questions import groups as group_names
from koridor.experiments.run import Evaluation
from koridor.model.regime import between, tonnes_a_teu
from koridor.result import Result
from koridor.studies.linkage import World, with_values

VALUE = "value_of_linking_usd"


@dataclass(frozen=True)
class Found:
    """Everything that was computed: the world, its own cases, terms of handing over, other worlds, other years."""

    world: World
    values: Result
    handovers: pd.DataFrame
    worlds: Evaluation
    years: Evaluation

    @classmethod
    def of(cls, world: World, here: Evaluation, years: Evaluation) -> Found:
        """Sorts the results of the cases by what they are for."""
        free = here.results[CENTRAL]
        capped = [result for name, result in here.results.items() if name.startswith(CAPPED)]
        handovers = [result.metrics for name, result in here.results.items() if name.startswith(HANDOVER)]
        return cls(world, _together([free, *capped]), pd.concat(handovers, ignore_index=True), here, years)

    def metric(self, name: str, key: str = "free") -> float:
        """A metric of the central world; nan where the case was not run."""
        rows = self.values.metrics
        hit = rows[(rows["metric"] == name) & (rows["key"] == key)]["value"]
        return float(hit.iloc[0]) if len(hit) else float("nan")

    def handover(self, variant: str, metric: str, key: str = "") -> float:
        """A metric of a variant of handing over."""
        wanted = f"{metric}.{variant}"
        rows = self.handovers
        hit = rows[(rows["metric"] == wanted) & (rows["key"] == key)]["value"]
        if len(hit) != 1:
            raise KeyError(f"{wanted} {key}")
        return float(hit.iloc[0])

    def saved(self, case: str, against: str = "unlinked") -> float:
        """Resource cost saved by a case of handing over against another, in USD a year."""
        return self.handover(against, "used_usd") - self.handover(case, "used_usd")


def _together(results: list[Result]) -> Result:
    """Results of the same world as one, with the values among all their cases."""
    totals = pd.concat(
        [r.metrics[r.metrics["metric"].str.contains(".", regex=False)] for r in results], ignore_index=True
    )
    totals = totals[~totals["metric"].str.startswith("value_usd.")]
    tables = {name: pd.concat([r.tables[name] for r in results], ignore_index=True) for name in results[0].tables}
    worst = next((r.status for r in results if r.status != results[0].status), results[0].status)
    return replace(results[0], metrics=with_values(totals), tables=tables, status=worst)


def cases(found: Found) -> pd.DataFrame:
    """A row for every case, without and with capacities."""
    rows = []
    for key in ("free", "capped"):
        for case in ("none", "a", "b", "unlinked", "linked", "bound"):
            row = {
                "case": case,
                "capped": key == "capped",
                "resource_usd": found.metric(f"used_usd.{case}", key),
                "users_usd": found.metric(f"users_usd.{case}", key),
                "rents_usd": found.metric(f"rents_usd.{case}", key),
                "carriers_usd": found.metric(f"carriers_usd.{case}", key),
                "terminals_usd": found.metric(f"terminals_usd.{case}", key),
                "public_usd": found.metric(f"publics_usd.{case}", key),
                "value_usd": found.metric(f"value_usd.{case}", key),
                "linked_teu": found.metric(f"linked_teu.{case}", key),
                "teu_gate_a": found.metric(f"gate_a_teu.{case}", key),
                "teu_gate_b": found.metric(f"gate_b_teu.{case}", key),
                "gap_usd": found.metric(f"gap_usd.{case}", key),
                "unserved_t": found.metric(f"unserved_t.{case}", key),
            }
            if not np.isnan(row["resource_usd"]):
                rows.append(row)
    return pd.DataFrame(rows)


def groups(found: Found) -> pd.DataFrame:
    """Each interchange group alone and left out, with the worth of an hour and of a dollar of handing over at it.

    Worths are central differences of joined terms one unit dearer and one cheaper. By the envelope theorem a dollar
    less a TEU is worth the TEU handed over, as long as none of them changes its way: `dollar_check` gives these.
    """
    rows = []
    table = between(found.world.scenario, *found.world.sets)
    for group in group_names(found.world):
        mine = table[table["interchange_group"] == group]
        places = sorted(set(mine["from_place"]) | set(mine["to_place"]))
        step_h, step_usd = steps_down(mine, tonnes_a_teu(found.world.scenario))
        rows.append(
            {
                "interchange_group": group,
                "places": ";".join(places),
                "alone_usd": found.saved(f"alone:{group}"),
                "left_out_usd": found.saved("linked", f"without:{group}"),
                "linked_teu": found.handover("linked", "interchange_teu", group),
                "linked_t": found.handover("linked", "interchange_t", group),
                "hour_usd": found.saved(f"hour-:{group}", f"hour+:{group}") / (1.0 + step_h),
                "dollar_usd": found.saved(f"dollar-:{group}", f"dollar+:{group}") / (1.0 + step_usd),
                "dollar_check": found.handover("linked", "interchange_teu", group),
            }
        )
    return pd.DataFrame(rows)


def curve(found: Found) -> pd.DataFrame:
    """Value and linked TEU over the hours and the price at which every interchange between A and B hands over."""
    grid = Grid.of(between(found.world.scenario, *found.world.sets))
    rows = [
        {
            "joined_h": float(h),
            "joined_usd_per_teu": float(usd),
            "value_usd": found.saved(f"curve:{i}:{j}"),
            "linked_teu": found.handover(f"curve:{i}:{j}", "linked_teu"),
        }
        for i, h in enumerate(grid.hours)
        for j, usd in enumerate(grid.usd)
    ]
    return pd.DataFrame(rows, columns=["joined_h", "joined_usd_per_teu", "value_usd", "linked_teu"])


def disruptions(found: Found) -> pd.DataFrame:
    """Value of linking while another way fails, greatest first."""
    central, rows = found.metric(VALUE), []
    for case in _of_kind(found, "disruption").itertuples(index=False):
        value = found.worlds.value(case.case_id, VALUE, "free")
        rows.append(
            {
                "case_id": case.case_id,
                "name": case.name,
                "value_usd": value,
                "ratio": value / central if central > 0.0 else float("nan"),
                "linked_teu": found.worlds.value(case.case_id, "linked_teu.linked", "free"),
            }
        )
    frame = pd.DataFrame(rows, columns=["case_id", "name", "value_usd", "ratio", "linked_teu"])
    return frame.sort_values(["value_usd", "case_id"], ascending=[False, True], ignore_index=True)


def tornado(found: Found) -> pd.DataFrame:
    """Value of linking at the low and the high end of each uncertain factor, widest first."""
    low, high = (_of_kind(found, kind).set_index("factor") for kind in ("range_low", "range_high"))
    rows = []
    for factor in low.index.intersection(high.index):
        ends = [found.worlds.value(str(table.loc[factor, "case_id"]), VALUE, "free") for table in (low, high)]
        rows.append(
            {
                "factor": factor,
                "name": str(low.loc[factor, "name"]).rsplit(",", 1)[0],
                "low_usd": ends[0],
                "high_usd": ends[1],
                "central_usd": found.metric(VALUE),
                "low_name": str(low.loc[factor, "name"]),
                "high_name": str(high.loc[factor, "name"]),
            }
        )
    columns = ["factor", "name", "low_usd", "high_usd", "central_usd", "low_name", "high_name"]
    frame = pd.DataFrame(rows, columns=columns)
    order = (frame["high_usd"] - frame["low_usd"]).abs()
    return frame.iloc[np.lexsort((frame["factor"].to_numpy(dtype=str), -order))].reset_index(drop=True)


def years(found: Found) -> pd.DataFrame:
    """Values by year, world and level of demand."""
    table = found.world.scenario.table("case").set_index("case_id")
    rows = []
    for case_id in found.years.results:
        year, world = case_id.split("|")
        factor = table.loc[year, "factor"]
        rows.append(
            {
                "year": year.split("_")[0],
                "world": str(table.loc[world, "name"]),
                "demand": "central" if pd.isna(factor) else str(factor),
                "value_usd": found.years.value(case_id, VALUE, "free"),
                "value_a_usd": found.years.value(case_id, "value_usd.a", "free"),
                "value_b_usd": found.years.value(case_id, "value_usd.b", "free"),
                "linked_teu": found.years.value(case_id, "linked_teu.linked", "free"),
                "linked_share_of_a": found.years.value(case_id, "linked_share_of_a", "free"),
            }
        )
    columns = ["year", "world", "demand", "value_usd", "value_a_usd", "value_b_usd", "linked_teu", "linked_share_of_a"]
    return pd.DataFrame(rows, columns=columns)


def headline(found: Found, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The answer: every value with the range that the uncertain factors give it one at a time, where it was
    computed.
    """
    m, lines = found.metric, []
    v = {case: m(f"value_usd.{case}") for case in ("a", "b", "unlinked", "linked", "bound")}
    spread = tables["tornado"][["low_usd", "high_usd"]].to_numpy() if len(tables["tornado"]) else np.empty((0, 2))
    value = m(VALUE)
    low, high = (float(spread.min()), float(spread.max())) if spread.size else (float("nan"), float("nan"))
    lines.append((VALUE, value, min(low, value), max(high, value), "usd"))
    gap = max(m(f"gap_usd.{case}", key) for case in ("unlinked", "linked") for key in ("free", "capped"))
    gains = [abs(x) for x in (value, v["a"], v["b"]) if abs(x) > 0.0]
    flow = found.world.scenario.table("flow")
    single = [
        ("value_of_linking_capped_usd", m(VALUE, "capped"), "usd"),
        ("value_a_usd", v["a"], "usd"),
        ("value_b_usd", v["b"], "usd"),
        ("value_unlinked_usd", v["unlinked"], "usd"),
        ("value_linked_usd", v["linked"], "usd"),
        ("complementarity_usd", v["linked"] - v["a"] - v["b"], "usd"),
        ("regret_without_a_usd", v["linked"] - v["b"], "usd"),
        ("regret_without_b_usd", v["linked"] - v["a"], "usd"),
        ("upper_bound_usd", v["bound"] - v["unlinked"], "usd"),
        ("linked_teu", m("linked_teu.linked"), "teu"),
        ("linked_t", m("linked_t.linked"), "t"),
        ("linked_share_of_a", m("linked_share_of_a"), "share"),
        ("linked_share_of_b", m("linked_teu.linked") / max(m("gate_b_teu.linked"), 1e-9), "share"),
        ("gap_usd", gap, "usd"),
        ("gap_share_of_smallest_gain", gap / min(gains) if gains else float("nan"), "share"),
        ("contestable_t", float(flow.loc[flow["part"] == "contestable", "volume_t"].sum()), "t"),
        ("captive_t", float(flow.loc[flow["part"] == "captive", "volume_t"].sum()), "t"),
        ("unserved_t", m("unserved_t.linked", "capped"), "t"),
        *_published(found),
    ]
    ranges = _of_kind(found, "range_low", "range_high")["case_id"].tolist()
    ranged = {
        "linked_teu": "linked_teu.linked",
        "linked_t": "linked_t.linked",
        "linked_share_of_a": "linked_share_of_a",
    }
    for metric, number, unit in single:
        around = [found.worlds.value(case, ranged[metric], "free") for case in ranges] if metric in ranged else []
        ends = (min(*around, number), max(*around, number)) if around else (float("nan"), float("nan"))
        lines.append((metric, number, *ends, unit))
    return pd.DataFrame(lines, columns=["metric", "value", "low", "high", "unit"])


def _published(found: Found) -> list[tuple[str, float, str]]:
    """The published shares of linked traffic, of other years and branches: shown beside, never a target."""
    seen = found.world.scenario.table("observation")
    values = seen.loc[seen["kind"] == "share", "value"]
    if values.empty:
        return []
    return [
        ("published_share_low", float(values.min()), "share"),
        ("published_share_high", float(values.max()), "share"),
    ]


def _of_kind(found: Found, *kinds: str) -> pd.DataFrame:
    """Cases of these kinds that were evaluated."""
    table = found.world.scenario.table("case").sort_values("case_id", ignore_index=True)
    return table[table["kind"].isin(kinds) & table["case_id"].isin(list(found.worlds.results))]
