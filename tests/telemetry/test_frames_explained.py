"""报文说明：任何字节都解释得了，字段的位置逐字节对上，口令从不露出，长度和校验的判定与编解码一致。"""

import random
from datetime import datetime
from itertools import pairwise

import pytest

from gongdi.kernel.clock import SHANGHAI
from gongdi.monitor.queries.frames import FrameView, explain_frame
from gongdi.protocols.hj212.frames import Frame, judge_line
from tests.protocols.hj212_samples import bitwise_crc, dust, frame, packets, raw

AT = datetime(2026, 5, 20, 12, 0, tzinfo=SHANGHAI)
PASSWORD = "s3cret-Wort"
SEGMENT = dust("DataTime=20260520120000;a34002-Avg=80.1,a34002-Flag=N").replace("123456", PASSWORD)
GOOD = frame(SEGMENT)


def notes(view: FrameView) -> dict[str, str]:
    return {field.name: field.note for field in (*view.header, *view.factors)}


@pytest.mark.parametrize("packet", packets(), ids=lambda packet: str(packet["id"]))
def test_a_collected_packet_is_explained_at_its_own_bytes(packet: dict[str, object]) -> None:
    data = raw(packet)
    view = explain_frame(data, AT)
    assert len(view.text) == len(data)
    for field in (*view.header, *view.factors):
        name, equals, value = view.text[field.start : field.end].partition("=")
        assert (name.strip(), equals, value) == (field.name, "=", field.value)
    spans = sorted((field.start, field.end) for field in (*view.header, *view.factors))
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


@pytest.mark.parametrize("packet", packets(), ids=lambda packet: str(packet["id"]))
def test_the_verdict_on_the_page_is_that_of_the_codec(packet: dict[str, object]) -> None:
    data = raw(packet).strip()
    line = explain_frame(data, AT).line
    if isinstance(judge_line(data), Frame) and data.startswith(b"##"):
        assert (line.length_ok, line.crc_ok) == (True, True)
        assert line.crc.upper() == line.computed
    elif data.startswith(b"##"):
        assert not (line.length_ok and line.crc_ok and line.crc.upper() == line.computed)


def test_any_bytes_are_explained() -> None:
    draw = random.Random(379)
    for length in range(0, 300, 3):
        data = bytes(draw.randrange(256) for _ in range(length))
        for text in (data, b"##" + data, b"##0100QN=" + data + b"&&", GOOD[:length] + data):
            view = explain_frame(text, AT)
            assert len(view.text) == len(text)
            assert view.line.length == len(text)


@pytest.mark.parametrize("key", ["CN", "Flag", "QN", "ST", "DataTime", "MN", "a34002-Avg"])
@pytest.mark.parametrize("value", ["9" * 5000, "0", "", "-1", "９", "²", "1e9", "=", "x" * 5000])
def test_no_value_of_a_device_breaks_the_page(key: str, value: str) -> None:
    explain_frame(frame(f"ST=39;{key}={value};CP=&&{key}={value}&&"), AT)


SAYINGS = [
    ("CN=2011", "CN", "实时数据"),
    ("CN=2051", "CN", "分钟数据"),
    ("CN=9014", "CN", "数据应答"),
    ("CN=1234", "CN", ""),
    ("CN=20511", "CN", ""),
    ("ST=39", "ST", "工地扬尘污染源"),
    ("ST=99", "ST", ""),
    ("Flag=5", "Flag", "2017 版，要应答，不分包"),
    ("Flag=4", "Flag", "2017 版，不要应答，不分包"),
    ("Flag=7", "Flag", "2017 版，要应答，分包"),
    ("Flag=1", "Flag", "2005 版，要应答，不分包"),
    ("Flag=0", "Flag", "2005 版，不要应答，不分包"),
    ("Flag=9", "Flag", "版本位 2，要应答，不分包"),
    ("Flag=x", "Flag", ""),
    ("QN=20260520120004123", "QN", "12:00:04"),
    ("QN=20260230120004123", "QN", ""),
    ("QN=7", "QN", ""),
]


