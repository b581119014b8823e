"""因子表逐条有出处：每个编码、别名、单位、合理范围和标记都说得出在哪里规定或见过。"""

import pytest

from gongdi.protocols.hj212.factors import (
    ALIASES,
    FACTORS,
    MARKS,
    NOISE_STATISTIC,
    RANGES,
    ROW_COLUMNS,
    canonical,
)
from gongdi.protocols.hj212.profiles import DeviceSettings
from gongdi.protocols.hj212.reports import Report, dust_report, mark_of
from gongdi.protocols.hj212.segments import parse_segment
from tests.protocols.hj212_samples import annex_c, dust, packets

UG = DeviceSettings(pm_unit="ug")

# code or alias (lower case) -> factor, source. `包 Sxxx`: packet of tests/data/hj212/packets.jsonl,
# `附录 Cxxx`: segment of annexC_2017_segments.jsonl; else the table or practice that names it.
SOURCES = {
    "a34001": ("tsp", "包 S008"),
    "tsp": ("tsp", "包 S006"),
    "dust": ("tsp", "扬尘设备厂商的因子名"),
    "a34002": ("pm10", "包 S008"),
    "pm10": ("pm10", "包 S004"),
    "a34004": ("pm25", "包 S001"),
    "pm25": ("pm25", "包 S004"),
    "pm2.5": ("pm25", "扬尘设备厂商的因子名"),
    "la": ("noise", "附录 C070"),
    "a50001": ("noise", "包 S035"),
    "nois": ("noise", "包 S006"),
    "noise": ("noise", "扬尘设备厂商的因子名"),
    "voice": ("noise", "扬尘设备厂商的因子名"),
    "b03": ("noise", "HJ/T 212-2005 噪声编码"),
    "leq": ("noise", "附录 C072"),
    "lmx": ("noise", "附录 C072"),
    "lmn": ("noise", "附录 C072"),
    "a01001": ("temperature", "包 S001"),
    "tem": ("temperature", "包 S004"),
    "temp": ("temperature", "包 S048"),
    "a01002": ("humidity", "包 S001"),
    "rh": ("humidity", "包 S004"),
    "humi": ("humidity", "包 S048"),
    "humid": ("humidity", "扬尘设备厂商的因子名"),
    "a01006": ("pressure", "包 S001"),
    "pa": ("pressure", "包 S046"),
    "a01007": ("wind_speed", "包 S001"),
    "ws": ("wind_speed", "包 S004"),
    "a01008": ("wind_direction", "包 S008"),
    "wd": ("wind_direction", "包 S004"),
}
# factor -> least and greatest plausible value in the stored unit, the unit, why
RANGE_SOURCES = {
    "tsp": (0, 30_000, "µg/m³", "激光散射法量程上限"),
    "pm10": (0, 20_000, "µg/m³", "激光散射法量程上限"),
    "pm25": (0, 10_000, "µg/m³", "激光散射法量程上限"),
    "noise": (20, 140, "dB(A)", "声级计量程"),
    "temperature": (-50, 60, "℃", "山西历史极值以外"),
    "humidity": (0, 100, "%", "定义"),
    "pressure": (60, 110, "kPa", "海拔 0 至 3,000 米以外"),
    "wind_speed": (0, 60, "m/s", "风速仪量程"),
    "wind_direction": (0, 360, "°", "定义"),
}
# letter -> nibble, meaning, source
MARK_SOURCES = {
    "N": (1, "正常", "HJ 212-2017 表8"),
    "T": (2, "超量程", "HJ 212-2017 表8"),
    "M": (3, "维护", "HJ 212-2017 表8"),
    "C": (4, "校准", "HJ 212-2017 表8"),
    "D": (5, "故障", "HJ 212-2017 表8"),
    "B": (6, "与仪表失联", "HJ 212-2017 表8"),
    "F": (7, "停运", "HJ 212-2017 表8"),
    "S": (8, "手工设定", "HJ 212-2017 表8"),
    "P": (12, "电源故障", "HJ/T 212-2005"),
}


def read(area: str, cn: int = 2051, settings: DeviceSettings = UG) -> Report:
    report = dust_report(parse_segment(dust(f"DataTime=20260301080000;{area}", cn=cn).encode()), settings)
    assert isinstance(report, Report)
    return report


def column(report: Report, name: str) -> float | None:
    return report.values[ROW_COLUMNS.index(name)]


