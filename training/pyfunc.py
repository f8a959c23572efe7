"""The bundle as an MLflow pyfunc: customers in, scores out. Logged as code, nothing pickled.

The service does not use it (a pyfunc call costs milliseconds); it is for batch jobs and for
``mlflow models predict``.
"""

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd

from bundle.files import read_bundle


class BundleModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]
    """Scores every customer model for a frame with a ``customer_id`` column."""

    def load_context(self, context: Any) -> None:  # noqa: ANN401 - MLflow's own object
        """Read and check the bundle."""
        self._bundle = read_bundle(Path(context.artifacts["bundle"]))

    def predict(
        self,
        context: Any,  # noqa: ANN401
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Return ``<model>``, ``<model>_low`` and ``<model>_high`` a customer; NaN unknown.

        Probabilities by the names of the models, then amounts (cents) by theirs.
        """
        del context, params
        bundle = self._bundle
        index = bundle.customer_map.index_of(model_input["customer_id"].astype(str))
        profiles = np.full((index.size, bundle.customers.profiles.shape[1]), np.nan)
        profiles[index >= 0] = bundle.customers.profiles[index[index >= 0]]
        scores: dict[str, Any] = {}
        for name, model in (*sorted(bundle.models.items()), *sorted(bundle.amounts.items())):
            positions = [bundle.column_positions[c] for c in model.columns]
            said = model.predict(profiles[:, positions])
            scores |= {name: said.mean, f"{name}_low": said.low, f"{name}_high": said.high}
        return pd.DataFrame(scores, index=model_input.index)


mlflow.models.set_model(BundleModel())
