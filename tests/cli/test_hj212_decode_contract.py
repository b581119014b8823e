"""decode 的约定逐字节核对：任何一个字节改了、断了，判定和后面的好报文都不出错。"""

import io
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from gongdi.cli.hj212 import decode
from tests.protocols.hj212_samples import bitwise_crc, dust, frame

SEGMENT = dust("DataTime=20260301080000;a34002-Avg=80.1,a34002-Flag=N").encode()
GOOD = frame(SEGMENT, b"")
HEAD = 6  # `##` and the four length digits
AREA = HEAD + len(SEGMENT)
OTHER = frame(dust("DataTime=20260301080100;a34002-Avg=81.1,a34002-Flag=N"), b"")
REASONS = {"wrong_crc", "wrong_length", "no_crc", "truncated", "segment_only", "not_hj212", "too_long"}
Decoded = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def decoded(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Decoded:
    """Return the function from bytes and options to the printed objects."""

    def run(data: bytes, *options: str) -> list[dict[str, Any]]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert decode(["-", *options]) == 0
        captured = capsys.readouterr()
        assert captured.err == ""
        return [json.loads(line) for line in captured.out.splitlines()]

    return run


def allowed(position: int, wrong: bytes) -> set[str]:
    """Reasons that are true when the byte at `position` is `wrong`."""
    if (position, wrong) == (AREA, b"&"):
        return {"wrong_crc", "no_crc", "wrong_length"}  # `&&&`: which pair closes is open
    if position < 2:
        return {"not_hj212", "segment_only"}
    if position < HEAD:
        return {"wrong_length", "truncated", "not_hj212"}
    if position < AREA:
        return {"wrong_crc", "wrong_length", "truncated", "no_crc"}
    return {"wrong_crc", "no_crc"}


@pytest.mark.parametrize("wrong", [b"x", b"#", b"&", b"\x00", b"\xff", b" "])
def test_one_wrong_byte_anywhere_is_refused_for_a_true_reason(decoded: Decoded, wrong: bytes) -> None:
    positions = [at for at in range(len(GOOD)) if GOOD[at : at + 1] != wrong]
    lines = [GOOD[:at] + wrong + GOOD[at + 1 :] for at in positions]
    found = decoded(b"\n".join(lines), "--lines")
    assert len(found) == len(lines)
    for at, shown in zip(positions, found, strict=True):
        assert shown["verdict"] == "quarantined", at
        assert shown["reason"] in allowed(at, wrong), (at, shown["reason"])


def test_one_wrong_byte_anywhere_never_costs_the_frame_behind(decoded: Decoded) -> None:
    for at in range(len(GOOD)):
        found = decoded(GOOD[:at] + b"~" + GOOD[at + 1 :] + b"\r\n" + OTHER)
        right = [shown for shown in found if shown["verdict"] == "ok"]
        assert [shown["cp_fields"] for shown in right] == [[["DataTime", "20260301080100"]]], at
        assert len(found) == len(right) + 1 or at < 2, at


def test_a_frame_cut_after_every_byte_is_one_refusal(decoded: Decoded) -> None:
    lines = [GOOD[:at] for at in range(1, len(GOOD))]
    found = decoded(b"\n".join(lines), "--lines")
    assert len(found) == len(lines)
    for at, shown in enumerate(found, start=1):
        expected = {"not_hj212", "truncated"} if at < HEAD else {"truncated"}
        assert shown["reason"] in ({"no_crc", "truncated"} if at >= AREA else expected), at


def test_a_frame_cut_after_every_byte_never_costs_the_frame_behind(decoded: Decoded) -> None:
    for at in range(len(GOOD)):
        found = decoded(GOOD[:at] + OTHER)
        assert found[-1]["verdict"] == "ok", at
        assert found[-1]["cp_fields"] == [["DataTime", "20260301080100"]], at


def test_a_line_cut_into_two_at_every_byte_is_two_objects(decoded: Decoded) -> None:
    for at in range(1, len(GOOD), 7):
        assert len(decoded(GOOD[:at] + b"\n" + GOOD[at:], "--lines")) == 2


LENGTHS = {
    b"%04d" % len(SEGMENT): "ok",
    b"%04d" % (len(SEGMENT) + 1): "wrong_length",
    b"%04d" % (len(SEGMENT) - 1): "wrong_length",
    b"%04d" % (len(SEGMENT) + 4): "wrong_length",
    b"%04d" % (len(SEGMENT) + 6): "wrong_length",
    b"%04d" % (len(SEGMENT) + 12): "wrong_length",
    b"%03d" % len(SEGMENT): "wrong_length",
    b"%05d" % len(SEGMENT): "wrong_length",
    b"+%03d" % len(SEGMENT): "wrong_length",
    b" %03d" % len(SEGMENT): "wrong_length",
    b"0x%02x" % len(SEGMENT): "wrong_length",
    b"": "wrong_length",
    b"9999": "wrong_length",
    b"0000": "wrong_length",
}


@pytest.mark.parametrize("digits", LENGTHS, ids=repr)
def test_exactly_four_digits_equal_to_the_bytes(decoded: Decoded, digits: bytes) -> None:
    (shown,) = decoded(b"##" + digits + SEGMENT + GOOD[-4:], "--lines")
    assert (shown["reason"] or "ok") == LENGTHS[digits]


@pytest.mark.parametrize("crc", [b"%04X", b"%04x"])
def test_the_crc_is_equal_ignoring_case(decoded: Decoded, crc: bytes) -> None:
    # a segment whose CRC has letters, else case means nothing
    number = next(n for n in range(999) if not f"{bitwise_crc(dust(f'x={n}').encode()):04X}".isdigit())
    segment = dust(f"x={number}").encode()
    (shown,) = decoded(b"##%04d%b" % (len(segment), segment) + crc % bitwise_crc(segment), "--lines")
    assert shown["verdict"] == "ok"


ODD_HEADERS = [
    "ST=39;CN=2051;PW=1;MN=A;Flag=5;CP=&&x=1&&",
    "QN=;ST=;CN=;PW=;MN=;Flag=;CP=&&&&",
    "QN=20260230999999999;ST=39;CN=2051;PW=1;MN=A;Flag=5;CP=&&DataTime=20260230999999&&",
    "QN=1;ST=999;CN=99999;PW=1234567890;MN=null;Flag=-1;CP=&&DataTime=never&&",
    "QN=1;ST=39;CN=2051;MN=工地一号;Flag=x;CP=&&&&",
    "Flag=5;MN=A;PW=1;CN=2051;ST=39;QN=1;CP=&&DataTime=20260301080000&&",
    "qn=1;st=39&&",
    "CP=&&a34002-Avg=1&&",
    "ST=39;CN=9021&&",
    ";;;;&&",
    "&&",
]


@pytest.mark.parametrize("segment", ODD_HEADERS)
@pytest.mark.parametrize("ending", ["", "\r\n", "\n", "\r", ";", "trailing"])
def test_nothing_else_is_a_reason_to_refuse(decoded: Decoded, segment: str, ending: str) -> None:
    data = frame(segment, ending.encode())
    assert decoded(data, "--lines")[0]["verdict"] == "ok"
    assert decoded(data)[0]["verdict"] == "ok"


@pytest.mark.parametrize(
    "junk", [b"Real", b"?", b"\x00\xff\xfe", b"#", b"##", b"##9", b"  ", b"##01##", b"&&"]
)
def test_junk_before_the_frame_is_no_reason_to_refuse(decoded: Decoded, junk: bytes) -> None:
    assert decoded(junk + GOOD, "--lines")[0]["verdict"] == "ok"
    assert decoded(junk + GOOD)[-1]["verdict"] == "ok"


AREAS: dict[str, tuple[list[list[str]], dict[str, dict[str, str]]]] = {
    "": ([], {}),
    "a=1": ([["a", "1"]], {}),
    "a=1;b=2,c=3": ([["a", "1"], ["b", "2"], ["c", "3"]], {}),
    "a==1": ([["a", "=1"]], {}),
    "a=1=2": ([["a", "1=2"]], {}),
    "a34002-Avg=1": ([], {"a34002": {"Avg": "1"}}),
    "a34002-Avg=1,a34002-Flag=N": ([], {"a34002": {"Avg": "1", "Flag": "N"}}),
    "a34002-Avg=1;a34002-Avg=2": ([], {"a34002": {"Avg": "1"}}),
    "a-b-c=1": ([], {"a": {"b-c": "1"}}),
    "LA-Rtd-Rtd=1": ([], {"LA": {"Rtd-Rtd": "1"}}),
    " LA-Rtd =50.1": ([], {"LA": {"Rtd": "50.1"}}),
    " DataTime = 20260301 ": ([["DataTime", " 20260301 "]], {}),
    "a34002-Avg=": ([], {"a34002": {"Avg": ""}}),
    "a34002-Avg": ([], {"a34002": {"Avg": ""}}),
    "t=-5": ([["t", "-5"]], {}),
    "a01001-Rtd=-5.2": ([], {"a01001": {"Rtd": "-5.2"}}),
    "Time=08:00-09:00": ([["Time", "08:00-09:00"]], {}),
    ";;a=1;,;": ([["a", "1"]], {}),
    "a34002-Avg=1;x=2;a34004-Avg=3": ([["x", "2"]], {"a34002": {"Avg": "1"}, "a34004": {"Avg": "3"}}),
    "a34002-avg=1;A34002-Avg=2": ([], {"a34002": {"avg": "1"}, "A34002": {"Avg": "2"}}),
}


@pytest.mark.parametrize("area", AREAS)
def test_the_area_is_split_by_the_rule_of_the_contract(decoded: Decoded, area: str) -> None:
    (shown,) = decoded(frame(f"ST=39;CN=2051;CP=&&{area}&&"), "--lines")
    assert (shown["cp_fields"], shown["factors"]) == AREAS[area]


def test_only_fields_that_were_sent_appear(decoded: Decoded) -> None:
    (shown,) = decoded(frame("ST=39;CN=2011;CP=&&&&"), "--lines")
    assert shown == {
        "verdict": "ok",
        "reason": None,
        "header": {"ST": "39", "CN": "2011"},
        "factors": {},
        "cp_fields": [],
    }


def test_values_are_text_as_sent(decoded: Decoded) -> None:
    (shown,) = decoded(frame("ST=39;CN=2011;CP=&&a34002-Rtd=080.10;a01001-Rtd=+5;n=1e3&&"), "--lines")
    assert shown["factors"] == {"a34002": {"Rtd": "080.10"}, "a01001": {"Rtd": "+5"}}
    assert shown["cp_fields"] == [["n", "1e3"]]


def test_bare_segments_are_judged_by_lines(decoded: Decoded) -> None:
    lines = [SEGMENT, b"ST=39;CN=9021&&", b"  MN=A;PW=1", b"hello", b"{}", b"CN=2011"]
    found = decoded(b"\n".join(lines), "--lines")
    assert [shown["reason"] for shown in found] == [
        "segment_only",
        "segment_only",
        "segment_only",
        "not_hj212",
        "not_hj212",
        "segment_only",
    ]
    assert found[0]["header"]["MN"] == "SITE0001"
    assert found[0]["factors"] == {"a34002": {"Avg": "80.1", "Flag": "N"}}


def test_blank_lines_are_no_packets(decoded: Decoded) -> None:
    assert len(decoded(b"\n\r\n" + GOOD + b"\n\n\r\n" + GOOD, "--lines")) == 2


def test_every_byte_value_as_garbage_between_frames(decoded: Decoded) -> None:
    data = b"".join(bytes([byte]) * 3 + GOOD for byte in range(256))
    found = decoded(data)
    assert sum(shown["verdict"] == "ok" for shown in found) == 256
    assert {shown["reason"] for shown in found} <= REASONS | {None}


def test_a_page_of_garbage_is_bounded_refusals(decoded: Decoded) -> None:
    found = decoded(bytes(range(256)) * 400 + GOOD)
    assert found[-1]["verdict"] == "ok"
    assert 1 < len(found) < 2_000


def test_chinese_text_in_both_encodings_is_shown(decoded: Decoded) -> None:
    for encoding in ("utf-8", "gb18030"):
        (shown,) = decoded(frame("ST=39;CN=3020;CP=&&Info=太原工地&&".encode(encoding)), "--lines")
        assert shown["cp_fields"] == [["Info", "太原工地"]]


def test_a_refused_frame_shows_what_can_be_read(decoded: Decoded) -> None:
    wrong = GOOD[:-4] + (b"0000" if GOOD[-4:] != b"0000" else b"1111")
    (shown,) = decoded(wrong, "--lines")
    assert (shown["verdict"], shown["reason"]) == ("quarantined", "wrong_crc")
    assert shown["header"]["MN"] == "SITE0001"
    assert set(shown) == {"verdict", "reason", "header", "factors", "cp_fields"}