def test_no_alias_is_without_a_source_and_no_source_without_an_alias() -> None:
    assert {code: factor for code, (factor, _) in SOURCES.items()} == ALIASES
    assert set(ALIASES.values()) == set(FACTORS)


@pytest.mark.parametrize(
    "code", [code for code, (_, source) in SOURCES.items() if source[:2] in ("包 ", "附录")]
)
def test_a_cited_packet_carries_the_code(code: str) -> None:
    number = SOURCES[code][1].split()[1]
    entry = next(entry for entry in (*packets(), *annex_c()) if entry["id"] == number)
    assert code in {sent.lower() for sent in entry["truth"]["factors"]}


@pytest.mark.parametrize("code", SOURCES)
@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
def test_a_code_means_its_factor_in_any_case(code: str, case: object) -> None:
    assert callable(case)
    assert canonical(case(code), UG) == SOURCES[code][0]


@pytest.mark.parametrize("code", [code for code in SOURCES if code not in NOISE_STATISTIC])
def test_a_minute_mean_under_every_name_fills_its_column(code: str) -> None:
    factor = SOURCES[code][0]
    low, high, *_ = RANGE_SOURCES[factor]
    middle = (low + high) / 2
    report = read(f"{code}-Avg={middle},{code}-Flag=N")
    assert column(report, f"{factor}_avg") == middle
    assert mark_of(report.marks, factor) == 1
    assert sum(value is not None for value in report.values) == 1
    assert report.extra is None


@pytest.mark.parametrize(("code", "statistic"), NOISE_STATISTIC.items())
def test_the_three_levels_fill_one_statistic_each(code: str, statistic: str) -> None:
    assert column(read(f"{code}-Data=55.5"), f"noise_{statistic}") == 55.5


@pytest.mark.parametrize(
    "code", ["107", "925", "a34005", "pm1", "T02", "H01", "l50", "x", "a3400", "a340020"]
)
def test_what_has_no_source_is_kept_aside_and_never_guessed(code: str) -> None:
    report = read(f"{code}-Avg=50,{code}-Flag=N")
    assert all(value is None for value in report.values)
    assert report.marks == 0
    assert report.extra == {code: {"Avg": "50", "Flag": "N"}}


def test_every_factor_has_a_range_with_a_reason() -> None:
    assert {factor: tuple(row[:2]) for factor, row in RANGE_SOURCES.items()} == RANGES
    assert all(row[2] and row[3] for row in RANGE_SOURCES.values())


CODE_OF = {"tsp": "a34001", "pm10": "a34002", "pm25": "a34004", "noise": "LA", "temperature": "a01001",
           "humidity": "a01002", "pressure": "a01006", "wind_speed": "a01007", "wind_direction": "a01008"}  # fmt: skip


@pytest.mark.parametrize("factor", FACTORS)
def test_both_ends_of_a_range_are_plausible_and_the_next_step_is_not(factor: str) -> None:
    low, high, *_ = RANGE_SOURCES[factor]
    code = CODE_OF[factor]
    for sent, mark in ((low, 1), (high, 1), (low - 0.01, 11), (high + 0.01, 11)):
        report = read(f"{code}-Avg={sent:.2f},{code}-Flag=N")
        assert mark_of(report.marks, factor) == mark, sent
        assert column(report, f"{factor}_avg") == pytest.approx(sent)


@pytest.mark.parametrize("factor", ["tsp", "pm10", "pm25"])
@pytest.mark.parametrize(("unit", "times"), [("ng", 1000), ("ug", 1), ("mg", 0.001)])
def test_the_range_holds_in_the_stored_unit_whatever_the_device_sends(
    factor: str, unit: str, times: float
) -> None:
    code, high = CODE_OF[factor], RANGE_SOURCES[factor][1]
    settings = DeviceSettings(pm_unit=unit)  # type: ignore[arg-type]
    inside = read(f"{code}-Avg={high * times * 0.999:.6f},{code}-Flag=N", settings=settings)
    outside = read(f"{code}-Avg={high * times * 1.001:.6f},{code}-Flag=N", settings=settings)
    assert column(inside, f"{factor}_avg") == pytest.approx(high * 0.999)
    assert (mark_of(inside.marks, factor), mark_of(outside.marks, factor)) == (1, 11)


@pytest.mark.parametrize(("unit", "times"), [("Pa", 1000), ("hPa", 10), ("kPa", 1)])
def test_pressure_range_in_every_unit(unit: str, times: int) -> None:
    settings = DeviceSettings(pressure_unit=unit)  # type: ignore[arg-type]
    for sent, mark in ((60, 1), (110, 1), (59.9, 11), (110.1, 11), (923.1, 11), (96843.6, 11)):
        report = read(f"a01006-Avg={sent * times},a01006-Flag=N", settings=settings)
        assert mark_of(report.marks, "pressure") == mark, (unit, sent)


