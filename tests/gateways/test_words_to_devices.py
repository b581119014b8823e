"""网关对设备说的话：首次联系、校时、补传、心跳与杂项应答，2005、2017、2025 三版各有原文。"""

from dataclasses import replace
from datetime import datetime

import pytest

from gongdi.gateways.devices import Live, Registry
from gongdi.gateways.orders import (
    CONFIGURE_EVERY_S,
    answer_to,
    clock_command,
    first_contact,
    heartbeat_echo,
    history_command,
    number_in_area,
)
from gongdi.protocols.hj212.frames import Frame, judge_line
from tests.gateways.packets import BEIJING, LIMITS, MN, NOON, NOW, PASSWORD, device

QN = "20261125120030000"
FLAG = {2005: "1", 2017: "5", 2025: "9"}


def known(edition: int, **changes: object) -> Live:
    """A device that has spoken in an edition."""
    registry = Registry(LIMITS)
    registry.replace([device(**changes)], NOW)  # type: ignore[arg-type]
    live = registry.by_mn[MN]
    live.edition, live.st = edition, "39"
    return live


def text(packet: bytes) -> str:
    """Segment of a right packet."""
    assert isinstance(judge_line(packet), Frame)
    return packet[6:-6].decode()


def expected(edition: int, cn: int, area: str) -> str:
    return f"QN={QN};ST=39;CN={cn};PW={PASSWORD};MN={MN};Flag={FLAG[edition]};CP=&&{area}&&"


# edition, reporting interval, own realtime interval -> commands of the first contact
FIRST = [
    (2005, 1, None, ["OverTime=10;ReCount=3"]),
    (2017, 1, None, ["OverTime=10;ReCount=3", "RtdInterval=30", "MinInterval=1"]),
    (2017, 10, None, ["OverTime=10;ReCount=3", "RtdInterval=30", "MinInterval=10"]),
    (2017, 60, None, ["OverTime=10;ReCount=3", "RtdInterval=30"]),
    (2017, 1, 120, ["OverTime=10;ReCount=3", "RtdInterval=120", "MinInterval=1"]),
    (2025, 5, None, ["OverTime=10;ReCount=3", "RtdInterval=30", "MinInterval=5"]),
]
CN_OF = {"OverTime": 1000, "RtdInterval": 1062, "MinInterval": 1064}


@pytest.mark.parametrize(("edition", "interval", "realtime", "areas"), FIRST)
def test_first_contact_sets_what_the_edition_knows(
    edition: int, interval: int, realtime: int | None, areas: list[str]
) -> None:
    live = known(edition, interval_min=interval, realtime_s=realtime)
    found = [text(command.build(QN, NOON)) for command in first_contact(live, LIMITS, NOW)]
    assert found == [expected(edition, CN_OF[area.partition("=")[0]], area) for area in areas]


def test_first_contact_is_once_a_day_however_often_the_link_breaks() -> None:
    live = known(2017)
    assert first_contact(live, LIMITS, NOW)
    assert first_contact(live, LIMITS, NOW + CONFIGURE_EVERY_S - 1) == []
    assert first_contact(live, LIMITS, NOW + CONFIGURE_EVERY_S)


def test_first_contact_uses_the_policy() -> None:
    limits = replace(LIMITS, over_time_s=5, retries=2, realtime_s=300)
    words = [text(command.build(QN, NOON)) for command in first_contact(known(2017), limits, NOW)]
    assert "OverTime=5;ReCount=2" in words[0]
    assert "RtdInterval=300" in words[1]


@pytest.mark.parametrize("edition", FLAG)
def test_the_clock_is_set_to_the_moment_of_sending(edition: int) -> None:
    command = clock_command(known(edition))
    later = datetime(2026, 11, 25, 12, 0, 41, tzinfo=BEIJING)
    assert text(command.build(QN, later)) == expected(edition, 1012, "SystemTime=20261125120041")
    assert not command.is_history


@pytest.mark.parametrize("remembered", [0, *FLAG])
@pytest.mark.parametrize("edition", FLAG)
def test_the_clock_is_set_in_the_edition_of_who_asked(remembered: int, edition: int) -> None:
    words = text(clock_command(known(remembered), edition).build(QN, NOON))
    assert words == expected(edition, 1012, "SystemTime=20261125120030")


@pytest.mark.parametrize(("edition", "separator"), [(2005, ","), (2017, ";"), (2025, ";")])
@pytest.mark.parametrize("cn", [2051, 2061])
def test_a_history_request_names_first_and_last_minute(edition: int, separator: str, cn: int) -> None:
    begin = datetime(2026, 11, 25, 8, 0, tzinfo=BEIJING).timestamp()
    command = history_command(known(edition), cn, (begin, begin + 540), row=9)
    area = f"BeginTime=20261125080000{separator}EndTime=20261125080900"
    assert text(command.build(QN, NOON)) == expected(edition, cn, area)
    assert (command.begins, command.ends, command.row, command.is_history) == (begin, begin + 540, 9, True)


