"""Places where items are shown for a reason of their own: each a score, a code and a sentence."""
