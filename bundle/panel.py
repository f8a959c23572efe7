"""Every model that says a probability, asked of one customer at once.

A request is about one customer, and most of what a model costs then is not its arithmetic but the
calls around it. Whoever is scored among many goes through each model's own `predict`; a test holds
the two to the same bits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bundle.grove import Grove, fits
from bundle.models import Classifier, ScoringModel
from bundle.tree_text import Forest, read_trees
from decisioning.calibration import CalibrationCurve, Propensity
from decisioning.customers.logistic import LogisticModel

Floats = NDArray[np.float64]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Panel:
    """The models, and which of them are asked together.

    Parameters
    ----------
    models, positions
        By name: each model, and int64 (columns,), where its columns stand in the profiles.
    names
        Those asked together: forests, then others that are calibrated by a curve.
    grove
        The forests; None where there are none.
    inputs, starts
        int64: the positions of all forests one after the other, and where each begins.
    others
        The models of ``names`` that are no forests.
    curved
        int64: which of ``names`` are calibrated by a curve.
    curve
        Those curves as one.
    """

    models: Mapping[str, Classifier]
    positions: Mapping[str, I64]
    names: tuple[str, ...]
    grove: Grove | None
    inputs: I64
    starts: I64
    others: tuple[LogisticModel, ...]
    curved: I64
    curve: CalibrationCurve

    @classmethod
    def of(cls, models: Mapping[str, Classifier], columns: Mapping[str, int]) -> "Panel":
        """Lay out the models of a bundle.

        Parameters
        ----------
        columns
            Position of each column in the profiles.
        """
        positions = {
            name: np.array([columns[c] for c in model.columns], dtype=np.int64)
            for name, model in models.items()
        }
        forests = {name: forest for name, model in models.items() if (forest := _forest(model))}
        others = {
            name: model
            for name, model in models.items()
            if isinstance(model, LogisticModel) and isinstance(model.calibration, CalibrationCurve)
        }
        asked, names = [positions[name] for name in forests], (*forests, *others)
        curves = {
            k: curve
            for k, name in enumerate(names)
            if isinstance(curve := models[name].calibration, CalibrationCurve)
        }
        return cls(
            models,
            positions,
            names,
            Grove.of(list(forests.values()), asked) if forests else None,
            np.concatenate([np.empty(0, dtype=np.int64), *asked]),
            np.cumsum([0, *(part.size for part in asked)])[: len(asked)],
            tuple(others.values()),
            np.array([*curves], dtype=np.int64),
            _together([*curves.values()]),
        )

    def score(self, profiles: Floats) -> dict[str, Propensity]:
        """Score customers by every model.

        Parameters
        ----------
        profiles
            float64 (m, all snapshot columns); NaN is null.

        Returns
        -------
        By name, in the order of the models: of shape (m,), NaN where every input is null.
        """
        held = self._held(profiles) if profiles.shape[0] == 1 else {}
        return {
            name: held[name] if name in held else model.score(profiles, self.positions[name])
            for name, model in self.models.items()
        }

    def _held(self, profiles: Floats) -> dict[str, Propensity]:
        """Return what the models that are asked together say of one customer."""
        raw = self._raw(profiles)
        said = self.curve.apply(raw.take(self.curved))
        held = {self.names[k]: said.rows(at, at + 1) for at, k in enumerate(self.curved.tolist())}
        for k, name in enumerate(self.names):
            if name not in held:
                held[name] = self.models[name].calibration.apply(raw[k : k + 1])
        return held

    def _raw(self, profiles: Floats) -> Floats:
        """Return uncalibrated scores, float64 (names,)."""
        raw = np.empty(len(self.names))
        if self.grove is not None:
            row = profiles[0]
            told = raw[: self.starts.size]
            told[:] = self.grove(row)
            unknown = np.isnan(row).take(self.inputs)
            told[np.logical_and.reduceat(unknown, self.starts)] = np.nan
        for k, model in enumerate(self.others, start=self.starts.size):
            raw[k : k + 1] = model.raw(profiles[:, self.positions[self.names[k]]])
        return raw


def _forest(model: Classifier) -> Forest | None:
    """Return the trees of a model that can stand in a grove; a model without inputs has none."""
    if not isinstance(model, ScoringModel) or not model.columns:
        return None
    forest = read_trees(model.trees.text)
    return forest if forest is not None and fits(forest) else None


def _together(curves: Sequence[CalibrationCurve]) -> CalibrationCurve:
    return CalibrationCurve(
        np.array([curve.coefficients for curve in curves]).reshape(-1, 3).T,
        np.array([curve.covariance for curve in curves]).reshape(-1, 3, 3).transpose(1, 2, 0),
    )
