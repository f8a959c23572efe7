"""English parts of simulated comments: topic -> sentences of an unhappy, a mixed, a happy customer.

Negations, irony and both moods in one sentence are meant: a reader that only counts nice words
should fail on some of them.
"""

from features.sources.simulated.phrases import Phrases

ENGLISH = Phrases(
    openers=(
        ("Sorry to say it:", "Second time this month:", "Not good.", "I am really annoyed.",
         "Well."),
        ("To be fair,", "Mostly fine.", "So so.", "Mixed feelings.", "Not bad, not great."),
        ("Lovely visit!", "Thank you!", "Very pleased.", "Well done.", "As good as ever."),
    ),
    closers=(
        ("I will go elsewhere.", "Never again.", "Please do something.", "What a waste of time.",
         "Nobody even said sorry."),
        ("Could be better.", "I will see next time.", "It will do.", "Still, I come back.",
         "A small remark only."),
        ("See you next week.", "Keep it up.", "I tell all my friends.", "Could not be happier.",
         "Worth the trip."),
    ),
    joint="but",
    topics={
        "stock": (
            ("What I wanted was not there again.", "Empty shelves, as always.",
             "The site says sold out every time I look.", "Half of my list was missing.",
             "Advertised, yet not a single one left."),
            ("One thing was missing, the rest was there.",
             "The shelf was empty, they found one in the back.",
             "Out of stock, though the substitute was acceptable."),
            ("I found everything on my list.", "Shelves full even late in the evening.",
             "What was sold out last week is back, great.", "Never anything missing here."),
        ),
        "delivery": (
            ("The delivery came two days late.", "The parcel was left in the rain.",
             "I waited at home all day for nothing.", "Bags torn, eggs broken on arrival."),
            ("Delivery was late, the driver was kind.", "It came on time, one bag was missing.",
             "The time slot is rather wide."),
            ("Delivered right on time.", "The driver carried everything upstairs.",
             "Fast delivery, well packed.", "No trouble at all with the delivery."),
        ),
        "refund": (
            ("I am still waiting for my refund.", "Three calls and no money back.",
             "They refused to take it back with the receipt in my hand.", "The refund was wrong."),
            ("The refund came, after three weeks.", "Money back, though only as a voucher.",
             "The return was easy, the refund slow."),
            ("The refund was on my card the next day.", "No questions asked when I took it back.",
             "Returning it was simple."),
        ),
        "product": (
            ("The quality has gone down.", "It broke after two days.",
             "Past its date when I bought it.",
             "Not what the label promises.", "It does not taste of anything."),
            ("Good product, poor packaging.", "It works, it is just smaller than I thought.",
             "Decent for the price."),
            ("Excellent quality.", "The bread is wonderful.",
             "Better than the brand I used before.",
             "Fresh vegetables, every time."),
        ),
        "account": (
            ("I cannot log in any more.", "My password reset never arrives.",
             "They changed my address without asking.", "The app crashes at the payment."),
            ("Logging in took a while, then it worked.", "The app is useful, a bit slow.",
             "I got my account back in the end."),
            ("The new app is a pleasure.", "My account was unlocked in a minute.",
             "Everything easy to find on the site."),
        ),
        "loyalty points": (
            ("My points have vanished.", "The coupon did not work.",
             "The card was not scanned and nobody cared.", "The rewards are worth nothing now."),
            ("The points came late, they did come.", "Nice rewards, complicated rules.",
             "The coupon worked at the second try."),
            ("Great offers this week.", "The points paid for my whole basket.",
             "I love the coupons."),
        ),
        "queue": (
            ("Too long a wait at the till.", "One till open and twenty people waiting.",
             "The self check-out never works."),
            ("The shop was clean, the queue was long.", "A short wait, nothing dramatic.",
             "Quick, apart from the scales."),
            ("Quick check-out.", "Hardly any wait at the till.",
             "A new till opened at once for us."),
        ),
        "prices": (
            ("Far too dear.", "The price at the till was not the one on the shelf.",
             "Prices go up every week."),
            ("Good choice, not cheap.", "Prices could be clearer.", "Dear, yet good."),
            ("Best prices in town.", "Great value.", "Cheaper than I expected."),
        ),
        "staff": (
            ("Nobody could help me.", "The man at the counter was rude.",
             "I had to ask three people, none of them knew."),
            ("Friendly staff, too few of them.", "They were polite, they could not help.",
             "It took two people to answer me."),
            ("Friendly staff, thank you.", "The lady at the counter knew everything.",
             "They could not have been more helpful."),
        ),
    },
)  # fmt: skip
