"""Items for a customer: state, candidates, pair features, ranking. Pure arrays throughout.

The state is fitted by ``training.recommender`` as of a moment and travels in the bundle; the
functions here read it, the same for one request, a batch, and the ranker's training set.
"""
