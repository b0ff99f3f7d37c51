"""An enquiry answered: departures are read in one look at the desk, and the search runs outside any transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from koridor.errors import UsageError
from koridor.model.cargo import Cargo
from koridor.model.clock import local_text
from koridor.operator.booking import quote, terms
from koridor.operator.booking.quote import CARGO, Offer
from koridor.operator.booking.terms import Terms
from koridor.operator.common.actor import Actor
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.policy import DAY_MS, HOUR_MS
from koridor.operator.common.refused import Refused
from koridor.operator.disruption import incidents
from koridor.operator.disruption.incidents import Incident
from koridor.operator.network.timetable import MINUTE_MS
from koridor.operator.quoting import dangerous, price, running, search
from koridor.operator.quoting.enquiry import Enquiry, parts
from koridor.operator.quoting.legs import Course, course
from koridor.operator.quoting.networks import Networks
from koridor.operator.quoting.running import Running
from koridor.operator.quoting.search import Found
from koridor.studies.route import Prepared, Query
from koridor.text import t

QUANTILES = {"p50_h": 0.5, "p90_h": 0.9}
PER_MILLE = 1000
NAMED_MAX = 5  # services told by name


@dataclass(frozen=True, slots=True)
class Ways:
    """Offers for an enquiry, the one of least price and value of time first; and why there are none, or not more.

    asked : the enquiry as it was answered: from the present on, its places by id.
    incidents : titles of those under which ways were looked for, which are the seller's to know.
    """

    asked: Enquiry
    network_id: str
    offers: tuple[Offer, ...]
    reasons: tuple[str, ...]
    incidents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """The desk at one moment, as far as an enquiry needs it."""

    now_ms: int
    terms: Terms
    running: Running


def ask(desk: Desk, actor: Actor, networks: Networks, enquiry: Enquiry) -> Ways:
    """Ways of an enquiry on the network in force, under the incidents that its seller knows of.

    What an incident shuts while the cargo may be under way is shut for the whole search, so that no way found meets it.
    Never call it inside a transaction: it may take seconds. Raises Refused `invalid`, `not_found` or `unavailable`.
    """
    policy = desk.policy
    now_ms = desk.clock()
    _refuse_past(enquiry, now_ms)
    network_id, held = desk.look(actor, lambda tx: (quote.network_in_force(tx), _held(tx, enquiry)))
    world = networks.of(desk, network_id, incidents.patches(held), wait_s=policy.enquiry_wait_s)
    with world.alone(policy.enquiry_wait_s) as prepared:
        try:
            asked, notes = enquiry.at(now_ms).placed(prepared.scenario)
            query = asked.query(now_ms, policy.enquiry_days, policy.enquiry_ways)
            cargo = prepared.cargo(query)
        except UsageError as error:
            raise Refused("invalid", str(error)) from error
        notes += dangerous.doubts(asked.cargo, cargo)
        wanted = parts(cargo)
        seen = desk.look(actor, lambda tx: _seen(tx, asked.seller_id, wanted, query))
        found = search.search(prepared, query, seen.running.known(world.positions))
        offers, dropped = _offers(asked, found, seen, wanted, cargo)
        reasons = [*notes, *found.reasons, *dropped, *_short(prepared, seen.running), *_published(seen.running, query)]
    titles = tuple(one.title for one in held)
    return Ways(asked, network_id, tuple(offers), tuple(dict.fromkeys(reasons)), titles)


def _refuse_past(enquiry: Enquiry, now_ms: int) -> None:
    """Raises Refused `invalid` where it was ready more than a day ago; less may be today in another time zone."""
    if enquiry.ready_ms is not None and enquiry.ready_ms < now_ms - DAY_MS:
        at, now = (local_text(moment // MINUTE_MS, "UTC") for moment in (enquiry.ready_ms, now_ms))
        sentence = t(
            "ready_ms: {at} UTC is more than a day past, it is {now} UTC; name a later moment.", at=at, now=now
        )
        raise Refused("invalid", sentence)


def _held(tx: Tx, enquiry: Enquiry) -> list[Incident]:
    """Incidents that the seller knows of and that hold while the cargo may be under way."""
    first_ms = max(enquiry.ready_ms or 0, tx.now_ms)
    last_ms = enquiry.arrive_ms or first_ms + tx.policy.enquiry_days * DAY_MS
    with tx.seeing(enquiry.seller_id):
        return incidents.during(tx, first_ms, last_ms, party_id=enquiry.seller_id)


def disturbed(titles: Sequence[str], *, told: bool) -> list[str]:
    """A sentence that ways were looked for under incidents, if they were; which, is for the seller's own people."""
    if not titles:
        return []
    if told:
        return [t("Ways were looked for under these incidents: {titles}.", titles=", ".join(titles))]
    return [t("Something is shut or slower at present; ways were looked for around it.")]


