"""The scans of secrets and of the lock: what they find, and what they leave alone."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


secrets, lock = load("scan_secrets"), load("check_lock")
# Put together here, so that this file holds none itself.
FOUND = {
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "AWS key": "AKIA" + "ABCDEFGHIJKLMNOP",
    "GitHub token": "ghp_" + "a1B2" * 9,
    "JSON web token": "eyJhbGciOiJIUzI1." + "eyJzdWIiOiIxMjM0." + "SflKxwRJSMeKKF2",
    "password in a URL": "postgresql://shop:" + "hunter2@db/shop",
    "assigned secret": "API_KEY = '" + "correct-horse-battery'",
    "random text": "'kJ8w2Qz" + "LmN4vX7bT1cR9yH3dF6gS0pAeUiOqWxZ'",
}
HARMLESS = (
    "sha = '" + "0123456789abcdef" * 4 + "'",
    "url = f'postgresql://{user}:{password}@{host}/db'",
    "api_key = os.environ['NEXTBEST_API_KEYS']",
    "name = 'a_rather_long_name_of_a_test_that_is_only_words'",
)


@pytest.mark.parametrize(("kind", "line"), FOUND.items())
def test_a_secret_is_found(kind: str, line: str) -> None:
    assert kind in {one.kind for one in secrets.scan_text("a.py", f"x = 1\n{line}\n")}


@pytest.mark.parametrize("line", HARMLESS)
def test_what_is_none_is_left_alone(line: str) -> None:
    assert list(secrets.scan_text("a.py", line)) == []


def test_a_known_finding_hides_no_new_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.py").write_text(FOUND["AWS key"])
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "a.py"], cwd=tmp_path, check=True)
    (found,) = secrets.scan(tmp_path)
    allowed = tmp_path / "allowed.txt"
    allowed.write_text(f"# known\n{found.path} {found.digest} made up\n")
    assert secrets.scan(tmp_path, allowed) == []
    (tmp_path / "a.py").write_text(f"{FOUND['AWS key']}\n{FOUND['GitHub token']}")
    assert [one.kind for one in secrets.scan(tmp_path, allowed)] == ["GitHub token"]
    assert secrets.main([str(tmp_path)]) == 1
    assert FOUND["GitHub token"] not in capsys.readouterr().out


def test_a_lock_pins_each_package_once() -> None:
    versions, faults = lock.pinned(
        ["a==1.0", "B_c==2  # why", "", "n==1 ; python_version < '3.12'",
         "n==2 ; python_version >= '3.12'", "d>=3", "e @ file:e.whl", "f==1.*", "a==1.1"]
    )  # fmt: skip
    assert versions == {"a": ["1.0", "1.1"], "b-c": ["2"], "n": ["1", "2"]}
    assert [fault.split(":")[0] for fault in faults] == [
        "line 6 is not name==version",
        "line 7 is not name==version",
        "line 8 is not name==version",
        "line 9",
    ]


def test_a_version_known_to_be_faulty_is_named() -> None:
    known = ["# comment", "a<1.2 CVE-1: why", "n<2 CVE-2", "z<9 CVE-3"]
    found = list(lock.outdated({"a": ["1.2"], "n": ["1", "2"]}, known))
    assert found == ["n 1 is <2: CVE-2"]


def test_what_the_project_asks_for_is_locked() -> None:
    project = {"dependencies": ["a>=1", "b>=2", "c"]}
    found = list(lock.unlocked({"a": ["1.5"], "b": ["1.9"]}, project))
    assert found == ["b 1.9 is not >=2", "c is not in the lock"]


@pytest.mark.parametrize(
    ("told", "refused"),
    [("GPL-3.0-only", True), ("AGPL-3.0", True), ("LGPL-2.1", False), ("MIT OR GPLv2", False)],
)
def test_licences_that_bind_the_shop_are_refused(
    monkeypatch: pytest.MonkeyPatch, told: str, refused: bool
) -> None:
    from email.message import Message

    message = Message()
    message["License-Expression"] = told
    monkeypatch.setattr(lock, "metadata", lambda _: message)
    assert (lock.refused_licence("x") is not None) == refused


def test_the_lock_of_this_project_is_sound() -> None:
    assert lock.faults_of(ROOT) == []
