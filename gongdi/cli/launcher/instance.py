"""一个数据目录只启动一次：加锁，并清理上次被强行杀死后的遗留进程。"""

import contextlib
import fcntl
import json
import os
import signal
import time
from pathlib import Path
from typing import IO

from gongdi.config.load import ConfigError
from gongdi.config.secrets import write_private

_PATIENCE = 5.0


def lock(data: Path) -> IO[str]:
    """Take the launcher's lock of a data directory, held while the returned file is open."""
    stream = (data / "launcher.lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.seek(0)
        owner = stream.read().strip() or "?"
        stream.close()
        raise ConfigError(
            f"数据目录 {data} 的系统已在运行（进程 {owner}），请先停掉它，或换一个 DATA。"
        ) from None
    stream.truncate(0)
    stream.write(str(os.getpid()))
    stream.flush()
    return stream


def is_running(data: Path) -> bool:
    """Say whether a launcher runs on this data directory."""
    try:
        stream = (data / "launcher.lock").open("r", encoding="ascii")
    except FileNotFoundError:
        return False
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def remember(data: Path, pids: list[int]) -> None:
    """Write down the children with their start times, so that the next start can clean up after a kill -9."""
    children = {str(pid): started for pid in pids if (started := _start_time(pid)) is not None}
    write_private(data / "children.json", json.dumps(children))


def end_leftovers(data: Path) -> int:
    """End the children of a launcher that was killed; returns how many were still there."""
    try:
        known = json.loads((data / "children.json").read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return 0
    left = [int(pid) for pid, started in known.items() if _start_time(int(pid)) == started]
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + _PATIENCE
        alive = [pid for pid in left if _start_time(pid) == known[str(pid)]]
        for pid in alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, number)
        while time.monotonic() < deadline and any(_start_time(pid) == known[str(pid)] for pid in alive):
            time.sleep(0.05)
    return len(left)


def _start_time(pid: int) -> str | None:
    """Start time of a live process in clock ticks since boot (field 22 of /proc/PID/stat); None for a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]
