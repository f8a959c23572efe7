"""What a customer will be worth: buy-till-you-die models, a correction of them, and baselines."""
