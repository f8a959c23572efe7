"""What a run leaves in MLflow, and the alias that moves over it."""

import json
import os
import shutil
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient

from bundle.files import read_bundle
from bundle.manifest import NAME, write_manifest
from features.errors import BundleError, HomeError, RegistryError, SourceError
from features.ingest import ingest
from features.settings import Settings
from features.tables import data_hashes
from tests.integration.support import SMALL, Trained, settings_of, third_party_warnings
from tests.integration.village import DAY, END, NOW, START, Village
from training import tracking
from training.config import TrainingConfig
from training.evaluate import evaluate
from training.pipeline import PYFUNC, train
from training.promotion.audit import read_entries
from training.promotion.moving import Promotion
from training.promotion.moving import promote as promote_if_open
from training.promotion.moving import rollback as rollback_at
from training.promotion.rules import read_rules


@pytest.fixture
def registry(village: Trained, tmp_path: Path) -> Settings:
    """A copy of the village's registry; its artefacts stay where they are."""
    shutil.copy(village.settings.home / "mlflow.db", tmp_path)
    return settings_of(tmp_path)


def promote(settings: Settings, version: str | None = None) -> Promotion:
    return promote_if_open(settings, read_rules(), NOW, version, reason="a test")


def rollback(settings: Settings) -> Promotion:
    return rollback_at(settings, NOW)


@pytest.fixture
def client(registry: Settings) -> MlflowClient:
    return tracking.connect(registry)


def register_again(bundle: Path, folder: Path) -> str:
    """Register a bundle: a version of its own."""
    copy = shutil.copytree(bundle, folder / "bundle")
    with third_party_warnings(), tracking.run("again", {}) as run_id:
        return tracking.register_bundle(copy, PYFUNC, run_id).number


def test_a_run_holds_parameters_figures_pictures_and_data(
    village: Trained, client: MlflowClient
) -> None:
    run = client.get_run(village.result.run_id)
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "train 2024-11-25"
    parameters = run.data.params
    assert parameters["as_of"] == "2024-11-25"
    assert (parameters["ranker.trees"], parameters["ials.factors"]) == ("20", "8")
    measured = {k: v for k, v in run.data.metrics.items() if not k.startswith("system/")}
    assert measured == pytest.approx(dict(village.result.metrics))
    for name in ("any_blend_ndcg_10", "churn_auc", "campaign_type_a_brier"):
        assert {name, f"{name}_low", f"{name}_high", f"{name}_n"} <= set(run.data.metrics)
    pictures = {f.path for f in client.list_artifacts(run.info.run_id, "plots")}
    assert {
        "plots/ndcg_any.png",
        "plots/ndcg_discover_by_activity.png",
        "plots/churn_calibration.png",
        "plots/campaign_type_a_lift.png",
        "plots/churn_precision_recall.png",
    } <= pictures
    hashes = data_hashes(village.settings.tables)
    assert {k: v for k, v in run.data.tags.items() if k.startswith("data.")} == {
        f"data.{table}": digest[:16] for table, digest in hashes.items()
    }
    inputs = {i.dataset.name: i.dataset.digest for i in run.inputs.dataset_inputs}
    assert inputs == {table: digest[:16] for table, digest in hashes.items()}
    assert run.data.tags["git_commit"] == "0" * 40
    manifest = read_bundle(village.bundle).manifest
    assert run.data.tags["bundle_version"] == manifest.bundle_version
    assert manifest.data_hashes == hashes
    assert manifest.metrics == dict(village.result.metrics)
    assert set(manifest.simulated) == {
        "consents", "events", "feedback", "feedback_requests", "identifiers", "service_contacts",
        "social_mentions", "stock_levels", "third_party",
    }  # fmt: skip


def test_a_run_leaves_its_evaluation(village: Trained, client: MlflowClient) -> None:
    run_id = village.result.run_id
    assert {"evaluation.html", "held_out", "customer_models.json"} <= {
        f.path for f in client.list_artifacts(run_id)
    }
    page = Path(client.download_artifacts(run_id, "evaluation.html")).read_text(encoding="utf-8")
    for text in (
        "There was no champion",
        "Churn",
        "NDCG@10",
        "Data card",
        "Simulated",
    ):
        assert text in page, text
    held = tracking.held_out(client, village.result.version)
    assert held is not None
    bundle = read_bundle(village.bundle)
    churn, model = held.models["churn"], bundle.models["churn"]
    assert len(churn.y) == village.result.metrics["churn_auc_n"]
    places = [churn.columns.index(c) for c in model.columns]
    np.testing.assert_array_equal(model.predict(churn.x[:, places]).mean, churn.mean)
    for goal in ("any", "discover", "replenish"):
        slates = held.goals[goal]
        told = village.result.metrics[f"{goal}_blend_ndcg_10"]
        assert np.mean(slates.values) == pytest.approx(told)
    # A year is too short for four windows of 90 days, and the run says so.
    assert "value_90d: " in client.get_run(run_id).data.tags["unfitted"]


