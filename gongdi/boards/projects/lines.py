"""项目清单的行：三路回传率、接入情况、监督员、下一项由谁办。"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gongdi.boards.projects import duties
from gongdi.kernel.scope import Scope
from gongdi.projects import queries as projects
from gongdi.projects.models import Project
from gongdi.returns import queries as returns


@dataclass(frozen=True, slots=True)
class Line:
    """One row: project, its rate in three streams, words about access, what is next."""

    project: Project
    rate: returns.Rate
    streams: tuple[returns.StreamRate, ...]
    access: str
    access_tone: str
    access_below: str
    next: duties.Next
    contractor: str = ""
    officer: str = ""

    @property
    def no_rate(self) -> str:
        """Why there is no rate: not counted before the access deadline, else 不适用."""
        before = self.project.connected_on is None and self.access_tone not in ("bad", "mute")
        return "接入期限前不计" if before else self.rate.text


def rows_of(keys: Sequence[int]) -> list[Project]:
    """The projects of some keys in their order, with what a row names (1 query)."""
    found = Project.objects.select_related("contractor", "division", "kind").in_bulk(keys)
    return [found[key] for key in keys if key in found]


def lines(rows: Sequence[Project], today: date, scope: Scope) -> tuple[Line, ...]:
    """Rates of the page in one query, words about access per row, what is next by whom."""
    keys = [row.pk for row in rows]
    rates = returns.rates_of_projects(keys, today)
    found_duties = duties.of_page(keys, today, scope) if keys else duties.NOTHING
    found: list[Line] = []
    for row in rows:
        rate = rates[row.pk]
        words = access_words(row, today)
        streams = (rate.documents, rate.video, rate.dust)
        found.append(
            Line(
                row,
                rate,
                streams,
                *words,
                duties.next_item(row, found_duties, words, today),
                str(row.contractor or ""),
                found_duties.officers.get(row.pk, ""),
            )
        )
    return tuple(found)


def access_words(project: Project, today: date) -> tuple[str, str, str]:
    """State of access, its colour, and the second line."""
    deadline = project.access_deadline
    if project.connected_on is not None:
        late = deadline is not None and project.connected_on > deadline
        return f"{project.connected_on:%Y-%m-%d}", "", "逾期接入" if late else "按时接入"
    if deadline is None:
        return "未定期限", "mute", ""
    left = (deadline - today).days
    if left < 0:
        return f"逾期 {-left} 天", "bad", f"期限 {deadline:%m-%d}"
    return (
        f"剩 {left} 天" if left else "今日到期",
        "warn" if left <= projects.SOON.days else "",
        f"期限 {deadline:%m-%d}",
    )
