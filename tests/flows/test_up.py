"""一次完整的运行：启动、被杀的子进程重启、停下后不留进程。"""

import os
import shutil
import signal
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.running import System, pss_bytes, still_alive


@pytest.fixture
def data() -> Iterator[Path]:
    """Yield a data directory of its own that any account can reach."""
    folder = Path(tempfile.mkdtemp(prefix="gongdi-up-"))
    folder.chmod(0o711)
    yield folder / "data"
    shutil.rmtree(folder)


def _status(system: System) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{system.port}/healthz", timeout=5) as answer:
        return int(answer.status)


def _find(system: System, words: str) -> list[int]:
    return [pid for pid, line in system.processes().items() if words in line]


def test_it_starts_heals_a_killed_child_and_stops(data: Path) -> None:
    system = System(data, demo=False)
    system.wait_ready()
    assert _status(system) == 200
    assert [line for line in system.lines if line.startswith("account ")]
    everything = system.processes()
    assert pss_bytes(everything) < 700_000_000
    web = _find(system, "gongdi web")
    assert len(web) == 2
    os.kill(web[0], signal.SIGKILL)
    system.wait_line("gongdi web 1 已重新启动", 10)
    assert _status(system) == 200
    everything |= system.processes()
    assert system.stop(signal.SIGINT) < 10
    assert system.process.returncode == 0
    assert still_alive(everything) == {}


@pytest.mark.deep
def test_after_kill_9_of_everything_the_next_start_heals(data: Path) -> None:
    first = System(data, demo=False)
    first.wait_ready()
    everything = first.processes()
    first.kill_everything()
    assert still_alive(everything) == {}
    second = System(data, demo=False)
    assert second.wait_ready() < 10
    assert _status(second) == 200
    assert second.stop(signal.SIGTERM, group=True) < 10


@pytest.mark.deep
def test_a_killed_launcher_takes_everything_with_it(data: Path) -> None:
    system = System(data, demo=False)
    system.wait_ready()
    everything = system.processes()
    system.stop(signal.SIGKILL)
    assert still_alive(everything, 10) == {}


@pytest.mark.deep
def test_a_killed_database_is_restarted(data: Path) -> None:
    system = System(data, demo=False)
    system.wait_ready()
    [server] = _find(system, "-D " + str(data))
    os.kill(server, signal.SIGKILL)
    system.wait_line("postgres 已重新启动", 15)
    for _ in range(100):
        try:
            assert _status(system) == 200
            break
        except OSError:
            signal.sigtimedwait([], 0.2)
    assert _status(system) == 200
    assert system.stop(signal.SIGTERM) < 10


@pytest.mark.deep
def test_a_second_start_on_the_same_data_is_refused(data: Path) -> None:
    system = System(data, demo=False)
    system.wait_ready()
    second = System(data, demo=False)
    second.process.wait(20)
    assert second.process.returncode == 2
    with pytest.raises(AssertionError, match="已在运行"):
        second.wait_line("ready", 1)
    second.close()
    assert _status(system) == 200
    system.stop()


@pytest.mark.deep
@pytest.mark.parametrize("seconds", [0.2, 0.6, 1.0, 1.5, 2.5, 4.0])
def test_a_signal_while_starting_stops_it_too(data: Path, seconds: float) -> None:
    system = System(data, demo=False)
    signal.sigtimedwait([], seconds)
    everything = system.processes()
    assert system.stop(signal.SIGTERM) < 10
    assert still_alive(everything) == {}
    again = System(data, demo=False)
    again.wait_ready()
    again.stop()
