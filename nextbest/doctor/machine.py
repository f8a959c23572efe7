"""Checks of the settings and of the machine."""

import difflib
import json
import os
import shutil
import socket
import stat

from features.errors import NextbestError
from nextbest.doctor.findings import Finding, Found, Severity, Site, fault

KNOWN = (
    "NEXTBEST_ACCESS_LOG",
    "NEXTBEST_ALIAS",
    "NEXTBEST_API_KEYS",
    "NEXTBEST_AUDIT_SECRET",
    "NEXTBEST_BROKER_PREFIX",
    "NEXTBEST_BROKER_URL",
    "NEXTBEST_BUNDLE",
    "NEXTBEST_CANARY",
    "NEXTBEST_CORS_ORIGINS",
    "NEXTBEST_ENGINE",
    "NEXTBEST_HOME",
    "NEXTBEST_HOST",
    "NEXTBEST_LOG",
    "NEXTBEST_MEMORY_LIMIT",
    "NEXTBEST_ONLINE_RETAIL_2",
    "NEXTBEST_OTLP_ENDPOINT",
    "NEXTBEST_POLL_SECONDS",
    "NEXTBEST_PORT",
    "NEXTBEST_RATE_LIMIT",
    "NEXTBEST_REMEMBERED",
    "NEXTBEST_SHADOW",
    "NEXTBEST_SPARK_MASTER",
    "NEXTBEST_STORE_URL",
    "NEXTBEST_TIME_BUDGET_MS",
    "NEXTBEST_TRACKING_URI",
    "NEXTBEST_WORKERS",
)
"""Every setting there is; docs/operations.md says what each does."""
_PREFIX = "NEXTBEST_"
_SCARCE, _FULL = 2 * 10**9, 200 * 10**6  # a training writes up to a gigabyte
_POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_READY = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def names(site: Site) -> Found:
    """Find settings that cannot be read, and those that nobody reads: a misspelt one."""
    from serving.telemetry.choices import read_choices

    try:
        read_choices(site.environ)
    except NextbestError as error:
        yield fault("settings", error)
    meanings = {name.removeprefix(_PREFIX): name for name in KNOWN}
    for name in sorted(n for n in site.environ if n.startswith(_PREFIX) and n not in KNOWN):
        meant = difflib.get_close_matches(name.removeprefix(_PREFIX), meanings, 1)
        remedy = "unset it; docs/operations.md lists all."
        if meant:
            remedy = f"did you mean {meanings[meant[0]]}?"
        yield Finding("settings", "warning", f"{name} is no setting and has no effect.", remedy)


def home(site: Site) -> Found:
    """Find a home that cannot be written, or a disk that is nearly full."""
    from features.settings import ensure_home

    folder = site.settings.home
    try:
        ensure_home(site.settings)
    except NextbestError as error:
        yield fault("home", error)
        return
    yield Finding("home", "ok", f"{folder}: writable")
    free = shutil.disk_usage(folder).free
    if free < _SCARCE:
        severity: Severity = "error" if free < _FULL else "warning"
        message = f"{free / 1e6:,.0f} MB are free on the disk of {folder}."
        remedy = "free the disk, or shorten what `nextbest retain` keeps."
        yield Finding("disk", severity, message, remedy)


def threads(site: Site) -> Found:
    """Find thread pools that take the cores from each other."""
    workers, cores = site.settings.workers, os.cpu_count() or 1
    told = {name: site.environ[name] for name in _POOLS if site.environ.get(name)}
    for name, value in told.items():
        if not value.isdecimal() or int(value) * workers > cores:
            message = f"{name}={value} with {workers} workers is more than the {cores} cores."
            yield Finding(
                "threads", "warning", message, f"set {name}=1: requests run side by side."
            )
    if workers > cores:
        message = f"NEXTBEST_WORKERS={workers} on {cores} cores."
        yield Finding("threads", "warning", message, f"set NEXTBEST_WORKERS={cores} or less.")


def store_kind(site: Site) -> Found:
    """Find workers that would each have a store of their own."""
    if site.settings.store_url.startswith("memory:") and site.settings.workers > 1:
        message = f"NEXTBEST_WORKERS={site.settings.workers} with a store in memory."
        remedy = "name a database in NEXTBEST_STORE_URL: caps and consents must bind every worker."
        yield Finding("workers", "error", message, remedy)


def port(site: Site) -> Found:
    """Find what else holds the port; the service itself may."""
    address = (site.settings.host, site.settings.port)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            return
        except OSError as error:
            reason = error.strerror
    where = f"{address[0]}:{address[1]}"
    if _answers(address):
        yield Finding("port", "ok", f"{where}: a service answers there")
    else:
        message = f"{where} cannot be used ({reason}), and what holds it is not this service."
        yield Finding("port", "error", message, f"stop it, or set NEXTBEST_PORT={address[1] + 1}.")


def demo_keys(site: Site) -> Found:
    """Find a file of keys that others on this machine can read."""
    path = site.settings.home / "demo-keys.json"
    if not path.is_file():
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        message = f"{path} can be read by others (mode {mode:03o})."
        remedy = f"chmod 600 {path}, and revoke its keys if strangers have accounts here."
        yield Finding("keys", "error", message, remedy)
    if site.settings.host not in ("127.0.0.1", "localhost", "::1"):
        message = f"the demo's keys open a service that listens on {site.settings.host}."
        remedy = "make keys of your own (`nextbest keys`) and revoke those of demo-keys.json."
        yield Finding("keys", "warning", message, remedy)


def _answers(address: tuple[str, int]) -> bool:
    """Tell whether what listens there answers as this service does, ready or not."""
    answer = b""
    try:
        with socket.create_connection(address, timeout=2) as connection:
            connection.sendall(_READY)
            while part := connection.recv(4096):
                answer += part
    except OSError:
        return False
    status = answer.split(b" ", 2)[1:2]
    body = answer.partition(b"\r\n\r\n")[2]
    return status == [b"200"] or (status == [b"503"] and _is_json(body))


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return not body.strip()  # BentoML's own refusal has no body
    return True
