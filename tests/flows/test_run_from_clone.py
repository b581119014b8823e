"""新克隆里一条 make run：任何位置、任何用户，不动别处的权限，第二次启动不用网络。"""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.running import ROOT, System, still_alive

SYSTEM_PYTHON = "/usr/bin/python3"
MAKE_RUN = ("make", "--no-print-directory", f"PYTHON={SYSTEM_PYTHON}", "run")


@pytest.fixture(params=["closed", "open"])
def place(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Yield a folder for the clone: one that only its owner may enter, and one that everybody may."""
    folder = Path(tempfile.mkdtemp(prefix=f"gongdi-clone-{request.param}-"))
    folder.chmod(0o700 if request.param == "closed" else 0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _clone(place: Path, user: str | None) -> Path:
    clone = place / "gongdi"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    if user:
        entry = pwd.getpwnam(user)
        for path in (place, *place.rglob("*")):
            os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)
    return clone


def _modes(clone: Path) -> dict[Path, tuple[int, int]]:
    folders = [clone, *clone.parents, Path("/var/lib"), Path("/usr/bin")]
    return {path: (stat.S_IMODE(path.stat().st_mode), path.stat().st_uid) for path in folders}


def _remove_outside(clone: Path) -> None:
    identity = clone / "var" / "id"
    if identity.exists():
        shutil.rmtree(Path("/var/lib/gongdi") / identity.read_text().strip(), ignore_errors=True)


@pytest.mark.deep
@pytest.mark.root
@pytest.mark.parametrize("user", [None, "nobody"])
def test_make_run_in_a_fresh_clone(place: Path, user: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    clone = _clone(place, user)
    before = _modes(clone)
    monkeypatch.setenv("HOME", str(place))
    try:
        first = System(clone / "var", demo=False, command=MAKE_RUN, cwd=clone, user=user)
        first.wait_ready(600)
        _never_root(first, user)
        everything = first.processes()
        assert first.stop(signal.SIGINT, group=True) < 10
        assert still_alive(everything) == {}
        for name in ("PIP_INDEX_URL", "http_proxy", "https_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9/")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        second = System(clone / "var", demo=False, command=MAKE_RUN, cwd=clone, user=user)
        assert second.wait_ready(60) < 10
        assert second.stop(signal.SIGTERM, group=True) < 10
        assert _modes(clone) == before
    finally:
        _remove_outside(clone)


def _never_root(system: System, user: str | None) -> None:
    servers = [pid for pid, line in system.processes().items() if "postgres" in line and "-D" in line]
    assert len(servers) == 1
    uid = Path(f"/proc/{servers[0]}").stat().st_uid
    assert uid != 0
    if user:
        assert uid == pwd.getpwnam(user).pw_uid
