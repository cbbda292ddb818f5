"""Files of recipes are no tests here: they become tests in a copy of the project."""

from __future__ import annotations

from pathlib import Path

collect_ignore = [str(path) for path in Path(__file__).parent.iterdir() if path.is_dir()]
