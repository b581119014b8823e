"""对设备下命令的小状态机：一次一条，等 9011 和 9012，超时最多重发三次。"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

ACCEPTED = 1
DONE = 1
NO_DATA = 100
RESULTS = ("done", "no_data", "refused", "failed", "no_answer", "interrupted")


@dataclass(slots=True)
class Command:
    """One order to a device (命令); `build` turns a QN and the moment into the frame to send.

    `begins` and `ends` are epoch seconds of a history request, `None` otherwise; `row` is the id in
    `gateway_command` or `None`.
    """

    cn: int
    build: Callable[[str, datetime], bytes]
    begins: float | None = None
    ends: float | None = None
    row: int | None = None
    tries: int = 0
    qn: str = ""
    deadline: float = 0.0
    accepted: bool = False

    @property
    def is_history(self) -> bool:
        """Tell a history request (补传请求) from a setting."""
        return self.begins is not None


@dataclass(slots=True)
class Outcome:
    """How a command ended: one of `RESULTS`."""

    command: Command
    result: str


@dataclass(slots=True)
class Commander:
    """Commands of one device: a queue, one in flight. Times are epoch seconds, passed in."""

    over_time: float = 10.0
    retries: int = 3
    patience: float = 60.0
    queue: deque[Command] = field(default_factory=deque)
    current: Command | None = None
    last_qn: int = 0

    def push(self, command: Command) -> None:
        """Queue a command; a history request already queued for the same span is not doubled."""
        waiting = [*self.queue, self.current] if self.current else list(self.queue)
        if command.is_history and command.row is None:
            span = (command.cn, command.begins, command.ends)
            if any((c.cn, c.begins, c.ends) == span for c in waiting):
                return
        self.queue.append(command)

    def pump(self, now: float, moment: datetime) -> bytes | None:
        """Return the next frame to send, if none is in flight; `moment` is `now` in Beijing time."""
        if self.current is None and self.queue:
            self.current = self.queue.popleft()
            return self._send(now, moment)
        return None

    def _send(self, now: float, moment: datetime) -> bytes:
        command = self.current
        assert command is not None
        number = max(
            self.last_qn + 1, int(moment.strftime("%Y%m%d%H%M%S") + f"{moment.microsecond // 1000:03d}")
        )
        self.last_qn = number
        command.qn = str(number)
        command.tries += 1
        command.deadline = now + self.over_time
        return command.build(command.qn, moment)

    def awaits(self, qn: str) -> bool:
        """Say whether an answer with this QN belongs to the command in flight (2005 answers may lack it)."""
        return self.current is not None and qn in ("", self.current.qn)

    def request_answered(self, qn: str, code: int, now: float) -> Outcome | None:
        """Take a 9011 with its QnRtn."""
        if not self.awaits(qn):
            return None
        assert self.current is not None
        if code != ACCEPTED:
            return self._end("refused")
        self.current.accepted = True
        self.current.deadline = now + self.patience
        return None

    def executed(self, qn: str, code: int) -> Outcome | None:
        """Take a 9012 with its ExeRtn."""
        if not self.awaits(qn):
            return None
        return self._end({DONE: "done", NO_DATA: "no_data"}.get(code, "failed"))

    def data_arrived(self, at: float, now: float) -> bool:
        """Say whether data of time `at` answers the history request in flight, and wait on if so."""
        command = self.current
        if command is None or command.begins is None or command.ends is None:
            return False
        if not command.begins <= at <= command.ends:
            return False
        command.accepted = True
        command.deadline = now + self.patience
        return True

    def tick(self, now: float, moment: datetime) -> bytes | Outcome | None:
        """Repeat or give up a command whose time is over."""
        command = self.current
        if command is None or now < command.deadline:
            return None
        if command.accepted:
            return self._end("done" if command.is_history else "failed")
        if command.tries >= self.retries:
            return self._end("no_answer")
        return self._send(now, moment)

    def interrupted(self) -> list[Outcome]:
        """The link is gone: everything waiting ends here and is asked anew after the next contact."""
        waiting = [*([self.current] if self.current else []), *self.queue]
        self.queue.clear()
        self.current = None
        return [Outcome(command, "interrupted") for command in waiting]

    def _end(self, result: str) -> Outcome:
        command, self.current = self.current, None
        assert command is not None
        return Outcome(command, result)
