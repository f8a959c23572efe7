"""How a row becomes terms, and how terms are weighed."""

import numpy as np

from decisioning.customers.linear import HINGE, LINEAR, NULL, Design, dot

DESIGN = Design(
    columns=("a", "b"),
    fill=np.array([2.0, 0.0]),
    least=np.array([0.0, 0.0]),
    most=np.array([10.0, 1.0]),
    source=np.array([0, 0, 0, 1]),
    kind=np.array([LINEAR, HINGE, NULL, LINEAR]),
    knot=np.array([0.0, 4.0, 0.0, 0.0]),
    centre=np.array([1.0, 0.0, 0.0, 0.5]),
    scale=np.array([2.0, 1.0, 1.0, 0.5]),
)


def test_terms_are_filled_clipped_bent_and_scaled():
    x = np.array([[6.0, 1.0], [np.nan, 0.0], [99.0, -5.0], [-1.0, np.nan]])
    np.testing.assert_allclose(
        DESIGN.lay(x),
        [[2.5, 2.0, 0.0, 1.0], [0.5, 0.0, 1.0, -1.0], [4.5, 6.0, 0.0, -1.0], [-0.5, 0, 0, -1]],
    )


def test_the_first_coefficient_is_the_constant():
    terms = np.array([[1.0, 2.0], [0.0, -1.0]])
    np.testing.assert_allclose(dot(terms, np.array([0.5, 1.0, 10.0])), [21.5, -9.5])
    two = np.array([[0.5, 0.0], [1.0, 1.0], [10.0, 0.0]])
    np.testing.assert_allclose(dot(terms, two), [[21.5, 1.0], [-9.5, 0.0]])


def test_a_row_alone_has_the_bits_of_a_batch():
    rng = np.random.default_rng(1)
    terms, coefficients = rng.standard_normal((57, 30)), rng.standard_normal((31, 7))
    batch = dot(terms, coefficients)
    for k in range(57):
        np.testing.assert_array_equal(dot(terms[k : k + 1], coefficients)[0], batch[k])
    assert dot(terms[:0], coefficients).shape == (0, 7)
