"""Pools of containers and wagons: stock, units, orders, gates, clocks, and where empties lack."""

from __future__ import annotations

from koridor.cli.commands.desk.request import Verb
from koridor.cli.commands.desk.verbs.shared import now_ms
from koridor.text import t

POOLS = ("pools: pool_id name keeper_id part",)
FACTS = "unit_id number type_code state place_id since_ms order_id"
UNIT = (f": {FACTS} inspect_ms kind pool_id owner_id teu",)
MOVES = "seq from_place to_place teu surplus lack cost_usd_per_t ordered_units ordered_teu why=reason orders=ordered"
REPOSITIONING = (": repositioning_id state weeks=weeks_ahead created_ms unserved", f"moves: {MOVES}")
ORDER = (
    ": order_id kind status pool_id place_id reference valid_to_ms booking_id repositioning_id",
    "lines: type_code quantity taken",
    "units: unit_id number type_code gated_ms",
)


def verbs() -> dict[str, Verb]:
    """Verbs in the order of the day."""
    ordered = "pool_id place_id reference quantities --valid_to_ms [--booking_id] [--depot_id]"
    put, orders = "POST /v1/equipment-orders/{order_id}/units", "POST /v1/pools/{pool_id}/orders"
    agreed = "POST /v1/pools/{pool_id}/agreements"
    return {
        "pools": Verb(t("list pools of containers and wagons"), "GET /v1/pools", "", POOLS),
        "pool": Verb(t("begin a pool"), "POST /v1/pools", "name", (": pool_id name",)),
        "agree": Verb(t("let the other partner see a pool: its stock, its units, or those and order them"), agreed,
                      "pool_id party_id sees", POOLS),
        "end-agreement": Verb(t("let the other partner see a pool no longer"), agreed, "pool_id party_id", POOLS,
                              fixed={"sees": None}),
        "stock": Verb(t("count the units of a pool by place, type and state"), "GET /v1/pools/{pool_id}/stock",
                      "pool_id", ("stock: place_id type_code state units=pieces teu",)),
        "fleet": Verb(t("list the units of a pool"), "GET /v1/pools/{pool_id}/units", "pool_id [--after]",
                      (f"units: {FACTS}", ": next")),
        "unit": Verb(t("show a container or wagon"), "GET /v1/units/{unit_id}", "unit_id", UNIT),
        "take-in": Verb(t("take a container or wagon into a pool"), "POST /v1/pools/{pool_id}/units",
                        "pool_id kind number type_code place_id owner_id [--shipper_owned] [--inspect_ms]", UNIT,
                        fixed={"shipper_owned": False}),
        "tell-unit": Verb(t("tell of a unit: discharged, loaded, damaged, mended, inspected, off hire ..."),
                          "POST /v1/units/{unit_id}/events",
                          "unit_id kind [--place_id] [--happened_ms] [--next_ms] [--retracts] [--note] [--event_id]",
                          (*UNIT, ": new"), fill={"event_id": str, "happened_ms": now_ms}),
        "orders": Verb(t("list release and return orders, or show one with its units"),
                       "GET /v1/equipment-orders[/{order_id}]", "[order_id]",
                       ("orders: order_id kind status place_id reference valid_to_ms booking_id", *ORDER)),
        "release": Verb(t("order empties out of a depot"), orders, ordered, ORDER, fixed={"kind": "release"}),
        "return": Verb(t("order empties back into a depot"), orders, ordered, ORDER, fixed={"kind": "return"}),
        "assign": Verb(t("put a unit on an order"), put, "order_id unit_id", ORDER, fixed={"action": "assign"}),
        "withdraw": Verb(t("take a unit off an order"), put, "order_id unit_id", ORDER, fixed={"action": "withdraw"}),
        "gate": Verb(t("tell that an empty unit passed the gate against an order"),
                     "POST /v1/equipment-orders/{order_id}/gates",
                     "order_id unit_id [--damaged] [--happened_ms] [--event_id]",
                     (": order.order_id order.status new", "order.units: unit_id number type_code gated_ms"),
                     fill={"event_id": str, "happened_ms": now_ms}),
        "close-order": Verb(t("end an order; units that wait on it are free again"),
                            "POST /v1/equipment-orders/{order_id}/closings", "order_id", ORDER),
        "clocks": Verb(t("what the days of a unit cost: demurrage, detention, storage, standing"),
                       "GET /v1/units/{unit_id}/clocks", "unit_id",
                       ("clocks: kind side party_id place_id starts_ms stops_ms free_until_ms currency amount_minor",
                        "clocks.days: kind day number why=reason currency amount_minor")),
        "contracts": Verb(t("list the contracts of clocks on the units of a pool"),
                          "GET /v1/pools/{pool_id}/contracts", "pool_id",
                          ("contracts: contract_id party_id kind side valid_from_ms valid_to_ms",)),
        "charge": Verb(t("post what the clocks of a unit have come to, and bill what is asked"),
                       "POST /v1/units/{unit_id}/charges", "unit_id",
                       ("charges: ref side party_id currency change_minor",)),
        "imbalance": Verb(t("where empties will be short and where too many, in TEU by week"), "GET /v1/imbalance",
                          "[--weeks]", ("weeks: place_id monday comes goes left",)),
        "reposition": Verb(t("work out the cheapest moves of empties to where they lack, by ways that are open"),
                           "POST /v1/repositionings", "[--weeks]", REPOSITIONING, fixed={"weeks": 4}),
        "repositionings": Verb(t("list proposals of moves, or show one"),
                               "GET /v1/repositionings[/{repositioning_id}]", "[repositioning_id]",
                               ("repositionings: repositioning_id state weeks=weeks_ahead created_ms decided_ms "
                                "moves=count",
                                *REPOSITIONING)),
        "accept-moves": Verb(t("make the orders of a proposal's moves, all or some, and tell what of each was ordered"),
                             "POST /v1/repositionings/{repositioning_id}/acceptances",
                             "repositioning_id --valid_to_ms [--moves]", REPOSITIONING),
    }  # fmt: skip
