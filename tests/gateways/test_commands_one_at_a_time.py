"""命令状态机：一次一条，9011 与 9012，超时重发不超过三次，断线即中断。"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gongdi.gateways.commander import Command, Commander, Outcome
from gongdi.gateways.decisions import Answered, Send
from tests.gateways.packets import (
    LIMITS,
    NOON,
    NOW,
    house,
    live,
    minute,
    minutes_before,
    realtime,
    session,
)
from tests.gateways.process import command_fields, reply


@dataclass
class Desk:
    """A commander with a clock that is moved by hand."""

    commander: Commander = field(default_factory=lambda: Commander(over_time=10, retries=3, patience=60))
    now: float = NOW

    def push(self, cn: int, span: tuple[float, float] | None = None) -> Command:
        """Queue a command whose frame is its QN."""
        begins, ends = span or (None, None)
        command = Command(cn, lambda qn, _moment: qn.encode(), begins=begins, ends=ends)
        self.commander.push(command)
        return command

    @property
    def moment(self) -> datetime:
        return NOON + timedelta(seconds=self.now - NOW)

    def pump(self) -> bytes | None:
        """Send the next, if any."""
        return self.commander.pump(self.now, self.moment)

    def tick(self, seconds: float) -> bytes | Outcome | None:
        """Let time pass."""
        self.now += seconds
        return self.commander.tick(self.now, self.moment)


def test_the_second_waits_for_the_end_of_the_first() -> None:
    desk = Desk()
    first = desk.push(1000)
    desk.push(1062)
    assert desk.pump() == first.qn.encode()
    assert desk.pump() is None
    assert desk.commander.request_answered(first.qn, 1, desk.now) is None
    assert desk.commander.executed(first.qn, 1) == Outcome(first, "done")
    assert desk.pump() is not None


def test_silence_is_asked_three_times_and_then_given_up() -> None:
    desk = Desk()
    command = desk.push(2051, (NOW - 600, NOW - 60))
    sent = [desk.pump(), desk.tick(11), desk.tick(11)]
    assert len(set(sent)) == 3
    assert desk.tick(5) is None
    assert desk.tick(6) == Outcome(command, "no_answer")


def test_results_have_names() -> None:
    for code, result in ((1, "done"), (100, "no_data"), (2, "failed")):
        desk = Desk()
        command = desk.push(2051, (0, 1))
        desk.pump()
        assert desk.commander.executed(command.qn, code) == Outcome(command, result)
    desk = Desk()
    command = desk.push(1012)
    desk.pump()
    assert desk.commander.request_answered(command.qn, 3, desk.now) == Outcome(command, "refused")


def test_an_answer_to_another_request_is_not_ours() -> None:
    desk = Desk()
    desk.push(1012)
    desk.pump()
    assert desk.commander.executed("20200101000000000", 1) is None
    assert desk.commander.current is not None


def test_arriving_history_keeps_the_request_alive_without_9011_or_9012() -> None:
    desk = Desk()
    command = desk.push(2051, (NOW - 600, NOW - 60))
    desk.pump()
    assert desk.commander.data_arrived(NOW - 600, desk.now)
    assert not desk.commander.data_arrived(NOW - 601, desk.now)
    assert desk.tick(59) is None
    assert desk.tick(2) == Outcome(command, "done")


def test_a_lost_link_ends_everything_that_waits() -> None:
    desk = Desk()
    commands = [desk.push(1000), desk.push(1062)]
    desk.pump()
    assert desk.commander.interrupted() == [Outcome(command, "interrupted") for command in commands]
    assert desk.pump() is None


def test_the_same_history_is_not_queued_twice() -> None:
    desk = Desk()
    desk.push(2051, (0, 60))
    desk.push(2051, (0, 60))
    assert len(desk.commander.queue) == 1


def sent(decisions: list[object]) -> list[dict[str, str]]:
    """Fields of the commands among decisions."""
    return [command_fields(decision.data[6:-6]) for decision in decisions if isinstance(decision, Send)]


def test_first_contact_waits_and_goes_to_2017_devices_only() -> None:
    for flag, expected in (("5", ["1000"]), ("1", [])):
        shared = house()
        link = session(shared)
        assert not sent([*link.feed(minute(minutes_before(1), flag=flag), NOW)])
        assert not sent([*link.tick(NOW + LIMITS.first_contact_s - 1)])
        orders = sent([*link.tick(NOW + LIMITS.first_contact_s)])
        assert [order["CN"] for order in orders] == expected


def test_a_skewed_clock_is_set_at_most_hourly() -> None:
    shared = house()
    link = session(shared)
    live(shared).configured_at = NOW
    for second in range(3):
        link.feed(realtime(NOON - timedelta(minutes=5)), NOW + second)
    (order,) = sent([*link.tick(NOW + 3)])
    assert order["CN"] == "1012"
    assert order["SystemTime"] == f"{NOON + timedelta(seconds=3):%Y%m%d%H%M%S}"
    done = link.feed(reply(9012, order, "ExeRtn=1"), NOW + 4)
    assert [answered.outcome.result for answered in done if isinstance(answered, Answered)] == ["done"]
    for second in range(3):
        link.feed(realtime(NOON - timedelta(minutes=5)), NOW + 60 + second)
    assert not sent([*link.tick(NOW + 70)])
