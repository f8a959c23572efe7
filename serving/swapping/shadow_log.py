"""Where the shadow writes its lines: one file a process, which never fills the disk."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

_BYTES: Final = 20_000_000
_OLDER: Final = 3
"""Files of lines before the newest that are kept."""


class ShadowLog:
    """Appends lines to a file; what is older than its newest 80 MB is dropped.

    Parameters
    ----------
    file
        Made with its folder when the first line comes.
    """

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(exist_ok=True)
        self._handler = RotatingFileHandler(
            file, maxBytes=_BYTES, backupCount=_OLDER, encoding="utf-8", delay=True
        )

    def write(self, line: str) -> None:
        """Append a line."""
        record = logging.LogRecord("shadow", logging.INFO, "", 0, line, None, None)
        self._handler.emit(record)

    def close(self) -> None:
        """Let go of the file."""
        self._handler.close()
