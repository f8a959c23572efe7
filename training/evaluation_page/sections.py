"""The sections of the page, from held-out rows alone."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from training import plots
from training.evaluation_page.figures import (
    LEAST,
    TOP,
    GroupFigures,
    by_group,
    heaviest,
    lift_table,
    segment_groups,
    time_groups,
)
from training.evaluation_page.numbers import interval, number
from training.evaluation_page.pictures import amounts_plot, importance_plot, lift_bars
from training.held_out import HeldOut, HeldOutModel
from training.markup import heading, image, paragraph, table
from training.models.metrics import mean_estimate, measure
from training.promotion.gates import Gate, Segments

GROUP_HEAD = ("Group", "Customers", "Came", "Said", "Taken", "AUC", "ECE")


def slates_section(held: HeldOut, segments: Segments, seed: int) -> Iterator[str]:
    """Tell NDCG@10 by goal, with intervals, and by segment."""
    yield heading("Recommendations")
    rows = []
    for goal, slates in held.goals.items():
        estimate = mean_estimate(slates.values, seed)
        rows.append((goal, f"{estimate.n:,}", interval(estimate)))
    yield table(("Goal", "Customers", "NDCG@10, 95 % interval"), rows, first_number=1)
    for kind, segment_of in segments.items():
        found = [row for goal in held.goals for row in _slates_by(held, goal, segment_of, seed)]
        if found:
            yield heading(f"By {kind.replace('_', ' ')}", 3)
            yield table(("Goal", "Segment", "Customers", "NDCG@10"), found, first_number=2)


def _slates_by(
    held: HeldOut, goal: str, segment_of: Mapping[str, str], seed: int
) -> Iterator[tuple[str, ...]]:
    slates = held.goals[goal]
    groups = np.array([segment_of.get(c, "") for c in slates.customers.tolist()], dtype=str)
    for name in np.unique(groups[groups != ""]).tolist():
        values = slates.values[groups == name]
        if values.size >= LEAST:
            yield goal, name, f"{values.size:,}", interval(mean_estimate(values, seed))


def model_section(name: str, model: HeldOutModel, segments: Segments, seed: int) -> Iterator[str]:
    """Tell one customer model: figures, pictures, what it leans on, over time and by segment."""
    yield heading(name.replace("_", " ").capitalize())
    scored = ~np.isnan(model.mean)
    yield paragraph(
        f"{int(scored.sum()):,} rows of {np.unique(model.customers[scored]).size:,} customers that "
        f"it was not fitted on; {int((~scored).sum()):,} more could not be scored."
    )
    if not scored.any():
        return
    yield from _figures(model, seed)
    yield from _pictures(name, model)
    yield heading("Over time", 3)
    yield _groups(by_group(model, time_groups(model)))
    for kind, segment_of in segments.items():
        found = list(by_group(model, segment_groups(model, segment_of)))
        if found:
            yield heading(f"By {kind.replace('_', ' ')}", 3)
            yield _groups(found)


def _figures(model: HeldOutModel, seed: int) -> Iterator[str]:
    scored = ~np.isnan(model.mean)
    y, said, plain = model.y[scored], model.mean[scored], model.baseline[scored]
    if model.kind == "propensity":
        mine, theirs = measure(y, said, seed), measure(y, plain, seed)
        rows = [(n.upper(), interval(mine[n]), interval(theirs[n])) for n in mine]
    else:
        rows = [
            (what, interval(mean_estimate(one, seed)), interval(mean_estimate(other, seed)))
            for what, one, other in (
                ("Mean absolute error", np.abs(y - said), np.abs(y - plain)),
                ("Mean, said", said, plain),
                ("Mean, came", y, y),
            )
        ]
    yield table(("Measure", "Model, 95 % interval", "Baseline"), rows, first_number=1)


def _pictures(name: str, model: HeldOutModel) -> Iterator[str]:
    scored = ~np.isnan(model.mean)
    y, said = model.y[scored], model.mean[scored]
    drawn = []
    if model.kind == "propensity" and 0 < y.sum() < y.size:
        drawn += [
            plots.calibration_plot(y, said, f"{name}: calibration"),
            plots.lift_plot(y, said, f"{name}: gain"),
        ]
    if model.kind == "amount":
        drawn.append(amounts_plot(lift_table(model), f"{name}: said and came"))
    drawn.append(lift_bars(lift_table(model), f"{name}: lift"))
    if model.importance:
        drawn.append(importance_plot(heaviest(model), f"{name}: what it leans on"))
    images = (image(picture.axes[0].get_title(), picture) for picture in drawn)
    yield f"<div class=row>{''.join(images)}</div>"


def fairness_section(held: HeldOut, segments: Segments) -> Iterator[str]:
    """Tell, by model and age band and region, who would be taken and how right it is of them."""
    yield heading("Fairness")
    yield paragraph(
        "No protected column is an input of these models. A group may be treated unlike others "
        f"all the same: Taken is its share among the {TOP:.0%} highest predictions, Said beside "
        f"Came shows whether the model is wrong of it. Groups of {LEAST} customers or more."
    )
    for name, model in held.models.items():
        for kind in ("age_band", "region"):
            found = list(by_group(model, segment_groups(model, segments.get(kind, {}))))
            if len(found) > 1:
                yield heading(f"{name}, by {kind.replace('_', ' ')}", 3)
                yield _groups(found)
                yield paragraph(_worst_ratio(found))


def _worst_ratio(found: Sequence[GroupFigures]) -> str:
    least, most = (f(found, key=lambda g: g.taken) for f in (min, max))
    ratio = least.taken / most.taken if most.taken else float("nan")
    return (
        f"The least taken group ({least.name}) is taken {ratio:.2f} times as often as the most "
        f"({most.name})."
    )


def unfitted_section(unfitted: Mapping[str, str]) -> Iterator[str]:
    """Tell which models there are not, and why; nothing where there are all."""
    if unfitted:
        yield heading("Not fitted")
        yield paragraph(
            "A condition on one of these is unknown; a response takes its prior instead."
        )
        yield table(("Model", "Why"), sorted(unfitted.items()), first_number=9)


def champion_section(gates: Sequence[Gate], champion: str | None) -> Iterator[str]:
    """Tell how the run fares against the champion, gate by gate."""
    yield heading("Against the champion")
    if champion is None:
        yield paragraph("There was no champion to compare with.")
    else:
        yield paragraph(f"Champion: version {champion}. The same rows for both; gains above 0.")
    rows = [(gate.name, "open" if gate.passed else "closed", gate.said) for gate in gates]
    yield table(("Gate", "", "Why"), rows, first_number=9)


def _groups(found: Iterator[GroupFigures] | Sequence[GroupFigures]) -> str:
    rows = [
        (g.name, f"{g.customers:,}", number(g.came), number(g.said), f"{g.taken:.1%}",
         number(g.auc), number(g.ece))
        for g in found
    ]  # fmt: skip
    return table(GROUP_HEAD, rows, first_number=1)
