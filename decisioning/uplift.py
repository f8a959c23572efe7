"""Uplift from control data: who was contacted against who, by lot, was not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.calibration import Uplift
from decisioning.estimates import CustomerModel

Floats = NDArray[np.float64]
_Z90 = 1.6448536269514722


@dataclass(frozen=True)
class UpliftTable:
    """Responses of the contacted and of the control group, by band of the propensity.

    Parameters
    ----------
    edges
        float64 (b,), ascending: band i holds propensities from ``edges[i]`` up to the next.
    treated, treated_responses, control, control_responses
        float64 (b,): customers and responses in each band.
    """

    edges: Floats
    treated: Floats
    treated_responses: Floats
    control: Floats
    control_responses: Floats

    def apply(self, propensity: Floats) -> Uplift:
        """Turn propensities (m,) into uplifts: the difference of the two posterior rates.

        Each rate is Beta(responses + 1/2, others + 1/2) (Jeffreys), the interval of the
        difference the normal one with the sum of their variances. NaN where the propensity is,
        and in a band that lacks one of the two groups: then there are no control data.
        """
        band = np.clip(np.searchsorted(self.edges, propensity, side="right") - 1, 0, None)
        mean, deviation = self._bands()
        null = np.isnan(propensity)
        u = np.where(null, np.nan, mean[band])
        spread = _Z90 * np.where(null, np.nan, deviation[band])
        return Uplift(u, u - spread, u + spread)

    def _bands(self) -> tuple[Floats, Floats]:
        shown, shown_variance = _jeffreys(self.treated_responses, self.treated)
        held, held_variance = _jeffreys(self.control_responses, self.control)
        lacks = (self.treated == 0) | (self.control == 0)
        deviation = np.sqrt(shown_variance + held_variance)
        return np.where(lacks, np.nan, shown - held), np.where(lacks, np.nan, deviation)


@dataclass(frozen=True)
class PersonalUplift:
    """Uplift learned from columns, and the table for those of whom no column is known.

    Without the table, whoever withholds their data would count as if every response of theirs
    were caused by the contact.
    """

    model: CustomerModel
    table: UpliftTable

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the inputs, in order."""
        return self.model.columns

    def apply(self, propensity: Floats, x: Floats) -> Uplift:
        """Return uplifts of m customers.

        Parameters
        ----------
        propensity
            float64 (m,), for the table.
        x
            float64 (m, columns), for the model; NaN is null.
        """
        own, shared = self.model.predict(x), self.table.apply(propensity)
        unknown = np.isnan(own.mean)
        return Uplift(
            np.where(unknown, shared.mean, own.mean),
            np.where(unknown, shared.low, own.low),
            np.where(unknown, shared.high, own.high),
        )


def _jeffreys(responses: Floats, rows: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of Beta(responses + 1/2, rows - responses + 1/2)."""
    mean = (responses + 0.5) / (rows + 1.0)
    return mean, mean * (1.0 - mean) / (rows + 2.0)
