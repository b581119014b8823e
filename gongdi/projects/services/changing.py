"""项目字段的变更：前后值、理由、办理人，每改一项留一行。"""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.evidence.record import record
from gongdi.kernel.scope import Role, Scope
from gongdi.projects.coordinates import to_wgs84
from gongdi.projects.models import Project, ProjectChange
from gongdi.projects.queries import visible
from gongdi.projects.services.registering import Deadlines, about, deadline_of

EDITABLE = {
    "name": "项目名称",
    "address": "地址",
    "permit_number": "施工许可证编号",
    "investment_code": "投资项目统一代码",
    "filing_number": "质量安全报监编号",
    "building_area_m2": "建筑面积（平方米）",
    "site_area_m2": "占地面积（平方米）",
    "open_length_m": "开挖长度（米）",
    "contract_price": "合同价（元）",
    "planned_end": "计划竣工",
    "stage": "阶段",
    "lng": "经度",
    "lat": "纬度",
}
HOUSING = frozenset({Role.PROVINCE, Role.CITY, Role.COUNTY, Role.ZONE})


def held(project_id: int, by: Scope) -> Project:
    """The project for update, when it is visible to the scope; NotAllowed otherwise."""
    found = visible(by).select_for_update(of=("self",)).filter(id=project_id).first()
    if found is None:
        raise NotAllowed("这个项目不在当前身份的范围内。")
    return found


def of_the_site(project: Project, by: Scope) -> bool:
    """Whether the scope keeps the base file: 施工总承包 or its people on site."""
    own = by.role is Role.ENTERPRISE and by.enterprise_id == project.contractor_id
    return own or (by.role is Role.SITE and project.pk in by.project_ids)


def edit_base_file(
    *,
    project_id: int,
    values: Mapping[str, object],
    by: Scope,
    now: datetime,
    reason: str = "",
    system: str = "WGS84",
) -> list[str]:
    """Change fields of the base file (基础信息); the names of the fields that changed.

    NotAllowed for anybody but 施工总承包 and the site; one event for all fields of one act. A place in
    another coordinate `system` is converted, and the original is kept with its system.
    """
    with transaction.atomic():
        project = held(project_id, by)
        if not of_the_site(project, by):
            raise NotAllowed("基础信息由施工总承包单位填写。")
        changed = note_changes(project, _placed(values, system), by, now, reason)
        if changed:
            _keep_place(project, changed, values, system)
            project.save(update_fields=[*changed, "original_lng", "original_lat", "original_system"])
            record(
                act="project.edited",
                about=about(project),
                facts={"fields": sorted(changed)},
                by=by,
                now=now,
                reason=reason,
            )
    return changed


def note_changes(
    project: Project, values: Mapping[str, object], by: Scope, now: datetime, reason: str
) -> list[str]:
    """Set the fields that differ and keep a row of each (变更); the project is not saved here."""
    changed = [name for name, value in values.items() if getattr(project, name) != value]
    ProjectChange.objects.bulk_create(
        ProjectChange(
            project=project,
            field=name,
            before=_text(getattr(project, name)),
            after=_text(values[name]),
            reason=reason[:300],
            person=by.person,
            body=by.body,
            at=now,
        )
        for name in changed
    )
    for name in changed:
        setattr(project, name, values[name])
    return changed


def correct_start(
    *, project_id: int, day: date, reason: str, by: Scope, deadlines: Deadlines, now: datetime
) -> Project:
    """Correct the start date (更正开工日期) with a reason; the access deadline is computed anew."""
    if not reason.strip():
        raise UnusableInput("请写明更正开工日期的理由和依据。")
    with transaction.atomic():
        project = held(project_id, by)
        if (
            by.authority_id is None
            or by.authority_id != project.safety_authority_id
            or by.role not in HOUSING
        ):
            raise NotAllowed("开工日期由安全监督机构的监督员更正。")
        before = project.started_on
        deadline = deadline_of(day, project.division_id, deadlines, project.excluded_days)
        note_changes(project, {"started_on": day, "access_deadline": deadline}, by, now, reason)
        project.save(update_fields=["started_on", "access_deadline"])
        record(
            act="project.start_corrected",
            about=about(project),
            facts={"before": before, "after": day, "deadline": deadline},
            by=by,
            now=now,
            reason=reason,
        )
    return project


def set_excluded(project_id: int, days: int, deadlines: Deadlines) -> bool:
    """Store the days given back to the access clock (扣除天数) and the deadline they give; whether it changed."""
    with transaction.atomic():
        project = Project.objects.select_for_update().get(id=project_id)
        if project.excluded_days == days or project.started_on is None:
            return False
        project.excluded_days = days
        project.access_deadline = deadline_of(project.started_on, project.division_id, deadlines, days)
        project.save(update_fields=["excluded_days", "access_deadline"])
    return True


def complete(*, project_id: int, day: date, by: Scope, now: datetime) -> Project:
    """Complete a project (竣工) on a day; nothing is owed for later days."""
    with transaction.atomic():
        project = held(project_id, by)
        if (
            by.authority_id is None
            or by.authority_id != project.safety_authority_id
            or by.role not in HOUSING
        ):
            raise NotAllowed("竣工由安全监督机构确认。")
        if project.status == Project.Status.COMPLETED:
            raise UnusableInput("这个项目已经竣工。")
        if project.started_on is not None and day < project.started_on:
            raise UnusableInput("竣工日期不能早于开工日期。")
        values = {"status": Project.Status.COMPLETED.value, "completed_on": day}
        note_changes(project, values, by, now, "竣工")
        project.save(update_fields=["status", "completed_on"])
        record(act="project.completed", about=about(project), facts={"day": day}, by=by, now=now)
    return project


def _placed(values: Mapping[str, object], system: str) -> dict[str, object]:
    """The values with the place in WGS-84."""
    lng, lat = values.get("lng"), values.get("lat")
    if system == Project.CoordinateSystem.WGS84 or not isinstance(lng, float) or not isinstance(lat, float):
        return dict(values)
    if system not in Project.CoordinateSystem.values:
        raise UnusableInput("请选择坐标系：WGS-84、CGCS2000、GCJ-02 或 BD-09。")
    east, north = to_wgs84(lng, lat, system)
    return {**values, "lng": east, "lat": north}


def _keep_place(project: Project, changed: list[str], given: Mapping[str, object], system: str) -> None:
    if "lng" in changed or "lat" in changed:
        lng, lat = given.get("lng", project.lng), given.get("lat", project.lat)
        project.original_lng = lng if isinstance(lng, float) else None
        project.original_lat = lat if isinstance(lat, float) else None
        project.original_system = system


def _text(value: object) -> str:
    return "" if value is None else str(value)[:300]
