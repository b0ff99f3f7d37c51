"""Messages of partners, as pure converters: DCSA and EPCIS 2.0 (JSON), IFTSTA, CODECO and COARRI in, IFTMIN out.

What comes in becomes `Told`, whatever its format; what is malformed is refused with every problem, and codes and fields
that are not known are kept.
"""

from __future__ import annotations

from koridor.operator.messages.told import Told

__all__ = ["Told"]
