"""诊断只认完全吻合：每种已知的数长度法配每种已知的CRC算法，差一个字节就不下结论。"""

from collections.abc import Callable

import pytest

from gongdi.protocols.hj212.crc import modbus
from gongdi.protocols.hj212.diagnosis import diagnose
from gongdi.protocols.hj212.frames import Frame, FrameError, judge_line
from gongdi.protocols.hj212.profiles import PROFILES, named
from tests.protocols.hj212_samples import bitwise_crc, dust

SEGMENT = dust("DataTime=20260301080000;a34002-Avg=80.1,a34002-Flag=N").encode()
SIZE = len(SEGMENT)


def swap(value: int) -> int:
    return (value & 0xFF) << 8 | value >> 8


Crc = Callable[[bytes, bytes], int]
# what a vendor feeds into which CRC; the words the diagnosis uses; the key of a packaged profile
CRCS: dict[str, tuple[Crc, str, str | None]] = {
    "right": (lambda segment, raw: bitwise_crc(segment), "", "hj212"),
    "modbus": (lambda segment, raw: modbus(segment), "CRC按MODBUS计算，应按HJ 212附录A", "modbus"),
    "swapped": (lambda segment, raw: swap(bitwise_crc(segment)), "CRC高低字节颠倒", "swapped"),
    "modbus swapped": (lambda segment, raw: swap(modbus(segment)), "CRC按MODBUS计算，且高低字节颠倒", None),
    "without &&": (lambda segment, raw: bitwise_crc(segment[:-2]), "CRC没有计入结尾的“&&”", None),
    "with ##": (lambda segment, raw: bitwise_crc(raw), "CRC把“##”和长度也算在内", None),
    "modbus with ##": (
        lambda segment, raw: modbus(raw),
        "CRC按MODBUS计算，并把“##”和长度也算在内",
        None,
    ),
}
# offset of the declared length, words
LENGTHS = {
    0: "",
    2: "长度把回车换行也算在内",
    4: "长度把CRC也算在内",
    6: "长度把CRC和回车换行也算在内",
    10: "长度把“##”、长度位和CRC也算在内",
    12: "长度把整个报文（含“##”、CRC和回车换行）都算在内",
}
BY_DIALECT = {(p.crc, p.length_offset, p.length_digits): p.name for p in reversed(PROFILES.values())}


def packet(offset: int, crc: Crc, digits: int = 4, segment: bytes = SEGMENT) -> bytes:
    head = b"##" + str(len(segment) + offset).zfill(digits).encode()
    return head + segment + b"%04X" % crc(segment, head + segment)


def refused(data: bytes) -> FrameError:
    outcome = judge_line(data)
    assert isinstance(outcome, FrameError)
    return outcome


@pytest.mark.parametrize("offset", LENGTHS)
@pytest.mark.parametrize("kind", CRCS)
def test_every_known_pair_is_named_and_only_a_packaged_one_proposed(offset: int, kind: str) -> None:
    crc, words, key = CRCS[kind]
    data = packet(offset, crc)
    if (offset, kind) == (0, "right"):
        assert isinstance(judge_line(data), Frame)
        return
    found = diagnose(refused(data))
    assert found is not None
    assert found.text == "；".join(text for text in (LENGTHS[offset], words) if text)
    assert found.profile == BY_DIALECT.get((key, offset, 4))  # type: ignore[arg-type]
    if found.profile is not None:
        assert isinstance(judge_line(data, named(found.profile)), Frame)


@pytest.mark.parametrize("offset", sorted(set(range(-20, 65)) - set(LENGTHS)))
def test_another_way_of_counting_has_no_cause(offset: int) -> None:
    assert diagnose(refused(packet(offset, CRCS["right"][0]))) is None


@pytest.mark.parametrize("kind", CRCS)
@pytest.mark.parametrize("bit", range(16))
def test_a_crc_that_differs_in_one_bit_has_no_cause(kind: str, bit: int) -> None:
    crc = CRCS[kind][0]
    known = {check(SEGMENT, packet(0, crc)[:-4]) for check, _, _ in CRCS.values()}
    flipped = crc(SEGMENT, packet(0, crc)[:-4]) ^ 1 << bit
    if flipped in known:
        return
    assert diagnose(refused(packet(0, lambda segment, raw: flipped))) is None


@pytest.mark.parametrize("digits", [3, 5])
def test_digits_are_counted(digits: int) -> None:
    found = diagnose(refused(packet(0, CRCS["right"][0], digits)))
    assert found is not None
    assert found.text == f"长度应为4位，实为{digits}位"
    assert found.profile == BY_DIALECT.get(("hj212", 0, digits))


@pytest.mark.parametrize(
    ("given", "cause"), [(b"", "报文没有CRC"), (b"\r\n", None), (b"1", None), (b"12A", None)]
)
def test_a_missing_crc_is_said_a_broken_one_is_not_explained(given: bytes, cause: str | None) -> None:
    found = diagnose(refused(b"##%04d%b" % (SIZE, SEGMENT) + given))
    if given == b"\r\n":
        assert found is not None
        assert found.text == "报文没有CRC"
        return
    assert (found.text if found else None) == cause


@pytest.mark.parametrize("crc", ["%04X", "%04x"])
def test_the_cause_does_not_depend_on_the_case_of_the_digits(crc: str) -> None:
    data = b"##%04d%b" % (SIZE, SEGMENT) + (crc % modbus(SEGMENT)).encode()
    found = diagnose(refused(data))
    assert found is not None
    assert found.profile == "crc-modbus"


@pytest.mark.parametrize("junk", [b"Real", b"?\x00"])
def test_junk_before_the_packet_hides_no_cause(junk: bytes) -> None:
    found = diagnose(refused(junk + packet(0, CRCS["modbus"][0])))
    assert found is not None
    assert found.profile == "crc-modbus"


def test_a_changed_body_under_an_old_crc_is_never_explained_away() -> None:
    """The commonest forgery: numbers edited, length and CRC kept."""
    data = packet(0, CRCS["right"][0])
    for old, new in ((b"80.1", b"20.1"), (b"Flag=N", b"Flag=D"), (b"SITE0001", b"SITE0002")):
        assert diagnose(refused(data.replace(old, new))) is None


@pytest.mark.parametrize(
    "name", [name for name in PROFILES if name not in ("strict", "edition-2025", "crc-none")]
)
def test_every_framing_profile_can_be_proposed(name: str) -> None:
    profile = named(name)
    crc = CRCS[{"hj212": "right", "absent": "right"}.get(profile.crc, profile.crc)][0]
    data = packet(profile.length_offset, crc, profile.length_digits)
    found = diagnose(refused(data[:-4] if profile.crc == "absent" else data))
    assert found is not None
    assert found.profile == name
