"""The text of a notebook's file is what nbformat writes."""

from __future__ import annotations

import json
from typing import Any

import nbformat
from hypothesis import given
from hypothesis import strategies as st

from tco.report.notebook_file import indented, notebook_text

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)


@given(VALUES)
def test_json_is_indented_as_python_does_it(value: Any) -> None:
    assert indented(value) == json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)


def executed() -> Any:
    v4 = nbformat.v4
    table = {"columns": ["a", "b"], "rows": [[1, 0.1], ["x\n", None]], "empty": [], "nothing": {}}
    outputs = [
        v4.new_output("stream", name="stdout", text="one\ntwo ü\n"),
        v4.new_output(
            "display_data", {"text/html": "<p>\n</p>", "application/vnd.some+json": table}, metadata={"m": 1}
        ),
        v4.new_output("execute_result", {"text/plain": "1\n2"}, execution_count=2),
        v4.new_output("error", ename="E", evalue="v", traceback=["a\nb"]),
    ]
    text = v4.new_markdown_cell("# A\n![b](attachment:c.txt)", attachments={"c.txt": {"text/plain": "x\ny"}})
    text.metadata["trusted"] = True
    cells = [text, v4.new_code_cell("a = 1\nb", outputs=outputs, execution_count=2), v4.new_raw_cell("")]
    return v4.new_notebook(cells=cells, metadata={"title": "t", "signature": "s", "tags": ("p", "q")})


def test_a_notebook_is_written_as_nbformat_writes_it_and_stays_as_it_is() -> None:
    notebook = executed()
    before = json.dumps(notebook)
    assert notebook_text(notebook) == nbformat.writes(notebook) + "\n"
    assert json.dumps(notebook) == before


def test_a_notebook_that_is_not_valid_is_written_all_the_same() -> None:
    notebook = executed()
    notebook.cells[1].outputs[0].pop("name")
    assert notebook_text(notebook) == nbformat.writes(notebook) + "\n"
