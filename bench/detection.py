"""How often the product is right: `python -m bench.detection` replays made-up networks and judges every alert.

Rules, shares and margins are chosen on development networks (numbers below `EVALUATED`), whose figures are printed
only. `--eval` judges networks that nobody looked at while choosing, once, and writes the result down: another network
has other carriers' speeds, timetables, habits and rates of trouble, and another seed. Limits are learned anew in each,
in its first days, from its own scans. What counts as right: docs/decisions/backtest.md.

Invariant: nothing learned in one network reaches another; figures of several networks are sums of counts, and medians
over all. May import: core, sim, backtest, runtime, bench.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import msgspec

from backtest.main import Options, backtest
from backtest.report import THREE_DAYS, Report, as_text, stories_text
from backtest.truth import truth_told
from bench.report import write
from core.event import Event
from core.figures import Middle, Share, middle, share
from runtime.policy import read_policy
from sim.log import Spec, generate
from sim.truth import Truth

EVALUATED = 100
"""Networks from this number on are judged once, at the end."""
DEVELOPED, UNSEEN = (1, 2, 3), (101, 102, 103, 104, 105)
PARCELS, DAYS, WARM_DAYS = 80_000, 35, 14
Figures = dict[str, object]


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One network to judge."""

    network: int
    parcels: int
    days: int
    warm: float
    policy: Path | None = None
    examples: int = 0

    @property
    def seed(self) -> int:
        """Give the seed of its parcels, another one for every network."""
        return 7 * self.network + 1


def judged(task: Task) -> Report:
    """Generate a network's log, replay it and judge."""
    spec = Spec(parcels=task.parcels, days=task.days, seed=task.seed, network=task.network)
    told: list[Truth] = []
    log = list(generate(spec, told.append))
    began = time.monotonic()

    def events() -> Iterator[Event]:
        log.reverse()
        while log:
            yield log.pop()

    def progress(count: int, now: object) -> None:
        print(
            f"network {task.network}: {count:,} events, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True
        )

    options = Options(warm=timedelta(days=task.warm), examples=task.examples)
    name = f"network {task.network}, seed {task.seed}"
    return backtest(name, events, read_policy(task.policy), options, truth=truth_told(told), progress=progress)


def all_judged(tasks: Sequence[Task], jobs: int, show: Callable[[Report], None]) -> list[Report]:
    """Judge several networks, each in a process of its own, so that its memory is given back."""
    with ProcessPoolExecutor(jobs, get_context("spawn"), max_tasks_per_child=1) as pool:
        running = [pool.submit(judged, task) for task in tasks]
        for done in as_completed(running):
            show(done.result())
        return [one.result() for one in running]


# pooling ---------------------------------------------------------------------------------------------------------


def pooled(shares: Iterable[Share]) -> Share:
    """Give the share of all that was counted."""
    counted = list(shares)
    return share(sum(one.hits for one in counted), sum(one.of for one in counted))


def plain(one: Share) -> Figures:
    """Write a share down."""
    found: Figures = {"share": _round(one.share, 4), "hits": one.hits, "of": one.of}
    if one.low is not None and one.high is not None:
        found["interval"] = [round(one.low, 4), round(one.high, 4)]
    return found


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _middle(one: Middle) -> Figures:
    return {"median": _round(one.value, 2), "of": one.count}


def kinds(reports: Sequence[Report]) -> dict[str, Figures]:
    """Give precision, recall and lead of each kind over all networks."""
    found: dict[str, Figures] = {}
    for name in sorted({kind.kind for report in reports for kind in report.kinds}):
        mine = [kind for report in reports for kind in report.kinds if kind.kind == name]
        leads = [lead for report in reports for lead in report.leads.get(name, ())]
        days = sum((report.until - report.since) / timedelta(days=1) for report in reports)
        found[name] = {
            "alerts": sum(kind.alerts for kind in mine),
            "alerts_a_day_and_network": round(sum(kind.alerts for kind in mine) / days, 2),
            "told": sum(kind.told for kind in mine),
            "retracted": sum(kind.retracted for kind in mine),
            "not_judged": sum(kind.unknown for kind in mine),
            "precision": plain(pooled(kind.precision for kind in mine)),
            "recall": plain(pooled(kind.recall for kind in mine)),
            "precision_by_network": [_round(kind.precision.share, 4) for kind in mine],
            "recall_by_network": [_round(kind.recall.share, 4) for kind in mine],
            "lead_h": _middle(middle(leads))
            | {"p10": _round(middle(leads, 0.1).value, 2), "means": mine[0].lead_means},
        }
    return found


