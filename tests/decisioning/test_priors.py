"""A belief is looked up in the narrowest group there is."""

import numpy as np

from decisioning.catalogue import Prior
from decisioning.priors import ResponsePriors, price_step


def test_the_narrowest_group_with_history_speaks():
    groups = np.array(["", "offer", "offer|email", "offer|email|10"])
    priors = ResponsePriors(groups, np.array([0.1, 0.2, 0.3, 0.4]), np.arange(1.0, 5.0))
    assert priors.of("offer", "email", 0.1) == Prior(0.4, 4.0)
    assert priors.of("offer", "email", 0.0) == Prior(0.3, 3.0)
    assert priors.of("offer", "web", 0.1) == Prior(0.2, 2.0)
    assert priors.of("zeal", "web") == Prior(0.1, 1.0), "beyond the last group in the alphabet"
    assert priors.of("nothing", "web") == Prior(0.1, 1.0)


def test_discounts_deeper_than_the_last_step_are_one():
    assert price_step(0.31) == price_step(0.9) == "30+"
    assert price_step(0.0) == "0"
