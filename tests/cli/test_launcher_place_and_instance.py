"""安放与加锁：数据目录的权限不被改动，一个数据目录只启动一次，遗留进程按编号和启动时刻认。"""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gongdi.cli.launcher import instance, place
from gongdi.cli.launcher.children import SELF, Account, Spawn, run_as, start
from gongdi.cli.launcher.migrations import fingerprint
from gongdi.cli.launcher.place import Place
from gongdi.config.load import ConfigError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_only_a_folder_made_here_gets_a_mode(tmp_path: Path) -> None:
    made, own = tmp_path / "a" / "b", tmp_path / "own"
    own.mkdir(mode=0o700)
    for data in (made, own):
        place.make_data(data)
    assert (mode(made), mode(own)) == (0o711, 0o700)


def test_a_data_directory_keeps_its_identity(tmp_path: Path) -> None:
    place.make_data(tmp_path / "one")
    place.make_data(tmp_path / "two")
    first = (tmp_path / "one" / "id").read_text()
    place.make_data(tmp_path / "one")
    assert (tmp_path / "one" / "id").read_text() == first != (tmp_path / "two" / "id").read_text()
    assert len(first.strip()) == 12


def test_a_data_directory_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match=r"数据目录 .*DATA"):
        place.make_data(tmp_path / "file" / "data")


def test_a_home_is_private_and_an_existing_one_is_left_alone(tmp_path: Path) -> None:
    fresh, old = Place(tmp_path / "fresh", SELF, False), Place(tmp_path / "old", SELF, False)
    old.home.mkdir(mode=0o750)
    for one in (fresh, old):
        place.prepare_home(one)
    assert (mode(fresh.home), mode(old.home)) == (0o700, 0o750)


@pytest.fixture
def as_user(monkeypatch: pytest.MonkeyPatch) -> int:
    """Pretend to be an ordinary user who owns nothing of root's."""
    monkeypatch.setattr("gongdi.cli.launcher.place.os.geteuid", lambda: 4242)
    return 4242


def test_an_ordinary_user_keeps_the_database_in_the_data_directory(tmp_path: Path, as_user: int) -> None:
    place.make_data(tmp_path)
    found = place.find_place(tmp_path, None, tmp_path / "state")
    assert (found.home, found.account, found.outside) == (tmp_path / "postgres", SELF, False)
    assert not (tmp_path / "state").exists()


@pytest.mark.root
def test_an_ordinary_user_does_not_touch_the_cluster_of_another(tmp_path: Path, as_user: int) -> None:
    place.make_data(tmp_path)
    (tmp_path / "postgres").mkdir()
    with pytest.raises(ConfigError, match="另一个系统用户"):
        place.find_place(tmp_path, None)


@pytest.mark.root
def test_root_keeps_a_cluster_where_it_is_and_runs_it_as_its_owner(tmp_path: Path) -> None:
    place.make_data(tmp_path)
    home = tmp_path / "postgres"
    (home / place.CLUSTER).mkdir(parents=True)
    with pytest.raises(ConfigError, match="不能以 root 运行"):
        place.find_place(tmp_path, None)
    os.chown(home, 65534, 65534)
    found = place.find_place(tmp_path, None, tmp_path / "state")
    assert (found.home, found.account.uid, found.outside) == (home, 65534, False)


@pytest.mark.root
def test_root_finds_its_own_state_directory_again_by_the_identity(tmp_path: Path) -> None:
    place.make_data(tmp_path)
    state = tmp_path / "state"
    outside = state / (tmp_path / "id").read_text().strip()
    (outside / place.CLUSTER).mkdir(parents=True)
    os.chown(outside, 65534, 65534)
    found = place.find_place(tmp_path, None, state)
    assert (found.home, found.outside, found.account.uid) == (outside, True, 65534)


def test_a_file_is_replaced_whole_and_private(tmp_path: Path) -> None:
    target = tmp_path / "postgresql.conf"
    target.write_text("old")
    place.write_as(SELF, target, "中文 'quotes' $HOME\n")
    assert target.read_text("utf-8") == "中文 'quotes' $HOME\n"
    assert mode(target) == 0o600
    with pytest.raises(ConfigError, match="无法写入"):
        place.write_as(SELF, tmp_path / "no" / "where", "x")


def test_the_socket_folder_is_private_and_an_unsafe_one_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    short = Path(f"/tmp/gongdi-socket-{os.getpid()}")
    short.mkdir()
    try:
        folder = place.socket_folder(Place(short, SELF, False))
        assert (folder, mode(folder)) == (short / "run", 0o700)
        folder.chmod(0o755)
        with pytest.raises(ConfigError, match="不安全"):
            place.socket_folder(Place(short, SELF, False))
    finally:
        (short / "run").rmdir()
        short.rmdir()


