"""Rights of the persons whose data this is: to see them, to have them deleted, to be let alone.

Enters: a customer id, and who asks. Leaves: every row of the person, a receipt, lines of the audit
log. May touch: the stores, and every file of the home.
"""
