"""What readers are told in place of the words that code uses: reasons of upgrades, outcomes of checks, settings."""

from __future__ import annotations

from collections.abc import Mapping

REASONS: Mapping[str, str] = {
    "deadline": "support ends",
    "policy": "the option's policy",
    "forced": "forced by the vendor",
    "slipped": "late, the team had no time before",
    "unfinished": "not done within the horizon",
    "stranded": "no version to go to",
}
"""Why an upgrade happens when it does."""
OUTCOMES: Mapping[str, str] = {
    "exact": "the same number",
    "inside": "inside the range",
    "source": "inside, but a source of the range",
    "bound": "within a published bound",
    "sign": "the same direction",
    "guard": "a doubted claim, not taken over",
}
"""What comes of holding a published figure against the model."""


def said(words: Mapping[str, str], code: str) -> str:
    """The words for a code, or the code itself with spaces."""
    return words.get(code, code.replace("_", " "))
