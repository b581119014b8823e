"""命令的时序表：每一步给什么、等多久、该发什么、最后怎样收场。"""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from gongdi.gateways.commander import RESULTS, Command, Commander, Outcome
from tests.gateways.packets import NOON, NOW

SPAN = (NOW - 3600, NOW - 60)
OVER, PATIENCE = 10, 60

# Steps of one command: ("pump",), ("wait", s), ("9011", code), ("9012", code), ("data", seconds before now), ("lost",).
# Expected after each: "sent", None, or a result of RESULTS.
Step = tuple[str, float] | tuple[str]
SETTING: dict[str, list[tuple[Step, str | None]]] = {
    "answered at once": [(("pump",), "sent"), (("9011", 1), None), (("9012", 1), "done")],
    "result without request answer": [(("pump",), "sent"), (("9012", 1), "done")],
    "refused": [(("pump",), "sent"), (("9011", 2), "refused")],
    "password error": [(("pump",), "sent"), (("9011", 3), "refused")],
    "unknown request code": [(("pump",), "sent"), (("9011", 0), "refused")],
    "failed": [(("pump",), "sent"), (("9011", 1), None), (("9012", 2), "failed")],
    "busy": [(("pump",), "sent"), (("9011", 1), None), (("9012", 5), "failed")],
    "unknown result": [(("pump",), "sent"), (("9012", 0), "failed")],
    "silence": [
        (("pump",), "sent"),
        (("wait", OVER), "sent"),
        (("wait", OVER), "sent"),
        (("wait", OVER), "no_answer"),
    ],
    "answer after the first repeat": [
        (("pump",), "sent"),
        (("wait", OVER), "sent"),
        (("9011", 1), None),
        (("9012", 1), "done"),
    ],
    "not yet": [(("pump",), "sent"), (("wait", OVER - 1), None), (("wait", 1), "sent")],
    "accepted and never done": [
        (("pump",), "sent"),
        (("9011", 1), None),
        (("wait", PATIENCE - 1), None),
        (("wait", 1), "failed"),
    ],
    "accepted is never repeated": [(("pump",), "sent"), (("9011", 1), None), (("wait", OVER * 2), None)],
    "data is no answer to a setting": [(("pump",), "sent"), (("data", 600), None), (("wait", OVER), "sent")],
    "link lost": [(("pump",), "sent"), (("9011", 1), None), (("lost",), "interrupted")],
}
HISTORY: dict[str, list[tuple[Step, str | None]]] = {
    "data and result": [
        (("pump",), "sent"),
        (("9011", 1), None),
        (("data", 3600), "live"),
        (("data", 60), "live"),
        (("9012", 1), "done"),
    ],
    "nothing stored": [(("pump",), "sent"), (("9011", 1), None), (("9012", 100), "no_data")],
    "refused": [(("pump",), "sent"), (("9011", 8), "refused")],
    "data without any answer": [
        (("pump",), "sent"),
        (("data", 3600), "live"),
        (("wait", PATIENCE - 1), None),
        (("data", 1800), "live"),
        (("wait", PATIENCE - 1), None),
        (("wait", 1), "done"),
    ],
    "data outside the span": [(("pump",), "sent"), (("data", 3601), None), (("data", 59), None)],
    "silence": [
        (("pump",), "sent"),
        (("wait", OVER), "sent"),
        (("wait", OVER), "sent"),
        (("wait", OVER), "no_answer"),
    ],
    "link lost in the middle": [(("pump",), "sent"), (("data", 600), "live"), (("lost",), "interrupted")],
}


@dataclass
class Play:
    """One commander, its clock and the QN on the wire."""

    commander: Commander
    now: float = NOW
    qn: str = ""

    def step(self, step: Step) -> str | None:
        """Play one step; what came of it."""
        kind, value = step[0], float(step[1]) if len(step) > 1 else 0.0
        moment = NOON + timedelta(seconds=self.now - NOW)
        if kind == "pump":
            return self._seen(self.commander.pump(self.now, moment))
        if kind == "wait":
            self.now += value
            return self._seen(self.commander.tick(self.now, moment + timedelta(seconds=value)))
        if kind == "9011":
            return self._seen(self.commander.request_answered(self.qn, int(value), self.now))
        if kind == "9012":
            return self._seen(self.commander.executed(self.qn, int(value)))
        if kind == "data":
            return "live" if self.commander.data_arrived(NOW - value, self.now) else None
        outcomes = self.commander.interrupted()
        return outcomes[0].result if outcomes else None

    def _seen(self, came: bytes | Outcome | None) -> str | None:
        if isinstance(came, bytes):
            self.qn = came.decode()
            return "sent"
        return came.result if came else None


