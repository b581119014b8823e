"""底图：市、县轮廓的 SVG 路径和投影，文件可由 GONGDI_MAP_DIR 替换。"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DEFAULT = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Area:
    """Outline of one division with its label point."""

    code: str
    name: str
    d: str
    x: float
    y: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """A point projected into the picture."""

    x: float
    y: float


@cache
def load(folder: Path = DEFAULT) -> dict[str, Any]:
    """The map file, read once per process."""
    found: dict[str, Any] = json.loads((folder / "map.json").read_text(encoding="utf-8"))
    return found


def areas(prefix: str, folder: Path = DEFAULT) -> tuple[Area, ...]:
    """Cities for a province prefix (14), counties of a city (1401), the county itself (140105)."""
    data = load(folder)
    if len(prefix) == 2:
        return tuple(_area(code, shape) for code, shape in data["cities"].items())
    return tuple(_area(code, shape) for code, shape in data["counties"].items() if code.startswith(prefix))


def project(lng: float, lat: float, folder: Path = DEFAULT) -> Place:
    """WGS-84 to picture units."""
    frame = load(folder)["frame"]
    return Place(
        round((lng - frame["west"]) * frame["scale"] * frame["cos"], 1),
        round((frame["north"] - lat) * frame["scale"], 1),
    )


def visible_counties(box: tuple[float, float, float, float], folder: Path = DEFAULT) -> tuple[Area, ...]:
    """Counties whose outline may touch a box of the picture (west, north, east, south)."""
    west, north, east, south = box
    found = (_area(code, shape) for code, shape in load(folder)["counties"].items())
    return tuple(
        a for a in found if a.box[0] < east and a.box[2] > west and a.box[1] < south and a.box[3] > north
    )


def position(x: float, y: float, folder: Path = DEFAULT) -> tuple[float, float]:
    """Longitude and latitude of a point of the picture."""
    frame = load(folder)["frame"]
    return x / (frame["scale"] * frame["cos"]) + frame["west"], frame["north"] - y / frame["scale"]


def view_box(shown: tuple[Area, ...], margin: float = 8) -> tuple[float, float, float, float]:
    """x, y, width and height that hold all areas."""
    if not shown:
        return (0, 0, 620, 900)
    west, north = min(a.box[0] for a in shown), min(a.box[1] for a in shown)
    east, south = max(a.box[2] for a in shown), max(a.box[3] for a in shown)
    return (west - margin, north - margin, east - west + 2 * margin, south - north + 2 * margin)


def approval(folder: Path = DEFAULT) -> str:
    """审图号 of the base map."""
    return str(load(folder)["approval"])


def _area(code: str, shape: dict[str, Any]) -> Area:
    x, y = shape["at"]
    return Area(code, shape["name"], shape["d"], x, y, tuple(shape["box"]))
