"""整个系统的一次运行：启动、等就绪、看进程、停下（供流程测试和持续集成使用）。"""

import os
import pwd
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GONGDI = (sys.executable, str(Path(sys.executable).with_name("gongdi")))


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses, below the ephemeral range (so that none is taken in between)."""
    found: list[int] = []
    candidate = 20_000 + os.getpid() % 9_000
    while len(found) < count:
        candidate += 1
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", candidate)) != 0:
                found.append(candidate)
    return found


class System:
    """One `gongdi up` (or `make run`) in a process group of its own, with its lines collected."""

    def __init__(
        self,
        data: Path,
        demo: bool,
        command: Sequence[str] = (*GONGDI, "up"),
        cwd: Path = ROOT,
        user: str | None = None,
    ) -> None:
        self.data = data
        self.port, self.hj212_port = free_ports(2)
        self.environ: Mapping[str, str] = {
            **{
                key: value
                for key, value in os.environ.items()
                if key not in ("DATABASE_URL", "GONGDI_DB_ROLE")
            },
            "DATA": str(data),
            "DEMO": "1" if demo else "0",
            "PORT": str(self.port),
            "GONGDI_HJ212_PORT": str(self.hj212_port),
            "GONGDI_HOST": "127.0.0.1",
        }
        self.lines: list[str] = []
        self._queue: queue.Queue[str | None] = queue.Queue()
        self.process = subprocess.Popen(
            list(command),
            cwd=cwd,
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_line(self, start: str, seconds: float) -> str:
        """Return the first line that begins with `start`; AssertionError with all lines when it does not come."""
        deadline = time.monotonic() + seconds
        seen = 0
        while True:
            while seen < len(self.lines):
                if self.lines[seen].startswith(start):
                    return self.lines[seen]
                seen += 1
            try:
                line = self._queue.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"没有等到“{start}”：\n" + "\n".join(self.lines))
            self.lines.append(line)

    def wait_ready(self, seconds: float = 180.0) -> float:
        """Wait for the ready line; returns the seconds since this call."""
        started = time.monotonic()
        assert self.wait_line("ready ", seconds) == f"ready http://127.0.0.1:{self.port}"
        return time.monotonic() - started

    def processes(self) -> dict[int, str]:
        """Return the processes under the launcher (it included): pid and command line."""
        parents = {pid: parent for pid in _pids() if (parent := _parent(pid)) is not None}
        found: dict[int, str] = {}
        for pid in parents:
            ancestor: int | None = pid
            while ancestor and ancestor != self.process.pid:
                ancestor = parents.get(ancestor)
            if ancestor:
                found[pid] = command_line(pid)
        return found

    def stop(self, number: int = signal.SIGINT, group: bool = False) -> float:
        """Send a signal to the launcher (or its whole group) and wait; returns the seconds it took."""
        started = time.monotonic()
        if group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        self.process.wait(30)
        self.close()
        return time.monotonic() - started

    def kill_everything(self) -> None:
        """kill -9 of every process of the system."""
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(30)
        self.close()

    def close(self) -> None:
        """Let go of the output of a process that has ended."""
        self._reader.join(10)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _read(self) -> None:
        stream = self.process.stdout
        for line in stream or ():
            self._queue.put(line.rstrip("\n"))
        self._queue.put(None)


def still_alive(pids: Mapping[int, str], seconds: float = 3.0) -> dict[int, str]:
    """Return those of `pids` that are still running the same command after waiting up to `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        left = {pid: line for pid, line in pids.items() if line and command_line(pid) == line}
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def command_line(pid: int) -> str:
    """Return the command line of a live process, empty for none or a zombie."""
    try:
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        )
    except OSError:
        return ""


def pss_bytes(pids: Mapping[int, str]) -> int:
    """Return the proportional memory (PSS) of processes together."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:"))
    return total


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    except OSError:
        return None
