"""项目清单：筛选全在网址里，服务器翻页，每行三路 n/N。"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, F, QuerySet, When
from django.http import QueryDict
from django.urls import reverse

from gongdi.kernel.policy import division_prefix
from gongdi.kernel.scope import Scope
from gongdi.orgs import queries as orgs
from gongdi.pages import listing
from gongdi.projects import queries as projects
from gongdi.projects.models import Project, ProjectKind
from gongdi.returns import ordering
from gongdi.returns import queries as returns

NEXT = ("reached", "open_deadline", F("share").asc(nulls_last=True), "number")
SORTS: dict[str, tuple[Any, ...]] = {
    "next": NEXT,
    "name": ("name", "number"),
    "-name": ("-name", "number"),
    "rate": (F("share").asc(nulls_last=True), "number"),
    "-rate": (F("share").desc(nulls_last=True), "number"),
    "deadline": ("access_deadline", "number"),
    "-deadline": ("-access_deadline", "number"),
}
VIEWS = (
    ("", "全部"),
    ("open", "在建"),
    ("connected", "已接入"),
    ("soon", "临期接入"),
    ("overdue", "逾期未接入"),
    ("stopped", "停工"),
)
RATE_WORDS = (("full", "满"), ("part", "未满"), ("none", "不适用"))
ENTRY_WORDS = (("entered", "已入库"), ("lacking", "到期未入库"))
EXPORT_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """One row: project, its rate in three streams, words about access."""

    project: Project
    rate: returns.Rate
    streams: tuple[returns.StreamRate, ...]
    access: str
    access_tone: str
    access_below: str


@dataclass(frozen=True)
class Chosen:
    """Filters and order of the address; what is odd counts as not given."""

    q: str
    division: str
    kind: str
    access: str
    rate: str
    entry: str
    sort: str

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the list besides the view."""
        return bool(self.q or self.division or self.kind or self.rate or self.entry)


def selected(scope: Scope, query: QueryDict, today: date) -> tuple[Line, ...]:
    """Every row of the current filter, in its order, up to the limit of an export."""
    chosen = choices(query, *_known(scope))
    rows = narrowed(projects.visible(scope), chosen, today)
    return lines(
        list(ordered(rows, chosen).select_related("contractor", "division", "kind")[:EXPORT_LIMIT]), today
    )


def _known(scope: Scope) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    divisions = [(one.code, one.name) for one in orgs.divisions_under(scope)]
    return divisions, list(ProjectKind.objects.values_list("code", "name"))


def choices(query: QueryDict, divisions: list[tuple[str, str]], kinds: list[tuple[str, str]]) -> Chosen:
    """What the address asks for."""
    return Chosen(
        q=listing.text(query, "q"),
        division=listing.choice(query, "division", [code for code, _ in divisions]),
        kind=listing.choice(query, "kind", [code for code, _ in kinds]),
        access=listing.choice(query, "access", [key for key, _ in VIEWS]),
        rate=listing.choice(query, "rate", ordering.RATES),
        entry=listing.choice(query, "entry", ordering.ENTRIES),
        sort=listing.choice(query, "sort", list(SORTS)) or "next",
    )


def page(scope: Scope, query: QueryDict, today: date) -> dict[str, Any]:
    """Rows, counts of the views, filter choices."""
    everything = projects.visible(scope)
    divisions, kinds = _known(scope)
    chosen = choices(query, divisions, kinds)
    rows = narrowed(everything, chosen, today)
    total = rows.count()
    counts = everything.aggregate(
        **{key or "all": Count("id", filter=projects.in_view(key, today)) for key, _ in VIEWS}
    )
    summary = (
        f"筛选后 {total:,} 个项目，范围内共 {counts['all']:,} 个 · {SORT_WORDS[chosen.sort.lstrip('-')]}"
    )
    pager, offset = listing.pager(query, total, summary)
    found = ordered(rows, chosen).select_related("contractor", "division", "kind")
    return {
        "lines": lines(list(found[offset : offset + listing.PAGE_SIZE]), today),
        "pager": pager,
        "total": total,
        "all_total": counts["all"],
        "chosen": chosen,
        "filtered": chosen.filtered,
        "divisions": divisions,
        "kinds": kinds,
        "rates": RATE_WORDS,
        "entries": ENTRY_WORDS,
        "views": [
            {"label": label, "n": counts[key or "all"], "href": listing.address(query, access=key), "current": chosen.access == key, "late": key == "overdue" and counts[key] > 0}
            for key, label in VIEWS
        ],
        "month": today,
        "sorts": {key: _sort(query, chosen.sort, key) for key in ("name", "rate", "deadline")},
        "next_first": listing.address(query, sort="next") if chosen.sort != "next" else "",
        "export": reverse("projects-csv") + listing.address(query),
    }  # fmt: skip


SORT_WORDS = {
    "next": "未接入的按期限在前，其余回传率由低到高",
    "name": "按名称",
    "rate": "按回传率",
    "deadline": "按接入期限",
}


def _sort(query: QueryDict, sort: str, key: str) -> dict[str, str]:
    """Link of a column head, what aria-sort says and which arrow shows; no arrow on a column not sorted."""
    says = {key: "ascending", f"-{key}": "descending"}.get(sort, "none")
    arrow = {"ascending": "arrow-up", "descending": "arrow-down"}.get(says, "")
    return {
        "href": listing.address(query, sort=f"-{key}" if sort == key else key),
        "says": says,
        "arrow": arrow,
    }


def ordered(rows: QuerySet[Project], chosen: Chosen) -> QuerySet[Any]:
    """The rows in the order asked; 下一项 first: unconnected by deadline, then the connected by rate."""
    due = Case(When(connected_on__isnull=True, then=F("access_deadline")))
    first = Case(When(connected_on__isnull=True, then=0), default=1)
    if chosen.sort == "next":
        return rows.annotate(open_deadline=due, reached=first).order_by(*NEXT)
    return rows.order_by(*SORTS[chosen.sort])


def narrowed(rows: QuerySet[Project], chosen: Chosen, today: date) -> QuerySet[Any]:
    """Apply the filters of the address."""
    rows = rows.filter(projects.named(chosen.q), projects.in_view(chosen.access, today))
    if chosen.division:
        rows = rows.filter(division__code__startswith=division_prefix(chosen.division))
    if chosen.kind:
        rows = rows.filter(kind_id=chosen.kind)
    rows = ordering.with_share(rows.filter(ordering.of_entry(chosen.entry, today)), today)
    return rows.filter(ordering.of_rate(chosen.rate))


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
        "warn" if left <= projects.SOON.days else "",
        f"期限 {deadline:%m-%d}",
    )
