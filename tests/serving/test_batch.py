"""A batch is whole or absent, in blocks of any size."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from serving import batch
from serving.batch import BatchJob, score_everyone
from tests.integration.support import Shop

JOB = BatchJob("recommendations", "web", 4)


def test_the_size_of_a_block_changes_nothing(
    front: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = []
    for size in (256, 100, 7):
        monkeypatch.setattr(batch, "BLOCK", size)
        out = tmp_path / f"{size}.parquet"
        score_everyone(front.parts.application, JOB, out, front.clock.now, progress=False)
        tables.append(pq.read_table(out))
    assert tables[0].num_rows == 4 * 245
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])


def test_a_file_in_place_stays_until_the_new_one_is_whole(
    front: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.parquet"
    out.write_text("yesterday's")

    def fail(*_: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(batch, "answers", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        score_everyone(front.parts.application, JOB, out, front.clock.now, progress=False)
    assert out.read_text() == "yesterday's"


def test_a_batch_obeys_stock_that_changed_since(front: Shop, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    decider, now = front.parts.application, front.clock.now
    score_everyone(decider, JOB, out, now, progress=False)
    best = pq.read_table(out)["item_id"].to_pylist()[0]
    front.stock({"item_id": best, "location_id": "online", "quantity": 0, "status": "out_of_stock"})
    score_everyone(decider, JOB, out, now, progress=False)
    table = pq.read_table(out)
    assert best not in table["item_id"].to_pylist()
    assert table.num_rows == 4 * 245
