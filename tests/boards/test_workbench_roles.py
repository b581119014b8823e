"""各身份的工作台：该看到的在，不该看到的不在，缺口按截止时间排，名次数得出来。"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongdi.boards.workbench.duty_card import boxes
from gongdi.equipment.queries import visible
from gongdi.kernel import clock
from gongdi.orgs.models import Enterprise, User
from gongdi.orgs.queries import scope_of
from gongdi.projects.models import Project, ProjectParty
from gongdi.returns.models import BodyMonth
from gongdi.returns.open_gaps import open_gaps
from gongdi.returns.standing import Place, standing
from gongdi.telemetry.rules.minutes import to_text, window
from gongdi.telemetry.terms import load_terms
from tests.builders import NOW, TODAY, make_authority, make_device, make_enterprise, make_project, make_user
from tests.module_data import module_transaction, own_changes

__all__ = ["module_transaction", "own_changes"]
pytestmark = pytest.mark.usefixtures("own_changes")
World = dict[str, Any]


@pytest.fixture(scope="module")
def world(module_transaction: None) -> Iterator[World]:
    """One connected project with a device, its firm, developer, supervisor, and bodies of the county."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOW)
        firm = make_enterprise("汾河建设")
        project = make_project("140105", contractor=firm)
        Project.objects.filter(pk=project.pk).update(name="甲安置房", connected_on=date(2026, 3, 9), safety_code="140105", quality_code="140105")  # fmt: skip
        project.refresh_from_db()
        parties = {}
        for role, kind in (("developer", "developer"), ("supervisor", "supervisor")):
            unit = make_enterprise(f"{role} 单位")
            ProjectParty.objects.create(project=project, enterprise=unit, kind=kind, valid_from=TODAY)
            parties[role] = unit
        ProjectParty.objects.get_or_create(project=project, enterprise=firm, kind="general_contractor", defaults={"valid_from": TODAY})  # fmt: skip
        vendor = make_enterprise("汾水物联")
        device = make_device(project)
        visible(scope_of(make_user("province", make_authority("140000")), TODAY)).filter(pk=device.pk).update(
            vendor_enterprise_id=vendor.pk
        )
        yield {
            "project": project, "device": device,
            "county": make_user("county", make_authority("140105")),
            "city": make_user("city", make_authority("140100")),
            "urban": make_user("urban", make_authority("140105", kind="URBAN")),
            "approval": make_user("approval", make_authority("140105", kind="APPROVAL")),
            "enterprise": make_user("enterprise", firm),
            "developer": make_user("developer", parties["developer"]),
            "supervisor": make_user("supervisor", parties["supervisor"]),
            "vendor": make_user("vendor", vendor),
            "site": make_user("site", project),
        }  # fmt: skip


@pytest.fixture(autouse=True)
def _no_cache() -> None:
    cache.clear()


def open_(user: User) -> Any:
    client = Client()
    client.force_login(user)
    answer = client.get("/")
    assert answer.status_code == 200
    return answer


