"""近 30 天回传率的折线图：纵轴可不从零起，标明“要求 100%”。"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 300.0, 390.0, 44.0, 10.0, 22.0, 26.0


@dataclass(frozen=True, slots=True)
class Trend:
    """Path, grid lines (y, label), day labels (x, label) and the requirement line."""

    path: str
    grid: tuple[tuple[float, str], ...]
    days: tuple[tuple[float, str], ...]
    top: float
    last: tuple[float, float] | None


def draw(points: Sequence[tuple[date, float | None]]) -> Trend | None:
    """Trend of shares 0..1; None when no day has a value."""
    known = [share for _, share in points if share is not None]
    if not known or len(points) < 2:
        return None
    low = _floor(min(known))
    step_x = (WIDTH - LEFT - RIGHT) / (len(points) - 1)
    words: list[str] = []
    last: tuple[float, float] | None = None
    pen = False
    for index, (_, share) in enumerate(points):
        if share is None:
            pen = False
            continue
        last = (round(LEFT + index * step_x, 1), round(_y(share, low), 1))
        words.append(f"{'L' if pen else 'M'}{last[0]:g} {last[1]:g}")
        pen = True
    ticks = [low + (1 - low) * part / 4 for part in range(5)]
    grid = tuple((round(_y(tick, low), 1), f"{tick * 100:.3g}%") for tick in ticks)
    marks = range(0, len(points), 7)
    days = tuple((round(LEFT + i * step_x, 1), f"{points[i][0]:%m-%d}") for i in marks)
    return Trend("".join(words), grid, days, round(_y(1.0, low), 1), last)


def _floor(share: float) -> float:
    for floor in (0.98, 0.96, 0.92, 0.8, 0.6, 0.2):
        if share > floor + (1 - floor) * 0.08:
            return floor
    return 0.0


def _y(share: float, low: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - (share - low) / (1 - low))
