"""地图上的点：范围内的项目在数据库里按网格归堆，同一批项目也按地区列成清单。"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log2
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, F, FloatField, QuerySet
from django.db.models.expressions import ExpressionWrapper
from django.db.models.functions import Floor, Left

from gongdi.orgs.models import Division
from gongdi.projects.models import Project
from gongdi.returns import ordering
from gongdi.returns import queries as returns

LEVELS = ("none", "bad", "warn", "ok")
"""Colours by `ordering.with_level`: no rate, below 90%, 90% and more, 100%."""
GRID, SINGLE, LISTED = 12, 60, 60
"""Cells across the picture; so few projects stand alone; rows of the list beside."""
BASE_STEP, BY_CITY = 0.01, 0.4
"""Smallest cell in degrees; with larger cells than this the list names cities, else counties."""


@dataclass(frozen=True, slots=True)
class Box:
    """A window of the map in degrees."""

    west: float
    south: float
    east: float
    north: float

    @property
    def step(self) -> float:
        """Size of a cell: doubling steps, so that cells stay where they are while the window moves."""
        width = max(self.east - self.west, BASE_STEP)
        return BASE_STEP * 2.0 ** max(0, ceil(log2(width / GRID / BASE_STEP)))

    def snapped(self) -> "Box":
        """The window widened to whole cells."""
        step = self.step
        return Box(
            floor(self.west / step) * step,
            floor(self.south / step) * step,
            ceil(self.east / step) * step,
            ceil(self.north / step) * step,
        )


@dataclass(frozen=True, slots=True)
class Cluster:
    """Projects of one cell: where, how many, how many of each colour."""

    lng: float
    lat: float
    total: int
    levels: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Point:
    """One project that stands alone."""

    ref: UUID
    name: str
    lng: float
    lat: float
    kind: str
    percent: str
    n_of_n: returns.StreamRate


@dataclass(frozen=True, slots=True)
class Place:
    """One division of the list beside the map: the same projects as the points."""

    code: str
    name: str
    total: int
    levels: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a window shows: clusters or single projects, and the list with the same numbers."""

    clusters: tuple[Cluster, ...]
    points: tuple[Point, ...]
    places: tuple[Place, ...]
    total: int


def inside(rows: QuerySet[Project], box: Box) -> QuerySet[Project]:
    """The projects whose place lies in the window."""
    return rows.filter(lng__gte=box.west, lng__lt=box.east, lat__gte=box.south, lat__lt=box.north)


def show(rows: QuerySet[Project], box: Box, today: date) -> Shown:
    """Clusters of a window, or the projects themselves when they are few (3 to 6 queries)."""
    found = inside(rows, box)
    places = _places(found, today, 4 if box.step > BY_CITY else 6)
    total = sum(place.total for place in places)
    if total <= SINGLE:
        return Shown((), _points(found, today), places, total)
    return Shown(_clusters(found, box.step, today), (), places, total)


def _clusters(rows: QuerySet[Project], step: float, today: date) -> tuple[Cluster, ...]:
    cells = ordering.with_level(rows, today).annotate(x=_cell("lng", step), y=_cell("lat", step)).order_by()
    merged = cells.values("x", "y", "level").annotate(at_lng=Avg("lng"), at_lat=Avg("lat"), n=Count("pk"))
    parts: dict[tuple[float, float], list[Any]] = defaultdict(list)
    for x, y, level, lng, lat, n in merged.values_list("x", "y", "level", "at_lng", "at_lat", "n"):
        parts[x, y].append((level or 0, lng, lat, n))
    found = []
    for rows_ in parts.values():
        total = sum(n for *_, n in rows_)
        lng, lat = (sum(row[axis] * row[3] for row in rows_) / total for axis in (1, 2))
        found.append(Cluster(lng, lat, total, _levels((row[0], row[3]) for row in rows_)))
    return tuple(sorted(found, key=lambda one: one.total))


def _levels(pairs: Iterable[tuple[int, int]]) -> tuple[int, int, int, int]:
    counts = [0, 0, 0, 0]
    for level, n in pairs:
        counts[level] += n
    return (counts[0], counts[1], counts[2], counts[3])


def _places(rows: QuerySet[Project], today: date, length: int) -> tuple[Place, ...]:
    by_area = ordering.with_level(rows, today).annotate(area=Left("division_id", length)).order_by()
    merged = by_area.values("area", "level").annotate(n=Count("pk")).values_list("area", "level", "n")
    parts: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for area, level, n in merged:
        parts[area.ljust(6, "0")].append((level or 0, n))
    names = dict(Division.objects.filter(code__in=parts).values_list("code", "name"))
    found = [
        Place(code, names.get(code, code), sum(n for _, n in pairs), _levels(pairs))
        for code, pairs in parts.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.total, one.code)))


def _points(rows: QuerySet[Project], today: date) -> tuple[Point, ...]:
    shown = list(ordering.with_level(rows, today).order_by("level", "number")[:SINGLE])
    rates = returns.rates_of_projects([row.pk for row in shown], today)
    return tuple(
        Point(row.ref, row.name, row.lng, row.lat, LEVELS[row.level or 0], rates[row.pk].percent or "", rates[row.pk].dust)
        for row in shown
    )  # fmt: skip


def _cell(name: str, step: float) -> Floor:
    return Floor(ExpressionWrapper(F(name) / step, output_field=FloatField()))
