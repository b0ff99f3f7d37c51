"""The verbs: what each asks of the API, its arguments, and what of the answer a person is shown.

To add one, add its line to a module here; its arguments stand in `words`, the heads of what it shows in `heads`.
"""

from __future__ import annotations

from koridor.cli.commands.desk.request import Verb
from koridor.cli.commands.desk.verbs import disruption, equipment, money, network, others, selling, shipments

PARTS = (selling, network, shipments, disruption, equipment, money, others)


def verbs() -> dict[str, Verb]:
    """All verbs, by name."""
    return {name: verb for part in PARTS for name, verb in part.verbs().items()}
