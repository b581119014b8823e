"""切帧：收集到的报文逐条判对，怎样切断字节流结果都一样，坏报文不连累后面的好报文。"""

import random
import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.protocols.hj212.frames import Frame, FrameError, Framer, Outcome, judge_line
from tests.protocols.hj212_samples import annex_c, corpus, dust, frame, packets, raw, streams

GOOD = frame(dust("DataTime=20260301080000;a34002-Avg=80.1,a34002-Flag=N"))


def run(data: bytes, step: int | None = None) -> list[Outcome]:
    framer = Framer()
    out: list[Outcome] = []
    for start in range(0, len(data), step or max(len(data), 1)):
        out += framer.feed(data[start : start + (step or len(data))])
    return out + framer.close()


def frames(outcomes: list[Outcome]) -> list[bytes]:
    return [outcome.raw for outcome in outcomes if isinstance(outcome, Frame)]


def reasons(outcomes: list[Outcome]) -> list[str]:
    return [outcome.reason for outcome in outcomes if isinstance(outcome, FrameError)]


@pytest.mark.parametrize("packet", packets(), ids=lambda packet: str(packet["id"]))
def test_collected_packet_gets_its_verdict(packet: dict[str, Any]) -> None:
    outcome = judge_line(raw(packet))
    verdict = "valid" if isinstance(outcome, Frame) else outcome.reason
    assert verdict in packet["verdict"].split("+")


@pytest.mark.parametrize("stream", streams(), ids=lambda stream: str(stream["id"]))
def test_glued_frames(stream: dict[str, Any]) -> None:
    outcomes = run(raw(stream))
    assert len(frames(outcomes)) == len(outcomes) == stream["frames"]


def test_bench_corpus_is_all_right() -> None:
    outcomes = run(corpus())
    assert len(frames(outcomes)) == len(outcomes) == 4503


def test_every_byte_split_gives_the_same() -> None:
    """The first packets of all kinds as one stream, cut in two at every position and fed byte by byte."""
    data = b"noise" + b"".join(raw(packet) for packet in packets() if len(raw(packet)) < 320)[:5000] + GOOD
    whole = run(data)
    assert {"wrong_crc", "wrong_length"} <= set(reasons(whole))
    assert run(data, 1) == whole
    for position in range(1, len(data)):
        framer = Framer()
        assert framer.feed(data[:position]) + framer.feed(data[position:]) + framer.close() == whole


def test_all_packets_as_one_stream_lose_no_right_one() -> None:
    data = b"".join(raw(packet) for packet in packets())
    right = [raw(packet).strip() for packet in packets() if packet["verdict"] == "valid"]
    for step in (None, 1, 13, 1000):
        assert frames(run(data, step)) == right


def test_strict_takes_lower_case_crc_and_junk_before() -> None:
    lowered = GOOD[:-6] + GOOD[-6:].lower()
    for data in (
        lowered,
        b"Real" + GOOD,
        b"#" + GOOD,
        b"\x00\xff?" + GOOD.rstrip(),
        b"##" + GOOD,
        b"##12" + GOOD,
    ):
        assert frames(run(data))[-1].upper().endswith(GOOD.strip()[-8:])
        assert isinstance(judge_line(data), Frame)


@pytest.mark.parametrize(
    "segment",
    [
        "&&",
        "ST=22;CN=2011&&",
        "QN=x;Flag=;MN=;PW=;CP=&&DataTime=never&&",
        "CP=&&&&",
        "Info=//##//&&",
        "CP=&&a&&b&&",
    ],
)
def test_nothing_else_is_a_reason_to_refuse(segment: str) -> None:
    data = frame(segment)
    assert frames(run(data)) == [data.strip()]
    assert frames(run(data, 1)) == [data.strip()]
    assert isinstance(judge_line(data), Frame)


def test_longest_frame_of_four_digits() -> None:
    data = frame("QN=" + "7" * 9994 + "&&")
    assert frames(run(data, 700)) == [data.strip()]
    assert [type(outcome) for outcome in Framer(max_segment=4096).feed(data + GOOD)][-1] is Frame
    assert "too_long" in reasons(Framer(max_segment=4096).feed(data + GOOD))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (GOOD[:-6] + b"0000\r\n", "wrong_crc"),
        (GOOD[:-6] + b"\r\n", "no_crc"),
        (GOOD[:-6], "no_crc"),
        (b"##0001" + GOOD[6:], "wrong_length"),
        (b"##123" + GOOD[6:], "wrong_length"),
        (b"##00999" + GOOD[6:], "wrong_length"),
        (b"##" + GOOD[6:], "wrong_length"),
        (GOOD[:60], "truncated"),
        (GOOD[:-9], "truncated"),
        (GOOD[6:-6], "segment_only"),
        (b'{"pm10": 3}', "not_hj212"),
        (b"hello", "not_hj212"),
        (b"", "not_hj212"),
        (b"##0100" + b"x" * 11_000, "too_long"),
    ],
)
def test_reason(data: bytes, reason: str) -> None:
    outcome = judge_line(data)
    assert isinstance(outcome, FrameError)
    assert outcome.reason == reason
    assert outcome.detail
    if data and reason != "too_long":
        assert reasons(run(data)) == [reason]
    assert frames(run(data + b"\r\n" + GOOD, 3)) == [GOOD.strip()]


