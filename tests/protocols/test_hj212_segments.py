"""数据段解析：与收集样本的真值一致，文字原样保留，中文按UTF-8、GB18030、latin-1依次尝试。"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.protocols.hj212.frames import Frame, judge_line
from gongdi.protocols.hj212.segments import decode_text, parse_segment
from tests.protocols.hj212_samples import annex_c, packets, raw

VALID = [packet for packet in packets() if packet["verdict"] == "valid"]
PRINTED = [entry for entry in annex_c() if entry["truth"]]


@pytest.mark.parametrize("packet", VALID, ids=lambda packet: str(packet["id"]))
def test_valid_packet_equals_its_truth(packet: dict[str, Any]) -> None:
    outcome = judge_line(raw(packet))
    assert isinstance(outcome, Frame)
    segment = parse_segment(outcome.segment)
    assert segment.header == packet["truth"]["header"]
    assert [list(pair) for pair in segment.cp_fields] == packet["truth"]["cp_fields"]
    assert segment.factors == packet["truth"]["factors"]


@pytest.mark.parametrize("entry", PRINTED, ids=lambda entry: str(entry["id"]))
def test_annex_c_segment_equals_its_truth(entry: dict[str, Any]) -> None:
    # The collector's truth shows Chinese characters as question marks.
    text = "".join(character if character.isascii() else "?" for character in entry["segment"])
    segment = parse_segment(text.encode())
    assert segment.header == entry["truth"]["header"]
    assert [list(pair) for pair in segment.cp_fields] == entry["truth"]["cp_fields"]
    assert segment.factors == entry["truth"]["factors"]


def test_rules_of_the_split() -> None:
    segment = parse_segment(
        b"QN=1; ST =22;ST=23;CP=&&DataTime=1, LA-Rtd =5=0 ;LA-Rtd=6,a-b-c=7;PolId=x;PolId=y;e=;;bare&&"
    )
    assert segment.header == {"QN": "1", "ST": "22"}
    assert segment.cp_fields == [("DataTime", "1"), ("PolId", "x"), ("PolId", "y"), ("e", ""), ("bare", "")]
    assert segment.field("PolId") == "x"
    assert segment.factors == {"LA": {"Rtd": "5=0 "}, "a": {"b-c": "7"}}


def test_missing_area_is_empty() -> None:
    for data in (b"ST=22;CN=9021&&", b"ST=22;CN=9021;CP=&&&&", b"ST=22;CN=9021;CP=&& &&"):
        segment = parse_segment(data)
        assert segment.header == {"ST": "22", "CN": "9021"}
        assert (segment.cp_fields, segment.factors) == ([], {})


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("//清洗管路//".encode(), "//清洗管路//"),
        ("太原工地".encode("gb18030"), "太原工地"),
        (b"\xff\xff\x30", "ÿÿ0"),
    ],
)
def test_text_encodings(data: bytes, text: str) -> None:
    assert decode_text(data) == text


@settings(derandomize=True, max_examples=300)
@given(st.binary(max_size=300))
def test_any_bytes_parse(data: bytes) -> None:
    parse_segment(data)
    parse_segment(b"ST=22;CP=&&" + data + b"&&")
