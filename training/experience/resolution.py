"""How long it takes to resolve a contact, when some are still open."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.experience.intervals import Z

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
NAN = float("nan")


@dataclass(frozen=True)
class Survival:
    """The Kaplan-Meier curve (Kaplan & Meier 1958) of what is still unresolved.

    Parameters
    ----------
    times
        float64 (steps,), ascending: when something was resolved.
    open, low, high
        float64 (steps,): share still unresolved just after each time, with the 95 % interval on
        the log(-log) scale by Greenwood's variance (Kalbfleisch & Prentice 2002, 1.4).
    n, resolved
        How many began, and how many ended.
    """

    times: Floats
    open: Floats
    low: Floats
    high: Floats
    n: int
    resolved: int

    def quantile(self, share: float) -> tuple[float, float, float]:
        """Return when ``share`` of all had been resolved, and its interval.

        Infinite where the curve does not come that far: so many are still open that it cannot be
        told (Brookmeyer & Crowley 1982). NaN when there is nothing at all.
        """
        if not self.n:
            return NAN, NAN, NAN
        left = 1.0 - share + 1e-12
        value, low, high = (
            self._first(curve <= left) for curve in (self.open, self.low, self.high)
        )
        return value, low, high

    def _first(self, reached: Flags) -> float:
        return float(self.times[np.argmax(reached)]) if reached.any() else float("inf")


def kaplan_meier(durations: Floats, ended: Flags) -> Survival:
    """Estimate the curve.

    Parameters
    ----------
    durations
        float64 (contacts,): time until resolved, or so far.
    ended
        bool (contacts,): whether it was resolved; False is censored.
    """
    times = np.unique(durations[ended])
    events = np.bincount(np.searchsorted(times, durations[ended]), minlength=times.size)
    at_risk = durations.size - np.searchsorted(np.sort(durations), times, side="left")
    share: Floats = np.cumprod(1.0 - events / at_risk).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
        log = np.log(share)
        spread = np.exp(Z * np.sqrt(greenwood) / np.abs(log))
        low, high = share**spread, share ** (1.0 / spread)
    # At 0 nothing is left to be at risk: the transform has no value, the curve has.
    done = share <= 0
    return Survival(
        times,
        share,
        np.where(done, 0.0, low),
        np.where(done, 0.0, high),
        int(durations.size),
        int(ended.sum()),
    )
