"""按施工许可证建档：许可证上有的不再填，建成即与许可清单对上。"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from gongdi.inventory.models import Permit
from gongdi.inventory.services.imports import enterprises, supervisors_of
from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.scope import Role, Scope
from gongdi.orgs.models import Enterprise
from gongdi.orgs.rules import uscc_valid
from gongdi.projects.models import Project
from gongdi.projects.services.registering import Deadlines, NewProject, create_project


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Fields of the form: what the permit said as confirmed, and what it does not say."""

    number: str
    name: str
    kind: str
    started_on: date
    address: str = ""
    developer: str = ""
    supervisor: str = ""
    site_area_m2: int | None = None
    open_length_m: int | None = None


def start_project(
    *, permit: Permit, confirmed: Confirmed, by: Scope, deadlines: Deadlines, now: datetime
) -> Project:
    """Enter the project of a permit and link both; the contractor and the place are those of the permit.

    NotAllowed when an enterprise is not the 施工总承包 of the permit; UnusableInput when a project exists.
    """
    if confirmed.started_on > shanghai_day(now):
        raise UnusableInput("开工日期不能晚于今天，还没有开工的项目，开工后再建档。")
    with transaction.atomic():
        held = Permit.objects.select_for_update().get(id=permit.id)
        if held.project_id is not None:
            raise UnusableInput(f"许可证 {held.number} 已经建过档，请在项目清单里查找。")
        project = create_project(_entry(held, confirmed, by), by=by, deadlines=deadlines, now=now)
        held.project = project
        held.save(update_fields=["project"])
    return project


def may_start(permit: Permit, by: Scope) -> bool:
    """Whether the scope may start the project of this permit (建档)."""
    if by.role is Role.ENTERPRISE:
        if by.enterprise_id is None:
            return False
        own = Enterprise.objects.filter(id=by.enterprise_id).values_list("uscc", "name").first()
        return own is not None and (
            permit.contractor_uscc == own[0] or (not permit.contractor_uscc and permit.contractor == own[1])
        )
    inside = any(permit.division_id.startswith(prefix) for prefix in by.division_prefixes)
    return inside and by.role.value in ("province", "city", "county", "station", "zone")


def _entry(permit: Permit, confirmed: Confirmed, by: Scope) -> NewProject:
    if not may_start(permit, by):
        raise NotAllowed("这张许可证的施工总承包不是本单位，不能由本单位建档。")
    return NewProject(
        number=confirmed.number,
        name=confirmed.name,
        kind=confirmed.kind,
        division=permit.division_id,
        contractor_id=_contractor(permit, by),
        started_on=confirmed.started_on,
        address=confirmed.address,
        developer=confirmed.developer,
        supervisor=confirmed.supervisor,
        site_area_m2=confirmed.site_area_m2,
        open_length_m=confirmed.open_length_m,
        supervisors=supervisors_of({permit.division_id})[permit.division_id],
    )


def _contractor(permit: Permit, by: Scope) -> int:
    if by.role is Role.ENTERPRISE and by.enterprise_id is not None:
        return by.enterprise_id
    if not uscc_valid(permit.contractor_uscc):
        raise UnusableInput("许可证上没有施工总承包的统一社会信用代码，请总承包单位自己建档。")
    return enterprises({permit.contractor_uscc: permit.contractor})[permit.contractor_uscc]
