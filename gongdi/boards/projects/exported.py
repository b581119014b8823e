"""项目清单导出的列：与页面同一份数，百分数截到两位，分子分母分列。"""

from collections.abc import Iterator, Sequence
from datetime import date

from gongdi.boards.projects.lines import Line
from gongdi.returns.queries import StreamRate
from gongdi.returns.words import pair

HEAD = (
    "项目编号", "项目名称", "施工总承包", "类型", "阶段", "地区", "状态", "月份", "回传率（%）", "资料分子", "资料分母",
    "视频分子", "视频分母", "扬尘得分", "扬尘设备日",
    "开工日期", "接入期限", "接入日期", "接入情况", "下一项", "谁办", "办理期限",
)  # fmt: skip


def rows(lines: Sequence[Line], month: date) -> Iterator[tuple[object, ...]]:
    """One row a project, in the order of the page."""
    for line in lines:
        project = line.project
        yield (
            project.number, project.name, project.contractor or "", project.kind, project.stage, project.division,
            project.get_status_display(), f"{month:%Y-%m}", line.rate.percent or line.rate.text,
            *(figure for stream in line.streams for figure in _figures(stream)),
            project.started_on, project.access_deadline, project.connected_on, f"{line.access} {line.access_below}".strip(),
            line.next.what, line.next.who, line.next.due,
        )  # fmt: skip


def _figures(stream: StreamRate) -> tuple[str, str]:
    """Numerator and denominator in cells of their own: a spreadsheet would read 11/12 as a date."""
    if stream.rate is None:
        return stream.text, ""
    upper, _, lower = pair(stream).replace(",", "").partition("/")
    return upper, lower
