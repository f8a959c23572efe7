"""The service in a process of its own, to be killed: ``python -m tests.serving.alone HOME BUNDLE``.

It says its port on the first line of its output, once it can answer.
"""

import socket
import sys

import uvicorn

from features.settings import read_settings
from serving.bootstrap import build
from serving.http import create_app

KEY = "a-key-of-the-killed-service"


def main(home: str, bundle: str) -> None:
    parts = build(read_settings({"NEXTBEST_HOME": home, "NEXTBEST_BUNDLE": bundle}))
    app = create_app(lambda: parts.application, parts.stores, parts.clock, f"decide:{KEY}")
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    held.listen(64)
    sys.stdout.write(f"{held.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[held])


if __name__ == "__main__":
    main(*sys.argv[1:])
