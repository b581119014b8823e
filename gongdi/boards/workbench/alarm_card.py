"""超标一栏：范围内设备 24 小时内的超标，每台最新一次，带当天曲线与限值。"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from gongdi.equipment import queries as equipment
from gongdi.kernel.scope import DataKind, Scope
from gongdi.pages import sparkline
from gongdi.telemetry.queries import alarms, hours

CARD = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One exceedance with its device and project."""

    alarm: alarms.AlarmLine
    device: Any

    @property
    def state(self) -> str:
        """Word of its state."""
        return alarms.STATE_LABELS[self.alarm.state]


@dataclass(frozen=True, slots=True)
class CardLine:
    """One line of the card: device, newest exceedance, hours of the last day with the limit drawn."""

    line: Line
    spark: str
    limit: float


def card(scope: Scope, now: datetime) -> dict[str, Any] | None:
    """The card of the workbench: exceedances of the last 24 h, the newest of each device with its course."""
    kinds = kinds_of(scope)
    if not kinds:
        return None
    devices = equipment.visible(scope).filter(kind="dust")
    ask = alarms.AlarmAsk(now - timedelta(days=1), now, kinds, ("raised", "listed"))
    counts, found = alarms.alarm_page(devices.values("gateway_device_id"), ask, slice(0, 60))
    newest: dict[int, alarms.AlarmLine] = {}
    for one in found:
        newest.setdefault(one.device_id, one)
    lines = named(devices, list(newest.values())[:CARD])
    values = hours.hour_values([one.alarm.device_id for one in lines], now - timedelta(days=1), now)
    return {
        "n": sum(n for (kind, state), n in counts.items() if kind in kinds and state in ask.states),
        "devices": len(newest),
        "more": len(found) == 60,
        "lines": [_card_line(one, values.get(one.alarm.device_id, [])) for one in lines],
    }


def kinds_of(scope: Scope) -> tuple[str, ...]:
    """Kinds of exceedance that a scope may read."""
    dust = ("pm10",) if scope.may_read(DataKind.DUST) else ()
    noise = ("noise_day", "noise_night") if scope.may_read(DataKind.NOISE) else ()
    return dust + noise


def named(devices: QuerySet[Any], found: Any) -> list[Line]:
    """The alarms with their devices (1 query)."""
    rows = devices.filter(gateway_device_id__in={one.device_id for one in found})
    known = {row.gateway_device_id: row for row in rows.select_related("project", "project__division")}
    return [Line(one, known.get(one.device_id)) for one in found]


def _card_line(line: Line, values: list[tuple[datetime, float | None, float | None]]) -> CardLine:
    course = [pm10 if line.alarm.kind == "pm10" else noise for _, pm10, noise in values]
    drawn = sparkline.with_limit(course, line.alarm.limit)
    return CardLine(line, drawn[0], drawn[1])
