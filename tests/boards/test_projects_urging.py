"""催办：未接入的项目逐个告知总包和项目部，同一天不重复，每个项目一条留痕。"""

import pytest
from django.test import Client

from gongdi.boards.projects.urging import urge
from gongdi.kernel import clock
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.evidence.record import project_history
from gongdi.kernel.scope import NOTHING
from gongdi.notify.models import Message
from gongdi.orgs.models import Membership
from gongdi.orgs.queries import scope_of
from gongdi.projects.models import Project
from tests.builders import NOW, TODAY, make_authority, make_project, make_user

pytestmark = pytest.mark.django_db


def test_those_who_must_connect_are_told_once_a_day_and_it_is_recorded() -> None:
    """B8：送达几人写进留痕；已接入的、别的单位的项目不在其中。"""
    late, done, foreign = make_project("140105"), make_project("140105"), make_project("140106")
    Project.objects.filter(pk=done.pk).update(connected_on=TODAY)
    firm, site = make_user("enterprise", late.contractor), make_user("site", late)
    make_user("enterprise", foreign.contractor)
    by = scope_of(make_user("county", make_authority("140105")), TODAY)
    refs = [str(one.ref) for one in (late, done, foreign)]
    assert urge(refs, by=by, now=NOW) == (1, 2)
    assert set(Message.objects.values_list("user_id", flat=True)) == {firm.pk, site.pk}
    assert Message.objects.filter(title__contains=late.name).count() == 2
    assert urge(refs, by=by, now=NOW) == (1, 0), "当天不再发，但这次催办照样留痕"
    events = [line for line in project_history(late.pk) if line.act == "project.urged"]
    assert [line.facts["told"] for line in events] == [0, 2]
    assert not [line for line in project_history(foreign.pk) if line.act == "project.urged"]


def test_only_bodies_urge_and_only_what_is_open() -> None:
    project = make_project("140105")
    with pytest.raises(NotAllowed):
        urge([str(project.ref)], by=NOTHING, now=NOW)
    with pytest.raises(NotAllowed):
        urge([str(project.ref)], by=scope_of(make_user("enterprise", project.contractor), TODAY), now=NOW)
    Project.objects.filter(pk=project.pk).update(connected_on=TODAY)
    by = scope_of(make_user("county", make_authority("140105")), TODAY)
    with pytest.raises(UnusableInput):
        urge([str(project.ref)], by=by, now=NOW)
    assert not Message.objects.exists()


def test_the_page_says_how_many_were_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    project = make_project("140105")
    make_user("site", project)
    client = Client()
    client.force_login(make_user("county", make_authority("140105")))
    answer = client.post(
        "/projects/urge", {"picks": str(project.ref), "back": "?access=overdue"}, follow=True
    )
    assert "已催办 1 个未接入的项目，告知 1 人" in answer.content.decode()
    assert answer.redirect_chain[-1][0].endswith("?access=overdue")
    firm = Client()
    firm.force_login(make_user("enterprise", project.contractor))
    assert (
        "催办由监管部门办理"
        in firm.post("/projects/urge", {"picks": str(project.ref)}, follow=True).content.decode()
    )
    assert "催办</button>" not in firm.get("/projects/").content.decode()


def test_nobody_who_has_left_or_may_only_look_is_told() -> None:
    late = make_project("140105")
    assert late.contractor is not None
    here, left, reader = (make_user("enterprise", late.contractor) for _ in range(3))
    Membership.objects.filter(user=left).update(ended_at=NOW)
    Membership.objects.filter(user=reader).update(read_only=True)
    by = scope_of(make_user("county", make_authority("140105")), TODAY)
    assert urge([str(late.ref)], by=by, now=NOW) == (1, 1)
    assert set(Message.objects.values_list("user_id", flat=True)) == {here.pk}
