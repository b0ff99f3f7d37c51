"""Placing labels so that none covers another: greedy, the most important first (after Imhof 1975 and Christensen et al.

1995).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from koridor.report.svg import width_of

PAD = 1.5


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels."""

    x1: float
    y1: float
    x2: float
    y2: float

    def meets(self, other: Box) -> bool:
        """Whether the two share an area."""
        return self.x1 < other.x2 and other.x1 < self.x2 and self.y1 < other.y2 and other.y1 < self.y2

    def within(self, other: Box) -> bool:
        """Whether this one lies wholly inside the other."""
        return other.x1 <= self.x1 and self.x2 <= other.x2 and other.y1 <= self.y1 and self.y2 <= other.y2


@dataclass(frozen=True, slots=True)
class Wish:
    """A label that would like to stand at a point; higher ranks are placed first."""

    words: str
    x: float
    y: float
    rank: float
    size: float = 12.0
    gap: float = 6.0


@dataclass(frozen=True, slots=True)
class Label:
    """A label with the place it got: the left end of its baseline."""

    words: str
    x: float
    y: float
    size: float
    box: Box
    rank: float


def positions(wish: Wish) -> Iterable[Label]:
    """Places around the point, the best liked first: right, left, above, below and the corners.

    Then the same farther off.
    """
    wide, high = width_of(wish.words, wish.size), wish.size
    for gap in (wish.gap, wish.gap * 2.2):
        near = gap * 0.7
        for x, y in (
            (wish.x + gap, wish.y - high / 2),
            (wish.x - gap - wide, wish.y - high / 2),
            (wish.x + near, wish.y - near - high),
            (wish.x + near, wish.y + near),
            (wish.x - near - wide, wish.y - near - high),
            (wish.x - near - wide, wish.y + near),
            (wish.x - wide / 2, wish.y - gap - high),
            (wish.x - wide / 2, wish.y + gap),
        ):
            box = Box(x - PAD, y - PAD, x + wide + PAD, y + high + PAD)
            yield Label(wish.words, x, y + 0.82 * high, wish.size, box, wish.rank)


def place(wishes: Sequence[Wish], frame: Box, obstacles: Sequence[Box] = (), limit: int = 200) -> list[Label]:
    """Labels that fit inside the frame and cover neither each other nor an obstacle; the rest is left out.

    O(n * placed).
    """
    taken = list(obstacles)
    placed: list[Label] = []
    for wish in sorted(wishes, key=lambda item: (-item.rank, item.words, item.x, item.y, item.size)):
        if len(placed) >= limit:
            break
        for label in positions(wish):
            if label.box.within(frame) and not any(label.box.meets(other) for other in taken):
                placed.append(label)
                taken.append(label.box)
                break
    return placed
