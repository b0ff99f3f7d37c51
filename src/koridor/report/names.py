"""Words for the codes that stand in result tables."""

from __future__ import annotations

from collections.abc import Mapping

from koridor.text import t


def case_name(case: str) -> str:
    """A case of the linking study in words."""
    names = {
        "none": t("none: no corridor regime"),
        "a": t("A alone"),
        "b": t("B alone"),
        "unlinked": t("A and B, unlinked"),
        "linked": t("A and B, linked"),
        "bound": t("upper bound: handover free"),
    }
    return names.get(case, case)


def metric_name(metric: str) -> str:
    """A headline metric in words."""
    names = {
        "value_of_linking_usd": t("Value of linking"),
        "value_of_linking_capped_usd": t("Value of linking under hard capacities"),
        "value_a_usd": t("Value of A alone"),
        "value_b_usd": t("Value of B alone"),
        "value_unlinked_usd": t("Value of A and B, unlinked"),
        "value_linked_usd": t("Value of A and B, linked"),
        "complementarity_usd": t("Complementarity: linked less A less B"),
        "regret_without_a_usd": t("Regret of neglecting A: linked less B"),
        "regret_without_b_usd": t("Regret of neglecting B: linked less A"),
        "upper_bound_usd": t("Upper bound: handover free of time and money"),
        "linked_teu": t("Linked traffic, boxes"),
        "linked_t": t("Linked traffic, tonnes"),
        "linked_share_of_a": t("Linked traffic as a share of TEU over A's gates"),
        "linked_share_of_b": t("Linked traffic as a share of TEU over B's gates"),
        "gap_usd": t("Gap of the solver"),
        "gap_share_of_smallest_gain": t("Gap as a share of the smallest gain reported"),
        "contestable_t": t("Contestable tonnes, which could use a corridor"),
        "captive_t": t("Captive tonnes, listed and not assigned"),
        "unserved_t": t("Tonnes that found no way"),
        "published_share_low": t("Linked share published, low"),
        "published_share_high": t("Linked share published, high"),
    }
    return names.get(metric, metric)


def dimension_name(dimension: str) -> str:
    """A dimension of the split in words."""
    names = {
        "component": t("by money, documents and time"),
        "group": t("by interchange group"),
        "commodity": t("by commodity"),
        "direction": t("by direction"),
        "pair": t("by origin and destination country"),
        "country": t("by country"),
        "region": t("by region"),
        "form": t("by form of cargo"),
    }
    return names.get(dimension, dimension)


def part_name(column: str) -> str:
    """Who gains, in words."""
    names = {
        "users_usd": t("Users"),
        "carriers_usd": t("Carriers"),
        "terminals_usd": t("Terminals"),
        "rents_usd": t("Scarcity rents"),
        "public_usd": t("Public"),
        "total_usd": t("Total"),
    }
    return names.get(column, column)


def mode_name(mode: str) -> str:
    """A mode of transport in words."""
    names = {
        "rail": t("rail"),
        "road": t("road"),
        "sea": t("sea"),
        "ferry": t("ferry"),
        "river": t("river"),
    }
    return names.get(mode, mode)


def criterion_name(criterion: str) -> str:
    """A criterion in words."""
    return {
        "time": t("time"), "money": t("money"), "co2e": t("CO2e"), "variance": t("spread"),
    }[criterion]  # fmt: skip


def kind_name(kind: str) -> str:
    """A kind of source in words."""
    names = {
        "published": t("published"),
        "mixed": t("published in part"),
        "derived": t("derived from published figures"),
        "estimate": t("estimate"),
    }
    return names.get(kind, kind)


def evidence_name(what: str) -> str:
    """A part of the answer whose sources are counted, in words."""
    names = {
        "all of the ways": t("all of the ways"),
        "ways": t("links"),
        "transfers": t("transfers"),
        "services": t("services"),
        "handing over": t("handing over"),
        "joining and leaving": t("joining and leaving"),
        "loading and unloading": t("loading and unloading"),
        "tonnes of demand": t("tonnes of demand"),
    }
    return names.get(what, what)


def exclusion_name(reason: str) -> str:
    """Why a flow is not assigned, in words."""
    names = {
        "no place or no open way in the network": t("no place or no open way in the network"),
        "captive to its present way": t("captive to its present way"),
    }
    return names.get(reason, reason)


def counted_name(unit: str) -> str:
    """What an element counts, in words."""
    names = {
        "t": t("tonnes"),
        "teu": t("TEU"),
        "train": t("trains"),
        "truck": t("trucks"),
        "sailing": t("sailings"),
    }
    return names.get(unit, unit)


def trust_name(confidence: str) -> str:
    """How far a row may be trusted, in words."""
    names = {"high": t("high"), "medium": t("medium"), "low": t("low")}
    return names.get(confidence, confidence)


def carriage_name(carriage: str) -> str:
    """A carriage in words: railways with their gauge."""
    rail = carriage.removeprefix("rail")
    return t("rail {gauge}", gauge=rail) if rail != carriage and rail else mode_name(carriage)


def stretch_name(stretch: Mapping[str, object]) -> str:
    """What is done on a stretch of a way, in words."""
    act, what = str(stretch["act"]), str(stretch["what"])
    before, after = (carriage_name(str(stretch[key])) for key in ("from_carriage", "to_carriage"))
    left, joined = str(stretch["from_corridor"]), str(stretch["corridor"])
    if act == "move":
        mode = str(stretch["mode"])
        return t("ferry, {carriage}", carriage=after) if mode == "ferry" else after
    names = {
        "load": t("load on {carriage}", carriage=after),
        "unload": t("unload from {carriage}", carriage=before),
        "transfer": t("{before} to {after}", before=before, after=after),
        "service": t("train {name}", name=what),
        "join": t("join {corridor}", corridor=joined),
        "leave": t("leave {corridor}", corridor=left),
        "interchange": t("{before} to {after}", before=left, after=joined),
    }
    return names.get(act, act)