def play(steps: list[tuple[Step, str | None]], span: tuple[float, float] | None) -> None:
    commander = Commander(over_time=OVER, retries=3, patience=PATIENCE)
    begins, ends = span or (None, None)
    commander.push(Command(2051 if span else 1012, lambda qn, _: qn.encode(), begins=begins, ends=ends))
    held = Play(commander)
    for number, (step, expected) in enumerate(steps):
        assert held.step(step) == expected, (number, step)
    last = steps[-1][1]
    assert (commander.current is None) == (last in RESULTS)


@pytest.mark.parametrize("name", SETTING)
def test_a_setting_ends_as_the_table_says(name: str) -> None:
    play(SETTING[name], None)


@pytest.mark.parametrize("name", HISTORY)
def test_a_history_request_ends_as_the_table_says(name: str) -> None:
    play(HISTORY[name], SPAN)


def test_every_result_is_in_a_table() -> None:
    shown = {outcome for steps in (*SETTING.values(), *HISTORY.values()) for _, outcome in steps}
    assert shown >= set(RESULTS)


def test_request_numbers_never_repeat_even_when_the_clock_stands_or_goes_back() -> None:
    commander = Commander(over_time=0, retries=50)
    for _ in range(3):
        commander.push(Command(1012, lambda qn, _: qn.encode()))
    sent = [commander.pump(NOW, NOON)]
    for second in (0, 0, -3600, -86_400, 5):
        sent.append(commander.tick(NOW + 1, NOON + timedelta(seconds=second)))  # type: ignore[arg-type]
    numbers = [int(qn or b"") for qn in sent]
    assert numbers == sorted(set(numbers))
    assert all(len(str(number)) == 17 for number in numbers)


@pytest.mark.parametrize("retries", [1, 2, 3, 5])
def test_a_command_is_sent_as_often_as_the_policy_says(retries: int) -> None:
    commander = Commander(over_time=OVER, retries=retries)
    commander.push(Command(1012, lambda qn, _: qn.encode()))
    sent, now = 0, NOW
    step: bytes | Outcome | None = commander.pump(now, NOON)
    while isinstance(step, bytes):
        sent, now = sent + 1, now + OVER
        step = commander.tick(now, NOON + timedelta(seconds=now - NOW))
    assert sent == retries
    assert isinstance(step, Outcome)
    assert step.result == "no_answer"


def test_an_old_answer_ends_nothing() -> None:
    """After a repeat the answer to the first sending carries a number nobody waits for."""
    commander = Commander(over_time=OVER)
    commander.push(Command(1012, lambda qn, _: qn.encode()))
    first = commander.pump(NOW, NOON)
    assert first is not None
    commander.tick(NOW + OVER, NOON + timedelta(seconds=OVER))
    assert commander.executed(first.decode(), 1) is None
    assert commander.request_answered(first.decode(), 3, NOW) is None
    assert commander.current is not None


def test_a_2005_answer_without_number_belongs_to_the_command_in_flight() -> None:
    commander = Commander()
    assert commander.executed("", 1) is None
    commander.push(Command(1012, lambda qn, _: qn.encode()))
    assert commander.executed("", 1) is None
    commander.pump(NOW, NOON)
    outcome = commander.executed("", 1)
    assert outcome is not None
    assert outcome.result == "done"


def test_commands_leave_in_the_order_they_came() -> None:
    commander = Commander()
    for cn in (1000, 1062, 1064, 1012):
        commander.push(Command(cn, lambda qn, _: qn.encode()))
    seen = []
    while commander.pump(NOW, NOON):
        outcome = commander.executed("", 1)
        assert outcome is not None
        seen.append(outcome.command.cn)
    assert seen == [1000, 1062, 1064, 1012]


def test_a_request_of_a_page_is_sent_even_when_the_same_span_is_queued() -> None:
    """A row of the command table must get its own result; only the gateway's own requests are merged."""
    commander = Commander()
    for row in (None, None, 17, 18):
        commander.push(Command(2051, lambda qn, _: qn.encode(), begins=SPAN[0], ends=SPAN[1], row=row))
    assert [command.row for command in commander.queue] == [None, 17, 18]


def test_the_same_span_of_hours_and_of_minutes_are_two_requests() -> None:
    commander = Commander()
    for cn in (2051, 2061, 2051):
        commander.push(Command(cn, lambda qn, _: qn.encode(), begins=SPAN[0], ends=SPAN[1]))
    assert [command.cn for command in commander.queue] == [2051, 2061]


def test_a_span_in_flight_is_not_queued_again_but_may_be_asked_after_its_end() -> None:
    commander = Commander()
    asked = [Command(2051, lambda qn, _: qn.encode(), begins=SPAN[0], ends=SPAN[1]) for _ in range(3)]
    commander.push(asked[0])
    commander.pump(NOW, NOON)
    commander.push(asked[1])
    assert not commander.queue
    commander.executed("", 100)
    commander.push(asked[2])
    assert list(commander.queue) == [asked[2]]
