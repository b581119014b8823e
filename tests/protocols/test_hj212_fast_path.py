"""按报文形状编译的快路径与慢路径逐项相同。"""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.protocols.hj212 import reports
from gongdi.protocols.hj212.frames import Frame, Framer
from gongdi.protocols.hj212.profiles import DeviceSettings
from gongdi.protocols.hj212.reports import Report, ReportReader, dust_report, read_head
from gongdi.protocols.hj212.segments import parse_segment
from tests.protocols.hj212_samples import annex_c, corpus, dust, frame, packets, raw

SETTINGS = [
    DeviceSettings(),
    DeviceSettings(pm_unit="mg", pressure_unit="hPa"),
    DeviceSettings(
        pm_unit="ug", pressure_unit="Pa", names=(("107", "pm10"), ("a34002", "tsp")), common_flag=True
    ),
    DeviceSettings(millisecond_time=True, edition_2025=True),
]

CODES = [
    "a34001",
    "a34002",
    "A34004",
    "PM10",
    "LA",
    "Leq",
    "LMx",
    "a01006",
    "a01008",
    "107",
    "SO2",
    " a01001",
    "a01007 ",
]
SUFFIXES = ["Avg", "Min", "Max", "Rtd", "Data", "Flag", "flag", "Cou", "Rtd-Rtd"]
VALUES = [
    "80",
    "80.5",
    "-3.25",
    "0",
    "",
    "N",
    "D",
    "n",
    " 12 ",
    "+7",
    "1e5",
    "nan",
    "99999999",
    "1.2.3",
    ".5",
    "-",
    "x=y",
]
TIMES = ["20260301080000", "20260301080100", "2026030108", "20260301080000123", "20261301000000", ""]


def same(segment: bytes, chosen: DeviceSettings, reader: ReportReader) -> None:
    expected = dust_report(parse_segment(segment), chosen)
    head = read_head(segment)
    assert head.header == parse_segment(segment).header
    for _ in range(3):  # unseen, learnt, compiled
        assert reader.read(head) == expected


@settings(derandomize=True, max_examples=400, deadline=None)
@given(
    st.sampled_from(SETTINGS),
    st.sampled_from([2011, 2051, 2061, 2031, 2021]),
    st.lists(
        st.one_of(
            st.builds(
                lambda code, suffix, value: f"{code}-{suffix}={value}",
                st.sampled_from(CODES),
                st.sampled_from(SUFFIXES),
                st.sampled_from(VALUES),
            ),
            st.sampled_from(["Flag=D", "Flag=N", "PolId=w1", "bare", "", " ", "DataTime=1", "=5", "清=洗"]),
        ),
        max_size=14,
    ),
    st.sampled_from(TIMES),
    st.lists(st.sampled_from([";", ","]), min_size=15, max_size=15),
)
def test_generated_areas(
    chosen: DeviceSettings, cn: int, items: list[str], moment: str, separators: list[str]
) -> None:
    area = "".join(
        item + separator for item, separator in zip([f"DataTime={moment}", *items], separators, strict=False)
    )
    segment = dust(area, cn=cn).encode()
    reader = ReportReader(chosen)
    same(segment, chosen, reader)
    # The compiled shape must also judge other values of the same shape.
    for old, new in (("80", "7777777"), ("80.5", "81.25"), ("12", ""), ("-3.25", "4.5"), ("=N", "=M")):
        same(dust(area.replace(old, new), cn=cn).encode(), chosen, reader)


@pytest.mark.parametrize("chosen", SETTINGS)
def test_collected_packets(chosen: DeviceSettings) -> None:
    reader = ReportReader(chosen)
    segments = [entry["segment"].encode() for entry in annex_c()]
    for packet in packets():
        data = raw(packet)
        segments.append(data[data.find(b"ST=") : data.rfind(b"&&") + 2])
    for segment in segments:
        same(segment, chosen, reader)


def test_shapes_are_bounded() -> None:
    reader = ReportReader(SETTINGS[0])
    names = ("".join(chr(97 + number // 26**place % 26) for place in range(3)) for number in range(5000))
    for name in names:
        reader.read(read_head(dust(f"DataTime=20260301080000;{name}-Avg=1").encode()))
    assert len(reader._shapes) <= 2048


def test_texts_are_bounded_and_judged() -> None:
    column = reports._Column((1000.0, 2.0), -5.0, 1e9)
    for number in range(40_000):
        assert column[str(number)] == number * 500.0
    assert len(column) <= 16_384
    assert column["1.2345678"] == 617.2839
    assert "1.2345678" not in column
    for text in ("x", "", "-1", "1.2.3"):
        with pytest.raises(ValueError, match=r"convert|范围"):
            column[text]


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=60))
def test_any_bytes(area: bytes, head: bytes) -> None:
    reader = ReportReader(SETTINGS[2])
    same(head + b"CP=&&" + area + b"&&", SETTINGS[2], reader)
    same(dust("DataTime=20260301080000;").encode()[:-2] + area + b"&&", SETTINGS[2], reader)


def test_speed_floor() -> None:
    """Floors far below the quiet figures (over 100,000 and 60,000 a second), to catch a lost fast path."""
    data, count = corpus(), 0
    start = time.process_time()
    for outcome in Framer().feed(data):
        assert isinstance(outcome, Frame)
        parse_segment(outcome.segment)
        count += 1
    assert count / (time.process_time() - start) > 20_000
    codes = ["a34001", "a34002", "a34004", "LA", "a01001", "a01002", "a01006", "a01007"]
    items = ";".join(
        f"{code}-Min=61.5,{code}-Avg=62.25,{code}-Max=63.125,{code}-Flag=N" for code in codes[:3] + codes[3:4]
    )
    stream = frame(dust(f"DataTime=20260301080000;{items};a01008-Avg=120,a01008-Flag=N")) * 3000
    reader = ReportReader(DeviceSettings(pm_unit="ug"))
    start = time.process_time()
    for outcome in Framer().feed(stream):
        assert isinstance(outcome, Frame)
        assert isinstance(reader.read(read_head(outcome.segment)), Report)
    assert (time.process_time() - start) / 3000 < 80e-6
