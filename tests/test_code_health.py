"""The rules of the code's layout, checked over its syntax trees."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tco

PACKAGE = Path(__file__).parent.parent / "tco"

# From the ground up: a module imports only from its own layer and from those before it.
LAYERS = (
    ("errors", "resources", "formats", "palette", "showing", "fleet", "sampling", "quick_imports", "time_units"),
    ("assumptions",),
    ("quantiles", "uniforms"),
    ("catalog",),
    ("upgrade_policies", "upgrade_routes", "upgrade_calendar"),
    ("scenario",),
    ("load_shapes", "request_units", "learning"),
    ("capacity_modes",),
    ("platforms", "pricing"),
    ("copula", "luck", "sobol"),
    ("designs", "draws"),
    ("ledger_line",),
    ("inputs",),
    ("piles", "workers"),
    ("totals", "passes", "ledger_table", "ledger_columns", "line_months"),
    ("ledger",),
    ("move",),
    ("hosting",),
    ("fitting",),
    ("hosted_bills", "topology", "waves"),
    ("effort",),
    ("scheduling",),
    ("events",),
    ("archives",),
    ("upgrade_log", "posteriors"),
    ("bill_checks", "checks", "loading", "scenario_schema"),
    ("components",),
    ("model",),
    ("analysis",),
    ("charts", "cell_values", "tables"),
    ("execution",),
    ("report",),
    ("cluster",),
    ("batches",),
    ("exploring", "summaries"),
    ("exploring", "inventory", "refresh"),
    ("cli",),
    ("__main__",),
)
FOLDERS = {"fleet", "sampling"}
"""Folders whose modules stand in layers of their own."""
LEAVES = {
    "cell_values",
    "charts",
    "tables",
    "execution",
    "report",
    "cluster",
    "batches",
    "exploring",
    "summaries",
    "inventory",
    "refresh",
    "cli",
    "__main__",
}
CORE_LIBRARIES = {"annotated_types", "numpy", "pandas", "pydantic", "pydantic_core", "yaml"}
CORE_LIBRARIES_INSIDE_FUNCTIONS = {"SALib", "scipy"}
MOST_LINES = 300

RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_resources" not in path.parts)
LAYERED = [path for path in MODULES if path != PACKAGE / "__init__.py"]


def named(path: Path) -> str:
    return path.relative_to(PACKAGE.parent).as_posix()


def subject(path: Path) -> str:
    parts = [part.removesuffix(".py") for part in path.relative_to(PACKAGE).parts]
    return parts[1] if parts[0] in FOLDERS and parts[1] != "__init__" else parts[0]


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """The full names that a module imports, and whether it does so when it is loaded."""
    tree = ast.parse(path.read_text("utf-8"))
    inner = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) not in inner) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{named(path)}:{node.lineno} imports relatively"
            module = node.module or ""
            yield from ((f"{module}.{alias.name}", id(node) not in inner) for alias in node.names)


def own_imports(path: Path) -> Iterator[str]:
    for name, _ in imports(path):
        parts = name.split(".")
        if parts[0] == "tco" and len(parts) > 1:
            yield parts[2] if parts[1] in FOLDERS and len(parts) > 2 else parts[1]


@pytest.mark.parametrize("path", LAYERED, ids=named)
def test_imports_run_one_way(path: Path) -> None:
    assert subject(path) in RANK, f"say in LAYERS where {named(path)} stands"
    above = {name for name in own_imports(path) if name in RANK and RANK[name] > RANK[subject(path)]}
    assert not above


@pytest.mark.parametrize("path", [path for path in LAYERED if subject(path) not in LEAVES], ids=named)
def test_the_core_needs_few_libraries(path: Path) -> None:
    for name, when_loaded in imports(path):
        library = name.split(".")[0]
        if library == "tco" or library in sys.stdlib_module_names:
            continue
        allowed = CORE_LIBRARIES if when_loaded else CORE_LIBRARIES | CORE_LIBRARIES_INSIDE_FUNCTIONS
        assert library in allowed, f"{named(path)} imports {name}"


@pytest.mark.parametrize("path", sorted((PACKAGE / "components").rglob("*.py")), ids=named)
def test_components_hold_no_numbers(path: Path) -> None:
    numbers = [
        f"{named(path)}:{node.lineno}: {node.value}"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float | complex)
        and not isinstance(node.value, bool)
        and node.value not in (0, 1)
    ]
    assert not numbers, "numbers belong in params/ or data/"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_is_readable_in_one_sitting(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_opens_with_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def test_no_public_name_is_the_name_of_a_module() -> None:
    """`tco.price` must mean the function whatever has been imported before."""
    submodules = {path.stem if path.stem != "__init__" else path.parent.name for path in LAYERED}
    assert not submodules & set(tco.__all__)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*/__init__.py")), ids=named)
def test_a_package_offers_no_name_that_is_one_of_its_modules(path: Path) -> None:
    body = ast.parse(path.read_text("utf-8")).body
    offered = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    offered |= {
        alias.asname or alias.name
        for node in body
        if isinstance(node, ast.ImportFrom) and node.module != f"tco.{path.parent.name}"
        for alias in node.names
    }
    assert not offered & {module.stem for module in path.parent.glob("*.py")}


@pytest.mark.parametrize("path", sorted((PACKAGE.parent / "notebooks").glob("*.ipynb")), ids=lambda path: path.name)
def test_notebooks_are_stored_without_outputs(path: Path) -> None:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


def loaded_by(program: str) -> set[str]:
    listing = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(listing.stdout.split())


def test_importing_the_package_loads_no_library() -> None:
    assert not {name.split(".")[0] for name in loaded_by("import tco")} & {
        *CORE_LIBRARIES,
        *CORE_LIBRARIES_INSIDE_FUNCTIONS,
        "click",
    }


def test_evaluating_and_comparing_loads_no_leaf() -> None:
    loaded = loaded_by("import tco; tco.compare(tco.evaluate(tco.load_scenario('quickstart')))")
    assert "tco.model" in loaded
    assert not {f"tco.{leaf}" for leaf in LEAVES} & loaded
    assert not {"altair", "click", "nbconvert", "papermill", "scipy", "vl_convert"} & loaded
