"""每一个应答：安全头齐全、没有内联代码、不带第三方、有追踪编号；错误也一样。"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from gongdi.projects.models import Project
from gongdi.web.security import POLICY
from tests.module_data import module_transaction, own_changes
from tests.web.world import World, client_of, make_world, sample_readings

__all__ = ["module_transaction", "own_changes"]
pytestmark = pytest.mark.usefixtures("own_changes")
STATIC = Path(__file__).parents[2] / "gongdi" / "web" / "static"
PAGES = ("workbench", "projects", "project", "project-dust", "project-video", "devices", "device", "slot", "status", "rules", "missing", "series")  # fmt: skip
HTML = tuple(page for page in PAGES if page != "series")
PUBLIC = ("status", "rules", "signin")


@pytest.fixture(scope="module")
def world(module_transaction: None) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        sample_readings(patch)
        yield make_world()


@pytest.fixture(scope="module")
def client(world: World) -> Client:
    return client_of("county")


def path_of(world: World, page: str) -> str:
    """Address of a page of the county."""
    project, device = world.projects[0].ref, world.devices[0].ref
    return {
        "workbench": "/", "projects": "/projects/", "project": f"/projects/{project}/",
        "project-dust": f"/projects/{project}/dust", "project-video": f"/projects/{project}/video",
        "devices": "/devices/", "device": f"/devices/{device}/", "slot": f"/devices/{device}/hours/2026-11-17/14",
        "status": "/status", "rules": "/rules/rate", "signin": "/signin", "missing": "/no-such-page",
        "series": f"/devices/{device}/series.json",
    }[page]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_the_headers_of_every_answer(world: World, client: Client, page: str) -> None:
    headers = client.get(path_of(world, page)).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store", "有身份的页面不留在缓存里"
    assert re.fullmatch(r"[0-9A-F]{10}", headers["X-Trace"])
    assert "Server" not in headers
    assert "X-Powered-By" not in headers


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    for name in ("script-src", "style-src", "connect-src", "form-action", "font-src"):
        assert rules[name] == "'self'", name
    assert not re.search(r"unsafe|https?:|\*", POLICY)


@pytest.mark.parametrize("page", HTML)
def test_no_page_needs_inline_code_or_another_host(world: World, client: Client, page: str) -> None:
    body = client.get(path_of(world, page)).content.decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", body)
    assert not re.search(r"<script(?![^>]*\bsrc=)", body)
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", body)


@pytest.mark.parametrize("page", HTML)
def test_every_page_can_be_read_aloud_and_reached_by_keys(world: World, client: Client, page: str) -> None:
    body = client.get(path_of(world, page)).content.decode()
    assert '<html lang="zh-CN"' in body
    assert re.search(r"<title>[^<·]+ · ", body)
    assert len(re.findall(r"<h1[ >]", body)) == 1
    assert 'id="main"' in body
    ids = re.findall(r'\sid="([^"]+)"', body)
    assert sorted({one for one in ids if ids.count(one) > 1}) == [], "编号只用一次"
    for target in re.findall(r'aria-(?:labelledby|describedby)="([^"]+)"', body):
        assert target in ids, target
    labels = set(re.findall(r'<label[^>]*for="([^"]+)"', body))
    for field in re.findall(r"<(?:input|select|textarea)\b[^>]*>", body):
        if 'type="hidden"' not in field:
            named = re.search(r'\sid="([^"]+)"', field)
            assert "aria-label" in field or (named is not None and named[1] in labels), field
    for picture in re.findall(r"<svg\b[^>]*>", body):
        assert "aria-hidden" in picture or "aria-label" in picture, picture
    for table in re.findall(r"<div class=\"[^\"]*scroll[^\"]*\"[^>]*>", body):
        assert 'tabindex="0"' in table
        assert "aria-label" in table


@pytest.mark.parametrize("page", HTML)
def test_links_inside_the_site_lead_somewhere(world: World, client: Client, page: str) -> None:
    """页面上每个站内链接都打得开，没有一个是死的。"""
    body = client.get(path_of(world, page)).content.decode()
    found = {re.sub(r"#.*", "", href) for href in re.findall(r'<a\b[^>]*\shref="(/[^"]*)"', body)}
    hours = {href for href in found if "/hours/" in href}
    for href in sorted((found - hours) | set(sorted(hours)[:2])):
        if href and not href.startswith("/static/"):
            answer = client.get(href.replace("&amp;", "&"))
            assert answer.status_code in (200, 302), href
            b"".join(answer)


@pytest.mark.parametrize("page", HTML)
def test_every_static_file_of_a_page_is_there(world: World, client: Client, page: str) -> None:
    body = client.get(path_of(world, page)).content.decode()
    for address in set(re.findall(r'="(/static/[^"#]+)', body)):
        assert (STATIC / address.split("/", 3)[3]).is_file(), address


@pytest.mark.parametrize("page", [*HTML, "signin"])
def test_the_theme_is_set_before_the_first_style(world: World, client: Client, page: str) -> None:
    body = (Client() if page == "signin" else client).get(path_of(world, page)).content.decode()
    theme = re.search(r'<script src="[^"]*theme\.js"></script>', body)
    assert theme is not None, "同步脚本，没有 defer，免得先亮后暗"
    assert theme.start() < body.index('rel="stylesheet"')
    assert 'data-theme="light"' in body


@pytest.mark.parametrize("page", PUBLIC)
def test_public_pages_open_without_a_sign_in_and_name_nobody(world: World, page: str) -> None:
    body = Client().get(path_of(world, page)).content.decode()
    for project, device in zip(world.projects, world.devices, strict=True):
        assert project.name not in body
        assert device.mn not in body
    assert "李明远" not in body


@pytest.mark.parametrize("page", ["project", "device", "slot"])
def test_documents_can_be_printed(world: World, client: Client, page: str) -> None:
    assert "data-print" in client.get(path_of(world, page)).content.decode()
    assert "@media print" in (STATIC / "css" / "shell.css").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["/%00", "/projects/?q=%00", "/devices/?q=a%00b", "/projects/%00/", "/live?device=%00", "/signin?next=%00"])  # fmt: skip
def test_a_nul_in_an_address_is_a_bad_request_with_a_number(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (400, 404)
    assert answer.headers["X-Trace"] in answer.content.decode()


@pytest.mark.parametrize("digits", [5, 400, 5000])
@pytest.mark.parametrize("name", ["frame", "factor", "page", "q"])
def test_a_number_of_any_length_in_an_address_breaks_nothing(
    world: World, client: Client, name: str, digits: int
) -> None:
    for page in ("device", "projects", "devices"):
        assert client.get(f"{path_of(world, page)}?{name}={'9' * digits}").status_code in (200, 400), page


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
@pytest.mark.parametrize("page", ["projects", "device"])
def test_other_methods_change_nothing_and_break_nothing(
    world: World, client: Client, page: str, method: str
) -> None:
    before = list(Project.objects.order_by("pk").values())
    assert getattr(client, method)(path_of(world, page)).status_code < 500
    assert list(Project.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(("status", "path"), [(404, "/no-such-page"), (404, "/projects/00000000-0000-0000-0000-000000000000/"), (400, "/projects/?q=%00")])  # fmt: skip
def test_error_pages_say_what_to_do_in_chinese(client: Client, status: int, path: str) -> None:
    answer = client.get(path)
    body = answer.content.decode()
    assert answer.status_code == status
    assert f"错误 {status}" in body
    assert "追踪编号" in body
    assert "回到工作台" in body
    assert not re.search(r"Traceback|Django|psycopg|DoesNotExist", body)


def test_two_requests_never_share_a_number(client: Client) -> None:
    assert len({client.get("/status").headers["X-Trace"] for _ in range(20)}) == 20


def test_a_body_beyond_the_limit_is_refused_and_not_read_in(client: Client) -> None:
    answer = client.post("/act-as", {"membership": "1" * (2 * 1024 * 1024)})
    assert answer.status_code in (400, 413)
    many = client.post("/act-as", {f"f{n}": "1" for n in range(400)})
    assert many.status_code == 400


@pytest.mark.parametrize("header", ["evil.example", "evil.example:80", "[::1]"])
def test_a_foreign_host_header_never_reaches_an_address(client: Client, header: str) -> None:
    answer = client.get("/", headers={"host": header})
    assert "evil.example" not in answer.content.decode()
    assert "evil.example" not in answer.headers.get("Location", "")