@pytest.mark.parametrize(("said", "name", "note"), SAYINGS)
def test_header_fields_are_put_into_words(said: str, name: str, note: str) -> None:
    assert notes(explain_frame(frame(f"{said};CP=&&&&"), AT))[name] == note


FACTORS = [
    ("a34002-Avg=80", "PM10", "均值", "µg/m³"),
    ("a34002-Min=80", "PM10", "最小值", "µg/m³"),
    ("a34002-Flag=N", "PM10", "数据标记", ""),
    ("PM10-Rtd=80", "PM10", "实时值", "µg/m³"),
    ("pm2.5-Rtd=80", "PM2.5", "实时值", "µg/m³"),
    ("LA-Rtd=60", "噪声", "实时值", "dB(A)"),
    ("Leq-Data=60", "噪声", "值", "dB(A)"),
    ("LMx-Data=60", "噪声", "值", "dB(A)"),
    ("a01008-Avg=90", "风向", "均值", "°"),
    ("a01006-Cou=1", "气压", "Cou", "kPa"),
]


@pytest.mark.parametrize(("said", "label", "note", "unit"), FACTORS)
def test_factors_are_named_by_the_table_of_the_codec(said: str, label: str, note: str, unit: str) -> None:
    view = explain_frame(frame(f"CN=2051;CP=&&{said}&&"), AT)
    (field,) = view.factors
    assert (field.label, field.note, field.unit) == (label, note, unit)


@pytest.mark.parametrize("said", ["107-Avg=1", "x-y=1", "plain=1", "a34002=1"])
def test_what_is_no_factor_stays_a_plain_field(said: str) -> None:
    view = explain_frame(frame(f"CN=2051;CP=&&{said}&&"), AT)
    assert view.factors == ()
    assert said.partition("=")[0] in {field.name for field in view.header}


@pytest.mark.parametrize(
    "data",
    [
        GOOD,
        GOOD[:-6] + b"0000\r\n",
        GOOD[:60],
        GOOD[6:],
        b"Real" + GOOD,
        GOOD.replace(b"PW=", b";PW="),
        GOOD.replace(b"ST=39;", b""),
        SEGMENT.encode(),
    ],
)
def test_the_password_is_never_shown(data: bytes) -> None:
    view = explain_frame(data, AT)
    shown = view.text + "".join(field.value for field in (*view.header, *view.factors))
    assert PASSWORD not in shown
    if PASSWORD.encode() in data:
        assert "*" * len(PASSWORD) in shown


def test_length_and_crc_are_shown_beside_what_they_should_be() -> None:
    line = explain_frame(GOOD, AT).line
    assert (line.declared, line.length, line.crc) == (
        len(SEGMENT),
        len(GOOD),
        f"{bitwise_crc(SEGMENT.encode()):04X}",
    )
    longer = b"##%04d" % (len(SEGMENT) + 6) + GOOD[6:]
    wrong = explain_frame(longer, AT).line
    assert (wrong.length_ok, wrong.declared) == (False, len(SEGMENT) + 6)
    changed = explain_frame(GOOD.replace(b"80.1", b"20.1"), AT).line
    assert (changed.length_ok, changed.crc_ok) == (True, False)
    assert changed.computed != changed.crc


def test_a_lower_case_crc_is_right() -> None:
    number = next(n for n in range(999) if not f"{bitwise_crc(dust(f'x={n}').encode()):04X}".isdigit())
    data = frame(dust(f"x={number}"), b"")
    assert explain_frame(data[:-4] + data[-4:].lower(), AT).line.crc_ok


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("20260520120000", AT),
        ("20260520120000123", AT),
        ("2026052012000", None),
        ("20261320120000", None),
        ("00000520120000", None),
        ("", None),
    ],
)
def test_the_data_time_is_beijing_time(text: str, moment: datetime | None) -> None:
    assert explain_frame(frame(dust(f"DataTime={text}")), AT).line.data_ts == moment
