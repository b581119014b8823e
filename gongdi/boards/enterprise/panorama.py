"""企业页的内容：范围内的项目、回传率、入库率；没有接入的部分如实写明。"""

from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from gongdi.boards.projects import filters
from gongdi.boards.projects.lines import lines, rows_of
from gongdi.kernel.exact import percent_text, ratio
from gongdi.kernel.scope import DataKind, Role, Scope
from gongdi.orgs.models import Enterprise
from gongdi.projects import queries as projects
from gongdi.returns import ordering
from gongdi.returns import queries as returns

LISTED = 50


def page(scope: Scope, enterprise: Enterprise, today: date) -> dict[str, Any]:
    """Everything on the page of one enterprise, counted over its projects inside the scope."""
    rows = projects.visible(scope).filter(contractor_id=enterprise.pk)
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
    rate = returns.rate_over(rows, today)
    keys = filters.ordered_keys(rows, "next", today, counts["waiting"], slice(0, LISTED))
    return {
        "enterprise": enterprise,
        "counts": counts,
        "rate": rate,
        "streams": (rate.documents, rate.video, rate.dust),
        "entry_percent": percent_text(ratio(counts["entered"], counts["due"])),
        "lines": lines(rows_of(keys), today),
        "listed": LISTED,
        "all": f"{reverse('projects')}?q={enterprise.name}",
        "month": today,
        "whole": scope.enterprise_id == enterprise.pk or scope.role is Role.PROVINCE,
        "may_people": scope.may_read(DataKind.PEOPLE),
        "crumbs": (
            {"label": "企业", "href": reverse("search") + "?q="},
            {"label": enterprise.name, "href": ""},
        ),
    }
