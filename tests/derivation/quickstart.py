"""The quickstart's ledger derived a second time, in plain Python, from `params/` and `data/` alone.

Read it from top to bottom: the case, bills, then the ledger's five categories, each line with its formula in words.
Every assumption stands at its mean, and chance events at their expected number: 0.3 failures a year are 0.3 failures.
Nothing of `tco` is imported. tests/test_quickstart_derivation.py compares the two; `Derivation("stay", {})` is one.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from types import SimpleNamespace

from derivation.facts import NORMAL, groups, means, price, table, yaml_file
from derivation.versions import Upgrade, extended_support_year, releases, upgrades, versions_before

ENGINES = {"mysql": "rds_mysql", "postgresql": "rds_postgresql"}
COPIES = {"single_az": 1, "multi_az": 2}
YEAR, MONTH = 365.25, 365.25 / 12  # days
HOUR, MINUTE = "labour hour", "downtime minute"
Group = SimpleNamespace
Shares = Sequence[float]  # one a month
Bill = list[tuple[str, str, float, float]]  # line, unit, quantity, USD a unit


def learned(count: float, first: float, floor: float, learning_rate: float) -> float:
    """Wright's learning curve: sum over i = 1 .. count of max(first x i^log2(learning rate), floor); linear between."""
    each = (max(first * (done + 1) ** math.log2(learning_rate), floor) for done in range(math.ceil(count)))
    return sum(min(count - done, 1.0) * hours for done, hours in enumerate(each))


def followed(load: str) -> float:
    """Mean load / mean capacity, where an hour's capacity is what the busier of it and the hour before needs."""
    shape = yaml_file("load_shapes.yaml")[load]
    hourly = shape.get("hourly") or shape["weekday"] * 5 + shape["weekend"] * 2
    return float(sum(hourly) / sum(map(max, hourly, hourly[-1:] + hourly[:-1])))


