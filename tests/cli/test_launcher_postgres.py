"""内嵌数据库：从不以 root 运行，被强行杀死之后自己恢复。"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from gongdi.cli.launcher import place, postgres, roles
from gongdi.cli.launcher.binaries import find_binaries
from gongdi.cli.launcher.children import run_as
from gongdi.config.load import Config, ConfigError, load


def _say(sentence: str) -> None:
    """Progress is not looked at here."""


@pytest.fixture(scope="module")
def config() -> Iterator[Config]:
    """Yield the configuration of a data directory that any account can reach."""
    folder = Path(tempfile.mkdtemp(prefix="gongdi-pg-"))
    folder.chmod(0o711)
    yield load({"DATA": str(folder / "data")})
    cluster = postgres.prepare(load({"DATA": str(folder / "data")}), _say)
    postgres.stop_orphan(cluster)
    if cluster.place.outside:
        shutil.rmtree(cluster.place.home)
    shutil.rmtree(folder)


def _start(config: Config) -> tuple[postgres.Cluster, "subprocess.Popen[bytes]"]:
    cluster = postgres.prepare(config, _say)
    server = postgres.start_cluster(cluster, config.data / "postgres.log")
    roles.ensure_database(config)
    return cluster, server


def _answers(config: Config) -> bool:
    with psycopg.connect(config.dsn("app")) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def _run(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def test_the_server_never_runs_as_root(config: Config) -> None:
    _, server = _start(config)
    try:
        uids = _run("ps", "-o", "uid=", "-p", str(server.pid)).split()
        assert uids
        assert "0" not in uids
    finally:
        postgres.stop_process(server)
    assert server.returncode == 0


def test_the_whole_cluster_is_private(config: Config) -> None:
    cluster, server = _start(config)
    postgres.stop_process(server)
    for folder in (cluster.place.home, cluster.folder, cluster.socket):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert len(os.fsencode(cluster.socket / ".s.PGSQL.5432")) < 100


def test_a_killed_server_heals_at_the_next_start(config: Config) -> None:
    cluster, server = _start(config)
    server.kill()
    server.wait()
    assert (cluster.folder / "postmaster.pid").exists()
    started = time.monotonic()
    _, again = _start(config)
    assert _answers(config)
    assert time.monotonic() - started < 10
    postgres.stop_process(again)


def test_a_recycled_pid_in_the_lock_file_does_not_block(config: Config) -> None:
    cluster, server = _start(config)
    postgres.stop_process(server)
    lock = cluster.folder / "postmaster.pid"
    place.write_as(cluster.place.account, lock, f"{os.getpid()}\n{cluster.folder}\n")
    _, again = _start(config)
    assert _answers(config)
    postgres.stop_process(again)


def test_a_server_left_behind_is_stopped_first(config: Config) -> None:
    cluster = postgres.prepare(config, _say)
    left = postgres.start_cluster(cluster, config.data / "postgres.log", death_signal=None)
    _, server = _start(config)
    assert left.wait(5) == 0
    assert server.pid != left.pid
    assert _answers(config)
    postgres.stop_process(server)


def test_settings_that_lose_acknowledged_data_are_refused(config: Config) -> None:
    _, server = _start(config)
    try:
        roles.refuse_unsafe(config)
        with psycopg.connect(config.dsn("super"), autocommit=True) as connection:
            connection.execute("ALTER ROLE gongdi_gateway SET synchronous_commit = off")
        with pytest.raises(ConfigError, match="synchronous_commit=off"):
            roles.refuse_unsafe(config)
        with psycopg.connect(config.dsn("super"), autocommit=True) as connection:
            connection.execute("ALTER ROLE gongdi_gateway RESET synchronous_commit")
    finally:
        postgres.stop_process(server)


def test_a_long_data_path_still_gets_a_short_socket(config: Config) -> None:
    deep = config.data.parent / ("x" * 60) / ("y" * 60)
    long = load({"DATA": str(deep)})
    place.make_data(deep)
    for folder in (deep.parent, deep):
        folder.chmod(0o711)
    cluster = postgres.prepare(long, _say)
    server = postgres.start_cluster(cluster, deep / "postgres.log")
    try:
        assert len(os.fsencode(cluster.socket / ".s.PGSQL.5432")) < 100
        assert cluster.socket.stat().st_mode & 0o777 == 0o700
    finally:
        postgres.stop_process(server)
        shutil.rmtree(cluster.socket, ignore_errors=True)


@pytest.mark.root
def test_root_places_the_cluster_where_its_account_can_reach_it(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    config = load({"DATA": str(closed / "data")})
    place.make_data(config.data)
    before = {path: path.stat().st_mode for path in (closed, *closed.parents)}
    found = place.find_place(config.data, find_binaries(), state_root=Path("/var/lib/gongdi"))
    assert found.outside
    assert found.home.parent == Path("/var/lib/gongdi")
    assert found.account.uid not in (None, 0)
    said: list[str] = []
    cluster = postgres.prepare(config, said.append)
    server = postgres.start_cluster(cluster, config.data / "postgres.log")
    postgres.stop_process(server)
    assert any("/var/lib/gongdi" in line for line in said)
    assert {path: path.stat().st_mode for path in before} == before
    shutil.rmtree(cluster.place.home)


@pytest.mark.root
def test_binaries_out_of_reach_are_copied(tmp_path: Path) -> None:
    original = find_binaries()
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    for part in original.parts():
        shutil.copytree(original.base / part, hidden / part, symlinks=True)
    unreachable = replace(original.copied_to(hidden), source=original.source)
    home = Path(tempfile.mkdtemp(prefix="gongdi-home-"))
    spot = place.Place(home, place._unprivileged(), outside=True)
    assert spot.account.uid is not None
    os.chown(home, spot.account.uid, -1)
    said: list[str] = []
    copied = place.place_binaries(spot, unreachable, said.append)
    assert copied.prefix.is_relative_to(home)
    for name in ("postgres", "initdb"):
        assert run_as(spot.account, [copied.program(name), "--version"]).returncode == 0
        assert copied.program(name).stat().st_uid == spot.account.uid
    assert place.place_binaries(spot, unreachable, said.append) == copied
    assert len(said) == 1
    shutil.rmtree(home)


def test_an_unknown_major_version_names_the_package() -> None:
    with pytest.raises(ConfigError, match="postgresql-99"):
        find_binaries(99)
