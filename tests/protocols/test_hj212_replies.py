"""应答按对方版本组帧，长度和CRC用逐位算法重新核对。"""

import pytest

from gongdi.protocols.hj212 import replies
from tests.protocols.hj212_samples import annex_c, bitwise_crc

HEADER = {
    "QN": "20160801085857223",
    "ST": "32",
    "CN": "2051",
    "PW": "123456",
    "MN": "010000A8900016F000169DC0",
}


def segment_of(packet: bytes) -> str:
    assert packet.startswith(b"##")
    assert packet.endswith(b"\r\n")
    segment = packet[6:-6]
    assert int(packet[2:6]) == len(segment)
    assert packet[-6:-2] == b"%04X" % bitwise_crc(segment)
    return segment.decode()


def test_2017_answers_are_those_of_annex_c() -> None:
    printed = {entry["segment"] for entry in annex_c()}
    for packet in (
        replies.data_ack(HEADER, 2017),
        replies.notice_ack(HEADER, 2017),
        replies.request_ack(HEADER, 2017, 1),
        replies.execution_result(HEADER, 2017, 1),
    ):
        assert segment_of(packet) in printed


def test_2005_puts_the_number_into_the_area() -> None:
    assert segment_of(replies.data_ack(HEADER, 2005)) == (
        "ST=91;CN=9014;PW=123456;MN=010000A8900016F000169DC0;Flag=0;CP=&&QN=20160801085857223&&"
    )
    assert segment_of(replies.request_ack(HEADER, 2005, 3)) == (
        "ST=91;CN=9011;PW=123456;MN=010000A8900016F000169DC0;Flag=0;CP=&&QN=20160801085857223;QnRtn=3&&"
    )
    bare = {key: text for key, text in HEADER.items() if key != "QN"}
    assert segment_of(replies.data_ack(bare, 2005)).endswith("Flag=0;CP=&&&&")
    assert segment_of(replies.data_ack(bare, 2005, qn="7")).endswith("Flag=0;CP=&&QN=7&&")


def test_2025_answers_with_its_version_bits() -> None:
    assert segment_of(replies.data_ack(HEADER, 2025)).endswith(";Flag=8;CP=&&&&")


def test_sparse_header_still_gives_a_right_frame() -> None:
    assert segment_of(replies.data_ack({}, 2017)) == "ST=91;CN=9014;PW=;MN=;Flag=4;CP=&&&&"
    assert "工地" in segment_of(replies.data_ack({"MN": "工地"}, 2017))


def test_oversized_segment_is_refused() -> None:
    with pytest.raises(ValueError, match="9999"):
        replies.build_frame(b"x" * 10_000)
