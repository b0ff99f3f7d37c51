"""Runs measurements and prints them as tables of Markdown: `python -m benchmarks --help`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median

from benchmarks import (
    again,
    assign,
    attempts,
    evaluate,
    fuzz,
    kills,
    large,
    link,
    networks,
    operator,
    pieces,
    regional,
    route,
    seeds,
    speed,
    table,
)
from benchmarks.command import FailedError
from koridor.cli.progress import progress

DESK = ("operator", "desk-attempts", "desk-kills", "desk-seeds", "desk-fuzz")
NOT_ALWAYS = ("regional", *DESK)  # they take long; the second measures a disk
LIMITS = ("what", "measured", "limit", "holds")


def main(words: Sequence[str] | None = None) -> None:
    """Prints a table for each measurement asked for; without a name, all but `NOT_ALWAYS`."""
    args = _parser().parse_args(words)
    for number, name in enumerate(args.what or [name for name in KNOWN if name not in NOT_ALWAYS]):
        if number:
            print()
        try:
            for text in KNOWN[name](args):
                print(text, flush=True)
        except FailedError as failed:
            print(f"\n{name}: {failed}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add(
        "what",
        nargs="*",
        choices=[*KNOWN, []],
        metavar="WHAT",
        help=f"{', '.join(KNOWN)}; by default all but {', '.join(NOT_ALWAYS)}",
    )
    add("--files", type=Path, default=networks.FILES, help="folder of the TNTP files; by default %(default)s")
    add(
        "--networks", default="", help="networks of assign, parted by commas, by default all four; `regional` for cores"
    )
    add("--gap-max", type=float, action="append", help="gap that koridor is asked for; by default 1e-6, then 1e-10")
    add("--peer", default="ChicagoSketch", help="networks that AequilibraE solves too, or none; by default %(default)s")
    add("--peer-gap", type=float, default=1e-6, help="gap that AequilibraE is asked for; by default %(default)s")
    add("--peer-rounds", type=int, default=0, help="rounds of AequilibraE on regional; by default none")
    add("--limit-s", type=float, default=900.0, help="seconds after which a process is stopped; by default %(default)s")
    add("--seconds", type=float, default=15.0, help="seconds of each load of operator; by default %(default)s")
    add("--attempts", type=int, default=1_000_000, help="attempts of desk-attempts; by default %(default)s")
    add("--seeds", type=int, default=10_000, help="seeds of desk-seeds; by default %(default)s")
    add("--rounds", type=int, default=1000, help="servers killed by desk-kills; by default %(default)s")
    add("--done", type=Path, help="file of what desk-... has done, to go on from; by default one of its own in out/")
    add("--processes", type=int, help="pieces of desk-... at once; by default one a core")
    add("--examples", type=int, default=50, help="examples an operation of desk-fuzz; by default %(default)s")
    add("--where", default="", help="empty database of desk-fuzz, a file or a URL; by default a file for the while")
    add("--seed", type=int, default=1, help="seed of the network of regional, and of desk-fuzz; by default %(default)s")
    return parser


def _link(args: argparse.Namespace) -> Iterator[str]:
    took = link.seconds()
    row = ["koridor link, atlas, all cases", f"{took:.1f} s", f"{link.LIMIT_S:.0f} s", table.holds(took < link.LIMIT_S)]
    yield table.rows(LIMITS, [row])


def _evaluate(args: argparse.Namespace) -> Iterator[str]:
    one, two = evaluate.seconds(1), evaluate.seconds(2)
    what = f"evaluate, {evaluate.CASES} cases"
    yield table.rows(LIMITS, [
        [f"{what}, one process", f"{one:.1f} s", None, None],
        [f"{what}, two processes", f"{two:.1f} s", None, None],
        _at_least("one against two", one / two, evaluate.RATIO_MIN),
    ])  # fmt: skip


def _assign(args: argparse.Namespace) -> Iterator[str]:
    known = {case.name: case for case in networks.published(args.files)}
    wanted, peers = _names(args.networks, known) or list(known), _names(args.peer, known)
    plan = assign.Plan(tuple(args.gap_max or assign.GAPS), peers, args.peer_gap, args.limit_s)
    found: list[assign.Row] = []
    yield from _as_they_come(assign.rows([known[name] for name in wanted], plan), found)
    ratios = assign.ratios(found)
    if ratios:
        yield "\n" + table.rows(LIMITS, ratios)


def _cores(args: argparse.Namespace) -> Iterator[str]:
    if args.networks == "regional":
        with tempfile.TemporaryDirectory() as name:
            yield _one_against_two(regional.write(Path(name), seed=args.seed), speed.LARGE_GAP, args.limit_s)
        return
    case = next(case for case in networks.published(args.files) if case.name == "ChicagoSketch")
    if case.here:
        yield _one_against_two(case, speed.GAP, args.limit_s)
    else:
        yield f"cores, {case.name}: skipped, {case.net.name} is not in {case.net.parent}"


def _one_against_two(case: networks.Case, gap: float, limit_s: float) -> str:
    what = f"koridor assign, {case.name}, {gap:.0e}"
    one, two = speed.by_cores(case, gap=gap, limit_s=limit_s)
    return table.rows(LIMITS, [
        [f"{what}, one core", f"{table.seconds(one.solve_s)} s", None, None],
        [f"{what}, two cores", f"{table.seconds(two.solve_s)} s", None, None],
        _at_least("one against two", one.solve_s / two.solve_s, speed.RATIO_MIN),
    ])  # fmt: skip


def _atlas(args: argparse.Namespace) -> Iterator[str]:
    what = f"koridor assign, atlas, {speed.GAP:.0e}"
    cold, warm = speed.atlas(limit_s=args.limit_s)
    most = speed.ATLAS_WARM_MAX_S
    yield table.rows(LIMITS, [
        [f"{what}, kernels compiled anew", f"{table.seconds(cold.solve_s)} s", None, None],
        [f"{what}, kernels from their cache", f"{table.seconds(warm.solve_s)} s", f"{most:.0f} s",
         table.holds(warm.solve_s <= most and warm.document.get("status") == "solved")],
    ])  # fmt: skip


def _again(args: argparse.Namespace) -> Iterator[str]:
    known = {case.name: case for case in networks.published(args.files) if case.here and case.factor == 1.0}
    wanted = _names(args.networks, known) or [name for name in ("SiouxFalls", "ChicagoSketch") if name in known]
    yield table.head(("what", "base, CPU s", "patched, cold", "patched, warm", "cold over warm", "limit", "holds"))
    for case in (None, *(known[name] for name in wanted)):
        for took in again.found(case):
            ratio = took.cold_s / max(took.warm_s, 1e-9)
            seconds = [table.seconds(value) for value in (took.base_s, took.cold_s, took.warm_s)]
            limit = f"at least {again.RATIO_MIN:.0f}"
            yield table.row([took.what, *seconds, f"{ratio:.1f}", limit, table.holds(ratio >= again.RATIO_MIN)])


def _regional(args: argparse.Namespace) -> Iterator[str]:
    found: list[assign.Row] = []
    solves = large.rows(seed=args.seed, limit_s=args.limit_s, peer_rounds=args.peer_rounds)
    yield from _as_they_come(solves, found)
    yield "\n" + table.rows(LIMITS, large.limits(found))


def _operator(args: argparse.Namespace) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        full = operator.at_full_load(folder, args.seconds)
        half = operator.at_half_load(folder, args.seconds, full.over_http.per_s)
    wait_ms, http, desk = half.wait_ms(0.99), full.over_http, full.at_the_desk
    yield table.rows(LIMITS, [
        ["raw SQLite writer, transactions a second", f"{median(http.raw_per_s):.0f}", None, None],
        [f"bookings a second over HTTP, {operator.CLIENTS} clients", f"{http.per_s:.0f}", None, None],
        ["CPU of the server a booking", f"{full.cpu_ms:.1f} ms", None, None],
        _at_least("bookings over HTTP against the raw writer", http.ratio, operator.RATIO_MIN),
        [f"bookings a second without HTTP, {operator.MOST_TOGETHER} at once", f"{desk.per_s:.0f}", None, None],
        _at_least("bookings without HTTP against the raw writer", desk.ratio, operator.RATIO_MIN),
        [f"99 of 100 waits at half load ({half.per_s:.0f} a second)", f"{wait_ms:.0f} ms",
         f"{operator.WAIT_MS_MAX:.0f} ms", table.holds(wait_ms < operator.WAIT_MS_MAX)],
    ])  # fmt: skip


def _desk_attempts(args: argparse.Namespace) -> Iterator[str]:
    yield from _pieces(attempts.run(args.attempts, args.done, args.processes), "attempts", args.attempts)


def _desk_kills(args: argparse.Namespace) -> Iterator[str]:
    yield from _pieces(kills.run(args.rounds, args.done, args.processes), "rounds", args.rounds)


def _desk_seeds(args: argparse.Namespace) -> Iterator[str]:
    yield from _pieces(seeds.run(args.seeds, args.done, args.processes), "seeds", args.seeds)


def _pieces(found: Iterator[pieces.Done], name: str, wanted: int) -> Iterator[str]:
    """A row of what was counted and what failed; stopped by a signal, it tells how far it came."""
    last = pieces.Done(0, (), {}, 0.0)
    with progress(silent=False) as show, suppress(KeyboardInterrupt):
        for last in found:
            done = last.counts.get(name, 0)
            if done:
                show(done, max(done, wanted), f"{name}, failed: {len(last.failed)}")
    told = ", ".join(f"{number} {what}" for what, number in last.counts.items())
    what = f"{told}; {last.seconds:.0f} s now: pieces that failed"
    whole = last.counts.get(name, 0) >= wanted
    bad = ", ".join(map(str, last.failed)) or 0
    yield table.rows(LIMITS, [[what, bad, 0, table.holds(whole and not last.failed)]])


def _desk_fuzz(args: argparse.Namespace) -> Iterator[str]:
    found = fuzz.run(args.examples, args.seed, args.where)
    statuses = ", ".join(f"{number} of {status}" for status, number in sorted(found.statuses.items()))
    yield table.rows(LIMITS, [
        ["operations", found.operations, None, None],
        ["operations that granted something", len(found.granted), None, None],
        [f"requests: {statuses}", found.requests, None, None],
        ["server errors", found.server_errors, 0, table.holds(not found.server_errors)],
        ["ways to break the document", len(found.failures), 0, table.holds(not found.failures)],
    ])  # fmt: skip
    for what, how in found.failures.items():
        yield f"\n{what}\n{how}"


def _route(args: argparse.Namespace) -> Iterator[str]:
    yield table.head(LIMITS)
    atlas = route.on_atlas()
    fine = atlas.ms(0.5) < route.MEDIAN_MAX_MS and atlas.ms(0.99) < route.P99_MAX_MS and not atlas.incomplete
    most = f"median {route.MEDIAN_MAX_MS:.0f} ms, P99 {route.P99_MAX_MS:.0f} ms, none incomplete"
    what = f"fronts of {route.QUERIES} queries of the atlas, four criteria"
    yield table.row([what, atlas.words(), most, table.holds(fine)])
    yield table.row([f"{route.ANSWERS} answers with all tables", route.on_atlas(whole=True).words(), None, None])
    most = f"median {route.LARGE_MAX_MS:.0f} ms"
    for name, queries in (("corridors", route.LARGE_QUERIES), ("streets", route.HARD_QUERIES)):
        made = route.networks()[name]()
        found = route.on_large(made, queries)
        fine = found.ms(0.5) < route.LARGE_MAX_MS
        what = f"{queries} fronts on `{name}`, {made.nodes} nodes, {len(made.tail)} arcs, two criteria"
        yield table.row([what, found.words(), most, table.holds(fine)])


def _singles(args: argparse.Namespace) -> Iterator[str]:
    heads = ("network", "engine", "CPU s to prepare", "queries a CPU s", "hierarchy over it", "same costs")
    yield table.head(heads)
    for name in route.COMPARED:
        made = route.networks()[name]()
        pairs = made.pairs(route.SINGLE, seed=3)
        rows = route.singles(made, pairs, limit_s=args.limit_s)
        ours = rows[1].per_second(len(pairs))
        for row in rows:
            speed_of = row.per_second(len(pairs))
            same = "not told" if row.agrees is None else table.holds(row.agrees)
            cells = [name, row.name, f"{row.prepare_s:.3g}", f"{speed_of:.4g}", f"{ours / speed_of:.1f}", same]
            yield table.row(cells)


def _as_they_come(solves: Iterator[assign.Row], found: list[assign.Row]) -> Iterator[str]:
    """A table whose rows are said as soon as they are known; they are kept in `found`."""
    yield table.head(assign.HEADS)
    for row in solves:
        found.append(row)
        yield table.row(row.cells())


def _names(text: str, known: dict[str, networks.Case]) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip() and name.strip() != "none"]
    for name in names:
        if name not in known:
            sys.exit(f"{name}: no such network; there are {', '.join(known)}")
    return names


def _at_least(what: str, ratio: float, least: float) -> list[object]:
    return [what, f"{ratio:.2f}", f"at least {least}", table.holds(ratio >= least)]


KNOWN: dict[str, Callable[[argparse.Namespace], Iterator[str]]] = {
    "link": _link,
    "evaluate": _evaluate,
    "assign": _assign,
    "cores": _cores,
    "atlas": _atlas,
    "again": _again,
    "regional": _regional,
    "operator": _operator,
    "desk-attempts": _desk_attempts,
    "desk-kills": _desk_kills,
    "desk-seeds": _desk_seeds,
    "desk-fuzz": _desk_fuzz,
    "route": _route,
    "singles": _singles,
}

if __name__ == "__main__":
    main()
