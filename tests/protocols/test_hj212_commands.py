"""命令与附录C印出的一致，设备的应答能读懂。"""

from datetime import UTC, datetime

import pytest

from gongdi.protocols.hj212 import commands
from gongdi.protocols.hj212.commands import CommandError, Target
from gongdi.protocols.hj212.segments import parse_segment
from tests.protocols.hj212_samples import annex_c, bitwise_crc

QN = "20160801085857223"
TARGET = Target(2017, "32", "123456", "010000A8900016F000169DC0")
OLD = Target(2005, "22", "123456", "88888880000001")
HOUR = datetime(2016, 8, 1, 0, 0, tzinfo=UTC)


def segment_of(packet: bytes) -> str:
    segment = packet[6:-6]
    assert packet == b"##%04d%b%04X\r\n" % (len(segment), segment, bitwise_crc(segment))
    return segment.decode()


def test_commands_are_those_of_annex_c() -> None:
    printed = {entry["segment"] for entry in annex_c()}
    for packet in (
        commands.set_timeouts(TARGET, QN, 5, 3),
        commands.set_realtime_interval(TARGET, QN, 30),
        commands.set_minute_interval(TARGET, QN, 10),
        commands.history_request(TARGET, QN, 2061, HOUR, HOUR),
        commands.history_request(
            TARGET, QN, 2051, datetime(2016, 8, 1, 0, 40, tzinfo=UTC), datetime(2016, 8, 1, 0, 40, tzinfo=UTC)
        ),
    ):
        assert segment_of(packet) in printed


def test_clock_is_beijing_time() -> None:
    moment = datetime(2026, 2, 28, 16, 0, 1, 234_567, tzinfo=UTC)
    assert segment_of(commands.set_clock(TARGET, QN, moment)).endswith(
        "Flag=5;CP=&&SystemTime=20260301000001&&"
    )
    assert commands.qn_of(moment) == "20260301000001234"


def test_other_editions() -> None:
    assert "Flag=1;" in segment_of(commands.set_clock(OLD, QN, HOUR))
    request = segment_of(commands.history_request(OLD, QN, 2051, HOUR, HOUR))
    assert request.endswith("CP=&&BeginTime=20160801080000,EndTime=20160801080000&&")
    assert "Flag=9;" in segment_of(commands.set_clock(Target(2025, "39", "1", "M"), QN, HOUR))
    with pytest.raises(CommandError):
        commands.set_minute_interval(OLD, QN, 10)


def test_values_outside_the_standard_are_refused() -> None:
    with pytest.raises(CommandError):
        commands.set_realtime_interval(TARGET, QN, 29)
    with pytest.raises(CommandError):
        commands.set_minute_interval(TARGET, QN, 7)
    with pytest.raises(CommandError):
        commands.set_timeouts(TARGET, QN, 0, 3)
    with pytest.raises(CommandError):
        commands.history_request(TARGET, QN, 2011, HOUR, HOUR)
    with pytest.raises(CommandError):
        commands.history_request(TARGET, QN, 2051, HOUR, datetime(2016, 7, 1, tzinfo=UTC))
    with pytest.raises(CommandError, match="时区"):
        commands.set_clock(TARGET, QN, HOUR.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("segment", "cn", "result", "ok", "text"),
    [
        ("QN=7;ST=91;CN=9011;CP=&&QnRtn=1&&", 9011, 1, True, "准备执行请求"),
        ("ST=91;CN=9011;CP=&&QN=7;QnRtn=3&&", 9011, 3, False, "PW错误"),
        ("QN=7;CN=9012;CP=&& ExeRtn=100 &&", 9012, 100, False, "没有数据"),
        ("QN=7;CN=9012;CP=&&ExeRtn=x&&", 9012, 0, False, "返回码“x”不认识"),
        ("QN=7;CN=9013;CP=&&&&", 9013, None, True, "通知应答"),
        ("QN=7;CN=9014;CP=&&&&", 9014, None, True, "数据应答"),
    ],
)
def test_answers(segment: str, cn: int, result: int | None, ok: bool, text: str) -> None:
    answer = commands.parse_answer(parse_segment(segment.encode()))
    assert answer is not None
    assert (answer.cn, answer.qn, answer.result, answer.ok, answer.text) == (cn, "7", result, ok, text)


def test_what_is_no_answer() -> None:
    assert commands.parse_answer(parse_segment(b"QN=7;CN=2051;CP=&&&&")) is None


def test_heartbeats() -> None:
    assert commands.is_heartbeat({"CN": "9021"})
    assert commands.is_heartbeat({"CN": "3023"})
    assert not commands.is_heartbeat({"CN": "9015"})
    assert commands.is_heartbeat({"CN": "9015"}, accept_2025=True)
