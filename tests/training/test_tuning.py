"""Searching settings in a home: nested runs, what is kept, and what an edited file is told."""

import json
import shutil
from pathlib import Path

import pytest

from features.errors import SettingError
from features.settings import Settings
from tests.integration.support import SMALL, Trained, settings_of, third_party_warnings
from training import tracking
from training.models.tuning import Budget
from training.tuning import TUNED, read_tuned, tune_model


@pytest.fixture
def home(village: Trained, tmp_path: Path) -> Settings:
    shutil.copy(village.settings.home / "mlflow.db", tmp_path)
    shutil.copytree(village.settings.tables, tmp_path / "tables")
    return settings_of(tmp_path)


def budget(trials: int) -> Budget:
    return Budget(60.0, trials, lambda: 0.0)


def test_trials_are_nested_runs_and_the_best_is_kept(home: Settings) -> None:
    with third_party_warnings():
        found = tune_model(home, "churn", SMALL, budget(4), {}, progress=False)
        client = tracking.connect(home)
        experiment = client.get_experiment_by_name("nextbest")
        runs = client.search_runs([experiment.experiment_id])
    parent = next(r for r in runs if r.info.run_name.startswith("tune churn"))
    trials = [r for r in runs if r.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    assert len(trials) == found.tried == 4
    assert {"num_leaves", "learning_rate"} <= set(trials[0].data.params)
    assert parent.data.metrics["log_loss"] == pytest.approx(found.after)
    assert {r.data.tags["trial.state"] for r in trials} <= {"complete", "pruned"}
    kept = read_tuned(home.home)
    if found.after < found.before:
        assert kept["churn"].rounds == found.best.rounds
        assert kept["churn"].parameters == dict(found.best.parameters)
    else:
        assert kept == {}


def test_a_model_that_does_not_exist_is_named(home: Settings) -> None:
    with third_party_warnings(), pytest.raises(SettingError, match="'chrun'") as caught:
        tune_model(home, "chrun", SMALL, budget(1), {}, progress=False)
    assert "churn" in caught.value.remedy


PARAMETERS = {"num_leaves": 8, "learning_rate": 0.1, "min_data_in_leaf": 20,
              "feature_fraction": 0.5, "bagging_fraction": 0.5, "lambda_l2": 1.0}  # fmt: skip


def test_the_file_is_read_as_written(tmp_path: Path) -> None:
    assert read_tuned(tmp_path) == {}
    told = {"churn": {"rounds": 70, "parameters": PARAMETERS}}
    (tmp_path / TUNED).write_text(json.dumps(told), encoding="utf-8")
    found = read_tuned(tmp_path)["churn"]
    assert (found.rounds, found.parameters) == (70, PARAMETERS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"churn": {"rounds": 0, "parameters": {}}}', "churn.rounds"),
        ("[]", "the file"),
        ("{", "the file"),
        ('{"churn": {"rounds": 9, "parameters": {"objective": "l2"}}}', "churn.parameters"),
    ],
)
def test_an_edited_file_is_told_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / TUNED).write_text(text, encoding="utf-8")
    with pytest.raises(SettingError, match=r"tuned\.json") as caught:
        read_tuned(tmp_path)
    assert said in caught.value.message
