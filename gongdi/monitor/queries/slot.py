"""缺传解释：一个小时为什么是这个状态，证据、还能怎么补、到什么时候。"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from django.db import connection

from gongdi.kernel import policy as p
from gongdi.kernel.clock import SHANGHAI
from gongdi.monitor.queries.connections import (
    Connection,
    PlatformFaultWindow,
    connections_of_device,
    platform_faults,
)
from gongdi.monitor.queries.strip import StripDay, strip_day
from gongdi.telemetry.queries.coverage import DeviceDays, device_days
from gongdi.telemetry.queries.states import SlotState, StateRun, runs_of, state_masks, state_runs
from gongdi.telemetry.rules.hours import day_credit, samples_needed
from gongdi.telemetry.rules.minutes import minutes_of
from gongdi.telemetry.terms import Terms, load_terms


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of 发生了什么: instant (or span), kind (sample / connection / platform / exemption / decided)."""

    at: datetime
    until: datetime | None
    kind: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Cure:
    """还能怎么补: a way, who, until when; `open` False = 已过期."""

    code: str
    title: str
    who: str
    until: datetime
    open: bool
    detail: str


@dataclass(frozen=True, slots=True)
class HourEffect:
    """Effect on the device-day: valid hours and credit now and if this hour were valid."""

    valid_hours: int
    expected_hours: int
    needed_hours: int | None
    credit: Fraction | None
    credit_if_valid: Fraction | None


@dataclass(frozen=True, slots=True)
class SlotExplanation:
    """All facts of one hour of one device. `sentence` is the first line of the page, in Chinese."""

    device_id: int
    day: date
    hour: int
    state: SlotState | None
    sentence: str
    decided_at: datetime | None
    valid_minutes: int
    due_minutes: int
    needed_minutes: int
    minutes: tuple[SlotState | None, ...]
    runs: tuple[StateRun, ...]
    last_before: datetime | None
    first_after: datetime | None
    canary_minutes: int
    connections: tuple[Connection, ...]
    faults: tuple[PlatformFaultWindow, ...]
    evidence: tuple[Evidence, ...]
    cures: tuple[Cure, ...]
    effect: HourEffect
    previous_missing: int | None
    next_missing: int | None
    missing_hours_of_day: int


