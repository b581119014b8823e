"""内嵌 PostgreSQL：建库、启动、停止、三个角色。"""

import contextlib
import json
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from gongdi.cli.launcher.binaries import Binaries, find_binaries
from gongdi.cli.launcher.children import Spawn, run_as, start
from gongdi.cli.launcher.place import (
    Place,
    Say,
    find_place,
    make_data,
    place_binaries,
    prepare_home,
    socket_folder,
    write_as,
)
from gongdi.config.load import ROLE_USERS, Config, ConfigError
from gongdi.config.secrets import ensure_secrets, write_private

PG_PORT = 5432
START_SECONDS = 300.0
STOP_SECONDS = 8.0

DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
# Durability first; sizes for a small machine (2 cores, 2 GB).
SETTINGS = {
    "listen_addresses": "",
    "port": str(PG_PORT),
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "password_encryption": "scram-sha-256",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "huge_pages": "off",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "min_wal_size": "128MB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "Asia/Shanghai",
    "log_checkpoints": "off",
    "lc_messages": "C",
}


@dataclass(frozen=True)
class Cluster:
    """One embedded cluster ready to start: its place, its programs and its socket directory."""

    config: Config
    place: Place
    binaries: Binaries
    socket: Path

    @property
    def folder(self) -> Path:
        return self.place.cluster


def prepare(config: Config, say: Say) -> Cluster:
    """Find or create the cluster of the data directory, with its secrets, access rules and settings."""
    make_data(config.data)
    secrets = ensure_secrets(config.data)
    place = find_place(config.data, _newest())
    binaries = find_binaries(cluster_major(place.cluster))
    if place.outside and not place.cluster.is_dir():
        say(f"账号 {place.account.name} 读不到 {config.data} 或程序目录，数据库放在 {place.home}")
    prepare_home(place)
    binaries = place_binaries(place, binaries, say)
    cluster = Cluster(config, place, binaries, socket_folder(place))
    if not cluster.folder.is_dir():
        say(f"建立数据库（PostgreSQL {binaries.major}，约几秒）")
        _initdb(cluster, secrets["db_super"])
    _write_settings(cluster)
    return cluster


def cluster_major(folder: Path) -> int | None:
    """Return the major version of an existing cluster from PG_VERSION, None when there is no cluster."""
    try:
        text = (folder / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    return int(text.split(".")[0])


def start_cluster(
    cluster: Cluster, log: Path, death_signal: int | None = signal.SIGINT
) -> "subprocess.Popen[bytes]":
    """Start the server, wait until it accepts connections, write DATA/runtime.json; heals stale files first.

    The server stops by itself (fast shutdown) when its starter dies; with `death_signal` None it stays.
    """
    stop_orphan(cluster)
    deadline = time.monotonic() + START_SECONDS
    process = spawn(cluster, log, death_signal)
    while not _accepting(cluster):
        if process.poll() is not None:
            if time.monotonic() > deadline or not _still_shutting_down(log):
                raise ConfigError(f"数据库没有启动，日志在 {log}，最后一行：{_last_line(log)}")
            time.sleep(0.5)
            process = spawn(cluster, log, death_signal)
        time.sleep(0.05)
        if time.monotonic() > deadline:
            raise ConfigError(f"数据库在 {START_SECONDS:.0f} 秒内没有就绪，日志在 {log}。")
    runtime = {"socket": str(cluster.socket), "pg_port": PG_PORT}
    write_private(cluster.config.data / "runtime.json", json.dumps(runtime))
    return process


def is_running(cluster: Cluster) -> bool:
    """Say whether a server runs on this very cluster and accepts connections."""
    pid = _locked_by(cluster.folder / "postmaster.pid")
    return pid is not None and _is_server(pid, cluster.folder) and _accepting(cluster)


def stop_process(process: "subprocess.Popen[bytes]", seconds: float = STOP_SECONDS) -> None:
    """Stop the server: fast shutdown first, immediate when it takes longer than `seconds`."""
    for number, patience in ((signal.SIGINT, seconds), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 5.0)):
        if process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)


