"""项目清单：筛选全在网址里，服务器翻页，每行三路 n/N。"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from gongdi.kernel import clock
from gongdi.kernel.scope import Scope
from gongdi.orgs import queries as orgs
from gongdi.projects import queries as projects
from gongdi.projects.models import Project, ProjectKind
from gongdi.returns import queries as returns
from gongdi.web.guard import ScopedRequest
from gongdi.web.pages import listing

SOON = timedelta(days=7)
SORTS = {
    "deadline": ("access_deadline", "number"),
    "-deadline": ("-access_deadline", "number"),
    "name": ("name", "number"),
    "number": ("number",),
    "started": ("-started_on", "number"),
}
VIEWS = (
    ("", "全部"),
    ("connected", "已接入"),
    ("soon", "临期接入"),
    ("overdue", "逾期未接入"),
    ("stopped", "停工"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row: project, its rate in three streams, words about access."""

    project: Project
    rate: returns.Rate
    streams: tuple[returns.StreamRate, ...]
    access: str
    access_tone: str
    access_below: str


def project_list(request: ScopedRequest) -> HttpResponse:
    """The inventory inside the scope."""
    now = clock.now()
    today = clock.shanghai_day(now)
    context = page(request.scope, request.GET, today) | {"now": now}
    return render(request, "pages/projects.html", context)


def page(scope: Scope, query: QueryDict, today: date) -> dict[str, Any]:
    """Rows, counts of the views, filter choices."""
    everything = projects.visible(scope)
    divisions = [(one.code, one.name) for one in orgs.divisions_under(scope)]
    kinds = list(ProjectKind.objects.values_list("code", "name"))
    chosen = {
        "q": listing.text(query, "q"),
        "division": listing.choice(query, "division", [code for code, _ in divisions]),
        "kind": listing.choice(query, "kind", [code for code, _ in kinds]),
        "access": listing.choice(query, "access", [key for key, _ in VIEWS]),
        "sort": listing.choice(query, "sort", list(SORTS)) or "deadline",
    }
    rows = narrowed(everything, chosen, today)
    total = rows.count()
    counts = everything.aggregate(**{key or "all": Count("id", filter=view(key, today)) for key, _ in VIEWS})
    summary = f"筛选后 {total:,} 个项目，范围内共 {counts['all']:,} 个"
    pager, offset = listing.pager(query, total, summary)
    found = rows.select_related("contractor", "division", "kind").order_by(*SORTS[chosen["sort"]])
    return {
        "lines": lines(list(found[offset : offset + listing.PAGE_SIZE]), today),
        "pager": pager,
        "total": total,
        "all_total": counts["all"],
        "chosen": chosen,
        "filtered": any(chosen[key] for key in ("q", "division", "kind")),
        "divisions": divisions,
        "kinds": kinds,
        "views": [
            {"label": label, "n": counts[key or "all"], "href": listing.address(query, access=key), "current": chosen["access"] == key, "late": key == "overdue" and counts[key] > 0}
            for key, label in VIEWS
        ],
        "month": today,
        "sort_deadline": listing.address(query, sort="-deadline" if chosen["sort"] == "deadline" else "deadline"),
        "sort_name": listing.address(query, sort="name"),
    }  # fmt: skip


def narrowed(rows: QuerySet[Project], chosen: dict[str, str], today: date) -> QuerySet[Project]:
    """Apply the filters of the address."""
    if chosen["q"]:
        word = chosen["q"]
        rows = rows.filter(
            Q(name__icontains=word) | Q(number__icontains=word) | Q(contractor__name__icontains=word)
        )
    if chosen["division"]:
        rows = rows.filter(division__code__startswith=_prefix(chosen["division"]))
    if chosen["kind"]:
        rows = rows.filter(kind_id=chosen["kind"])
    return rows.filter(view(chosen["access"], today))


def view(key: str, today: date) -> Q:
    """Condition of one of the usual views."""
    if key == "connected":
        return Q(connected_on__isnull=False)
    if key == "overdue":
        return Q(connected_on__isnull=True, access_deadline__lt=today)
    if key == "soon":
        return Q(connected_on__isnull=True, access_deadline__range=(today, today + SOON))
    if key == "stopped":
        return Q(status="stopped")
    return Q()


def lines(rows: list[Project], today: date) -> tuple[Line, ...]:
    """Rates of the page in one query, words about access per row."""
    rates = returns.rates_of_projects([row.pk for row in rows], today)
    found: list[Line] = []
    for row in rows:
        rate = rates[row.pk]
        found.append(Line(row, rate, (rate.documents, rate.video, rate.dust), *access_words(row, today)))
    return tuple(found)


def access_words(project: Project, today: date) -> tuple[str, str, str]:
    """State of access, its colour, and the second line."""
    deadline = project.access_deadline
    if project.connected_on is not None:
        late = deadline is not None and project.connected_on > deadline
        return f"{project.connected_on:%Y-%m-%d}", "", "逾期接入" if late else "按时接入"
    if deadline is None:
        return "未定期限", "mute", ""
    left = (deadline - today).days
    if left < 0:
        return f"逾期 {-left} 天", "bad", f"期限 {deadline:%m-%d}"
    return (
        f"剩 {left} 天" if left else "今日到期",
        "warn" if left <= SOON.days else "",
        f"期限 {deadline:%m-%d}",
    )


def _prefix(code: str) -> str:
    if code.endswith("0000"):
        return code[:2]
    return code[:4] if code.endswith("00") else code
