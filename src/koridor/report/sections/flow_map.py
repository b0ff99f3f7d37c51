"""The map: network, flows without and with the link, and the difference."""

from __future__ import annotations

from koridor.report.blocks import Block, Cell, Figure, Head, Key, Note, Section, Table, Tabs, number_cell
from koridor.report.context import Context, missing
from koridor.report.maps import panels
from koridor.report.maps.layers import Flow
from koridor.report.maps.network import place_names, short_name
from koridor.report.maps.panels import Atlas
from koridor.report.measure import tonnes, unit_name
from koridor.report.names import mode_name
from koridor.report.palette import AXIS_A, AXIS_B, BOTH, GAIN, INK, LOSS, MODES, NETWORK
from koridor.text import t

KEY = "map"
TABLE_ROWS = 25
MIN_WIDTH = 760


def section(context: Context) -> Section:
    title = t("Map: the network, and who flows where without and with the link")
    params = context.result.params
    ground = panels.atlas(context.dataset, params, zoom=True, base_key="ground")
    whole = panels.atlas(context.dataset, params, zoom=False, base_key="whole")
    if ground is None or whole is None:
        return Section(KEY, title, absent=t("Absent: the dataset has no link with coordinates at both ends."))
    network = _network(whole, ground)
    frame = context.table("link_flows", ("link_id", "case", "forward_t", "backward_t"))
    blocks: list[Block] = []
    if frame is None:
        blocks += [network, Note(missing("link_flows"), "warn")]
    else:
        without, linked = panels.flows_of(frame, "unlinked"), panels.flows_of(frame, "linked")
        blocks.append(Tabs("map", tuple(_flow_tabs(context, ground, without, linked, network))))
    blocks.append(_groups(context, ground, whole))
    blocks.append(_borders())
    return Section(KEY, title, tuple(blocks))


def _network(whole: Atlas, ground: Atlas) -> Figure:
    title = t("The two sets of corridors and where they can be linked")
    legend = (
        Key(AXIS_A, t("corridors of A"), shape="line"),
        Key(AXIS_B, t("corridors of B"), shape="line"),
        Key(BOTH, t("both"), shape="line"),
        Key(NETWORK, t("other open links"), shape="line"),
        Key(INK, t("planned or shut"), "3 3", "line"),
        Key(INK, t("gate"), shape="square"),
        Key("#ffd500", t("interchange group, by number"), shape="ring"),
        Key("#444", t("part shown by the flow maps"), "6 4", "line"),
    )
    return Figure(title, panels.network_panel(whole, title, ground.view), legend, min_width=MIN_WIDTH)


def _flow_tabs(
    context: Context, ground: Atlas, without: list[Flow], linked: list[Flow], network: Figure
) -> list[tuple[str, Figure]]:
    change = panels.changes(without, linked)
    widest = panels.scale_of([*without, *linked], ground)
    widest_change = panels.scale_of(change, ground)
    modes = tuple(Key(colour, mode_name(mode)) for mode, colour in MODES.items())
    note = t(
        "Bands lie on the right-hand side of their direction of travel; their width is tonnes a year (legend in the "
        "corner). All contestable traffic of the model, source: this run. Far ends are cut at the frame."
    )
    found = []
    if widest_change > 0:
        title = t("Difference that the link makes: flows with it less flows without")
        drawn = panels.flow_panel(ground, title, change, widest_change, change=True, first=True)
        legend = (Key(GAIN, t("more (+)"), shape="line"), Key(LOSS, t("less (−)"), "5 2", "line"))
        table = _table(context, ground, change, title)
        found.append((t("Difference"), Figure(title, drawn, legend, note, table, MIN_WIDTH)))
    for flows, label, title in (
        (without, t("Without the link"), t("Flows with A and B in force, unlinked")),
        (linked, t("With the link"), t("Flows with A and B in force, linked")),
    ):
        if widest > 0:
            drawn = panels.flow_panel(ground, title, flows, widest, change=False, first=not found)
            found.append((label, Figure(title, drawn, modes, note, _table(context, ground, flows, title), MIN_WIDTH)))
    found.append((t("Network"), network))
    return found


def _table(context: Context, ground: Atlas, flows: list[Flow], caption: str) -> Table:
    names, measure = place_names(context.dataset), tonnes(*(flow.largest for flow in flows))
    unit = unit_name(measure)
    heads = (
        Head(t("From")),
        Head(t("To")),
        Head(t("Mode")),
        Head(t("Forward"), unit, True),
        Head(t("Backward"), unit, True),
    )
    rows = []
    known = [flow for flow in flows if flow.link_id in ground.links and flow.largest > 0]
    for flow in sorted(known, key=lambda item: (-item.largest, item.link_id))[:TABLE_ROWS]:
        link = ground.links[flow.link_id]
        ends = [Cell(short_name(names.get(end, end))) for end in (link.from_place, link.to_place)]
        forward, backward = (number_cell(value, measure) for value in (flow.forward_t, flow.backward_t))
        rows.append((*ends, Cell(mode_name(link.mode)), forward, backward))
    return Table(t("{title}: the {count} largest links", title=caption, count=len(rows)), heads, tuple(rows))


def _groups(context: Context, ground: Atlas, whole: Atlas) -> Note:
    names = place_names(context.dataset)
    items = []
    for number, (key, members) in enumerate(whole.axes.groups.items(), start=1):
        places = ", ".join(short_name(names.get(member, member)) for member in members)
        items.append((Cell(f"{number}  {key}: {places}"),))
    return Note(t("Interchange groups between A and B, as numbered on the maps:"), items=tuple(items))


def _borders() -> Note:
    return Note(
        t(
            "Land and frontiers: Natural Earth (public domain), generalised. Frontiers are drawn as Natural Earth "
            "draws them, by "
            "who controls an area in fact, so that a reader sees which crossings a consignment meets; koridor "
            "takes no position "
            "on any claim. Ways are drawn from their places and a few points between, not surveyed."
        ),
        "note",
    )
