"""小折线：把一串数变成一条路径，空值处断开。"""

from collections.abc import Sequence


def path(
    values: Sequence[float | None],
    width: float = 84,
    height: float = 34,
    pad: float = 2,
    reach_of: tuple[float, float] | None = None,
) -> str:
    """SVG path of a series scaled to the box (`reach_of`: to these bounds); empty with fewer than two known values."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = reach_of or (min(known), max(known))
    reach = (high - low) or 1
    step = width / (len(values) - 1)
    words: list[str] = []
    pen_down = False
    for index, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        y = height / 2 if high == low else height - pad - (value - low) / reach * (height - 2 * pad)
        words.append(f"{'L' if pen_down else 'M'}{index * step:.1f} {y:.1f}")
        pen_down = True
    return "".join(words)


def with_limit(values: Sequence[float | None], limit: float, height: float = 34) -> tuple[str, float]:
    """Path of a series and the y of its limit in the same scale; the path is empty with fewer than two values."""
    known = [value for value in values if value is not None]
    low, high = min([*known, limit]), max([*known, limit])
    drawn = path(values, height=height, reach_of=(low, high))
    y = height / 2 if high == low else height - 2 - (limit - low) / (high - low) * (height - 4)
    return drawn, round(y, 1)
