"""Captions and columns of tables that several notebooks show, by the table's name; what a caller states goes before."""

from __future__ import annotations

from collections.abc import Mapping

Columns = Mapping[str, str | tuple[str, str]]

OF_UPGRADES: Columns = {
    "date": "Date",
    "group": "Group",
    "clusters": ("Clusters", "shared count"),
    "from_version": "From",
    "to_version": "To",
    "reason": "Why",
}
CHECKED: Columns = {
    "title": "Case",
    "figure": "Figure",
    "observed": "Observed",
    "model_low": "Model, low",
    "model_high": "Model, high",
    "unit": "Unit",
    "outcome": "Outcome",
}
CHECKED_WITH_REASON: Columns = {**CHECKED, "reason": "Reason"}
KNOWN: Mapping[str, tuple[str, Columns]] = {
    "uncertainty": (
        "Present value of each option over the draws (USD)",
        {
            "option": "Option",
            "point": ("At the means", "money"),
            "mean": ("Mean", "money"),
            "standard_error": ("± of the mean", "money"),
            "p10": ("P10", "money"),
            "p50": ("Median", "money"),
            "p80": ("P80", "money"),
            "p90": ("P90", "money"),
        },
    ),
    "ranking": (
        "Options by mean present value (USD)",
        {
            "rank": "Rank",
            "option": "Option",
            "mean": ("Mean", "money"),
            "probability_cheapest": ("Draws in which it is the cheapest", "share"),
            "standard_error": ("± of that share", "share"),
        },
    ),
    "differences": (
        "Each option less the reference, draw by draw (USD)",
        {
            "option": "Option",
            "point": ("At the means", "signed money"),
            "mean": ("Mean", "signed money"),
            "standard_error": ("± of the mean", "money"),
            "p10": ("P10", "signed money"),
            "p50": ("Median", "signed money"),
            "p90": ("P90", "signed money"),
            "probability_cheaper": ("Draws in which it is cheaper", "share"),
        },
    ),
    "sobol_indices": (
        "Shares of the variance of the difference, of the assumptions with the widest swings",
        {
            "label": "Assumption",
            "path": "Path",
            "first": ("Alone (first order)", "share"),
            "first_confidence": ("±", "share"),
            "total": ("With others (total)", "share"),
            "total_confidence": ("± of the total", "share"),
        },
    ),
    "value_of_information": (
        "What knowing it before deciding saves on average (USD)",
        {
            "label": "What is known",
            "kind": "Kind",
            "value": ("Saves on average", "money"),
            "standard_error": ("±", "money"),
            "share": ("Of knowing everything", "share"),
        },
    ),
    "learnt": (
        "Ranges before and after an upgrade log, 5th percentile, mean and 95th percentile",
        {
            "label": "Assumption",
            "unit": "Unit",
            "upgrades": ("Rows of the log", "count"),
            "observed": ("Observed", "number"),
            "prior_low": ("Before, low", "number"),
            "prior_mean": ("Before, mean", "number"),
            "prior_high": ("Before, high", "number"),
            "posterior_low": ("After, low", "number"),
            "posterior_mean": ("After, mean", "number"),
            "posterior_high": ("After, high", "number"),
        },
    ),
    "outcomes": ("What became of the databases", {"outcome": "Outcome", "count": ("Databases", "count")}),
    "coverage": (
        "Every database that was read",
        {
            "resource": "Database",
            "outcome": "Outcome",
            "into": "Group",
            "reason": "Why",
            "source": "File",
            "row": "Row",
        },
    ),
    "upgrades": ("The next upgrades of those who stay", OF_UPGRADES),
    "exact": ("Figures that follow exactly", CHECKED),
    "independent": ("Figures independent of the range", CHECKED_WITH_REASON),
    "calibrated": ("Figures that the range was made from", CHECKED),
    "signs_and_guards": ("Signs and doubted claims, with what the model says", CHECKED_WITH_REASON),
    "not_testable": ("Figures that cannot be tested, with the reason", CHECKED_WITH_REASON),
    "one_case": ("The figures of one case", CHECKED_WITH_REASON),
    "published_priors": (
        "Ranges as stated, and after the published upgrades",
        {
            "label": "Range",
            "unit": "Unit",
            "rows": "Rows",
            "left_out": "Its sources",
            "low": "Stated, low",
            "high": "Stated, high",
            "posterior_low": "After, low",
            "posterior_high": "After, high",
            "standing": "What follows",
        },
    ),
    "bill": (
        "The bill of a month, line by line (USD)",
        {
            "item": "Line",
            "quantity": ("Quantity", "number"),
            "unit": "Unit",
            "unit_price": ("Price of a unit (USD)", "price"),
            "cost": ("Cost", "money"),
            "meaning": "What is counted",
        },
    ),
}
MEANINGS: Mapping[str, str] = {
    "On-demand read requests": "units of all reads of the month",
    "On-demand write requests": "units of all writes of the month, index entries included",
    "Replicated write requests": "units of all writes, in the table's own Region",
    "Replica write requests": "the same writes again, in the replica's Region",
    "Provisioned read capacity": "units provisioned in each hour, summed over the month",
    "Provisioned write capacity": "units provisioned for writes, index entries included",
    "Reserved read capacity": "reserved units x all hours, used or not",
    "Reserved write capacity": "reserved units x all hours, used or not",
    "Reserved read capacity upfront": "once for each unit when the term begins",
    "Reserved write capacity upfront": "once for each unit when the term begins",
    "Table storage": "bytes stored, overhead included",
    "Replica storage": "the whole table again, in the replica's Region",
    "Point-in-time recovery": "bytes under continuous backup",
    "Distributed processing units": "units of all statements of the month",
    "Autoscale throughput": "blocks of 100 units a second, at each hour's highest rate",
    "Instance hours": "hours of the first instance; a Multi-AZ price includes the standby",
    "Replica instance hours": "hours of every further instance",
    "Serverless v2 capacity": "capacity units in use x hours",
    "Storage": "bytes stored",
    "Storage (gp3)": "bytes allocated to volumes, filled or not",
    "Storage (standard)": "bytes stored, one copy billed of six kept",
    "I/O requests": "reads and writes of storage pages",
    "Backup storage": "backups beyond the free allowance",
    "Extended Support year 1": "virtual CPUs x hours on a version past its standard support",
    "Snapshots": "bytes of snapshots kept",
    "Traffic between zones": "bytes between zones, charged at both ends",
}
"""What the quantity of a line of a bill counts, by the line's name."""
