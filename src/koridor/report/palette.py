"""Colours of the report, told apart by readers with any form of colour blindness (Okabe and Ito 2008)."""

from __future__ import annotations

from typing import Final

INK: Final = "#1a1a1a"
MUTED: Final = "#5c6370"
GRID: Final = "#d9dce1"
PAPER: Final = "#ffffff"
LAND: Final = "#f1eee6"
WATER: Final = "#dbe7f0"
FRONTIER: Final = "#b9b2a3"
NETWORK: Final = "#a7a9ac"
GAIN: Final = "#0072b2"
LOSS: Final = "#d55e00"
MARK: Final = "#000000"
AXIS_A: Final = "#0072b2"
AXIS_B: Final = "#b25d00"
BOTH: Final = "#7b3294"
SERIES: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#999999")
DASHES: Final = ("", "7 3", "2 3", "9 3 2 3", "", "7 3", "2 3", "9 3 2 3")
MODES: Final = {"rail": "#0072b2", "road": "#d55e00", "sea": "#007a5a", "ferry": "#cc79a7", "river": "#56b4e9"}
RAMP_LOW: Final = (239, 246, 252)
RAMP_HIGH: Final = (0, 68, 122)
RAMP_LOSS: Final = (179, 74, 0)


def ramp(share: float) -> str:
    """Colour from pale to dark blue for a share from 0 to 1, to dark orange for one from 0 to -1."""
    end = RAMP_HIGH if share >= 0 else RAMP_LOSS
    part = min(1.0, abs(share))
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in zip(RAMP_LOW, end, strict=True))


def ink_on(share: float) -> str:
    """Colour of text that is readable on `ramp(share)`."""
    return PAPER if abs(share) > 0.5 else INK
