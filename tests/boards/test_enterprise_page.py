"""企业页：只计范围内的项目，每个数带 n/N，没有接入的如实写明。"""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from gongdi.kernel import clock
from gongdi.orgs.models import Enterprise
from gongdi.projects.models import Project, ProjectParty, ProjectPost
from gongdi.returns.models import AccessFact, ProjectMonth
from gongdi.telemetry.rules.hours import CREDIT_UNIT
from tests.builders import NOW, TODAY, make_authority, make_enterprise, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm(monkeypatch: pytest.MonkeyPatch) -> Enterprise:
    """Two projects in 小店区, one in 迎泽区: 20/20, 10/20 and 0/20."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    made = make_enterprise("汾河建设")
    for division, credit in (("140105", 20), ("140105", 10), ("140106", 0)):
        project = make_project(division, contractor=made)
        Project.objects.filter(pk=project.pk).update(access_deadline=TODAY - timedelta(days=1))
        ProjectMonth.objects.create(month=TODAY.replace(day=1), project_id=project.pk, counted=20, credit_units=credit * int(CREDIT_UNIT), on_time_units=0, updated_at=NOW)  # fmt: skip
    first = Project.objects.filter(contractor=made).order_by("pk")[0]
    AccessFact.objects.create(project_id=first.pk, required=1, proven=1, entered_on=TODAY, updated_at=NOW)
    return made


def page(role: str, division: str, firm: Enterprise, kind: str = "HOUSING") -> tuple[int, str]:
    client = Client()
    client.force_login(make_user(role, make_authority(division, kind=kind)))
    answer = client.get(reverse("enterprise", args=[firm.ref]))
    return answer.status_code, answer.content.decode()


def test_the_figures_are_sums_over_the_scope(firm: Enterprise) -> None:
    status, county = page("county", "140105", firm)
    assert status == 200
    assert "75.00" in county
    assert "30/40" in county
    assert "已入库 <b>1/2</b>" in county
    assert "仅计权限范围内的项目" in county
    _, province = page("province", "140000", firm)
    assert "50.00" in province
    assert "30/60" in province
    assert "全部项目" in province


def test_an_enterprise_without_a_project_in_scope_does_not_exist(firm: Enterprise) -> None:
    assert page("county", "140107", firm)[0] == 404


def test_other_parts_count_as_well(firm: Enterprise) -> None:
    watcher = make_enterprise("晋衡监理")
    project = Project.objects.filter(contractor=firm, division_id="140105")[0]
    ProjectParty.objects.create(project=project, enterprise=watcher, kind="supervisor", valid_from=TODAY)
    status, body = page("county", "140105", watcher)
    assert status == 200
    assert "监理单位" in body
    assert project.name in body


def test_people_are_shown_only_where_they_may_be_read(firm: Enterprise) -> None:
    project = Project.objects.filter(contractor=firm, division_id="140105")[0]
    party = ProjectParty.objects.get(project=project, enterprise=firm)
    ProjectPost.objects.create(
        project=project, party=party, post="项目经理", person_name="郭某某", valid_from=TODAY
    )
    assert "郭某某" in page("county", "140105", firm)[1]
    assert "郭某某" not in page("urban", "140105", firm, "URBAN")[1]
    assert "郭某某" not in page("county", "140106", firm)[1], "别的县看不到不在本县的岗位"


def test_what_is_not_connected_says_so(firm: Enterprise) -> None:
    body = page("county", "140105", firm)[1]
    assert "信用与评优" in body
    assert "尚未接入" in body
