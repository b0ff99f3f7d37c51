"""UN/EDIFACT syntax (ISO 9735): an interchange in and out, with its service characters, releases and counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from koridor.errors import DataError, Problem
from koridor.text import t

TABLE = "edifact"
Element = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signs:
    """The service characters of an interchange: of components, elements, releases, segments."""

    component: str = ":"
    element: str = "+"
    release: str = "?"
    segment: str = "'"


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment: its tag, and its elements as tuples of components."""

    tag: str
    elements: tuple[Element, ...]

    def get(self, element: int, component: int = 0) -> str:
        """A component, "" where it is not there; both counted from 0."""
        try:
            return self.elements[element][component]
        except IndexError:
            return ""


@dataclass(frozen=True, slots=True)
class Message:
    """A message: reference, type such as IFTSTA, version such as D:96A, the segments between UNH and UNT."""

    reference: str
    kind: str
    version: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Interchange:
    """An interchange. `control` is the key by which it is known when it comes twice."""

    sender: str
    recipient: str
    control: str
    prepared: str
    messages: tuple[Message, ...]


def read(text: str) -> Interchange:
    """The interchange of a text. Raises DataError with every problem of its frame: missing ends, wrong counts."""
    signs, start = _signs(text)
    segments = _segments(text[start:], signs)
    problems: list[Problem] = []
    head = segments[0] if segments else Segment("", ())
    if head.tag != "UNB":
        raise DataError([_wrong("UNB", head.tag, t("an interchange begins with UNB"))])
    tail = segments[-1]
    if tail.tag != "UNZ":
        problems.append(_wrong("UNZ", tail.tag, t("an interchange ends with UNZ: was it cut off?")))
    elif tail.get(1) != head.get(4):
        problems.append(_wrong("UNZ", tail.get(1), t("must be the control reference {wanted}", wanted=head.get(4))))
    messages = _messages(segments[1:-1] if tail.tag == "UNZ" else segments[1:], problems)
    if tail.tag == "UNZ" and tail.get(0) != str(len(messages)):
        problems.append(_wrong("UNZ", tail.get(0), t("counts {count} messages", count=len(messages))))
    if not head.get(4):
        problems.append(_wrong("UNB", "", t("the control reference is missing")))
    if problems:
        raise DataError(problems)
    prepared = "".join(head.elements[3]) if len(head.elements) > 3 else ""
    return Interchange(head.get(1), head.get(2), head.get(4), prepared, tuple(messages))


def _signs(text: str) -> tuple[Signs, int]:
    body = text.lstrip("\ufeff \r\n\t")
    start = len(text) - len(body)
    if not body.startswith("UNA"):
        return Signs(), start
    if len(body) < 9:
        raise DataError([_wrong("UNA", body, t("UNA is followed by six service characters"))])
    return Signs(body[3], body[4], body[6], body[8]), start + 9


def _segments(text: str, signs: Signs) -> list[Segment]:
    """The segments of a text; a released character is that character and parts nothing."""
    found: list[Segment] = []
    elements: list[list[str]] = [[""]]
    released = began = False
    for sign in text:
        if released:
            elements[-1][-1] += sign
            released = False
        elif sign == signs.release and signs.release != " ":
            released = began = True
        elif sign == signs.component:
            elements[-1].append("")
        elif sign == signs.element:
            elements.append([""])
        elif sign == signs.segment:
            found.append(Segment(elements[0][0], tuple(tuple(one) for one in elements[1:])))
            elements, began = [[""]], False
        elif began or not sign.isspace():
            elements[-1][-1] += sign
            began = True
    if began or elements != [[""]]:
        raise DataError([_wrong(elements[0][0], "", t("the last segment has no end: was the file cut off?"))])
    return found


def _messages(segments: list[Segment], problems: list[Problem]) -> list[Message]:
    found: list[Message] = []
    head: Segment | None = None
    inside: list[Segment] = []
    for segment in segments:
        if segment.tag == "UNH":
            if head:
                problems.append(
                    _wrong("UNH", segment.get(0), t("the message {name} before has no UNT", name=head.get(0)))
                )
            head, inside = segment, []
        elif segment.tag == "UNT" and head:
            _check_end(head, inside, segment, problems)
            version = ":".join(filter(None, (head.get(1, 1), head.get(1, 2))))
            found.append(Message(head.get(0), head.get(1), version, tuple(inside)))
            head = None
        elif head is None:
            problems.append(_wrong(segment.tag, "", t("stands outside a message")))
        else:
            inside.append(segment)
    if head:
        problems.append(_wrong("UNT", "", t("the message {name} has no end", name=head.get(0))))
    return found


def _check_end(head: Segment, inside: list[Segment], tail: Segment, problems: list[Problem]) -> None:
    count = len(inside) + 2
    if tail.get(0) != str(count):
        problems.append(
            _wrong("UNT", tail.get(0), t("the message {name} has {count} segments", name=head.get(0), count=count))
        )
    if tail.get(1) != head.get(0):
        problems.append(_wrong("UNT", tail.get(1), t("must be the reference {wanted}", wanted=head.get(0))))


def write(interchange: Interchange, syntax: str = "UNOY:4") -> str:
    """The text of an interchange, a segment a line; UNOY is UTF-8, in which names keep their letters."""
    head = Segment(
        "UNB",
        (
            tuple(syntax.split(":")),
            (interchange.sender,),
            (interchange.recipient,),
            (interchange.prepared[:-4], interchange.prepared[-4:]),
            (interchange.control,),
        ),
    )
    segments = [head]
    for message in interchange.messages:
        kind = (message.kind, *message.version.split(":"), "UN")
        segments.append(Segment("UNH", ((message.reference,), kind)))
        segments += message.segments
        segments.append(Segment("UNT", ((str(len(message.segments) + 2),), (message.reference,))))
    segments.append(Segment("UNZ", ((str(len(interchange.messages)),), (interchange.control,))))
    return "UNA:+.? '\n" + "".join(line(segment) + "\n" for segment in segments)


def line(segment: Segment, signs: Signs = Signs()) -> str:
    """The text of a segment; what is empty at its end is left out, line breaks and runs of spaces become one space."""
    elements = [
        signs.component.join(_released(one, signs) for one in _trimmed(element)) for element in segment.elements
    ]
    return signs.element.join([segment.tag, *_trimmed(elements)]) + signs.segment


def _trimmed(parts: Iterable[str]) -> list[str]:
    kept = list(parts)
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _released(text: str, signs: Signs) -> str:
    special = {signs.component, signs.element, signs.release, signs.segment}
    flat = " ".join(text.split())
    return "".join(signs.release + sign if sign in special else sign for sign in flat)


def _wrong(tag: str, found: str, limit: str) -> Problem:
    return Problem(TABLE, field=tag, found=found, limit=limit)
