"""工作台看的是哪些项目：范围内在建项目的计数。"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from gongdi.equipment import queries as equipment
from gongdi.kernel import clock
from gongdi.kernel.scope import Scope
from gongdi.projects import queries as projects
from gongdi.projects.models import Project
from gongdi.returns import queries as returns


@dataclass(frozen=True)
class Inventory:
    """Counts of the visible projects under construction; the projects themselves stay in the database."""

    rows: QuerySet[Project]
    first: tuple[tuple[int, str], ...]
    counts: Mapping[str, Any]
    month: date
    today: date
    now: datetime
    key: str = ""
    """Whose rows these are: what is kept for a minute is kept under it."""

    @property
    def total(self) -> int:
        """Projects under construction."""
        return int(self.counts["total"])

    @property
    def only(self) -> int | None:
        """Key of the project when there is exactly one (a site)."""
        return self.first[0][0] if len(self.first) == 1 else None


def inventory_of(scope: Scope, now: datetime) -> Inventory:
    """Count the visible projects under construction (2 queries)."""
    today = clock.shanghai_day(now)
    rows = projects.visible(scope).exclude(status="completed")
    waiting = Q(connected_on__isnull=True)
    soon = waiting & Q(access_deadline__range=(today, today + projects.SOON))
    counts = rows.aggregate(
        total=Count("pk"),
        stopped=Count("pk", filter=Q(status="stopped")),
        connected=Count("pk", filter=~waiting),
        due=Count("pk", filter=~waiting | Q(access_deadline__lt=today)),
        soon=Count("pk", filter=soon),
        soon_first=Min("access_deadline", filter=soon),
    )
    first = () if scope.division_prefixes else tuple(rows.order_by("number").values_list("pk", "name")[:2])
    key = f"{scope.role.value}-{'.'.join(scope.division_prefixes)}-{scope.authority_id}-{scope.enterprise_id}"
    return Inventory(rows, first, counts, today.replace(day=1), today, now, key)


def in_service(scope: Scope) -> QuerySet[Any]:
    """Dust devices in service inside the scope: the device list, and what the workbench counts."""
    return equipment.visible(scope).filter(kind="dust", in_service_to__isnull=True)


def rated(chosen: list[int], today: date) -> tuple[dict[str, Any], ...]:
    """Projects of some keys with their rate of the month, in their order (4 queries)."""
    full = Project.objects.select_related("contractor", "division").in_bulk(chosen)
    rates = returns.rates_of_projects(chosen, today)
    return tuple({"project": full[key], "rate": rates[key]} for key in chosen)
