"""Worked examples of the bodies about rights of persons."""

from typing import Any

_CONSENT = {
    "sequence": 41,
    "customer_id": "1014",
    "purpose": "personalisation",
    "channel": "any",
    "status": "granted",
    "recorded_at": 1_511_000_000,
    "expires_at": None,
    "source": "account",
}
PRIVACY_EXAMPLES: dict[str, dict[str, Any]] = {
    "ObjectionRequest": {"purposes": ["personalisation", "analytics"], "source": "letter"},
    "ObjectionAnswer": {"accepted": 2, "effective_at": 1_512_086_400},
    "ExportAnswer": {
        "format": 1,
        "customer_id": "1014",
        "exported_at": 1_512_086_400,
        "ids": {
            "customer_ids": ["1014"],
            "identifiers": [{"identifier_type": "cookie", "value": "k-77"}],
        },
        "tables": {"customers": [{"customer_id": "1014", "country": "US", "source": "shop"}]},
        "store": {"consents": [_CONSENT]},
        "files": {"segments/customers.parquet": [{"customer_id": "1014", "segment": "loyal"}]},
        "profiles": [],
        "scores": None,
    },
    "ErasureAnswer": {
        "erasure_id": "9f86d081884c7d659a2feaa0c55ad015",
        "status": "completed",
        "requested_at": 1_512_086_400,
        "completed_at": 1_512_086_402,
        "removed": {"store": {"consents": 4, "decisions": 12}, "tables": {"transactions": 310}},
        "database": "written anew",
        "pending": "",
        "remaining": [
            {
                "what": "decision_statistics",
                "why": "Counts by day of what was decided and what came of it; they name nobody.",
            }
        ],
    },
    "AuditAnswer": {
        "audit": [
            {
                "audit_no": 812,
                "at": 1_512_086_400,
                "actor": "crm desk (5c1f09aa)",
                "act": "customer.view",
                "subject": "3f1c6a0be0b7f3d8a1c2d3e4f5061728",
                "detail": {},
            }
        ],
        "next": None,
    },
}
