"""兼容方案只在开启后放行；诊断只在完全吻合时说出原因。"""

import pytest

from gongdi.protocols.hj212.crc import modbus, swapped
from gongdi.protocols.hj212.diagnosis import diagnose
from gongdi.protocols.hj212.frames import Frame, FrameError, Framer, judge_line
from gongdi.protocols.hj212.profiles import (
    PROFILES,
    STRICT,
    DeviceSettings,
    Profile,
    ProfileError,
    named,
    profile_from,
)
from tests.protocols.hj212_samples import bitwise_crc, dust, frame, packets, raw

SEGMENT = dust("DataTime=20260301080000;a34002-Avg=80.1,a34002-Flag=N").encode()
CRC = b"%04X" % bitwise_crc(SEGMENT)
SIZE = len(SEGMENT)

DIALECTS = {
    "crc-modbus": b"##%04d%b%04X" % (SIZE, SEGMENT, modbus(SEGMENT)),
    "crc-swapped": b"##%04d%b%04X" % (SIZE, SEGMENT, swapped(SEGMENT)),
    "crc-absent": b"##%04d%b" % (SIZE, SEGMENT),
    "length-plus6": b"##%04d%b%b" % (SIZE + 6, SEGMENT, CRC),
    "length-plus4": b"##%04d%b%b" % (SIZE + 4, SEGMENT, CRC),
    "length-plus2": b"##%04d%b%b" % (SIZE + 2, SEGMENT, CRC),
    "length-3digits": b"##%03d%b%b" % (SIZE, SEGMENT, CRC),
    "length-3digits-plus6": b"##%03d%b%b" % (SIZE + 6, SEGMENT, CRC),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_dialect_is_refused_strictly_diagnosed_and_accepted_by_profile(name: str) -> None:
    packet = DIALECTS[name]
    refused = judge_line(packet)
    assert isinstance(refused, FrameError)
    diagnosis = diagnose(refused)
    assert diagnosis is not None
    assert diagnosis.profile == name
    assert diagnosis.text
    framer = Framer(named(name))
    outcomes = [
        item for byte in (packet + b"\r\n") * 3 for item in framer.feed(bytes([byte]))
    ] + framer.close()
    assert [item.segment for item in outcomes if isinstance(item, Frame)] == [SEGMENT] * 3
    assert len(outcomes) == 3


def test_unchecked_crc_takes_hex_digits_only() -> None:
    profile = named("crc-none")
    assert isinstance(judge_line(b"##%04d%b0000" % (SIZE, SEGMENT), profile), Frame)
    assert isinstance(judge_line(b"##%04d%bxyzt" % (SIZE, SEGMENT), profile), FrameError)


def test_collected_packets_diagnosed_exactly() -> None:
    """27 packets of one firmware use MODBUS, 2 swap the CRC, 1 counts 6 too many, 1 has 3 digits; the rest is unknown."""
    found: dict[str | None, int] = {}
    for packet in packets():
        outcome = judge_line(raw(packet))
        if isinstance(outcome, FrameError):
            diagnosis = diagnose(outcome)
            name = diagnosis.profile if diagnosis else None
            found[name] = found.get(name, 0) + 1
            if name is not None:
                assert isinstance(judge_line(raw(packet), named(name)), Frame)
    found.pop(None)
    assert found == {"crc-modbus": 27, "crc-swapped": 2, "length-plus6": 1, "length-3digits": 1}


@pytest.mark.parametrize(
    ("packet", "text"),
    [
        (b"##%04d%b%04X" % (SIZE, SEGMENT, bitwise_crc(SEGMENT[:-2])), "CRC没有计入结尾的“&&”"),
        (
            b"##%04d%b%04X" % (SIZE, SEGMENT, bitwise_crc(b"##%04d" % SIZE + SEGMENT)),
            "CRC把“##”和长度也算在内",
        ),
        (
            b"##%04d%b%04X" % (SIZE + 6, SEGMENT, modbus(SEGMENT)),
            "长度把CRC和回车换行也算在内；CRC按MODBUS计算，应按HJ 212附录A",
        ),
    ],
)
def test_causes_without_a_packaged_profile(packet: bytes, text: str) -> None:
    refused = judge_line(packet)
    assert isinstance(refused, FrameError)
    diagnosis = diagnose(refused)
    assert diagnosis is not None
    assert (diagnosis.text, diagnosis.profile) == (text, None)


@pytest.mark.parametrize(
    "data", [b"hello", SEGMENT, b"##0100ST=2", b"##%04d%b1234" % (SIZE, SEGMENT), b"##9%b" % SEGMENT]
)
def test_no_guess(data: bytes) -> None:
    refused = judge_line(data)
    assert isinstance(refused, FrameError)
    assert diagnose(refused) is None


def test_switch_in_the_middle_of_a_connection() -> None:
    framer = Framer()
    assert framer.feed(DIALECTS["length-plus6"] + b"\r\n") == []
    outcomes = framer.switch(named("length-plus6"))
    assert [type(outcome) for outcome in outcomes] == [Frame]
    assert [type(outcome) for outcome in framer.feed(DIALECTS["length-plus6"])] == [Frame]


def test_profile_from_stored_json() -> None:
    stored = {"base": "crc-modbus", "pm_unit": "ug", "names": {"107": "pm25"}, "length_offset": 6}
    profile = profile_from(stored)
    assert (profile.crc, profile.length_offset, profile.settings.pm_unit) == ("modbus", 6, "ug")
    assert profile.settings.names == (("107", "pm25"),)
    assert profile_from(dict(reversed(stored.items()))) is profile
    assert profile_from({}) == STRICT
    assert profile_from({"edition_2025": True}).settings == DeviceSettings(edition_2025=True)


@pytest.mark.parametrize(
    "stored",
    [
        {"base": "nope"},
        {"pm_unit": "g"},
        {"pressure_unit": "bar"},
        {"crc": "md5"},
        {"length_offset": "6"},
        {"length_digits": 9},
        {"unknown": 1},
        {"settings": 1},
        {"common_flag": 1},
        {"names": "pm10"},
        {"names": {"107": "pm11"}},
    ],
)
def test_bad_profiles_are_refused_in_chinese(stored: dict[str, object]) -> None:
    with pytest.raises(ProfileError, match=r"[一-鿿]"):
        profile_from(stored)


def test_packaged_profiles_are_all_different() -> None:
    dialects = {
        (profile.crc, profile.length_offset, profile.length_digits, profile.settings)
        for profile in PROFILES.values()
    }
    assert len(dialects) == len(PROFILES)
    assert "未经真机验证" in PROFILES["edition-2025"].label
    assert isinstance(judge_line(frame(SEGMENT), Profile()), Frame)
