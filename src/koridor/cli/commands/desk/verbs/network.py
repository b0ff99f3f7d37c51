"""Departures and their capacity: listed, made, moved, cancelled, allotted and cut."""

from __future__ import annotations

from koridor.cli.commands.desk.request import Verb
from koridor.cli.commands.desk.verbs.shared import PROPOSAL
from koridor.text import t

HEAD = "departure_id service_id mode direction state starts_ms cutoff_ms"
RUN = (": departure_id state", "calls: seq place_id at_ms")


def verbs() -> dict[str, Verb]:
    """Verbs in the order of the day."""
    return {
        "networks": Verb(t("versions of the network that were put in force"), "GET /v1/networks", "",
                         ("networks: network_id name published_ms",)),
        "departures": Verb(t("list departures with their cut-offs, of a service or at a place"), "GET /v1/departures",
                           "--from_ms --to_ms [--service_id] [--place_id] [--state] [--after]",
                           (f"departures: {HEAD}", ": next")),
        "departure": Verb(t("show a departure: calls, cut-offs, what is free; nothing is on one that is not open"),
                          "GET /v1/departures/{departure_id}", "departure_id",
                          (f": {HEAD}", "calls: seq place_id at_ms cutoff_ms free")),
        "generate": Verb(t("make departures for so many days ahead; those there stay, capacities told before hold on"),
                         "POST /v1/departures", "days [--capacity]", (": network_id added to_ms",)),
        "turn": Verb(t("close a departure to new cargo, open it again, or cancel one that has sold nothing"),
                     "POST /v1/departures/{departure_id}/states", "departure_id state note", RUN),
        "move": Verb(t("move calls of a departure to other moments"), "POST /v1/departures/{departure_id}/times",
                     "departure_id calls --note", RUN),
        "cancel-departure": Verb(t("propose to cancel a departure that has sold"), "POST /v1/proposals",
                                 "content.departure_id content.note", PROPOSAL, fixed={"kind": "departure_cancel"}),
        "allot": Verb(t("make a part of a departure one partner's until a moment"),
                      "POST /v1/departures/{departure_id}/allotments",
                      "departure_id party_id resource quantity release_ms", (": departure_id",)),
        "cut": Verb(t("propose that a departure has less capacity from now on"), "POST /v1/proposals",
                    "content.departure_id content.resource content.quantity", PROPOSAL,
                    fixed={"kind": "capacity_cut"}),
    }  # fmt: skip
