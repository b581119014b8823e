"""超标提醒清单：PM10 小时均值、噪声昼夜限值，只对有效小时。"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet

from gongdi.telemetry.models import Alarm


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """One exceedance (超标): device, hour start, kind pm10 / noise_day / noise_night, value against limit.

    `live` False: the hour became valid only by back-fill, listed but never raised (补传, 不作实时提醒).
    """

    id: int
    device_id: int
    hour: datetime
    kind: str
    label: str
    value: float
    limit: float
    unit: str
    basis: str
    state: str
    live: bool
    sand_storm: bool


KIND_LABELS = {kind.value: str(kind.label) for kind in Alarm.Kind}
STATE_LABELS = {one.value: str(one.label) for one in Alarm.State if one is not Alarm.State.CLEARED}
UNITS = {Alarm.Kind.PM10: "µg/m³", Alarm.Kind.NOISE_DAY: "dB(A)", Alarm.Kind.NOISE_NIGHT: "dB(A)"}


def alarms_of_device(device_id: int, starts: datetime, ends: datetime) -> tuple[AlarmLine, ...]:
    """Exceedances of a device with hour start in [starts, ends), newest first (1 query)."""
    return alarms_of_devices([device_id], starts, ends)


def alarms_of_devices(device_ids: Sequence[int], starts: datetime, ends: datetime) -> tuple[AlarmLine, ...]:
    """Exceedances of many devices, newest first (1 query)."""
    rows = Alarm.objects.filter(device_id__in=list(device_ids), hour__gte=starts, hour__lt=ends)
    return tuple(_line(row) for row in rows.exclude(state=Alarm.State.CLEARED))


@dataclass(frozen=True, slots=True)
class AlarmAsk:
    """Which exceedances: hour start in [starts, ends), kinds and states by their tokens (empty = all)."""

    starts: datetime
    ends: datetime
    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()


def alarm_page(
    devices: QuerySet[Any], ask: AlarmAsk, page: slice
) -> tuple[dict[tuple[str, str], int], tuple[AlarmLine, ...]]:
    """Counts by (kind, state) over the span and one page of the lines asked, newest first (2 queries).

    `devices` is a query of gateway ids, the scope of the reader.
    """
    rows = Alarm.objects.filter(device_id__in=devices, hour__gte=ask.starts, hour__lt=ask.ends)
    rows = rows.exclude(state=Alarm.State.CLEARED)
    counted = rows.order_by().values_list("kind", "state").annotate(n=Count("id"))
    counts = {(kind, state): n for kind, state, n in counted}
    rows = rows.filter(kind__in=ask.kinds) if ask.kinds else rows
    rows = rows.filter(state__in=ask.states) if ask.states else rows
    return counts, tuple(_line(row) for row in rows[page])


def _line(row: Alarm) -> AlarmLine:
    kind, state = Alarm.Kind(row.kind), Alarm.State(row.state)
    return AlarmLine(
        id=row.pk,
        device_id=row.device_id,
        hour=row.hour,
        kind=kind.value,
        label=str(kind.label),
        value=row.value,
        limit=row.limit,
        unit=UNITS[kind],
        basis=row.basis,
        state=state.value,
        live=state is Alarm.State.RAISED,
        sand_storm=state is Alarm.State.SAND_STORM,
    )