def _seen(tx: Tx, seller_id: str, wanted: dict[str, int], query: Query) -> Seen:
    """The desk as the seller sees it, who answers: by its own terms, out of its own allotments."""
    with tx.seeing(seller_id):
        _, agreed = terms.in_force(tx, seller_id)
        first, last = query.span
        from_ms = max(first * MINUTE_MS, tx.now_ms + agreed.cutoff_h * HOUR_MS + 1)
        return Seen(tx.now_ms, agreed, running.read(tx, seller_id, wanted, from_ms, last * MINUTE_MS))


def _offers(
    enquiry: Enquiry, found: Found, seen: Seen, wanted: dict[str, int], cargo: Cargo
) -> tuple[list[Offer], list[str]]:
    offers, dropped = [], list(_no_doors(enquiry, seen.terms))
    for way in () if dropped else found.ways:
        read = course(found.asked, way, seen.running)
        if read is None or way.steps.ready[0] * MINUTE_MS < seen.now_ms:
            dropped.append(t("A way by {course} would have left already.", course=way.course))
            continue
        try:
            lines = price.priced(read, seen.terms, enquiry)
        except price.NobodyStandsError as nobody:
            names = {"mode": nobody.mode, "country": nobody.country, "course": way.course}
            dropped.append(t("Not by {course}: the terms name nobody for {mode} in {country}.", **names))
            continue
        facts = {**_facts(enquiry, read, seen.terms), "dangerous": [cargo.dangerous] if cargo.dangerous else []}
        offers.append(Offer(enquiry.customer_id, read.legs, wanted, lines, facts))
    return offers, dropped


def _no_doors(enquiry: Enquiry, agreed: Terms) -> Iterator[str]:
    """Places where a door was asked for and none is agreed."""
    known = {door.place_id for door in agreed.doors}
    for place, wanted in zip((enquiry.from_place, enquiry.to_place), enquiry.kind.doors, strict=True):
        if wanted and place not in known:
            yield t("The terms name no road between door and terminal at {place}.", place=place)


def _facts(enquiry: Enquiry, read: Course, agreed: Terms) -> dict[str, object]:
    asked, way = read.asked, read.way
    drawn = search.hours(asked, way)
    finite = {name: float(np.quantile(drawn, share, method="inverted_cdf")) for name, share in QUANTILES.items()}
    elements = search.emissions(asked, way)
    facts: dict[str, object] = {
        **{name: round(hours) for name, hours in finite.items() if np.isfinite(hours)},
        "co2e_kg": round(sum(int(one["g"]) for one in elements) / 1000),
        "co2e": elements,
        CARGO: enquiry.cargo,
        **enquiry.wishes,
        "kind": str(enquiry.kind),
        "course": way.course,
        "best": [str(one) for one in way.best],
        "leaves_ms": int(way.steps.ready[0]) * MINUTE_MS,
        "arrives_ms": int(way.steps.reached[-1]) * MINUTE_MS,
        "free_days": agreed.free_days,
        "included": list(way.prices.included),
        "excluded": price.excluded(read, enquiry),
        "conditions": [*way.prices.conditions, *way.prices.flags, *_not_held(read)],
    }
    if enquiry.arrive_ms is not None:
        late = (enquiry.arrive_ms - int(way.steps.ready[0]) * MINUTE_MS) / HOUR_MS
        facts["on_time_per_mille"] = round(float((drawn <= late).mean()) * PER_MILLE)
    return facts


def _not_held(read: Course) -> Iterator[str]:
    """That nothing is held on legs without a departure, of whose room the desk knows nothing."""
    free = [f"{leg.mode} {leg.from_place} – {leg.to_place}" for leg in read.legs if not leg.departure_id]
    if free:
        yield t("No room is held without a departure, it is ordered when needed: {legs}.", legs=", ".join(free))


def _short(prepared: Prepared, seen: Running) -> Iterator[str]:
    names = prepared.scenario.table("service").set_index("service_id")["name"]
    short = sorted(seen.short.items())
    for service_id, number in short[:NAMED_MAX]:
        named = names.get(service_id)
        name = named if isinstance(named, str) else service_id
        yield t("{count} departures of {service} have no room for this cargo.", count=number, service=name)
    if len(short) > NAMED_MAX:
        yield t("So it is with {count} other services.", count=len(short) - NAMED_MAX)


def _published(seen: Running, query: Query) -> Iterator[str]:
    last = query.span[1]
    if seen.until_ms is None:
        yield t("No departures are published.")
    elif seen.until_ms < last * MINUTE_MS - DAY_MS:
        yield t("Departures are published until {day}.", day=local_text(seen.until_ms // MINUTE_MS, "UTC")[:10])