class Derivation:
    """One option of params/quickstart.yaml; changes: numbers by path, as in `tco.load_scenario(set=...)`.

    lines: by (category, line, phase, unit) the quantity over the horizon, and the USD of each month.
    """

    def __init__(self, option: str, changes: Mapping[str, float]) -> None:
        scenario = yaml_file("quickstart.yaml")
        self.a = {**means(), **changes}
        assert not any(self.a[f"finance.{kind}_inflation"] for kind in ("labour", "cloud", "business")), "constant USD"
        year, month = map(int, scenario["start"].split("-"))
        self.months, self.hours_per_month = scenario["months"], self.a["finance.hours_per_month"]
        starts = [date(year + number // 12, number % 12 + 1, 1) for number in range(month - 1, month + self.months)]
        self.first, self.last = starts[0], starts[-1] - timedelta(1)
        self.days = [[first + timedelta(n) for n in range((end - first).days)] for first, end in pairwise(starts)]
        self.lines: dict[tuple[str, str, str, str], tuple[float, list[float]]] = {}

        asked = groups(option, changes)
        self.moves = asked[0].platform == "dynamodb"
        self.clusters = sum(group.clusters for group in asked)
        self.designs = self.designs_of(self.with_designs(asked))
        # The baseline's team is for a hundred clusters; it has two people at least. A stated one is as it is.
        team = "labour.migration_team"
        self.movers = changes.get(team) or max(means()[team] * self.clusters / 100, 2.0)
        self.set_pace()
        # On RDS as the option says, or as the reference has it until a cluster moves; and on DynamoDB.
        self.rds, self.dynamodb = (groups(scenario["reference"], changes), asked) if self.moves else (asked, [])
        self.places = [
            ("managed", "instances", self.rds, self.on_rds),
            ("versionless", "versionless", self.dynamodb, self.on_dynamodb),
        ]
        bills = [*((group, self.rds_bill) for group in self.rds), *((g, self.dynamodb_bill) for g in self.dynamodb)]
        self.bills = {id(group): bill_of(group) for group, bill_of in bills}
        self.upgrades = {group.name: self.upgrades_of(group) for group in self.rds}
        self.infrastructure()
        self.version_upkeep()
        self.operations()
        self.downtime()
        self.transition()

    # --- the case: the pace of a move, the waves of upgrades, and the ledger ------------------------------------------

    def designs_of(self, clusters: float) -> float:
        """Distinct schemas and applications: clusters x designs per cluster, at least 1; less below one cluster."""
        return max(1.0, clusters * self.a["upgrades.designs_per_cluster"]) * min(clusters, 1.0)

    def with_designs(self, members: Sequence[Group]) -> float:
        """Clusters that bring designs: those of production, whose designs the others run."""
        return sum(group.clusters for group in members if group.environment == "production")

    def set_pace(self) -> None:
        """The share of clusters on each platform in a month, the share that cuts over in it, and that of the work.

        The first cluster cuts over after the start lag. Cut-overs are spread evenly over a duration that follows from
        the work: hours of the move / (people of the team x productive hours a month). A month's share on DynamoDB is
        its average over the month; the work is even from the start to the last cut-over.
        """
        a, begin, duration, self.modelling = self.a, math.inf, 1.0, 0.0
        if self.moves:
            # Re-modelling: sum over designs j of max(first hours x j^log2(learning rate), share of them as the floor).
            first, begin = a["transition.modelling_hours_per_design"], a["transition.start_lag_months"]
            floor = first * a["transition.modelling_floor_share"]
            self.modelling = learned(self.designs, first, floor, a["transition.modelling_learning_rate"])
            # All work of the move: tooling, training of at most so many people a design, data and failed cut-overs.
            people = min(a["upgrades.developers_per_design"], a["transition.engineers_per_design_max"])
            each = a["transition.data_move_hours_per_cluster"]
            each += a["downtime.incident_probability_migration"] * a["upgrades.incident_labour_hours"]
            hours = self.modelling + a["transition.tooling_hours"] + self.clusters * each
            hours += self.designs * people * a["transition.training_hours_per_engineer"]
            duration = hours / (self.movers * a["transition.productive_hours_per_month"])

        def moved(time: float) -> float:
            return min(max((time - begin) / duration, 0.0), 1.0)

        def area(time: float) -> float:  # `moved` added up from 0 to time
            return moved(time) ** 2 * duration / 2 + max(time - begin - duration, 0.0)

        def monthly(until: Callable[[float], float]) -> list[float]:
            return [until(month + 1) - until(month) for month in range(self.months)]

        self.on_dynamodb, self.cut_over = monthly(area), monthly(moved)
        # On both platforms: cut over so many months from now, and not yet; what begins before the start is paid at it.
        span = a["transition.dual_running_months"]
        self.on_both = monthly(lambda time: area(time + span) - area(time) if time else 0.0)
        self.on_rds = [1 - share for share in self.on_dynamodb]
        self.work = monthly(lambda time: min(time / (begin + duration), 1.0))
        self.last_on_rds = self.first.toordinal() + (begin + duration) * MONTH

    def upgrades_of(self, group: Group) -> list[Upgrade]:
        """Upgrades by the policy `settled`; of clusters about to move only those that the vendor forces.

        What is overdue at the start is upgraded after the preparation time.
        """
        ready = self.first + timedelta(round(self.a["upgrades.preparation_months"] * MONTH))
        how = {"forced": self.moves, "blue_green": group.method == "blue_green", "until": self.last}
        return list(upgrades(ENGINES[group.engine], group.version, self.first, self.last, ready, **how))

    def version_on(self, group: Group, day: date) -> str:
        return [group.version, *(upgrade.new for upgrade in self.upgrades[group.name] if upgrade.day <= day)][-1]

    def waves(self) -> list[tuple[Upgrade, int, dict[str, list[Group]]]]:
        """Each major upgrade, its month, and all groups of the engine that make it that day, by method of cut-over."""
        found: dict[Upgrade, dict[str, list[Group]]] = defaultdict(lambda: defaultdict(list))
        for group in self.rds:
            for upgrade in self.upgrades[group.name]:
                found[upgrade]["in_place" if upgrade.forced else group.method].append(group)
        months = {day: month for month, days in enumerate(self.days) for day in days}
        return [(upgrade, months[upgrade.day], found[upgrade]) for upgrade in sorted(found)]

    def only(self, month: int) -> list[float]:
        return [float(other == month) for other in range(self.months)]

    def begun(self, day: date) -> list[float]:
        """The month in which work on an upgrade begins, its preparation before the day; many people end it at once."""
        month = next(number for number, days in enumerate(self.days) if day in days)
        time = month + (day.day - 1) / len(self.days[month]) - self.a["upgrades.preparation_months"]
        return self.only(int(max(time, 0)))

    def after(self, when: Shares) -> list[float]:
        """Equal parts of the months after the one in `when`: as many as preparation takes, none past the last."""
        month, count = list(when).index(1.0), max(1, round(self.a["upgrades.preparation_months"]))
        months = [min(month + number, self.months - 1) for number in range(1, count + 1)]
        return [months.count(number) / count for number in range(self.months)]

    def book(self, label: str, unit: str, amount: float, when: Shares, price: float | None = None) -> None:
        """Book amount x when[month] in every month; the price of a labour hour is the engineer rate, that of USD is 1.

        label: category, line and phase with slashes between.
        """
        category, line, phase = (*label.split(" / "), "none")[:3]
        price = {HOUR: self.a["labour.engineer_rate"], "USD": 1.0}[unit] if price is None else price
        quantity, costs = self.lines.get((category, line, phase, unit), (0.0, [0.0] * self.months))
        costs = [cost + amount * share * price for cost, share in zip(costs, when, strict=True)]
        self.lines[category, line, phase, unit] = quantity + amount * math.fsum(when), costs

    def present_value(self) -> float:
        """Every month's USD, paid at its end, over (1 + yearly rate)^(months / 12)."""
        growth = (1 + self.a["finance.discount_rate"]) ** (1 / 12)
        return math.fsum(c / growth**month for _, costs in self.lines.values() for month, c in enumerate(costs, 1))

    # --- bills of one cluster in an ordinary month --------------------------------------------------------------------

    def rds_bill(self, group: Group) -> Bill:
        """Instance hours and allocated gp3 storage; a Multi-AZ price covers the standby of the first instance alone."""
        kind, listed = {"engine": group.engine, "instance_class": group.instance_class}, 1 - self.a["discount.rds"]
        (hourly, storage), (hourly_of_reader, storage_of_reader) = (
            (
                price("AmazonRDS", "instance", region=group.region, deployment=deployment, **kind) * listed,
                price("AmazonRDS", "storage_gp3", region=group.region, deployment=deployment) * listed,
            )
            for deployment in (group.deployment, "single_az")
        )
        readers = group.instances - 1
        return [
            ("compute", "instance hour", self.hours_per_month, hourly),
            ("replicas", "instance hour", self.hours_per_month * readers, hourly_of_reader),
            ("storage", "GB-month", group.storage_gb, storage),
            ("storage", "GB-month", group.storage_gb * readers, storage_of_reader),
        ]

    def dynamodb_bill(self, group: Group) -> Bill:
        """Requests or provisioned capacity, stored bytes, and point-in-time recovery of them.

        A read takes 1 unit per 4 KB of the item, half of it when eventually consistent, twice in a transaction; a write
        1 unit per 1 KB, twice in a transaction, and as many for each index entry. Provisioned capacity is units /
        (target utilisation x how closely auto scaling tracks x how well an hour's capacity follows the load shape).
        """
        a, in_transaction = self.a, self.a["dynamodb.transactional_share"]
        read_factor = 2 * in_transaction + (1 - in_transaction) * (1 - a["dynamodb.eventual_share"] / 2)
        write_factor = 2 * in_transaction + (1 - in_transaction) + a["dynamodb.index_writes_per_write"]
        reads = group.reads_per_second * self.mean_units(group.item_bytes / 4096) * read_factor
        writes = group.writes_per_second * self.mean_units(group.item_bytes / 1024) * write_factor
        unit, row, per_second = "million requests", "request_unit", 3600 * self.hours_per_month / 1e6
        if group.capacity == "provisioned":
            used = a["dynamodb.target_utilization"] * a["dynamodb.tracking_efficiency"] * followed(group.load)
            unit, row, per_second = "capacity-unit hour", "capacity_unit", self.hours_per_month / used
        stored = group.storage_gb * a["rds.storage_fill"] * a["dynamodb.size_factor"]
        items = [
            ("requests or capacity", unit, reads * per_second, f"read_{row}"),
            ("requests or capacity", unit, writes * per_second, f"write_{row}"),
            ("storage", "GB-month", stored, "storage"),
            ("backup", "GB-month", stored * a["dynamodb.pitr_share"], "pitr"),
        ]
        listed = 1 - a["discount.dynamodb"]
        return [(*item, price("AmazonDynamoDB", row, group.region) * listed) for *item, row in items]

    def mean_units(self, mean_size: float) -> float:
        """Mean of the rounded sizes: for lognormal sizes of S units, the sum over k = 0, 1, ... of the chance S > k."""
        variance = math.log(1 + self.a["dynamodb.item_size_spread"] ** 2)
        distances = [(math.log(mean_size / k) - variance / 2) / math.sqrt(variance) for k in range(1, 100)]
        return 1 + sum(map(NORMAL.cdf, distances))

    def bill(self, *members: Group) -> float:
        """The whole bill of all clusters of some groups in an ordinary month."""
        return sum(group.clusters * amount * usd for group in members for *_, amount, usd in self.bills[id(group)])

    # --- 1. infrastructure --------------------------------------------------------------------------------------------

    def infrastructure(self) -> None:
        """Clusters x bill of one, in the months in which they stand on the platform; and what no bill here has."""
        assert not self.a["infrastructure.licence_per_instance_month"] + self.a["infrastructure.vendor_support_share"]
        lines = "compute, replicas, storage, backup, requests or capacity, I/O, data transfer, licence, vendor support"
        for line in [*lines.split(", "), "commitments"]:
            self.book(f"infrastructure / {line}", "USD", 0, self.on_rds)  # a stated zero
        for _, _, members, here in self.places:
            for group in members:
                for line, unit, amount, usd in self.bills[id(group)]:
                    self.book(f"infrastructure / {line}", unit, group.clusters * amount, here, usd)

    # --- 2. version upkeep --------------------------------------------------------------------------------------------

    def version_upkeep(self) -> None:
        """Waves of major upgrades, minor upgrades and patches, and what is paid and missed past free patches."""
        stated = (
            "major upgrades",
            "change freeze",
            "rollback",
            "staging environments",
            "Extended Support",
            "provider upgrades",
        )
        for line in stated:
            self.book(f"version upkeep / {line}", "USD", 0, self.on_rds)  # a stated zero
        done = defaultdict(lambda: SimpleNamespace(designs=0.0, clusters=0.0, last_day=None))
        for upgrade, month, methods in self.waves():
            standing = sum(group.clusters for members in methods.values() for group in members) * self.on_rds[month]
            # Plan: hours x steps, once for the wave whatever its size; less where less than one cluster is left.
            plan = self.a["upgrades.plan_hours"] * upgrade.steps * self.surprise(upgrade)
            work = self.only(month) if upgrade.forced else self.begun(upgrade.day)
            read_up = self.after(work) if upgrade.forced else work
            self.book("version upkeep / major upgrades / plan", HOUR, plan * min(standing, 1.0), read_up)
            for method, members in methods.items() if standing else ():
                clusters = sum(group.clusters for group in members) * self.on_rds[month]
                everyone = self.with_designs([group for some in methods.values() for group in some])
                part = self.with_designs(members) / everyone if everyone else 0.0
                designs = self.designs_of(everyone * self.on_rds[month]) * part
                self.upgrade(upgrade, method, clusters, designs, members, work, done[upgrade.engine, method])
                if method == "blue_green":  # the doubled bill of every cluster while its green copy stands
                    days, here = self.month_share("staging.bluegreen_days"), self.on_rds[month]
                    copied = upgrade.steps * days * self.bill(*members) * here
                    self.book(
                        "version upkeep / staging environments / blue/green copy", "USD", copied, self.only(month)
                    )
        self.minor_upgrades_and_patches()
        self.past_free_patches()

    def upgrade(
        self,
        upgrade: Upgrade,
        method: str,
        clusters: float,
        designs: float,
        members: Sequence[Group],
        when: Shares,
        done: Group,
    ) -> None:
        """A wave's clusters of one method that are still here, with their designs; members: their groups.

        done: designs and clusters of the engine's earlier waves by the method, on which learning counts on, and the day
        of the last. A forced upgrade is the vendor's work: the team reads up, mends and tests after it, at more hours.
        """
        a, steps, green, rate = self.a, upgrade.steps, method == "blue_green", self.a["upgrades.learning_rate"]
        hours, copies = "version upkeep / major upgrades / ", "version upkeep / staging environments / "
        powers = learned(done.designs + designs, 1, 0, rate) - learned(done.designs, 1, 0, rate)
        first, by_hand = a["upgrades.cutover_hours_first"], a["upgrades.cutover_hours_floor"]
        floor = a["upgrades.cutover_hours_floor_automated"] if green else by_hand
        cut_over = learned(done.clusters + clusters, first, floor, rate) - learned(done.clusters, first, floor, rate)
        # Compatibility, regression test, rehearsal: steps x hours x sum over designs j of j^log2(learning rate).
        # After a forced upgrade applications are mended in as many months as preparation takes.
        mending = self.after(when) if upgrade.forced else when
        tests = powers * steps * self.surprise(upgrade)
        self.book(hours + "compatibility", HOUR, a["upgrades.compatibility_hours_per_design"] * tests, mending)
        self.book(hours + "regression test", HOUR, a["upgrades.regression_hours_per_design"] * tests, mending)
        # Incidents: cut-overs x steps x chance x hours of diagnosis, rollback and repeat.
        gone_wrong = clusters * steps * self.incident_chance(method, upgrade.forced)
        self.book(hours + "incidents", HOUR, gone_wrong * a["upgrades.incident_labour_hours"], when)
        # Change freeze: designs x steps x developers x working hours x share of their work blocked.
        frozen = a["upgrades.developers_per_design"] * a["upgrades.freeze_working_hours"]
        frozen *= designs * steps * a["upgrades.freeze_blocked_share"]
        self.book("version upkeep / change freeze", HOUR, frozen, when)
        if upgrade.forced:  # and looks at each cluster
            self.book(hours + "cut-over", HOUR, by_hand * clusters * steps, when)
            return
        done.designs, done.clusters = done.designs + designs, done.clusters + clusters
        self.book(hours + "rehearsal", HOUR, a["upgrades.rehearsal_hours_per_design"] * powers * steps, when)
        # A way back: rehearsed like the rest, and kept open at each cluster: a snapshot, or the old cluster in step.
        back, each = "version upkeep / rollback / way back per ", "replicated" if green else "snapshot"
        self.book(back + "design", HOUR, a["upgrades.rollback_hours_per_design"] * powers * steps, when)
        self.book(back + "cluster", HOUR, a[f"upgrades.rollback_hours_{each}"] * clusters * steps, when)
        # Tooling: hours of the method, less what is left of it since its last use: (1 - staff turnover)^years.
        years = (upgrade.day - done.last_day).days / YEAR if done.last_day else math.inf
        tooling = a["upgrades.tooling_hours_bluegreen" if green else "upgrades.tooling_hours_manual"]
        self.book(hours + "tooling", HOUR, tooling * (1 - (1 - a["labour.staff_turnover"]) ** years), when)
        done.last_day = upgrade.day
        # Cut-over: steps x sum over clusters i of max(first hours x i^log2(learning rate), floor of the method), and
        # the floor by hand on top where blue/green falls back to in place.
        back = clusters * a["downtime.bluegreen_fallback_probability"] if green else 0
        self.book(hours + "cut-over", HOUR, (cut_over + back * by_hand) * steps, when)
        # Rehearsals: designs x steps x hours to build and remove a copy, and x copies x share of the mean bill of a
        # production cluster x days.
        self.book(copies + "rehearsal", HOUR, designs * steps * a["staging.build_teardown_hours"], when)
        size = a["staging.copies"] * a["staging.share_of_production_size"] * self.month_share("staging.rehearsal_days")
        bill = self.bill(*(group for group in members if group.environment == "production"))
        self.book(copies + "rehearsal", "USD", designs * steps * size * bill / max(self.with_designs(members), 1), when)

    def surprise(self, upgrade: Upgrade) -> float:
        """How many times the hours it takes to find out after the vendor's upgrade."""
        return self.a["upgrades.forced_work_factor"] if upgrade.forced else 1.0

    def month_share(self, days: str) -> float:
        """Days of a copy x 24 / hours for which a month is billed."""
        return self.a[days] * 24 / self.hours_per_month

    def incident_chance(self, method: str, forced: bool) -> float:
        """Chance that a cut-over goes wrong; blue/green that falls back to in place has the chance of in place."""
        chance = self.a["downtime.incident_probability_inplace"]
        if method == "blue_green":
            back = self.a["downtime.bluegreen_fallback_probability"]
            chance = self.a["downtime.incident_probability_bluegreen"] * (1 - back) + chance * back
        return min(chance * self.a["downtime.forced_incident_factor"], 1.0) if forced else chance

    def minor_upgrades_and_patches(self) -> None:
        """Minor upgrades, one every so many months, by hand or through the option's pipeline; patches of systems."""
        a, here, minor = self.a, self.on_rds, "version upkeep / minor upgrades / "
        for group in self.rds:
            # Clusters x events x hours x what automation leaves of them, and designs x events x hours of a test.
            automated, events = group.method == "blue_green", 1 / a["upgrades.minor_interval_months"]
            left = group.clusters * events * (a["upgrades.minor_automation_factor"] if automated else 1)
            self.book(minor + "cut-over", HOUR, left * a["upgrades.minor_hours_per_cluster"], here)
            # Tests of production's designs, by groups' clusters; automation leaves them whole.
            tests = self.designs * self.with_designs([group]) / self.with_designs(self.rds)
            self.book(minor + "regression test", HOUR, tests * events * a["upgrades.minor_test_hours_per_design"], here)
            if automated:  # the doubled bill while the green copy stands
                bill = events * self.month_share("staging.bluegreen_days") * self.bill(group)
                self.book("version upkeep / staging environments / blue/green copy, minor upgrade", "USD", bill, here)
        patches = self.clusters * a["upgrades.os_patches_per_year"] / 12
        self.book("version upkeep / OS and security patches", HOUR, patches * a["upgrades.os_patch_hours"], here)

    def past_free_patches(self) -> None:
        """Day by day, Extended Support at the rate of its year; and cluster-months past free patches, at no price.

        vCPU hours = clusters x (copies of the deployment + readers) x vCPU x hours of a month x share of its days.
        """
        vcpu = {row["instance_class"]: float(row["vcpu"]) for row in table("prices/classes")}
        for group in self.rds:
            engine, vcpus = ENGINES[group.engine], vcpu[group.instance_class]
            vcpu_hours = (COPIES[group.deployment] + group.instances - 1) * vcpus * self.hours_per_month
            for month, days in enumerate(self.days):
                a_day, when = group.clusters * self.on_rds[month] / len(days), self.only(month)
                runs = [(self.version_on(group, day), day) for day in days]
                past = sum(day > releases(engine, self.last)[version].end for version, day in runs)
                self.book("version upkeep / months past free patches", "cluster-month", a_day * past, when, 0)
                # On RDS paid support follows on free patches, and the vendor upgrades what is past that: no exposure.
                assert past == sum(extended_support_year(engine, *run) > 0 for run in runs)
                self.book("version upkeep / exposure past support", "cluster-month", 0, when, 0)
                self.book("version upkeep / upgrade benefits", "USD", 0, when, 0)
                years = [extended_support_year(engine, *run) for run in runs]
                for year in {*years} - {0}:
                    row = "extended_support_year_3" if year == 3 else "extended_support_years_1_2"
                    usd = price("AmazonRDS", row, group.region, engine=group.engine)
                    label = f"version upkeep / Extended Support / Extended Support year {year}"
                    self.book(label, "vCPU hour", a_day * years.count(year) * vcpu_hours, when, usd)

    # --- 3. operations ------------------------------------------------------------------------------------------------

    def fleet_scale(self, clusters: float) -> float:
        """How much of the work that a fleet needs once falls due: N / (N + half-scale)."""
        return clusters / (clusters + self.a["operations.fixed_half_scale_clusters"])

    def operations(self) -> None:
        """Work between upgrades, by the clusters that stand on each platform; some of it remains without servers."""
        a, other, all_clusters = self.a, self.a["operations.non_production_effort_share"], self.clusters
        cared_for = sum(group.clusters * (1 if group.environment == "production" else other) for group in self.rds)
        for family, _, _, here in self.places:
            # Routine: clusters cared for x hours a month; for the whole fleet, hours a month x N / (N + half-scale).
            hours, scales = a[f"operations.routine_hours_{family}"], [self.fleet_scale(all_clusters * s) for s in here]
            self.book("operations / routine administration / per cluster", HOUR, cared_for * hours, here)
            hours = a[f"operations.fixed_hours_{family}"]
            self.book("operations / routine administration / fleet-wide", HOUR, hours, scales)
            # On-call, pages: clusters cared for x pages a month x hours of a page.
            hours = a[f"operations.pages_{family}"] / 12 * a["operations.page_hours"]
            self.book("operations / on-call / pages", HOUR, cared_for * hours, here)
        # Capacity changes: clusters x events a month x hours. Hardware that the provider replaces: by instance.
        hours = a["downtime.resizes_per_year"] / 12 * a["operations.capacity_change_hours"]
        self.book("operations / capacity changes", HOUR, all_clusters * hours, self.on_rds)
        instances = sum(group.clusters * group.instances for group in self.rds)
        hours = a["operations.hardware_replacements_managed"] / 12 * a["operations.hardware_failure_hours_managed"]
        self.book("operations / hardware failure", HOUR, instances * hours, self.on_rds)
        # Capacity modes and cost watching: hours a month x N / (N + half-scale) on DynamoDB, more where provisioned.
        weights = {"on_demand": 1, "provisioned": a["operations.provisioned_tuning_factor"]}
        factor = sum(group.clusters * weights[group.capacity] for group in self.dynamodb) / all_clusters
        hours = a["operations.capacity_mode_hours"] * factor
        self.book("operations / capacity-mode tuning and cost watching", HOUR, hours, scales)
        # On-call, standby: rotas that databases ask for on top of those of other systems x weeks a month x USD a week;
        # any pages need one rota, and more above what one can take.
        on_rds, on_dynamodb = cared_for * a["operations.pages_managed"], cared_for * a["operations.pages_versionless"]
        others, most = a["operations.other_pages_of_rota"], a["operations.rota_capacity_pages"]
        pages = [on_rds * (1 - share) + on_dynamodb * share + others for share in self.on_dynamodb]
        further = [max(1.0, every / most) - max(1.0, others / most) for every in pages]
        pay = a["operations.standby_pay_per_week"]
        self.book("operations / on-call / standby", "standby week", MONTH / 7, further, pay)
        self.restore_drills()

    def restore_drills(self) -> None:
        """A drill for every version that kept backups depend on: hours x drills a month x N / (N + half-scale).

        And of each design's data, wherever it is: designs x drills a month x hours.

        N are the clusters of the engine. A version is needed in a month if a cluster ran it within the retention time
        before; where none runs it any more, a drill takes extra hours and may fail and be done again. A versionless
        platform has one version.
        """
        a, each, label = self.a, self.a["operations.restore_drill_hours"], "operations / restore drills / versions"
        drills, retention = (
            a["operations.restore_drills_per_version_year"] / 12,
            a["operations.archive_retention_years"],
        )
        each_design = drills * a["operations.restore_drill_hours_per_design"]
        self.book("operations / restore drills / designs", HOUR, self.designs * each_design, [1.0] * self.months)
        again = a["operations.cross_version_restore_failure_probability"] * each
        extra = a["operations.cross_version_restore_extra_hours"] + again
        self.book(label, HOUR, self.fleet_scale(self.clusters) * drills * each, self.on_dynamodb)
        for engine, lifecycle in ENGINES.items():
            members, spans = [group for group in self.rds if group.engine == engine], []
            for group in members:
                spans += versions_before(lifecycle, group.version, self.first)
                changes = [self.first, *(u.day for u in self.upgrades[group.name]), self.last + timedelta(1)]
                spans += [(day, end - timedelta(1), self.version_on(group, day)) for day, end in pairwise(changes)]
            scale = self.fleet_scale(sum(group.clusters for group in members)) * drills
            for month, days in enumerate(self.days):
                kept, running, opened = set(), set(), days[0].toordinal()
                for first, last, version in spans:
                    if first <= days[-1] and first.toordinal() <= self.last_on_rds:
                        until = min(last.toordinal(), self.last_on_rds)  # backups are made until the last cut-over
                        kept |= {version} if until + retention * YEAR >= opened else set()
                        running |= {version} if until >= opened else set()
                due = len(kept) * each + len(kept - running) * extra
                self.book(label, HOUR, scale * due, self.only(month))

    # --- 4. downtime: cluster-minutes x value of a minute x share of it lost ------------------------------------------

    def downtime(self) -> None:
        """What is planned and goes as planned, or wrong; what fails by itself; and credits for it."""
        self.planned_downtime()
        for family, kind, members, here in self.places:
            for group in members:
                self.unplanned_downtime(group, family, kind, here)

    def value(self, group: Group) -> float:
        """USD of a minute of one cluster: value of a production cluster's, less for others, x share of it lost."""
        weight = 1 if group.environment == "production" else self.a["downtime.non_production_value_share"]
        return self.a["downtime.value_per_minute"] * weight * self.a["downtime.affected_share"]

    def planned(self, group: Group, kind: str, events: float, minutes: float, when: Shares) -> None:
        """Minutes of the database, and those the application takes on top each time, at the off-peak price."""
        usd = self.value(group) * self.a["downtime.off_peak_factor"]
        for part, each in (("database", minutes), ("application", self.a["downtime.application_extra_minutes"])):
            self.book(f"downtime / planned downtime / {kind}: {part}", MINUTE, events * each, when, usd)

    def incidents(self, group: Group, kind: str, count: float, when: Shares) -> None:
        """Cut-overs that go wrong x minutes of an incident, at the full price."""
        minutes = count * self.a["downtime.incident_minutes"]
        self.book(f"downtime / cutover incidents / {kind}: incident", MINUTE, minutes, when, self.value(group))

    def planned_downtime(self) -> None:
        """Clusters x events x minutes of the topology or the method; or those of an incident where it goes wrong."""
        a, here, restart = self.a, self.on_rds, self.a["downtime.minor_minutes_single_az"]
        switch, back = a["downtime.bluegreen_seconds"] / 60, a["downtime.bluegreen_fallback_probability"]
        in_place = a["downtime.inplace_major_minutes"]
        for group in self.rds:
            # A patch, resize or replacement takes a fail-over, or a restart of a single instance. A minor upgrade takes
            # primary and standby down together; through blue/green it takes a switch-over, if that is shorter.
            single, yearly = group.deployment == "single_az", group.clusters / 12
            minutes = restart if single else a["downtime.failover_seconds"] / 60
            self.planned(group, "OS patch", yearly * a["upgrades.os_patches_per_year"], minutes, here)
            self.planned(group, "capacity change", yearly * a["downtime.resizes_per_year"], minutes, here)
            replaced = yearly * a["operations.hardware_replacements_managed"]
            self.planned(group, "hardware replacement", replaced, minutes, here)
            minutes = restart if single else a["downtime.minor_minutes_multi_az"]
            minutes = min(minutes, switch) if group.method == "blue_green" else minutes
            self.planned(group, "minor upgrade", group.clusters / a["upgrades.minor_interval_months"], minutes, here)
        for upgrade, month, methods in self.waves():
            for method, members in methods.items():
                # Blue/green takes a switch-over, or an upgrade in place where it falls back to it.
                minutes = switch + back * (in_place - switch) if method == "blue_green" else in_place
                chance = self.incident_chance(method, upgrade.forced)
                for group in members:
                    cut_overs = group.clusters * self.on_rds[month] * upgrade.steps
                    self.planned(group, "major upgrade", cut_overs * (1 - chance), minutes, self.only(month))
                    self.incidents(group, "major upgrade", cut_overs * chance, self.only(month))
        for group in self.dynamodb:
            minutes, chance = a["downtime.migration_cutover_minutes"], a["downtime.incident_probability_migration"]
            self.planned(group, "migration", group.clusters * (1 - chance), minutes, self.cut_over)
            self.incidents(group, "migration", group.clusters * chance, self.cut_over)

    def unplanned_downtime(self, group: Group, family: str, kind: str, here: Shares) -> None:
        """Local failures and regional events of a group, and the credits that the service level agreement gives.

        Expected credit: sum over the agreement's tiers, mildest first, of (its credit - the milder tier's) x chance
        that a month's uptime is below it. Outages come at a rate and last exponentially distributed times, so it is
        1 - exp(-sum over kinds of monthly rate x exp(-minutes that the uptime allows / mean minutes)).
        """
        a, value = self.a, self.value(group)
        # Local: clusters x failures a month x (repair + application minutes).
        failures, extra = a[f"downtime.unplanned_failures_{family}"] / 12, a["downtime.application_extra_minutes"]
        deployment = "single_region" if family == "versionless" else group.deployment
        repair = {
            "single_region": a["downtime.versionless_recovery_minutes"],
            "single_az": a["downtime.single_az_recovery_minutes"],
            "multi_az": a["downtime.failover_seconds"] / 60,
        }[deployment]
        for part, each in (("database", repair), ("application", extra)):
            label = f"downtime / unplanned local downtime / failure: {part}"
            self.book(label, MINUTE, group.clusters * failures * each, here, value)
        # Regional: clusters x events a month x minutes; value is lost for the share of requests that fail.
        events, failing = a["downtime.regional_events_per_year"] / 12, f"downtime.regional_error_share_{kind}"
        minutes, value = a[f"downtime.regional_minutes_{kind}"], self.value(group) * a[failing]
        label = "downtime / unplanned regional downtime / regional event"
        self.book(label, MINUTE, group.clusters * events * minutes, here, value)
        # Credits: clusters x bill x expected credit x share claimed; none are promised to customers.
        share = milder = 0.0
        for row in table("sla"):
            if (row["platform"], row["deployment"]) == (group.platform, deployment):
                allowed = (1 - float(row["uptime_below"])) * self.hours_per_month * 60
                local, regional = math.exp(-allowed / repair), math.exp(-allowed / (minutes * a[failing]))
                chance = 1 - math.exp(-failures * local - events * regional)
                share, milder = share + (float(row["credit_share"]) - milder) * chance, float(row["credit_share"])
        credit = self.bill(group) * share * a["sla.claimed_share"]
        self.book("downtime / SLA credits received", "USD", credit, here, -1)
        assert not a["sla.customer_monthly_revenue_per_cluster"]
        self.book("downtime / SLA credits paid", "USD", 0, here)

    # --- 5. transition ------------------------------------------------------------------------------------------------

    def transition(self) -> None:
        """What the move costs once. The old platform is paid until cut-over: that is in the categories above."""
        a, designs, each = self.a, self.designs * self.moves, self.cut_over
        # Over the months until the last cut-over: re-modelling (see the pace of the move), tooling once, and training:
        # designs x people, its developers but at most so many, x hours.
        self.book("transition / re-modelling and code change / re-modelling", HOUR, self.modelling, self.work)
        tooling = a["transition.tooling_hours"] * self.moves
        self.book("transition / data migration / tooling", HOUR, tooling, self.work)
        people = min(a["upgrades.developers_per_design"], a["transition.engineers_per_design_max"])
        training = designs * people * a["transition.training_hours_per_engineer"]
        self.book("transition / training / training", HOUR, training, self.work)
        # As each cluster cuts over: hours to move its data, and chance of an incident x its hours.
        moving = self.clusters * a["transition.data_move_hours_per_cluster"]
        self.book("transition / data migration / cut-over", HOUR, moving, each)
        hours = a["downtime.incident_probability_migration"] * a["upgrades.incident_labour_hours"]
        self.book("transition / data migration / incidents", HOUR, self.clusters * hours, each)
        # Dual running: clusters x the new platform's bill in each of so many months before their cut-over.
        self.book("transition / dual running", "USD", self.bill(*self.dynamodb), self.on_both)
        # What the horizon cuts off is owed in its last month: the rest of the work, and of the clusters to be moved.
        last, undone = self.only(self.months - 1), max(0.0, self.moves - sum(self.work))
        waiting = max(0.0, self.moves - sum(each))
        for phase, hours in (
            ("re-modelling", self.modelling * undone),
            ("tooling", tooling * undone),
            ("training", training * undone),
            ("cut-over", moving * waiting),
        ):
            self.book(f"transition / unfinished move / {phase}", HOUR, hours, last)
        self.book("transition / unfinished move / not moved", "unfinished cluster", self.clusters * waiting, last, 0)
        # A service that is withdrawn: chance of it in a month x what moving on takes: designs x need x hours of leaving
        # (little where the engine runs elsewhere), the data of each cluster, months of a second bill like this one.
        chance, withdrawn = a["transition.withdrawals_per_year"] / 12, "transition / service withdrawal / "
        for _, kind, members, here in self.places:
            for group in members:
                need = 1.0 if kind == "versionless" else a["transition.same_engine_share"]
                brought = self.designs * self.with_designs([group]) / self.with_designs(members)
                leaving = brought * need * a["transition.exit_hours_per_design"]
                self.book(withdrawn + "re-modelling", HOUR, chance * leaving, here)
                hours = group.clusters * a["transition.data_move_hours_per_cluster"]
                self.book(withdrawn + "data migration", HOUR, chance * hours, here)
                both = a["transition.dual_running_months"] * self.bill(group)
                self.book(withdrawn + "dual running", "USD", chance * both, here)
        # Leaving again: designs x hours x rate, stated at a price of 0. No commitment is left stranded.
        leaving = designs * a["transition.exit_hours_per_design"] * a["labour.engineer_rate"]
        self.book("transition / exit / stated, not in the total", "USD", leaving, self.only(self.months - 1), 0)
        self.book("transition / stranded commitments", "USD", 0, self.on_rds)
