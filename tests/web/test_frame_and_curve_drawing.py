"""报文与曲线的数据：坏报文也逐字节显示，单位换算写明，曲线的 JSON 与读数一一对应。"""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.monitor.queries.curve import Band, CurveSettings, DayCurve, HourMean
from gongdi.monitor.queries.frames import FrameField, FrameView
from gongdi.protocols.hj212.factors import ALIASES
from gongdi.telemetry.queries.states import SlotState, StateRun
from gongdi.web.drawing import curve_data, frames
from tests.web import samples

NOW = samples.NOW
LINE = samples.last_frames(1)[0].line


def view(text: str, header: tuple[FrameField, ...] = (), factors: tuple[FrameField, ...] = ()) -> FrameView:
    """A frame of this text."""
    return FrameView(LINE, text, header, factors)


def shown(frame: FrameView) -> str:
    """All bytes on the page."""
    return "".join(piece.text for row in frames.rows(frame) for piece in row.pieces)


@pytest.mark.parametrize(
    "text",
    ["", "#", "##", "##0", "not hj212 at all", "##0375QN=1", "x" * 100, "x" * 101, "·" * 250, "####9999"],
)
def test_a_broken_frame_is_shown_as_it_came(text: str) -> None:
    assert shown(view(text)) == text


def test_only_the_line_end_is_left_out() -> None:
    assert shown(view("##0004abcd1234\r\n")) == "##0004abcd1234"


@given(
    st.text(alphabet="#0Q=;,&·", max_size=260),
    st.lists(st.tuples(st.integers(-5, 270), st.integers(-5, 270)), max_size=6),
)
@settings(derandomize=True, deadline=None, max_examples=150)
def test_fields_at_impossible_places_lose_no_byte(text: str, spans: list[tuple[int, int]]) -> None:
    fields = tuple(FrameField(f"f{n}", "", "", "", "", a, b) for n, (a, b) in enumerate(spans))
    assert shown(view(text, fields)) == text.rstrip("\r\n")


def test_length_and_crc_have_their_own_colour() -> None:
    tones = {piece.text: piece.tone for row in frames.rows(view("##0004abcd1C80")) for piece in row.pieces}
    assert tones == {"##": "", "0004": "check", "abcd": "", "1C80": "check"}


def factor(name: str, value: str, unit: str = "ng/m³", label: str = "PM10") -> FrameField:
    """One field of a factor."""
    return FrameField(name, value, label, "", unit, 0, 0)


@pytest.mark.parametrize(
    ("pm_unit", "unit", "stored"),
    [("ng", "ng/m³", "0.2 µg/m³"), ("ug", "µg/m³", ""), ("mg", "mg/m³", "168,400.0 µg/m³".replace(",", ""))],
)
def test_a_particle_is_shown_as_sent_and_as_stored(pm_unit: str, unit: str, stored: str) -> None:
    """设备报的单位写在台账里，不猜：ng 与 mg 各写明折合。"""
    (row,) = frames.factor_rows(view("", factors=(factor("a34002-Avg", "168.4"),)), pm_unit)
    assert (row.value, row.unit, row.stored) == ("168.4", unit, stored)


def test_noise_is_never_converted() -> None:
    (row,) = frames.factor_rows(view("", factors=(factor("Leq-Data", "63.2", "dB(A)", "噪声"),)), "mg")
    assert (row.unit, row.stored) == ("dB(A)", "")


@pytest.mark.parametrize("pm_unit", ["ng", "mg"])
@pytest.mark.parametrize("code", [code for code, name in ALIASES.items() if name in ("tsp", "pm10", "pm25")])
def test_every_name_of_a_particle_has_the_unit_of_the_particle(code: str, pm_unit: str) -> None:
    """The conversion shown is the one of the stored row."""
    unit, stored = {"ng": ("ng/m³", "168.4 µg/m³"), "mg": ("mg/m³", "168400000.0 µg/m³")}[pm_unit]
    for sent in (code, code.upper(), code.title()):
        (row,) = frames.factor_rows(view("", factors=(factor(f"{sent}-Avg", "168400"),)), pm_unit)
        assert (row.code, row.unit, row.stored) == (sent, unit, stored)


@pytest.mark.parametrize("code", [code for code, name in ALIASES.items() if name in ("pressure", "humidity")])
def test_other_factors_keep_their_unit(code: str) -> None:
    (row,) = frames.factor_rows(view("", factors=(factor(f"{code}-Avg", "98.1", "kPa", "气压"),)), "ng")
    assert (row.unit, row.stored) == ("kPa", "")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "-",
        "1,5",
        "NaN%",
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "1_0",
        "1e3",
        "１６8",
        "١",
        "9" * 400,
        "1000001",
    ],
)
def test_a_value_that_is_no_number_is_shown_and_not_converted(value: str) -> None:
    (row,) = frames.factor_rows(view("", factors=(factor("a34002-Avg", value),)), "mg")
    assert (row.value, row.stored) == (value, "")


