"""Real-looking figures in the shapes of the queries, for pages without a running gateway."""

import math
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from gongdi.monitor.queries.connections import Connection, PlatformFaultWindow
from gongdi.monitor.queries.curve import (
    Band,
    CurveSettings,
    DayCurve,
    FactorCurve,
    FactorTile,
    HourMean,
    LimitLine,
)
from gongdi.monitor.queries.frames import FrameField, FrameLine, FrameView
from gongdi.monitor.queries.month import Count, MonthCounts, ShortDay
from gongdi.monitor.queries.quarantine import PendingDevice, Quarantine, QuarantinedFrame, ReasonCount
from gongdi.monitor.queries.slot import Cure, Evidence, HourEffect, SlotExplanation
from gongdi.monitor.queries.strip import HourCell, Strip, StripDay
from gongdi.telemetry.factors import FACTORS
from gongdi.telemetry.queries.alarms import AlarmLine
from gongdi.telemetry.queries.facts import DeviceFacts, DeviceLine, Heard, Plausible, Skew, Valid
from gongdi.telemetry.queries.states import SlotState, StateRun

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 10, 5, 42, tzinfo=ZONE).astimezone(UTC)
MN = "A14014000000000000021302"
TEXT = (
    "##0375QN=20261122100507218;ST=39;CN=2051;PW=******;MN=A14014000000000000021302;Flag=5;CP=&&DataTime="
    "20261122100400;a34002-Avg=168.4,a34002-Flag=N;a34004-Avg=74.1,a34004-Flag=N;a34001-Avg=231.7,a34001-"
    "Flag=N;Leq-Data=63.2,Leq-Flag=N;a01001-Avg=6.4,a01001-Flag=N;a01002-Avg=41.0,a01002-Flag=N;a01006-Av"
    "g=93.42,a01006-Flag=N;a01007-Avg=2.6,a01007-Flag=N;a01008-Avg=318,a01008-Flag=N&&8701\r\n"
)
_LAST = {
    "pm10": 168.4, "pm25": 74.1, "tsp": 231.7, "noise": 63.2, "temperature": 6.4,
    "humidity": 41.0, "wind_speed": 2.6, "wind_direction": 318.0, "pressure": 93.42,
}  # fmt: skip


