"""项目详情：页签按身份，参建各方与证书，轨迹，工地码；城管只见扬尘一路。"""

import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from gongdi.boards.projects import acts, code, detail
from gongdi.kernel import clock
from gongdi.kernel.evidence.record import record
from gongdi.kernel.scope import ALL_KINDS, URBAN_KINDS, Role, Scope
from gongdi.orgs.queries import installation_scope
from gongdi.projects.models import Project, ProjectParty, ProjectPost
from gongdi.projects.services.registering import about
from tests.builders import NOW, TODAY, make_authority, make_device, make_enterprise, make_project, make_user

pytestmark = pytest.mark.django_db
ALL = ["概况", "资料", "视频", "扬尘", "考评", "费用合同", "处置", "变更"]


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    made = make_project("140105", contractor=make_enterprise("汾河建设"))
    Project.objects.filter(pk=made.pk).update(stage="主体")
    return made


def browser(role: str, kind: str = "HOUSING") -> Client:
    client = Client()
    client.force_login(make_user(role, make_authority("140105", kind=kind)))
    return client


def body_of(client: Client, project: Project, tab: str = "") -> str:
    where = reverse("project-tab", args=[project.ref, tab]) if tab else reverse("project", args=[project.ref])
    answer = client.get(where)
    assert answer.status_code == 200
    return answer.content.decode()


def test_tabs_follow_the_kinds_of_data() -> None:
    whole = Scope(role=Role.COUNTY, division_prefixes=("14",), kinds=ALL_KINDS)
    urban = Scope(role=Role.URBAN, division_prefixes=("14",), kinds=URBAN_KINDS)
    assert [label for _, label in detail.tabs_of(whole)] == ALL
    assert [label for _, label in detail.tabs_of(urban)] == ["概况", "视频", "扬尘"]


@pytest.mark.parametrize("tab", ["documents", "fees", "assessment", "orders", "changes"])
def test_the_city_administration_finds_no_other_tab(project: Project, tab: str) -> None:
    urban = browser("urban", "URBAN")
    assert urban.get(reverse("project-tab", args=[project.ref, tab])).status_code == 404


def test_the_city_administration_sees_dust_and_no_people(project: Project) -> None:
    party = ProjectParty.objects.get(project=project)
    ProjectPost.objects.create(
        project=project, party=party, post="项目经理", person_name="郭某某", valid_from=TODAY
    )
    urban, county = body_of(browser("urban", "URBAN"), project), body_of(browser("county"), project)
    for word in ("郭某某", "参建各方", "监管类别", "资料"):
        assert word in county, word
        assert word not in re.sub(r'<meta[^>]*>|<nav class="side".*?</nav>', "", urban, flags=re.DOTALL), word
    assert "扬尘数据：还差什么" in urban


def test_certificates_say_how_near_their_end_is(project: Project) -> None:
    party = ProjectParty.objects.get(project=project)
    for name, days in (("甲某", -3), ("乙某", 15), ("丙某", 90)):
        ProjectPost.objects.create(project=project, party=party, post="专职安全员", person_name=name, certificate="安全 C 证", certificate_until=TODAY + timedelta(days=days), valid_from=TODAY)  # fmt: skip
    page = body_of(browser("county"), project)
    assert "过期 3 天" in page
    assert "剩 15 天" in page
    assert "剩 90 天" not in page


def test_a_unit_that_left_is_not_among_the_parties(project: Project) -> None:
    gone = make_enterprise("离场分包")
    ProjectParty.objects.create(
        project=project, enterprise=gone, kind="subcontractor", valid_from=TODAY, valid_to=TODAY
    )
    assert "离场分包" not in body_of(browser("county"), project)


def test_the_stages_before_the_present_one_are_done(project: Project) -> None:
    client = browser("county")
    states = {
        stage.name: stage.state
        for stage in client.get(reverse("project", args=[project.ref])).context["stages"]
    }
    assert states["主体"] == "now"
    assert list(states.values()) == sorted(states.values(), key=["done", "now", "later"].index)
    Project.objects.filter(pk=project.pk).update(stage="没有这个阶段")
    assert client.get(reverse("project", args=[project.ref])).context["stages"] == ()


def test_recorded_acts_are_in_the_timeline_and_the_changes(project: Project) -> None:
    with transaction.atomic():
        record(act="project.something", about=about(project), facts={}, by=installation_scope(), now=NOW, reason="按来函办理")  # fmt: skip
    county = browser("county")
    assert "按来函办理" in body_of(county, project)
    assert "按来函办理" in body_of(county, project, "changes")
    assert "按来函办理" not in body_of(browser("urban", "URBAN"), project)
    assert "project.something" not in body_of(county, project, "changes"), "代号不上页面"


def test_an_act_without_words_has_general_ones() -> None:
    assert acts.words("no.such_act") == "办理一项"
    for table in acts.TABLES:
        for act, word in table.items():
            assert acts.words(act) == word
            assert re.search("[一-鿿]", word)


def test_the_code_of_the_site_opens_its_page(project: Project) -> None:
    """二维码画的就是项目页的地址：按同一内容重画，暗格逐个相同。"""
    answer = browser("county").get(reverse("project-code", args=[project.ref]))
    address = f"http://testserver/projects/{project.ref}/"
    assert address in answer.content.decode()
    drawn, width = code.path(address)
    assert answer.context["code"] == drawn
    cells = {
        (int(x) + n, int(y))
        for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)", drawn)
        for n in range(int(run))
    }
    assert all(
        code.QUIET <= x < width - code.QUIET and code.QUIET <= y < width - code.QUIET for x, y in cells
    )
    corner = code.QUIET
    assert {(corner + n, corner) for n in range(7)} <= cells, "左上角的定位图"


def test_a_device_without_data_has_no_gap_of_its_own(project: Project) -> None:
    make_device(project)
    page = body_of(browser("county"), project)
    assert "扬尘没有缺口" in page or "缺" in page
    assert "没有登记监测设备" not in page


def test_foreign_projects_do_not_exist(project: Project) -> None:
    client = Client()
    client.force_login(make_user("county", make_authority("140106")))
    for where in (reverse("project", args=[project.ref]), reverse("project-code", args=[project.ref])):
        assert client.get(where).status_code == 404
