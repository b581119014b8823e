"""隔离报文的坏处：只标字节看得出的，位置逐字节对，口令遮盖不改长度。"""

from gongdi.protocols.hj212.damage import cause, damages
from gongdi.protocols.hj212.masking import masked_text
from gongdi.protocols.hj212.replies import build_frame

SEGMENT = b"QN=20261122100507218;ST=39;CN=2051;PW=x7Lq20;MN=A1;Flag=5;CP=&&DataTime=20261122100400;a34002-Avg=168.4,a34002-Flag=N&&"
GOOD = build_frame(SEGMENT)


def test_a_sound_frame_has_no_damage() -> None:
    assert damages(GOOD, "") == ()
    assert cause(GOOD) is None


def test_a_broken_digit_and_the_checksum_are_marked() -> None:
    at = GOOD.index(b"QN=") + 7
    broken = GOOD[:at] + b"?" + GOOD[at + 1 :]
    first, last = damages(broken, "wrong_crc")
    assert (first.start, first.end, first.why) == (at, at + 1, "QN 里应是数字")
    assert first.place == f"第 {at + 1} 字节"
    body = broken.rstrip(b"\r\n")
    assert (last.start, last.end) == (len(body) - 4, len(body))
    assert cause(broken) is None


def test_unprintable_bytes_and_values_that_are_none() -> None:
    broken = GOOD.replace(b"168.4", b"16\x80.4")
    whys = [one.why for one in damages(broken, "wrong_crc")]
    assert whys == ["不是数值", "不可打印的字节", "收到的 CRC 与正文不符"]


def test_a_second_start_inside_a_cut_frame() -> None:
    cut = GOOD[:60] + GOOD
    found = damages(cut, "truncated")
    assert [(one.start, one.why) for one in found] == [(60, "这里又开始一包")]
    assert damages(cut, "wrong_length")[0].place == "第 3–6 字节"


def test_the_field_that_a_reason_names() -> None:
    (one,) = damages(GOOD, "wrong_password")
    assert GOOD[one.start : one.end] == b"x7Lq20"
    assert "x7Lq20" not in masked_text(GOOD)
    assert len(masked_text(GOOD)) == len(GOOD)


def test_an_exact_diagnosis_is_named() -> None:
    plus = b"##%04d" % (len(SEGMENT) + 6) + GOOD[6:]
    found = cause(plus)
    assert found is not None
    assert "回车换行" in found.text


def test_bytes_that_differ_from_the_registered_number() -> None:
    broken = GOOD.replace(b"MN=A1", b"MN=A?")
    at = broken.index(b"A?") + 1
    assert [one.why for one in damages(broken, "") if one.start == at] == []
    (one,) = damages(broken, "", "A1")
    assert (one.start, one.end, one.why) == (at, at + 1, "与登记的编号不同")
