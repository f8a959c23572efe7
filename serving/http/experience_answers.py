"""The models behind the documentation of measured experience; they describe, they do not check."""

from pydantic import BaseModel, ConfigDict


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class ExperienceRow(_Answer):
    """One figure. A row is answered or inferred, never both."""

    metric: str
    """nps (points), csat and ces_easy (shares), csat_mean, ces and stars (means); inferred only:
    nps_population (answered and inferred pooled) and effort_hard (a share)."""
    by: str
    """overall, touchpoint, channel or segment."""
    value: str
    """Value of the dimension; all for overall."""
    period: str
    """all, a month as 2017-11, or a window of 90 days by its first and last day."""
    n: int
    """Answers; of an inferred row, customers."""
    customers: int
    """Who gave the answers."""
    estimate: float | None
    """The figure as answered; null for fewer than 30 customers."""
    low: float | None
    """Lower end of its 95 % interval."""
    high: float | None
    """Upper end of its 95 % interval."""
    interval: str
    """How it was made: bootstrap over customers, wilson, linearised, calibration, or none."""
    asked: int | None
    """Requests of the period; null when none are recorded."""
    response_rate: float | None
    """Share of the requests that was answered."""
    weighted: float | None
    """The figure with each answer weighted for non-response; null without weights."""
    weighted_low: float | None
    """Lower end of its 95 % interval."""
    weighted_high: float | None
    """Upper end of its 95 % interval."""
    source: str
    """answered, or inferred of customers who did not answer."""


class ExperienceCoverage(_Answer):
    """Who is in the figures and who is not."""

    answers: int
    """Answers measured."""
    customers: int
    """Customers who gave them."""
    requests: int
    """Requests old enough to count in a response rate."""
    left_out_customers: int
    """Customers who answered but do not allow analytics."""
    left_out_answers: int
    """Their answers."""


class ExperienceAnswer(_Answer):
    """The rows asked for."""

    as_of: int
    """Nothing at or after this moment is in the figures; epoch seconds."""
    segments_from: str
    """Where the segments come from, in words."""
    coverage: ExperienceCoverage
    """Who is in the figures."""
    notes: list[str]
    """What could not be measured or inferred, and why."""
    rows: list[ExperienceRow]
    """Figures, in the order of the report."""
