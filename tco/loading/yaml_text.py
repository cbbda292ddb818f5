"""Strict reading of YAML: refuses repeated keys, ambiguous numbers, deep nesting and aliases that multiply.

Uses libyaml if it is installed, which is ten times as fast as Python. YAML 1.1 reads `010` as eight and `1:30` as
ninety; both are refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import yaml

from tco.errors import InputError, shown
from tco.loading.spellings import UnquotedVersion

MAX_DEPTH = 100
"""Levels of lists and mappings; at about ten thousand the parser would crash the process."""
MAX_NODES = 2_000_000
"""Values of a file after expansion of all aliases."""
STRANGE_NUMBER = re.compile(r"[-+]?0[0-9_]+(\.[0-9_]*)?$|.*:")
DEEP = re.compile(rf"[-?: \t]{{{MAX_DEPTH // 2}}}")
"""The indentation of a deeply nested block: at most two levels share a column."""
EXPONENT = re.compile(r"[-+]?([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9][0-9_]*)[eE][-+]?[0-9]+$")
"""`1e9` and `1.0e9`, which YAML 1.1 reads as text unless the exponent has a sign."""
MERGE = "tag:yaml.org,2002:merge"
NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Strict(Loader):  # type: ignore[misc,valid-type]
    """The safe loader, with lines in its errors, and with the text of versions that YAML reads as numbers.

    10.10 and 10.1 are one number and two versions.
    """

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError, TypeError) as error:
            kind = str(node.tag).rpartition(":")[2]
            raise _fault(node, f"{shown(node.value)} cannot be read as {kind}") from error

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping = dict(super().construct_mapping(node, deep))
        for key_node, value_node in node.value:
            if key_node.value == "version":
                version = mapping.get("version")
                if isinstance(version, float) or (type(version) is int and str(version) != value_node.value):
                    mapping["version"] = UnquotedVersion(value_node.value)
        return mapping


_Strict.add_implicit_resolver(NUMBERS[1], EXPONENT, list("-+.0123456789"))


class _Dumper(yaml.SafeDumper):
    """Puts what this module reads as a number in quotes where it is text."""


_Dumper.add_implicit_resolver(NUMBERS[1], EXPONENT, list("-+.0123456789"))


def yaml_text(value: object, width: float = math.inf) -> str:
    """A text that `yaml_value` reads as `value`. width: where long texts are folded."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=width)
    return text


def yaml_value(text: str) -> Any:
    """The value of a YAML text. Raises InputError, with the line, for invalid or ambiguous text."""
    try:
        _check_depth(text)
        loader = _Strict(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            _check_nodes(loader, node)
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}: " if mark else ""
        half = f"{error.context}, " if (error.context or "").startswith(("expected", "found")) else ""
        raise InputError(f"is not valid YAML: {line}{half}{error.problem or error}") from None
    except yaml.reader.ReaderError as error:
        sign = error.character  # its position counts bytes in libyaml, characters in Python
        number = text.count("\n", 0, text.find(chr(sign))) + 1
        raise InputError(f"is not valid YAML: line {number}: #x{sign:04x} is a control character") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"is not valid YAML: {' '.join(str(error).split())}") from None


def with_lines(error: InputError, text: str) -> InputError:
    """The same error with the line of each problem's path in the text, or of the nearest part that contains it."""
    try:
        root = yaml.compose(text, Loader)
    except yaml.YAMLError:
        return error
    return type(error)([replace(problem, line=_line_of(root, problem.path)) for problem in error.problems])


def _line_of(node: yaml.Node | None, path: str) -> int:
    """The line of the longest part of a dotted path that exists, 0 if none does; names may contain dots."""
    line, parts = 0, path.split(".")
    while parts:
        step = 0
        if isinstance(node, yaml.MappingNode):
            keys = {str(key.value): (key, value) for key, value in node.value}
            step = next((n for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in keys), 0)
            if step:
                key, node = keys[".".join(parts[:step])]
                line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and parts[0].isdecimal() and int(parts[0]) < len(node.value):
            step, node = 1, node.value[int(parts[0])]
            line = node.start_mark.line + 1
        if not step:
            break
        parts = parts[step:]
    return line


def _fault(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


def _check_depth(text: str) -> None:
    """Refuse a text nested too deeply.

    A level needs a bracket or a column of indentation; only a text with that many is parsed, because brackets in quotes
    and comments do not count.
    """
    if text.count("[") + text.count("{") <= MAX_DEPTH and not DEEP.search(text):
        return
    depth = 0
    for event in yaml.parse(text, Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            mark: Any = event.start_mark
            raise yaml.MarkedYAMLError(problem=f"nested more than {MAX_DEPTH} levels deep", problem_mark=mark)


def _check_nodes(loader: Any, root: yaml.Node) -> None:
    """Refuse repeated keys, ambiguous numbers, and aliases that multiply."""
    sizes: dict[int, int] = {}

    def size(node: yaml.Node) -> int:
        if id(node) in sizes:
            if sizes[id(node)] == 0:
                raise _fault(node, "an alias is inside what it names")
            return sizes[id(node)]
        sizes[id(node)] = 0
        total = 1
        if isinstance(node, yaml.MappingNode):
            seen: set[Hashable] = set()
            for key_node, value_node in node.value:
                key = MERGE if key_node.tag == MERGE else loader.construct_object(key_node, deep=True)
                if not isinstance(key, Hashable):
                    raise _fault(key_node, "a key must be a name")
                if key in seen:
                    raise _fault(key_node, f"key {key_node.value!r} appears twice")
                seen.add(key)
                total += 1 + size(value_node)
        elif isinstance(node, yaml.SequenceNode):
            total += sum(map(size, node.value))
        elif node.tag in NUMBERS and STRANGE_NUMBER.match(node.value):
            raise _fault(node, f"{node.value} can be read as another number: write it without a leading zero or a "
                               "colon, or in quotes if it is text")  # fmt: skip
        if total > MAX_NODES:
            raise _fault(node, f"has more than {MAX_NODES:,} values with its aliases written out")
        sizes[id(node)] = total
        return total

    size(root)
