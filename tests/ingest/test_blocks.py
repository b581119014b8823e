"""设备日数据块：任何行都能原样还原，真实数据每分钟不到 20 字节。"""

import math
import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.cli.bench.realistic import device_day, sensors
from gongdi.ingest import blocks
from gongdi.ingest.blocks import BlockRow
from gongdi.ingest.rows import day_start

MINUTE = 60_000_000
START = day_start(9_700)
FLOATS = st.one_of(
    st.none(),
    st.floats(width=32),
    st.integers(-2_000, 20_000).map(lambda number: number / 10),
    st.sampled_from([0.0, -0.0, math.nan, math.inf, 16_777_216.0, 1e-40]),
)
ROWS = st.builds(
    BlockRow,
    ts=st.integers(0, 1_439).map(lambda minute: START + minute * MINUTE),
    recv_at=st.integers(START - 10**12, START + 10**15),
    marks=st.integers(0, (1 << 36) - 1),
    interval_min=st.sampled_from([1, 5, 60]),
    source=st.integers(0, 7),
    values=st.lists(FLOATS, min_size=25, max_size=25).map(lambda values: blocks.single(tuple(values))),
    extra=st.one_of(
        st.none(), st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), min_size=1)
    ),
)


@settings(derandomize=True)
@given(st.lists(ROWS, min_size=1, max_size=40, unique_by=lambda row: row.ts))
def test_every_bit_comes_back(rows: list[BlockRow]) -> None:
    restored = blocks.decode(blocks.encode(rows))
    assert blocks.identical(restored, sorted(rows, key=lambda row: row.ts))


@settings(derandomize=True)
@given(st.lists(ROWS, min_size=1, max_size=5, unique_by=lambda row: row.ts), st.data())
def test_a_damaged_block_is_an_error_never_other_rows(rows: list[BlockRow], data: st.DataObject) -> None:
    payload = bytearray(blocks.encode(rows))
    place = data.draw(st.integers(3, len(payload) - 1))
    for damaged in (bytes(payload[:place]), b"\x09" + bytes(payload[1:])):
        with pytest.raises(ValueError, match="数据块"):
            blocks.decode(damaged)


def test_nothing_to_encode() -> None:
    with pytest.raises(ValueError, match="空的数据块"):
        blocks.encode([])


def test_what_counts_as_the_same_payload() -> None:
    row = BlockRow(START, START, 1, 1, 0, (1.0, math.nan, None, *(2.0,) * 22))
    assert blocks.same(row, row._replace(recv_at=5, source=1, values=(1.0, math.nan, None, *(2.0,) * 22)))
    assert not blocks.same(row, row._replace(values=(None, *row.values[1:])))
    assert not blocks.same(row, row._replace(marks=2))
    assert not blocks.same(row, row._replace(extra={"x": 1}))


def test_size_and_speed_on_real_dust() -> None:
    sizes, seconds = [], []
    for number, readings in enumerate(sensors()[:4]):
        random = Random(number)
        rows = []
        for minute, values in enumerate(device_day(readings[1_000:], number)):
            ts = START + minute * MINUTE
            received = ts + MINUTE + int(abs(random.gauss(2, 1)) * 1_000) * 1_000
            rows.append(BlockRow(ts, received, 0x111111111, 1, 0, values))
        payload = blocks.encode(rows)
        began = time.process_time()
        restored = blocks.decode(payload)
        seconds.append(time.process_time() - began)
        assert blocks.identical(restored, rows)
        sizes.append(len(payload) / 1_440)
    assert max(sizes) < 20
    assert min(seconds) < 0.015
