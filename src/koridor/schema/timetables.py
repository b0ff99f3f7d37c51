"""The tables of timetables and of what may be carried: departures, opening hours, zones, units of cargo, acceptance."""

from __future__ import annotations

from koridor.schema.fields import Table, clock, day, enum, flag, ident, integer, listing, number, table, text
from koridor.schema.words import ACTIVITIES, CARRIAGES, DG_CLASSES, WAYS, WEEKDAYS

TIMETABLES: tuple[Table, ...] = (
    table(
        "place_zone",
        "Time zones of places. A place without a row keeps UTC.",
        "place_id",
        ident("place_id", "The place.", ref="place"),
        text("zone", "Name in the IANA time zone database, such as Asia/Baku.", required=True),
    ),
    table(
        "departure",
        "Departures of services by rule, local time at the first stop that calls. A direction of a service without "
        "rows here or in `departure_date` runs by its frequency.",
        "departure_id",
        ident("departure_id", "Identifier."),
        ident("service_id", "The service.", ref="service"),
        enum("direction", WAYS, "Forward: in the order of the stops; from the first of its own stops in each."),
        listing("weekdays", "Days on which it leaves; empty: every day.", choices=WEEKDAYS),
        clock("time", "When it leaves.", required=True),
        number("repeat_h", "h", "It leaves again after each of these hours.", low=0.05, high=24),
        clock("until_time", "Last departure of the day, where it leaves again."),
        integer("every_weeks", "Only every so many weeks, from the week of `valid_from`.", low=1, high=52),
        day("valid_from", "First day. Empty: it has always been so."),
        day("valid_to", "Last day. Empty: until further notice."),
    ),
    table(
        "departure_date",
        "Single departures beside the rules, and departures of the rules that do not run.",
        "service_id direction date time",
        ident("service_id", "The service.", ref="service"),
        enum("direction", WAYS, "Forward: in the order of the stops."),
        day("date", "The day.", required=True),
        clock("time", "When it leaves; `*`: every departure of the day, to be cancelled.", required=True, star=True),
        enum("run", ("added", "cancelled"), "Whether it runs besides the rules, or does not run."),
    ),
    table(
        "service_capacity",
        "What one departure of a service can take, beside the TEU in `service`. Nothing known: no row.",
        "service_id resource",
        ident("service_id", "The service.", ref="service"),
        enum(
            "resource",
            ("teu", "wagon", "reefer_plug", "dangerous_teu", "lane_m", "t"),
            "TEU, wagons, plugs for refrigerated boxes, TEU of dangerous goods, metres of lane, tonnes.",
        ),
        number("amount", "", "How much of it a departure has.", required=True),
    ),
    table(
        "opening",
        "Hours in which cargo can be taken in, by the clock of the place; of a border or link, of its `from_place`. "
        "What has no row is always open. A service passes borders and links by its own times.",
        "opening_id",
        ident("opening_id", "Identifier."),
        enum(
            "of",
            ("border", "link", "place", "transfer"),
            "Table of the row; `place` means all transfers, loading and unloading there.",
        ),
        ident("row", "Key of the row."),
        listing("weekdays", "Days on which the hours begin; empty: every day.", choices=WEEKDAYS),
        clock("from_time", "Opens, local time.", required=True),
        clock("to_time", "Closes, local time; not after `from_time`: on the next day.", required=True),
        day("valid_from", "First day. Empty: it has always been so."),
        day("valid_to", "Last day. Empty: until further notice."),
    ),
    table(
        "cargo_type",
        "Units in which cargo travels: boxes and wagons.",
        "cargo_type",
        ident("cargo_type", "What people call it, such as 40HC."),
        text("name", "Name.", required=True),
        enum("kind", ("box", "wagon"), "What it is."),
        ident("iso_code", "ISO 6346 size and type of a box, such as 45G1.", required=False),
        number("length_m", "m", "Length; of a wagon over couplers.", low=1, required=True),
        number("size_teu", "teu", "TEU of a box, exact: 2.25 for 45 feet."),
        number("tare_t", "t", "Weight empty.", required=True),
        number("gross_max_t", "t", "Most that it may weigh loaded.", low=0.1, required=True),
        flag("reefer", "It cools and needs power."),
        listing("carriages", "On what it can travel; empty: on all.", choices=CARRIAGES),
    ),
    table(
        "platform",
        "Platforms on which boxes travel by rail.",
        "platform_id",
        ident("platform_id", "Identifier."),
        enum("carriage", CARRIAGES, "Carriage."),
        number("length_m", "m", "Length for boxes.", low=1, required=True),
        number("load_max_t", "t", "Most that its boxes may weigh together.", low=1, required=True),
    ),
    table(
        "acceptance",
        "What services, links, transfers and places take. The row of the thing itself wins over that of its activity; "
        "that of a class over `*`. Dangerous goods are refused where nothing is known.",
        "of row goods",
        enum("of", ("service", "link", "transfer", "place", "activity"), "Table of the row, or an activity."),
        ident("row", "Key of the row, or the activity: " + ", ".join(ACTIVITIES) + "."),
        ident(
            "goods",
            "`reefer`, `weight`, or dangerous goods: `dg`, or a class of them such as `dg3` ("
            + ", ".join(DG_CLASSES)
            + ").",
        ),
        flag("accepted", "Whether they are taken; weight: yes."),
        number("gross_max_t", "t", "Most that a unit may weigh.", low=0.1),
    ),
)

SERVICE_TIMES = (
    number("cut_off_h", "h", "Hours before a departure of the timetable by which cargo must be there.", high=500),
)

STOP_TIMES = (
    number("arrive_h", "h", "Hours from the departure at the first stop that calls until arrival here."),
    number("depart_h", "h", "Hours from that departure until departure here."),
    number(
        "cut_off_h", "h", "Hours before departure by which cargo must be here, in place of the service's.", high=500
    ),
)
