"""The rules of the code's layout, checked over its syntax trees. Each test lists what breaks its rule."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import tco
from tco.catalog.lifecycle import engines
from tco.platforms import platform_names

PACKAGE = Path(__file__).parent.parent / "tco"

# From the ground up: a module imports from its own folder and from those before it.
LAYERS = (
    *("errors", "resources", "formats", "units", "notebook_repr"),
    *("catalog", "upgrades", "scenario", "platforms", "sampling", "evaluation", "model", "loading", "evidence"),
    *("analysis", "planning"),
    *("display", "tables", "charts", "execution", "report", "cluster", "batches", "exploring", "refresh"),
    *("inventory", "audit", "billing", "cli"),
    "__main__",
)
CORE = LAYERS[: LAYERS.index("display")]
CORE_LIBRARIES = {"annotated_types", "numpy", "pandas", "pydantic", "pydantic_core", "yaml"}
CORE_LIBRARIES_INSIDE_FUNCTIONS = {"SALib", "ortools", "scipy"}
MAX_MODULES_AT_THE_TOP = 8
SOURCES_OF_FLEETS = ("tco.inventory.account", "tco.inventory.readers", "tco.inventory.terraform")

PATHS = sorted(path for path in PACKAGE.rglob("*.py") if "_resources" not in path.parts)


def dotted(path: Path) -> str:
    """The full name of a module."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TREES = {dotted(path): ast.parse(path.read_text("utf-8")) for path in PATHS}
RANK = {name: rank for rank, name in enumerate(LAYERS)}


def subject(module: str) -> str:
    """The folder of a module, or its own name at the top."""
    return module.split(".")[1]


def imports(module: str) -> Iterator[tuple[str, bool]]:
    """The full names that a module imports, and whether it does so when it is loaded."""
    tree = TREES[module]
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inner = {id(node) for function in functions for node in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) not in inner) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno} imports relatively"
            yield from ((f"{node.module}.{alias.name}", id(node) not in inner) for alias in node.names)


def own_imports(module: str) -> set[str]:
    """The modules of the package that a module imports: in statements, under TYPE_CHECKING, and named in strings."""
    strings = (
        node.value.split(":")[0]
        for node in ast.walk(TREES[module])
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("tco.")
    )
    names = [*(name for name, _ in imports(module)), *(name for name in strings if name in TREES)]
    found = {name if name in TREES else name.rpartition(".")[0] for name in names if name.split(".")[0] == "tco"}
    return {name for name in found if name in TREES and name not in ("tco", module)}


def test_imports_run_one_way() -> None:
    modules = [module for module in TREES if module != "tco"]
    assert {subject(module) for module in modules} <= set(LAYERS), "say in LAYERS where the folder stands"
    back = [
        f"{module} imports {name}"
        for module in modules
        for name in sorted(own_imports(module))
        if RANK[subject(name)] > RANK[subject(module)]
    ]
    assert not back


def test_no_modules_import_each_other() -> None:
    """Circles inside folders, too, and longer ones: a module imports nothing that leads back to it."""
    reached = {module: own_imports(module) for module in TREES if module != "tco"}
    while True:
        further = {
            module: found.union(*(reached.get(name, set()) for name in found)) for module, found in reached.items()
        }
        if further == reached:
            break
        reached = further
    assert not [module for module, found in reached.items() if module in found]


def test_the_core_needs_few_libraries() -> None:
    foreign = [
        f"{module} imports {name}"
        for module in TREES
        if module != "tco" and subject(module) in CORE
        for name, when_loaded in imports(module)
        if (library := name.split(".")[0]) != "tco" and library not in sys.stdlib_module_names
        if library not in CORE_LIBRARIES and (when_loaded or library not in CORE_LIBRARIES_INSIDE_FUNCTIONS)
    ]
    assert not foreign


def test_formulas_hold_no_numbers() -> None:
    """Numbers belong in params/ or data/."""
    numbers = [
        f"{module}:{node.lineno}: {node.value}"
        for module, tree in TREES.items()
        if module.startswith("tco.model.components")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float | complex)
        and not isinstance(node.value, bool)
        and node.value not in (0, 1)
    ]
    assert not numbers


def test_a_platform_is_named_in_its_own_module_alone() -> None:
    """What tells one platform from others stands in its record. Published cases say which one they are about, and
    sources of a fleet have words of their own for engines, some spelled alike. Some are engines, too."""
    names = set(platform_names()) - set(engines())
    elsewhere = {"tco.analysis.published_cases", "tco.billing.products", *SOURCES_OF_FLEETS}
    strange = [
        f"{module}:{node.lineno}: {node.value}"
        for module, tree in TREES.items()
        if module not in elsewhere
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in names and module != f"tco.platforms.{node.value}"
    ]
    assert not strange


def test_a_module_opens_with_what_it_is_for() -> None:
    assert not [module for module, tree in TREES.items() if not ast.get_docstring(tree)]


def test_few_modules_lie_at_the_top() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= MAX_MODULES_AT_THE_TOP


def test_no_public_name_is_the_name_of_a_module_beside_it() -> None:
    """`tco.price` means the function whatever has been imported before; the same in every package."""
    taken = []
    for path in PACKAGE.rglob("__init__.py"):
        body = ast.parse(path.read_text("utf-8")).body
        offered = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        offered |= {
            alias.asname or alias.name
            for node in body
            if isinstance(node, ast.ImportFrom) and node.module != dotted(path)
            for alias in node.names
        }
        offered |= set(tco.__all__) if path.parent == PACKAGE else set()
        beside = {module.stem for module in path.parent.glob("*.py")}
        beside |= {folder.name for folder in path.parent.iterdir() if (folder / "__init__.py").exists()}
        taken += [f"{dotted(path)}.{name}" for name in offered & beside]
    assert not taken


def test_notebooks_are_stored_without_outputs() -> None:
    kept = []
    for path in sorted((PACKAGE.parent / "notebooks").glob("*.ipynb")):
        code = [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
        if not code or any(cell["outputs"] or cell["execution_count"] for cell in code):
            kept.append(path.name)
    assert not kept


def loaded_by(program: str) -> set[str]:
    listing = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(listing.stdout.split())


def test_importing_the_package_loads_no_library_of_the_core() -> None:
    libraries = {*CORE_LIBRARIES, *CORE_LIBRARIES_INSIDE_FUNCTIONS, "click"}
    assert not {name.split(".")[0] for name in loaded_by("import tco")} & libraries


def test_evaluating_and_comparing_loads_no_leaf() -> None:
    loaded = loaded_by("import tco; tco.compare(tco.evaluate(tco.load_scenario('quickstart')))")
    assert "tco.model.lines" in loaded
    leaves = set(LAYERS) - set(CORE)
    assert not {name for name in loaded if name.startswith("tco.") and subject(name) in leaves}
    assert not {"altair", "click", "nbconvert", "papermill", "scipy", "vl_convert"} & loaded
