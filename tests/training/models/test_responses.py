"""An action sent on several channels has a model for each, besides that of all."""

import numpy as np
import pandas as pd
import pytest

from features.definitions import UNPROTECTED
from training.models.classifier import BoostedClassifier
from training.models.contract import TooFewRowsError
from training.models.labels.rows import LabelledRows
from training.models.responses import responses
from training.models.tasks import CustomerModelsConfig

COLUMNS = UNPROTECTED[:3]
CONFIG = CustomerModelsConfig(columns=COLUMNS, response_estimator=BoostedClassifier(rounds=10))


def sent(n: int, channels: tuple[str, ...]) -> LabelledRows:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(n, 3))
    label = (rng.random(n) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)
    frame = pd.DataFrame(x, columns=list(COLUMNS)).assign(
        customer_id=[f"c{k % 300}" for k in range(n)],
        as_of=np.repeat(np.arange(8), n // 8),
        action_id="a",
        channel=np.resize(np.array(channels), n),
        label=label,
    )
    return LabelledRows(frame)


@pytest.mark.parametrize(
    ("channels", "names"),
    [(("post",), ["a"]), (("email", "post"), ["a", "a_email", "a_post"])],
)
def test_models_by_channel(channels: tuple[str, ...], names: list[str]) -> None:
    rows = sent(1600, channels)

    found = dict(responses(rows, CONFIG, seed=1))
    assert list(found) == names
    fitted = {name: fit() for name, fit in found.items()}
    assert fitted["a"].y.size == sum(f.y.size for f in fitted.values()) / (1 + (len(names) > 1))
    assert fitted["a"].metrics["auc"].value > 0.6
    assert fitted["a"].test.as_of.min() == 5, "the last of the contacts test"


def test_too_few_answers_are_told() -> None:
    rows = sent(1600, ("post",))
    few = LabelledRows(rows.frame.assign(label=0.0))
    (fit,) = dict(responses(few, CONFIG, seed=1)).values()
    with pytest.raises(TooFewRowsError, match="rarer outcome"):
        fit()
