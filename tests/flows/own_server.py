"""自己的 PostgreSQL：可以停、可以杀、可以冻住，不碍着别的测试。"""

import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gongdi.cli.launcher import postgres, scratch
from gongdi.config.load import Config
from gongdi.config.secrets import ensure_secrets
from tests.gateways.process import until

START_S = 30.0


class OwnServer:
    """A migrated cluster in the directory `data`; every method that starts it waits until it answers."""

    def __init__(self, data: Path) -> None:
        self.data = data
        ensure_secrets(data)
        self.cluster = postgres.prepare(scratch.config_of(data), lambda _sentence: None)
        self.log = Path(tempfile.gettempdir()) / f"{data.name}.postgres.log"
        self.process = postgres.start_cluster(self.cluster, self.log)
        scratch.create_database(data, scratch.config_of(data), "gongdi_own")
        self.config: Config = scratch.config_of(data)

    def dsn(self, role: str) -> str:
        """libpq string of a role."""
        return self.config.dsn(role)

    def alive(self) -> bool:
        """Say whether the server process runs."""
        return self.process.poll() is None

    def stop(self) -> None:
        """Fast shutdown, as an administrator does it."""
        postgres.stop_process(self.process)

    def start(self) -> None:
        """Start it after a stop or a kill."""
        self.process = postgres.spawn_again(self.cluster, self.log)
        until(self._ready, START_S, "数据库没有重新启动")

    def _ready(self) -> bool:
        """As the supervisor does, start again a server that found the memory of its predecessor still in use."""
        if not self.alive():
            self.process = postgres.spawn_again(self.cluster, self.log)
            time.sleep(0.2)
        return postgres.is_running(self.cluster)

    def kill(self) -> None:
        """kill -9 of the postmaster; its children end by themselves or are swept away by the next start."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def kill_and_restart(self) -> None:
        """kill -9, a random while of nothing, start."""
        self.kill()
        time.sleep(random.uniform(0, 0.5))
        self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """SIGSTOP of every process of the server for the time of the block: a commit that hangs."""
        pids = [self.process.pid, *_children(self.process.pid)]
        _signal(pids, signal.SIGSTOP)
        pids += [pid for pid in _children(self.process.pid) if pid not in pids]
        _signal(pids, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(pids[::-1], signal.SIGCONT)

    def close(self) -> None:
        """Stop it and remove what it left."""
        self.stop()
        if self.cluster.place.outside:
            shutil.rmtree(self.cluster.place.home, ignore_errors=True)
        self.log.unlink(missing_ok=True)


@contextmanager
def own_server(data: Path | None = None) -> Iterator[OwnServer]:
    """A server for the time of the block, in `data` or in a directory that goes with it."""
    folder = data or Path(tempfile.mkdtemp(prefix="gongdi-own-"))
    folder.chmod(0o711)
    try:
        server = OwnServer(folder)
        try:
            yield server
        finally:
            server.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _children(parent: int) -> list[int]:
    path = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(word) for word in path.read_text(encoding="ascii").split()]


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