def test_the_same_recipe_ties_and_is_held_back(
    village: Trained, registry: Settings, client: MlflowClient
) -> None:
    shutil.copytree(village.settings.tables, registry.tables)
    with third_party_warnings():
        again = train(registry, SMALL, {}, progress=False)
        shut = promote_if_open(registry, read_rules(), NOW)
    champion, challenger = (
        read_bundle(tracking.bundle_directory(client, v)).manifest.bundle_version
        for v in ("1", again.version)
    )
    assert champion == challenger, "the same data, code and seed give the same bundle"
    assert not shut.moved
    assert [gate.name for gate in shut.gates if not gate.passed] == ["better"]
    no_worse = [gate for gate in shut.gates if gate.name.startswith("no worse")]
    assert {"no worse: any.ndcg_10", "no worse: churn.log_loss"} <= {g.name for g in no_worse}
    assert all("+0.0000 [+0.0000, +0.0000]" in gate.said for gate in no_worse)


def test_the_village_can_be_learned(village: Trained) -> None:
    metrics = village.result.metrics
    assert metrics["churn_auc_low"] > 0.8
    assert metrics["campaign_type_a_auc_low"] > 0.55
    assert metrics["any_blend_ndcg_10"] > metrics["any_popularity_ndcg_10"]


def test_the_version_scores_as_a_pyfunc(
    village: Trained, client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    version = client.get_model_version("nextbest", village.result.version)
    assert version.run_id == village.result.run_id
    bundle = read_bundle(village.bundle)
    asked = [*bundle.customers.ids.tolist()[::5], "nobody"]
    with third_party_warnings():
        model = mlflow.pyfunc.load_model(f"models:/nextbest/{village.result.version}")
        scores = model.predict(pd.DataFrame({"customer_id": asked}))
    assert len(scores) == len(asked)
    signature = model.metadata.signature
    assert signature.inputs.input_names() == ["customer_id"]
    assert signature.outputs.input_names() == list(scores.columns)
    for name, scorer in (*bundle.models.items(), *bundle.amounts.items()):
        positions = np.array([bundle.column_positions[c] for c in scorer.columns])
        rows = bundle.customer_map.index_of(asked[:-1])
        expected = scorer.predict(bundle.customers.profiles[rows][:, positions])
        np.testing.assert_array_equal(scores[name].to_numpy()[:-1], expected.mean)
        np.testing.assert_array_equal(scores[f"{name}_low"].to_numpy()[:-1], expected.low)
        assert np.isnan(scores[name].iloc[-1])


def test_promotion_moves_the_alias_and_lays_the_champion(
    village: Trained, registry: Settings, client: MlflowClient, tmp_path: Path
) -> None:
    second = register_again(village.bundle, tmp_path / "made")
    moved = promote(registry)
    assert (moved.before, moved.after) == (village.result.version, second)
    assert tracking.version_of(client, "champion") == second
    laid = read_bundle(registry.home / "champion").manifest
    assert laid.bundle_version == read_bundle(village.bundle).manifest.bundle_version
    back = rollback(registry)
    assert (back.before, back.after) == (second, village.result.version)
    assert tracking.version_of(client, "champion") == village.result.version
    assert rollback(registry).after == second
    assert sorted(p.name for p in registry.home.glob("champion*")) == ["champion"]


def test_rollback_restores_the_former_bundle_byte_for_byte(
    village: Trained, registry: Settings, client: MlflowClient, tmp_path: Path
) -> None:
    other = shutil.copytree(village.bundle, tmp_path / "other")
    told = json.loads((other / NAME).read_text())
    made = ("bundle_version", "erased", "files", "format", "policy_version")
    facts = {name: fact for name, fact in told.items() if name not in made}
    (other / NAME).unlink()
    write_manifest(other, facts | {"metrics": facts["metrics"] | {"trained_elsewhere": 1.0}})
    second = register_again(other, tmp_path / "made")
    promote(registry, "1")
    former = bytes_of(registry.home / "champion")

    promote(registry, second)
    assert bytes_of(registry.home / "champion") != former
    rollback(registry)
    assert tracking.version_of(client, "champion") == "1"

    assert bytes_of(registry.home / "champion") == former == bytes_of(village.bundle)


def bytes_of(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("version", ["99", "abc"])
def test_an_unknown_version_changes_nothing(
    registry: Settings, client: MlflowClient, version: str
) -> None:
    with pytest.raises(RegistryError, match="nextbest train"):
        promote(registry, version)
    assert tracking.version_of(client, "champion") == "1"
    assert not (registry.home / "champion").exists()


@pytest.mark.parametrize("file", ["actions.yaml", "models/churn.txt", "arrays/items.npz", NAME])
def test_a_tampered_bundle_changes_nothing(
    village: Trained, registry: Settings, client: MlflowClient, file: str
) -> None:
    promote(registry, "1")
    path = tracking.bundle_directory(client, "1") / file
    whole = path.read_bytes()
    try:
        path.write_bytes(whole[:-2] + b"#\n")
        with pytest.raises(BundleError, match="nextbest rollback"):
            promote(registry, "1")
        path.unlink()
        with pytest.raises(BundleError):
            promote(registry, "1")
    finally:
        path.write_bytes(whole)
    assert tracking.version_of(client, "champion") == "1"
    read_bundle(registry.home / "champion")


def test_nothing_to_roll_back_to(registry: Settings) -> None:
    with pytest.raises(RegistryError, match="nextbest promote VERSION"):
        rollback(registry)


def test_an_empty_registry_says_to_train(registry: Settings, client: MlflowClient) -> None:
    client.delete_registered_model("nextbest")
    with pytest.raises(RegistryError, match="nextbest train"):
        promote(registry)
    assert tracking.latest_version(client) is None


@pytest.mark.parametrize("act", [promote, rollback])
def test_a_home_that_cannot_be_written(act: object, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HomeError, match="NEXTBEST_HOME"):
        act(settings_of(tmp_path / "file" / "home"))  # type: ignore[operator]


def test_a_run_opened_here_is_gone_on_with(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = client.get_experiment_by_name("nextbest")
    outer = client.create_run(experiment.experiment_id).info.run_id
    monkeypatch.setenv("MLFLOW_RUN_ID", outer)
    with tracking.run("train", {"colour": "blue"}) as run_id:
        tracking.log_metrics({"x": 1.0})
    assert run_id == outer
    kept = client.get_run(outer)
    assert kept.data.metrics == {"x": 1.0}
    assert kept.data.tags["colour"] == "blue"
    assert "mlflow_run" not in kept.data.tags


def test_a_run_opened_elsewhere_is_named_not_resumed(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = "f" * 32
    monkeypatch.setenv("MLFLOW_RUN_ID", foreign)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "77")
    with tracking.run("train", {}) as run_id:
        pass
    assert run_id != foreign
    assert client.get_run(run_id).data.tags["mlflow_run"] == foreign
    assert client.get_run(run_id).info.run_name == "train"
    assert "MLFLOW_RUN_ID" not in os.environ


@pytest.mark.parametrize("as_of", [START, START + 149 * DAY, END + DAY])
def test_an_as_of_out_of_range_is_said_with_the_range(village: Trained, as_of: int) -> None:
    with pytest.raises(SourceError, match="choose a date from 2024-05-3") as caught:
        train(village.settings, TrainingConfig(as_of=as_of), {}, progress=False)
    assert "2024-11-2" in caught.value.remedy
    with pytest.raises(SourceError, match="choose a date from"):
        evaluate(village.settings, SMALL, as_of, progress=False)


def test_without_any_consent_there_is_nothing_to_train_on(
    village: Trained, registry: Settings, client: MlflowClient
) -> None:
    ingest((Village(),), registry.tables, registry.quarantine, as_known_at=NOW)
    with pytest.raises(SourceError, match="ingest the consents"):
        train(registry, SMALL, {}, progress=False)
    assert tracking.latest_version(client) == "1"
    experiment = client.get_experiment_by_name("nextbest")
    failed, done = client.search_runs([experiment.experiment_id])
    assert (failed.info.status, done.info.status) == ("FAILED", "FINISHED")


def test_nothing_ingested(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nextbest ingest"):
        train(settings_of(tmp_path), SMALL, {}, progress=False)


def test_the_gates_hold_a_version_back_and_the_audit_says_so(
    village: Trained, registry: Settings, client: MlflowClient, tmp_path: Path
) -> None:
    second = register_again(village.bundle, tmp_path / "made")
    shutil.copytree(village.settings.tables, registry.tables)
    shut = promote_if_open(registry, read_rules(), NOW, second)
    assert not shut.moved
    assert [gate.name for gate in shut.gates if not gate.passed] == ["calibrated", "better"]
    assert tracking.version_of(client, "champion") == "1"
    assert tracking.version_of(client, "challenger") == second
    assert not (registry.home / "champion").exists()
    promote(registry, second)
    rollback(registry)
    held, forced, back = read_entries(registry.home)
    assert [e["act"] for e in (held, forced, back)] == ["held back", "forced", "rollback"]
    assert (forced["before"], forced["after"], forced["reason"]) == ("1", second, "a test")
    assert (back["before"], back["after"], back["at"]) == (second, "1", NOW)
    assert {"name": "calibrated", "passed": False}.items() <= held["gates"][2].items()
    assert held["who"]
