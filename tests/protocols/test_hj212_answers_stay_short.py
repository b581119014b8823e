"""照抄对方字段的应答不会超长：再怪的报文也不能让网关组不出帧。"""

import pytest

from gongdi.gateways.orders import heartbeat_echo
from gongdi.protocols.hj212.frames import Frame, judge_line
from gongdi.protocols.hj212.replies import ECHO_MOST, data_ack, notice_ack, request_ack
from gongdi.protocols.hj212.segments import parse_segment

LONG = "測" * 4_500  # GB18030 两字节，UTF-8 三字节
HEADER = {"QN": LONG, "PW": LONG, "MN": LONG, "CN": "9021", "Flag": "5"}


@pytest.mark.parametrize("edition", [2005, 2017, 2025])
def test_an_answer_to_endless_fields_is_a_right_frame(edition: int) -> None:
    for answer in (data_ack(HEADER, edition), notice_ack(HEADER, edition), request_ack(HEADER, edition, 3)):
        frame = judge_line(answer)
        assert isinstance(frame, Frame)
        assert parse_segment(frame.segment).header["MN"] == LONG[:ECHO_MOST]


def test_a_number_in_the_area_is_bounded_too() -> None:
    assert isinstance(judge_line(data_ack({"PW": "1", "MN": "2"}, 2005, LONG)), Frame)


def test_a_heartbeat_with_endless_fields_is_echoed_short() -> None:
    assert isinstance(judge_line(heartbeat_echo(HEADER)), Frame)
    assert isinstance(judge_line(heartbeat_echo(HEADER | {"CN": LONG})), Frame)


def test_ordinary_fields_are_repeated_whole() -> None:
    header = {"QN": "20261125120030000", "PW": "x7Lq20", "MN": "A" * 40}
    assert b"MN=" + b"A" * 40 + b";" in data_ack(header, 2017)
