"""How the desk works: limits and terms that are agreed, not coded."""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path

from koridor.errors import DataError, Problem
from koridor.operator.common.toml import read_toml
from koridor.text import t

FILE = "policy.toml"
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
LEAST = {"keys_kept_days": 7, "webhook_trial": 0}  # seven days are what the API promises of keys; all else is 1


@dataclass(frozen=True, slots=True)
class Policy:
    """Contents of `policy.toml`, which says what each means."""

    hold_h: int
    plan_h: int
    gate_late_h: int
    holds_max: int
    hold_teu_max: int
    quote_h: int
    session_h: int
    key_days: int
    keys_kept_days: int
    requests_per_min: int
    logins_per_min: int
    body_kib_max: int
    page_rows_max: int
    password_signs_min: int
    enquiry_days: int
    enquiry_ways: int
    enquiry_wait_s: int
    webhooks_max: int
    webhook_trial: int
    delivery_tries_max: int
    delivery_h: int
    delivery_wait_s: int
    delivery_wait_s_max: int
    delivery_timeout_s: int
    deliveries_kept_days: int
    secret_overlap_h: int
    message_events_max: int
    inbox_rows_max: int

    @property
    def hold_ms(self) -> int:
        """Life of a hold, in milliseconds."""
        return self.hold_h * HOUR_MS

    @property
    def plan_ms(self) -> int:
        """Life of a hold that waits for the railways, in milliseconds."""
        return self.plan_h * HOUR_MS

    @property
    def delivery_ms(self) -> int:
        """How long a receiver may be away before messages to it are given up, in milliseconds."""
        return self.delivery_h * HOUR_MS

    @property
    def deliveries_kept_ms(self) -> int:
        """How long messages that were delivered are kept, in milliseconds."""
        return self.deliveries_kept_days * DAY_MS

    @property
    def secret_overlap_ms(self) -> int:
        """How long the secret before the new one still signs, in milliseconds."""
        return self.secret_overlap_h * HOUR_MS

    @property
    def keys_kept_ms(self) -> int:
        """How long answers to idempotency keys are kept, in milliseconds."""
        return self.keys_kept_days * DAY_MS


def load(file: Path | None = None) -> Policy:
    """The policy of a file, and where it leaves something out the one that comes with koridor.

    So a file goes on fitting when a limit is added. Raises DataError with all its problems.
    """
    own = {} if file is None else read_toml(file, str(file))
    raw = {**read_toml(files(__package__).joinpath(FILE), FILE), **own}
    name = FILE if file is None else str(file)
    known = [field.name for field in fields(Policy)]
    hint = t("keep to {names}", names=", ".join(known))
    found = [Problem("", name, None, key, limit=t("is not known here"), hint=hint) for key in raw if key not in known]
    for key in known:
        least = LEAST.get(key, 1)
        value = raw.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            limit = t("must be a whole number of at least {least}", least=least)
            found.append(Problem("", name, None, key, found=str(value), limit=limit))
    if found:
        raise DataError(found)
    return Policy(**raw)
