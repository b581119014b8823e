"""回传率室的例行工作：接入事实、待结算日、关账、企业与地区汇总。"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, QuerySet

from gongdi.kernel.clock import shanghai_day
from gongdi.returns.models import ProjectMonth, RegionMonth
from gongdi.returns.services.access import note_access
from gongdi.returns.services.roll_up import roll_up
from gongdi.returns.services.settle import NIGHTLY_DAYS, close_days, settle_again, settle_waiting
from gongdi.returns.services.stops import give_back_days, stops_to_exemptions
from gongdi.telemetry.terms import Terms


def each_minute(terms: Terms, now: datetime) -> int:
    """Stops to exemptions and deadlines, connect projects, settle what changed, roll up the months that moved; project-days settled."""
    stops_to_exemptions(terms, now)
    give_back_days(terms, now)
    connected = note_access(terms, now)
    done = len(close_days(terms, now))
    while settled := settle_waiting(terms, now):
        done += settled
    if connected:
        first = max(min(connected.values()), shanghai_day(now) - timedelta(days=60))
        done += settle_again(first, shanghai_day(now), terms, now)
    _roll_up_stale(terms, now)
    return done


def each_night(terms: Terms, now: datetime) -> int:
    """Settle the days that back-fill may have touched once more, from the maps; project-days settled."""
    today = shanghai_day(now)
    done = settle_again(today - timedelta(days=NIGHTLY_DAYS), today, terms, now)
    _roll_up_stale(terms, now)
    return done


def _roll_up_stale(terms: Terms, now: datetime) -> None:
    """Months with a counter newer than their regions."""
    counters = _latest(ProjectMonth.objects.all())
    rolled = _latest(RegionMonth.objects.all())
    for month in {shanghai_day(now).replace(day=1), *counters}:
        at, changed = rolled.get(month), counters.get(month)
        if at is None or (changed is not None and changed > at):
            roll_up(month, terms, now)


def _latest(rows: QuerySet[Any]) -> dict[date, datetime]:
    found = rows.values("month").annotate(at=Max("updated_at")).values_list("month", "at")
    return dict(found.order_by("month"))