def stop_orphan(cluster: Cluster, seconds: float = 30.0) -> None:
    """Stop a server that a killed launcher left behind, and drop a lock file whose process is another one."""
    lock = cluster.folder / "postmaster.pid"
    pid = _locked_by(lock)
    if pid is None:
        return
    for number, patience in ((signal.SIGINT, seconds), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 5.0)):
        deadline = time.monotonic() + patience
        if not _is_server(pid, cluster.folder):
            break
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        while _is_server(pid, cluster.folder) and time.monotonic() < deadline:
            time.sleep(0.05)
    run_as(cluster.place.account, ["rm", "-f", lock])


def _newest() -> Binaries | None:
    with contextlib.suppress(ConfigError):
        return find_binaries()
    return None


def _initdb(cluster: Cluster, password: str) -> None:
    account = cluster.place.account
    fresh = cluster.folder.with_name("cluster.new")
    word = cluster.place.home / "initdb-password"
    run_as(account, ["rm", "-rf", fresh])
    write_as(account, word, password + "\n")
    command: list[str | Path] = [
        cluster.binaries.program("initdb"),
        "-D",
        fresh,
        "-U",
        ROLE_USERS["super"],
        "--encoding=UTF8",
    ]
    command += ["--locale=C", "--data-checksums", "--auth=scram-sha-256", f"--pwfile={word}"]
    done = run_as(account, command)
    run_as(account, ["rm", "-f", word])
    if done.returncode != 0 or run_as(account, ["mv", fresh, cluster.folder]).returncode != 0:
        reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise ConfigError(f"建立数据库失败：{''.join(reason)}（目录 {cluster.folder}）。")


def _write_settings(cluster: Cluster) -> None:
    settings = {**SETTINGS, "unix_socket_directories": str(cluster.socket), "unix_socket_permissions": "0700"}
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
    account = cluster.place.account
    write_as(account, cluster.folder / "postgresql.conf", "\n".join(lines) + "\n")
    rules = "local all all scram-sha-256\nlocal replication gongdi_super scram-sha-256\n"
    write_as(account, cluster.folder / "pg_hba.conf", rules)


def spawn(cluster: Cluster, log: Path, death_signal: int | None = signal.SIGINT) -> "subprocess.Popen[bytes]":
    """Start the server without waiting for it."""
    environ = {"PATH": os.defpath, "LC_ALL": "C", "HOME": str(cluster.place.home)}
    with log.open("ab") as output:
        how = Spawn(cluster.place.account, environ, Path("/"), output, death_signal=death_signal)
        return start([cluster.binaries.program("postgres"), "-D", cluster.folder], how)


def spawn_again(cluster: Cluster, log: Path) -> "subprocess.Popen[bytes]":
    """Start a server that was killed: first drop what it left."""
    stop_orphan(cluster, 1.0)
    return spawn(cluster, log)


def _accepting(cluster: Cluster) -> bool:
    try:
        lines = (cluster.folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def _locked_by(lock: Path) -> int | None:
    try:
        first = lock.read_text(encoding="utf-8").split("\n", 1)[0].strip()
    except FileNotFoundError:
        return None
    return int(first) if first.isdigit() else 0


def _is_server(pid: int, folder: Path) -> bool:
    """Say whether `pid` is a live postmaster on this very folder (a recycled pid is not)."""
    if pid <= 0:
        return False
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return bool(words) and words[0].endswith(b"postgres") and os.fsencode(folder) in words


def _still_shutting_down(log: Path) -> bool:
    """Say whether the last start failed only because processes of the former server are still ending."""
    return re.search("pre-existing shared memory block|lock file .* already exists", _tail(log)) is not None


def _tail(log: Path, size: int = 2000) -> str:
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - size))
        return stream.read().decode("utf-8", "replace")


def _last_line(log: Path) -> str:
    lines = [line for line in _tail(log).splitlines() if line.strip()]
    return lines[-1] if lines else "（空）"