def test_cut_packet_that_meets_the_weak_crc_by_chance() -> None:
    """Found by the fuzzer: 1 in 256 cut packets passes the CRC when its length reaches to the same end."""
    inner = frame(
        "QN=00000000000556127;ST=39;CN=2011;PW=123456;MN=A127;Flag=5;CP=&&DataTime=20260101000000;a34002-Rtd=227,a34002-Flag=N&&"
    )
    outer = b"##0175QN=2023020121120315PW=1214;6;MN=LD130133000015;CP=" + inner
    for step in (None, 1):
        assert frames(run(outer, step)) == [inner.strip()]


def test_broken_length_does_not_hold_up_the_next_frame() -> None:
    """The intact frame comes out as soon as it is complete, not when 9,999 bytes have come."""
    framer = Framer()
    outcomes = framer.feed(b"##9999" + GOOD[6:] + GOOD)
    assert reasons(outcomes) == ["wrong_length"]
    assert frames(outcomes) == [GOOD.strip()]


def test_incomplete_frame_expires() -> None:
    framer = Framer()
    assert framer.feed(GOOD[:50]) == []
    assert framer.pending == 50
    assert reasons(framer.expire()) == ["truncated"]
    assert framer.pending == 0
    assert frames(framer.feed(GOOD)) == [GOOD.strip()]
    assert framer.feed(b"GET / HTTP/1.1") == []
    assert reasons(framer.expire()) == ["not_hj212"]


def test_expiry_spares_a_younger_start() -> None:
    framer = Framer()
    framer.feed(b"##0900ST=22;cut" + GOOD[:80])
    assert reasons(framer.expire()) == ["truncated"]
    assert frames(framer.feed(GOOD[80:])) == [GOOD.strip()]


@settings(derandomize=True, max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.just(GOOD),
            st.binary(max_size=60),
            st.sampled_from(
                [b"##", b"##0085", b"&&", b"\r\n", b"CP=&&", b"&&1C80", b"#", GOOD[:70], GOOD[30:]]
            ),
        ),
        max_size=12,
    ),
    st.integers(1, 400),
)
def test_noise_and_resynchronisation(parts: list[bytes], step: int) -> None:
    data = b"".join(parts)
    whole = run(data)
    assert run(data, step) == whole
    assert len(frames(whole)) >= parts.count(GOOD)
    offsets = [outcome.offset for outcome in whole]
    assert all(before < after for before, after in pairwise(offsets))


@pytest.mark.parametrize(
    "unit",
    [
        b"##9999",
        b"#",
        b"&&",
        b"\n",
        b"x",
        b"##0002&&",
        b"CP=&&",
        b"".join(b"##%04d" % (6 * n + 2) for n in range(900, 0, -1)) + b"&&ABCD",
    ],
    ids=["open", "hash", "amp", "newline", "text", "tiny", "area", "nested"],
)
def test_hostile_input_costs_linear_time_and_bounded_memory(unit: bytes) -> None:
    data = unit * (60_000 // len(unit))
    framer, pending = Framer(), 0
    start = time.process_time()
    for position in range(0, len(data), 11):
        framer.feed(data[position : position + 11])
        pending = max(pending, framer.pending)
    assert time.process_time() - start < 5
    assert pending <= 20_100


def test_annex_c_segments_as_frames() -> None:
    data = b"".join(frame(entry["segment"]) for entry in annex_c() if entry["segment"].endswith("&&"))
    rng = random.Random(7)
    cuts = sorted(rng.randrange(len(data)) for _ in range(500))
    framer = Framer()
    outcomes = [item for a, b in pairwise([0, *cuts, len(data)]) for item in framer.feed(data[a:b])]
    assert (
        len(frames(outcomes)) == len(outcomes) == sum(entry["segment"].endswith("&&") for entry in annex_c())
    )
