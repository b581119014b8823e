"""外壳的内容：菜单、当前身份、系统名称；没有的页面不进菜单。"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from gongdi.equipment.bench import may_test
from gongdi.inventory.services.imports import IMPORTERS
from gongdi.kernel import clock
from gongdi.kernel.scope import DataKind, Role, Scope
from gongdi.notify import queries as notify
from gongdi.orgs import queries as orgs
from gongdi.orgs.signin.audit import may_audit


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One line of the side menu."""

    label: str
    icon: str
    href: str
    current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """Lines under one heading."""

    title: str
    items: tuple[MenuItem, ...]


@dataclass(frozen=True, slots=True)
class Shell:
    """Everything around the page."""

    system_name: str
    menu: tuple[MenuGroup, ...]
    person: str
    body: str
    memberships: tuple[orgs.MembershipChoice, ...]
    bell: str = ""


_MENU = (
    ("", (("工作台", "layout-dashboard", "workbench"),)),
    ("项目", (("项目清单", "building-2", "projects"), ("许可比对", "list-checks", "permits"), ("台账导入", "inbox", "imports"), ("监督员", "users", "officers"))),
    ("在线监测", (("扬尘噪声", "wind", "devices"), ("超标报警", "triangle-alert", "alarms"), ("隔离报文", "shield-check", "quarantine"), ("待登记设备", "plug", "pending-devices"))),
    ("接入", (("接入台", "plug", "bench"), ("设备登记", "list-checks", "equipment"), ("报文检查", "file-search", "packet-check"))),
    ("系统", (("消息", "bell", "messages"), ("单位与人员", "users", "people"), ("企业注册审核", "list-checks", "registrations"), ("求助", "info", "questions"), ("登录记录", "list", "signin-log"), ("系统设置", "settings", "parameters"), ("平台状态", "activity", "status"))),
)  # fmt: skip
_FAMILY = {
    "late-access": "workbench",
    "import-batch": "imports",
    "from-permit": "permits",
    "unit": "people",
    "person": "people",
    "person-new": "people",
    "person-new-reader": "people",
    "person-slip": "people",
    "person-leave": "people",
    "person-deputy": "people",
    "own-slips": "people",
    "unit-slips": "people",
    "body-new": "people",
    "contacts": "people",
    "registration": "registrations",
    "question": "questions",
    "officer-hand-over": "officers",
    "project": "projects",
    "project-file": "projects",
    "project-parties": "projects",
    "project-stops": "projects",
    "stop": "projects",
    "entry-review": "projects",
    "project-tab": "projects",
    "slot": "devices",
    "bench-device": "bench",
    "parameter": "parameters",
    "calendar": "parameters",
    "calendar-new": "parameters",
    **dict.fromkeys(("equipment-device", "equipment-new", "equipment-bulk", "equipment-labels"), "equipment"),
}


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the shell of a signed-in page, lazily, so that errors without a database still render."""
    scope = getattr(request, "scope", None)
    if not isinstance(scope, Scope):
        return {"shell": Shell(settings.SYSTEM_NAME, (), "", "", ())}
    match = request.resolver_match
    name = match.url_name if match is not None and match.url_name else ""
    choices = orgs.choices_of(request.user.pk or 0, clock.shanghai_day(clock.now()))
    current = next((choice for choice in choices if choice.id == scope.membership_id), None)
    return {
        "shell": Shell(
            settings.SYSTEM_NAME,
            _menu(scope, "devices" if name.startswith("device") else _FAMILY.get(name, name)),
            str(getattr(request.user, "display_name", "")),
            f"{current.subject} · {current.role_name}" if current else "",
            tuple(choice for choice in choices if choice.id != scope.membership_id),
            notify.bell(notify.unread(scope.user_id)) if scope.user_id else "",
        )
    }


def _menu(scope: Scope, current: str) -> tuple[MenuGroup, ...]:
    groups: list[MenuGroup] = []
    for title, lines in _MENU:
        items = tuple(
            MenuItem(label, icon, reverse(name), name == current)
            for label, icon, name in lines
            if _may_open(scope, name)
        )
        if items:
            groups.append(MenuGroup(title, items))
    return tuple(groups)


def _may_open(scope: Scope, name: str) -> bool:
    if name == "permits":
        return scope.is_authority and scope.role is not Role.URBAN
    if name == "officers":
        return scope.is_authority and scope.role is not Role.APPROVAL
    if name == "imports":
        return scope.role is Role.ENTERPRISE or scope.role.value in IMPORTERS
    if name == "registrations":
        return scope.role in (Role.PROVINCE, Role.CITY, Role.COUNTY)
    if name == "signin-log":
        return may_audit(scope)
    if name in ("questions", "parameters"):
        return scope.is_authority
    if name == "pending-devices":
        return scope.role is Role.PROVINCE and scope.may_read(DataKind.FRAMES)
    if name == "bench":
        return may_test(scope)
    needed = {
        "quarantine": DataKind.FRAMES,
        "alarms": DataKind.DUST,
        "devices": DataKind.DUST,
        "equipment": DataKind.DUST,
    }.get(name)
    return needed is None or scope.may_read(needed)
