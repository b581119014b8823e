"""每个地址 × 每种身份 × 每种关系，对照手写的 expected.csv；没有声明的地址不放行。"""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from gongdi.api.register.codes import code_of
from gongdi.orgs.models import Membership
from gongdi.projects import queries as projects
from gongdi.projects.models import Project
from tests.authz.world import RELATIONS, ROLES, VISIBLE, World, make_world

pytestmark = pytest.mark.django_db
DAY = "2026-11-20"
NOT_IN_TABLE = "-"
LISTS = frozenset(
    f"device-{one}" for one in ("frames", "quarantine", "conflicts", "connections", "hours", "month")
)
OF_PROJECT = frozenset(
    {"project-file", "project-submit", "project-start", "project-parties", "project-stops"}
)
BATCHES = frozenset({"import-batch", "import-apply", "import-discard", "import-wrong"})
LIVE = frozenset({"live", "live-device"})
DESK: dict[str, Callable[[World, str], str]] = {
    **{
        name: lambda world, relation, name=name: reverse(name, args=[world.bodies[relation].ref])  # type: ignore[misc]
        for name in ("unit", "unit-slips")
    },
    **{
        name: lambda world, relation, name=name: reverse(name, args=[world.staff[relation].ref])  # type: ignore[misc]
        for name in (
            "person",
            "person-slip",
            "person-leave",
            "person-unmask",
            "person-switch",
            "person-invite",
        )
    },
    **{
        name: lambda world, relation, name=name: reverse(name, args=[world.staff[relation].ref, 1])  # type: ignore[misc]
        for name in ("person-duty", "person-deputy")
    },
    "registration": lambda world, relation: reverse("registration", args=[world.registrations[relation].ref]),
    "question": lambda world, relation: reverse("question", args=[world.questions[relation].ref]),
    "contact-remove": lambda world, relation: reverse("contact-remove", args=[1]),
    "activate-code": lambda world, relation: reverse("activate-code", args=["A-CODE-NOBODY-MADE"]),
    "registration-state": lambda world, relation: reverse("registration-state", args=["A-CODE-NOBODY-MADE"]),
}
"""Addresses of the desk (开户与服务窗口) by the objects of a relation."""


def expected() -> dict[tuple[str, str], dict[str, str]]:
    """(url name, role) to the status by relation."""
    path = Path(__file__).with_name("expected.csv")
    with path.open(encoding="utf-8") as lines:
        return {(row["url"], row["role"]): row for row in csv.DictReader(lines)}


def address(name: str, world: World, relation: str) -> str:
    """Address of a declared URL for the objects of a relation."""
    project, device = world.projects[relation], world.devices[relation]
    special = {
        "project": lambda: reverse("project", args=[project.ref]),
        "project-code": lambda: reverse("project-code", args=[project.ref]),
        "project-tab": lambda: reverse("project-tab", args=[project.ref, "dust"]),
        "enterprise": lambda: reverse(
            "enterprise", args=[project.contractor.ref if project.contractor else device.ref]
        ),
        "device": lambda: reverse("device", args=[device.ref]),
        "device-series": lambda: reverse("device-series", args=[device.ref]),
        "device-back-fill": lambda: reverse("device-back-fill", args=[device.ref]),
        "slot": lambda: reverse("slot", args=[device.ref, DAY, 9]),
        "signin-scan": lambda: reverse("signin-scan", args=["a-code-that-nobody-made"]),
        "openid_connect_login": lambda: reverse("openid_connect_login", args=["sso"]),
        "openid_connect_callback": lambda: reverse("openid_connect_callback", args=["sso"]),
        "person-reset": lambda: reverse("person-reset", args=[project.ref]),
        "account-session-end": lambda: reverse("account-session-end", args=[project.ref]),
        "import-template": lambda: reverse("import-template", args=["projects"]),
        "party-leave": lambda: reverse("party-leave", args=[project.ref, 1]),
        "post-leave": lambda: reverse("post-leave", args=[project.ref, 1]),
        "project-act": lambda: reverse("project-act", args=[project.ref, "complete"]),
        "stop": lambda: reverse("stop", args=[world.stops[relation].ref]),
        "entry-review": lambda: reverse("entry-review", args=[world.filings[relation].ref]),
        "officer-hand-over": lambda: reverse("officer-hand-over", args=[world.staff[relation].ref]),
        "equipment-device": lambda: reverse("equipment-device", args=[device.ref]),
        "equipment-act": lambda: reverse("equipment-act", args=[device.ref, "end"]),
        "scan": lambda: reverse("scan", args=[code_of(device.ref)]),
        "bench-device": lambda: reverse("bench-device", args=[device.ref]),
        "bench-act": lambda: reverse("bench-act", args=[device.ref, "end"]),
        "bench-shared": lambda: reverse("bench-shared", args=["a-token-that-nobody-made"]),
        "file": lambda: reverse("file", args=[world.papers[relation].ref]),
        "message": lambda: reverse("message", args=[world.told[relation].ref]),
        "parameter": lambda: reverse("parameter", args=["returns.lock_day"]),
        "live-device": lambda: f"{reverse('live')}?device={device.ref}",
    }
    if name in OF_PROJECT:
        return reverse(name, args=[project.ref])
    if name in LISTS:
        return reverse(name, args=[device.ref])
    if name in DESK:
        return DESK[name](world, relation)
    if name in BATCHES:
        return reverse(name, args=[world.batches[relation].ref])
    return special[name]() if name in special else reverse(name)


