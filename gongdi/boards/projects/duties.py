"""一页项目的下一项：入库审核、停工审批、完成接入，各由谁办、到哪天。"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gongdi.kernel.policy import REVIEW_DAYS
from gongdi.kernel.queries import policy_set, working_calendar
from gongdi.kernel.scope import Scope
from gongdi.projects.duties import officers_of as present_officers
from gongdi.projects.models import EntryFiling, Project, Stop
from gongdi.projects.rules import AuthorityClock, authority_clock

OWN, BODY, FIRM = "本局", "主管部门", "总包"


@dataclass(frozen=True, slots=True)
class Next:
    """下一项: what is to be done, who does it, until when; empty words mean nothing is due."""

    what: str = ""
    who: str = ""
    due: str = ""
    tone: str = ""

    @property
    def own(self) -> bool:
        """Whether the body itself must act."""
        return self.who == OWN


@dataclass(frozen=True, slots=True)
class Duties:
    """What waits at the bodies for the projects of one page, and who supervises them."""

    filings: Mapping[int, EntryFiling]
    clocks: Mapping[int, AuthorityClock]
    stops: Mapping[int, Stop]
    officers: Mapping[int, str]
    authority_id: int | None

    def who(self, authority_id: int) -> str:
        """本局 when the body of the reader must act, else 主管部门."""
        return OWN if authority_id == self.authority_id else BODY


NOTHING = Duties({}, {}, {}, {}, None)


def of_page(project_ids: Sequence[int], today: date, scope: Scope) -> Duties:
    """Open filings and stops and the officers of some projects (3 queries, 2 more when something is open)."""
    filings = {
        row.project_id: row
        for row in EntryFiling.objects.filter(project_id__in=project_ids, state=EntryFiling.State.SUBMITTED)
    }
    clocks: dict[int, AuthorityClock] = {}
    if filings:
        policy, calendar = policy_set(), working_calendar()
        clocks = {
            key: authority_clock(row.submitted_at, today, policy.get(REVIEW_DAYS, today), calendar)
            for key, row in filings.items()
        }
    stops = {
        row.project_id: row
        for row in Stop.objects.filter(project_id__in=project_ids, state=Stop.State.APPLIED)
    }
    return Duties(filings, clocks, stops, officers_of(project_ids), scope.authority_id)


def officers_of(project_ids: Sequence[int]) -> dict[int, str]:
    """Officer for safety, else for quality, of each project that has one (1 query)."""
    found = present_officers(project_ids)
    return {
        key: found.get((key, "safety")) or found.get((key, "quality")) or ""
        for key in {key for key, _ in found}
    }


def next_item(project: Project, duties: Duties, access: tuple[str, str, str], today: date) -> Next:
    """What comes first: the body's own clock before the duty of the firm."""
    if filing := duties.filings.get(project.pk):
        clock = duties.clocks[project.pk]
        late = clock.overdue_days
        due = f"逾期 {late} 个工作日" if late else _day(clock.due_day, today)
        return Next("入库审核", duties.who(filing.authority_id), due, "bad" if late else "")
    if stop := duties.stops.get(project.pk):
        return Next("停工审批", duties.who(stop.authority_id), f"停工起 {stop.starts:%m-%d}")
    if project.connected_on is not None or project.status == Project.Status.COMPLETED:
        return Next()
    word, tone, _ = access
    deadline = project.access_deadline
    due = word if tone == "bad" or deadline is None else _day(deadline, today)
    return Next("完成接入", FIRM, due, tone)


def _day(day: date, today: date) -> str:
    return "今日" if day == today else f"{day:%m-%d}"
