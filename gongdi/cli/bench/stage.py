"""压测的场地：一次性的数据库、登记好的设备、照生产设置运行的网关。"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from gongdi.cli.bench.frames import PASSWORD, device_no
from gongdi.cli.launcher import postgres, scratch
from gongdi.config.load import Config, ConfigError
from gongdi.config.secrets import ensure_secrets

DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
DATABASE = "gongdi_bench"
PROFILE = '{"commands": false, "pm_unit": "ug"}'


@dataclass(frozen=True)
class Stage:
    """A running throw-away system: its configuration and the process id of its PostgreSQL."""

    config: Config
    postmaster: int


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """Start a fresh cluster with the product's own settings and every migration; removed at the end.

    Raises ConfigError when a durability setting is off: no figure without fsync.
    """
    data = Path(tempfile.mkdtemp(prefix="gongdi-bench-"))
    data.chmod(0o711)
    ensure_secrets(data)
    config = scratch.config_of(data)
    cluster = postgres.prepare(config, _quiet)
    server = postgres.start_cluster(cluster, data / "postgres.log")
    try:
        scratch.create_database(data, config, DATABASE)
        config = scratch.config_of(data)
        refuse_unsafe(config)
        yield Stage(config, server.pid)
    finally:
        postgres.stop_process(server)
        if cluster.place.outside:
            shutil.rmtree(cluster.place.home, ignore_errors=True)
        shutil.rmtree(data, ignore_errors=True)


def refuse_unsafe(config: Config) -> None:
    """Raise ConfigError when the server could lose a committed row."""
    with psycopg.connect(config.dsn("owner")) as connection:
        for name in DURABLE:
            row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
            if row is None or row[0] != "on":
                raise ConfigError(f"数据库的 {name} 没有打开，量出来的数字没有意义，压测不做。")


def add_devices(config: Config, count: int) -> None:
    """Register `count` one-minute devices in micrograms, commands off (the load does not obey any)."""
    with psycopg.connect(config.dsn("owner")) as connection:
        connection.execute(
            "INSERT INTO gateway_device (kind, device_no, secret, profile, valid_from)"
            " SELECT 'dust', no, %s, %s::jsonb, now() - interval '60 days'"
            " FROM unnest(%s::text[]) AS no ON CONFLICT DO NOTHING",
            (PASSWORD, PROFILE, [device_no(index) for index in range(count)]),
        )


@contextlib.contextmanager
def gateway(
    config: Config, port: int, module: str = "gongdi.cli.main"
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run one dust gateway process (or a peer's variant of it) until the block ends."""
    environ = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environ |= {"DATA": str(config.data), "GONGDI_HJ212_PORT": str(port), "DEMO": "0"}
    log = (config.data / f"gateway-{port}.log").open("ab")
    command = [sys.executable, "-m", module, "gateway", "dust"]
    process = subprocess.Popen(command, env=environ, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        wait_for_port(port, process)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()
        log.close()


def wait_for_port(port: int, process: "subprocess.Popen[bytes]", seconds: float = 40) -> None:
    """Wait until something listens; ConfigError when the process ends or the time runs out."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ConfigError(f"进程没有启动，退出码 {process.returncode}。")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise ConfigError(f"{seconds:.0f} 秒内没有监听端口 {port}。")


def free_port(start: int = 21_200) -> int:
    """Return a free port below the ephemeral range (a clash there once broke a run)."""
    for port in range(start, 32_000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                with contextlib.suppress(OSError):
                    probe.bind(("127.0.0.1", port))
                    return port
    raise ConfigError("21200 到 32000 之间没有空闲端口。")


def _quiet(sentence: str) -> None:
    """Say nothing: the result line is the output."""
