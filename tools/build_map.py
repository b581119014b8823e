"""从边界 GeoJSON 生成页面用的底图：投影、取整、写成 SVG 路径。"""

import argparse
import json
import math
from pathlib import Path
from typing import Any

WIDTH = 620.0
OUT = Path("gongdi/maps/data/map.json")

Ring = list[list[float]]


def main() -> None:
    """Write the map file from two GeoJSON files of cities and counties."""
    parser = argparse.ArgumentParser(description="生成省、市、县底图（SVG 路径）")
    parser.add_argument("cities", type=Path)
    parser.add_argument("counties", type=Path)
    parser.add_argument("--approval", default="GS(2024)0650号", help="底图审图号")
    words = parser.parse_args()
    cities, counties = _features(words.cities), _features(words.counties)
    box = _box([ring for feature in cities for ring in _rings(feature)])
    scale = WIDTH / ((box[2] - box[0]) * math.cos(math.radians(37.7)))
    frame = {"west": box[0], "north": box[3], "scale": scale, "cos": math.cos(math.radians(37.7))}
    shapes = {"cities": cities, "counties": counties}
    made = {
        key: {str(f["properties"]["adcode"]): _shape(f, frame) for f in value}
        for key, value in shapes.items()
    }
    height = round((box[3] - box[1]) * scale, 1)
    text = json.dumps(
        {"approval": words.approval, "width": WIDTH, "height": height, "frame": frame, **made},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    OUT.write_text(text + "\n", encoding="utf-8")
    print(f"{OUT}：市 {len(cities)}，县 {len(counties)}，{len(text) // 1024} KB")


def _features(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["features"]
    return found


def _rings(feature: dict[str, Any]) -> list[Ring]:
    shape = feature["geometry"]
    polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    return [ring for polygon in polygons for ring in polygon]


def _box(rings: list[Ring]) -> tuple[float, float, float, float]:
    xs = [point[0] for ring in rings for point in ring]
    ys = [point[1] for ring in rings for point in ring]
    return min(xs), min(ys), max(xs), max(ys)


def _shape(feature: dict[str, Any], frame: dict[str, float]) -> dict[str, Any]:
    rings = _rings(feature)
    center = feature["properties"].get("cp") or _middle(rings)
    x, y = _project(center, frame)
    points = [[_project(point, frame) for point in ring] for ring in rings]
    xs = [p[0] for ring in points for p in ring]
    ys = [p[1] for ring in points for p in ring]
    return {
        "name": feature["properties"]["name"],
        "d": "".join(_path(ring) for ring in points),
        "at": [round(x, 1), round(y, 1)],
        "box": [round(min(xs), 1), round(min(ys), 1), round(max(xs), 1), round(max(ys), 1)],
    }


def _middle(rings: list[Ring]) -> list[float]:
    west, south, east, north = _box(rings)
    return [(west + east) / 2, (south + north) / 2]


def _project(point: list[float], frame: dict[str, float]) -> tuple[float, float]:
    return (point[0] - frame["west"]) * frame["scale"] * frame["cos"], (frame["north"] - point[1]) * frame[
        "scale"
    ]


def _path(ring: list[tuple[float, float]]) -> str:
    words: list[str] = []
    last = (math.inf, math.inf)
    for x, y in ring:
        if abs(x - last[0]) + abs(y - last[1]) < 0.8:
            continue
        words.append(f"{'L' if words else 'M'}{x:.1f} {y:.1f}")
        last = (x, y)
    return "".join(words) + "z" if len(words) > 2 else ""


if __name__ == "__main__":
    main()
