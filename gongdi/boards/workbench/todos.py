"""待办：接入期限、入库审核与停工审批、未登记设备，各带期限和由谁办。"""

from dataclasses import dataclass

from django.urls import reverse

from gongdi.boards.workbench.inventory import Inventory
from gongdi.kernel.scope import DataKind, Role, Scope
from gongdi.monitor.queries import quarantine
from gongdi.projects import queries as projects


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do: tag, what, why, until when, where."""

    tag: str
    tone: str
    title: str
    why: str
    due: str
    late: bool
    href: str


def todos(scope: Scope, inventory: Inventory) -> tuple[Todo, ...]:
    """What the person should look at next; only what the data shows."""
    found: list[Todo] = []
    today, counts = inventory.today, inventory.counts
    late = inventory.rows.filter(projects.in_view("overdue", today)).order_by("access_deadline", "number")
    for ref, name, deadline, place in late.values_list("ref", "name", "access_deadline", "division__name")[
        :3
    ]:
        days = (today - (deadline or today)).days
        found.append(Todo("接入", "bad", name, f"{place} · 期限 {deadline:%m-%d}，施工总承包单位办理", f"逾期 {days} 天", True, reverse("project", args=[ref])))  # fmt: skip
    if soon := counts["soon"]:
        first = counts["soon_first"]
        found.append(Todo("接入", "warn", f"{soon} 个项目 7 天内到接入期限", "施工总承包单位完成设备接入", f"{first:%m-%d}，剩 {(first - today).days} 天", False, reverse("projects") + "?access=soon"))  # fmt: skip
    if scope.role is Role.PROVINCE and scope.may_read(DataKind.FRAMES):
        waiting = len(quarantine.pending_devices(50))
        if waiting:
            found.append(Todo("设备", "brand", f"{waiting} 个未登记的编号正在上报", "核对 MN 后登记，登记前的数据不计入", "", False, reverse("pending-devices")))  # fmt: skip
    return tuple(found)