def at(day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """An instant of November 2026 by Shanghai time."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=ZONE).astimezone(UTC)


def device_facts(device_id: int, now: datetime) -> DeviceFacts:
    """The head of the page."""
    return DeviceFacts(
        device_id=device_id,
        device_no=MN,
        interval_min=1,
        edition=2017,
        profile={"pm_unit": "ug"},
        heard=Heard(at(22, 10, 5, 34), 2011, "10.0.0.7:50122", 1, True, at(22, 8, 45, 20)),
        valid=Valid(at(22, 10, 4), at(22, 10, 5, 4), 9, 9),
        plausible=Plausible(None, 0),
        skew=Skew(3.2, 20, True, 60),
        realtime=None,
        realtime_at=at(22, 10, 5, 34),
        acked=120345,
        stored=120345,
    )


def device_lines(ids: list[int]) -> dict[int, DeviceLine]:
    """Last facts for lists."""
    return {
        key: DeviceLine(key, MN, at(22, 10, 5, 34), at(22, 10, 4), 3.2, 168.4, 74.1, 63.2, at(22, 10, 4))
        for key in ids
    }


def day_curve(device_id: int, now: datetime, settings: CurveSettings) -> DayCurve:
    """A day with an exceedance, a back-filled and an outstanding stretch."""
    ends = at(22, 10, 5)
    starts = ends - timedelta(hours=24)
    tiles = tuple(
        FactorTile(
            f.name,
            f.label,
            f.unit,
            f.decimals,
            _LAST[f.name],
            "N",
            "西北" if f.name == "wind_direction" else "",
        )
        for f in FACTORS
    )
    curves = tuple(_curve(name, starts) for name in settings.factors)
    bands = (
        Band(at(21, 15), at(21, 17), "exceeded", 120, "超标 2 h"),
        Band(at(21, 22, 10), at(21, 23, 40), "back_filled", 90, "补传 90 min"),
        Band(at(22, 8, 20), at(22, 8, 45), "pending", 25, "未到 25 min"),
    )
    rail = (
        _run(starts, at(21, 22, 10), SlotState.ON_TIME),
        _run(at(21, 22, 10), at(21, 23, 40), SlotState.BACK_FILLED),
        _run(at(21, 23, 40), at(22, 8, 20), SlotState.ON_TIME),
        _run(at(22, 8, 20), at(22, 8, 45), SlotState.PENDING),
        _run(at(22, 8, 45), ends, SlotState.ON_TIME),
    )
    return DayCurve(starts, ends, tiles, curves, bands, rail)


def _run(
    starts: datetime, ends: datetime, state: SlotState, cause: str = "", cure: datetime | None = None
) -> StateRun:
    minutes = int((ends - starts).total_seconds() // 60)
    return StateRun(starts, ends, state, minutes, minutes, cause, cure)


def _level(name: str, minute: int) -> float:
    bump = math.exp(-(((minute - 370) / 130) ** 2)) + 0.35 * math.exp(-(((minute - 1400) / 120) ** 2))
    jitter = math.sin(minute * 12.9898) * 43758.5453 % 1 - 0.5
    factor = next(f for f in FACTORS if f.name == name)
    if name == "noise":
        night = 715 < minute < 1195
        return round((47 if night else 62) + jitter * 3, 1)
    base = {"pm10": 85 + 205 * bump, "pm25": 55 + 38 * bump, "tsp": 120 + 250 * bump}.get(name, _LAST[name])
    return round(base * (1 + jitter * 0.13), factor.decimals)


def _curve(name: str, starts: datetime) -> FactorCurve:
    factor = next(f for f in FACTORS if f.name == name)
    values: list[float | None] = [_level(name, i) for i in range(1440)]
    values[1335:1360] = [None] * 25
    hours: list[HourMean] = []
    for offset in range(-5, 1440, 60):
        part = [v for v in values[max(0, offset) : offset + 60] if v is not None]
        valid = len(part) >= 45
        mean = sum(part) / len(part) if valid else None
        exceeded = name == "pm10" and mean is not None and mean > 250
        hours.append(HourMean(starts + timedelta(minutes=offset), mean, valid, exceeded))
    limits: tuple[LimitLine, ...] = ()
    end = starts + timedelta(hours=24)
    if name == "pm10":
        limits = (LimitLine(starts, end, 250, "小时均值限值 250（太原市）", "太原市 2020"),)
    if name == "noise":
        limits = (
            LimitLine(starts, at(21, 22), 70, "昼 70", "GB 12523"),
            LimitLine(at(21, 22), at(22, 6), 55, "夜 55", "GB 12523"),
            LimitLine(at(22, 6), end, 70, "昼 70", "GB 12523"),
        )
    return FactorCurve(name, factor.label, factor.unit, tuple(values), tuple(hours), limits)


def month_counts(device_id: int, month: date, now: datetime) -> MonthCounts:
    """November until 22, 10:00."""
    return MonthCounts(
        month=date(2026, 11, 1),
        until=at(22, 10),
        locked=False,
        expected_hours=514,
        expected=30535,
        exempt=180,
        platform_fault=125,
        on_time=Count(29780, 30535, 755, "97.52"),
        received=Count(30207, 30535, 328, "98.92"),
        valid=Count(30195, 30535, 340, "98.88"),
        credit=Fraction(499, 24),
        credit_text="20 又 19/24",
        days_counted=21,
        days_full=20,
        short_days=(ShortDay(date(2026, 11, 17), 19, 24, 20),),
        pending=(_run(at(22, 8, 20), at(22, 8, 45), SlotState.PENDING, "", at(25, 8, 21)),),
        missing=(_run(at(17, 10), at(17, 15), SlotState.MISSING, "设备断电"),),
        not_counted=(
            _run(at(5, 9), at(5, 12), SlotState.EXEMPT, "校准"),
            _run(at(12, 1, 58), at(12, 4, 3), SlotState.PLATFORM_FAULT, "网关 1 停收"),
        ),
    )


def hour_strip(device_id: int, now: datetime, days: int = 30) -> Strip:
    """30 days with all six states."""
    special = {(10, 25): (range(3, 6), SlotState.BACK_FILLED), (10, 27): (range(16, 19), SlotState.MISSING), (10, 30): (range(6, 10), SlotState.EXEMPT), (11, 2): (range(20, 23), SlotState.BACK_FILLED), (11, 5): (range(9, 12), SlotState.EXEMPT), (11, 9): (range(13, 15), SlotState.BACK_FILLED), (11, 12): (range(2, 4), SlotState.PLATFORM_FAULT), (11, 17): (range(10, 15), SlotState.MISSING), (11, 21): (range(22, 24), SlotState.BACK_FILLED), (11, 22): (range(8, 9), SlotState.PENDING)}  # fmt: skip
    columns: list[StripDay] = []
    totals = dict.fromkeys(SlotState, 0)
    for offset in range(30):
        day = date(2026, 10, 24) + timedelta(days=offset)
        hours, state = special.get((day.month, day.day), (range(0), SlotState.ON_TIME))
        last = 10 if offset == 29 else 24
        cells = []
        for hour in range(24):
            if hour > last:
                cells.append(HourCell(hour, None, 0, 0, False))
            elif offset == 29 and hour == 10:
                cells.append(HourCell(hour, None, 4, 5, True))
            else:
                own = state if hour in hours else SlotState.ON_TIME
                totals[own] += 1
                cells.append(HourCell(hour, own, 60 if own is not SlotState.MISSING else 20, 60, False))
        lost = len(hours) if state in (SlotState.MISSING, SlotState.PENDING) else 0
        off = len(hours) if state in (SlotState.EXEMPT, SlotState.PLATFORM_FAULT) else 0
        expected = (10 if offset == 29 else 24) - off
        met = None if offset == 29 else expected - lost >= 20
        columns.append(StripDay(day, tuple(cells), expected - lost, expected, 20, met, day.month == 10))
    return Strip(tuple(columns), totals)


def platform_faults(starts: datetime, ends: datetime) -> tuple[PlatformFaultWindow, ...]:
    """One window."""
    return (PlatformFaultWindow(at(12, 1, 58), at(12, 4, 3), 1, "停收", 125),)


def alarms_of_device(device_id: int, starts: datetime, ends: datetime) -> tuple[AlarmLine, ...]:
    """Two hours over the limit."""
    return tuple(
        AlarmLine(
            n,
            device_id,
            at(21, hour),
            "pm10",
            "PM10 超标",
            value,
            250,
            "µg/m³",
            "太原市",
            "open",
            True,
            False,
        )
        for n, (hour, value) in enumerate(((16, 281.0), (15, 268.0)))
    )


def alarms_of_devices(ids: list[int], starts: datetime, ends: datetime) -> tuple[AlarmLine, ...]:
    """The same for many devices."""
    return alarms_of_device(ids[0], starts, ends) if ids else ()


_LABELS = {"QN": "设备发送时刻", "ST": "工地扬尘污染源", "CN": "分钟数据上传", "PW": "与登记一致", "MN": "与登记一致", "Flag": "2017 版，要应答，不分包", "DataTime": "分钟开始，按时收到"}  # fmt: skip


def last_frames(device_id: int, limit: int = 5) -> tuple[FrameView, ...]:
    """Five frames of the minute kind and the realtime kind."""
    header: list[FrameField] = []
    factors: list[FrameField] = []
    for name, label in _LABELS.items():
        start = TEXT.index(name + "=")
        end = min(i for i in (TEXT.find(";", start), TEXT.find("&&", start)) if i > 0)
        header.append(FrameField(name, TEXT[start + len(name) + 1 : end], label, "", "", start, end))
    for factor in FACTORS:
        key = factor.code + ("-Data" if factor.code == "Leq" else "-Avg")
        start = TEXT.index(key)
        comma = TEXT.find(",", start)
        factors.append(FrameField(factor.code, TEXT[start + len(key) + 1 : comma], factor.label, "", factor.unit, start, comma))  # fmt: skip
    frames = []
    for second, cn, label in ((34, 2011, "实时数据"), (4, 2051, "分钟数据"), (3, 2011, "实时数据"), (2, 2011, "实时数据"), (1, 2051, "分钟数据")):  # fmt: skip
        line = FrameLine(
            at(22, 10, 5, second), cn, label, at(22, 10, 4), 387, 375, True, "8701", "8701", True, 1, 0
        )
        frames.append(FrameView(line, TEXT, tuple(header), tuple(factors)))
    return tuple(frames[:limit])


def quarantine_of_device(device_id: int, now: datetime, days: int = 30) -> Quarantine:
    """Fourteen refused frames."""
    return Quarantine(
        30,
        14,
        (ReasonCount("wrong_crc", "CRC 不符", 9), ReasonCount("wrong_length", "长度不符", 3), ReasonCount("time", "数据时间超前", 2)),
        (
            QuarantinedFrame(1, at(21, 23, 52, 8), "wrong_crc", "CRC 不符", "收 4A40，算 D1C1", "…a34002-Avg=11·.6,a34002-Fl…", 387, True),
            QuarantinedFrame(2, at(21, 23, 51, 59), "wrong_length", "长度不符", "声明 0375，到第 248 字节出现下一包", "…a01001-Avg=5.1,a01001-##0375QN…", 634, True),
            QuarantinedFrame(3, at(14, 17, 20, 44), "wrong_crc", "CRC 不符", "收 FD81，算 8581", "…Leq-Data=64.·,Leq-Flag=N;a010…", 387, True),
            QuarantinedFrame(4, at(5, 12, 1, 30), "time", "数据时间超前", "快 12 小时整", "DataTime=20261106000100", 387, False),
        ),
        (),
    )  # fmt: skip


def explain_slot(device_id: int, day: date, hour: int, now: datetime) -> SlotExplanation:
    """The missing hour 14:00 of 17 November."""
    states = (*[SlotState.MISSING] * 24, *[SlotState.BACK_FILLED] * 9, *[SlotState.ON_TIME] * 27)
    return SlotExplanation(
        device_id=device_id, day=date(2026, 11, 17), hour=14, state=SlotState.MISSING,
        sentence="缺传：设备 09:50 断开、14:31 重连，本小时有效 36/60 分钟，不足 45，不计有效；平台探针正常，原因不明，设备侧没有应答。",
        decided_at=at(20, 14, 24), valid_minutes=36, due_minutes=60, needed_minutes=45, minutes=states,
        runs=(_run(at(17, 14), at(17, 14, 24), SlotState.MISSING), _run(at(17, 14, 24), at(17, 14, 33), SlotState.BACK_FILLED), _run(at(17, 14, 33), at(17, 15), SlotState.ON_TIME)),
        last_before=at(17, 9, 47), first_after=at(17, 14, 24), canary_minutes=60,
        connections=(Connection(at(17, 14, 31, 57), None, "10.0.0.7:50122", 1, "", False), Connection(at(16, 2), at(17, 9, 50, 8), "10.0.0.7:50120", 1, "180 秒没有收到任何字节", False)),
        faults=(),
        evidence=(
            Evidence(at(17, 9, 47, 8), None, "sample", "最后一包", "最后一个有效样本 09:46；此后无数据"),
            Evidence(at(17, 9, 50, 8), None, "connection", "网关关闭连接", "180 秒没有收到任何字节；设备未发断开"),
            Evidence(at(17, 14), at(17, 15), "platform", "平台探针 60/60 成功", "网关 1 每分钟自测一次，均已入库，所以不是平台故障"),
            Evidence(at(17, 14, 31, 57), None, "connection", "重新连接", "来源 10.0.0.7:50122"),
            Evidence(at(17, 14, 46, 20), None, "sample", "补传 9 个样本", "14:24–14:32，收到时晚于 10 分钟，记补传"),
            Evidence(at(20, 14, 24), None, "decided", "补传期满，定为缺传", "最后一个缺的样本 14:23 满 72 小时"),
        ),
        cures=(
            Cure("X5", "区域停电免传 X5", "施工总承包单位申请，主管部门认定", at(27, 9, 48), True, "应按实际停电时段申请，不按整点"),
            Cure("backfill", "设备补传", "设备从存储补传", at(20, 14, 24), False, "设备 4 次答无数据"),
        ),
        effect=HourEffect(19, 24, 20, Fraction(19, 24), Fraction(1)), previous_missing=13, next_missing=None, missing_hours_of_day=5,
    )  # fmt: skip


def pending_devices(limit: int = 50) -> tuple[PendingDevice, ...]:
    """One unknown number."""
    return (
        PendingDevice("A14010500000000000000077", at(22, 8), at(22, 10, 5, 1), 184, "10.3.4.5:41022", "39"),
    )
