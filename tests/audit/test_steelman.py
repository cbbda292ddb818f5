"""Both sides of a dispute."""

from __future__ import annotations

import pytest

import tco
from tco.audit.steelman import steelman, without_sponsor
from tests.small_scenarios import scenario


@pytest.fixture(scope="module")
def text() -> str:
    return steelman(tco.load_scenario(scenario()), draws=32)


def test_each_side_has_a_case_that_the_other_accepts(text: str) -> None:
    assert "## The case for stay" in text
    assert "## The case for dynamodb" in text
    assert "## The gap between" in text
    assert "`discount.dynamodb`" not in text.split("## The case for dynamodb")[1], "a vendor's figure for its own side"


def test_every_line_of_a_case_helps_it(text: str) -> None:
    rows = [row for row in text.splitlines() if row.startswith("| ") and "`" in row]
    helps = [float(row.split(" | ")[3].replace(",", "")) for row in rows]
    assert helps
    assert min(helps) > 0


def test_what_a_sponsor_paid_for_is_widened() -> None:
    stated = tco.load_scenario(scenario())
    wider, paths = without_sponsor(stated, "vendor")
    for path in paths:
        before, after = stated.assumptions[path], wider.assumptions[path]
        assert (after.high or 0) >= (before.high or 0)
    with pytest.raises(tco.InputError, match="unknown sponsor"):
        without_sponsor(stated, "nobody")


@pytest.mark.parametrize("word", ["", " "])
def test_an_empty_sponsor_is_none_of_the_sources(word: str) -> None:
    with pytest.raises(tco.InputError, match=r"without-sponsor: unknown sponsor .*valid: "):
        steelman(tco.load_scenario(scenario()), sponsor=word, draws=2)


def test_options_that_are_no_two_are_refused() -> None:
    with pytest.raises(tco.InputError, match="did you mean 'stay'"):
        steelman(tco.load_scenario(scenario()), ("sty", "dynamodb"), draws=2)
