"""项目清单：筛选全在网址里，服务器翻页，每行三路 n/N。"""

from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse

from gongdi.boards.projects import columns, filters
from gongdi.boards.projects.filters import Chosen
from gongdi.boards.projects.lines import Line, lines, rows_of
from gongdi.boards.projects.officers import colleagues
from gongdi.boards.projects.urging import may_urge
from gongdi.kernel.scope import Scope
from gongdi.pages import listing
from gongdi.projects import queries as projects
from gongdi.projects.models import Project

EXPORT_LIMIT = 20_000
SIZES = ("20", "50", "100")


def page(scope: Scope, query: QueryDict, today: date) -> dict[str, Any]:
    """Rows, counts of the views, filter choices."""
    everything, names = projects.visible(scope), filters.known(scope)
    chosen = filters.choices(query, names)
    rows = filters.narrowed(everything, chosen, today)
    counts, total, waiting = _counts(everything, rows, chosen, today)
    size = int(listing.choice(query, "size", SIZES) or SIZES[0])
    pager, offset = listing.pager(query, total, _summary(total, counts["all"], chosen), size)
    window = slice(offset, offset + size)
    keys = filters.ordered_keys(rows, chosen.sort, today, waiting, window) if total else []
    shown = columns.shown(query, places=len(names.divisions) > 1, officers=scope.is_authority)
    return {
        "lines": lines(rows_of(keys), today, scope),
        "pager": pager,
        "total": total,
        "all_total": counts["all"],
        "chosen": chosen,
        "chips": filters.chips(query, chosen, names),
        "names": names,
        "division_options": filters.options(names.divisions, chosen.division),
        "rates": filters.RATES,
        "entries": filters.ENTRIES,
        "views": _views(query, chosen, counts),
        "month": today,
        "sorts": {key: _sort(query, chosen.sort, key) for key in ("name", "rate", "deadline")},
        "next_first": listing.address(query, sort="next") if chosen.sort != "next" else "",
        "cols": frozenset(shown),
        "columns": [(key, label, key in shown) for key, label in columns.COLUMNS],
        "cols_given": ".".join(shown) if "cols" in query else "",
        "may_urge": may_urge(scope),
        "colleagues": colleagues(scope, today),
        "kept": [(key, query.get(key, "")) for key in query if key not in ("page", "cols", "col")],
        "sizes": [(one, listing.address(query, size="" if one == SIZES[0] else one), int(one) == size) for one in SIZES],
        "same": listing.address(query),
        "map": reverse("map") + listing.address(query, sort="", cols="", size=""),
        "causes": _causes(query, everything, chosen, today) if not total and counts["all"] else (),
    }  # fmt: skip


def _counts(
    everything: QuerySet[Project], rows: QuerySet[Project], chosen: Chosen, today: date
) -> tuple[dict[str, int], int, int]:
    """Counts of the views, rows of the list and those not connected among them (1 query, 2 with a filter)."""
    views = {key or "all": Count("pk", filter=projects.in_view(key, today)) for key, _ in filters.VIEWS}
    waiting = Q(connected_on=None)
    in_view = Count("pk", filter=waiting & projects.in_view(chosen.access, today))
    counts = everything.aggregate(**views, waiting=in_view)
    if not chosen.active:
        return counts, counts[chosen.access or "all"], counts["waiting"]
    found = rows.aggregate(total=Count("pk"), waiting=Count("pk", filter=waiting))
    return counts, found["total"], found["waiting"]


def selected(scope: Scope, query: QueryDict, today: date) -> tuple[Line, ...]:
    """Every row of the current filter, in its order, up to the limit of an export."""
    chosen = filters.choices(query, filters.known(scope))
    rows = filters.narrowed(projects.visible(scope), chosen, today)
    waiting = rows.filter(connected_on=None).count()
    keys = filters.ordered_keys(rows, chosen.sort, today, waiting, slice(0, EXPORT_LIMIT))
    return lines(rows_of(keys), today, scope)


def picked(scope: Scope, refs: list[str], today: date) -> tuple[Line, ...]:
    """The rows ticked by hand that are inside the scope, by number."""
    rows = projects.visible(scope).filter(ref__in=refs).order_by("number")
    return lines(rows_of(list(rows.values_list("pk", flat=True))), today, scope)


def _summary(total: int, everything: int, chosen: Chosen) -> str:
    return (
        f"筛选后 {total:,} 个项目，范围内共 {everything:,} 个 · {filters.SORT_WORDS[chosen.sort.lstrip('-')]}"
    )


def _views(query: QueryDict, chosen: Chosen, counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "n": counts[key or "all"],
            "href": listing.address(query, access=key),
            "current": chosen.access == key,
            "late": key == "overdue" and counts[key] > 0,
        }
        for key, label in filters.VIEWS
    ]


def _sort(query: QueryDict, sort: str, key: str) -> dict[str, str]:
    """Link of a column head, what aria-sort says and which arrow shows; no arrow on a column not sorted."""
    says = {key: "ascending", f"-{key}": "descending"}.get(sort, "none")
    arrow = {"ascending": "arrow-up", "descending": "arrow-down"}.get(says, "")
    return {
        "href": listing.address(query, sort=f"-{key}" if sort == key else key),
        "says": says,
        "arrow": arrow,
    }


def _causes(
    query: QueryDict, everything: QuerySet[Project], chosen: Chosen, today: date
) -> tuple[dict[str, Any], ...]:
    """The filters that make the list empty, with the address without each."""
    views = dict(filters.VIEWS)
    return tuple(
        {
            "words": f"常用视图“{views[chosen.access]}”" if name == "access" else f"“{filters.LABELS[name]}”",
            "count": count,
            "href": listing.address(query, **{name: ""}),
        }
        for name, count in filters.causes(everything, chosen, today)
    )
