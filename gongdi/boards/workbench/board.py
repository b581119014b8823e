"""主管部门的工作台：主要数字，地图与排名，待办，回传率未满的项目，近 30 天。"""

from datetime import datetime
from typing import Any

from django.urls import reverse

from gongdi.boards.workbench import alarm_card, area_map, duty_card, position, sites_card
from gongdi.boards.workbench.figures import kpis
from gongdi.boards.workbench.inventory import Inventory, inventory_of, rated
from gongdi.boards.workbench.todos import todos
from gongdi.kernel import clock
from gongdi.kernel.scope import Scope
from gongdi.monitor.queries import connections
from gongdi.orgs import queries as orgs
from gongdi.orgs.models import Division
from gongdi.pages import trend
from gongdi.returns import ordering
from gongdi.returns import queries as returns

WORST, GAPS = 8, 10


def board(scope: Scope, now: datetime) -> dict[str, Any]:
    """Everything on the workbench for one scope; the number of queries does not grow with the projects."""
    inventory = inventory_of(scope, now)
    prefix = scope.division_prefixes[0] if scope.division_prefixes else ""
    days = _days(prefix, inventory)
    line = trend.draw([(day.day, None if day.credit is None else float(day.credit)) for day in days])
    context: dict[str, Any] = {
        "now": now,
        "inventory": inventory,
        "covers": _covers(scope, prefix, inventory),
        "kpis": kpis(scope, inventory, prefix, days),
        "todos": todos(scope, inventory),
        "alarms": alarm_card.card(scope, now),
        "worst": worst(inventory),
        "trend": line,
        "trend_days": days,
        "trend_why": "有应传设备满一天后，这里出现每日扬尘回传率。"
        if prefix or inventory.total < 2
        else "多个项目的逐日曲线还没有合并口径；每个项目的每日得分见项目页的扬尘页签。",
        "month": inventory.month,
        "authority": scope.is_authority,
    }
    return context | (area_map.map_context(prefix, inventory) if prefix else {})


def _days(prefix: str, inventory: Inventory) -> tuple[returns.DayRate, ...]:
    """Daily results of a region or of the one project of a site; an enterprise has none of its own yet."""
    if prefix:
        return returns.days_of_region(prefix, inventory.today)
    return () if inventory.only is None else returns.days_of_project(inventory.only, inventory.today)


def province(scope: Scope, now: datetime) -> dict[str, Any]:
    """The province: figures, windows of platform faults taken out today, map, ranking, what is due."""
    start = clock.day_start(clock.shanghai_day(now))
    return _with_links(board(scope, now)) | {
        "faults": connections.platform_faults(start, now),
        "duties": duty_card.card(scope, now),
    }


def city(scope: Scope, now: datetime) -> dict[str, Any]:
    """A city: own duties, place among the cities, the ten projects with the largest gap, map of its counties."""
    found = board(scope, now)
    return _with_links(found) | {
        "duties": duty_card.card(scope, now),
        "position": position.card(_prefix(scope), found["inventory"]),
        "worst": worst(found["inventory"], GAPS),
    }


def county(scope: Scope, now: datetime) -> dict[str, Any]:
    """A county body, a station or a zone: duties with clocks, sites to visit and to leave alone, own place."""
    found = city(scope, now)
    inventory = found["inventory"]
    return found | {"visits": sites_card.visits(inventory), "quiet": sites_card.quiet(inventory)}


def urban(scope: Scope, now: datetime) -> dict[str, Any]:
    """城管: exceedances first, then the sites whose dust data lacks; nothing of documents or people."""
    links = (
        ("超标报警", "triangle-alert", reverse("alarms")),
        ("无声设备", "unplug", f"{reverse('devices')}?state=silent"),
    )
    return board(scope, now) | {"board_title": "扬尘噪声工作台", "board_links": links}


def _with_links(found: dict[str, Any]) -> dict[str, Any]:
    links = (
        ("项目清单", "list", reverse("projects")),
        ("逾期未接入", "circle-alert", reverse("late-access")),
        ("无声设备", "unplug", f"{reverse('devices')}?state=silent"),
    )
    return found | {"board_links": links}


def _prefix(scope: Scope) -> str:
    return scope.division_prefixes[0] if scope.division_prefixes else ""


def worst(inventory: Inventory, n: int = WORST) -> tuple[dict[str, Any], ...]:
    """Projects below 100%, lowest first."""
    return rated(ordering.lowest(inventory.rows, inventory.month, n), inventory.today)


def _covers(scope: Scope, prefix: str, inventory: Inventory) -> str:
    if prefix:
        return _division_name(prefix)
    return orgs.subject_name(scope) or (inventory.first[0][1] if inventory.first else "")


def _division_name(prefix: str) -> str:
    found = Division.objects.filter(code=prefix.ljust(6, "0")).values_list("name", flat=True).first()
    return found or ""
