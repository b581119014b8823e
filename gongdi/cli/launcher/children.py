"""子进程：以指定账号启动，随启动器一起结束。"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    """The operating system account a child runs as; `None` fields mean the present one."""

    uid: int | None = None
    gid: int | None = None
    name: str = ""

    @property
    def other(self) -> bool:
        return self.uid is not None


SELF = Account()


@dataclass(frozen=True)
class Spawn:
    """What a child needs besides its command line.

    `death_signal` reaches it when the launcher dies without stopping it: killing is safe, what was acknowledged
    is committed, and a process that waits for the vanished database would never end by itself.
    """

    account: Account = SELF
    environ: Mapping[str, str] | None = None
    cwd: Path | None = None
    output: IO[bytes] | int | None = None
    pass_fds: tuple[int, ...] = ()
    death_signal: int | None = signal.SIGKILL


def start(command: Sequence[str | Path], how: Spawn) -> "subprocess.Popen[bytes]":
    """Start a child in a session of its own; it gets `death_signal` when the launcher dies (Linux)."""
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=how.output,
        stderr=subprocess.STDOUT if how.output is not None else None,
        env=dict(how.environ) if how.environ is not None else None,
        cwd=how.cwd,
        start_new_session=True,
        pass_fds=how.pass_fds,
        user=how.account.uid,
        group=how.account.gid,
        extra_groups=[] if how.account.other else None,
        umask=0o077 if how.account.other else -1,
        preexec_fn=_before_exec(how.death_signal),
    )


def run_as(
    account: Account, command: Sequence[str | Path], given: str = ""
) -> "subprocess.CompletedProcess[str]":
    """Run a short command as an account, `given` on its stdin; return its text output, whatever its exit code."""
    return subprocess.run(
        [str(part) for part in command],
        input=given,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        user=account.uid,
        group=account.gid,
        extra_groups=[] if account.other else None,
        umask=0o077 if account.other else -1,
    )


def _before_exec(death_signal: int | None) -> Callable[[], None]:
    parent = os.getpid()

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        if _LIBC is not None and death_signal is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:
                os.kill(os.getpid(), death_signal)

    return prepare
