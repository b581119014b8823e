"""手写的权限总表（roles.csv）对照页面与行为：每种身份 × 每种关系 × 每类数据，看得到与看不到都要相符。"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gongdi.equipment.models import Device
from gongdi.orgs.models import Authority, Enterprise, User
from gongdi.orgs.queries import installation_scope
from gongdi.projects.models import EntryFiling, Project, ProjectParty, Stop
from gongdi.projects.services.registering import NewProject, Supervisors, create_project
from tests.authz.test_roles_table import RELATIONS
from tests.builders import (
    DEADLINES,
    NOW,
    STARTED,
    TODAY,
    make_authority,
    make_device,
    make_enterprise,
    make_user,
    second_factor_off,
)

pytestmark = pytest.mark.django_db
ROLES = (
    "province", "city", "county", "urban", "station", "approval", "zone", "developer", "supervisor", "enterprise",
    "site",
)  # fmt: skip
PAGES = {
    "card": "project",
    "base_file": "project-file",
    "people": "project-parties",
    "dust_noise": "device",
    "raw_frames": "device-frames",
}
"""Kind of data to the page that shows it."""
STATUS = {"see": 200, "hidden": 404}


@dataclass(frozen=True)
class World:
    """The world that the table speaks of."""

    projects: dict[str, Project]
    devices: dict[str, Device]
    people: dict[str, User]


def table() -> dict[tuple[str, str], dict[str, str]]:
    with Path(__file__).with_name("roles.csv").open(encoding="utf-8") as lines:
        return {(row["role"], row["kind"]): row for row in csv.DictReader(lines)}


def project(
    number: int, division: str, bodies: tuple[Authority, Authority, Authority], firm: Enterprise
) -> Project:
    """A project with its supervisors of quality, safety and dust."""
    entry = NewProject(
        number=f"ROLE{number:04d}", name=f"总表工地{number}号", kind="HOUSE", division=division, contractor_id=firm.id,
        started_on=STARTED, site_area_m2=9000, supervisors=Supervisors(*(body.id for body in bodies)),
    )  # fmt: skip
    return create_project(entry, by=installation_scope(), deadlines=DEADLINES, now=NOW)


def bodies() -> dict[str, Authority]:
    """County K with its bodies, its city C, the sibling, another city, the zone under C."""
    return {
        "province": make_authority("140000"),
        "city": make_authority("140100"),
        "county": make_authority("140105"),
        "urban": make_authority("140105", kind="URBAN"),
        "station": make_authority("140105", kind="STATION"),
        "approval": make_authority("140105", kind="APPROVAL"),
        "zone": make_authority("140171", kind="ZONE"),
        "sibling": make_authority("140106"),
        "other_city": make_authority("140213"),
    }


@pytest.fixture
def world(settings: Any) -> World:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    second_factor_off()
    body, firm, other = bodies(), make_enterprise(), make_enterprise()
    county = (body["station"], body["county"], body["urban"])
    projects = {
        "own": project(1, "140105", county, firm),
        "sibling": project(2, "140106", (body["sibling"],) * 3, other),
        "other_city": project(3, "140213", (body["other_city"],) * 3, other),
        "city_own": project(4, "140105", (body["city"],) * 3, other),
        "other_firm": project(5, "140105", county, other),
        "former": project(6, "140105", county, other),
        "zone_own": project(7, "140105", (body["zone"],) * 3, other),
    }
    ProjectParty.objects.create(
        project=projects["former"],
        enterprise=firm,
        kind="general_contractor",
        valid_from=STARTED,
        valid_to=TODAY,
    )
    people = {role: make_user(role, body[role]) for role in ROLES if role in body}
    for role in ("developer", "supervisor"):
        unit = make_enterprise()
        ProjectParty.objects.create(project=projects["own"], enterprise=unit, kind=role, valid_from=STARTED)
        people[role] = make_user(role, unit)
    people |= {"enterprise": make_user("enterprise", firm), "site": make_user("site", projects["own"])}
    devices = {relation: make_device(one, interval_min=5) for relation, one in projects.items()}
    return World(projects, devices, people)


def browser(world: World, role: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(world.people[role])
    return client


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_sees(world: World, role: str) -> None:
    client, expected, wrong = browser(world, role), table(), []
    for kind, page in PAGES.items():
        for relation in RELATIONS:
            subject = world.devices[relation] if page.startswith("device") else world.projects[relation]
            found = client.get(reverse(page, args=[subject.ref])).status_code
            if found != STATUS[expected[role, kind][relation]]:
                wrong.append(f"{role} {kind} {relation}: {found}，应为 {expected[role, kind][relation]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", ROLES)
def test_a_hidden_project_has_no_word_in_lists_search_and_export(world: World, role: str) -> None:
    client, expected = browser(world, role), table()[role, "card"]
    texts = [
        b"".join(response) if response.streaming else response.content
        for response in (
            client.get(reverse("projects"), {"size": "100"}),
            client.get(reverse("search"), {"q": "总表工地"}),
            client.get(reverse("projects-csv")),
            client.get(reverse("workbench")),
        )
    ]
    for relation in RELATIONS:
        shown = [world.projects[relation].name.encode() in text for text in texts]
        assert any(shown) == (expected[relation] == "see"), (role, relation, shown)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("act", "button"), [("entry_review", "accept"), ("stop_decision", "approve")])
def test_who_may_decide(world: World, role: str, act: str, button: str) -> None:
    """Acts change the state, refused ones leave it, hidden ones are not found."""
    expected, wrong = table()[role, act], []
    for relation, one in world.projects.items():
        waiting = _filing(one) if act == "entry_review" else _stop(one)
        page = "entry-review" if act == "entry_review" else "stop"
        response = browser(world, role).post(reverse(page, args=[waiting.ref]), {"act": button})
        waiting.refresh_from_db()
        decided = waiting.decided_at is not None
        if decided != (expected[relation] == "act"):
            wrong.append(f"{relation}: 办成 {decided}，应为 {expected[relation]}")
        if expected[relation] == "hidden" and response.status_code != 404:
            wrong.append(f"{relation}: {response.status_code}，应为 404")
    assert not wrong, "\n".join(wrong)


def _filing(one: Project) -> EntryFiling:
    assert one.safety_authority is not None
    return EntryFiling.objects.create(
        project=one, authority=one.safety_authority, submitted_at=NOW, submitted_by="资料员"
    )


def _stop(one: Project) -> Stop:
    assert one.safety_authority is not None
    return Stop.objects.create(
        project=one, authority=one.safety_authority, kind="X1", starts=TODAY, ends=TODAY, reason="检修",
        applied_at=NOW, applied_by="项目负责人",
    )  # fmt: skip
