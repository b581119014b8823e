"""本区位置：本县在全省各县里、本市在十一市里的入库率、回传率均值和 100% 占比。"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.core.cache import cache
from django.urls import reverse

from gongdi.boards.workbench.inventory import Inventory
from gongdi.kernel.exact import percent_text
from gongdi.orgs.models import Division
from gongdi.returns.standing import Place, Standing, places, standing

WIDTH = 300
KEPT_S = 60
"""The figures of all places are the same for everybody: read at most once a minute in a process."""


@dataclass(frozen=True, slots=True)
class Strip:
    """One figure: own value with n/N, a thin line for each place, the median, the rank."""

    label: str
    percent: str
    pair: str
    median: str
    rank: str
    ticks: str
    median_x: float | None
    own_x: float | None
    href: str
    low: str


@dataclass(frozen=True, slots=True)
class CityLine:
    """One city in the ranking of cities."""

    rank: int
    name: str
    percent: str
    pair: str
    own: bool
    href: str


def card(prefix: str, inventory: Inventory) -> dict[str, Any] | None:
    """Strips of a county or a city; None for the province (2 queries, at most once a minute)."""
    if len(prefix) not in (4, 6):
        return None
    found, summed_at = _places(len(prefix), inventory)
    own = found.get(prefix)
    listed = reverse("projects")
    strips = [
        _strip("项目入库率", found, prefix, lambda one: one.entry, f"{own.entered}/{own.due_set}" if own else "", f"{listed}?access=open&entry=entered"),
        _strip(f"{inventory.month.month} 月回传率均值", found, prefix, lambda one: one.mean, f"{own.rated} 个项目的均值" if own and own.rated else "", f"{listed}?sort=rate"),
        _strip("100% 项目占比", found, prefix, lambda one: one.share_full, f"{own.full}/{own.rated}" if own and own.rated else "", f"{listed}?rate=full"),
    ]  # fmt: skip
    return {
        "strips": strips,
        "n": len(found),
        "unit": "县（市、区）" if len(prefix) == 6 else "市",
        "summed_at": summed_at,
        "cities": _cities(found, prefix) if len(prefix) == 4 else (),
        "width": WIDTH,
    }


def _places(length: int, inventory: Inventory) -> tuple[Mapping[str, Place], datetime | None]:
    key = f"standing-{length}-{inventory.today}"
    kept = cache.get(key)
    if kept is None:
        kept = places(length, inventory.month, inventory.today)
        cache.set(key, kept, KEPT_S)
    found: tuple[Mapping[str, Place], datetime | None] = kept
    return found


def _strip(
    label: str,
    found: Mapping[str, Place],
    own: str,
    figure: Callable[[Place], Fraction | None],
    pair: str,
    href: str,
) -> Strip:
    one = standing(found, own, figure)
    low = _low(one)
    rank = f"第 {one.rank} / {len(one.values)}" if one.rank else "未计"
    return Strip(
        label, one.percent or "", pair, one.median_percent or "", rank,
        "".join(f"M{_x(value, low):.1f} 5V17" for value in one.values),
        None if one.median is None else _x(one.median, low),
        None if one.own is None else _x(one.own, low),
        href, percent_text(low) or "0",
    )  # fmt: skip


def _low(one: Standing) -> Fraction:
    """Left end of the strip: the tenth below the least value, so that the places spread."""
    if not one.values:
        return Fraction(0)
    return max(
        Fraction(0), Fraction(int(one.values[-1] * 10), 10) - (Fraction(1, 10) if one.values[-1] == 1 else 0)
    )


def _x(value: Fraction, low: Fraction) -> float:
    return round(float((value - low) / (1 - low)) * (WIDTH - 4) + 2, 1) if low < 1 else WIDTH / 2


def _cities(found: Mapping[str, Place], own: str) -> tuple[CityLine, ...]:
    """All cities by their mean, those without a rate last."""
    names = dict(Division.objects.filter(code__endswith="00").values_list("code", "name"))
    ordered = sorted(found.values(), key=lambda one: (-(one.mean if one.mean is not None else -1), one.code))
    return tuple(
        CityLine(
            n, names.get(f"{one.code}00", one.code), percent_text(one.mean) or "",
            f"{one.full}/{one.rated}", one.code == own, f"{reverse('projects')}?sort=rate" if one.code == own else "",
        )
        for n, one in enumerate(ordered, 1)
    )  # fmt: skip
