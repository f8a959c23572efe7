"""What customers say of the shop: measured where they answered, inferred and marked where not.

Enters: feedback, requests for it, service contacts, social mentions, consents.
Leaves: scores of comments (a derived table), figures with intervals, pictures.
"""
