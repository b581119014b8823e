"""停工到免传与接入期限：批准的停工写成免传时段，并把扣除的天数还给接入时钟。

依据: 379-1.b
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from gongdi.kernel.clock import day_end, day_start, shanghai_day
from gongdi.kernel.policy import ACCESS_BASE_DAYS, ACCESS_CLOCK_FROM, ACCESS_NOT_BEFORE
from gongdi.projects.models import Project, Stop
from gongdi.projects.rules import AccessTerms, Excused, excluded_days
from gongdi.projects.services.changing import set_excluded
from gongdi.projects.services.registering import Deadlines
from gongdi.projects.services.stops import refresh_status
from gongdi.telemetry.services.exempting import Approved, excusing, put_approved
from gongdi.telemetry.terms import Terms

UNDECIDED = "主管部门未审"
BEFORE_LOCK = timedelta(minutes=10)
"""An application still open this long before the lock is not going to be decided in time."""


def stops_to_exemptions(terms: Terms, now: datetime) -> int:
    """Write the approved stops (X1, X2) as exempt spans from the day applied for, and show the projects as
    stopped (停工) while they last; spans that changed.

    One that is still undecided when a month locks is exempt in that month (主管部门未审), until decided.
    """
    refresh_status(shanghai_day(now))
    stops = Stop.objects.filter(state=Stop.State.APPROVED).exclude(kind=Stop.Kind.ORDERED).order_by("id")
    return put_approved([*map(_approved, stops), *_undecided(terms, now)], terms, now)


def give_back_days(terms: Terms, now: datetime) -> int:
    """Give the covered days back to the access clocks that still run; projects whose deadline moved."""
    waiting = list(
        Project.objects.filter(holding=False, connected_on__isnull=True, started_on__isnull=False).exclude(
            status=Project.Status.COMPLETED
        )
    )
    spans = excusing([project.pk for project in waiting])
    deadlines = Deadlines(terms.policy, terms.calendar)
    moved = 0
    for project in waiting:
        if project.started_on is None:
            continue
        excused = [Excused(*one) for one in (*spans.get(project.pk, []), *spans[0])]
        get, day, place = terms.policy.get, project.started_on, project.division_id
        access = AccessTerms(get(ACCESS_BASE_DAYS, day, place), get(ACCESS_NOT_BEFORE, day, place))
        days = excluded_days(day, excused, access, get(ACCESS_CLOCK_FROM, day, place))
        moved += set_excluded(project.pk, days, deadlines)
    return moved


def _undecided(terms: Terms, now: datetime) -> Iterator[Approved]:
    """Open applications, each to the end of the last month of it that locks now or has locked."""
    for stop in Stop.objects.filter(state=Stop.State.APPLIED).order_by("id"):
        last, month = None, stop.starts.replace(day=1)
        while month <= stop.ends and terms.lock_of(month) - BEFORE_LOCK <= now:
            following = (month + timedelta(days=31)).replace(day=1)
            last, month = min(stop.ends, following - timedelta(days=1)), following
        if last is not None:
            yield replace(_approved(stop), ends=day_end(last), approver=UNDECIDED)


def _approved(stop: Stop) -> Approved:
    """Half-open span of a stop: to the end of its last day, or to the day works resumed."""
    ends = day_end(stop.ends) if stop.resumed_on is None else day_start(stop.resumed_on)
    return Approved(
        project_id=stop.project_id,
        code=stop.kind,
        starts=day_start(stop.starts),
        ends=ends,
        reason=stop.reason,
        applied_by=stop.applied_by,
        applied_at=stop.applied_at,
        approver=stop.decided_by,
        decided_at=stop.decided_at or stop.applied_at,
    )
