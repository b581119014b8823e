"""一包报文的逐项核对：与切帧的判定一致，没有结尾的 && 由 CRC 证明，12 小时制认得出。"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongdi.protocols.hj212.crc import crc16, modbus
from gongdi.protocols.hj212.findings import examine, half_day_off
from gongdi.protocols.hj212.frames import Frame, judge_line

BODY = b"QN=20261120142617305;ST=39;CN=2051;PW=123456;MN=A1;Flag=5;CP=&&DataTime=20261120142500;a34002-Avg=1"


@given(st.binary(max_size=300))
def test_the_finding_agrees_with_the_framer(data: bytes) -> None:
    found, judged = examine(data), judge_line(data)
    assert found.sound is isinstance(judged, Frame)
    assert len(found.checks) == 6


@pytest.mark.parametrize("tail", [b"", b"&&"])
@pytest.mark.parametrize("check", [crc16, modbus])
def test_a_missing_closing_is_proved_by_the_crc(tail: bytes, check: Callable[[bytes], int]) -> None:
    raw = b"##%04d%b%04X\r\n" % (len(BODY), BODY, check(BODY + tail))
    assert examine(raw).keys == ("no_closing",)


def test_a_missing_closing_is_never_guessed() -> None:
    raw = b"##%04d%b%04X\r\n" % (len(BODY), BODY, crc16(BODY) ^ 1)
    assert examine(raw).cause is None


@pytest.mark.parametrize(
    ("minutes", "off"), [(720, True), (-720, True), (709, False), (731, False), (0, False)]
)
def test_half_a_day_is_exact(minutes: int, off: bool) -> None:
    at = datetime(2026, 11, 20, 6, tzinfo=UTC)
    assert half_day_off(at + timedelta(minutes=minutes), at) is off
