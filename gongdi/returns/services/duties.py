"""项目的扬尘义务：哪天起计、应装几台、归哪家总包、属哪个区划。"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from gongdi.kernel import policy as p
from gongdi.projects.models import Project
from gongdi.projects.queries import DustDuty, dust_duties
from gongdi.telemetry.rules.devices import required_devices
from gongdi.telemetry.terms import Terms


@dataclass(frozen=True, slots=True)
class Site:
    """What the dust duty of a project needs to know of it."""

    id: int
    kind: str
    division: str
    area_m2: int | None
    length_m: int | None
    deadline: date | None
    connected_on: date | None
    entered_on: date | None
    completed: bool


def sites(project_ids: Iterable[int] | None = None) -> dict[int, Site]:
    """Projects of the inventory by id (1 query); None = all of them."""
    rows = Project.objects.filter(holding=False)
    if project_ids is not None:
        rows = rows.filter(id__in=list(project_ids))
    return {
        row[0]: Site(*row[:8], row[8] == Project.Status.COMPLETED)
        for row in rows.values_list(
            "id",
            "kind_id",
            "division_id",
            "site_area_m2",
            "open_length_m",
            "access_deadline",
            "connected_on",
            "entered_on",
            "status",
        )
    }


@dataclass(frozen=True)
class DayDuties:
    """Dust duties of all kinds on one day; `required(site)` is 0 where no duty applies."""

    day: date
    terms: Terms
    by_kind: dict[str, DustDuty]

    @staticmethod
    def of(day: date, terms: Terms) -> "DayDuties":
        """Duties in force on a Shanghai day (1 query)."""
        return DayDuties(day, terms, dust_duties(day))

    def required(self, site: Site) -> int:
        """n: dust devices that the site must have on the day (应装台数)."""
        duty, get = self.by_kind.get(site.kind), self.terms.policy.get
        duty_from = get(p.DUST_FROM, self.day, site.division)
        if duty is None or duty.rule == "none" or duty_from is None or self.day < duty_from:
            return 0
        least = get(p.DUST_MIN_DEVICES, self.day, site.division)
        if duty.rule == "area":
            per = duty.per_m2 or get(p.DUST_AREA_PER_DEVICE, self.day, site.division)
            return required_devices(site.area_m2 or 0, per, least)
        per = duty.per_m or get(p.DUST_LENGTH_PER_DEVICE, self.day, site.division)
        return required_devices(site.length_m or 0, per, least)

    def counts(self, site: Site) -> bool:
        """Whether the day counts: after the access deadline (接入期限前不计), before completion."""
        return not site.completed and site.deadline is not None and self.day > site.deadline

    def overdue(self, site: Site) -> bool:
        """Past the deadline and not connected on that day: every stream is 0 (逾期未接入)."""
        return self.counts(site) and (site.connected_on is None or site.connected_on > self.day)
