"""Small pieces of SVG. Everything that is not `Markup` is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup, escape

from koridor.report.palette import GRID, INK, MUTED, PAPER

Attrs = Mapping[str, object]
FIRST_WIDE = 0x2E80  # where scripts with square letters begin


def num(value: float) -> str:
    """A coordinate with one decimal at most."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def tag(name: str, attrs: Attrs, *children: object) -> Markup:
    """An element; floats are rounded to a tenth of a pixel."""
    parts = "".join(
        f' {key}="{num(value) if isinstance(value, float) else escape(value)}"'
        for key, value in attrs.items()
        if value is not None and value != ""
    )
    inside = "".join(escape(child) for child in children)
    return Markup(f"<{name}{parts}>{inside}</{name}>")


def group(children: Iterable[object], attrs: Attrs | None = None) -> Markup:
    """Several pieces together."""
    return tag("g", attrs or {}, *children)


def text(
    x: float, y: float, words: object, *, anchor: str = "start", size: float = 13, fill: str = INK, weight: str = ""
) -> Markup:
    """A line of text whose baseline begins, centres or ends at (x, y)."""
    attrs = {"x": x, "y": y, "text-anchor": anchor, "font-size": size, "fill": fill, "font-weight": weight}
    return tag("text", attrs, words)


def over(x: float, y: float, words: object, *, anchor: str = "start", size: float = 13, fill: str = INK) -> Markup:
    """A line of text with a light edge, readable over strokes."""
    attrs = {
        "x": x,
        "y": y,
        "text-anchor": anchor,
        "font-size": size,
        "fill": fill,
        "stroke": PAPER,
        "stroke-width": "3.5",
        "stroke-linejoin": "round",
        "paint-order": "stroke",
    }
    return tag("text", attrs, words)


def line(
    x1: float, y1: float, x2: float, y2: float, *, stroke: str = GRID, width: float = 1.0, dash: str = ""
) -> Markup:
    """A straight stroke."""
    attrs = {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "stroke": stroke, "stroke-width": width, "stroke-dasharray": dash}
    return tag("line", attrs)


def rect(x: float, y: float, width: float, height: float, fill: str, *, stroke: str = "", hint: str = "") -> Markup:
    """A filled box; the hint is shown when the pointer rests on it."""
    attrs = {"x": x, "y": y, "width": max(0.0, width), "height": height, "fill": fill, "stroke": stroke}
    return tag("rect", attrs, *([tag("title", {}, hint)] if hint else []))


def dot(
    x: float, y: float, radius: float, fill: str, *, stroke: str = "", width: float = 1.0, hint: str = ""
) -> Markup:
    """A disc or a ring."""
    attrs = {"cx": x, "cy": y, "r": radius, "fill": fill, "stroke": stroke, "stroke-width": width if stroke else None}
    return tag("circle", attrs, *([tag("title", {}, hint)] if hint else []))


def points(pairs: Sequence[tuple[float, float]]) -> str:
    """Path data of a broken line."""
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in pairs)


def polyline(
    pairs: Sequence[tuple[float, float]],
    stroke: str,
    width: float,
    *,
    dash: str = "",
    hint: str = "",
    opacity: float = 1.0,
) -> Markup:
    """A broken line."""
    attrs = {
        "d": points(pairs),
        "fill": "none",
        "stroke": stroke,
        "stroke-width": f"{width:.2f}",
        "stroke-dasharray": dash,
        "stroke-linejoin": "round",
        "stroke-opacity": None if opacity >= 1 else opacity,
    }
    return tag("path", attrs, *([tag("title", {}, hint)] if hint else []))


def area(pairs: Sequence[tuple[float, float]], fill: str, opacity: float) -> Markup:
    """A filled shape without an outline."""
    return tag("path", {"d": points(pairs) + "Z", "fill": fill, "fill-opacity": f"{opacity:.2f}", "stroke": "none"})


def drawing(width: float, height: float, title: str, children: Iterable[object]) -> Markup:
    """A drawing that scales to the page, named for readers who do not see it."""
    attrs = {
        "viewBox": f"0 0 {num(width)} {num(height)}",
        "role": "img",
        "aria-label": title,
        "font-family": "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', Arial, sans-serif",
    }
    return tag("svg", attrs, *children)


def width_of(words: str, size: float) -> float:
    """Width of a line of text in pixels, a little too wide rather than too narrow: the fonts of readers differ."""
    return size * sum(_share_of_size(letter) for letter in words)


def _share_of_size(letter: str) -> float:
    if ord(letter) > FIRST_WIDE:
        return 1.0
    if letter in " .,:;'()[]!|ijlt":
        return 0.41
    return 0.8 if letter.isupper() or letter in "mwMW@%+" else 0.64


def clip(words: str, width: float, size: float) -> str:
    """The words, cut with an ellipsis so that they fit."""
    if width_of(words, size) <= width:
        return words
    while words and width_of(words + "…", size) > width:
        words = words[:-1]
    return words.rstrip() + "…"


def wrapped(words: str, width: float, size: float) -> list[str]:
    """The words on two lines at most, the second cut where they still do not fit."""
    if width_of(words, size) <= width:
        return [words]
    parts = words.split(" ")
    fits = [count for count in range(1, len(parts)) if width_of(" ".join(parts[:count]), size) <= width]
    if not fits:
        return [clip(words, width, size)]
    return [" ".join(parts[: fits[-1]]), clip(" ".join(parts[fits[-1] :]), width, size)]


def axis_title(x: float, y: float, words: str, *, turned: bool = False) -> Markup:
    """Name of an axis with its unit, centred on (x, y)."""
    attrs: dict[str, object] = {"x": x, "y": y, "text-anchor": "middle", "font-size": 13, "fill": MUTED}
    if turned:
        attrs["transform"] = f"rotate(-90 {num(x)} {num(y)})"
    return tag("text", attrs, words)
