"""Held-out rows, written and read back."""

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from tests.training.promotion.made import held, model
from training.held_out import FACTS, Bought, read_held_out, write_held_out
from training.models.metrics import Estimate
from training.trial_found import RankingFound, TrialFound

Y = np.array([0.0, 1.0, 1.0])
THIRD = Estimate(1 / 3, 0.1, 0.7, 3)
FOUND = TrialFound(
    "response", "t_logistic", "it does not pay", THIRD,
    (RankingFound("response", THIRD, THIRD), RankingFound("random", THIRD, THIRD)),
)  # fmt: skip


def test_what_is_written_is_read_to_the_bit(tmp_path: Path) -> None:
    churn = model(Y, np.array([0.1, 1 / 3, np.nan]))
    bought = Bought(np.array(["c1", "c1"]), np.array(["é", "7"]), np.array([True, False]))
    told = replace(held({"any": Y / 7, "discover": Y[:0]}, {"churn": churn}), bought=bought)
    write_held_out(tmp_path, told)
    read = read_held_out(tmp_path)
    assert (read.start, read.until) == (told.start, told.until)
    assert list(read.goals) == ["any", "discover"]
    for goal, slates in told.goals.items():
        np.testing.assert_array_equal(read.goals[goal].customers, slates.customers)
        np.testing.assert_array_equal(read.goals[goal].values, slates.values)
    for part in fields(bought):
        np.testing.assert_array_equal(getattr(read.bought, part.name), getattr(bought, part.name))
    for part in fields(churn):
        np.testing.assert_array_equal(
            getattr(read.models["churn"], part.name), getattr(churn, part.name)
        )


def test_a_lot_is_kept(tmp_path: Path) -> None:
    drawn = replace(model(Y, Y), kind="uplift", contacted=Y, probability=Y / 2, found=FOUND)
    left = replace(held(models={"sms": drawn, "churn": model(Y, Y)}), unfitted={"x": "too few"})
    write_held_out(tmp_path, left)
    assert read_held_out(tmp_path).unfitted == {"x": "too few"}
    read = read_held_out(tmp_path).models
    assert read["sms"].found == FOUND
    assert read["churn"].found is None
    np.testing.assert_array_equal(read["sms"].contacted, Y)
    np.testing.assert_array_equal(read["sms"].probability, Y / 2)
    assert read["churn"].contacted is None


def test_a_model_without_rows_is_kept(tmp_path: Path) -> None:
    write_held_out(tmp_path, held(models={"churn": model(Y[:0], Y[:0])}))
    assert read_held_out(tmp_path).models["churn"].x.shape == (0, 2)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    write_held_out(tmp_path, held({"any": Y}))
    (tmp_path / "goal_any.parquet").unlink()
    with pytest.raises(FileNotFoundError):
        read_held_out(tmp_path)


def test_what_an_older_run_left_is_read(tmp_path: Path) -> None:
    write_held_out(tmp_path, held(models={"churn": model(Y, Y)}))
    facts = json.loads((tmp_path / FACTS).read_text())
    del facts["unfitted"], facts["models"]["churn"]["found"]
    (tmp_path / FACTS).write_text(json.dumps(facts))
    read = read_held_out(tmp_path)
    assert (read.unfitted, read.models["churn"].found) == ({}, None)
