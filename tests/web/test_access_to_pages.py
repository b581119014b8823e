"""谁能看哪一页：默认不放行，别人的东西是 404。"""

from collections.abc import Callable, Iterator, Sequence

import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.web import samples
from tests.web.world import World

Sign = Callable[[str], Client]
PUBLIC = {
    "signin", "signin-code", "signin-qr", "signin-qr-state", "signin-qr-enter", "signin-waiting", "signin-help",
    "activate", "activate-code", "enterprise-register", "registration-state", "ask", "ask-done",
    "openid_connect_login", "openid_connect_callback", "signout", "status", "healthz", "rate-rules", "favicon",
    "packet-check", "bench-shared",
}  # fmt: skip


def patterns(under: Sequence[object]) -> Iterator[URLPattern]:
    """Every pattern below, those of the rooms too."""
    for one in under:
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns)
        elif isinstance(one, URLPattern):
            yield one


def test_every_address_is_public_by_declaration_or_wants_a_sign_in(world: World) -> None:
    for pattern in patterns(get_resolver().url_patterns):
        public = getattr(pattern.callback, "public", False)
        assert public == (pattern.name in PUBLIC), pattern.name


@pytest.mark.parametrize("path", ["/", "/projects/", "/devices/", "/devices/pending"])
def test_without_sign_in_the_page_asks_for_one(world: World, path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/signin?next=")


@pytest.mark.parametrize("role", ["province", "city", "county", "urban", "enterprise", "site"])
def test_every_role_opens_its_own_pages(world: World, signed_in: Sign, role: str) -> None:
    client = signed_in(role)
    project, device = world.projects[0], world.devices[0]
    for path in (
        "/", "/projects/", f"/projects/{project.ref}/", f"/projects/{project.ref}/dust", f"/projects/{project.ref}/video",
        "/devices/", f"/devices/{device.ref}/", f"/devices/{device.ref}/series.json",
        f"/devices/{device.ref}/hours/2026-11-17/14",
    ):  # fmt: skip
        assert client.get(path).status_code == 200, (role, path)


@pytest.mark.parametrize("role", ["city", "county", "urban", "enterprise", "site"])
def test_objects_of_others_do_not_exist(world: World, signed_in: Sign, role: str) -> None:
    client = signed_in(role)
    project, device = world.projects[10], world.devices[10]
    for path in (
        f"/projects/{project.ref}/", f"/projects/{project.ref}/dust", f"/devices/{device.ref}/",
        f"/devices/{device.ref}/series.json", f"/devices/{device.ref}/hours/2026-11-17/14", f"/live?device={device.ref}",
    ):  # fmt: skip
        assert client.get(path).status_code == 404, (role, path)


def test_an_ended_membership_opens_nothing(world: World, signed_in: Sign) -> None:
    answer = signed_in("stranger").get("/")
    assert answer.status_code == 403
    assert "身份" in answer.content.decode()


def test_raw_frames_are_not_shown_to_city_administration(world: World, signed_in: Sign) -> None:
    path = f"/devices/{world.devices[0].ref}/"
    assert "QN=20261122" not in signed_in("urban").get(path).content.decode()
    assert "QN=" in signed_in("county").get(path).content.decode()


def test_only_the_province_sees_unknown_devices(
    world: World, signed_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gongdi.monitor.queries import quarantine

    monkeypatch.setattr(quarantine, "pending_devices", lambda limit=50: ())
    assert signed_in("province").get("/devices/pending").status_code == 200
    assert signed_in("county").get("/devices/pending").status_code == 404


def test_a_person_acts_only_under_own_memberships(world: World, signed_in: Sign) -> None:
    client = signed_in("county")
    assert client.post("/act-as", {"membership": "999999"}).status_code == 404
    assert client.get("/act-as").status_code == 405


def test_back_fill_is_asked_for_the_first_outstanding_interval_once(world: World, signed_in: Sign) -> None:
    client = signed_in("county")
    path = f"/devices/{world.devices[0].ref}/back-fill"
    page = client.post(path, follow=True).content.decode()
    assert "已请求补传 08:20–08:45" in page
    assert "不重复请求" in client.post(path, follow=True).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT cn, begins, ends, asked_by FROM gateway_command")
        assert cursor.fetchall() == [(2051, samples.at(22, 8, 20), samples.at(22, 8, 45), "county")]
    assert signed_in("county").post(f"/devices/{world.devices[10].ref}/back-fill").status_code == 404
    assert client.get(path).status_code == 405