def incidents(reports: Sequence[Report]) -> dict[str, Figures]:
    """Give the figures of each kind of incident over all networks."""
    found: dict[str, Figures] = {}
    for name in dict.fromkeys(one.kind for report in reports for one in report.incidents):
        mine = [one for report in reports for one in report.incidents if one.kind == name]
        took = [minutes for one in mine for minutes in one.took]
        found[name] = {
            "raised": sum(one.raised for one in mine),
            "precision": plain(pooled(one.precision for one in mine)),
            "recall": plain(pooled(one.recall for one in mine)),
            "recall_of_smaller_ones": plain(pooled(one.small for one in mine)),
            "minutes_to_find": _middle(middle(took)) | {"most": max(took, default=None)},
            "parcels_under_it": plain(pooled(one.under for one in mine)),
            "told_alone": sum(one.told for one in mine),
            "losses_raised": sum(one.losses for one in mine),
            "false": [words for one in mine for words in one.false],
            "missed": [words for one in mine for words in one.missed],
        }
    return found


def calibration(reports: Sequence[Report]) -> Figures:
    """Give what was said and what came true over all networks."""
    rows: list[Figures] = []
    error, given = 0.0, sum(report.calibration.given for report in reports)
    for places in zip(*(report.calibration.buckets for report in reports), strict=True):
        count = sum(one.given for one in places)
        came = pooled(one.came for one in places)
        said = sum((one.said or 0.0) * one.given for one in places) / count if count else None
        if said is not None and came.share is not None:
            error += abs(said - came.share) * count
        rows.append(
            {
                "from": places[0].low,
                "to": places[0].high,
                "given": count,
                "said": _round(said, 4),
                "came_true": _round(came.share, 4),
            }
        )
    return {
        "given": given,
        "expected_error": round(error / given, 4) if given else None,
        "by_network": [_round(report.calibration.error, 4) for report in reports],
        "table": rows,
    }


def against(reports: Sequence[Report]) -> list[Figures]:
    """Give the comparison with naive rules over all networks."""
    return [
        {
            "rule": duels[0].rule,
            "ours": duels[0].ours,
            "to_be_found": duels[0].wanted,
            "its_false_alarms": sum(one.naive_false for one in duels),
            "our_false_alarms": sum(one.our_false for one in duels),
            "its_recall": plain(pooled(one.naive_recall for one in duels)),
            "our_recall": plain(pooled(one.our_recall for one in duels)),
        }
        for duels in zip(*(report.duels for report in reports), strict=True)
    ]


# goals -----------------------------------------------------------------------------------------------------------


class Goal(msgspec.Struct, frozen=True):
    """A figure to reach: at least `wanted` (with `most`, at most). `reached` is None where nothing was to be judged."""

    what: str
    wanted: float
    reached: float | None
    most: bool = False

    @property
    def met(self) -> bool:
        """Say whether it is reached."""
        if self.reached is None:
            return False
        return self.reached <= self.wanted if self.most else self.reached >= self.wanted


_SHARES = {  # precision, recall
    "predicted_late": (0.85, 0.70),
    "loss_suspected": (0.90, 0.95),
    "damage": (0.95, 0.90),
    "stalled": (0.90, 0.85),
    "misrouted": (0.90, 0.85),
    "looping": (0.90, 0.85),
    "false_signature": (0.90, 0.85),
}


def goals(reports: Sequence[Report]) -> list[Goal]:
    """Give every figure to reach with what was reached."""

    def of_kind(name: str, side: str) -> float | None:
        return pooled(getattr(kind, side) for report in reports for kind in report.kinds if kind.kind == name).share

    def lead(name: str) -> float | None:
        return middle([lead for report in reports for lead in report.leads.get(name, ())]).value

    found: list[Goal] = []
    for name, (precision, recall) in _SHARES.items():
        found.append(Goal(f"{name}: precision", precision, of_kind(name, "precision")))
        found.append(Goal(f"{name}: recall", recall, of_kind(name, "recall")))
    found.append(Goal("predicted_late: median hours ahead, promises of three days", 12, lead(THREE_DAYS)))
    found.append(Goal("loss_suspected: median hours before the standard's limit", 48, lead("loss_suspected")))
    found.append(Goal("damage: median hours after it was noted", 1, lead("damage"), most=True))
    for name, recall, minutes in (("hub_jam", 0.95, 60), ("feed_silent", 1.0, 30)):
        mine = [one for report in reports for one in report.incidents if one.kind == name]
        took = [one for found in mine for one in found.took]
        in_time = share(sum(one <= minutes for one in took), pooled(one.recall for one in mine).of).share
        found.append(Goal(f"{name}: precision", 0.95, pooled(one.precision for one in mine).share))
        found.append(Goal(f"{name}: recall", recall, pooled(one.recall for one in mine).share))
        found.append(Goal(f"{name}: found within {minutes} minutes", recall, in_time))
        if name == "hub_jam":
            found.append(Goal("hub_jam: its parcels under it", 0.90, pooled(one.under for one in mine).share))
            found.append(Goal("hub_jam: messages about one parcel alone", 0, sum(one.told for one in mine), most=True))
        else:
            found.append(Goal("feed_silent: loss alerts raised by it", 0, sum(one.losses for one in mine), most=True))
    error = calibration(reports)["expected_error"]
    found.append(Goal("calibration: expected error", 0.05, error if isinstance(error, float) else None, most=True))
    for duels in zip(*(report.duels for report in reports), strict=True):
        naive, ours = sum(one.naive_false for one in duels), sum(one.our_false for one in duels)
        more = (pooled(one.our_recall for one in duels).share or 0) - (
            pooled(one.naive_recall for one in duels).share or 0
        )
        found.append(Goal(f"{duels[0].rule}: our false alarms per one of it", 0.5, ours / max(1, naive), most=True))
        found.append(Goal(f"{duels[0].rule}: recall above it", 0, more))
    return found


