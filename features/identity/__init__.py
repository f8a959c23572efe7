"""Cookies, devices, cards, hashed e-mails and phones, CRM records: which of them are one person.

Exact identifiers by connected components with guards, likely ones by Splink, as of any moment;
un-merge; and a history of who was taken for whom. See ``docs/identity.md``.
"""

from features.identity.graph import Graph, read_graph
from features.identity.laying import lay_persons
from features.identity.resolution import Resolution, resolve
from features.identity.rules import CUSTOMER, DEFAULT, KINDS, STRONG, WEAK, Evidence
from features.identity.views import (
    Merged,
    MergeGroup,
    merge_groups,
    resolved_selects,
    resolved_views,
)

__all__ = [
    "CUSTOMER",
    "DEFAULT",
    "KINDS",
    "STRONG",
    "WEAK",
    "Evidence",
    "Graph",
    "MergeGroup",
    "Merged",
    "Resolution",
    "lay_persons",
    "merge_groups",
    "read_graph",
    "resolve",
    "resolved_selects",
    "resolved_views",
]
