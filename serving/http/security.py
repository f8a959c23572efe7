"""Headers that keep a page what it was written as, and out of caches and frames."""

import hashlib
import re
from base64 import b64encode
from functools import cache
from importlib.resources import files

NOSNIFF = {"x-content-type-options": "nosniff"}
_STYLE = re.compile("<style>(.*?)</style>", re.DOTALL)


@cache
def page_headers() -> dict[str, str]:
    """Return the headers of a page for people.

    Pages hold no script and load nothing, and the policy says so: the one style that may apply is
    named by its hash, so a value that slips through can neither run nor restyle the page.
    """
    policy = (
        "default-src 'none'",
        f"style-src {_style_hash()}",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return {
        **NOSNIFF,
        "content-security-policy": "; ".join(policy),
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "no-store",
    }


def _style_hash() -> str:
    template = files("serving.http").joinpath("page.html").read_text("utf-8")
    (style,) = _STYLE.findall(template)
    return f"'sha256-{b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"