def test_parts_of_one_factor_make_one_row() -> None:
    parts = (
        factor("a34002-Min", "150.1"), factor("a34002-Avg", "168.4"), factor("a34002-Max", "190.0"),
        factor("a34002-Flag", "T"), factor("a34004-Rtd", "74.1", label="PM2.5"),
    )  # fmt: skip
    head = (FrameField("QN", "1", "", "", "", 0, 0),)
    pm10, pm25 = frames.factor_rows(view("", head, parts), "ug")
    assert (pm10.code, pm10.value, pm10.reach, pm10.mark, pm10.fields) == (
        "a34002", "168.4", "150.1 – 190.0", "T", "1 2 3 4",
    )  # fmt: skip
    assert (pm25.label, pm25.value, pm25.reach, pm25.mark, pm25.fields) == ("PM2.5", "74.1", "", "", "5")


def curve(factor_name: str = "pm10") -> DayCurve:
    """The sample day with the factors of a choice."""
    return samples.day_curve(1, NOW, curve_data.settings(factor_name, "140105"))


@pytest.mark.parametrize(
    ("chosen", "factors", "titles"),
    [
        ("pm10", ("pm10", "pm25", "noise"), ["PM10 · PM2.5　µg/m³", "噪声 Leq　dB(A)"]),
        ("noise", ("noise",), ["噪声 Leq　dB(A)"]),
        ("temperature", ("temperature", "noise"), ["温度　℃", "噪声 Leq　dB(A)"]),
    ],
)
def test_which_lines_a_choice_draws(chosen: str, factors: tuple[str, ...], titles: list[str]) -> None:
    assert curve_data.settings(chosen, "140105").factors == factors
    made = curve_data.series(curve(chosen), chosen, 1)
    assert [panel["title"].replace("气温", "温度").replace("°C", "℃") for panel in made["panels"]] == titles


def test_numbers_of_the_curve_are_those_of_the_readings() -> None:
    found = curve()
    made = curve_data.series(found, "pm10", 1)
    upper = made["panels"][0]
    main = found.curves[0]
    assert upper["lines"][0]["minutes"] == [None if v is None else round(v, 2) for v in main.minutes]
    assert [ms for ms, _ in upper["lines"][0]["hours"]] == [int(h.ts.timestamp() * 1000) for h in main.hours]
    assert upper["limits"] == [
        {"from": made["start"], "to": made["end"], "value": 250, "label": "小时均值限值 250（太原市）"}
    ]
    assert upper["zero"] is True
    assert [(band["kind"], band["text"]) for band in made["bands"]] == [
        ("exceeded", "超标 2 h"), ("back_filled", "补传 90 min"), ("pending", "未到 25 min"),
    ]  # fmt: skip


def test_a_missing_minute_is_null_and_an_invalid_hour_has_no_mean() -> None:
    """不足 3/4 的小时不画均值；缺的分钟不补零、不连线。"""
    made = curve_data.series(curve(), "pm10", 1)["panels"][0]["lines"][0]
    assert made["minutes"].count(None) == 25
    means = [value for _, value in made["hours"]]
    assert None in means
    assert 0 not in means


@pytest.mark.parametrize(("interval", "gap"), [(1, 2), (5, 10), (60, 120)])
def test_two_missing_samples_break_the_line(interval: int, gap: int) -> None:
    assert curve_data.series(curve(), "pm10", interval)["gap"] == gap


def test_the_rail_says_its_states_in_words() -> None:
    rail = curve_data.series(curve(), "pm10", 1)["rail"]
    assert [run["label"] for run in rail] == ["按时", "补传", "按时", "应传未到", "按时"]
    assert all(a["to"] == b["from"] for a, b in pairwise(rail))
    unexpected = replace(curve(), rail=(StateRun(NOW, NOW + timedelta(hours=1), None, 60, 60, "", None),))
    assert curve_data.series(unexpected, "pm10", 1)["rail"][0]["state"] is None
    assert SlotState.PENDING.label == "应传未到"


def test_the_spoken_summary_counts_valid_hours_and_exceedances() -> None:
    found = curve()
    main = found.curves[0]
    valid = [hour.value for hour in main.hours if hour.value is not None]
    over = sum(hour.exceeded for hour in main.hours)
    said = curve_data.summary(found, "pm10")
    assert said.startswith(
        f"近 24 小时 PM10 曲线，有效 {len(valid)} 小时，小时均值 {min(valid):.1f} 到 {max(valid):.1f} µg/m³"
    )
    assert said.endswith(f"超限 {over} 小时")


def test_the_summary_of_an_empty_day_says_so() -> None:
    found = curve()
    empty = tuple(
        replace(one, hours=tuple(HourMean(hour.ts, None, False, False) for hour in one.hours))
        for one in found.curves
    )
    assert curve_data.summary(replace(found, curves=empty), "pm10").endswith("暂无有效小时")
    assert "暂无有效小时" in curve_data.summary(replace(found, curves=()), "tsp")


def test_the_legend_shows_pm25_only_beside_pm10() -> None:
    assert [key.label for key in curve_data.keys(curve(), "pm10")] == ["PM10 小时均值", "分钟值", "PM2.5"]
    assert [key.label for key in curve_data.keys(curve("noise"), "noise")][1:] == ["分钟值"]


def test_a_day_without_curves_is_an_empty_picture() -> None:
    made = curve_data.series(DayCurve(NOW - timedelta(hours=24), NOW, (), (), (), ()), "pm10", 1)
    assert made["panels"] == made["bands"] == made["rail"] == []
    assert CurveSettings().factors == ("pm10", "pm25", "noise")
    assert Band(NOW, NOW, "x", 0, "").minutes == 0
