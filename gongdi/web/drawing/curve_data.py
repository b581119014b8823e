"""曲线的数据：哪些线、限值、色带，写成浏览器模块读的 JSON。"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gongdi.monitor.queries.curve import Band, CurveSettings, DayCurve, FactorCurve
from gongdi.telemetry.queries.states import StateRun

_PARTICLES = ("pm10", "pm25", "tsp")
_TITLES = {"noise": "噪声 Leq", "wind_direction": "风向"}


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of the legend."""

    label: str
    tone: str
    path: str


_FLAT = "M1 6H21"
_WAVE = "M1 7l3-3 3 4 3-5 3 4 3-3 4 3"


def settings(factor: str, division: str) -> CurveSettings:
    """Factors to draw: the chosen one, PM2.5 beside PM10, noise below; limits by the dated policy of the division."""
    chosen = [factor]
    if factor == "pm10":
        chosen.append("pm25")
    if factor != "noise":
        chosen.append("noise")
    return CurveSettings(tuple(chosen), division)


def keys(found: DayCurve, factor: str) -> tuple[Key, ...]:
    """Legend of the upper panel."""
    label = _label(found, factor)
    result = [Key(f"{label} 小时均值", "s1", _FLAT), Key("分钟值", "soft", _WAVE)]
    if factor == "pm10":
        result.append(Key("PM2.5", "s2", _FLAT))
    return tuple(result)


def summary(found: DayCurve, factor: str) -> str:
    """Spoken summary of the curve (图的文字说明)."""
    main = next((one for one in found.curves if one.factor == factor), None)
    valid = [hour.value for hour in main.hours if hour.value is not None] if main else []
    if main is None or not valid:
        return f"近 24 小时 {_label(found, factor)} 曲线，暂无有效小时"
    over = sum(hour.exceeded for hour in main.hours)
    tail = f"，超限 {over} 小时" if over else ""
    return f"近 24 小时 {main.label} 曲线，有效 {len(valid)} 小时，小时均值 {min(valid):.1f} 到 {max(valid):.1f} {main.unit}{tail}"


def series(found: DayCurve, factor: str, interval_min: int) -> dict[str, Any]:
    """JSON of the curve: panels with lines and limits, bands, arrival rail; instants in epoch ms."""
    by_name = {one.factor: one for one in found.curves}
    panels: list[dict[str, Any]] = []
    if factor in by_name:
        upper = [by_name[factor], *([by_name["pm25"]] if factor == "pm10" and "pm25" in by_name else [])]
        panels.append(_panel(upper, factor))
    if factor != "noise" and "noise" in by_name:
        panels.append(_panel([by_name["noise"]], "noise", small=True))
    return {
        "start": _ms(found.starts),
        "end": _ms(found.ends),
        "gap": max(2, 2 * interval_min),
        "panels": panels,
        "bands": [_band(band) for band in found.bands],
        "rail": [_run(run) for run in found.rail],
    }


def _panel(lines: Sequence[FactorCurve], factor: str, *, small: bool = False) -> dict[str, Any]:
    title = " · ".join(_TITLES.get(line.factor, line.label) for line in lines)
    return {
        "title": f"{title}　{lines[0].unit}",
        "unit": lines[0].unit,
        "zero": factor in _PARTICLES,
        "exceedances": factor in ("pm10", "noise") and not small,
        "lines": [_line(line, number, small) for number, line in enumerate(lines)],
        "limits": [
            {"from": _ms(one.starts), "to": _ms(one.ends), "value": one.value, "label": one.label}
            for one in lines[0].limits
        ],
    }


def _line(line: FactorCurve, number: int, small: bool) -> dict[str, Any]:
    steps = number == 0 and not small
    return {
        "label": line.label,
        "tone": "s3" if small else f"s{number + 1}",
        "minutes": [None if value is None else round(value, 2) for value in line.minutes],
        "hours": [[_ms(hour.ts), None if hour.value is None else round(hour.value, 2)] for hour in line.hours] if steps else [],
    }  # fmt: skip


def _band(band: Band) -> dict[str, Any]:
    return {"from": _ms(band.starts), "to": _ms(band.ends), "kind": band.kind, "text": band.text}


def _run(run: StateRun) -> dict[str, Any]:
    state = run.state.value if run.state else None
    return {
        "from": _ms(run.starts),
        "to": _ms(run.ends),
        "state": state,
        "label": run.state.label if run.state else "",
    }


def _label(found: DayCurve, factor: str) -> str:
    return next((tile.label for tile in found.tiles if tile.factor == factor), factor)


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
