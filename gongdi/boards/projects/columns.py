"""项目清单的列：显示哪些写进网址，名称一列总在。"""

from django.http import QueryDict

from gongdi.pages import listing

COLUMNS = (
    ("kind", "类型 · 阶段"),
    ("rate", "回传率"),
    ("streams", "资料、视频、扬尘"),
    ("class", "监管类别"),
    ("access", "接入"),
    ("place", "地区"),
    ("officer", "监督员"),
    ("next", "下一项 · 谁办"),
    ("status", "状态"),
    ("number", "项目编号"),
)
USUAL = ("kind", "rate", "streams", "class", "access", "next")
NAMES = tuple(key for key, _ in COLUMNS)


def shown(query: QueryDict, *, places: bool, officers: bool) -> tuple[str, ...]:
    """Columns of the address (`cols=kind.rate`), else the usual ones: places where there are several, officers for bodies."""
    wanted = listing.text(query, "cols", 120).split(".")
    found = tuple(name for name in NAMES if name in wanted)
    return found or tuple(
        name
        for name in NAMES
        if name in USUAL or (name == "place" and places) or (name == "officer" and officers and not places)
    )


def picked(query: QueryDict) -> str | None:
    """The address after the column picker was sent (its boxes are named `col`), None when it was not."""
    if "col" not in query:
        return None
    wanted = query.getlist("col")
    cols = ".".join(name for name in NAMES if name in wanted)
    kept = query.copy()
    del kept["col"]
    return listing.address(kept, cols=cols)
