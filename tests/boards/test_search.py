"""搜索：任何编号直达，名字找得到，范围以外的一个也不出现。"""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gongdi.boards.search.finding import PER_GROUP, find
from gongdi.kernel.scope import NOTHING
from gongdi.orgs.models import Enterprise
from gongdi.orgs.queries import installation_scope
from gongdi.projects.models import Project
from tests.builders import make_authority, make_device, make_enterprise, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def own() -> Project:
    return make_project("140105", contractor=make_enterprise("汾河建设"))


@pytest.fixture
def foreign() -> Project:
    return make_project("140106", contractor=make_enterprise("漳河建设"))


@pytest.fixture
def county(own: Project, foreign: Project) -> Client:
    client = Client()
    client.force_login(make_user("county", make_authority("140105")))
    return client


def led_to(client: Client, word: str) -> str:
    """Address that a word opens at once, empty when a list is shown."""
    answer = client.get("/search", {"q": word})
    return answer.headers["Location"] if answer.status_code == 302 else ""


def test_every_number_opens_its_page_at_once(county: Client, own: Project) -> None:
    device = make_device(own)
    assert own.contractor is not None
    assert led_to(county, own.number) == reverse("project", args=[own.ref])
    assert led_to(county, own.number.lower()) == reverse("project", args=[own.ref])
    assert led_to(county, device.mn) == reverse("device", args=[device.ref])
    assert led_to(county, device.mn[-6:]) == reverse("device", args=[device.ref])
    assert led_to(county, own.contractor.uscc) == reverse("enterprise", args=[own.contractor.ref])


def test_three_characters_of_a_name_or_code_lead_to_the_enterprise(county: Client, own: Project) -> None:
    """A9：范围内只有一家时，前三字直达。"""
    assert own.contractor is not None
    address = reverse("enterprise", args=[own.contractor.ref])
    assert led_to(county, "汾河建") == address
    assert led_to(county, own.contractor.uscc[:3]) in (address, "")
    assert address in county.get("/search", {"q": own.contractor.uscc[:3], "stay": "1"}).content.decode()


def test_an_exact_number_wins_over_longer_ones(county: Client, own: Project) -> None:
    longer = make_project("140105")
    Project.objects.filter(pk=longer.pk).update(number=own.number + "9")
    assert led_to(county, own.number) == reverse("project", args=[own.ref])
    assert led_to(county, own.number[:-1]) == ""


@pytest.mark.parametrize("what", ["name", "number", "firm", "uscc", "mn"])
def test_nothing_outside_the_scope_is_found(county: Client, foreign: Project, what: str) -> None:
    device, firm = make_device(foreign), foreign.contractor
    assert firm is not None
    word = {"name": foreign.name, "number": foreign.number, "firm": firm.name, "uscc": firm.uscc, "mn": device.mn}[what]  # fmt: skip
    body = county.get("/search", {"q": word}).content.decode()
    assert "范围内没有找到" in body
    assert str(foreign.ref) not in body


def test_the_empty_scope_finds_nothing(own: Project) -> None:
    assert find(NOTHING, own.number).hits == ()


@pytest.mark.parametrize(
    ("word", "words"), [("", "输入编号或名称"), ("甲", "再多输一个字"), ("没有这个", "范围内没有找到")]
)
def test_each_emptiness_has_its_own_words(county: Client, word: str, words: str) -> None:
    assert words in county.get("/search", {"q": word}).content.decode()


@pytest.mark.parametrize("word", ["%", "__", "'; --", "\\\\", "%%%", "<script>"])
def test_odd_words_are_words(county: Client, word: str) -> None:
    answer = county.get("/search", {"q": word})
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode().replace('<script src="', "").replace("<script type=", "")


def test_more_than_a_group_holds_leads_to_the_whole_list(own: Project) -> None:
    Enterprise.objects.bulk_create(
        Enterprise(name=f"晋样{n}公司", uscc=f"9114010012345{n:04d}X") for n in range(PER_GROUP + 3)
    )
    found = find(installation_scope(), "晋样")
    assert [len(group.hits) for group in found.groups] == [PER_GROUP]
    assert found.groups[0].more
    assert found.jump == ""


def test_the_questions_do_not_grow_with_the_projects(county: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as made:
            assert county.get("/search", {"q": "工地", "stay": "1"}).status_code == 200
        return len(made)

    make_project("140105")
    few = asked()
    for _ in range(12):
        make_project("140105")
    assert asked() == few


def test_the_field_of_the_shell_asks_the_search(county: Client) -> None:
    body = county.get("/search").content.decode()
    assert f'action="{reverse("search")}"' in body


def test_devices_are_found_only_by_who_may_read_dust(own: Project, settings: Any) -> None:
    device = make_device(own)
    person = make_user("urban", make_authority("140105", kind="URBAN"))
    client = Client()
    client.force_login(person)
    assert led_to(client, device.mn) == reverse("device", args=[device.ref])
