"""A report of measured experience, as a person reads it in a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

BY = ("overall", "touchpoint", "channel", "segment", "period")
_BAR = 16


def readable(report: Mapping[str, Any], by: str) -> Iterator[str]:
    """Yield the lines of a report, as a person reads them.

    Parameters
    ----------
    report
        As ``experience.json`` holds it.
    by
        One of :data:`BY`.
    """
    told = report["coverage"]
    yield (
        f"{told['answers']:,} answers of {told['customers']:,} customers; left out without consent "
        f"to analytics: {told['left_out_answers']:,} answers of {told['left_out_customers']:,}"
    )
    rows = _chosen(report["rows"], by)
    yield ""
    yield (
        f"{'metric':15s} {'of':24s} {'source':9s} {'n':>7s} {'figure':>8s} {'95 % interval':>19s}"
        f" {'':{_BAR}s} {'weighted':>9s} {'response':>9s}"
    )
    yield from (_line(row) for row in rows)
    yield ""
    yield from _silence(report["non_response"])
    yield from _inference(report["inferred"])
    yield from _contacts(report["journeys"]["contacts"])
    yield from _visits(report["journeys"]["visits"])
    yield from _comments(report["comments"])
    yield from (f"note: {note}" for note in report["notes"])


def _chosen(rows: Sequence[Mapping[str, Any]], by: str) -> list[Mapping[str, Any]]:
    if by == "period":
        return [r for r in rows if r["by"] == "overall" and len(r["period"]) == len("2017-11")]
    return [
        r for r in rows if r["by"] == by and (r["period"] == "all" or r["source"] == "inferred")
    ]


_SCALES = {
    "nps": (-100, 100, "+.1f"), "nps_population": (-100, 100, "+.1f"), "csat": (0, 1, ".1%"),
    "ces_easy": (0, 1, ".1%"), "effort_hard": (0, 1, ".1%"), "csat_mean": (1, 5, ".2f"),
    "ces": (1, 7, ".2f"), "stars": (1, 5, ".2f"),
}  # fmt: skip


def _line(row: Mapping[str, Any]) -> str:
    low, high, form = _SCALES[row["metric"]]
    of = row["value"] if row["value"] != "all" else row["period"]
    start = f"{row['metric']:15s} {of:24.24s} {row['source']:9s} {row['n']:7,d} "
    if row["estimate"] is None:
        return start + f"too few customers ({row['customers']})"
    figure, begin, end = (format(row[name], form) for name in ("estimate", "low", "high"))
    weighted = "" if row["weighted"] is None else format(row["weighted"], form)
    rate = "" if row["response_rate"] is None else format(row["response_rate"], ".0%")
    bar = _drawn((row["estimate"] - low) / (high - low))
    return f"{start}{figure:>8s} {f'{begin} to {end}':>19s} {bar} {weighted:>9s} {rate:>9s}"


def _drawn(share: float) -> str:
    filled = round(min(max(share, 0.0), 1.0) * _BAR)
    return "█" * filled + "░" * (_BAR - filled)


def _silence(found: Mapping[str, Any]) -> Iterator[str]:
    if found["reason"]:
        return
    yield (
        f"Who answers: {found['answered']:,} of {found['asked']:,} requests; told from what was "
        f"known when asked with AUC {found['auc']:.2f}. Largest differences, before and after "
        "weighting:"
    )
    told = [each for each in found["balance"] if each["difference"] is not None]
    for each in sorted(told, key=lambda one: -abs(one["difference"]))[:5]:
        yield f"  {each['column']:28s} {each['difference']:+.2f} -> {each['corrected']:+.2f}"


def _inference(models: Mapping[str, Any]) -> Iterator[str]:
    for metric, model in models.items():
        if model["used"]:
            q, base = model["quality"], model["base_rate"]
            yield (
                f"Inferred {metric} ({model['told']}), on {model['answers']['tested']} later "
                f"answers: AUC {_range(q['auc'])}; Brier {_range(q['brier'])}, base rate "
                f"{base['brier']['value']:.3f}; ECE {q['ece']['value']:.3f}, by chance up to "
                f"{q['ece_by_chance']['high']:.3f}"
            )


def _range(one: Mapping[str, float]) -> str:
    return f"{one['value']:.3f} [{one['low']:.3f}, {one['high']:.3f}]"


def _contacts(steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for step in steps:
        if step["by"] == "overall" and step["period"] == "all":
            yield f"{step['measure'].replace('_', ' '):30s} n {step['n']:>8,d}  {_told(step)}"


def _told(step: Mapping[str, Any]) -> str:
    if step["estimate"] is None:
        return "not reached: too many are open, or too few are there"
    end = "open" if step["high"] is None else f"{step['high']:.3g}"
    start = "open" if step["low"] is None else f"{step['low']:.3g}"
    return f"{step['estimate']:.3g} [{start}, {end}]"


def _visits(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    whole = [row for row in rows if row["by"] == "overall" and row["period"] == "all"]
    most = max((row["visits"] for row in whole), default=0)
    for row in whole:
        share = "" if row["share"] is None else f"{row['share']:6.1%} of the step before"
        bar = _drawn(row["visits"] / most if most else 0.0)
        yield f"visits {row['step'].replace('_', ' '):23s} {row['visits']:>10,d}  {bar}  {share}"


def _comments(found: Mapping[str, Any]) -> Iterator[str]:
    overall = found["overall"]
    if overall and overall["estimate"] is not None:
        yield f"comments scored {overall['n']:,}, mean sentiment {overall['estimate']:.2f} (0 to 1)"
        for name, each in list(found["topics"].items())[:5]:
            mood = "" if each["estimate"] is None else f"  {each['estimate']:.2f}"
            yield f"  {name:40.40s} {each['n']:>6,d}{mood}"
