"""What a newcomer installs: the wheel, the locks and the conda environment agree with pyproject.toml."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).parent.parent
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
UNLOCKED = {"bench"}
"""What benchmarks compare with is installed by who wants to see that."""
LICENCES = re.compile(
    r"(Apache|(3-Clause )?BSD|0BSD|MIT|"
    r"ISC|MPL|Mozilla Public License|Python Software Foundation|PSF|CNRI-Python|Zlib|CC0)\b.*",
    re.IGNORECASE,
)
"""Licences under which a package may be used and passed on by anybody; MPL asks only for changes to its own files."""
TOLD_IN_A_FILE = {"axe-playwright-python": "MIT"}
"""Packages whose metadata says no licence, and the one that the file beside it states."""
USED_BY_TESTS_ALONE = {"formulas": "EUPL", "schedula": "EUPL"}
"""Packages that ask whoever passes them on to do so under their own licence: they recalculate workbooks in a test,
nothing is made of them, and nothing that a user installs needs them."""
ONLY_ON_PYPI = {"axe-playwright-python", "formulas", "ortools", "playwright"}


def dependencies(*, everything: bool) -> dict[str, Requirement]:
    lists = [PROJECT["project"]["dependencies"], PROJECT["dependency-groups"]["setup"]]
    if everything:
        lists += PROJECT["project"]["optional-dependencies"].values()
        lists += [group for name, group in PROJECT["dependency-groups"].items() if name not in UNLOCKED]
    requirements = [Requirement(line) for lines in lists for line in lines]
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


def locked(name: str) -> dict[str, Requirement]:
    pinned = re.findall(r"^([^#\s][^\\\n]*?)\s*\\?$", (CHECKOUT / name).read_text("utf-8"), re.MULTILINE)
    return {canonicalize_name(Requirement(line).name): Requirement(line) for line in pinned}


def version_of(requirement: Requirement) -> str:
    (pin,) = requirement.specifier
    assert pin.operator == "=="
    return pin.version


@pytest.mark.parametrize(("name", "everything"), [("requirements.lock", False), ("requirements-dev.lock", True)])
def test_a_lock_holds_every_dependency_within_its_bounds(name: str, everything: bool) -> None:
    pins = locked(name)
    for wanted, requirement in dependencies(everything=everything).items():
        assert requirement.specifier.contains(version_of(pins[wanted])), wanted


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_has_hashes_and_no_addresses(name: str) -> None:
    text = (CHECKOUT / name).read_text("utf-8")
    assert "://" not in text
    assert "--index" not in text
    entries = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)


def test_both_locks_pin_the_same_versions() -> None:
    development = locked("requirements-dev.lock")
    for name, pin in locked("requirements.lock").items():
        assert version_of(pin) == version_of(development[name]), name


def test_every_locked_package_has_a_permissive_licence() -> None:
    """Of those that this system installs: known from their own metadata, without a network."""
    strange, known = {}, 0
    for name in locked("requirements-dev.lock"):
        try:
            told = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        classes = [
            line.rpartition(" :: ")[2]
            for line in told.get_all("Classifier", [])
            if line.startswith("License ::") and not line.endswith("DFSG approved")
        ]
        expression, licence = (next(iter(told.get_all(key, [])), "") for key in ("License-Expression", "License"))
        text = expression or TOLD_IN_A_FILE.get(name) or " OR ".join(classes) or licence
        parts = re.split(r" AND | OR ", text.partition("\n")[0])
        known += 1
        if not all(LICENCES.fullmatch(part.strip("() ")) for part in parts):
            strange[name] = text
    assert known > 100
    assert {name: text for name, text in strange.items() if name not in USED_BY_TESTS_ALONE} == {}
    assert all(USED_BY_TESTS_ALONE[name] in text for name, text in strange.items())
    assert not USED_BY_TESTS_ALONE.keys() & {*locked("requirements.lock"), *dependencies(everything=False)}


def test_the_conda_environment_has_the_same_names_and_bounds() -> None:
    environment = yaml.safe_load((CHECKOUT / "environment.yml").read_text("utf-8"))
    (pip_only,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    conda = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    python = [entry for entry in conda if re.match(r"python\W", entry)]
    assert python == [f"python {PROJECT['project']['requires-python']}"]
    assert pip_only[-1] == "--editable ."

    found = {
        canonicalize_name(Requirement(line).name): Requirement(line).specifier
        for line in [*conda, *pip_only[:-1]]
        if line not in {*python, "pip"}
    }
    wanted = {name: requirement.specifier for name, requirement in dependencies(everything=True).items()}
    assert found == wanted
    assert {canonicalize_name(Requirement(line).name) for line in pip_only[:-1]} == ONLY_ON_PYPI


def test_the_wheel_carries_code_data_params_and_notebooks(wheel: Path) -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "tco", "data", "params", "notebooks"],
        cwd=CHECKOUT,
        capture_output=True,
        check=False,
    )
    if listing.returncode:
        pytest.fail("needs a git checkout to know which files belong to the toolkit")
    tracked = [name for name in listing.stdout.decode().split("\0") if name]
    wanted = {name if name.startswith("tco/") else f"tco/_resources/{name}" for name in tracked}
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())
    assert wanted <= carried


def test_an_installed_wheel_compares_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    """`quickstart` is found inside the installed package, not in a checkout."""
    program = "import tco, tco.cli; print(tco.__file__); tco.cli.main(['compare', 'quickstart', '--format', 'csv'])"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    place, header, *rows = done.stdout.splitlines()
    assert Path(place).is_relative_to(installed)
    assert header.startswith("option,total,npv")
    assert len(rows) >= 2
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("first", ["tco.execution.engine", "papermill.engines", "tco.batches.dask"])
def test_papermill_finds_the_engine_of_the_wheel_whatever_is_imported_first(installed: Path, first: str) -> None:
    program = (
        f"import {first}, papermill.engines; print(papermill.engines.papermill_engines.get_engine('tco').__module__)"
    )
    found = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(installed)},
        cwd=installed,
        capture_output=True,
        text=True,
    )
    assert found.stdout == "tco.execution.entry\n", found.stderr


def test_the_changelog_has_a_heading_for_the_version() -> None:
    assert f"\n## [{PROJECT['project']['version']}] - 20" in (CHECKOUT / "CHANGELOG.md").read_text("utf-8")
