"""逾期未接入：名单、督办到市、催办总包、送达与已读、留痕，谁能办谁不能办。"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from gongdi.boards.workbench import urging
from gongdi.kernel import clock
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.evidence.record import history
from gongdi.kernel.models import EvidenceRow
from gongdi.kernel.scope import Scope
from gongdi.notify.models import Message
from gongdi.orgs.models import Enterprise, User
from gongdi.orgs.queries import scope_of
from gongdi.projects.models import Project
from tests.builders import NOW, TODAY, make_authority, make_enterprise, make_project, make_user
from tests.module_data import module_transaction, own_changes

__all__ = ["module_transaction", "own_changes"]
pytestmark = pytest.mark.usefixtures("own_changes")
World = dict[str, User]


@pytest.fixture(scope="module")
def world(module_transaction: None) -> Iterator[World]:
    """Two late projects of one firm in one city, a stopped one, a late one of another city without accounts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOW)
        firm, other = make_enterprise("汾河建设"), make_enterprise("云冈建设")
        body = make_authority("140105")
        _late("甲安置房", "140105", firm, 34)
        _late("乙学校", "140105", firm, 3)
        _late("丙停工", "140105", firm, 9, status="stopped")
        _late("丁外市", "140213", other, 5)
        site = make_project("140105", contractor=firm)
        Project.objects.filter(pk=site.pk).update(connected_on=TODAY)
        yield {
            "province": make_user("province", make_authority("140000")),
            "city": make_user("city", make_authority("140100")),
            "county": make_user("county", body),
            "enterprise": make_user("enterprise", firm),
            "site": make_user("site", site),
            "urban": make_user("urban", make_authority("140105", kind="URBAN")),
        }


def _late(name: str, division: str, firm: Enterprise, days: int, status: str = "building") -> None:
    project = make_project(division, contractor=firm)
    Project.objects.filter(pk=project.pk).update(
        name=name, access_deadline=TODAY - timedelta(days=days), connected_on=None, status=status,
        safety_code=division, quality_code=division,
    )  # fmt: skip


def scope(user: User) -> Scope:
    return scope_of(user, TODAY)


def test_the_longest_overdue_comes_first_and_stopped_sites_do_not_count(world: World) -> None:
    names = list(urging.late_projects(scope(world["province"]), TODAY).values_list("name", flat=True))
    assert names == ["甲安置房", "丁外市", "乙学校"]
    assert urging.late_projects(scope(world["county"]), TODAY).count() == 2


def test_the_province_tells_the_city_once_for_all_its_projects(world: World) -> None:
    by = scope(world["province"])
    assert urging.urge(by=by, now=NOW) == (3, 1)
    message = Message.objects.get()
    assert message.user_id == world["city"].pk
    assert "督办：2 个项目" in message.title
    assert "最长逾期 34 天" in message.text


def test_a_county_tells_the_contractor_and_sees_it_read(world: World) -> None:
    by = scope(world["county"])
    assert urging.urge(by=by, now=NOW) == (2, 1)
    (act,) = urging.urged(by)
    assert (act.word, act.projects, act.sent, act.read) == ("催办接入", 2, 1, 0)
    Message.objects.filter(user_id=world["enterprise"].pk).update(read_at=NOW)
    assert urging.urged(by)[0].read == 1


def test_one_event_keeps_every_row(world: World) -> None:
    by = scope(world["county"])
    urging.urge(by=by, now=NOW)
    (event,) = history(urging.KIND, urging.subject(by))
    assert (event.act, event.facts["rows"], event.person) == ("access.urged", 2, by.person)
    kept = [row.facts["name"] for row in EvidenceRow.objects.order_by("position")]
    assert kept == ["甲安置房", "乙学校"]


def test_nobody_else_sees_the_acts_of_a_body(world: World) -> None:
    urging.urge(by=scope(world["county"]), now=NOW)
    assert urging.urged(scope(world["city"])) == []


@pytest.mark.parametrize("role", ["urban", "site"])
def test_who_may_not_urge(world: World, role: str) -> None:
    with pytest.raises(NotAllowed):
        urging.urge(by=scope(world[role]), now=NOW)


def test_who_may_only_look_may_not_urge(world: World) -> None:
    with pytest.raises(NotAllowed):
        urging.urge(by=replace(scope(world["county"]), read_only=True), now=NOW)
    assert not Message.objects.exists()


def test_without_late_projects_there_is_nothing_to_urge(world: World) -> None:
    Project.objects.update(connected_on=TODAY)
    with pytest.raises(UnusableInput, match="没有逾期未接入的项目"):
        urging.urge(by=scope(world["county"]), now=NOW)


def test_a_firm_without_people_on_site_is_told_so_and_nothing_is_recorded(world: World) -> None:
    by = scope(world["enterprise"])
    with pytest.raises(UnusableInput, match="没有可用的账号"):
        urging.urge(by=by, now=NOW)
    assert history(urging.KIND, urging.subject(by)) == []


def test_the_page_urges_and_says_what_happened(world: World) -> None:
    client = Client()
    client.force_login(world["county"])
    page = client.get("/access/late").content.decode()
    assert "催办总包（2 个项目）" in page
    assert "还没有催办过" in page
    done = client.post("/access/late/urge", follow=True).content.decode()
    assert "2 个项目，送达 1 人，已留痕" in done
    assert "已读 0/1" in done
    assert "丁外市" not in done


def test_the_page_offers_no_button_to_whoever_may_not(world: World) -> None:
    client = Client()
    client.force_login(world["site"])
    page = client.get("/access/late").content.decode()
    assert "<button" in page, "外壳的按钮总在"
    assert "催办总包" not in page
    assert client.post("/access/late/urge").status_code == 404
    client.force_login(world["urban"])
    assert client.get("/access/late").status_code == 404
