"""企业页的内容：范围内的项目、回传率、入库率；没有接入的部分如实写明。"""

from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from gongdi.boards.projects import filters
from gongdi.boards.projects.lines import lines, rows_of
from gongdi.boards.projects.parties import posts_of_enterprise
from gongdi.kernel.exact import percent_text, ratio
from gongdi.kernel.scope import DataKind, Role, Scope
from gongdi.orgs.models import Enterprise
from gongdi.projects import queries as projects
from gongdi.projects.models import ProjectParty
from gongdi.returns import ordering
from gongdi.returns import queries as returns

LISTED = 50


def page(scope: Scope, enterprise: Enterprise, today: date) -> dict[str, Any]:
    """Everything on the page of one enterprise, counted over its projects inside the scope."""
    held = ProjectParty.objects.filter(enterprise=enterprise, valid_to=None)
    rows = projects.visible(scope).filter(pk__in=held.values("project_id"))
    building = ~Q(status="completed")
    entered = ordering.of_entry("entered", today)
    counts = rows.aggregate(
        all=Count("pk"),
        open=Count("pk", filter=building),
        stopped=Count("pk", filter=Q(status="stopped")),
        late=Count("pk", filter=projects.in_view("overdue", today) & building),
        entered=Count("pk", filter=building & entered),
        due=Count("pk", filter=building & (entered | Q(access_deadline__lt=today))),
        waiting=Count("pk", filter=Q(connected_on=None)),
    )
    people = scope.may_read(DataKind.PEOPLE)
    rate = returns.rate_over(rows, today)
    keys = filters.ordered_keys(rows, "next", today, counts["waiting"], slice(0, LISTED))
    return {
        "enterprise": enterprise,
        "counts": counts,
        "rate": rate,
        "streams": (rate.documents, rate.video, rate.dust),
        "entry_percent": percent_text(ratio(counts["entered"], counts["due"])),
        "lines": lines(rows_of(keys), today, scope),
        "listed": LISTED,
        "all": f"{reverse('projects')}?q={enterprise.name}",
        "month": today,
        "whole": scope.enterprise_id == enterprise.pk or scope.role is Role.PROVINCE,
        "may_people": people,
        "posts": posts_of_enterprise(
            enterprise.pk, list(rows.values_list("pk", flat=True)[:2000]), today, LISTED
        )
        if people
        else (),
        "roles": _roles(held.filter(project__in=rows)),
        "crumbs": (
            {"label": "企业", "href": reverse("search") + "?q="},
            {"label": enterprise.name, "href": ""},
        ),
    }


def _roles(held: QuerySet[ProjectParty]) -> str:
    """Parts that the enterprise has in the projects of the scope, in the order of the kinds."""
    kinds = set(held.order_by().values_list("kind", flat=True).distinct())
    return "、".join(str(kind.label) for kind in ProjectParty.Kind if kind.value in kinds)
