"""行政审批局工作台：许可与台账的出入、入库和接入的进度，不看监测数据。"""

from datetime import datetime
from typing import Any

from django.urls import reverse

from gongdi.boards.workbench.figures import Kpi
from gongdi.boards.workbench.inventory import inventory_of
from gongdi.inventory import queries as inventory_queries
from gongdi.kernel.scope import Scope
from gongdi.orgs import queries as orgs
from gongdi.projects import queries as projects
from gongdi.returns import ordering

SHOWN = 8


def board(scope: Scope, now: datetime) -> dict[str, Any]:
    """Permits without a project, projects without a permit, entry and access (9 queries)."""
    inventory = inventory_of(scope, now)
    today, listed, compared = inventory.today, reverse("projects"), reverse("permits")
    permits = inventory_queries.not_entered(scope)
    clues = inventory_queries.without_permit(scope, today)
    late = inventory.rows.filter(projects.in_view("overdue", today))
    entered = inventory.rows.filter(ordering.of_entry("entered", today)).count()
    waiting, found, overdue = permits.count(), clues.count(), late.count()
    connected, total = inventory.counts["connected"], inventory.total
    return {
        "now": now,
        "covers": orgs.subject_name(scope),
        "board_links": (("逾期未接入", "circle-alert", reverse("late-access")), ("许可比对", "list-checks", compared), ("项目清单", "list", listed)),
        "kpis": (
            Kpi("building-2", "在建项目", f"{total:,}", "个", "", f"其中停工 {inventory.counts['stopped']} 个", f"{listed}?access=open", note_href=f"{listed}?access=stopped"),
            Kpi("inbox", "已许可未入库", f"{waiting:,}", "件", "", "有许可证，台账里没有", compared),
            Kpi("circle-alert", "台账无许可", f"{found:,}", "个", "", "线索，由人核实", f"{compared}?view=without"),
            Kpi("plug", "已入库", f"{entered:,}", f"/ {total:,}", "暂无项目", "按入库日期计", f"{listed}?access=open&entry=entered"),
            Kpi("radio-tower", "已接入", f"{connected:,}", f"/ {total:,}", "暂无项目", f"逾期未接入 {overdue} 个", f"{listed}?access=connected", note_href=f"{listed}?access=overdue"),
        ),
        "permits": permits[:SHOWN],
        "clues": clues[:SHOWN],
        "late": late.select_related("contractor").order_by("access_deadline", "number")[:SHOWN],
        "today": today,
    }  # fmt: skip
