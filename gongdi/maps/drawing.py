"""把地图上的点画成 SVG 要的数：位置、半径、按回传率分段的环。"""

from dataclasses import dataclass
from urllib.parse import urlencode

from gongdi.maps import base_map
from gongdi.maps.clusters import LEVELS, Box, Cluster, Shown

WORDS = ("未计", "低于 90%", "90% 至 100%", "100%")
ASSUMED_PX, ASSUMED_HEIGHT = 720, 660
"""Size of the picture when no script tells its width."""


@dataclass(frozen=True, slots=True)
class Arc:
    """One coloured part of the ring of a cluster, in hundredths of its length."""

    kind: str
    length: float
    begins: float


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark of the map."""

    x: float
    y: float
    r: float
    href: str
    label: str
    text: str
    kind: str
    arcs: tuple[Arc, ...] = ()


def marks(shown: Shown, box: Box, query: dict[str, str], px: int, project_href: str) -> tuple[Mark, ...]:
    """Marks of a window, small clusters first so that large ones lie above."""
    unit = unit_of(box, px)
    found = [_cluster(one, box, query, unit) for one in shown.clusters]
    for point in shown.points:
        at = base_map.project(point.lng, point.lat)
        said = f"{point.name}，{point.percent + '%' if point.percent else '未计'}"
        found.append(Mark(at.x, at.y, round(6.5 * unit, 3), project_href.replace("REF", str(point.ref)), said, "", point.kind))  # fmt: skip
    return tuple(found)


def unit_of(box: Box, px: int) -> float:
    """Picture units of one pixel when a window fills a picture of that width and the usual height."""
    corner, end = base_map.project(box.west, box.north), base_map.project(box.east, box.south)
    return max((end.x - corner.x) / max(px, 1), (end.y - corner.y) / ASSUMED_HEIGHT)


def _cluster(one: Cluster, box: Box, query: dict[str, str], unit: float) -> Mark:
    at = base_map.project(one.lng, one.lat)
    radius = (11 + 2.4 * len(str(one.total)) + (4 if one.total >= 100 else 0)) * unit
    half = (box.east - box.west) / 6
    tall = (box.north - box.south) / 6
    window = f"{one.lng - half:.4f},{one.lat - tall:.4f},{one.lng + half:.4f},{one.lat + tall:.4f}"
    href = "?" + urlencode(query | {"bbox": window})
    said = f"{one.total} 个项目：" + "，".join(f"{word} {n} 个" for word, n in zip(WORDS, one.levels, strict=True) if n)  # fmt: skip
    return Mark(at.x, at.y, round(radius, 3), href, said, f"{one.total:,}", "", arcs(one.levels))


def arcs(levels: tuple[int, int, int, int]) -> tuple[Arc, ...]:
    """Parts of the ring, best first."""
    total, begun, found = sum(levels), 0.0, []
    for kind, n in sorted(zip(LEVELS, levels, strict=True), key=lambda pair: -LEVELS.index(pair[0])):
        if n:
            length = 100 * n / total
            found.append(Arc(kind, round(length, 2), round(-begun, 2)))
            begun += length
    return tuple(found)
