"""The rules of the house (ARCHITECTURE.md), read from the source itself."""

from __future__ import annotations

import ast
import csv
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "koridor"
ATLAS = PACKAGE / "atlas" / "tables"
MODULES = sorted(PACKAGE.rglob("*.py"))

LAYERS = ("base", "schema", "data", "atlas", "model", "studies", "experiments", "report", "operator", "web", "cli")
BASE = {"errors", "units", "text"}  # below everything
APART = {"kernels", "solve"}  # import nothing of koridor but errors and their own
LEVEL = {name: level for level, name in enumerate(LAYERS)} | {"forum": LAYERS.index("operator")}
LEVEL |= {"result": LEVEL["atlas"], "testing": LEVEL["report"], "__main__": LEVEL["cli"] + 1}
MAY_SPEAK = {"cli", "web"}
ONE_FOR_ALL = {"section"}  # what every module of a folder has, explained in the folder's __init__
MOST_LINES = 600


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def part_of(path: Path) -> str:
    """The part of the house in which a file lies: its folder or, at the top, its own name."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[str]:
    """Parts of koridor that a module imports when it runs, late imports included."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    only_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for body in node.body
        for inner in ast.walk(body)
    }
    for node in ast.walk(tree):
        if id(node) in only_types:
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: imports are absolute"
            below = [f"{node.module}.{alias.name}" for alias in node.names]
            names = below if node.module == "koridor" else [node.module or ""]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("koridor."))


def level_of(part: str) -> int:
    return 0 if part in BASE else LEVEL[part]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_one_way(path: Path) -> None:
    """A part imports only parts below it, so that no cycle can grow and each can be read alone."""
    part = part_of(path)
    if part in ("__init__", "__main__"):  # the public names resolve late; the other is the command line
        return
    for other in imports_of(path):
        if other == part or other in BASE:
            continue
        assert part not in BASE, f"{name_of(path)} imports {other}"
        if part in APART:
            pytest.fail(f"{name_of(path)} imports koridor.{other}; kernels and solve import errors alone")
        if other not in APART:
            assert level_of(other) < level_of(part), f"{name_of(path)} imports koridor.{other}, which is not below it"


@pytest.mark.parametrize("path", [path for path in MODULES if part_of(path) in APART], ids=name_of)
def test_kernels_and_solve_import_errors_alone(path: Path) -> None:
    """Kernels take arrays and give arrays; they know no text, no units and no tables."""
    assert set(imports_of(path)) <= {part_of(path), "errors"}


def test_the_checker_shares_nothing_with_the_solver() -> None:
    """What checks an assignment is worth as much as it is apart from what made it."""
    for path in sorted((PACKAGE / "studies" / "verify").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"import .*(kernels|equilibrium|solve)|from koridor\.(kernels|studies\.equilibrium)", text)


SPOKEN = ("model", "studies", "experiments", "report", "result", "cli")


@pytest.mark.parametrize("path", [path for path in MODULES if part_of(path) in SPOKEN], ids=name_of)
def test_usage_errors_speak_every_language(path: Path) -> None:
    """What a user did wrong is told by `t`, or by a name that holds what `t` gave."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "UsageError":
            said = node.args[0]
            assert not isinstance(said, ast.Constant | ast.JoinedStr), f"{name_of(path)}:{node.lineno} does not use t"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_cli_and_web_speak(path: Path) -> None:
    """Nothing else prints, reads the environment or configures logging; kernels/__init__ sets numba's cache folder."""
    if part_of(path) in MAY_SPEAK or name_of(path) == "kernels/__init__.py" or path.name == "__main__.py":
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print", f"{name_of(path)}:{node.lineno} prints"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            said = f"{node.value.id}.{node.attr}"
            assert said not in {"os.environ", "os.getenv", "logging.basicConfig", "sys.argv"}, (
                f"{name_of(path)}:{node.lineno}: {said}"
            )


def test_kernels_are_compiled_in_one_place() -> None:
    """An undocumented option of numba is used in one line, where another version could ask for it to be taken out."""
    told = [name_of(path) for path in MODULES if re.search(r"\bn?jit\b", path.read_text(encoding="utf-8"))]
    assert told == ["kernels/compiled.py"]


