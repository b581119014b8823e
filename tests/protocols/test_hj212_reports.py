"""扬尘读数：时间、单位、别名、标记、合理范围与版本，各按标准和设备设置取得。"""

from datetime import UTC, datetime

import pytest

from gongdi.protocols.hj212.factors import ROW_COLUMNS
from gongdi.protocols.hj212.profiles import DeviceSettings
from gongdi.protocols.hj212.reports import (
    Report,
    ReportError,
    dust_report,
    edition_of,
    mark_of,
    parse_time,
)
from gongdi.protocols.hj212.segments import parse_segment
from tests.protocols.hj212_samples import annex_c, dust

UG = DeviceSettings(pm_unit="ug")


def read(segment: str, settings: DeviceSettings = UG) -> Report:
    report = dust_report(parse_segment(segment.encode()), settings)
    assert isinstance(report, Report)
    return report


def value(report: Report, column: str) -> float | None:
    return report.values[ROW_COLUMNS.index(column)]


def test_columns_are_those_of_a_minute_row() -> None:
    assert len(ROW_COLUMNS) == 25
    assert ROW_COLUMNS[:4] == ("tsp_avg", "tsp_min", "tsp_max", "pm10_avg")
    assert ROW_COLUMNS[-4:] == ("wind_speed_avg", "wind_speed_min", "wind_speed_max", "wind_direction_avg")


def test_minute_report() -> None:
    report = read(
        dust(
            "DataTime=20260301075900;a34001-Min=90,a34001-Avg=100.5,a34001-Max=120,a34001-Flag=N;"
            "a34002-Avg=80,a34002-Flag=M;a34004-Avg=30;Leq-Data=55.5;LMx-Data=60;LMn-Data=50;"
            "a01008-Avg=359,a01008-Min=1,a01008-Flag=X;a05024-Avg=1.5"
        )
    )
    assert (report.cn, report.device_no, report.password, report.edition) == (
        2051,
        "SITE0001",
        "123456",
        2017,
    )
    assert report.ack_wanted
    assert report.ts == datetime(2026, 2, 28, 23, 59, tzinfo=UTC)
    assert [value(report, f"tsp_{name}") for name in ("min", "avg", "max")] == [90, 100.5, 120]
    assert [value(report, f"noise_{name}") for name in ("min", "avg", "max")] == [50, 55.5, 60]
    assert value(report, "humidity_avg") is None
    marks = [
        mark_of(report.marks, name) for name in ("tsp", "pm10", "pm25", "noise", "wind_direction", "humidity")
    ]
    assert marks == [1, 3, 9, 9, 10, 0]
    assert report.extra == {"a05024": {"Avg": "1.5"}}
    assert not report.backfill


def test_printed_noise_minute_of_annex_c() -> None:
    entry = next(entry for entry in annex_c() if entry["id"] == "C072")
    report = read(entry["segment"])
    assert [value(report, f"noise_{name}") for name in ("avg", "min", "max")] == [50, 42, 54]
    assert report.extra is not None
    assert set(report.extra) == {"L5", "L10", "L50", "L90", "L95"}


def test_realtime_prefers_the_instant_level() -> None:
    report = read(dust("DataTime=20260301080000;Leq-Rtd=50;LA-Rtd=61.5,LA-Flag=N;PM2.5-Rtd=12", cn=2011))
    assert value(report, "noise_avg") == 61.5
    assert value(report, "pm25_avg") == 12


@pytest.mark.parametrize(
    ("unit", "sent", "stored"), [("ng", "75600.000", 75.6), ("ug", "207", 207.0), ("mg", "0.346", 346.0)]
)
def test_pm_unit_is_the_device_s(unit: str, sent: str, stored: float) -> None:
    settings = DeviceSettings(pm_unit=unit)  # type: ignore[arg-type]
    report = read(dust(f"DataTime=20260301080000;a34004-Avg={sent},a34004-Flag=N"), settings)
    assert value(report, "pm25_avg") == pytest.approx(stored)
    assert mark_of(report.marks, "pm25") == 1


def test_default_pm_unit_is_the_standard_s() -> None:
    report = read(dust("DataTime=20260301080000;a34002-Avg=80000"), DeviceSettings())
    assert value(report, "pm10_avg") == 80


@pytest.mark.parametrize(("unit", "sent"), [("Pa", "92310"), ("hPa", "923.1"), ("kPa", "92.31")])
def test_pressure_unit(unit: str, sent: str) -> None:
    settings = DeviceSettings(pressure_unit=unit)  # type: ignore[arg-type]
    report = read(dust(f"DataTime=20260301080000;a01006-Avg={sent}"), settings)
    assert value(report, "pressure_avg") == pytest.approx(92.31)