# ------------------------------------------------------------ one launcher at a time


def test_a_second_launcher_is_told_who_runs(tmp_path: Path) -> None:
    assert not instance.is_running(tmp_path)
    held = instance.lock(tmp_path)
    assert instance.is_running(tmp_path)
    with pytest.raises(ConfigError, match=rf"进程 {os.getpid()}.*DATA"):
        instance.lock(tmp_path)
    held.close()
    assert not instance.is_running(tmp_path)
    instance.lock(tmp_path).close()


def test_a_killed_launcher_leaves_no_lock(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from gongdi.cli.launcher import instance;"
        "held = instance.lock(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        assert instance.is_running(tmp_path)
        other.kill()
    assert not instance.is_running(tmp_path)


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    """A child in a session of its own."""
    child = start([sys.executable, "-c", "import time; time.sleep(60)"], Spawn(output=subprocess.DEVNULL))
    yield child
    child.kill()
    child.wait(5)


def test_leftovers_of_a_killed_launcher_are_ended(tmp_path: Path, sleeper: "subprocess.Popen[bytes]") -> None:
    instance.remember(tmp_path, [sleeper.pid])
    assert mode(tmp_path / "children.json") == 0o600
    assert instance.end_leftovers(tmp_path) == 1
    assert sleeper.wait(5) == -signal.SIGTERM
    assert instance.end_leftovers(tmp_path) == 0


def test_a_recycled_number_belongs_to_somebody_else(
    tmp_path: Path, sleeper: "subprocess.Popen[bytes]"
) -> None:
    (tmp_path / "children.json").write_text(json.dumps({str(sleeper.pid): "1"}))
    assert instance.end_leftovers(tmp_path) == 0
    assert sleeper.poll() is None


@pytest.mark.parametrize("text", [None, "", "{", "{}"])
def test_without_a_readable_list_there_are_no_leftovers(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "children.json").write_text(text)
    assert instance.end_leftovers(tmp_path) == 0


def test_a_dead_child_is_not_remembered(tmp_path: Path) -> None:
    child = subprocess.Popen(["true"])
    child.wait()
    instance.remember(tmp_path, [child.pid])
    assert json.loads((tmp_path / "children.json").read_text()) == {}


# ------------------------------------------------------------ children


def test_a_child_takes_signals_even_when_they_were_inherited_as_ignored() -> None:
    code = (
        "import signal, subprocess, sys\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])\n"
        "from gongdi.cli.launcher.children import Spawn, start\n"
        "show = 'import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN,'\n"
        "show += ' len(signal.pthread_sigmask(signal.SIG_BLOCK, [])), flush=True)'\n"
        "child = start([sys.executable, '-c', show], Spawn(output=subprocess.PIPE))\n"
        "print(child.communicate()[0].decode(), end='')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False 0\n"


def test_a_child_leads_a_session_and_reads_nothing() -> None:
    code = "import os, sys; print(os.getsid(0) == os.getpid(), repr(sys.stdin.read()))"
    child = start([sys.executable, "-c", code], Spawn(output=subprocess.PIPE))
    assert child.communicate()[0] == b"True ''\n"


def test_short_commands_run_in_a_clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "secret")
    done = run_as(SELF, ["/bin/sh", "-c", 'cat; pwd; echo "$PGPASSWORD|$LC_ALL|$TZ"; exit 3'], given="in\n")
    assert (done.returncode, done.stdout) == (3, "in\n/\n|C|UTC\n")


@pytest.mark.root
def test_a_child_of_another_account_has_its_groups_and_a_private_mask() -> None:
    done = run_as(Account(65534, 65534, "nobody"), ["/bin/sh", "-c", "id -u; id -G; umask"])
    assert done.stdout.split() == ["65534", "65534", "0077"]


# ------------------------------------------------------------ migrations


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("room/migrations/0002_more.py", True),
        ("room/part/migrations/0001_initial.py", True),
        ("ingest/schema/0002_more.sql", True),
        ("room/models.py", False),
        ("ingest/schema/readme.txt", False),
    ],
)
def test_a_start_migrates_again_only_after_a_change_of_the_schema(
    tmp_path: Path, name: str, counts: bool
) -> None:
    first = tmp_path / "room" / "migrations" / "0001_initial.py"
    first.parent.mkdir(parents=True)
    first.write_text("x")
    before = fingerprint(tmp_path)
    assert fingerprint(tmp_path) == before
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("y")
    assert (fingerprint(tmp_path) != before) is counts
    first.write_text("changed")
    assert fingerprint(tmp_path) != before
