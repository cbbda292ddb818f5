"""What each chart shows, in one sentence taken from its numbers; the sentence becomes the chart's title.

Names appear in these sentences unescaped; the caller escapes them for a page.
"""

from __future__ import annotations

import pandas as pd

from tco import formats

PLANNED = "planned downtime"
"""The line of downtime that published claims are about."""


def cost_by_year(frame: pd.DataFrame) -> str:
    """Which option costs least over the years shown; frame: `option, year, cost`."""
    if frame.empty:
        return "No costs"
    totals = frame.groupby("option", sort=False)["cost"].sum().sort_values(kind="stable")
    years = f"{frame['year'].min()} to {frame['year'].max()}"
    if len(totals) == 1 or totals.iloc[0] == totals.iloc[-1]:
        return f"{totals.index[0]} costs {formats.money(totals.iloc[0])} from {years}"
    return (
        f"From {years} {totals.index[0]} costs least undiscounted, "
        f"{formats.money(totals.iloc[0])}, and {totals.index[-1]} most, {formats.money(totals.iloc[-1])}"
    )


def cost_by_category(frame: pd.DataFrame) -> str:
    """The largest category and its share of the options' cost; frame: `option, category, cost`."""
    totals = frame.groupby("option", sort=False)["cost"].sum().sort_values(kind="stable")
    if frame.empty or not totals.abs().sum():
        return "Nothing costs anything"
    parts = frame.groupby("category", sort=False)["cost"].sum()
    largest = str(parts.idxmax())
    shares = frame[frame["category"] == largest].groupby("option")["cost"].sum() / totals
    low, high = shares.min(), shares.max()
    if formats.share(low) == formats.share(high):
        return f"{_capital(largest)} is {formats.share(high)} of the cost"
    return f"{_capital(largest)} is the largest part: {formats.share(low)} to {formats.share(high)} of an option's cost"


def cost_by_line(frame: pd.DataFrame) -> str:
    """The largest lines of one option and what they make up; frame: `line, cost`."""
    lines = frame.groupby("line", sort=False)["cost"].sum().sort_values(ascending=False, kind="stable")
    total = float(lines.sum())
    if not total:
        return "Nothing costs anything"
    first = list(lines.index[:2])
    share = formats.share(float(lines.iloc[:2].sum()) / total)
    return f"{_capital(', then '.join(first))}: {share} of its cost"


def difference_by_category(frame: pd.DataFrame, option: str, reference: str) -> str:
    """By how much `option` differs from `reference` and in which category most; frame has `difference`."""
    parts = frame[frame["option"] == option].groupby("category", sort=False)["difference"].sum()
    total = float(parts.sum())
    if not total:
        return f"{option} costs the same as {reference}"
    word = "less" if total < 0 else "more"
    same_way = parts[parts * total > 0]
    largest = str(same_way.abs().idxmax())
    against = parts[parts * total < 0]
    sentence = (
        f"{option} costs {formats.money(abs(total))} {word} than {reference}: "
        f"{formats.money(float(parts[largest]), signed=True)} {largest}"
    )
    if against.empty:
        return sentence
    opposite = str(against.abs().idxmax())
    return f"{sentence}, {formats.money(float(parts[opposite]), signed=True)} {opposite}"


def cost_over_time(frame: pd.DataFrame) -> str:
    """Which option has cost least by the end; frame: `option, period, cumulative`."""
    if frame.empty:
        return "No costs"
    last = frame[frame["period"] == frame["period"].max()].sort_values("cumulative", kind="stable")
    cheapest, cost = last.iloc[0]["option"], last.iloc[0]["cumulative"]
    return f"By {frame['period'].max()} {cheapest} has cost least, {formats.money(float(cost))}"


def labour_by_quarter(frame: pd.DataFrame) -> str:
    """Hours of one option and its busiest quarter; frame: `quarter, role, labour_hours`."""
    quarters = frame.groupby("quarter")["labour_hours"].sum()
    if frame.empty or not quarters.sum():
        return "No labour hours"
    total = formats.hours(float(quarters.sum()))
    return f"{total} in all, at most {formats.hours(float(quarters.max()))} a quarter ({quarters.idxmax()})"


def upgrade_timeline(frame: pd.DataFrame) -> str:
    """How many major upgrades fall due and in which year most; frame: `date, to_version, clusters`."""
    moved = frame[frame["to_version"] != ""]
    stranded = round(float(frame.loc[frame["to_version"] == "", "clusters"].sum()))
    tail = f"; {stranded:,} clusters are stranded" if stranded else ""
    if moved.empty:
        return f"No major upgrades{tail}"
    years = moved.assign(year=moved["date"].astype(str).str[:4]).groupby("year")["clusters"].sum()
    total = round(float(moved["clusters"].sum()))
    if not total:
        return f"Hardly a major upgrade{tail}"
    noun = "cluster upgrade" if total == 1 else "cluster upgrades"
    return f"{total:,} {noun}, {round(float(years.max())):,} of them in {years.idxmax()}{tail}"


