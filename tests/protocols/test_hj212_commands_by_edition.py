"""每条命令在每个版本里的原文：下发的字节、应答的字节，与附录C逐字一致。"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from gongdi.protocols.hj212 import commands, replies
from gongdi.protocols.hj212.commands import EXECUTION_RESULTS, REQUEST_RESULTS, CommandError, Target
from gongdi.protocols.hj212.frames import Frame, judge_line
from gongdi.protocols.hj212.segments import parse_segment
from tests.protocols.hj212_samples import bitwise_crc

QN = "20260301080000123"
BEGIN = datetime(2026, 2, 28, 23, 0, tzinfo=UTC)
END = datetime(2026, 3, 1, 0, 59, tzinfo=UTC)
FLAG = {2005: "1", 2017: "5", 2025: "9"}
ANSWER_FLAG = {2005: "0", 2017: "4", 2025: "8"}
EDITIONS = tuple(FLAG)


def target(edition: int) -> Target:
    return Target(edition, "39", "secret", "SITE0001")


def segment_of(packet: bytes) -> str:
    segment = packet[6:-6]
    assert packet == b"##%04d%b%04X\r\n" % (len(segment), segment, bitwise_crc(segment))
    assert isinstance(judge_line(packet), Frame)
    return segment.decode()


def command(edition: int, cn: int, area: str) -> str:
    return f"QN={QN};ST=39;CN={cn};PW=secret;MN=SITE0001;Flag={FLAG[edition]};CP=&&{area}&&"


@pytest.mark.parametrize("edition", EDITIONS)
def test_settings_read_the_same_in_every_edition(edition: int) -> None:
    to = target(edition)
    sent = {
        segment_of(commands.set_timeouts(to, QN, 10, 3)): command(edition, 1000, "OverTime=10;ReCount=3"),
        segment_of(commands.set_clock(to, QN, END)): command(edition, 1012, "SystemTime=20260301085900"),
        segment_of(commands.set_realtime_interval(to, QN, 60)): command(edition, 1062, "RtdInterval=60"),
    }
    for found, expected in sent.items():
        assert found == expected


@pytest.mark.parametrize("edition", [2017, 2025])
@pytest.mark.parametrize("minutes", commands.MINUTE_INTERVALS)
def test_minute_intervals_of_the_standard(edition: int, minutes: int) -> None:
    packet = commands.set_minute_interval(target(edition), QN, minutes)
    assert segment_of(packet) == command(edition, 1064, f"MinInterval={minutes}")


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("cn", [2051, 2061, 2031])
def test_a_history_request_separates_as_its_edition_does(edition: int, cn: int) -> None:
    separator = "," if edition == 2005 else ";"
    area = f"BeginTime=20260301070000{separator}EndTime=20260301085900"
    assert segment_of(commands.history_request(target(edition), QN, cn, BEGIN, END)) == command(
        edition, cn, area
    )


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_device_of_the_edition_reads_both_bounds(edition: int) -> None:
    packet = commands.history_request(target(edition), QN, 2051, BEGIN, END)
    segment = parse_segment(packet[6:-6])
    assert segment.field("BeginTime") == "20260301070000"
    assert segment.field("EndTime") == "20260301085900"


def test_one_minute_is_a_request_of_its_own() -> None:
    packet = commands.history_request(target(2017), QN, 2051, END, END)
    assert b"BeginTime=20260301085900;EndTime=20260301085900" in packet


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-5))])
def test_times_on_the_wire_are_beijing_time_whatever_the_zone(zone: timezone) -> None:
    packet = commands.set_clock(target(2017), QN, END.astimezone(zone))
    assert b"SystemTime=20260301085900" in packet
    assert commands.qn_of(END.astimezone(zone)) == "20260301085900000"


LIMITS: list[tuple[Callable[[Target], bytes], bool]] = [
    (lambda to: commands.set_timeouts(to, QN, 1, 0), True),
    (lambda to: commands.set_timeouts(to, QN, 99999, 99), True),
    (lambda to: commands.set_timeouts(to, QN, 0, 3), False),
    (lambda to: commands.set_timeouts(to, QN, 100_000, 3), False),
    (lambda to: commands.set_timeouts(to, QN, 10, -1), False),
    (lambda to: commands.set_timeouts(to, QN, 10, 100), False),
    (lambda to: commands.set_realtime_interval(to, QN, 30), True),
    (lambda to: commands.set_realtime_interval(to, QN, 3600), True),
    (lambda to: commands.set_realtime_interval(to, QN, 29), False),
    (lambda to: commands.set_realtime_interval(to, QN, 3601), False),
    (lambda to: commands.set_minute_interval(to, QN, 0), False),
    (lambda to: commands.set_minute_interval(to, QN, 7), False),
    (lambda to: commands.set_minute_interval(to, QN, 60), False),
    (lambda to: commands.history_request(to, QN, 2011, BEGIN, END), False),
    (lambda to: commands.history_request(to, QN, 2041, BEGIN, END), False),
    (lambda to: commands.history_request(to, QN, 2051, END, BEGIN), False),
    (
        lambda to: commands.history_request(
            to, QN, 2051, BEGIN.replace(tzinfo=None), END.replace(tzinfo=None)
        ),
        False,
    ),
]


@pytest.mark.parametrize("number", range(len(LIMITS)))
def test_limits_of_the_standard_refuse_in_chinese(number: int) -> None:
    build, allowed = LIMITS[number]
    if allowed:
        assert build(target(2017)).startswith(b"##")
        return
    with pytest.raises(CommandError, match=r"[一-鿿]"):
        build(target(2017))


HEADER = {"QN": QN, "ST": "39", "CN": "2051", "PW": "secret", "MN": "SITE0001", "Flag": "5"}


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    ("cn", "area"), [("9014", ""), ("9013", ""), ("9011", "QnRtn=3"), ("9012", "ExeRtn=100")]
)
def test_answers_of_every_edition(edition: int, cn: str, area: str) -> None:
    made = {
        "9014": lambda: replies.data_ack(HEADER, edition),
        "9013": lambda: replies.notice_ack(HEADER, edition),
        "9011": lambda: replies.request_ack(HEADER, edition, 3),
        "9012": lambda: replies.execution_result(HEADER, edition, 100),
    }[cn]()
    head = f"ST=91;CN={cn};PW=secret;MN=SITE0001;Flag={ANSWER_FLAG[edition]};"
    if edition == 2005:
        inner = ";".join(text for text in (f"QN={QN}", area) if text)
        expected = f"{head}CP=&&{inner}&&"
    else:
        expected = f"QN={QN};{head}CP=&&{area}&&"
    assert segment_of(made) == expected


@pytest.mark.parametrize(
    ("cn", "key", "meanings"), [("9011", "QnRtn", REQUEST_RESULTS), ("9012", "ExeRtn", EXECUTION_RESULTS)]
)
@pytest.mark.parametrize(
    "form", ["QN={qn};ST=91;CN={cn};CP=&&{area}&&", "ST=91;CN={cn};CP=&&QN={qn};{area}&&"]
)
def test_every_result_code_has_chinese_words_in_both_forms(
    cn: str, key: str, meanings: dict[int, str], form: str
) -> None:
    for code, words in meanings.items():
        text = form.format(qn=QN, cn=cn, area=f"{key}={code}")
        answer = commands.parse_answer(parse_segment(text.encode()))
        assert answer is not None
        assert (answer.qn, answer.result, answer.text, answer.ok) == (QN, code, words, code == 1)


@pytest.mark.parametrize("text", ["", "x", "-1", "1.0", "１", "999999"])
def test_a_result_that_is_no_code_is_no_success(text: str) -> None:
    answer = commands.parse_answer(parse_segment(f"QN={QN};CN=9012;CP=&&ExeRtn={text}&&".encode()))
    assert answer is not None
    assert not answer.ok
    assert "不认识" in answer.text


def test_result_codes_are_those_of_the_standard() -> None:
    assert sorted(REQUEST_RESULTS) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 100]
    assert sorted(EXECUTION_RESULTS) == [1, 2, 3, 4, 5, 6, 100]
    assert len(set(REQUEST_RESULTS.values())) == len(REQUEST_RESULTS)


def test_what_the_platform_sends_is_understood_by_the_independent_simulator() -> None:
    from tools.simulators.wire import fields, segments

    packets = [
        commands.set_clock(target(2017), QN, END),
        commands.history_request(target(2005), QN, 2051, BEGIN, END),
        replies.data_ack(HEADER, 2017),
    ]
    buffer = bytearray(b"".join(packets))
    found = [fields(segment) for segment in segments(buffer)]
    assert [order["CN"] for order in found] == ["1012", "2051", "9014"]
    assert found[1]["EndTime"] == "20260301085900"
    assert bytes(buffer).strip() == b""
