"""Words that may stand in cells: the choices of several fields."""

from __future__ import annotations

CARRIAGES = ("rail1520", "rail1435", "rail1676", "road", "sea", "river")
MODES = ("rail", "road", "sea", "river", "ferry")
FORMS = ("box", "bulk")
STATUSES = ("open", "planned", "under_construction", "suspended", "closed")
DIRECTIONS = ("both", "forward")
DELAYS = ("none", "bpr", "conical", "queue")  # their places are the codes of the kernels
ACTIVITIES = (*MODES, "terminal", "border", "handover")
PAYEES = ("carrier", "terminal", "public")
TRAFFIC = ("domestic", "import", "export", "transit")
OPERATIONS = ("rate", "belt", "factor", "minimum", "least", "step", "counts_as")
QUANTITIES = ("consignment", "unit", "teu", "t", "m", "axle", "km")
WAYS = ("both", "forward", "backward")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DG_CLASSES = ("1", "2", "3", "4.1", "4.2", "4.3", "5.1", "5.2", "6.1", "6.2", "7", "8", "9")
INDICATORS = ("TFI1", "TFI2", "TFI3", "SWOD", "SWD")  # trade facilitation; the last two are TFI4
