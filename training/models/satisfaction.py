"""Inferred satisfaction: what it is learned from, by what, and what an analyst would do instead."""

from typing import Final

from training.models.classifier import LogisticClassifier

LIVED: Final = (
    "last_satisfaction", "days_since_last_feedback", "satisfaction_mean_365d",
    "satisfaction_min_365d", "satisfaction_change", "nps_mean_365d", "low_answers_share_365d",
    "last_sentiment", "sentiment_mean_365d", "negative_comments_365d", "answer_rate_365d",
    "feedback_requests_365d", "contacts_30d", "contacts_90d", "unresolved_contacts",
    "repeat_contacts_90d", "resolution_hours_mean_365d", "unresolved_share_365d",
    "oldest_unresolved_days", "contacts_per_order_365d", "stock_outs_met_30d",
    "stock_outs_met_90d", "stock_out_share_90d", "empty_search_share_90d", "abandoned_carts_30d",
    "cart_abandonment_rate_90d", "conversion_rate_90d", "sessions_30d",
    "days_since_last_purchase", "customer_age_days", "orders_30d", "orders_90d", "orders_365d",
    "orders_trend_ratio", "overdue_ratio", "spend_90d", "spend_365d", "spend_trend_ratio",
    "basket_value_mean_365d", "discount_share_90d", "return_rate_365d", "returns_90d",
    "payment_days_mean_365d", "exposures_90d", "redemptions_90d",
)  # fmt: skip
"""What a customer lived and said. Who the customer is (age, income, household) is left out on
purpose: nobody is to be taken for unhappy because of who they are."""
SATISFACTION: Final = LogisticClassifier(penalty=100.0, columns=LIVED)
"""Some hundred answers and much noise: on the answers before the tested ones a line a column was
better than splines, boosted trees, all columns, and a third or three times the penalty."""
LAST_ANSWER: Final = LogisticClassifier(
    penalty=1.0,
    columns=("last_satisfaction", "unresolved_contacts", "contacts_90d"),
    name="last_answer_and_contacts",
)
"""An analyst's rule: who was unhappy the last time, or has trouble with the service."""
