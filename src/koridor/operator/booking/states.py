"""The states of a booking, as tables.

DCSA Booking 2.0.5 with three states more: HELD (capacity is kept until a moment), WAITLISTED (none was free) and
AWAITING_RAILWAY_PLAN (the railways' approval of the plan, form GU-12, is asked for). Two side tracks go with the main
one, as DCSA has them: of an amendment and of a cancellation. The state is a fold of the booking's events, each of which
has the name of an action below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from koridor.operator.common.events import Event
from koridor.operator.common.refused import Refused
from koridor.text import t

OPEN = ("RECEIVED", "PENDING_UPDATE", "UPDATE_RECEIVED", "HELD", "WAITLISTED", "AWAITING_RAILWAY_PLAN")
SOLD = ("CONFIRMED", "PENDING_AMENDMENT")
ENDED = ("REJECTED", "DECLINED", "CANCELLED", "COMPLETED")
HOLDING = ("HELD", "AWAITING_RAILWAY_PLAN", "PENDING_UPDATE")

# action: states in which it may be done, state after it
MAIN: dict[str, tuple[tuple[str, ...], str]] = {
    "receive": (("",), "RECEIVED"),
    "hold": (("RECEIVED", "UPDATE_RECEIVED", "WAITLISTED"), "HELD"),
    "wait": (("RECEIVED", "UPDATE_RECEIVED"), "WAITLISTED"),
    "ask_update": (("RECEIVED", "PENDING_UPDATE", "UPDATE_RECEIVED", "HELD", "WAITLISTED"), "PENDING_UPDATE"),
    "update": (("RECEIVED", "PENDING_UPDATE", "UPDATE_RECEIVED", "HELD", "WAITLISTED"), "UPDATE_RECEIVED"),
    "ask_plan": (("HELD",), "AWAITING_RAILWAY_PLAN"),
    "confirm": (("RECEIVED", "UPDATE_RECEIVED", "HELD", "AWAITING_RAILWAY_PLAN", "CONFIRMED"), "CONFIRMED"),
    "reject": (OPEN, "REJECTED"),
    "expire": (OPEN, "REJECTED"),
    "ask_amendment": (SOLD, "PENDING_AMENDMENT"),
    "decline": (SOLD, "DECLINED"),
    "cancel": (OPEN, "CANCELLED"),
    "complete": (("CONFIRMED",), "COMPLETED"),
    "rebook": (("CONFIRMED",), "CONFIRMED"),
    "load": (("CONFIRMED",), "CONFIRMED"),
}
TOLD = ("quote_id", "hold_id", "wanted")  # what an event may put in force, as texts; a quote's id is never empty
# action: states of the main track, states of the side track, side track after it, main track after it or None
Side = dict[str, tuple[tuple[str, ...], tuple[str, ...], str, str | None]]
ASKED_AMENDMENT, ASKED_CANCELLATION = "AMENDMENT_RECEIVED", "CANCELLATION_RECEIVED"
AMENDMENT: Side = {
    "amend": (SOLD, ("", "AMENDMENT_CONFIRMED", "AMENDMENT_DECLINED", "AMENDMENT_CANCELLED"), ASKED_AMENDMENT, None),
    "confirm_amendment": (SOLD, (ASKED_AMENDMENT,), "AMENDMENT_CONFIRMED", "CONFIRMED"),
    "decline_amendment": (SOLD, (ASKED_AMENDMENT,), "AMENDMENT_DECLINED", None),
    "cancel_amendment": (SOLD, (ASKED_AMENDMENT,), "AMENDMENT_CANCELLED", None),
}
CANCELLATION: Side = {
    "ask_cancellation": (SOLD, ("", "CANCELLATION_DECLINED"), ASKED_CANCELLATION, None),
    "confirm_cancellation": (SOLD, (ASKED_CANCELLATION,), "CANCELLATION_CONFIRMED", "CANCELLED"),
    "decline_cancellation": (SOLD, (ASKED_CANCELLATION,), "CANCELLATION_DECLINED", None),
}


@dataclass(frozen=True, slots=True)
class State:
    """A booking as its events leave it.

    Attributes
    ----------
    status, amendment, cancellation : str
        The main track and the two beside it; "" before anything was told.
    quote_id, hold_id : str
        What is in force.
    wanted : str
        The quote that an open amendment asks for.
    """

    status: str = ""
    amendment: str = ""
    cancellation: str = ""
    quote_id: str = ""
    hold_id: str = ""
    wanted: str = ""


def after(state: State, action: str) -> State:
    """The state after an action. Raises Refused `not_allowed_now` where the tables do not have it."""
    if action in MAIN:
        sources, target = MAIN[action]
        if state.status in sources:
            return replace(state, status=target)
    for side, field in ((AMENDMENT, "amendment"), (CANCELLATION, "cancellation")):
        if action in side:
            mains, sources, target, main = side[action]
            if state.status in mains and getattr(state, field) in sources:
                return replace(state, **{field: target}, status=main or state.status)
    raise Refused(
        "not_allowed_now",
        t("A booking that is {status} takes no {action}.", status=state.status or "-", action=action),
        status_now=state.status,
        amendment_now=state.amendment,
        cancellation_now=state.cancellation,
    )


def apply(state: State, action: str, body: Mapping[str, object]) -> State:
    """The state after an event. Raises Refused `not_allowed_now`, or `conflict` for a body that cannot be read."""
    told = {name: body[name] for name in TOLD if name in body}
    wrong = sorted(
        name for name, value in told.items() if not isinstance(value, str) or (name, value) == ("quote_id", "")
    )
    if wrong:
        raise Refused("conflict", t("An event of the booking cannot be read: {names}.", names=", ".join(wrong)))
    return replace(after(state, action), **{name: str(value) for name, value in told.items()})


def fold(events: Iterable[Event]) -> State:
    """The state after events in their order: a booking's own, which nobody else tells."""
    state = State()
    for event in events:
        state = apply(state, event.kind, event.body)
    return state
