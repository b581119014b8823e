"""页面测试的世界：几个身份、几个项目、几台设备，读数换成样本。"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from types import ModuleType

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from gongdi.equipment.models import Device
from gongdi.equipment.services import NewDevice, register_device
from gongdi.kernel import clock
from gongdi.monitor.queries import connections, curve, frames, month, quarantine, strip
from gongdi.orgs.models import Authority, Division, Enterprise, User
from gongdi.orgs.queries import installation_scope
from gongdi.orgs.services.accounts import NewMember, grant
from gongdi.projects.models import Project, ProjectKind, ProjectParty
from gongdi.returns import queries as returns
from gongdi.telemetry.queries import alarms, facts
from gongdi.web.pages import slot
from tests.web import rates, samples

PASSWORD = "Dust-packet-2026"
ROLES = ("province", "city", "county", "urban", "enterprise", "site", "stranger")


@dataclass
class World:
    """Who and what exists in a page test."""

    projects: list[Project] = field(default_factory=list)
    devices: list[Device] = field(default_factory=list)


def sample_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every reading comes from the samples, at the instant of the samples."""
    for module in (alarms, connections, curve, facts, frames, month, quarantine, strip):
        _replace(monkeypatch, module, samples)
    _replace(monkeypatch, returns, rates)
    monkeypatch.setattr(slot, "explain_slot", samples.explain_slot)
    monkeypatch.setattr(clock, "now", lambda: samples.NOW)


def _replace(monkeypatch: pytest.MonkeyPatch, module: ModuleType, source: ModuleType) -> None:
    for name, made in vars(source).items():
        own = getattr(module, name, None)
        if callable(made) and getattr(own, "__module__", "") == module.__name__ and name.islower():
            monkeypatch.setattr(module, name, made)


def make_world() -> World:
    """Two counties, three firms, twelve projects, a device in each, one account per role."""
    world = World()
    bodies = _bodies()
    firms = [
        Enterprise.objects.create(name=f"山西样本建设{n}公司", uscc=f"9114010012345678{n}X")
        for n in range(1, 4)
    ]
    kind = ProjectKind.objects.order_by("position").first()
    assert kind is not None
    for n in range(12):
        county = "140105" if n < 8 else "140212"
        start = date(2026, 4, 1) + timedelta(days=n * 18)
        world.projects.append(
            Project.objects.create(
                number=f"{county}-2026-{n:04d}", name=f"样本安置房 {n} 号楼", kind=kind, division_id=county,
                contractor=firms[n % 3], started_on=start, access_deadline=start + timedelta(days=30),
                connected_on=start + timedelta(days=20) if n % 4 else None, stage="主体", lng=112.56 + n / 100, lat=37.73,
                quality_authority=bodies["county"], dust_authority=bodies["urban"], created_at=samples.NOW,
                safety_code=county, quality_code=county, dust_code=county,
            )
        )  # fmt: skip
    ProjectParty.objects.bulk_create(
        ProjectParty(
            project=one, enterprise_id=one.contractor_id, kind="general_contractor", valid_from=one.started_on
        )
        for one in world.projects
        if one.contractor_id and one.started_on
    )
    for n, project in enumerate(world.projects):
        entry = NewDevice(
            mn=f"WEB{n:020d}", password="x7Lq20", project_id=project.pk, name="扬尘-01", place="东门"
        )
        world.devices.append(register_device(entry, by=installation_scope(), now=samples.at(1)))
    _people(bodies, firms, world)
    return world


def _bodies() -> dict[str, Authority]:
    root = Division.objects.get(parent__isnull=True).code
    rows = {"province": (root, "HOUSING"), "city": ("140100", "HOUSING"), "county": ("140105", "HOUSING"), "urban": ("140105", "URBAN")}  # fmt: skip
    return {
        role: Authority.objects.create(
            name=f"样本{role}部门", level="county" if role == "urban" else role, kind=kind, division_id=code, phone="0351-5550000"
        )
        for role, (code, kind) in rows.items()
    }  # fmt: skip


def _people(bodies: dict[str, Authority], firms: list[Enterprise], world: World) -> None:
    since = date(2026, 1, 1)
    for role in ("province", "city", "county", "urban"):
        _person(role, NewMember(role=role, valid_from=since, authority_id=bodies[role].pk))
    _person("enterprise", NewMember(role="enterprise", valid_from=since, enterprise_id=firms[0].pk))
    _person("site", NewMember(role="site", valid_from=since, project_id=world.projects[0].pk))
    body = bodies["county"].pk
    _person("stranger", NewMember(role="county", valid_from=since, valid_to=since, authority_id=body))


def _person(username: str, member: NewMember) -> None:
    user = User.objects.create(username=username, display_name="李明远", password=_hashed())
    grant(user, member)


@cache
def _hashed() -> str:
    return make_password(PASSWORD)


def client_of(role: str) -> Client:
    """A test client signed in as one role."""
    client = Client()
    client.force_login(User.objects.get(username=role))
    return client
