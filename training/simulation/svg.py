"""Curves as inline SVG: no script, nothing loaded, colours by CSS so that dark pages work."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_WIDTH: Final = 720
_HEIGHT: Final = 300
_LEFT: Final = 56
_RIGHT: Final = 12
_TOP: Final = 12
_BOTTOM: Final = 34
_TICKS: Final = 5


@dataclass(frozen=True)
class Curve:
    """One line of a chart.

    Parameters
    ----------
    name
        For the legend.
    values
        By week; NaN leaves a gap.
    colour
        Class of the style sheet, ``c0`` and so on.
    interval
        Low and high by week; the values are then drawn as points with their intervals, no line.
    """

    name: str
    values: Sequence[float]
    colour: str
    interval: tuple[Sequence[float], Sequence[float]] | None = None


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    weeks: int

    def x(self, week: int) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (week / max(self.weeks - 1, 1))

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share


def chart(title: str, curves: Sequence[Curve], first_week: int = 1) -> str:
    """Return a chart with its legend, values against weeks; 0 is always on the scale.

    Parameters
    ----------
    title
        Read out to those who cannot see it.
    first_week
        Number of the first value's week.
    """
    scale = _scale(curves)
    parts = [*_axes(scale, first_week), *(part for c in curves for part in _drawn(c, scale))]
    legend = "".join(
        f'<li><span class="key {c.colour}"></span>{escape(c.name)}</li>' for c in curves
    )
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'{"".join(parts)}</svg><ul class="legend">{legend}</ul></figure>'
    )


def ticks(low: float, high: float) -> list[float]:
    """Return about `_TICKS` round numbers that span low to high."""
    rough = max(high - low, 1e-9) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [k * step for k in range(first, last + 1)]


def _scale(curves: Sequence[Curve]) -> _Scale:
    rows = [row for c in curves for row in (c.values, *(c.interval or ()))]
    told = [v for row in rows for v in row if math.isfinite(v)] or [1.0]
    spans = ticks(min(0.0, *told), max(0.0, *told))
    if len(spans) == 1:
        spans.append(spans[0] + 1.0)
    return _Scale(spans[0], spans[-1], max(len(row) for row in rows))


def _axes(scale: _Scale, first_week: int) -> Iterator[str]:
    for value in ticks(scale.low, scale.high):
        y = scale.y(value)
        kind = "zero" if value == 0 else "grid"
        ends = f'x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"'
        yield f'<line class="{kind}" {ends}/>'
        yield _text(_LEFT - 8, y + 4, "end", f"{value:g}")
    apart = max(1, round(scale.weeks / 12))
    for week in range(0, scale.weeks, apart):
        yield _text(scale.x(week), _HEIGHT - _BOTTOM + 18, "middle", str(week + first_week))
    yield _text(_WIDTH - _RIGHT, _HEIGHT - 2, "end", "week")


def _text(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text class="tick" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _drawn(curve: Curve, scale: _Scale) -> Iterator[str]:
    if curve.interval:
        yield from _dots(curve, curve.interval, scale)
        return
    points = " ".join(_points(curve.values, scale))
    yield f'<polyline class="line {curve.colour}" points="{points}"/>'


def _dots(
    curve: Curve, interval: tuple[Sequence[float], Sequence[float]], scale: _Scale
) -> Iterator[str]:
    for week, value in enumerate(curve.values):
        if not math.isfinite(value):
            continue
        x = scale.x(week)
        low, high = (scale.y(row[week]) for row in interval)
        ends = f'x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"'
        yield f'<line class="line {curve.colour}" {ends}/>'
        yield f'<circle class="dot {curve.colour}" cx="{x:.1f}" cy="{scale.y(value):.1f}" r="3.5"/>'


def _points(values: Sequence[float], scale: _Scale) -> list[str]:
    return [
        f"{scale.x(week):.1f},{scale.y(value):.1f}"
        for week, value in enumerate(values)
        if math.isfinite(value)
    ]
