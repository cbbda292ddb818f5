"""What readers are told in place of the words that code uses: reasons of upgrades, outcomes of checks, settings."""

from __future__ import annotations

from collections.abc import Mapping

from tco.platforms import platform, platform_names

REASONS: Mapping[str, str] = {
    "deadline": "support ends",
    "policy": "the option's policy",
    "forced": "forced by the vendor",
    "slipped": "late, not possible before",
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
SETTINGS: Mapping[str, str] = {
    "in_place": "in place",
    "blue_green": "blue/green",
    "single_az": "Single-AZ",
    "multi_az": "Multi-AZ",
    "multi_az_cluster": "Multi-AZ cluster",
    "extended_support": "Extended Support",
    "postgresql": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "mongodb": "MongoDB",
    "cassandra": "Cassandra",
    "settled": "to versions a year old",
    "newest": "to the newest version",
    "smallest": "to the nearest version",
    "never": "when the vendor forces it",
    "successor": "to the engine that follows",
    **{
        f"{years}yr_{how}_upfront": f"{term}, {paid} upfront"
        for years, term in ((1, "1 year"), (3, "3 years"))
        for how, paid in (("no", "nothing"), ("partial", "partly"), ("all", "all"))
    },
}
"""What options choose; other settings are said as their code with spaces."""
BY_COLUMN: Mapping[str, Mapping[str, str]] = {
    "reason": REASONS,
    "outcome": OUTCOMES,
    **dict.fromkeys(
        ("method", "deployment", "reader_deployment", "policy", "capacity", "platform", "engine"), SETTINGS
    ),
}
"""Columns of tables whose codes are said in words."""

GLOSSARY: Mapping[str, str] = {
    "present value": "All cost of the horizon in today's money: what is spent later counts less, by the discount rate.",
    "point estimate": "The result where every assumption has its mean.",
    "P10": "One draw in ten is below this number.",
    "P80": "Eight draws in ten lie below this number.",
    "P90": "Nine draws in ten lie below this number.",
    "median": "Half of the draws lie below this number.",
    "draws": "Repeated calculations, each with random values of all uncertain assumptions, the same for every option.",
    "variance": "How widely the draws are spread: the mean of the squared distances from their mean.",
    "designs": "Schemas with their applications; what is tested, rehearsed or re-modelled once for all clusters alike.",
    "design": "A schema with its applications; what is tested, rehearsed or re-modelled once for all clusters alike.",
    "cut-over": "The moment at which a cluster switches to its new version or platform.",
    "Extended Support": "Patches that the provider sells after the end of a version's free support.",
    "cluster-minutes": "Minutes of downtime, summed over the clusters.",
}
"""What a reader may not know, longer terms before those that they contain."""


def said(words: Mapping[str, str], code: str) -> str:
    """The words for a code, or the code itself with spaces."""
    return words.get(code, code.replace("_", " "))


def setting(value: object) -> str:
    """A value of a scenario in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in platform_names():
        return platform(str(value)).title
    return said(SETTINGS, f"{value:.15g}" if isinstance(value, float) else str(value))
