"""监督机构的办理页：确认竣工、责令停工、监督移交；别的机构和企业没有这一页。"""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from gongdi.kernel.models import EvidenceEvent
from gongdi.orgs.models import Authority
from gongdi.projects.models import Project, Stop, Supervision
from tests.builders import TODAY, make_authority, make_user
from tests.projects.building import supervised

pytestmark = pytest.mark.django_db


def page(project: Project, act: str) -> str:
    return reverse("project-act", args=[project.ref, act])


def officer_of(client: Client, county: Authority) -> Project:
    """A project of the county, its officer signed in."""
    client.force_login(make_user("county", county))
    return supervised("140105", county)


def test_completion_needs_a_day_after_the_start(client: Client) -> None:
    project = officer_of(client, make_authority("140105"))
    early = client.post(page(project, "complete"), {"day": "2019-01-01"})
    assert early.status_code == 422
    assert "竣工日期不能早于开工日期" in early.content.decode()
    done = client.post(page(project, "complete"), {"day": TODAY.isoformat()})
    assert done.status_code == 302
    project.refresh_from_db()
    assert (project.status, project.completed_on) == ("completed", TODAY)
    assert EvidenceEvent.objects.filter(act="project.completed").count() == 1


def test_an_ordered_stop_is_entered_with_its_reason(client: Client) -> None:
    project = officer_of(client, make_authority("140105"))
    days = {"starts": TODAY.isoformat(), "ends": (TODAY + timedelta(days=6)).isoformat()}
    assert client.post(page(project, "order-stop"), days).status_code == 422
    assert client.post(page(project, "order-stop"), days | {"reason": "高处作业无防护"}).status_code == 302
    assert Stop.objects.get(project=project).kind == Stop.Kind.ORDERED


def test_a_supervision_goes_to_a_body_of_the_city(client: Client) -> None:
    taker = make_authority("140106")
    project = officer_of(client, make_authority("140105"))
    far = make_authority("140200")
    values = {"aspect": "dust", "authority": str(far.pk), "reason": "机构职责调整"}
    assert client.post(page(project, "supervision"), values).status_code == 422
    assert client.post(page(project, "supervision"), values | {"authority": str(taker.pk)}).status_code == 302
    open_row = Supervision.objects.get(project=project, aspect="dust", valid_to__isnull=True)
    assert open_row.authority_id == taker.pk
    project.refresh_from_db()
    assert project.dust_code == "140106"


@pytest.mark.parametrize("act", ["complete", "order-stop", "supervision", "paint-it-green"])
def test_nobody_else_has_these_pages(client: Client, act: str) -> None:
    project = supervised("140105", make_authority("140105"))
    for user in (
        make_user("city", make_authority("140100")),
        make_user("county", make_authority("140106")),
        make_user("enterprise", project.contractor),
    ):
        client.force_login(user)
        assert client.get(page(project, act)).status_code == 404
