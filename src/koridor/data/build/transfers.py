"""Changing carriage at places."""

from __future__ import annotations

import pandas as pd

from koridor.data.build.common import carriage, ranged, status
from koridor.data.build.raw import Raw, number

DEFAULT = "default by kind, estimate"


def tables(raw: Raw) -> dict[str, pd.DataFrame]:
    """The table `transfer`: the rows of the fact base less those that another row stands for, and our own."""
    given = raw.facts["terminals"]
    kept = given[~given["terminal_op_id"].isin(raw.own["transfer_drops"]["terminal_op_id"])]
    frame = pd.concat([kept, raw.own["transfers"]], ignore_index=True)
    sides = {
        side: [
            carriage(mode, gauge) for mode, gauge in zip(frame[f"{side}_mode"], frame[f"{side}_gauge_mm"], strict=True)
        ]
        for side in ("from", "to")
    }
    times = _with_waits(raw, frame)
    rows = pd.DataFrame(
        {
            "transfer_id": frame["terminal_op_id"],
            "place_id": frame["place"],
            "from_carriage": sides["from"],
            "to_carriage": sides["to"],
            **times,
            "cost_usd_per_teu": number(frame["usd_per_teu"]),
            "cost_usd_per_t": number(frame["usd_per_t"]),
            "status": status(frame["status"]),
            "default": frame["source"] == DEFAULT,
            "source": frame["source"],
            "confidence": frame["confidence"],
            "note": [
                f"{operation}. {note}" for operation, note in zip(frame["operation"], frame["notes"], strict=True)
            ],
        }
    )
    return {"transfer": rows}


def _with_waits(raw: Raw, frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Hours with the wait for a train, where a road-rail terminal is known by its handling time alone.

    The default rows hold that wait, so a terminal with a figure of its own would else be quicker than any train.
    """
    times = ranged(frame, "time", "h", "hours_per_train_or_vessel", "hours_min", "hours_max")
    wait = raw.parameters["rail_wait_h"]
    sides = frame["from_mode"] + frame["to_mode"]
    handling = sides.isin(["railroad", "roadrail"]) & (times["time_h"] < raw.value("rail_handling_max_h"))
    return {
        name: hours.where(~handling, hours + extra)
        for (name, hours), extra in zip(times.items(), (wait.value, wait.low, wait.high), strict=True)
    }
