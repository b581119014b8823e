"""项目的登记与更正，范围核对与写入在同一事务里。"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import DataError, IntegrityError, transaction
from psycopg.errors import CheckViolation

from gongdi.kernel.calendar import WorkingCalendar
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.evidence.record import About, record
from gongdi.kernel.policy import ACCESS_BASE_DAYS, ACCESS_NOT_BEFORE, PolicySet
from gongdi.kernel.scope import Role, Scope
from gongdi.orgs.models import Authority
from gongdi.projects import rules
from gongdi.projects.models import Project, ProjectParty, Supervision


@dataclass(frozen=True, slots=True)
class Place:
    """Place of a site: WGS-84 degrees, and the original with its system when it was another one."""

    lng: float
    lat: float
    original_lng: float | None = None
    original_lat: float | None = None
    original_system: str = Project.CoordinateSystem.WGS84


@dataclass(frozen=True, slots=True)
class Supervisors:
    """Keys of the bodies that supervise (监督单位) quality, safety and dust."""

    quality_id: int | None = None
    safety_id: int | None = None
    dust_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewProject:
    """Base information (项目基础信息) of a project; area in square metres, length in metres."""

    number: str
    name: str
    kind: str
    division: str
    contractor_id: int
    started_on: date
    address: str = ""
    developer: str = ""
    supervisor: str = ""
    site_area_m2: int | None = None
    open_length_m: int | None = None
    stage: str = ""
    place: Place | None = None
    supervisors: Supervisors = Supervisors()


@dataclass(frozen=True, slots=True)
class Deadlines:
    """What the access deadline (接入期限) is computed with: decided policy and working calendar."""

    policy: PolicySet
    calendar: WorkingCalendar


def create_project(entry: NewProject, *, by: Scope, deadlines: Deadlines, now: datetime) -> Project:
    """Enter one project (入库); NotAllowed outside the divisions or the enterprise of the scope.

    依据: 379-2.1.1
    """
    _check_scope(entry, by)
    project = _new(entry, deadlines, now)
    try:
        with transaction.atomic():
            project.save(force_insert=True)
            _first_rows([project])
            record(
                act="project.created",
                about=about(project),
                facts={"number": project.number, "started_on": project.started_on},
                by=by,
                now=now,
            )
    except (DataError, IntegrityError) as error:
        raise UnusableInput(_refusal(error, f"项目 {entry.number} ", f" {entry.number} ")) from error
    return project


def create_projects(
    entries: list[NewProject], *, by: Scope, deadlines: Deadlines, now: datetime
) -> list[Project]:
    """Enter many projects in one transaction, all or none."""
    for entry in entries:
        _check_scope(entry, by)
    try:
        with transaction.atomic():
            projects = Project.objects.bulk_create([_new(entry, deadlines, now) for entry in entries])
            _first_rows(projects)
            return projects
    except (DataError, IntegrityError) as error:
        raise UnusableInput(f"整批没有登记：{_refusal(error, '其中一个项目', '有重复，或')}") from error


def deadline_of(started_on: date, division: str, deadlines: Deadlines, excluded_days: int = 0) -> date:
    """Access deadline (接入期限) by the policy in force on the start day in the division."""
    terms = rules.AccessTerms(
        base_days=deadlines.policy.get(ACCESS_BASE_DAYS, started_on, division),
        not_before=deadlines.policy.get(ACCESS_NOT_BEFORE, started_on, division),
    )
    return rules.access_deadline(started_on, excluded_days, terms, deadlines.calendar)


def set_connected(project_id: int, connected_on: date) -> None:
    """Store the date of connection (接入日期) handed down by `returns`; a stored date stays as it is."""
    Project.objects.filter(id=project_id, connected_on__isnull=True).update(connected_on=connected_on)


def about(project: Project) -> About:
    """The project as the object of an act (证据对象)."""
    return About("projects.project", project.ref, project.pk, project.name)


def _first_rows(projects: list[Project]) -> None:
    """The dated rows that hold from the start: supervisors and 施工总承包; and the codes lists filter by."""
    bodies = {key for project in projects for key in _authorities(project).values() if key is not None}
    codes = dict(Authority.objects.filter(id__in=bodies).values_list("id", "division_id"))
    rows = []
    for project in projects:
        for aspect, key in _authorities(project).items():
            setattr(project, f"{aspect}_code", codes.get(key or 0, project.division_id))
            if key is not None:
                rows.append(
                    Supervision(
                        project=project, aspect=aspect, authority_id=key, valid_from=start_of(project)
                    )
                )
    Project.objects.bulk_update(projects, ["safety_code", "quality_code", "dust_code"])
    Supervision.objects.bulk_create(rows)
    ProjectParty.objects.bulk_create(
        ProjectParty(
            project=project,
            enterprise_id=project.contractor_id,
            kind=ProjectParty.Kind.GENERAL_CONTRACTOR,
            valid_from=start_of(project),
        )
        for project in projects
        if project.contractor_id is not None
    )


def start_of(project: Project) -> date:
    """Start day (开工日期); every project of the inventory has one."""
    if project.started_on is None:
        raise UnusableInput("待分配设备不是工程项目，不能这样办理。")
    return project.started_on


def _authorities(project: Project) -> dict[str, int | None]:
    return {
        "quality": project.quality_authority_id,
        "safety": project.safety_authority_id,
        "dust": project.dust_authority_id,
    }


def _check_scope(entry: NewProject, by: Scope) -> None:
    inside = any(entry.division.startswith(prefix) for prefix in by.division_prefixes)
    own = by.role == Role.ENTERPRISE and by.enterprise_id == entry.contractor_id
    if by.role == Role.URBAN or not (inside or own):
        raise NotAllowed("只能登记本辖区或本企业总承包的项目。")


def _new(entry: NewProject, deadlines: Deadlines, now: datetime) -> Project:
    place = entry.place
    project = Project(
        number=entry.number,
        name=entry.name,
        kind_id=entry.kind,
        division_id=entry.division,
        address=entry.address,
        contractor_id=entry.contractor_id,
        developer=entry.developer,
        supervisor=entry.supervisor,
        site_area_m2=entry.site_area_m2,
        open_length_m=entry.open_length_m,
        stage=entry.stage,
        started_on=entry.started_on,
        access_deadline=deadline_of(entry.started_on, entry.division, deadlines),
        quality_authority_id=entry.supervisors.quality_id,
        safety_authority_id=entry.supervisors.safety_id,
        dust_authority_id=entry.supervisors.dust_id,
        created_at=now,
    )
    if place is not None:
        project.lng, project.lat = place.lng, place.lat
        project.original_lng = place.lng if place.original_lng is None else place.original_lng
        project.original_lat = place.lat if place.original_lat is None else place.original_lat
        project.original_system = place.original_system
    return project


def _refusal(error: DataError | IntegrityError, what: str, number: str) -> str:
    text = str(error)
    if "projects_project_number" in text:
        return f"项目编号{number}已登记。"
    if "project_place_in_country" in text:
        return "坐标不在国内，请核对经纬度。"
    if isinstance(error, DataError) or isinstance(error.__cause__, CheckViolation):
        return f"{what}有一项超出长度或数值的范围，或含有不能使用的字符。"
    return f"{what}的类别、区划或单位不存在。"
