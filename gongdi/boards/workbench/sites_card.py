"""该去的工地与不打扰的工地：只用已有的事实，检查和分类启用之前不编造日期和类别。"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse

from gongdi.boards.projects.duties import officers_of
from gongdi.boards.workbench.inventory import Inventory, rated
from gongdi.projects import queries as projects
from gongdi.returns import ordering
from gongdi.returns.words import pair

SHOWN, QUIET = 6, 5


@dataclass(frozen=True, slots=True)
class Visit:
    """One site that calls for a visit: why, figures, officer."""

    ref: UUID
    name: str
    firm: str
    tag: str
    tone: str
    why: str
    below: str
    officer: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """One site with all counted days full this month."""

    ref: UUID
    name: str
    firm: str
    pair: str


def visits(inventory: Inventory, shown: int = SHOWN) -> tuple[Visit, ...]:
    """Sites late with access first, then the lowest rates below 90% (5 queries)."""
    today = inventory.today
    late = inventory.rows.filter(projects.in_view("overdue", today)).exclude(status="stopped")
    rows = late.order_by("access_deadline", "number").values_list(
        "pk", "ref", "name", "contractor__name", "access_deadline"
    )[:shown]
    found = [
        (pk, Visit(ref, name, firm or "", "逾期未接入", "bad", f"接入逾期 {(today - (deadline or today)).days} 天", f"期限 {deadline:%m-%d}，先送达责令整改", ""))
        for pk, ref, name, firm, deadline in rows
    ]  # fmt: skip
    taken = {pk for pk, _ in found}
    for one in rated(ordering.lowest(inventory.rows, inventory.month, shown), today):
        project, rate = one["project"], one["rate"]
        if project.pk in taken or rate.combined is None or rate.combined >= 0.9:
            continue
        found.append((project.pk, Visit(project.ref, project.name, str(project.contractor or ""), "低于 90%", "warn", f"{inventory.month.month} 月回传率 {rate.percent}%", f"扬尘 {pair(rate.dust)}", "")))  # fmt: skip
    officers = officers_of([pk for pk, _ in found[:shown]])
    return tuple(
        Visit(v.ref, v.name, v.firm, v.tag, v.tone, v.why, v.below, officers.get(pk, "未指定"))
        for pk, v in found[:shown]
    )


def quiet(inventory: Inventory) -> dict[str, Any]:
    """Sites whose last month is full in every stream that counts (3 queries)."""
    before = (inventory.month - timedelta(days=1)).replace(day=1)
    rows = inventory.rows.filter(ordering.rated("full", before))
    chosen = list(rows.order_by("number").values_list("pk", flat=True)[:QUIET])
    return {
        "n": rows.count(),
        "month": before,
        "lines": [
            Quiet(one["project"].ref, one["project"].name, str(one["project"].contractor or ""), pair(one["rate"].dust))
            for one in rated(chosen, before)
        ],
        "href": reverse("projects") + "?rate=full",
    }  # fmt: skip
