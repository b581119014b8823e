"""看护：被杀的进程会重新启动并说明，停下时不留任何进程。"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from gongdi.cli.launcher.children import Spawn, start
from gongdi.cli.launcher.supervisor import Child, Supervisor


def _sleeper(code: str = "import time; time.sleep(60)") -> Callable[[], "subprocess.Popen[bytes]"]:
    return lambda: start([sys.executable, "-c", code], Spawn(output=subprocess.DEVNULL))


def _supervisor() -> tuple[Supervisor, list[str]]:
    said: list[str] = []
    return Supervisor(said.append, lambda pids: None), said


def _until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def _look(supervisor: Supervisor) -> bool:
    supervisor.look()
    return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_child_is_restarted_and_said() -> None:
    supervisor, said = _supervisor()
    child = Child("gongdi web", _sleeper())
    supervisor.add(child)
    assert child.process is not None
    first = child.process
    os.kill(first.pid, signal.SIGKILL)
    assert _until(lambda: _look(supervisor) and child.process is not first)
    assert child.process is not None
    assert len(said) == 2
    assert "信号 9" in said[0]
    assert str(child.process.pid) in said[1]
    supervisor.stop([child], 2)


def test_a_child_that_fails_again_and_again_waits_longer() -> None:
    supervisor, said = _supervisor()
    child = Child("gongdi web", _sleeper("raise SystemExit(3)"))
    supervisor.add(child)
    assert _until(lambda: _look(supervisor) and len(said) >= 5)
    waits = [line for line in said if "退出码 3" in line]
    assert "现在" in waits[0]
    assert "0.5 秒" in waits[1]
    assert "1 秒" in waits[2]
    supervisor.stop([child], 2)


def test_stopping_leaves_no_descendant_even_of_a_deaf_child() -> None:
    supervisor, _ = _supervisor()
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    child = Child("deaf", lambda: start([sys.executable, "-c", code], Spawn(output=subprocess.PIPE)))
    supervisor.add(child)
    assert child.process is not None
    assert child.process.stdout is not None
    grandchild = int(child.process.stdout.readline())
    pid = child.process.pid
    started = time.monotonic()
    supervisor.stop([child], 0.3)
    child.process.stdout.close()
    assert time.monotonic() - started < 3
    assert not _alive(pid)
    assert _until(lambda: not _alive(grandchild))


def test_children_die_with_a_killed_launcher() -> None:
    code = (
        "import subprocess, sys, time\n"
        "from gongdi.cli.launcher.children import Spawn, start\n"
        "child = start([sys.executable, '-c', 'import time; time.sleep(60)'], Spawn(output=subprocess.DEVNULL))\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as launcher:
        assert launcher.stdout is not None
        child = int(launcher.stdout.readline())
        launcher.kill()
    assert _until(lambda: not _alive(child))