def downtime_in_all(frame: pd.DataFrame) -> str:
    """Downtime of the option that has least and most; frame: `option, line, minutes_per_cluster_year`."""
    by_option = frame.groupby("option", sort=False)["minutes_per_cluster_year"].sum().sort_values(kind="stable")
    if by_option.empty or not by_option.abs().sum():
        return "No downtime"
    least, most = (f"{formats.minutes(by_option.iloc[end])} with {by_option.index[end]}" for end in (0, -1))
    return f"All downtime per cluster and year: {least}" + (f", {most}" if len(by_option) > 1 else "")


def downtime_by_line(frame: pd.DataFrame) -> str:
    """Planned downtime of the option that has most and least; frame: `option, line, minutes_per_cluster_year`."""
    planned = frame[frame["line"] == PLANNED]
    by_option = planned.groupby("option", sort=False)["minutes_per_cluster_year"].sum().sort_values(kind="stable")
    if by_option.empty or not by_option.abs().sum():
        return "No planned downtime"
    least, most = by_option.index[0], by_option.index[-1]
    if least == most:
        return f"{most} is planned to be down {formats.minutes(by_option.iloc[-1])} per cluster and year"
    return (
        f"Planned downtime per cluster and year: {formats.minutes(by_option.iloc[0])} with {least}, "
        f"{formats.minutes(by_option.iloc[-1])} with {most}"
    )


def cost_by_fleet_size(crossings: pd.DataFrame, cheapest: str, low: float, high: float) -> str:
    """Which option is cheapest at which fleet size; crossings: `value, cheapest_below, cheapest_above`, ascending."""
    span = f"{formats.grouped(low)} to {formats.grouped(high)} clusters"
    if crossings.empty:
        return f"{cheapest} is cheapest at every size from {span}: no crossing in range"
    first = crossings.iloc[0]
    parts = [f"{first['cheapest_below']} is cheapest below {clusters(float(first['value']))} clusters"]
    for position, row in enumerate(crossings.to_dict("records"), start=1):
        until = (
            f"from {clusters(float(row['value']))} to {clusters(float(crossings.iloc[position]['value']))}"
            if position < len(crossings)
            else f"above {clusters(float(row['value']))}"
        )
        parts.append(f"{row['cheapest_above']} {until}")
    shown = parts if len(parts) <= 3 else [*parts[:2], f"then {len(parts) - 2} more changes"]
    return ", ".join(shown)


def cost_by_utilisation(crossings: pd.DataFrame, kind: str) -> str:
    """From which utilisation each mode is cheaper than on demand; crossings: `mode, label`. kind: reads or writes."""
    modes = [f"{row.mode} from {row.label} utilisation" for row in crossings.itertuples()]
    return f"{kind.capitalize()} are cheaper {', '.join(modes)} than on demand" if modes else f"{kind} stay on demand"


def cost_bands(frame: pd.DataFrame) -> str:
    """What the cheapest option has cost by the end, in the middle 80 % of draws; frame: `option, period, p10, ...`."""
    if frame.empty:
        return "No costs"
    last = frame[frame["period"] == frame["period"].max()].sort_values("p50", kind="stable").iloc[0]
    return (
        f"By {last['period']} {last['option']} has cost {formats.money(float(last['p10']))} to "
        f"{formats.money(float(last['p90']))} in 80% of draws, {formats.money(float(last['p50']))} at the median"
    )


def intervals(frame: pd.DataFrame) -> str:
    """Whether the two lowest means can be told apart; frame: `option, p10, mean, p90`, the lowest mean first."""
    first, *others = frame.to_dict("records")
    if not others:
        return f"{first['option']} costs {formats.money(first['mean'])} on average"
    second = others[0]
    apart = "overlap" if second["p10"] < first["p90"] else "lie apart"
    return (
        f"{first['option']} has the lowest mean, {formats.money(first['mean'])}; its range and that of "
        f"{second['option']} {apart}"
    )


def exceedance(frame: pd.DataFrame) -> str:
    """The amounts exceeded in one case of ten, lowest and highest; frame: `option, amount, probability`."""
    if frame.empty:
        return "No costs"
    nearest = frame.assign(gap=(frame["probability"] - 0.1).abs()).sort_values("gap", kind="stable")
    one_in_ten = nearest.drop_duplicates("option").sort_values("amount", kind="stable")
    safest, riskiest = one_in_ten.iloc[0], one_in_ten.iloc[-1]
    sentence = f"One time in ten {safest['option']} costs more than {formats.money(float(safest['amount']))}"
    if len(one_in_ten) == 1:
        return sentence
    return f"{sentence}, {riskiest['option']} more than {formats.money(float(riskiest['amount']))}"


