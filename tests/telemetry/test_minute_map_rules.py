import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.telemetry.rules.minutes import (
    FULL,
    INTERVALS,
    MINUTES,
    effective_expected,
    from_bytes,
    from_text,
    hour_slice,
    hour_window,
    minute_bit,
    minutes_of,
    period_bits,
    to_bytes,
    to_text,
    window,
)

MAPS = st.integers(min_value=0, max_value=FULL)


def test_midnight_is_the_leftmost_bit() -> None:
    assert to_text(minute_bit(0)) == "1" + "0" * 1439
    assert to_text(minute_bit(1439)) == "0" * 1439 + "1"
    assert to_bytes(minute_bit(0)) == b"\x80" + bytes(179)
    assert to_bytes(minute_bit(8)) == b"\x00\x80" + bytes(178)


@given(MAPS)
@settings(derandomize=True, deadline=None)
def test_bytes_text_and_minutes_tell_the_same_map(bits: int) -> None:
    assert from_bytes(to_bytes(bits)) == bits
    assert from_text(to_text(bits)) == bits
    assert sum(minute_bit(minute) for minute in minutes_of(bits)) == bits
    assert minutes_of(bits) == [i for i, character in enumerate(to_text(bits)) if character == "1"]


@pytest.mark.parametrize("begin_end", [(0, 0), (0, 1), (5, 17), (0, MINUTES), (1439, 1440)])
def test_window_is_half_open(begin_end: tuple[int, int]) -> None:
    assert minutes_of(window(*begin_end)) == list(range(*begin_end))


@pytest.mark.parametrize("begin_end", [(-1, 3), (5, 4), (0, 1441)])
def test_window_outside_the_day_is_refused(begin_end: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="超出一天"):
        window(*begin_end)


@pytest.mark.parametrize("minute", [-1, 1440])
def test_minute_outside_the_day_is_refused(minute: int) -> None:
    with pytest.raises(ValueError, match="一天没有"):
        minute_bit(minute)


def test_five_minute_sample_sets_its_five_minutes() -> None:
    assert minutes_of(period_bits(8 * 60 + 10, 5)) == [490, 491, 492, 493, 494]


@pytest.mark.parametrize("interval", INTERVALS)
def test_periods_fill_the_day_without_overlap(interval: int) -> None:
    filled = 0
    for begin in range(0, MINUTES, interval):
        bits = period_bits(begin, interval)
        assert not filled & bits
        filled |= bits
    assert filled == FULL


@pytest.mark.parametrize("hour", [0, 8, 23])
def test_hour_slice_reads_its_own_window(hour: int) -> None:
    assert hour_slice(hour_window(hour), hour).bit_count() == 60
    assert hour_slice(FULL & ~hour_window(hour), hour) == 0
    assert hour_slice(minute_bit(hour * 60), hour) == 1 << 59


@pytest.mark.parametrize("data", [b"", bytes(179), bytes(181)])
def test_other_lengths_are_no_map(data: bytes) -> None:
    with pytest.raises(ValueError, match="180"):
        from_bytes(data)


@pytest.mark.parametrize("text", ["", "0" * 1439, "2" * 1440, "0" * 1439 + "_"])
def test_other_texts_are_no_map(text: str) -> None:
    with pytest.raises(ValueError, match="1440"):
        from_text(text)


@given(MAPS, MAPS, MAPS, MAPS)
@settings(derandomize=True, deadline=None)
def test_effective_expected_minute_by_minute(expected: int, exempt: int, fault: int, received: int) -> None:
    left = to_text(effective_expected(expected, exempt, fault, received))
    rows = zip(*(to_text(bits) for bits in (expected, exempt, fault, received)), strict=True)
    for minute, (e, x, f, r) in enumerate(rows):
        owed = e == "1" and x == "0" and not (f == "1" and r == "0")
        assert left[minute] == "01"[owed]
