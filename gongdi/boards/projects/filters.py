"""项目清单与地图共用的筛选：全在网址里，怪参数当作没填。"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from django.core.cache import cache
from django.db.models import F, QuerySet
from django.http import QueryDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from gongdi.kernel.policy import division_prefix
from gongdi.kernel.scope import Scope
from gongdi.orgs import queries as orgs
from gongdi.pages import listing
from gongdi.projects import queries as projects
from gongdi.projects.models import Project, ProjectKind, ProjectKindRule
from gongdi.returns import ordering

Options = tuple[tuple[str, str], ...]
VIEWS: Options = (
    ("", "全部"),
    ("open", "在建"),
    ("connected", "已接入"),
    ("soon", "临期接入"),
    ("overdue", "逾期未接入"),
    ("stopped", "停工"),
)
RATES: Options = (("full", "满"), ("part", "未满"), ("none", "不适用"))
ENTRIES: Options = (("entered", "已入库"), ("lacking", "到期未入库"))
SORTS: dict[str, tuple[Any, ...]] = {
    "next": (),
    "name": ("name", "number"),
    "-name": ("-name", "number"),
    "rate": (F("share").asc(nulls_last=True), "number"),
    "-rate": (F("share").desc(nulls_last=True), "number"),
    "deadline": ("access_deadline", "number"),
    "-deadline": ("-access_deadline", "number"),
}
SORT_WORDS = {
    "next": "未接入的按期限在前，其余回传率由低到高",
    "name": "按名称",
    "rate": "按回传率",
    "deadline": "按接入期限",
}
LABELS = {
    "q": "关键词",
    "division": "地区",
    "kind": "类型",
    "stage": "阶段",
    "rate": "回传率",
    "entry": "入库",
}
REMEMBERED_S = 60
"""Names of divisions, kinds and stages are asked of the database once a minute."""


@dataclass(frozen=True, slots=True)
class Known:
    """What may be chosen inside a scope."""

    divisions: Options
    kinds: Options
    stages: Options


@dataclass(frozen=True, slots=True)
class Chosen:
    """Filters and order of the address; what is odd counts as not given."""

    q: str = ""
    division: str = ""
    kind: str = ""
    stage: str = ""
    access: str = ""
    rate: str = ""
    entry: str = ""
    sort: str = "next"

    @property
    def active(self) -> tuple[str, ...]:
        """Names of the filters given besides the view."""
        return tuple(name for name in LABELS if getattr(self, name))

    def without(self, *names: str) -> "Chosen":
        """The same without some filters."""
        return replace(self, **dict.fromkeys(names, ""))


@dataclass(frozen=True, slots=True)
class Chip:
    """One active filter: its words and the address without it."""

    name: str
    words: str
    href: str


def known(scope: Scope) -> Known:
    """Divisions inside the scope, kinds and stages."""
    key = ".".join(scope.division_prefixes) or "none"
    divisions = _remembered(
        f"divisions:{key}", lambda: tuple((one.code, one.name) for one in orgs.divisions_under(scope))
    )
    kinds = _remembered("kinds", lambda: tuple(ProjectKind.objects.values_list("code", "name")))
    stages = _remembered("stages", _stages)
    return Known(divisions, kinds, tuple((one, one) for one in stages))


def _remembered(key: str, ask: Callable[[], tuple[Any, ...]]) -> tuple[Any, ...]:
    found: tuple[Any, ...] | None = cache.get(f"boards:{key}")
    if found is None:
        found = ask()
        cache.set(f"boards:{key}", found, REMEMBERED_S)
    return found


def _stages() -> tuple[str, ...]:
    """Stages of all kinds, each word once, in the order of the kinds."""
    rules = ProjectKindRule.objects.order_by("kind__position", "valid_from").values_list("stages", flat=True)
    return tuple(dict.fromkeys(_stage_name(stage) for stages in rules for stage in stages))


def _stage_name(stage: Any) -> str:
    return str(stage.get("name", "")) if isinstance(stage, dict) else str(stage)


def choices(query: QueryDict, names: Known) -> Chosen:
    """What the address asks for."""

    def one(name: str, options: Sequence[tuple[str, str]]) -> str:
        return listing.choice(query, name, [key for key, _ in options])

    return Chosen(
        q=listing.text(query, "q"),
        division=one("division", names.divisions),
        kind=one("kind", names.kinds),
        stage=one("stage", names.stages),
        access=one("access", VIEWS),
        rate=one("rate", RATES),
        entry=one("entry", ENTRIES),
        sort=listing.choice(query, "sort", list(SORTS)) or "next",
    )


def narrowed(rows: QuerySet[Project], chosen: Chosen, today: date) -> QuerySet[Project]:
    """Apply the filters of the address."""
    rows = rows.filter(projects.named(chosen.q), projects.in_view(chosen.access, today))
    if chosen.division:
        rows = rows.filter(division__code__startswith=division_prefix(chosen.division))
    if chosen.kind:
        rows = rows.filter(kind_id=chosen.kind)
    if chosen.stage:
        rows = rows.filter(stage=chosen.stage)
    return rows.filter(ordering.rated(chosen.rate, today), ordering.of_entry(chosen.entry, today))


def ordered_keys(rows: QuerySet[Project], sort: str, today: date, waiting: int, window: slice) -> list[int]:
    """Keys of one window of the list in the order asked: only keys are sorted, the rows are fetched after.

    下一项 first: the unconnected by deadline, then the connected by rate; `waiting` counts the unconnected.
    """
    if sort != "next":
        shared = ordering.with_share(rows, today) if sort.endswith("rate") else rows
        return list(shared.order_by(*SORTS[sort]).values_list("pk", flat=True)[window])
    first, last = window.start, window.stop
    found: list[int] = []
    if first < waiting:
        open_ = rows.filter(connected_on=None).order_by("access_deadline", "number")
        found = list(open_.values_list("pk", flat=True)[window])
    if last > waiting:
        reached = ordering.with_share(rows.exclude(connected_on=None), today).order_by(*SORTS["rate"])
        found += reached.values_list("pk", flat=True)[max(0, first - waiting) : last - waiting]
    return found


def options(choices_: Options, chosen: str) -> SafeString:
    """The options of a long list as one piece: a loop of the template over 130 divisions takes a tenth of the page."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((code, SafeString(" selected") if code == chosen else "", name) for code, name in choices_),
    )


def chips(query: QueryDict, chosen: Chosen, names: Known) -> tuple[Chip, ...]:
    """The active filters, each with the address that drops it."""
    words = {
        "q": chosen.q,
        "division": dict(names.divisions).get(chosen.division, ""),
        "kind": dict(names.kinds).get(chosen.kind, ""),
        "stage": chosen.stage,
        "rate": dict(RATES).get(chosen.rate, ""),
        "entry": dict(ENTRIES).get(chosen.entry, ""),
    }
    return tuple(Chip(name, f"{LABELS[name]}：{words[name]}", listing.address(query, **{name: ""})) for name in chosen.active)  # fmt: skip


def causes(everything: QuerySet[Project], chosen: Chosen, today: date) -> tuple[tuple[str, int], ...]:
    """Filters of an empty list that alone hide something: name and how many rows appear without it."""
    names = [*chosen.active, *(["access"] if chosen.access else [])]
    found = [(name, narrowed(everything, chosen.without(name), today).count()) for name in names]
    return tuple((name, count) for name, count in found if count)


FIELDS = tuple(one.name for one in fields(Chosen))