def chance_by_value(frame: pd.DataFrame, what: str) -> str:
    """The likeliest winner at the lowest and the highest value of `what`; frame: `value, option, probability`."""
    ends = []
    for value in (frame["value"].min(), frame["value"].max()):
        best = frame[frame["value"] == value].sort_values("probability", ascending=False, kind="stable").iloc[0]
        ends.append((formats.significant(float(value)), str(best["option"]), formats.share(float(best["probability"]))))
    (low, first, chance), (high, last, other) = ends
    if first == last:
        return f"{first} is likeliest to be cheapest at {low} ({chance}) and at {high} ({other}) {what}"
    return f"{first} is likeliest to be cheapest at {low} ({chance}), {last} at {high} {what} ({other})"


def tornado(frame: pd.DataFrame) -> str:
    """Which assumption moves the result most, and by how much; frame: `label, swing`, the widest first."""
    if frame.empty:
        return "No assumption moves the result"
    first = frame.iloc[0]
    sentence = f"{first['label']} moves the result most, by {formats.money(abs(float(first['swing'])))}"
    if len(frame) == 1:
        return sentence
    return f"{sentence}; then {frame.iloc[1]['label'].lower()}, {formats.money(abs(float(frame.iloc[1]['swing'])))}"


def cheapest_map(frame: pd.DataFrame) -> str:
    """On how much of the map each option is cheapest; frame: `cheapest`."""
    shares = frame["cheapest"].value_counts(normalize=True)
    if len(shares) == 1:
        return f"{shares.index[0]} is cheapest everywhere on the map"
    parts = [f"{option} on {formats.share(float(share))}" for option, share in shares.items()]
    return f"Cheapest: {formats.listed(parts)} of the map"


def clusters(value: float) -> str:
    """A fleet size at which the cheapest option changes, to three digits: 3, 3.2, 57, 1,240."""
    return formats.grouped(value, 1 if value < 10 and value % 1 else 0) if value < 1000 else formats.significant(value)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def savings_by_group(frame: pd.DataFrame) -> str:
    """Which group saves most by moving; frame: `group, option, saving`, without a saving where a group is kept."""
    moved = frame.dropna(subset="saving")
    if moved.empty:
        return "No group saves by moving"
    most = moved.sort_values("saving", kind="stable").iloc[-1]
    total = float(moved["saving"].sum())
    if len(moved) == 1:
        return f"Moving {most['group']} to {most['option']} saves {formats.money(total)}"
    return (
        f"Moving {len(moved)} groups saves {formats.money(total)}, "
        f"{formats.money(float(most['saving']))} of it {most['group']} to {most['option']}"
    )


def upgrade_plan(frame: pd.DataFrame) -> str:
    """How many upgrades a plan has, and how many of them late; frame: `cut_over, slips`, and `slip_cost` if there."""
    late = int(frame["slips"].sum())
    upgrades = formats.count(len(frame), "upgrade")
    if not late:
        return f"{upgrades}, {'' if len(frame) == 1 else 'all '}made before free patches end"
    cost = float(frame["slip_cost"].sum()) if "slip_cost" in frame else 0.0
    tail = f", which costs {formats.money(cost)}" if cost else ""
    return f"{late:,} of {upgrades} are made after free patches end{tail}"


def load_against_capacity(frame: pd.DataFrame) -> str:
    """The busiest month and its share of the hours that there are; frame: `month, hours, capacity`."""
    if not frame["hours"].sum():
        return "No planned hours"
    busiest = frame.sort_values("hours", ascending=False, kind="stable").iloc[0]
    share = formats.share(float(busiest["hours"]) / float(frame["capacity"].max() or 1.0))
    busy, most = (formats.hours(float(hours)) for hours in (busiest["hours"], frame["capacity"].max()))
    part = "all" if busy == most else share
    return f"The busiest month, {busiest['month']}, takes {busy}, {part} of the team's hours"


def what_ifs(frame: pd.DataFrame) -> str:
    """Whether another option becomes cheapest; frame: `what_if, option, npv`, as written first."""
    best = {str(case): cheapest_alike(rows) for case, rows in frame.groupby("what_if", sort=False)}
    (_, first), *others = best.items()
    named = [
        f"{formats.listed(names)}{' alike' if names[1:] else ''} in {case}" for case, names in others if names != first
    ]
    if not named:
        return f"{formats.listed(first)} {'stay' if first[1:] else 'stays'} cheapest in every what-if"
    return f"{formats.listed(first)} {'are' if first[1:] else 'is'} cheapest as written, {formats.listed(named)}"


def cheapest_alike(rows: pd.DataFrame) -> list[str]:
    """The option of the lowest present value, and those whose amount reads the same; rows: `option, npv`."""
    ordered = rows.sort_values("npv", kind="stable")
    same = ordered["npv"].map(formats.money) == formats.money(float(ordered["npv"].iloc[0]))
    return [str(option) for option in ordered.loc[same, "option"]]