def declared() -> set[str]:
    """Names of every pattern of the site; a pattern without a name has its route instead."""

    def walk(patterns: list[Any]) -> Iterator[str]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns)
            elif isinstance(pattern, URLPattern):
                yield pattern.name or str(pattern.pattern)

    return set(walk(get_resolver().url_patterns))


def test_every_address_is_in_the_table() -> None:
    table = {url for url, _ in expected()}
    assert declared() <= table, "新地址先写进 tests/authz/expected.csv"
    assert table - declared() <= {"live-device"}, "表里有已不存在的地址"
    for url in table:
        assert {role for name, role in expected() if name == url} == set(ROLES)


@pytest.fixture
def world(settings: Any) -> World:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return make_world()


def client_of(world: World, role: str) -> Client:
    """Browser of one role; a failing page answers 500 instead of raising."""
    client = Client(raise_request_exception=False)
    person = world.people[role]
    if person is not None:
        client.force_login(person)
    return client


@pytest.mark.parametrize("role", ROLES)
def test_status_and_leaks(world: World, role: str) -> None:
    wrong = mistakes(world, role, [url for url, of in expected() if of == role and url not in LIVE])
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db(transaction=True)
def test_live_events_by_role(world: World) -> None:
    """The event stream gives its connection back, so it cannot run inside the transaction of a test."""
    wrong = [line for role in ROLES for line in mistakes(world, role, sorted(LIVE))]
    assert not wrong, "\n".join(wrong)


def mistakes(world: World, role: str, urls: list[str]) -> list[str]:
    """Every answer of a role that differs from the table, and every foreign word it was shown."""
    client, table, wrong = client_of(world, role), expected(), []
    for url in urls:
        for relation in RELATIONS:
            wanted = table[url, role][relation]
            if wanted == NOT_IN_TABLE:
                continue
            where = address(url, world, relation)
            response = client.get(where)
            if str(response.status_code) != wanted:
                wrong.append(f"{role} {relation} {where}: {response.status_code}，应为 {wanted}")
            wrong += [f"{role} {where} 泄露 {word}" for word in leaks(world, role, where, response)]
    return wrong


def leaks(world: World, role: str, where: str, response: Any) -> list[str]:
    """Words of foreign objects in an answer; what the address itself says does not count."""
    if response.streaming:
        if not response.is_async:
            b"".join(response)
        return []
    body = response.content.decode()
    foreign = [relation for relation in RELATIONS if relation not in VISIBLE[role]]
    return [
        word for relation in foreign for word in world.markers(relation) if word not in where and word in body
    ]


@pytest.mark.parametrize("role", [role for role in ROLES if VISIBLE[role]])
def test_the_own_objects_are_really_shown(world: World, role: str) -> None:
    """Guards the leak test against pages that show nothing at all."""
    client = client_of(world, role)
    listed = client.get(reverse("projects")).content.decode()
    devices = client.get(reverse("devices")).content.decode()
    for relation in VISIBLE[role]:
        assert world.projects[relation].name in listed
        assert world.devices[relation].mn in devices


def test_anonymous_is_sent_to_sign_in(world: World) -> None:
    where = address("project", world, "own")
    response = Client().get(where)
    assert response.status_code == 302
    assert response.headers["Location"] == f"/signin?next={where}"


def test_another_persons_membership_cannot_be_taken(world: World) -> None:
    foreign = Membership.objects.get(user=world.people["province"])
    response = client_of(world, "site").post(reverse("act-as"), {"membership": foreign.id})
    assert response.status_code == 404


def test_search_words_do_not_reach_foreign_objects(world: World) -> None:
    client = client_of(world, "county")
    for relation in ("sibling", "other_city"):
        for name, word in (
            ("projects", world.projects[relation].name),
            ("devices", world.devices[relation].mn),
        ):
            body = client.get(reverse(name), {"q": word}).content.decode()
            assert str(world.projects[relation].ref) not in body
            assert str(world.devices[relation].ref) not in body


def test_the_matrix_notices_a_leak(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plants the fault: a query that forgets the scope turns the table red."""
    monkeypatch.setattr(projects, "_in_scope", lambda scope: Project.objects.all())
    found = mistakes(world, "county", ["projects", "project", "devices", "device"])
    assert any("泄露" in line for line in found)
    assert any("应为 404" in line for line in found)