EXEMPTIONS = """
SELECT code, reason, starts, ends, approver, decided_at FROM telemetry_exemption
WHERE status = 'approved' AND starts < %(ends)s AND ends > %(starts)s
  AND (device_id = %(device)s OR device_id IS NULL AND project_id =
       (SELECT project_id FROM equipment_device WHERE gateway_device_id = %(device)s))
ORDER BY starts
"""
MISSED = (SlotState.MISSING, SlotState.PENDING)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What was read for the hour, before it is put into words."""

    starts: datetime
    ends: datetime
    last_before: datetime | None
    first_after: datetime | None
    canary: int
    connections: tuple[Connection, ...]
    faults: tuple[PlatformFaultWindow, ...]
    exemptions: tuple[tuple[str, str, datetime, datetime, str, datetime], ...]


def explain_slot(device_id: int, day: date, hour: int, now: datetime) -> SlotExplanation:
    """Facts of the hour `hour` (0..23) of a Shanghai day (7 queries)."""
    terms = load_terms()
    found = device_days(device_id, day - timedelta(days=1), day + timedelta(days=1))
    column = strip_day(found, day, terms, now)
    clock, cell = found.clock(day, terms), column.cells[hour]
    runs = _hour_runs(found, day, hour, now, terms)
    facts = _read(device_id, clock.day_start + timedelta(hours=hour), _around(found, runs, terms))
    needed = samples_needed(cell.due_minutes, terms.of(day).hour_share)
    missed = [one.hour for one in column.cells if one.state in MISSED]
    decided = clock.counts_until(hour * 60 + 59) if cell.state is SlotState.MISSING else None
    return SlotExplanation(
        device_id=device_id,
        day=day,
        hour=hour,
        state=cell.state,
        sentence=_sentence(cell.state, (cell.valid_minutes, cell.due_minutes, needed), facts),
        decided_at=decided if decided and decided <= now else None,
        valid_minutes=cell.valid_minutes,
        due_minutes=cell.due_minutes,
        needed_minutes=needed,
        minutes=_minute_states(found, day, hour, now, terms),
        runs=runs,
        last_before=facts.last_before,
        first_after=facts.first_after,
        canary_minutes=facts.canary,
        connections=facts.connections,
        faults=facts.faults,
        evidence=_evidence(facts, decided, now),
        cures=_cures(cell.state, facts, runs, (day, terms), now),
        effect=_effect(column, cell.state, terms),
        previous_missing=max((one for one in missed if one < hour), default=None),
        next_missing=min((one for one in missed if one > hour), default=None),
        missing_hours_of_day=len(missed),
    )


def _hour_runs(found: DeviceDays, day: date, hour: int, now: datetime, terms: Terms) -> tuple[StateRun, ...]:
    begin = terms.of(day).start + timedelta(hours=hour)
    end, kept = begin + timedelta(hours=1), []
    for run in state_runs(found.of(day), found.clock(day, terms), now):
        starts, ends = max(run.starts, begin), min(run.ends, end)
        if starts < ends:
            minutes = int((ends - starts) / timedelta(minutes=1))
            samples = -(-minutes // found.interval)
            kept.append(StateRun(starts, ends, run.state, minutes, samples, run.cause, run.cure_until))
    return tuple(kept)


def _minute_states(
    found: DeviceDays, day: date, hour: int, now: datetime, terms: Terms
) -> tuple[SlotState | None, ...]:
    states: list[SlotState | None] = [None] * 60
    for state, mask in state_masks(found.of(day), found.clock(day, terms), now).items():
        for minute in minutes_of(mask):
            if minute // 60 == hour:
                states[minute % 60] = state
    return tuple(states)


def _around(
    found: DeviceDays, runs: tuple[StateRun, ...], terms: Terms
) -> tuple[datetime | None, datetime | None]:
    """Data time of the last sample before the gap and of the first after it, a day around (by the maps)."""
    gap = [run for run in runs if run.state in MISSED]
    if not gap:
        return None, None
    arrived = [
        terms.of(day).start + timedelta(minutes=minute)
        for day in sorted(found.maps)
        for run in runs_of(found.maps[day].received)
        for minute in (run[0], run[1] - 1)
    ]
    before = max((at for at in arrived if at < gap[0].starts), default=None)
    after = min((at for at in arrived if at >= gap[-1].ends), default=None)
    return before, after


def _read(device_id: int, starts: datetime, around: tuple[datetime | None, datetime | None]) -> _Facts:
    """Probes, connections, faults and exemptions of the hour and of the gap around it."""
    ends, margin = starts + timedelta(hours=1), timedelta(minutes=30)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT minute) FROM canary WHERE minute >= %s AND minute < %s", [starts, ends]
        )
        canary = cursor.fetchone()[0]
        cursor.execute(EXEMPTIONS, {"device": device_id, "starts": starts, "ends": ends})
        exemptions = tuple(cursor.fetchall())
    first = min(starts, around[0] or starts) - margin
    last = max(ends, around[1] or ends) + margin
    return _Facts(
        starts=starts,
        ends=ends,
        last_before=around[0],
        first_after=around[1],
        canary=canary,
        connections=connections_of_device(device_id, first, last),
        faults=platform_faults(starts, ends),
        exemptions=exemptions,
    )


def _hm(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%H:%M}"


def _sentence(state: SlotState | None, counts: tuple[int, int, int], facts: _Facts) -> str:
    valid, due, needed = counts
    figure = f"本小时有效 {valid}/{due} 分钟，要 {needed}"
    probe = "平台探针正常" if facts.canary >= 60 else f"平台探针 {facts.canary}/60"
    if state is None:
        return "这个小时不应传，或者还没有开始。"
    if state is SlotState.EXEMPT:
        names = "、".join(dict.fromkeys(f"{row[0]} {row[1]}" for row in facts.exemptions)) or "已批准"
        return f"免传：{names}，不计入应传。"
    if state is SlotState.PLATFORM_FAULT:
        cause = facts.faults[0].cause if facts.faults else "平台停止接收"
        return f"平台故障：{cause}，不是工地的缺传，已从应传扣除。"
    if state is SlotState.ON_TIME:
        return f"按时：{figure}，计为有效。"
    if state is SlotState.BACK_FILLED:
        return f"补传：{figure}，补传后有效，与按时同样计入。"
    gap = _gap(facts)
    if state is SlotState.PENDING:
        return f"应传未到：{gap}{figure}，还可以补传；{probe}。"
    return f"缺传：{gap}{figure}，不计有效；{probe}，{_known_cause(facts)}。"


def _gap(facts: _Facts) -> str:
    closed = [c for c in facts.connections if c.closed_at is not None and c.closed_at < facts.ends]
    if closed and closed[0].closed_at is not None:
        opened = [c.opened_at for c in facts.connections if c.opened_at > closed[0].closed_at]
        again = f"、{_hm(min(opened))} 重连" if opened else "，没有重连"
        return f"设备 {_hm(closed[0].closed_at)} 断开{again}，"
    return ""


def _known_cause(facts: _Facts) -> str:
    """A cause is named only by evidence; otherwise it is unknown."""
    if facts.canary < 60 or facts.faults:
        return "平台侧有缺口"
    return "原因不明，设备侧没有应答"


def _evidence(facts: _Facts, decided: datetime | None, now: datetime) -> tuple[Evidence, ...]:
    found = [_probe(facts)]
    if facts.last_before:
        found.append(_sample(facts.last_before, "缺口前最后一个样本"))
    for one in facts.connections:
        found.append(Evidence(one.opened_at, None, "connection", "设备连接", f"来源 {one.peer}"))
        if one.closed_at is not None:
            found.append(Evidence(one.closed_at, None, "connection", "连接关闭", one.why or "设备断开"))
    for window in facts.faults:
        found.append(Evidence(window.starts, window.ends, "platform", "平台故障", window.cause))
    for code, reason, starts, ends, approver, _ in facts.exemptions:
        found.append(Evidence(starts, ends, "exemption", f"免传 {code} {reason}", f"审批 {approver}"))
    if facts.first_after:
        found.append(_sample(facts.first_after, "缺口后第一个样本"))
    if decided and decided <= now:
        found.append(Evidence(decided, None, "decided", "补传期满，定为缺传", "最后一个缺的样本已过补传期限"))
    return tuple(sorted(found, key=lambda one: one.at))


def _probe(facts: _Facts) -> Evidence:
    title = f"平台探针 {facts.canary}/60 成功"
    return Evidence(facts.starts, facts.ends, "platform", title, "网关每分钟自测一次，入库才算成功")


def _sample(at: datetime, title: str) -> Evidence:
    return Evidence(at, None, "sample", title, f"数据时间 {_hm(at)}")


def _cures(
    state: SlotState | None,
    facts: _Facts,
    runs: tuple[StateRun, ...],
    held: tuple[date, Terms],
    now: datetime,
) -> tuple[Cure, ...]:
    """Ways that are left, soonest first; expired ones stay visible."""
    if state not in MISSED:
        return ()
    day, terms = held
    get, lock = terms.policy.get, terms.lock_of(day)
    gap = max((run for run in runs if run.state in MISSED), key=lambda run: run.ends, default=None)
    end = gap.ends if gap else facts.ends
    refill = min(end + timedelta(hours=terms.of(day).counts_until_hours), lock)
    since = facts.last_before or facts.starts
    report = since + timedelta(hours=get(p.REPAIR_NOTICE_HOURS, day))
    apply_until = min(since + timedelta(days=get(p.RETROACTIVE_DAYS, day)), lock)
    after = facts.first_after
    span = f"按 {_hm(since)} 至 {_hm(after)} 申请" if after else f"自 {_hm(since)} 起申请"
    ways = (
        ("backfill", "设备补传", "运维单位从设备存储补传", refill, "收到后与按时同样计入"),
        ("X4", "故障免传 X4", "施工单位在首次提醒后 24 小时内报告", report, span),
        ("X5", "区域停电断网免传 X5", "施工单位申请，主管部门认定", apply_until, span),
        ("objection", "提交异议", "责任单位提出，主管部门审", lock, "说明哪一项事实不对，月锁定前有效"),
    )
    cures = [Cure(code, title, who, until, now <= until, words) for code, title, who, until, words in ways]
    return tuple(sorted(cures, key=lambda cure: (not cure.open, cure.until)))


def _effect(column: StripDay, state: SlotState | None, terms: Terms) -> HourEffect:
    share = terms.of(column.day).day_hours
    held = day_credit(column.expected_hours, column.valid_hours, share)
    gain = 1 if state in MISSED and column.valid_hours < column.expected_hours else 0
    better = day_credit(column.expected_hours, column.valid_hours + gain, share)
    return HourEffect(column.valid_hours, column.expected_hours, held.needed, held.credit, better.credit)