def cover(device: Any, day: date, expected: int, received: int) -> None:
    """Write the maps of one device-day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO coverage_day (stream, subject_id, day, updated_at, expected, received, on_time, valid)"
            " VALUES (1, %s, %s, %s, %s::bit(1440), %s::bit(1440), %s::bit(1440), %s::bit(1440))",
            [device.gateway_device_id, day, NOW, to_text(expected), *[to_text(received)] * 3],
        )


def lose_an_hour(world: World, day: date, hour: int = 10) -> None:
    """Nothing came in one hour of a day."""
    whole = window(0, 1440)
    cover(world["device"], day, whole, whole & ~window(hour * 60, hour * 60 + 60))


@pytest.mark.parametrize(
    ("number", "limit", "drawn"),
    [
        (0, 3, ("", "", "")),
        (1, 3, ("now", "", "")),
        (3, 3, ("past", "past", "now")),
        (4, 3, ("late", "late", "late")),
    ],
)
def test_the_clock_has_a_box_for_each_working_day(number: int, limit: int, drawn: tuple[str, ...]) -> None:
    assert boxes(number, limit) == drawn


def test_a_gap_closes_three_days_after_its_first_sample(world: World) -> None:
    yesterday = TODAY - timedelta(days=1)
    lose_an_hour(world, yesterday)
    key = world["device"].gateway_device_id
    gap = open_gaps({key: 1}, load_terms(), NOW)[key]
    assert (gap.samples, gap.days) == (60, (yesterday,))
    first = datetime(yesterday.year, yesterday.month, yesterday.day, 10, tzinfo=clock.SHANGHAI)
    assert gap.first == first
    assert gap.cure_until == first + timedelta(minutes=1, hours=72)


def test_a_gap_past_its_time_is_no_gap_to_fill(world: World) -> None:
    lose_an_hour(world, TODAY - timedelta(days=4))
    assert open_gaps({world["device"].gateway_device_id: 1}, load_terms(), NOW) == {}


def test_samples_that_may_still_be_on_time_are_not_owed(world: World) -> None:
    """NOW is 10:05; what ended before 9:55 is owed, the last ten minutes are not."""
    cover(world["device"], TODAY, window(0, 1440), window(0, 595))
    assert open_gaps({world["device"].gateway_device_id: 1}, load_terms(), NOW) == {}


@pytest.mark.parametrize("role", ["enterprise", "developer", "supervisor"])
def test_a_party_sees_what_is_lacking_and_until_when(world: World, role: str) -> None:
    lose_an_hour(world, TODAY - timedelta(days=1))
    answer = open_(world[role])
    (lack,) = answer.context["lacks"]
    assert (lack.light, lack.project.name) == ("yellow", "甲安置房")
    body = answer.content.decode()
    assert "缺 60 个样本" in body
    assert "11-26 10:01" in body


def test_within_a_day_of_its_end_a_gap_is_red(world: World) -> None:
    lose_an_hour(world, TODAY - timedelta(days=3), hour=20)
    (lack,) = open_(world["enterprise"]).context["lacks"]
    assert lack.light == "red"


def test_every_project_has_exactly_one_light(world: World) -> None:
    firm = Enterprise.objects.get(name="汾河建设")
    for state in ("stopped", "building"):
        other = make_project("140105", contractor=firm)
        Project.objects.filter(pk=other.pk).update(status=state, connected_on=TODAY)
        ProjectParty.objects.get_or_create(project=other, enterprise=firm, kind="general_contractor", defaults={"valid_from": TODAY})  # fmt: skip
    context = open_(world["enterprise"]).context
    assert sum(one["n"] for one in context["lights"]) == context["total"] == 3
    assert {one["key"]: one["n"] for one in context["lights"]}["stop"] == 1


def test_the_queries_of_a_firm_do_not_grow_with_its_projects(world: World) -> None:
    firm = Enterprise.objects.get(name="汾河建设")

    def asked() -> int:
        client = Client()
        client.force_login(world["enterprise"])
        with CaptureQueriesContext(connection) as queries:
            client.get("/")
        return len(queries)

    before = asked()
    for _ in range(5):
        other = make_project("140105", contractor=firm)
        ProjectParty.objects.get_or_create(project=other, enterprise=firm, kind="general_contractor", defaults={"valid_from": TODAY})  # fmt: skip
        make_device(other)
    assert asked() <= before + 1


def test_the_phone_says_what_lacked_until_when_and_why(world: World) -> None:
    lose_an_hour(world, TODAY - timedelta(days=1))
    answer = open_(world["site"])
    (gap,) = answer.context["gaps"]
    assert (gap.title, gap.samples, gap.received, gap.due) == ("昨天扬尘少 1 小时", 60, 1380, 1440)
    assert gap.boxes[10] == "wait"
    assert gap.boxes.count("ok") == 23
    body = answer.content.decode()
    assert "10:00–11:00 没有数据到达" in body
    assert gap.href in body
    assert "要办 <em>1</em> 件" in body


def test_a_day_without_gaps_says_so(world: World) -> None:
    cover(world["device"], TODAY - timedelta(days=1), window(0, 1440), window(0, 1440))
    body = open_(world["site"]).content.decode()
    assert "今天没有到期的事" in body
    assert "今天和昨天都没有缺口" in body


def test_a_vendor_sees_its_own_devices_with_their_gaps(world: World) -> None:
    lose_an_hour(world, TODAY - timedelta(days=1))
    other = make_device(make_project("140106"))
    answer = open_(world["vendor"])
    assert (answer.context["total"], answer.context["silent"], answer.context["samples"]) == (1, 1, 60)
    body = answer.content.decode()
    assert "从未收到" in body
    assert other.mn not in body


def test_urban_management_sees_dust_and_no_people(world: World) -> None:
    body = open_(world["urban"]).content.decode()
    assert "扬尘噪声工作台" in body
    for word in ("证照到期", "企业注册", "要办的事", "视频尚未接入"):
        assert word not in body


def test_the_approval_bureau_sees_no_monitoring(world: World) -> None:
    body = open_(world["approval"]).content.decode()
    assert "已许可未入库" in body
    for word in ("回传率", "超标", "扬尘设备有声"):
        assert word not in body


def place(code: str, mean: Fraction | None) -> Place:
    return Place(code, 1, 1, 1, int(mean == 1), mean)


def test_ranks_share_the_better_place_and_the_median_is_between_the_middle_two() -> None:
    found = {
        code: place(code, mean)
        for code, mean in (("a", Fraction(1)), ("b", Fraction(1, 2)), ("c", Fraction(1, 2)), ("d", Fraction(1, 4)), ("e", None))
    }  # fmt: skip
    ranks = {code: standing(found, code, lambda one: one.mean).rank for code in found}
    assert ranks == {"a": 1, "b": 2, "c": 2, "d": 4, "e": None}
    whole = standing(found, "d", lambda one: one.mean)
    assert (whole.median, whole.percent, len(whole.values)) == (Fraction(1, 2), "25.00", 4)
    assert standing({}, "a", lambda one: one.mean).median is None


def test_the_own_county_stands_among_those_that_supervise(world: World) -> None:
    far = make_project("140213")
    Project.objects.filter(pk=far.pk).update(safety_code="140213", quality_code="140213")
    month = TODAY.replace(day=1)
    for code, mean in (("140105", "9/10"), ("140213", "1"), ("1401", "9/10"), ("1402", "1")):
        BodyMonth.objects.create(month=month, code=code, projects=1, rated=1, full=0, mean=mean, updated_at=NOW)  # fmt: skip
    card = open_(world["county"]).context["position"]
    mean = card["strips"][1]
    assert (mean.percent, mean.rank, mean.median) == ("90.00", "第 2 / 2", "95.00")
    cities = open_(world["city"]).context["position"]["cities"]
    assert [(one.rank, one.name, one.own) for one in cities] == [(1, "大同市", False), (2, "太原市", True)]
