"""The door of the service: bytes become requests, answers become bytes.

Enters: HTTP. Leaves: JSON, or HTML for people, in one shape for every refusal.
May touch: the Application port and the stores it is given; no decision is taken here.
"""

from serving.http.app import create_app
from serving.http.door import Aliases, Door, Shortcut

__all__ = ["Aliases", "Door", "Shortcut", "create_app"]
