"""What each command does on a home that is in order."""

import json
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow.parquet as pq
import pytest

from features.sources import catalog
from features.sources.simulated.source import Simulated
from nextbest.cli import main
from nextbest.demo import demo_keys
from nextbest.terminal import now, say_json
from serving.auth import hash_key
from serving.stores import open_stores
from serving.stores.ports import ConsentRow, EventRow
from serving.visitors import consent_key
from tests.integration.support import Trained, settings_of
from tests.integration.village import Village
from tests.nextbest.conftest import Run


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_explains_itself_with_an_example(run: Run, tmp_path: Path, name: str) -> None:
    result = run(tmp_path, name, "--help")
    assert result.exit_code == 0
    assert "Example" in result.output
    assert f"\n    nextbest {name}" in result.output, "on a line of its own"
    assert list(tmp_path.iterdir()) == []


def test_help_needs_no_heavy_import() -> None:
    script = (
        "import sys, nextbest.cli\n"
        "heavy = {'mlflow', 'bentoml', 'lightgbm', 'duckdb'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_features_are_described_for_machines(run: Run, tmp_path: Path) -> None:
    columns = json.loads(run(tmp_path, "features", "--describe", "--json").stdout)["columns"]
    assert len(columns) > 20
    for column in columns:
        assert set(column) == {
            "name", "source", "unit", "purpose", "null_means", "expression", "protected"
        }  # fmt: skip
        assert all(isinstance(v, str) and v for v in column.values())
    assert "days_since_last_purchase" in {column["name"] for column in columns}
    text = run(tmp_path, "features", "--describe").stdout
    assert all(column["name"] in text for column in columns)
    marked = [line.split()[0] for line in text.splitlines() if line.endswith("; protected")]
    assert marked == [column["name"] for column in columns if column["protected"] == "yes"]
    assert {"age_years", "married", "income_low_thousands"} <= set(marked)


def test_features_builds_a_snapshot(run: Run, home: Path) -> None:
    told = json.loads(run(home, "features", "--as-of", "2024-10-01", "--json").stdout)
    table = pq.read_table(told["path"])
    assert (table.num_rows, table.num_columns) == (told["customers"], told["columns"])
    assert Path(told["path"]).parent == home / "snapshots"
    assert "customers" in run(home, "features").stdout


def test_ingest_is_safe_to_run_again(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"village": lambda: (Village(), Simulated())}
    monkeypatch.setattr(catalog, "_KNOWN", known)
    first = json.loads(run(tmp_path, "ingest", "village", "--json").stdout)
    assert first["tables"]["transactions"]["quarantined"] == 0
    assert first["published"]["stock_levels"] > 100
    second = run(tmp_path, "ingest", "village")
    assert "nothing changed" in second.stdout
    assert "published" not in second.stdout
    again = run(tmp_path, "ingest", "village", "--force")
    assert "transactions" in again.stdout
    assert "nothing new" in again.stdout


def test_ingest_says_what_it_refused(run: Run, tmp_path: Path) -> None:
    """From a folder of files to the summary: a draft, a load, a correction."""
    shop = tmp_path / "exports"
    shop.mkdir()
    (shop / "products.csv").write_text("item_id,name,status\ni1,Tea,active\n")
    lines = "order_id,line_no,customer_id,item_id,purchased_at,quantity,amount,discount,channel\n"
    good = "".join(f"o{k},1,c1,i1,2024-03-01 10:{k:02d}:00,1,5.00,0,shop\n" for k in range(30))
    bad = "o99,1,c1,ghost,2024-03-01 12:00:00,1,5.00,0,shop\n"
    (shop / "transactions.csv").write_text(f"{lines}{good}{bad}")
    drafted = json.loads(run(tmp_path, "ingest", "--init", str(shop), "--json").stdout)["drafted"]
    stopped = run(tmp_path, "ingest", drafted)
    assert stopped.exit_code == 1
    assert "transactions: 1 of 31 rows refused, more than 1.0%" in stopped.stderr
    told = run(tmp_path, "ingest", drafted, "--max-bad", "5%")
    assert told.exit_code == 0, told.output
    assert "transactions: item_id: not in products" in told.stdout
    assert "run=000001.parquet" in told.stdout
    assert pq.read_table(tmp_path / "quarantine" / "transactions").num_rows == 1
    assert "nothing changed (2 portions stand already)" in run(tmp_path, "ingest", drafted).stdout


def test_a_new_store_gets_everything(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The remedy for a damaged store: move it away and ingest again."""
    monkeypatch.setattr(catalog, "_KNOWN", {"village": lambda: (Village(), Simulated())})
    for file in home.glob("nextbest.db*"):
        file.unlink()
    sent = json.loads(run(home, "ingest", "village", "--json").stdout)["published"]
    assert set(sent) == {"consents", "identifiers", "stock_levels"}
    assert run(home, "decide", "c002", "--json").exit_code == 0
    answer = json.loads(run(home, "decide", "c002", "--json").stdout)
    assert len(answer["recommendations"]["items"]) == 10


def test_evaluate_gives_the_documented_figures(run: Run, home: Path) -> None:
    result = run(home, "evaluate", "--as-of", "2024-10-20", "--json")
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    for goal in ("any", "discover", "replenish"):
        one = figures["recommendations"][goal]
        assert {"ndcg@10", "low", "high", "n"} <= set(one)
        assert 0 < one["low"] <= one["ndcg@10"] <= one["high"] < 1
        assert set(one["beyond"]) == {"blend", "popularity", "personal_frequency"}
        for told in one["beyond"].values():
            assert set(told) <= {
                "coverage", "gini", "novelty_bits", "diversity", "popularity_lift"
            }  # fmt: skip
            assert 0 < told["coverage"] <= 1
        assert set(figures["baselines"][goal]) == {
            "popularity", "ials", "item_knn", "ease", "ease_recent", "personal_frequency"
        }  # fmt: skip
    for model in (figures["churn"], figures["responses"]["campaign_type_a"]):
        assert {"auc", "brier", "ece", "intervals", "baseline", "n", "rate"} <= set(model)
        assert set(model["intervals"]) == {"auc", "brier", "ece", "ece_by_chance"}


def test_evaluate_prints_a_table(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from training import evaluate

    row = {"ndcg@10": 0.25, "low": 0.2, "high": 0.3, "n": 7}
    measures = {"auc": 0.8, "brier": 0.1, "ece": 0.01}
    model = {
        **measures,
        "intervals": {name: [0.0, 1.0] for name in measures},
        "baseline": dict.fromkeys(measures, 0.5),
        "n": 9,
        "rate": 0.3,
    }
    figures = {
        "recommendations": {"any": row | {"beyond": {"blend": {"coverage": 0.5, "gini": 0.25}}}},
        "baselines": {"any": {"popularity": row}},
        "churn": model,
        "responses": {"campaign_type_a": model},
    }
    done = SimpleNamespace(as_json=lambda: figures)
    monkeypatch.setattr(evaluate, "evaluate", lambda *_, **__: done)
    lines = run(home, "evaluate").stdout.splitlines()
    assert lines[:4] == [
        "any: NDCG@10 over 7 customers",
        "  popularity           0.2500 [0.2000, 0.3000]",
        "  blend                0.2500 [0.2000, 0.3000]",
        "  blend                coverage 0.500, gini 0.250",
    ]
    assert "churn: 9 rows, rate 0.300" in lines
    assert "  auc   0.8000 [0.0000, 1.0000], baseline 0.5000" in lines


def test_what_is_not_a_number_is_null_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    nan, infinite = float("nan"), float("inf")
    say_json({"a": nan, "b": [infinite, 1.5, {"c": (nan, "x")}], "path": Path("p")})
    assert json.loads(capsys.readouterr().out) == {
        "a": None, "b": [None, 1.5, {"c": [None, "x"]}], "path": "p"
    }  # fmt: skip


def test_rollback_says_what_moved(run: Run, home: Path) -> None:
    from training import tracking

    client = tracking.connect(settings_of(home))
    client.set_registered_model_alias("nextbest", tracking.PREVIOUS, "1")
    assert run(home, "rollback").stdout == "champion: version 1 -> 1\n"


def test_train_prints_figures_and_the_next_step(
    run: Run, village: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nextbest import learning
    from training import pipeline

    asked: list[Any] = []
    monkeypatch.setattr(learning, "statements", lambda s: [])
    monkeypatch.setattr(learning, "read_comments", lambda s, told, moment: {})
    monkeypatch.setattr(learning, "log_of", lambda s, moment: ["what the log told"])

    def train(*given: Any, **more: Any) -> Any:
        asked.append((*given, more))
        return village.result

    monkeypatch.setattr(pipeline, "train", train)
    result = run(tmp_path, "train", "--as-of", "2024-11-01")
    assert result.exit_code == 0, result.output
    assert "promote it with: nextbest promote 1" in result.stdout
    assert asked[0][1].as_of == 1_730_419_200
    assert asked[0][4] == ["what the log told"]
    assert json.loads(run(tmp_path, "train", "--json").stdout)["version"] == "1"


def test_promote_says_what_moved(run: Run, home: Path) -> None:
    assert run(home, "promote").stdout == "champion: version 1 -> 1\n"
    assert run(home, "promote", "1").exit_code == 0


@pytest.mark.parametrize("what", ["recommendations", "next_best_actions"])
def test_score_writes_parquet(run: Run, home: Path, what: str) -> None:
    out = home / "out.parquet"
    result = run(home, "score", "--what", what, "--channel", "email", "--out", str(out), "--json")
    assert json.loads(result.stdout) == {"customers": 245, "out": str(out)}
    table = pq.read_table(out)
    assert len(set(table["customer_id"].to_pylist())) == 245
    assert set(table["channel"].to_pylist()) == {"email"}
    if what == "recommendations":
        assert table.num_rows == 2450
    said = run(home, "score", "--what", what, "--channel", "web", "-n", "2", "--out", str(out))
    assert "245 customers" in said.stdout


def test_decide_shows_what_it_was_decided_on(run: Run, home: Path) -> None:
    stores = open_stores(settings_of(home).store_url)
    moment = now()
    stores.consents.append(
        [
            ConsentRow("c002", "personalisation", "any", "granted", moment, None, "test"),
            ConsentRow(consent_key("ck1"), "personalisation", "any", "granted", moment, None, "t"),
            ConsentRow("c003", "personalisation", "any", "withdrawn", moment, None, "test"),
            ConsentRow("new1", "personalisation", "any", "granted", moment, None, "test"),
        ]
    )
    bought = EventRow("c002", None, "e1", "purchase", moment, "i007")
    viewed = EventRow(None, "ck1", "e2", "product_view", moment, "i008")
    searched = EventRow(None, "ck1", "e3", "search", moment)
    stores.events.record([bought, viewed, searched])
    stores.close()
    told = run(home, "decide", "--customer", "c002", "--goal", "replenish").stdout
    since, before = told.split("Bought before, the most often bought first:")
    assert "purchase  Thing i007  [i007]" in since
    assert re.search(r"Thing \S+  \[i\d+\]  \d+ times, last on 2024-\S+  \(aisle", before)
    assert "Due again about" in before
    visitor = run(home, "decide", "--visitor", "ck1", "-n", "4", "--language", "fr").stdout
    assert "product_view  Thing i008  [i008]" in visitor
    assert visitor.index("search") < visitor.index("product_view"), "the newest first"
    assert "Items, personal:" in visitor
    assert "passés après Thing i008." in visitor
    assert "Actions" not in visitor
    refused = run(home, "decide", "--customer", "c003").stdout
    assert "is not read" in refused
    assert "Bought" not in refused
    assert "Nothing was bought or done yet." in run(home, "decide", "--customer", "new1").stdout
    stranger = run(home, "decide", "--visitor", "ck2").stdout
    assert "is not read" in stranger
    assert "not personal (cold_start)" in stranger


def test_decide_prints_every_reason(run: Run, home: Path) -> None:
    result = run(home, "decide", "c002", "--channel", "email", "--direction", "outbound")
    assert result.exit_code == 0, result.output
    assert "Items, personal:" in result.stdout
    assert result.stdout.count(" at online") == 10
    assert "Actions, arm" in result.stdout
    for action in ("campaign_type_a", "win_back", "service_recovery", "do_nothing"):
        assert action in result.stdout
    assert "(eligibility)" in result.stdout
    answer = json.loads(run(home, "decide", "c002", "--json").stdout)
    assert set(answer) == {
        "history", "recent", "scores", "recommendations", "next_best_actions",
    }  # fmt: skip
    churn = next(one for one in answer["scores"] if one["model"] == "churn")
    assert 0 <= churn["low"] <= churn["mean"] <= churn["high"] <= 1
    assert "What the models say:" in result.stdout
    stores = open_stores(settings_of(home).store_url)
    assert stores.ledger.recent(["c002"], 0) == []
    stores.close()


def test_a_key_is_printed_once_and_can_be_revoked(run: Run, home: Path) -> None:
    key = run(home, "keys", "--scope", "decide", "--label", "shop").stdout.strip()
    assert len(key) > 30
    stores = open_stores(settings_of(home).store_url)
    row = stores.keys.find(hash_key(key))
    stores.close()
    assert row is not None
    assert (row.label, row.scopes) == ("shop", frozenset({"decide"}))
    assert run(home, "keys", "--revoke", key).stdout == "revoked.\n"
    again = run(home, "keys", "--revoke", key)
    assert again.exit_code == 1
    assert key not in again.output  # it may be typed wrong by one letter


def test_demo_keys_are_private_and_last(home: Path) -> None:
    settings = settings_of(home)
    first = demo_keys(settings)
    path = home / "demo-keys.json"
    assert set(first) == {"decide", "ingest", "crm", "admin"}
    assert json.loads(path.read_text()) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    assert demo_keys(settings) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    stores = open_stores(settings.store_url)
    stores.keys.revoke(hash_key(first["crm"]))
    stores.close()
    renewed = demo_keys(settings)
    assert renewed["crm"] != first["crm"]
    assert {k: v for k, v in renewed.items() if k != "crm"} == {
        k: v for k, v in first.items() if k != "crm"
    }


def test_serve_and_bento_run_bentomls_own_commands(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    from nextbest import running, upkeep

    calls: list[SimpleNamespace] = []
    packed: list[bool] = []

    def call(command: list[str], env: dict[str, str], cwd: Path) -> int:
        calls.append(SimpleNamespace(command=command, env=env))
        packed.append((cwd / "var/champion/manifest.json").is_file())
        return 3

    def replace(path: str, command: list[str], env: dict[str, str]) -> None:
        assert path == command[0]
        calls.append(SimpleNamespace(command=command, env=env))

    monkeypatch.setattr(upkeep.subprocess, "call", call)
    monkeypatch.setattr(running.os, "execve", replace)
    assert run(home, "serve", "--port", str(free_port)).exit_code == 0
    assert run(home, "bento").exit_code == 3
    serve, bento = calls
    assert serve.command[1:5] == ["-m", "bentoml", "serve", "serving.service:NextBest"]
    assert (serve.env["NEXTBEST_PORT"], serve.env["NEXTBEST_HOME"]) == (str(free_port), str(home))
    assert bento.command[2:] == ["bentoml", "build", "."]
    assert packed == [True]


def test_drift_says_whether_to_retrain(run: Run, home: Path, village: "Trained") -> None:
    # The registry of the village stays where it is: the copy's artefacts were left behind.
    calm = run(village.settings.home, "drift")
    assert calm.exit_code == 0, calm.output
    assert "no reason to retrain" in calm.stdout
    assert "churn" in calm.stdout
    earlier = run(village.settings.home, "drift", "--as-of", "2024-06-01", "--json")
    assert earlier.exit_code == 3, earlier.output
    told = json.loads(earlier.stdout)
    assert told["retrain"] is True
    assert told["reasons"]
    assert {"churn", "campaign_type_a"} <= {shift["name"] for shift in told["predictions"]}
    assert len(told["columns"]) == 199
    none = run(home / "elsewhere", "drift")
    assert none.exit_code == 1
    assert "nextbest ingest" in none.stderr


def test_a_version_that_ties_is_held_back(run: Run, village: "Trained", tmp_path: Path) -> None:
    from tests.integration.support import third_party_warnings
    from training import tracking
    from training.pipeline import PYFUNC

    shutil.copy(village.settings.home / "mlflow.db", tmp_path)
    shutil.copytree(village.settings.tables, tmp_path / "tables")
    copy = shutil.copytree(village.bundle, tmp_path / "bundle")
    tracking.connect(settings_of(tmp_path))
    with third_party_warnings(), tracking.run("again", {}) as run_id:
        tracking.register_bundle(copy, PYFUNC, run_id)
    held = run(tmp_path, "promote")
    assert held.exit_code == 1
    assert "CLOSED better" in held.stdout
    assert "version 2 is held back by: calibrated, better" in held.stdout
    assert "the champion is still version 1" in held.stdout
    forced = run(tmp_path, "promote", "2", "--force", "a new catalogue")
    assert forced.exit_code == 0
    assert "champion: version 1 -> 2" in forced.stdout
    assert run(tmp_path, "rollback").stdout == "champion: version 2 -> 1\n"
    wrong = run(tmp_path, "promote", "--rules", str(tmp_path / "none.yaml"))
    assert wrong.exit_code == 1
    assert "mlflow/promotion.yaml" in wrong.stderr
