"""The tables of prices: price lists with their rules, distance belts and exchange rates."""

from __future__ import annotations

from koridor.schema.fields import Table, day, enum, flag, ident, integer, listing, number, table, text
from koridor.schema.words import CARRIAGES, MODES, OPERATIONS, PAYEES, QUANTITIES, TRAFFIC

TARIFFS: tuple[Table, ...] = (
    table(
        "currency",
        "Currencies in which tariffs are written.",
        "currency_id",
        ident("currency_id", "ISO 4217 code."),
        text("name", "English name.", required=True),
        integer("decimals", "Digits of the smallest unit.", high=4, required=True),
    ),
    table(
        "currency_rate",
        "Exchange rates: a rate holds from its day until the day of the next.",
        "currency_id day",
        ident("currency_id", "Currency.", ref="currency"),
        day("day", "First day on which it holds.", required=True),
        number("units_per_usd", "per_usd", "Units of the currency for one US dollar.", low=1e-6, required=True),
    ),
    table(
        "tariff",
        "A price list: where it holds, what it replaces and how it is paid. Prices of a way come from the tariffs that "
        "hold on it; what none covers has the price of the tables `rate`, `transfer` and `border`.",
        "tariff_id",
        ident("tariff_id", "Identifier."),
        text("name", "Name.", required=True),
        integer("rank", "Of tariffs that hold on the same stretch the lowest is used.", required=True),
        listing("modes", "Modes of the links on which it holds; empty: all.", choices=MODES),
        listing("carriages", "Carriages in which it holds; empty: all.", choices=CARRIAGES),
        ident(
            "country_id", "Railway or road of this country: links with both ends in it.", ref="country", required=False
        ),
        ident(
            "corridor_id",
            "Only under this corridor's regime. Empty: only outside regimes.",
            ref="corridor",
            required=False,
        ),
        ident("service_id", "Only for rides on this service.", ref="service", required=False),
        ident("from_place", "A through price: it holds from here ...", ref="place", required=False),
        ident("to_place", "... to here, over the links of `tariff_link`.", ref="place", required=False),
        flag("two_way", "The through price holds in the other direction too."),
        listing("covers", "Whose prices it replaces; empty: it comes on top of them.", choices=PAYEES),
        ident("currency_id", "Currency of its amounts.", ref="currency"),
        listing("included", "What the price includes."),
        listing("excluded", "What it does not include."),
        text("conditions", "On what conditions it holds."),
        text("document", "Number and date of the document that it stands in."),
    ),
    table(
        "tariff_link",
        "Links on which a tariff holds. Each passage of one has its own price, unless the tariff names a country or "
        "ends.",
        "tariff_id link_id",
        ident("tariff_id", "The tariff.", ref="tariff"),
        ident("link_id", "The link.", ref="link"),
        evidence=False,
    ),
    table(
        "tariff_rule",
        "The steps of a tariff, carried out line by line in the order of `seq`. A rule is never changed: another "
        "supersedes it from its first day.",
        "rule_id",
        ident("rule_id", "Identifier."),
        ident("tariff_id", "The tariff.", ref="tariff"),
        ident("line", "Price line that it builds, such as carriage or guard."),
        integer("seq", "Order within the line.", required=True),
        enum(
            "operation",
            OPERATIONS,
            "rate: adds amount x quantities. belt: adds the amount of the distance belt x quantities. factor: "
            "multiplies the line so far. minimum: raises it to amount x quantities. least, step, counts_as: from here "
            "on the quantity is at least the amount, is rounded up to a multiple of it, or is the amount. Each counts "
            "for every unit, unless `per` says consignment.",
        ),
        number("amount", "", "Money in the tariff's currency, a coefficient, or a quantity; nothing for a belt."),
        listing("per", "Quantities that multiply the amount, or the one that is set.", choices=QUANTITIES),
        listing("kinds", "Only for boxes, wagons or bulk.", choices=("box", "wagon", "bulk")),
        listing("sizes", "Only for these size types, or the beginnings of some, such as 40."),
        enum("load", ("loaded", "empty"), "Only loaded, or only empty.", required=False),
        enum("wagon", ("private", "pool"), "Only for wagons of this owner.", required=False),
        listing("traffic", "Only for these kinds of traffic, as the country sees them.", choices=TRAFFIC),
        listing("commodities", "Only for these commodities.", ref="commodity"),
        listing("gng", "Only for goods whose GNG code begins so."),
        listing("dangerous", "Only for these classes of dangerous goods."),
        enum("ordinary", ("yes", "no"), "yes: not for dangerous goods.", required=False),
        number("above_t", "t", "Only above this gross weight of a unit."),
        number("upto_t", "t", "Only up to this gross weight of a unit."),
        number("above_m", "m", "Only above this length of a unit."),
        number("upto_m", "m", "Only up to this length of a unit."),
        day("first_day", "First day on which it holds; empty: always was."),
        day("last_day", "Last day on which it holds; empty: until superseded."),
        ident("supersedes", "Rule that ends the day before this one begins.", ref="tariff_rule", required=False),
    ),
    table(
        "tariff_belt",
        "Amounts by distance: a belt holds from the end of the one before. Beyond the last the tariff gives no price.",
        "rule_id upto_km",
        ident("rule_id", "The rule.", ref="tariff_rule"),
        integer("upto_km", "Last kilometre of the belt.", low=1, required=True, unit="km"),
        number("amount", "", "Amount for the whole distance, before quantities.", required=True),
        evidence=False,
    ),
)
