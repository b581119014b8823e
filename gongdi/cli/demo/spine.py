"""演示省的主体：部门、企业、项目、设备、账号，在一个事务里写入。"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from gongdi.cli.demo import province
from gongdi.cli.demo.permits import load_permits
from gongdi.cli.demo.province import DemoProject
from gongdi.cli.demo.stories import DevicePlan
from gongdi.equipment.services import NewDevice, register_devices
from gongdi.kernel.clock import day_start, shanghai_day
from gongdi.kernel.queries import policy_set, working_calendar
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import Authority, Division, Enterprise, Membership
from gongdi.orgs.queries import installation_scope
from gongdi.orgs.services.accounts import NewMember, create_account, random_password
from gongdi.projects.models import Project
from gongdi.projects.services.registering import (
    Deadlines,
    NewProject,
    Place,
    Supervisors,
    create_projects,
    set_connected,
)


@dataclass(frozen=True, slots=True)
class LoadedDevice:
    """One device of the demo: its project's line, its number on the site, its plan and its password."""

    project: DemoProject
    project_id: int
    number: int
    mn: str
    password: str
    plan: DevicePlan


@dataclass(frozen=True, slots=True)
class LoadedAccount:
    """One account with the password that is told once."""

    role: str
    user: str
    password: str
    name: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the spine holds after loading."""

    devices: list[LoadedDevice]
    accounts: list[LoadedAccount]


def load_spine(first_day: date, today: date, until: int, now: datetime) -> Loaded:
    """Write the spine; `until` is the present minute of the history."""
    with transaction.atomic():
        by = installation_scope()
        bodies = _authorities()
        enterprises = _enterprises()
        projects = _projects(bodies, enterprises, today, by, now)
        load_permits(enterprises, today)
        devices = _devices(projects, first_day, until, by, now)
        accounts = _accounts(bodies, enterprises, {p.name: p.id for p in projects.values()}, first_day)
    return Loaded(devices, accounts)


def _authorities() -> dict[tuple[str, str], Authority]:
    """Bodies by (division, kind): housing and city administration of every city and county."""
    divisions = {d.code: d for d in Division.objects.filter(functional_zone=False)}
    root = next(d for d in divisions.values() if d.parent_id is None)
    top = _body(root.name + "住房和城乡建设厅", "province", "HOUSING", root, None)
    bodies = {(root.code, "HOUSING"): top}
    for city in [d for d in divisions.values() if d.parent_id == root.code]:
        home = _body(f"{city.name}住房和城乡建设局", "city", "HOUSING", city, top)
        bodies[city.code, "HOUSING"] = home
        bodies[city.code, "URBAN"] = _body(f"{city.name}城市管理局", "city", "URBAN", city, None)
        for county in [d for d in divisions.values() if d.parent_id == city.code]:
            name = county.name if len(county.name) > 2 else city.name + county.name
            local = _body(f"{name}住房和城乡建设局", "county", "HOUSING", county, home)
            bodies[county.code, "HOUSING"] = local
            bodies[county.code, "URBAN"] = _body(f"{name}城市管理局", "county", "URBAN", county, None)
    return bodies


def _body(name: str, level: str, kind: str, division: Division, parent: Authority | None) -> Authority:
    return Authority.objects.create(name=name, level=level, kind=kind, division=division, parent=parent)


def _enterprises() -> dict[str, Enterprise]:
    return {
        key: Enterprise.objects.create(name=name, uscc=code)
        for key, (name, code) in province.demo_enterprises().items()
    }


def _projects(
    bodies: dict[tuple[str, str], Authority],
    enterprises: dict[str, Enterprise],
    today: date,
    by: Scope,
    now: datetime,
) -> dict[int, Project]:
    points = {d.code: (d.lng, d.lat) for d in Division.objects.exclude(lng=None)}
    lines = province.demo_projects()
    entries = []
    for line in lines:
        started = today - timedelta(days=line.started_days)
        housing = bodies[line.division, "HOUSING"]
        entries.append(
            NewProject(
                number=f"{line.division}{started.year}{line.index + 1:04d}",
                name=line.name,
                kind=line.kind,
                division=line.division,
                contractor_id=enterprises[line.contractor].id,
                started_on=started,
                address=f"{housing.division.name}{line.name}工地",
                developer=f"{housing.division.name}城乡建设发展中心（演示）",
                supervisor="晋衡工程监理有限公司（演示）",
                site_area_m2=None if line.by_length else line.size,
                open_length_m=line.size if line.by_length else None,
                stage=line.stage,
                place=_place(points[line.division], line.index),
                supervisors=Supervisors(housing.id, housing.id, bodies[line.division, "URBAN"].id),
            )
        )
    deadlines = Deadlines(policy_set(), working_calendar())
    projects = create_projects(entries, by=by, deadlines=deadlines, now=now)
    for line, project in zip(lines, projects, strict=True):
        _entered(project, now)
        if line.connected_days is not None:
            set_connected(project.id, today - timedelta(days=line.connected_days))
    stopped = [project.id for line, project in zip(lines, projects, strict=True) if line.story == "stopped"]
    Project.objects.filter(id__in=stopped).update(status=Project.Status.STOPPED)
    return {line.index: project for line, project in zip(lines, projects, strict=True)}


def _entered(project: Project, now: datetime) -> None:
    """Entered into the inventory four days after its start, not all at the moment of loading."""
    assert project.started_on is not None
    entered = day_start(project.started_on) + timedelta(days=4, hours=10)
    at = min(entered, now)
    Project.objects.filter(id=project.id).update(created_at=at, entered_on=shanghai_day(at))


def _place(point: tuple[float | None, float | None], index: int) -> Place:
    """A point near the label of the county, spread by the golden angle without chance."""
    turn, reach = index * 2.399963, 0.006 + 0.004 * (index % 5)
    lng, lat = point[0] or 0.0, point[1] or 0.0
    east = reach * (1 - turn % 2)
    north = reach * (1 - (turn * 1.618) % 2)
    return Place(round(lng + east, 6), round(lat + north, 6))


def _devices(
    projects: dict[int, Project], first_day: date, until: int, by: Scope, now: datetime
) -> list[LoadedDevice]:
    lines = [(line, n) for line in province.demo_projects() for n in range(1, line.devices + 1)]
    passwords = [secrets.token_hex(4) for _ in lines]
    entries = [
        NewDevice(
            mn=province.device_number(line, number),
            password=password,
            project_id=projects[line.index].id,
            interval_min=province.interval_of(line, number),
            name=f"扬尘-{number:02d}",
            place=province.PLACES[(line.index + number) % len(province.PLACES)],
            in_service_from=day_start(first_day) + timedelta(minutes=line.since),
        )
        for (line, number), password in zip(lines, passwords, strict=True)
    ]
    registered = register_devices(entries, by=by, now=now)
    return [
        LoadedDevice(
            project=line,
            project_id=device.project_id,
            number=number,
            mn=device.mn,
            password=password,
            plan=province.plan_of(line, number, device.gateway_device_id, until),
        )
        for (line, number), password, device in zip(lines, passwords, registered, strict=True)
    ]


def _accounts(
    bodies: dict[tuple[str, str], Authority],
    enterprises: dict[str, Enterprise],
    projects: dict[str, int],
    since: date,
) -> list[LoadedAccount]:
    by_name = {body.name: body.id for body in bodies.values()}
    firms = {firm.name: firm.id for firm in enterprises.values()}
    made = []
    for account in province.ACCOUNTS:
        password = random_password()
        member = NewMember(
            role=Membership.Role(account.role),
            valid_from=since,
            authority_id=by_name.get(account.subject),
            enterprise_id=firms.get(account.subject),
            project_id=projects.get(account.subject),
        )
        create_account(username=account.user, display_name=account.name, password=password, member=member)
        made.append(LoadedAccount(account.role, account.user, password, account.name))
    return made