def test_a_device_not_heard_yet_is_addressed_as_a_dust_monitor_of_2017() -> None:
    live = known(0)
    live.st = ""
    assert text(clock_command(live).build(QN, NOON)).startswith(f"QN={QN};ST=39;CN=1012;")
    assert "Flag=5" in text(clock_command(live).build(QN, NOON))


def test_a_device_is_addressed_by_its_own_system_code() -> None:
    live = known(2017)
    live.st = "22"
    assert ";ST=22;" in text(clock_command(live).build(QN, NOON))


HEARTBEATS = [
    ({"QN": "7", "ST": "39", "CN": "9021", "PW": "p", "MN": "M", "Flag": "4"}, "QN=7;ST=91;CN=9021;PW=p;MN=M;Flag=4;CP=&&&&"),
    ({"QN": "7", "ST": "39", "CN": "9021", "PW": "p", "MN": "M", "Flag": "1"}, "QN=7;ST=91;CN=9021;PW=p;MN=M;Flag=0;CP=&&&&"),
    ({"ST": "39", "CN": "9021", "PW": "p", "MN": "M"}, "ST=91;CN=9021;PW=p;MN=M;Flag=0;CP=&&&&"),
    ({"QN": "7", "ST": "39", "CN": "3023", "PW": "p", "MN": "M", "Flag": "5"}, "QN=7;ST=91;CN=3023;PW=p;MN=M;Flag=4;CP=&&&&"),
    ({"QN": "7", "ST": "39", "CN": "9015", "PW": "p", "MN": "M", "Flag": "9"}, "QN=7;ST=91;CN=9015;PW=p;MN=M;Flag=8;CP=&&&&"),
    ({"QN": "7", "ST": "21", "CN": "9021", "PW": "p", "MN": "M", "Flag": "9"}, "QN=7;ST=91;CN=9021;PW=p;MN=M;Flag=4;CP=&&&&"),
]  # fmt: skip


@pytest.mark.parametrize(("header", "echo"), HEARTBEATS)
def test_a_heartbeat_is_echoed_in_the_form_of_its_sender(header: dict[str, str], echo: str) -> None:
    assert text(heartbeat_echo(header)) == echo


# CN and Flag of a frame that is only kept -> the answer after COMMIT
KEPT = [
    ("2021", "5", "9014"),
    ("2021", "4", None),
    ("2041", "5", "9014"),
    ("2081", "5", "9014"),
    ("2081", "1", "9014"),
    ("2081", "0", None),
    ("3019", "5", "9014"),
    ("3020", "9", "9014"),
    ("9011", "5", None),
    ("9012", "5", None),
    ("9013", "5", None),
    ("9014", "5", None),
    ("", "5", "9014"),
    ("2021", "", None),
    ("2021", "x", None),
]


@pytest.mark.parametrize(("cn", "flag", "answer"), KEPT)
def test_what_is_only_kept_is_answered_when_asked_and_answers_never(
    cn: str, flag: str, answer: str | None
) -> None:
    packet = answer_to({"QN": "7", "CN": cn, "PW": "p", "MN": "M", "Flag": flag}, 2017, b"")
    if answer is None:
        assert packet == b""
    else:
        assert f"CN={answer};" in text(packet)


# QN of the header, edition, CP area -> the number to repeat in the CP area of the answer
NUMBERS = [
    ("", 2005, "QN=7;DataTime=20261125120000", "7"),
    ("", 2005, "DataTime=20261125120000; QN =7", "7"),
    ("", 2005, "DataTime=20261125120000,QN=7,QN=8", "7"),
    ("", 2005, "DataTime=20261125120000;a34002-QN=7", None),
    ("", 2005, "", None),
    ("", 2005, "QN=" + "7" * 64, "7" * 64),
    ("", 2005, "QN=" + "工" * 3_000, None),
    ("5", 2005, "QN=7", None),
    ("", 2017, "QN=7", None),
    ("", 2025, "QN=7", None),
]


@pytest.mark.parametrize(("own", "edition", "area", "number"), NUMBERS)
def test_the_number_of_2005_is_looked_for_in_the_area(
    own: str, edition: int, area: str, number: str | None
) -> None:
    header = {"CN": "2021", "PW": "p", "MN": "M", "Flag": "1"} | ({"QN": own} if own else {})
    words = f"ST=39;CN=2021;PW=p;MN=M;Flag=1;CP=&&{area}&&".encode()
    assert number_in_area(header, edition, words) == number
    if edition == 2005:
        answered = own or number
        repeated = f"QN={answered}" if answered else ""
        assert text(answer_to(header, edition, words)) == f"ST=91;CN=9014;PW=p;MN=M;Flag=0;CP=&&{repeated}&&"
