"""The quickstart's costs in numpy as somebody would write them who knows this one scenario: a line, an expression.

Nothing here can be asked another question: the five groups and options, which waves of upgrades come when and what a
month costs are read off once (`Known`). What is drawn comes as columns, one number a draw; costs are per option,
undiscounted and discounted. Borrowed from the toolkit are only the rounded sizes of items and the counts of events,
which somebody would take from a library, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tco
from tco.catalog.service_levels import tiers
from tco.evaluation.inputs import Inputs
from tco.model.components.upkeep import extended_support
from tco.model.fleet.bills import bill, monthly_bill
from tco.model.fleet.placement import Hosting, hostings
from tco.model.fleet.restore_drills import _spans_of
from tco.model.fleet.scheduling import waves
from tco.model.fleet.waves import Wave, cohorts
from tco.platforms.capacity_modes import followed_share
from tco.platforms.load_shapes import load_shape
from tco.platforms.request_units import READ_UNIT_BYTES, WRITE_UNIT_BYTES, mean_units
from tco.sampling.events import binomial_count, poisson_count
from tco.units import DAYS_PER_MONTH, DAYS_PER_YEAR

Array = NDArray[np.float64]

MONTHS, HOURS, MINUTES = 60, 730.0, 60.0
DISCOUNT = 1.08 ** (-np.arange(1, MONTHS + 1) / 12)
EVEN = (float(MONTHS), float(DISCOUNT.sum()))
"""What a dollar a month comes to, undiscounted and discounted."""
TOOLING = {"in_place": "manual", "blue_green": "bluegreen"}
SINGLE = np.array([False, False, False, False, True])
"""The staging clusters alone are single instances, and not production."""


class Known:
    """What somebody reads off the scenario once: the fleet, its bills and prices, and the calendar of upgrades."""

    def __init__(self) -> None:
        self.scenario = scenario = tco.load_scenario("quickstart")
        inputs = Inputs(scenario, tco.point(scenario).block(0, 1))
        groups = list(scenario.fleet.values())
        self.means = {path: entry.mean for path, entry in scenario.assumptions.items()}
        self.names, self.regions = list(scenario.fleet), [group.region for group in groups]
        self.clusters = np.array([float(group.clusters) for group in groups])
        self.storage = np.array([float(group.storage_gb) for group in groups])
        self.loads = [group.workload for group in groups]
        self.opened, self.closed = (days.ravel() for days in inputs.month_days)
        self.start = float(scenario.first_day.toordinal())
        self.bills, self.support, self.waves, self.green, self.spans, self.prices = {}, {}, {}, {}, {}, {}
        for option in scenario.options:
            old, *new = hostings(inputs, option)
            self.bills[option] = monthly_bill(old).ravel()
            self.green[option] = np.array([method == "blue_green" for method in old.setting("method")])
            self.support[option] = self._support(old)
            self.waves[option] = [wave for wave in waves(inputs, option) if not wave.upgrade.stranded]
            self.spans[option] = self._spans(old)
            self.prices[option] = {line.item: line.unit_price.ravel() for new_one in new for line in bill(new_one)}

    def _support(self, old: Hosting) -> Array:
        """Extended Support in each month in USD, of all clusters."""
        whole = np.zeros(MONTHS)
        for line in extended_support(old):
            amounts = np.ones((1, len(line.members), MONTHS))
            for factor in (*line.quantity, *line.unit_price):
                amounts = amounts * (1.0 if factor is old.share else factor)
            whole += amounts.sum(axis=(0, 1))
        return whole

    def _spans(self, old: Hosting) -> list[tuple[float, list[tuple[float, float, str]]]]:
        """For each engine its clusters, and the days between which they run each version."""
        engines: dict[str, list[Any]] = {}
        for cohort in cohorts(old):
            engines.setdefault(cohort.engine, []).append(cohort)
        return [
            (
                float(sum(cohort.clusters.sum() for cohort in found)),
                [(float(a.toordinal()), float(z.toordinal()), version) for a, z, version in _spans_of(found)],
            )
            for found in engines.values()
        ]


class ByHand:
    """The costs of the five options for some draws: `costs` gives them, undiscounted and discounted, (draws,) each."""

    def __init__(self, known: Known, columns: Mapping[str, Array]):
        self.known, self.columns, self.outages = known, columns, {}
        self.rows = len(next(iter(columns.values())))
        a, n = self.of, known.clusters
        self.n, self.whole, self.rate = n, n.sum(), a("labour.engineer_rate")
        self.worth = [a("downtime.non_production_value_share") if single else 1.0 for single in SINGLE]
        self.care = sum(n[~SINGLE]) + n[4] * a("operations.non_production_effort_share")
        self.minute = a("downtime.value_per_minute") * a("downtime.affected_share")
        self.off_peak = self.minute * a("downtime.off_peak_factor")
        self.extra = a("downtime.application_extra_minutes")
        self.power = np.log2(a("upgrades.learning_rate"))

    def of(self, path: str) -> Any:
        """An assumption's column, or its mean where it is not drawn."""
        return self.columns[path] if path in self.columns else self.known.means[path]

    def costs(self) -> dict[str, tuple[Array, Array]]:
        """The totals of all options."""
        kept = self.failures(self.failed("managed", float(MONTHS)), "managed")
        drills = np.zeros((MONTHS, self.rows))
        for clusters, spans in self.known.spans["stay"]:  # all three that stay upgrade on the same days
            drills += self.drills(clusters) * self.rate * self.versions(spans)
        found = {option: self.staying(option, kept, drills) for option in ("stay", "automated", "right_sized")}
        return found | self.moving()

    def staying(self, option: str, failures: Array, drills: Array) -> tuple[Array, Array]:
        """An option that keeps all groups on RDS. failures, drills: what these cost all such options a month."""
        a, known = self.of, self.known
        scale = self.whole / (self.whole + a("operations.fixed_half_scale_clusters"))
        monthly = self.rds_month(option) + scale * a("operations.fixed_hours_managed") * self.rate
        pages = self.care * a("operations.pages_managed")
        monthly += self.rotas(pages) * self.standby()
        monthly += failures
        cost, npv = monthly * EVEN[0], monthly * EVEN[1]
        cost += known.support[option].sum() + drills.sum(axis=0)
        npv += known.support[option] @ DISCOUNT + DISCOUNT @ drills
        for month, amount in self.upgrades(option, None):
            cost += amount
            npv += amount * DISCOUNT[month]
        return cost, npv

    def rds_month(self, option: str) -> Any:
        """What clusters on RDS cost a month while they stand there, but for what depends on how many there are."""
        a, n, known = self.of, self.n, self.known
        bills, green = known.bills[option], known.green[option]
        left = np.where(green, 0.0, n).sum() + np.where(green, n, 0.0).sum() * a("upgrades.minor_automation_factor")
        events = 1 / a("upgrades.minor_interval_months")
        designs = np.maximum(1.0, self.whole * a("upgrades.designs_per_cluster"))
        copies = events * a("staging.bluegreen_days") * 24 / HOURS * (n * bills)[green].sum()
        hours = (
            left * events * a("upgrades.minor_hours_per_cluster")
            + designs * left / self.whole * events * a("upgrades.minor_test_hours_per_design")
            + self.whole * a("upgrades.os_patches_per_year") / 12 * a("upgrades.os_patch_hours")
            + self.care * a("operations.routine_hours_managed")
            + self.whole * a("downtime.resizes_per_year") / 12 * a("operations.capacity_change_hours")
            + self.whole
            * a("operations.hardware_replacements_managed")
            / 12
            * a("operations.hardware_failure_hours_managed")
            + self.care * a("operations.pages_managed") / 12 * a("operations.page_hours")
        )
        worth = [number * value for number, value in zip(n, self.worth, strict=True)]
        switches = (
            a("upgrades.os_patches_per_year")
            + a("downtime.resizes_per_year")
            + a("operations.hardware_replacements_managed")
        ) / 12
        failover, restart = a("downtime.failover_seconds") / MINUTES, a("downtime.minor_minutes_single_az")
        standby = a("downtime.minor_minutes_multi_az")
        switched = np.minimum(standby, a("downtime.bluegreen_seconds") / MINUTES)
        minutes = sum(
            value
            * (
                switches * ((restart if single else failover) + self.extra)
                + events * ((restart if single else switched if by_green else standby) + self.extra)
            )
            for value, single, by_green in zip(worth, SINGLE, green, strict=True)
        )
        credited = sum(
            (n * bills)[single == SINGLE].sum() * self.credit("rds", deployment, "managed", "instances", repair)
            for single, deployment, repair in (
                (False, "multi_az", failover),
                (True, "single_az", a("downtime.single_az_recovery_minutes")),
            )
        )
        regional = self.regional(worth, "instances")
        return n @ bills + copies + hours * self.rate + minutes * self.off_peak + regional - credited

    def failed(self, family: str, months: Any) -> Array:
        """Local failures that are expected of each group over the horizon, (groups, draws)."""
        return (
            self.n[:, None] * months * np.broadcast_to(self.of(f"downtime.unplanned_failures_{family}") / 12, self.rows)
        )

    def failures(self, expected: Array, family: str) -> Any:
        """What local failures cost in a month; expected: of each group over the horizon, on all platforms."""
        a = self.of
        rate = a(f"downtime.unplanned_failures_{family}") / 12
        repair = [a("downtime.failover_seconds") / MINUTES, a("downtime.single_az_recovery_minutes")]
        if family == "versionless":
            repair = [a("downtime.versionless_recovery_minutes")] * 2
        luck = self.luck("failure")
        happened = poisson_count(luck, expected) / expected
        return sum(
            number * worth * happened[place] * rate * (repair[int(single)] + self.extra) * self.minute
            for place, (number, worth, single) in enumerate(zip(self.n, self.worth, SINGLE, strict=True))
        )

    def luck(self, kind: str) -> Array:
        """The uniform numbers of an event, (groups, draws)."""
        return np.stack([self.columns[f"luck.{kind}.{name}"] for name in self.known.names])

    def regional(self, worth: list[Any], kind: str) -> Any:
        """What regional outages cost in a month."""
        a = self.of
        expected = a("downtime.regional_events_per_year") * 5
        each = a("downtime.value_per_minute") * a(f"downtime.regional_error_share_{kind}")
        each = each * a("downtime.regional_events_per_year") / 12 * a(f"downtime.regional_minutes_{kind}")
        if not self.outages:
            for region in set(self.known.regions):
                self.outages[region] = poisson_count(self.columns[f"luck.regional.{region}"], expected) / expected
        return sum(each * value * self.outages[region] for value, region in zip(worth, self.known.regions, strict=True))

    def credit(self, platform: str, deployment: str, family: str, kind: str, repair: Any) -> Any:
        """Share of a bill that is credited and claimed: a step for each tier of the agreement."""
        a = self.of
        regional = a(f"downtime.regional_minutes_{kind}") * a(f"downtime.regional_error_share_{kind}")
        credit, before = 0.0, 0.0
        for tier in tiers(platform, deployment):
            allowed = (1 - tier.uptime_below) * HOURS * MINUTES
            local = a(f"downtime.unplanned_failures_{family}") / 12 * np.exp(-allowed / repair)
            outage = a("downtime.regional_events_per_year") / 12 * np.exp(-allowed / regional)
            credit = credit + (tier.credit_share - before) * (1 - np.exp(-local - outage))
            before = tier.credit_share
        return credit * a("sla.claimed_share")

    def rotas(self, pages: Any) -> Any:
        """Rotas that pages a year take up."""
        everything = pages + self.of("operations.other_pages_of_rota")
        further = np.maximum(everything / self.of("operations.rota_capacity_pages") - 1, 0)
        return pages / everything + further

    def standby(self) -> Any:
        """What a rota is paid a month."""
        return self.of("operations.standby_hours_per_year") / 12 * self.rate * self.of("operations.standby_pay_share")

    def drills(self, clusters: float) -> Any:
        """How often a version is drilled in a month."""
        scale = clusters / (clusters + self.of("operations.fixed_half_scale_clusters"))
        return scale * self.of("operations.restore_drills_per_version_year") / 12

    def versions(self, spans: list[tuple[float, float, str]], left: Any = np.inf) -> Array:
        """Hours of drilling every version once that archives depend on, (months, draws). left: day of the last move."""
        a, opened, closed = self.of, self.known.opened, self.known.closed
        drill = a("operations.restore_drill_hours")
        more = a("operations.cross_version_restore_failure_probability") * drill
        more = more + a("operations.cross_version_restore_extra_hours")
        kept = a("operations.archive_retention_years") * DAYS_PER_YEAR
        hours = np.zeros((MONTHS, self.rows))
        spans = [span for span in spans if span[1] + np.max(kept) >= opened[0]]
        for month in range(MONTHS):
            for version in {version for first, _, version in spans if first < closed[month]}:
                needed, running = np.zeros(self.rows, bool), np.zeros(self.rows, bool)
                for first, last, other in spans:
                    if other == version and first < closed[month]:
                        until = np.minimum(last, left)
                        there = first <= until
                        needed |= there & (until + kept >= opened[month])
                        running |= there & (until >= opened[month])
                hours[month] += needed * drill + (needed & ~running) * more
        return hours

    def upgrades(self, option: str, remaining: Array | None) -> Any:
        """The months and costs of all waves of major upgrades. remaining: share of clusters that has not moved."""
        a, n, known = self.of, self.n, self.known
        bills = known.bills[option]
        shares: dict[str, Any] = {}
        designs: dict[str, Any] = {}
        clusters: dict[str, Any] = {}
        powers: dict[str, Any] = {}
        cut: dict[str, Any] = {}
        trials, expected, made = np.zeros((len(n), self.rows)), np.zeros((len(n), self.rows)), []
        for wave in known.waves[option]:
            name, own = wave.name, n[wave.cohort.members]
            share = 1.0 if remaining is None else remaining[wave.month]
            beside = sum(n[other.cohort.members].sum() for other in wave.beside)
            part = own.sum() / (own.sum() + beside)
            whole = (own.sum() + beside) * share
            here = np.maximum(1.0, whole * a("upgrades.designs_per_cluster")) * np.minimum(whole, 1.0) * part
            before = wave.earlier[-1].name if wave.earlier else None
            designs[name] = here + (designs[before] if before else 0.0)
            clusters[name] = own.sum() * share + (clusters[before] if before else 0.0)
            powers[name], shares[name] = self.repeated(designs[name], 1.0, 0.0), share
            times = powers[name] - (powers[before] if before else 0.0)
            fallback = a("downtime.bluegreen_fallback_probability") if wave.method == "blue_green" else 0.0
            hours = a("upgrades.compatibility_hours_per_design") * times * wave.steps
            in_usd: Any = 0.0
            if not wave.forced:
                floor = a("upgrades.cutover_hours_floor" + ("_automated" if wave.method == "blue_green" else ""))
                cut[name] = self.repeated(clusters[name], a("upgrades.cutover_hours_first"), floor)
                hours = hours + (
                    a(f"upgrades.tooling_hours_{TOOLING[wave.method]}") * (1 - self.kept(wave))
                    + a("upgrades.plan_hours") * wave.steps * part
                    + a("upgrades.regression_hours_per_design") * times * wave.steps
                    + a("upgrades.rehearsal_hours_per_design") * times * wave.steps
                    + (cut[name] - (cut[before] if before else 0.0)) * wave.steps
                    + own.sum() * fallback * a("upgrades.cutover_hours_floor") * wave.steps
                    + here * wave.steps * a("staging.build_teardown_hours")
                )
                copies = here * wave.steps * a("staging.copies") * a("staging.share_of_production_size")
                in_usd = (
                    copies * a("staging.rehearsal_days") * 24 / HOURS * (own @ bills[wave.cohort.members]) / own.sum()
                )
            freeze = a("upgrades.freeze_working_hours") * a("upgrades.freeze_blocked_share")
            hours = hours + here * a("upgrades.developers_per_design") * freeze
            in_place, switch = a("downtime.inplace_major_minutes"), a("downtime.bluegreen_seconds") / MINUTES
            minutes = in_place
            if wave.method == "blue_green":
                minutes = switch + fallback * (in_place - switch)
                in_usd = (
                    in_usd + (own @ bills[wave.cohort.members]) * wave.steps * a("staging.bluegreen_days") * 24 / HOURS
                )
            worth = sum(n[place] * self.worth[place] for place in wave.cohort.members) * share * wave.steps
            in_usd = in_usd + worth * (minutes + self.extra) * self.off_peak
            chance = a("downtime.incident_probability_inplace")
            if wave.method == "blue_green":
                chance = a("downtime.incident_probability_bluegreen") * (1 - fallback) + chance * fallback
            if wave.forced:
                chance = np.minimum(chance * a("downtime.forced_incident_factor"), 1.0)
            for place in wave.cohort.members:
                trials[place] += n[place] * share * wave.steps
                expected[place] += n[place] * share * wave.steps * chance
            made.append((wave, hours * self.rate + in_usd, chance * share * wave.steps))
        happened = self.happened("cutover", trials, expected)
        for wave, amount, chance in made:
            for place in wave.cohort.members:
                each = a("upgrades.incident_labour_hours") * self.rate
                each = each + a("downtime.incident_minutes") * self.minute * self.worth[place]
                amount = amount + n[place] * chance * happened[place] * each
            yield wave.month, amount

    def happened(self, kind: str, trials: Array, expected: Array) -> Array:
        """Failures over those expected, 1 where none is."""
        whole = np.ceil(trials - 1e-9)
        chance = np.clip(expected / np.where(trials > 0, trials, 1.0), 0, 1)
        mean = whole * chance
        return np.where(mean > 0, binomial_count(self.luck(kind), whole, chance) / np.where(mean > 0, mean, 1.0), 1.0)

    def kept(self, wave: Wave) -> Any:
        """Share of the tooling that is left of what earlier waves built."""
        if not wave.earlier:
            return 0.0
        years = (wave.upgrade.date - wave.earlier[-1].upgrade.date).days / DAYS_PER_YEAR
        return (1 - self.of("labour.staff_turnover")) ** years

    def repeated(self, count: Any, first: Any, floor: Any, power: Any = None) -> Any:
        """Hours of the first `count` repetitions on the learning curve, never below the floor."""
        power = self.power if power is None else power
        return sum(
            np.clip(count - done, 0, 1) * np.maximum(first * np.exp(power * np.log(done + 1)), floor)
            for done in range(int(np.ceil(np.max(count))))
        )

    def moving(self) -> dict[str, tuple[Array, Array]]:
        """Both options that move everything to DynamoDB, at the same pace."""
        a, n, known = self.of, self.n, self.known
        designs = np.maximum(1.0, self.whole * a("upgrades.designs_per_cluster"))
        first = a("transition.modelling_hours_per_design")
        curve = np.log2(a("transition.modelling_learning_rate"))
        modelling = self.repeated(designs, first, first * a("transition.modelling_floor_share"), curve)
        people = a("upgrades.developers_per_design")
        pace = designs * people * a("transition.developer_share") * a("transition.productive_hours_per_month")
        begin, duration = a("transition.start_lag_months"), np.maximum(modelling / pace, 1e-6)
        ends = np.arange(MONTHS + 1.0)[:, None]
        passed = np.maximum(ends - begin, 0)
        ramp = np.minimum(passed, duration)
        arrived = np.clip(np.diff(ramp**2 / (2 * duration) + passed - ramp, axis=0), 0, 1)
        remaining = 1 - arrived
        cut_over = np.diff(np.clip((ends - begin) / duration, 0, 1), axis=0)
        work = np.diff(np.minimum(ends / (begin + duration), 1), axis=0)
        here, gone, cuts, works = (
            (share.sum(axis=0), DISCOUNT @ share) for share in (arrived, remaining, cut_over, work)
        )
        half = a("operations.fixed_half_scale_clusters")
        scale_new, scale_old = (self.whole * share / (self.whole * share + half) for share in (arrived, remaining))
        rotas = self.rotas(
            self.care * (a("operations.pages_managed") * remaining + a("operations.pages_versionless") * arrived)
        )
        both = self.failed("managed", gone[0]) + self.failed("versionless", here[0])
        # work that is done once, as the clusters move
        worth = sum(number * value for number, value in zip(n, self.worth, strict=True))
        trained = np.minimum(people, a("transition.engineers_per_design_max"))
        once = self.rate * (
            modelling + a("transition.tooling_hours") + designs * trained * a("transition.training_hours_per_engineer")
        )
        each = self.whole * a("transition.data_move_hours_per_cluster") * self.rate
        each = each + worth * (a("downtime.migration_cutover_minutes") + self.extra) * self.off_peak
        chance = a("downtime.incident_probability_migration")
        moved = n[:, None] * np.clip((MONTHS - begin) / duration, 0, 1)
        happened = self.happened("migration", moved, moved * chance)
        for place, value in enumerate(self.worth):
            incident = a("upgrades.incident_labour_hours") * self.rate
            incident = incident + a("downtime.incident_minutes") * self.minute * value
            each = each + n[place] * chance * happened[place] * incident
        # the old platform while clusters stand on it, the new one from then on
        option = "dynamodb_on_demand"
        old = self.rds_month(option) + self.failures(both, "managed")
        new = self.dynamodb_month() + self.failures(both, "versionless")
        new = new + self.drills(self.whole) * a("operations.restore_drill_hours") * self.rate
        cost = old * gone[0] + new * here[0] + once * works[0] + each * cuts[0]
        npv = old * gone[1] + new * here[1] + once * works[1] + each * cuts[1]
        monthly = known.support[option][:, None] * remaining
        monthly += scale_old * (a("operations.fixed_hours_managed") * self.rate)
        monthly += scale_new * (a("operations.fixed_hours_versionless") * self.rate)
        monthly += rotas * self.standby()
        left = self.known.start + (begin + duration) * DAYS_PER_MONTH
        for clusters, spans in known.spans[option]:
            monthly += self.drills(clusters) * self.rate * self.versions(spans, left)
        cost, npv = cost + monthly.sum(axis=0), npv + DISCOUNT @ monthly
        for month, amount in self.upgrades(option, remaining):
            cost, npv = cost + amount, npv + amount * DISCOUNT[month]
        tuned = (scale_new.sum(axis=0), DISCOUNT @ scale_new)
        watching = a("operations.capacity_mode_hours") * self.rate
        credit = self.credit(
            "dynamodb", "single_az", "versionless", "versionless", a("downtime.versionless_recovery_minutes")
        )
        found = {}
        for name, provisioned in (("dynamodb_on_demand", False), ("dynamodb_provisioned", True)):
            bills = self.dynamodb_bill(name, provisioned)
            dual = bills * a("transition.dual_running_months")
            factor = a("operations.provisioned_tuning_factor") if provisioned else 1.0
            factor = (sum(n[~SINGLE]) * factor + n[4]) / self.whole
            found[name] = (
                cost + bills * (1 - credit) * here[0] + dual * cuts[0] + watching * factor * tuned[0],
                npv + bills * (1 - credit) * here[1] + dual * cuts[1] + watching * factor * tuned[1],
            )
        return found

    def dynamodb_month(self) -> Any:
        """What clusters on DynamoDB cost a month beside their bill, but for what depends on how many there are."""
        a = self.of
        hours = self.care * a("operations.routine_hours_versionless")
        hours = hours + self.care * a("operations.pages_versionless") / 12 * a("operations.page_hours")
        worth = [number * value for number, value in zip(self.n, self.worth, strict=True)]
        return hours * self.rate + self.regional(worth, "versionless")

    def dynamodb_bill(self, option: str, provisioned: bool) -> Any:
        """The bill of all tables for a month."""
        a, known = self.of, self.known
        prices, whole = known.prices[option], 0.0
        mixed = a("dynamodb.transactional_share")
        reads_each = 1 - a("dynamodb.eventual_share") * (1 - mixed) / 2 + mixed
        writes_each = 1 + mixed + a("dynamodb.index_writes_per_write")
        steady = a("dynamodb.target_utilization") * a("dynamodb.tracking_efficiency")
        spread = a("dynamodb.item_size_spread")[:, None]
        for place, load in enumerate(known.loads):
            read = mean_units(np.array([load.item_bytes]), spread, READ_UNIT_BYTES)[:, 0] * reads_each
            write = mean_units(np.array([load.item_bytes]), spread, WRITE_UNIT_BYTES)[:, 0] * writes_each
            stored = known.storage[place] * a("rds.storage_fill") * a("dynamodb.size_factor")
            usage = {"Table storage": stored, "Point-in-time recovery": stored * a("dynamodb.pitr_share")}
            if provisioned and not SINGLE[place]:
                shape = load_shape(load.load)
                followed = followed_share(shape, "reads"), followed_share(shape, "writes")
                usage["Provisioned read capacity"] = load.reads_per_second * read / steady / followed[0] * HOURS
                usage["Provisioned write capacity"] = load.writes_per_second * write / steady / followed[1] * HOURS
            else:
                month = 3600 * HOURS / 1e6
                usage["On-demand read requests"] = load.reads_per_second * read * month
                usage["On-demand write requests"] = load.writes_per_second * write * month
            for item, quantity in usage.items():
                price = prices[item]
                whole = whole + self.n[place] * quantity * (price[place] if len(price) > 1 else price[0])
        return whole
