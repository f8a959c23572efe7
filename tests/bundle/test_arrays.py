"""Arrays to disk and back; nothing is ever unpickled."""

import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

from bundle.arrays import load_arrays, save_arrays
from features.errors import BundleError
from tests.decisioning.support import same


@dataclass(frozen=True)
class Box:
    floats: NDArray[np.float32]
    words: NDArray[np.str_]
    matrix: sparse.csr_matrix
    names: tuple[str, ...]
    count: int
    share: float


@dataclass(frozen=True)
class Small:
    floats: NDArray[np.float64]


class Bomb:
    def __reduce__(self) -> tuple[object, ...]:
        return (pytest.fail, ("a pickle was loaded",))


@pytest.fixture
def box() -> Box:
    return Box(
        np.array([[1.5, np.nan], [-0.0, np.inf]], dtype=np.float32),
        np.array(["", "thé", "日本"]),
        sparse.csr_matrix(np.array([[0, 1.5, 0], [0, 0, 0]], dtype=np.float32)),
        ("a", "bé"),
        7,
        0.1,
    )


def test_a_round_trip_keeps_every_bit(tmp_path: Path, box: Box):
    save_arrays(tmp_path / "deep/down/box.npz", box)
    found = load_arrays(tmp_path / "deep/down/box.npz", Box)
    for name in ("floats", "words", "names", "count", "share"):
        assert same(getattr(found, name), getattr(box, name)), name
    assert isinstance(found.count, int)
    assert isinstance(found.share, float)
    assert found.matrix.shape == (2, 3)
    assert found.matrix.dtype == np.float32
    for part in ("data", "indices", "indptr"):
        assert same(getattr(found.matrix, part), getattr(box.matrix, part))


def test_equal_arrays_make_equal_files(tmp_path: Path, box: Box):
    for name in ("one", "two"):
        save_arrays(tmp_path / f"{name}.npz", box)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_no_pickle_is_ever_loaded(tmp_path: Path):
    path = tmp_path / "small.npz"
    np.savez(path, floats=np.array([Bomb()], dtype=object))
    with pytest.raises(BundleError, match=r"small\.npz.*damaged.*pickle") as caught:
        load_arrays(path, Small)
    assert "nextbest rollback" in caught.value.remedy
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(BundleError, match="pickle"):
        load_arrays(path, Small)


def spoil(path: Path, how: str) -> None:
    content = path.read_bytes()
    match how:
        case "gone":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "short":
            path.write_bytes(content[: len(content) // 2])
        case "lone array":
            with path.open("wb") as stream:
                np.save(stream, np.zeros(3))
        case "other":
            np.savez(path, another=np.zeros(3))
        case "flipped":
            path.write_bytes(content.replace(b"\x93NUMPY", b"\x93NUMBY"))


@pytest.mark.parametrize("how", ["gone", "empty", "short", "lone array", "other", "flipped"])
def test_what_is_not_what_it_claims_is_refused(tmp_path: Path, how: str):
    path = tmp_path / "small.npz"
    save_arrays(path, Small(np.arange(50.0)))
    spoil(path, how)
    with pytest.raises(BundleError, match=r"small\.npz in the bundle is damaged") as caught:
        load_arrays(path, Small)
    assert caught.value.remedy
