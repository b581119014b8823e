"""超标提醒：只对有效小时；补传而成的小时只列出，不作实时提醒；沙尘天气只作标记。

依据: 379-2.2.1.b
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from gongdi.equipment.queries import devices_in_service
from gongdi.kernel import policy as p
from gongdi.kernel.clock import SHANGHAI, shanghai_day
from gongdi.kernel.policy import division_prefix
from gongdi.projects.models import Project
from gongdi.telemetry.models import Alarm, ObsHour, SandStorm
from gongdi.telemetry.rules.limits import NoiseLimits, is_night, noise_exceeded, pm10_stop
from gongdi.telemetry.terms import Terms

HOURS = """
SELECT h.device_id, h.ts, h.pm10_avg, h.noise_leq, h.noise_max,
       v.good * %(share_d)s >= v.due * %(share_n)s AND v.due > 0,
       v.timely * %(share_d)s >= v.due * %(share_n)s AND v.due > 0
FROM unnest(%(devices)s::integer[], %(hours)s::timestamptz[], %(days)s::date[], %(firsts)s::integer[])
     AS d(device_id, ts, day, first)
JOIN obs_hour h ON h.device_id = d.device_id AND h.ts = d.ts
JOIN coverage_day c ON c.stream = 1 AND c.subject_id = d.device_id AND c.day = d.day,
LATERAL (SELECT bit_count(substring(due FROM d.first FOR 60)) AS due,
                bit_count(substring(due & c.valid FROM d.first FOR 60)) AS good,
                bit_count(substring(due & c.valid & c.on_time FROM d.first FOR 60)) AS timely
         FROM coverage_due(c.expected, c.received, c.exempt, c.fault) AS due) AS v
"""


@dataclass(frozen=True, slots=True)
class _Hour:
    device: int
    ts: datetime
    pm10: float | None
    noise: float | None
    peak: float | None
    valid: bool
    timely: bool


def judge_hours(hours: Sequence[tuple[int, datetime]], terms: Terms, now: datetime) -> list[Alarm]:
    """Judge rolled-up hours against the limits of their day and division; the alarms stored or changed."""
    if not hours:
        return []
    found = _load(hours, terms)
    divisions = _divisions(min(ts for _, ts in hours), max(ts for _, ts in hours))
    storms = list(SandStorm.objects.filter(ends__gt=min(ts for _, ts in hours)))
    alarms = []
    for hour in found:
        division = divisions.get(hour.device)
        if hour.valid and division is not None:
            alarms += _exceedances(hour, division, _state(hour, division, storms), terms, now)
    _store(hours, alarms)
    return alarms


def _load(hours: Sequence[tuple[int, datetime]], terms: Terms) -> list[_Hour]:
    share = terms.of(shanghai_day(hours[-1][1])).hour_share
    local = [ts.astimezone(SHANGHAI) for _, ts in hours]
    with connection.cursor() as cursor:
        cursor.execute(
            HOURS,
            {
                "devices": [device for device, _ in hours],
                "hours": [ts for _, ts in hours],
                "days": [ts.date() for ts in local],
                "firsts": [ts.hour * 60 + 1 for ts in local],
                "share_n": share.numerator,
                "share_d": share.denominator,
            },
        )
        return [_Hour(*row) for row in cursor.fetchall()]


def _divisions(first: datetime, last: datetime) -> dict[int, str]:
    devices = devices_in_service(first, last + timedelta(hours=1))
    places: dict[int, str] = dict(
        Project.objects.filter(id__in={d.project_id for d in devices}).values_list("id", "division_id")
    )
    return {d.gateway_id: places[d.project_id] for d in devices}


def _state(hour: _Hour, division: str, storms: Sequence[SandStorm]) -> Alarm.State:
    for storm in storms:
        inside = storm.starts < hour.ts + timedelta(hours=1) and hour.ts < storm.ends
        if inside and division.startswith(division_prefix(storm.division)):
            return Alarm.State.SAND_STORM
    return Alarm.State.RAISED if hour.timely else Alarm.State.LISTED


def _exceedances(hour: _Hour, division: str, state: Alarm.State, terms: Terms, now: datetime) -> list[Alarm]:
    day, policy = shanghai_day(hour.ts), terms.policy
    found = []
    stop = policy.get(p.PM10_STOP, day, division)
    if hour.pm10 is not None and pm10_stop(hour.pm10, stop):
        found.append((Alarm.Kind.PM10, hour.pm10, stop, state, policy.basis(p.PM10_STOP, day, division)))
    limits = noise_limits(terms, hour.ts, division)
    local = hour.ts.astimezone(SHANGHAI).time()
    if hour.noise is not None and noise_exceeded(hour.noise, hour.peak, local, limits):
        night = is_night(local, limits)
        kind = Alarm.Kind.NOISE_NIGHT if night else Alarm.Kind.NOISE_DAY
        own = Alarm.State.RAISED if hour.timely else Alarm.State.LISTED
        parameter = p.NOISE_NIGHT if night else p.NOISE_DAY
        limit = limits.night if night else limits.day
        found.append((kind, hour.noise, limit, own, policy.basis(parameter, day, division)))
    return [
        Alarm(
            device_id=hour.device,
            hour=hour.ts,
            kind=kind,
            value=value,
            limit=limit,
            state=own,
            basis=basis,
            raised_at=now,
        )
        for kind, value, limit, own, basis in found
    ]


def noise_limits(terms: Terms, moment: datetime, division: str | None) -> NoiseLimits:
    """Noise limits (昼夜噪声限值) in force at an instant in a division."""
    day, get = shanghai_day(moment), terms.policy.get
    return NoiseLimits(
        day=get(p.NOISE_DAY, day, division),
        night=get(p.NOISE_NIGHT, day, division),
        night_begins=get(p.NIGHT_BEGINS, day, division),
        night_ends=get(p.NIGHT_ENDS, day, division),
        night_max_over=get(p.NOISE_NIGHT_MAX_OVER, day, division),
    )


def _store(hours: Sequence[tuple[int, datetime]], alarms: list[Alarm]) -> None:
    """Insert or correct; what no longer exceeds after late data is kept as cleared."""
    kept = {(alarm.device_id, alarm.hour, alarm.kind) for alarm in alarms}
    judged = set(hours)
    before = Alarm.objects.filter(
        device_id__in={device for device, _ in hours}, hour__in={ts for _, ts in hours}
    ).exclude(state=Alarm.State.CLEARED)
    gone = [
        alarm.pk
        for alarm in before
        if (alarm.device_id, alarm.hour) in judged and (alarm.device_id, alarm.hour, alarm.kind) not in kept
    ]
    Alarm.objects.filter(pk__in=gone).update(state=Alarm.State.CLEARED)
    Alarm.objects.bulk_create(
        alarms,
        update_conflicts=True,
        unique_fields=["device_id", "hour", "kind"],
        update_fields=["value", "limit", "basis", "state"],
    )


def hour_of(device_id: int, ts: datetime) -> ObsHour | None:
    """The stored roll-up of one hour."""
    return ObsHour.objects.filter(device_id=device_id, ts=ts).first()
