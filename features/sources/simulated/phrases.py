"""Words of simulated customers."""

TOPICS = ("delivery", "refund", "product", "account", "loyalty points")

# Three tones, from unhappy to happy, with as many phrases each.
COMMENTS = (
    (
        "What I wanted was not there again.",
        "Nobody could help me.",
        "Too long a wait at the till.",
        "The coupon did not work.",
        "I had to come back twice.",
    ),
    (
        "It was all right.",
        "Good choice, but dear.",
        "The shop was clean, the queue was long.",
        "As usual.",
        "Prices could be clearer.",
    ),
    (
        "Friendly staff, thank you.",
        "I found everything on my list.",
        "Great offers this week.",
        "Fresh vegetables, quick check-out.",
        "My favourite shop.",
    ),
)