def test_loops_that_count_no_references_make_none() -> None:
    """An `inner` calls no `kernel`, which may return arrays, and returns no part of one: numba does not see all."""
    compiled: dict[str, list[ast.FunctionDef]] = {"kernel": [], "inner": []}
    for path in MODULES:
        if part_of(path) == "kernels":
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef):
                    for how in node.decorator_list:
                        compiled.get(ast.unparse(how), []).append(node)
    makers = {node.name for node in compiled["kernel"]}
    assert len(compiled["inner"]) > 50
    for function in compiled["inner"]:
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in makers, f"{function.name} calls {node.func.id}"
            if isinstance(node, ast.Return) and node.value is not None:
                parts = [part for part in ast.walk(node.value) if isinstance(part, ast.Slice)]
                assert not parts, f"{function.name} returns part of an array"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_files_are_short(path: Path) -> None:
    """Files around 120 lines can be held in mind; 600 is where a file must be parted."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def names_of_the_atlas() -> set[str]:
    """Ids and names of the atlas' countries, places, corridors and commodities that are words and not letters."""
    found: set[str] = set()
    for table, columns in {
        "country": ("name",),
        "place": ("place_id", "name"),
        "corridor": ("corridor_id", "name"),
        "commodity": ("commodity_id",),
    }.items():
        with (ATLAS / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                found |= {row[column] for column in columns}
    return {name for name in found if len(name) >= 4}


def literals_of(path: Path) -> Iterator[tuple[int, str]]:
    """String literals that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, holders) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", [path for path in MODULES if not name_of(path).startswith("data/build/")], ids=name_of)
def test_no_place_in_the_code(path: Path) -> None:
    """Another region's tables must run without touching Python: no literal is an id or name of the atlas.

    `data/build` is left out: it is the recipe that makes this atlas from this fact base.
    """
    known = names_of_the_atlas()
    found = [f"{name_of(path)}:{line}: {text}" for line, text in literals_of(path) if text in known]
    assert not found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_public_things_say_what_they_are(path: Path) -> None:
    """Every module, public class and public function begins with a sentence."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    bare = [] if ast.get_docstring(tree) or not text.strip() else ["the module"]
    bare += [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and node.name not in ONE_FOR_ALL
        and not ast.get_docstring(node)
    ]
    assert not bare, f"{name_of(path)}: no docstring: {', '.join(bare)}"


def committed_texts() -> Iterator[tuple[str, str]]:
    """Text files that git tracks or would track, the atlas and the fact base aside."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    for name in listed:
        path = ROOT / name
        if not path.is_file() or name.startswith(("data-raw/", "src/koridor/atlas/")):
            continue
        try:
            yield name, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_nothing_names_a_machine_or_a_registry() -> None:
    """The project runs anywhere: no path of one machine, no host of a package index, which a mirror may replace."""
    machine = re.compile(r"(?<![\w./-])/(?:home|root|work|Users|tmp|opt)/[\w.-]+")
    registry = re.compile(
        "|".join(("py" + r"pi\.org", "pythonhosted" + r"\.org", "npm" + r"js\.org", "deb" + r"ian\.org"))
    )
    found = [
        f"{name}: {hit.group()}"
        for name, text in committed_texts()
        for pattern in (machine, registry)
        for hit in pattern.finditer(text)
    ]
    assert not found


HEAVY = {"numpy", "pandas", "numba", "highspy", "scipy", "openpyxl", "jinja2", "rich"}


def heavy_after(code: str) -> set[str]:
    """Heavy packages in memory after the code ran in a process of its own."""
    end = f"\nimport sys\nprint('loaded:', *sorted(set(sys.modules) & {HEAVY!r}))"
    done = subprocess.run([sys.executable, "-c", code + end], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_import_is_light() -> None:
    """Names resolve late: `import koridor` loads nothing heavy."""
    assert heavy_after("import koridor") == set()


@pytest.mark.parametrize("argv", [["--help"], ["link", "--help"], ["--version"]], ids=" ".join)
def test_help_is_light(argv: list[str]) -> None:
    """Help answers at once: it loads neither tables nor kernels."""
    lines = ("from koridor.cli.main import main", "try:", f"    main({argv!r})", "except SystemExit as end:")
    assert heavy_after("\n".join((*lines, "    assert not end.code"))) == set()


def test_kernels_choose_the_users_cache(tmp_path: Path) -> None:
    """Compiled code lies in the user's cache folder, or where NUMBA_CACHE_DIR says; never beside the source."""
    lines = (
        "import importlib, os",
        "os.environ.pop('NUMBA_CACHE_DIR', None)",
        f"os.environ['XDG_CACHE_HOME'] = os.environ['LOCALAPPDATA'] = {str(tmp_path)!r}",
        "import koridor.kernels",
        "print(os.environ['NUMBA_CACHE_DIR'])",
        "os.environ['NUMBA_CACHE_DIR'] = 'mine'",
        "importlib.reload(koridor.kernels)",
        "print(os.environ['NUMBA_CACHE_DIR'])",
    )
    code = "\n".join(lines)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [str(tmp_path / "koridor" / "numba"), "mine"]