@pytest.mark.parametrize(
    ("text", "stored", "mark"),
    [
        ("80.1", 80.1, 1),
        (" 80.1 ", 80.1, 1),
        ("+5", 5.0, 1),
        ("05.000", 5.0, 1),
        (".5", 0.5, 1),
        ("", None, 0),
        ("  ", None, 0),
        ("nan", None, 10),
        ("inf", None, 10),
        ("1e5", None, 10),
        ("1_0", None, 10),
        ("８０", None, 10),
        ("0x10", None, 10),
        ("1.2.3", None, 10),
        ("--", None, 10),
        ("-1", -1.0, 11),
        ("20000.1", 20000.1, 11),
        ("9" * 400, None, 11),
    ],
)
def test_number_grammar_and_range(text: str, stored: float | None, mark: int) -> None:
    report = read(dust(f"DataTime=20260301080000;a34002-Avg={text},a34002-Flag=N"))
    assert value(report, "pm10_avg") == stored
    assert mark_of(report.marks, "pm10") == mark


@pytest.mark.parametrize(
    ("flag", "mark"),
    [*zip("NTMCDBFS", range(1, 9), strict=True), ("", 9), ("n", 1), ("P", 12), ("3", 10), ("NN", 10)],
)
def test_data_marks(flag: str, mark: int) -> None:
    report = read(dust(f"DataTime=20260301080000;a34002-Avg=80,a34002-Flag={flag}"))
    assert mark_of(report.marks, "pm10") == mark


def test_a_mark_without_value_is_never_normal() -> None:
    report = read(
        dust("DataTime=20260301080000;a34002-Flag=N;a34004-Flag=D;a34001-Avg=9999999,a34001-Flag=C")
    )
    assert [mark_of(report.marks, name) for name in ("pm10", "pm25", "tsp")] == [0, 5, 4]


def test_one_bad_extreme_taints_the_factor() -> None:
    report = read(dust("DataTime=20260301080000;a34002-Min=-7,a34002-Avg=80,a34002-Max=90,a34002-Flag=N"))
    assert mark_of(report.marks, "pm10") == 11
    assert value(report, "pm10_avg") == 80


def test_own_names_and_common_flag_only_by_setting() -> None:
    segment = dust("DataTime=20260301080000;107-Avg=31;Flag=D")
    plain = read(segment)
    assert value(plain, "pm25_avg") is None
    assert plain.extra == {"107": {"Avg": "31"}}
    named = read(segment, DeviceSettings(pm_unit="ug", names=(("107", "pm25"),), common_flag=True))
    assert value(named, "pm25_avg") == 31
    assert mark_of(named.marks, "pm25") == 5


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026030108000",
        "202603010800000",
        "20261301080000",
        "20260230080000",
        "2026-03-01 0800",
        "２０２６０３０１０８００００",
    ],
)
def test_bad_data_time(text: str) -> None:
    error = dust_report(parse_segment(dust(f"DataTime={text};a34002-Avg=1").encode()), UG)
    assert isinstance(error, ReportError)
    assert error.reason == "time"


def test_milliseconds_in_data_time_by_setting() -> None:
    segment = parse_segment(dust("DataTime=20260301080000123;a34002-Avg=1").encode())
    assert isinstance(dust_report(segment, UG), ReportError)
    report = dust_report(segment, DeviceSettings(millisecond_time=True))
    assert isinstance(report, Report)
    assert report.ts == parse_time("20260301080000")


def test_other_commands_are_not_data() -> None:
    error = dust_report(parse_segment(dust("", cn=9021).encode()), UG)
    assert isinstance(error, ReportError)
    assert error.reason == "not_data"


@pytest.mark.parametrize(
    ("header", "accept", "edition"),
    [
        ({}, True, 2005),
        ({"QN": "1"}, True, 2005),
        ({"Flag": "1"}, True, 2005),
        ({"Flag": "3"}, True, 2005),
        ({"Flag": "4"}, True, 2017),
        ({"Flag": "7"}, True, 2017),
        ({"Flag": "9", "ST": "39"}, True, 2025),
        ({"Flag": "9", "ST": "39"}, False, 2017),
        ({"Flag": "9", "ST": "21"}, True, 2017),
        ({"Flag": "x"}, True, 2005),
    ],
)
def test_edition(header: dict[str, str], accept: bool, edition: int) -> None:
    assert edition_of(header, accept) == edition


def test_2025_only_by_setting() -> None:
    segment = parse_segment(
        dust("DataTime=20260301080000;a34002-Avg=80", flag="Flag=9;RF=1;").encode(),
    )
    off = dust_report(segment, UG)
    on = dust_report(segment, DeviceSettings(pm_unit="ug", edition_2025=True))
    assert isinstance(off, Report)
    assert isinstance(on, Report)
    assert (off.edition, off.backfill) == (2017, False)
    assert (on.edition, on.backfill) == (2025, True)


def test_cipher_text_is_left_alone_and_said() -> None:
    segment = parse_segment(dust("{0xE4}{0x3E}garble", flag="Flag=9;").encode())
    error = dust_report(segment, DeviceSettings(edition_2025=True))
    assert isinstance(error, ReportError)
    assert error.reason == "encrypted"
    assert "未经真机验证" in error.detail


def test_subpackets_need_no_reassembly() -> None:
    report = read(dust("DataTime=20260301080000;a34002-Avg=80", flag="Flag=7;PNUM=2;PNO=1;"))
    assert report.ack_wanted
    assert value(report, "pm10_avg") == 80
