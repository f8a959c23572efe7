"""How a linear model's layout is fitted."""

import numpy as np

from decisioning.customers.linear import HINGE, LINEAR, NULL
from training.models.design import fit_design


def test_a_column_gives_what_it_can():
    rng = np.random.default_rng(1)
    n = 1000
    amount = np.exp(rng.standard_normal(n))
    flag = (rng.random(n) < 0.3).astype(float)
    gaps = np.where(rng.random(n) < 0.2, np.nan, rng.standard_normal(n))
    x = np.column_stack([amount, flag, gaps, np.full(n, 7.0), np.full(n, np.nan)])
    design = fit_design(("amount", "flag", "gaps", "same", "null"), x)
    kinds = [(int(s), int(k)) for s, k in zip(design.source, design.kind, strict=True)]
    assert kinds == [
        (0, LINEAR), *[(0, HINGE)] * 3, (1, LINEAR), (2, LINEAR), *[(2, HINGE)] * 3, (2, NULL),
    ]  # fmt: skip
    laid = design.lay(x)
    np.testing.assert_allclose(laid.mean(axis=0), 0.0, atol=1e-9)
    np.testing.assert_allclose(laid.std(axis=0), 1.0)
    assert design.most[0] < amount.max(), "the tail is clipped"


def test_lines_alone_where_hinges_are_not_wanted():
    x = np.random.default_rng(1).standard_normal((200, 2))
    assert set(fit_design(("a", "b"), x, hinges=False).kind) == {LINEAR}


def test_a_rare_flag_is_not_clipped_away():
    x = np.zeros((1000, 1))
    x[:2] = 1.0
    design = fit_design(("rare",), x)
    assert design.lay(x)[0, 0] != design.lay(x)[5, 0]


def test_rows_alike_give_no_terms():
    assert fit_design(("a",), np.full((10, 1), 3.0)).lay(np.zeros((2, 1))).shape == (2, 0)
