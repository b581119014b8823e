"""看护：启动各进程，意外结束的重新启动并说明，收到停止信号后按次序停下。"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
CALM = 60.0

Start = Callable[[], "subprocess.Popen[bytes]"]


@dataclass
class Child:
    """One process of the system: how to start it and its running instance."""

    name: str
    start: Start
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    failures: int = 0
    retry_at: float = field(default=0.0)

    def launch(self, now: float) -> None:
        """Start the process at monotonic time `now` (seconds)."""
        self.process = self.start()
        self.started_at = now

    def ended(self) -> int | None:
        """Return the exit code of a process that has ended, else None."""
        return self.process.poll() if self.process is not None else None


class Supervisor:
    """Keeps the children alive until told to stop; `say` gets one Chinese line per event."""

    def __init__(self, say: Callable[[str], None], changed: Callable[[list[int]], None]) -> None:
        self._say = say
        self._changed = changed
        self.children: list[Child] = []

    def add(self, child: Child) -> None:
        """Start a child and keep it from now on."""
        child.launch(time.monotonic())
        self.children.append(child)
        self._tell()

    def look(self) -> None:
        """Look at every child once: say who ended, restart whose waiting time is over."""
        now = time.monotonic()
        for child in self.children:
            code = child.ended()
            if code is not None:
                self._bury(child, code, now)
            if child.process is None and now >= child.retry_at:
                self._restart(child, now)

    def stop(self, children: Iterable[Child], seconds: float) -> None:
        """Ask children to stop, together; after `seconds` they and their descendants are killed."""
        wanted = list(children)
        for child in wanted:
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + seconds
        running = [child for child in wanted if child.process is not None]
        while time.monotonic() < deadline and any(child.ended() is None for child in running):
            time.sleep(0.02)
        for child in wanted:
            _kill_group(child)
            self.children.remove(child)

    def _bury(self, child: Child, code: int, now: float) -> None:
        if now - child.started_at > CALM:
            child.failures = 0
        wait = 0.0 if child.failures == 0 else min(FIRST_WAIT * 2 ** (child.failures - 1), LONGEST_WAIT)
        child.failures += 1
        child.retry_at = now + wait
        pid = child.process.pid if child.process is not None else 0
        how = f"信号 {-code}" if code < 0 else f"退出码 {code}"
        later = f"{wait:g} 秒后重新启动" if wait else "现在重新启动"
        _kill_group(child)
        child.process = None
        self._say(f"{child.name}（进程 {pid}）意外结束（{how}），{later}")

    def _restart(self, child: Child, now: float) -> None:
        child.launch(now)
        if child.process is not None:
            self._say(f"{child.name} 已重新启动（进程 {child.process.pid}）")
        self._tell()

    def _tell(self) -> None:
        self._changed([child.process.pid for child in self.children if child.process is not None])


def _signal(child: Child, number: int) -> None:
    if child.process is not None:
        with contextlib.suppress(ProcessLookupError):
            child.process.send_signal(number)


def _kill_group(child: Child) -> None:
    """Kill what is left of the child's process group (it leads one) and reap the child."""
    if child.process is None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.process.wait(3)