def test_a_unit_setting_touches_its_factor_only() -> None:
    area = "a34002-Avg=50000;a01006-Avg=92;a01001-Avg=20;LA-Avg=50;a01007-Avg=3;a01008-Avg=90;a01002-Avg=40"
    ng = read(area, settings=DeviceSettings())
    for name, value in (
        ("pm10", 50),
        ("pressure", 92),
        ("temperature", 20),
        ("noise", 50),
        ("wind_speed", 3),
    ):
        assert column(ng, f"{name}_avg") == value
    assert (
        column(read("a34002-Avg=50;a01006-Avg=923", settings=DeviceSettings("ug", "hPa")), "pm10_avg") == 50
    )


def test_the_standard_and_the_two_practices_of_units_have_their_packets() -> None:
    """纳克 is table B.2; 微克 and 毫克 are seen: 75600.000, 207 and 0.346 are all about the same air."""
    for unit, sent, stored in (("ng", "75600.000", 75.6), ("ug", "207", 207), ("mg", "0.346", 346)):
        report = read(f"a34004-Avg={sent}", settings=DeviceSettings(pm_unit=unit))  # type: ignore[arg-type]
        assert column(report, "pm25_avg") == pytest.approx(stored)


def test_every_mark_has_a_source() -> None:
    assert {letter: row[0] for letter, row in MARK_SOURCES.items()} == MARKS


@pytest.mark.parametrize("letter", MARK_SOURCES)
@pytest.mark.parametrize("factor", FACTORS)
def test_a_mark_lands_in_the_nibble_of_its_factor(factor: str, letter: str) -> None:
    low, high, *_ = RANGE_SOURCES[factor]
    report = read(f"{CODE_OF[factor]}-Avg={(low + high) / 2},{CODE_OF[factor]}-Flag={letter}")
    place = FACTORS.index(factor)
    assert report.marks == MARK_SOURCES[letter][0] << (4 * place)


@pytest.mark.parametrize("letter", ["N", ""])
def test_a_good_mark_never_covers_an_implausible_value(letter: str) -> None:
    report = read(f"a34002-Avg=20001,a34002-Flag={letter}")
    assert mark_of(report.marks, "pm10") == 11


@pytest.mark.parametrize("letter", ["T", "M", "C", "D", "B", "F", "S", "P"])
def test_the_devices_own_bad_mark_stays_the_reason(letter: str) -> None:
    """A device that says it calibrates is calibrating, whatever number it sends."""
    report = read(f"a34002-Avg=99999,a34002-Flag={letter}")
    assert mark_of(report.marks, "pm10") == MARK_SOURCES[letter][0]


@pytest.mark.parametrize("letter", ["0", "1", "2", "3", "X", "OK", "N N", "正常"])
def test_marks_of_other_protocols_are_unknown(letter: str) -> None:
    """Air stations of the 2005 edition use 0 to 3; what is not in the table never counts as normal."""
    assert mark_of(read(f"a34002-Avg=80,a34002-Flag={letter}").marks, "pm10") == 10


@pytest.mark.parametrize("cn", [2051, 2061, 2031])
def test_period_data_takes_the_mean_and_its_extremes(cn: int) -> None:
    report = read("a34002-Rtd=1,a34002-Avg=80,a34002-Min=70,a34002-Max=90,a34002-Cou=3,a34002-Flag=N", cn)
    assert [column(report, f"pm10_{part}") for part in ("avg", "min", "max")] == [80, 70, 90]
    assert report.extra == {"a34002": {"Rtd": "1", "Cou": "3"}}


def test_realtime_data_takes_the_reading_of_the_moment() -> None:
    report = read("a34002-Rtd=81,a34002-Avg=80,a34002-Flag=N", 2011)
    assert column(report, "pm10_avg") == 81
    assert report.extra == {"a34002": {"Avg": "80"}}


def test_two_names_of_one_factor_the_first_sent_counts() -> None:
    report = read("PM10-Avg=80,PM10-Flag=D;a34002-Avg=90,a34002-Flag=N")
    assert (column(report, "pm10_avg"), mark_of(report.marks, "pm10")) == (80, 5)
    assert report.extra == {"a34002": {"Avg": "90"}}
