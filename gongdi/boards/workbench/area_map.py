"""工作台的地图与排名：各地底色、项目的点、旁边一列同样的数。"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.core.cache import cache
from django.urls import reverse

from gongdi.boards.workbench.inventory import Inventory, rated
from gongdi.maps import base_map
from gongdi.returns import ordering
from gongdi.returns import queries as returns

POINTS_LIMIT, RANKED, KEPT_S = 1500, 11, 60


@dataclass(frozen=True, slots=True)
class Shape:
    """One area of the map with its rate and fill; the ranking shows the same."""

    area: base_map.Area
    level: str
    rate: returns.RegionRate | None

    @property
    def mean(self) -> Fraction:
        """Mean for sorting; an area without a rate comes last."""
        return Fraction(-1) if self.rate is None or self.rate.mean is None else self.rate.mean


@dataclass(frozen=True, slots=True)
class RankLine:
    """One line beside the map: an area, or a project of a county; `percent` empty = no rate yet."""

    label: str
    href: str
    percent: str
    full: bool


def map_context(prefix: str, inventory: Inventory) -> dict[str, Any]:
    """Outline with fills, points of projects, ranking with the same facts."""
    areas = base_map.areas(prefix)
    length = 4 if len(prefix) == 2 else 6
    rates = returns.rates_of_regions([area.code[:length] for area in areas], inventory.month, inventory.now)
    means = {area.code: rates.get(area.code[:length]) for area in areas}
    levels = _levels([float(one.mean) for one in means.values() if one and one.mean is not None])
    shapes = [Shape(area, _level(means[area.code], levels), means[area.code]) for area in areas]
    county = len(prefix) == 6
    rank = _project_rank(inventory) if county else _area_rank(shapes)
    more = inventory.total if county else len(rank)
    box, points = base_map.view_box(areas), _points(inventory)
    return {
        "map": {"shapes": shapes, "box": " ".join(f"{value:.1f}" for value in box), "approval": base_map.approval(), "font": round(box[3] / 35, 1)},
        "points": points,
        "clustered": any(point["size"] != "one" for point in points),
        "rank": rank[:RANKED],
        "rank_more": max(0, more - RANKED),
        "levels": levels,
    }  # fmt: skip


def _area_rank(shapes: list[Shape]) -> list[RankLine]:
    ordered = sorted(shapes, key=lambda shape: (-shape.mean, shape.area.code))
    return [
        RankLine(
            shape.area.name,
            f"{reverse('projects')}?division={shape.area.code}",
            (shape.rate.mean_percent or "") if shape.rate else "",
            shape.mean == 1,
        )
        for shape in ordered
    ]


def _project_rank(inventory: Inventory) -> list[RankLine]:
    found = rated(ordering.highest(inventory.rows, inventory.month, RANKED), inventory.today)
    return [
        RankLine(one["project"].name, reverse("project", args=[one["project"].ref]), one["rate"].percent or "", one["rate"].is_full)
        for one in found
    ]  # fmt: skip


def _points(inventory: Inventory) -> list[dict[str, Any]]:
    """One path a kind and size: thousands of projects stay a handful of elements."""
    found: dict[tuple[str, str], list[str]] = {}
    for lng, lat, share, n in _places(inventory):
        place = base_map.project(lng, lat)
        size = "one" if n == 1 else "few" if n < 10 else "many"
        found.setdefault((_point_kind(share), size), []).append(f"M{place.x:.1f} {place.y:.1f}h0")
    return [
        {"kind": kind, "size": size, "d": "".join(found[kind, size])}
        for kind in ("none", "ok", "warn", "bad")
        for size in ("one", "few", "many")
        if (kind, size) in found
    ]


def _places(inventory: Inventory) -> list[tuple[float, float, Decimal | None, int]]:
    """Places of a large inventory are kept for a minute; a small one is read each time."""
    if inventory.total <= POINTS_LIMIT:
        return ordering.places(inventory.rows, inventory.month, POINTS_LIMIT)
    key = f"places-{inventory.key}-{inventory.today}"
    kept = cache.get(key)
    if kept is None:
        kept = ordering.places(inventory.rows, inventory.month, POINTS_LIMIT)
        cache.set(key, kept, KEPT_S)
    found: list[tuple[float, float, Decimal | None, int]] = kept
    return found


def _point_kind(share: Decimal | None) -> str:
    if share is None:
        return "none"
    return "ok" if share == 1 else "warn" if share >= Decimal("0.9") else "bad"


def _levels(values: list[float]) -> list[float]:
    ordered = sorted(values)
    return [ordered[len(ordered) * part // 4] for part in (1, 2, 3)] if len(ordered) >= 4 else []


def _level(rate: returns.RegionRate | None, levels: list[float]) -> str:
    if rate is None or rate.mean is None:
        return "no"
    return f"l{1 + sum(float(rate.mean) >= level for level in levels)}" if levels else "l2"
