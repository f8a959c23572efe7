"""The Compose file holds together, as far as that can be told without a container engine."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FILE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
# The attributes of the Compose Specification that this file may use.
KNOWN = {
    "build", "cap_drop", "command", "depends_on", "environment", "expose", "healthcheck", "image",
    "init", "networks", "ports", "profiles", "read_only", "restart", "security_opt",
    "stop_grace_period", "tmpfs", "volumes",
}  # fmt: skip
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::([-?])([^}]*))?\}")
each_service = pytest.mark.parametrize("name", sorted(SERVICES))


def told() -> dict[str, str]:
    lines = (DEPLOY / ".env.example").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_file_has_the_parts_of_the_specification_and_no_others() -> None:
    assert {key for key in FILE if not key.startswith("x-")} == {
        "name", "services", "networks", "volumes",
    }  # fmt: skip
    for name, service in SERVICES.items():
        assert set(service) <= KNOWN, name
        assert re.fullmatch(r"[a-zA-Z0-9._-]+", name)


@each_service
def test_what_a_service_refers_to_exists(name: str) -> None:
    service = SERVICES[name]
    assert set(service["networks"]) <= set(FILE["networks"])
    for other, condition in service.get("depends_on", {}).items():
        assert condition == {"condition": "service_healthy"}
        assert "healthcheck" in SERVICES[other], f"{other} is waited for and never healthy"
        assert not SERVICES[other].get("profiles"), f"{other} may not be there"
    for volume in service.get("volumes", []):
        source, target, *mode = volume.split(":") if "${" not in volume else ["./data", "/data"]
        assert target.startswith("/")
        assert mode in ([], ["ro"])
        if source.startswith("."):
            assert source == "./data" or (DEPLOY / source).exists(), source
        else:
            assert source in FILE["volumes"], source


def test_every_named_volume_and_network_is_used() -> None:
    used = {v.split(":")[0] for one in SERVICES.values() for v in one.get("volumes", [])}
    assert set(FILE["volumes"]) <= used
    assert set(FILE["networks"]) == {n for one in SERVICES.values() for n in one["networks"]}


@each_service
def test_health_checks_are_commands_with_an_end(name: str) -> None:
    check = SERVICES[name].get("healthcheck")
    if check is None:
        assert SERVICES[name]["profiles"] == ["jobs"], "a job ends by itself"
        return
    assert check["test"][0] == "CMD", "no shell: its own exit code counts"
    assert re.fullmatch(r"\d+s", check["interval"])
    assert int(check["timeout"][:-1]) < int(check["interval"][:-1])
    assert check["retries"] >= 3
    for part in check["test"]:
        if part.startswith("import"):
            compile(part, name, "exec")


def test_secrets_come_from_the_environment_and_the_example_names_each() -> None:
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    variables = {name: (kind, rest) for name, kind, rest in VARIABLE.findall(text)}
    assert set(told()) == set(variables) - {"NEXTBEST_DATA"}
    assert variables["POSTGRES_PASSWORD"][0] == "?", "without it nothing starts"
    for name in ("POSTGRES_PASSWORD", "NEXTBEST_API_KEYS", "GRAFANA_PASSWORD"):
        assert told()[name] == "", f"{name} must have no value that somebody forgets to change"
    assert not re.search(r"(?i)password:\s+[^$\s]", text)


def test_our_containers_have_no_powers_and_no_ports() -> None:
    ours = [one for one in SERVICES.values() if one["image"].startswith("nextbest")]
    assert len(ours) == 4
    for service in ours:
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True
        assert "no-new-privileges:true" in service["security_opt"]
        assert "ports" not in service
    for name, service in SERVICES.items():
        for port in service.get("ports", []):
            assert port.startswith(("127.0.0.1:", "${NEXTBEST_PUBLISHED:-127.0.0.1:")), name


def test_two_processes_share_one_state_and_keep_their_own_counts() -> None:
    a, b = SERVICES["nextbest-a"], SERVICES["nextbest-b"]
    assert a == b
    assert a["environment"]["NEXTBEST_STORE_URL"].startswith("postgresql://")
    assert a["environment"]["BENTOML_HOME"].startswith("/tmp/")
    assert "/tmp" in a["tmpfs"]
    assert "max_fails" in (DEPLOY / "nginx" / "nginx.conf").read_text()
    for target in ("nextbest-a:3000", "nextbest-b:3000"):
        assert target in (DEPLOY / "nginx" / "nginx.conf").read_text()
        assert target in (DEPLOY / "prometheus" / "prometheus.yml").read_text()


def test_the_recipe_copies_what_there_is_and_runs_as_nobody() -> None:
    lines = (DEPLOY / "Containerfile").read_text("utf-8").splitlines()
    stages = [line for line in lines if line.startswith("FROM ")]
    assert len(stages) == 2
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (ROOT / source).exists(), source
    user, start = lines.index("USER nextbest"), lines.index('CMD ["nextbest", "serve"]')
    assert user < start
    ignored = (DEPLOY / "Containerfile.dockerignore").read_text().splitlines()
    copied = {
        source.split("/")[0]
        for line in lines
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    }
    assert {line[1:] for line in ignored if line.startswith("!")} == copied
    for line in lines:
        if line.startswith("CMD") or line.strip().startswith("CMD"):
            assert json.loads(line.strip().removeprefix("CMD "))


def test_settings_in_these_files_are_settings() -> None:
    from nextbest.doctor.machine import KNOWN as SETTINGS

    of_compose = {"NEXTBEST_PUBLISHED", "NEXTBEST_DATA"}
    for path in (p for p in DEPLOY.rglob("*") if p.is_file()):
        used = set(re.findall(r"\bNEXTBEST_[A-Z_]+", path.read_text("utf-8")))
        assert used <= {*SETTINGS, *of_compose}, path