def words(found: Sequence[Goal]) -> str:
    """Write the goals for a terminal."""
    rows = []
    for goal in found:
        reached = "–" if goal.reached is None else f"{goal.reached:.3f}"
        sign = "≤" if goal.most else "≥"
        rows.append(f"{'met   ' if goal.met else 'MISSED'}  {goal.what:<58} {reached:>9}  {sign} {goal.wanted:g}")
    return "\n".join(rows)


def main() -> None:
    """Judge, print, and with `--eval` write the result down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", action="store_true", help="judge the unseen networks and write the result")
    parser.add_argument("--networks", default=None, help="development networks, such as 1,2,3")
    parser.add_argument("--parcels", type=int, default=PARCELS)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--warm", type=float, default=WARM_DAYS)
    parser.add_argument("--jobs", type=int, default=1, help="networks at a time; each needs up to 4 GiB")
    parser.add_argument("--policy", type=Path, default=None, help="a policy file laid over the default")
    parser.add_argument("--examples", type=int, default=0, help="stories of errors to print, for each kind")
    asked = parser.parse_args()
    networks: tuple[int, ...] = UNSEEN if asked.eval else DEVELOPED
    if asked.networks is not None:
        networks = tuple(int(number) for number in asked.networks.split(","))
    if not asked.eval and max(networks) >= EVALUATED:
        parser.error(f"networks from {EVALUATED} on are for --eval, which is done once")
    if asked.eval and (min(networks) < EVALUATED or asked.policy is not None):
        parser.error("--eval judges the policy of the product on networks that nobody looked at")
    tasks = [
        Task(
            network=network,
            parcels=asked.parcels,
            days=asked.days,
            warm=asked.warm,
            policy=asked.policy,
            examples=asked.examples,
        )
        for network in networks
    ]
    began = time.monotonic()

    def show(report: Report) -> None:
        print(as_text(report), flush=True)
        if asked.examples:
            print(stories_text("False alarms", report.false_alarms), stories_text("Misses", report.misses), sep="\n")

    reports = all_judged(tasks, asked.jobs, show)
    found = goals(reports)
    print(words(found))
    if asked.eval:
        path = write(
            "detection",
            command=(
                f"python -m bench.detection --eval --parcels {asked.parcels} --days {asked.days} --warm {asked.warm:g} "
                f"--jobs {asked.jobs}"
            ),
            method=(
                f"{len(networks)} made-up networks ({', '.join(map(str, networks))}) that nobody looked at while rules "
                f"were chosen, each with its own parameters and seed; {asked.parcels:,} parcels, {asked.days} days, "
                f"the first {asked.warm:g} days only teach; rules were chosen on networks below {EVALUATED}. What is "
                f"right and found: docs/decisions/backtest.md; intervals are Wilson's, 95 %"
            ),
            figures={
                "goals": [
                    {
                        "what": g.what,
                        "wanted": g.wanted,
                        "at_most": g.most,
                        "reached": _round(g.reached, 4),
                        "met": g.met,
                    }
                    for g in found
                ],
                "kinds": kinds(reports),
                "incidents": incidents(reports),
                "calibration": calibration(reports),
                "against_naive_rules": against(reports),
                "networks": [{"network": report.network, "seed": report.seed} for report in reports],
                "scans": sum(report.run.scans for report in reports),
                "parcels": sum(report.run.parcels for report in reports),
                "replayed_scans_per_s": round(
                    sum(report.run.scans for report in reports) / sum(report.run.seconds for report in reports)
                ),
                "seconds": round(time.monotonic() - began),
            },
            target="issue table: every goal met",
        )
        print(path)


if __name__ == "__main__":
    main()
