"""The audit log, for administrators."""

import json

from serving.http.endpoint import House, Operation
from serving.http.privacy_answers import AuditAnswer, AuditQuery
from serving.problems import parse_body


def audit_log(house: House, parameters: bytes, _: str) -> object:
    """Page through the audit log, newest first: who saw or changed whose data."""
    query = parse_body(AuditQuery, parameters, house.clock())
    stores = house.stores
    subject = stores.pseudonyms.of(query.customer_id) if query.customer_id else None
    rows = stores.audit.page(query.before, query.limit, subject)
    return {
        "audit": [{**row._asdict(), "detail": json.loads(row.detail)} for row in rows],
        "next": rows[-1].audit_no if len(rows) == query.limit else None,
    }


OPERATIONS = (
    Operation(
        "/v1/audit",
        "GET",
        audit_log,
        ("admin",),
        AuditAnswer,
        query=AuditQuery,
        slow=True,
        refusals=(422,),
    ),
)
