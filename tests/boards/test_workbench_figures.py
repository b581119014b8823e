"""工作台：每个数都等于清单里数出来的，没有就写没有，每种身份看自己的范围。"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client

from gongdi.kernel import clock
from gongdi.orgs.models import User
from gongdi.orgs.services.accounts import NewMember, grant
from gongdi.projects.models import Project
from gongdi.returns.models import AccessFact, EnterpriseMonth, ProjectDay, ProjectMonth, RegionMonth
from gongdi.returns.services.region_days import sum_days
from gongdi.telemetry.rules.hours import CREDIT_UNIT
from tests.builders import NOW, TODAY, make_authority, make_device, make_enterprise, make_project, make_user
from tests.module_data import module_transaction, own_changes

__all__ = ["module_transaction", "own_changes"]
pytestmark = pytest.mark.usefixtures("own_changes")
MONTH = TODAY.replace(day=1)
People = dict[str, User]


@pytest.fixture(scope="module")
def projects(module_transaction: None) -> Iterator[dict[str, Project]]:
    """Three projects of one firm and one of another city, on a fixed day."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOW)
        firm = make_enterprise("汾河建设")
        yield {
            "late": _project("甲安置房", "140105", firm, access_deadline=TODAY - timedelta(days=3)),
            "soon": _project("乙学校", "140105", firm, access_deadline=TODAY + timedelta(days=2)),
            "in": _project("丙医院", "140106", firm, connected_on=date(2026, 3, 9), status="stopped"),
            "far": _project("丁外市", "140213", None, connected_on=date(2026, 3, 9)),
        }


def _project(name: str, division: str, firm: Any, **changes: Any) -> Project:
    project = make_project(division, contractor=firm)
    Project.objects.filter(pk=project.pk).update(name=name, **changes)
    project.refresh_from_db()
    return project


@pytest.fixture(scope="module")
def people(projects: dict[str, Project]) -> People:
    return {
        "province": make_user("province", make_authority("140000")),
        "city": make_user("city", make_authority("140100")),
        "county": make_user("county", make_authority("140105")),
        "urban": make_user("urban", make_authority("140105", kind="URBAN")),
        "empty": make_user("county", make_authority("140110")),
        "enterprise": make_user("enterprise", projects["late"].contractor),
        "site": make_user("site", projects["late"]),
    }


@pytest.fixture
def open_(people: People) -> Callable[[str], Any]:
    """The answer of the workbench for one role."""

    def get(role: str) -> Any:
        client = Client()
        client.force_login(people[role])
        answer = client.get("/")
        assert answer.status_code == 200
        return answer

    return get


def figure(answer: Any, label: str) -> Any:
    """One of the figures of the head row."""
    return next(kpi for kpi in answer.context["kpis"] if label in kpi.label)


@pytest.mark.parametrize(
    ("role", "building", "stopped"),
    [
        ("province", "4", "其中停工 1 个"),
        ("city", "3", "其中停工 1 个"),
        ("county", "2", "无停工项目"),
        ("urban", "2", "无停工项目"),
        ("enterprise", "3", "其中停工 1 个"),
        ("site", "1", "无停工项目"),
        ("empty", "0", "无停工项目"),
    ],
)
def test_projects_under_construction(
    open_: Callable[[str], Any], role: str, building: str, stopped: str
) -> None:
    found = figure(open_(role), "在建项目")
    assert (found.value, found.note) == (building, stopped)


def test_completed_projects_are_not_under_construction(
    open_: Callable[[str], Any], projects: dict[str, Project]
) -> None:
    Project.objects.filter(pk=projects["soon"].pk).update(status="completed")
    assert figure(open_("county"), "在建项目").value == "1"


@pytest.mark.parametrize("role", ["province", "county", "enterprise", "site", "empty"])
def test_without_data_there_is_no_figure_and_a_reason(open_: Callable[[str], Any], role: str) -> None:
    """没有可计的天不写 0%，也不写 100%；视频没接就写没接。"""
    answer = open_(role)
    rate, video, dust = (figure(answer, label) for label in ("月回传率", "视频", "扬尘设备"))
    assert (rate.value, rate.none) == ("", "本月还没有可计的天")
    assert (video.value, video.none) == ("", "视频尚未接入")
    assert (dust.value, dust.none) == ("", "还没有登记设备")
    body = answer.content.decode()
    assert "本月还没有可计的天" in body
    assert "100.00" not in body


def test_an_empty_scope_says_so_everywhere(open_: Callable[[str], Any]) -> None:
    answer = open_("empty")
    assert figure(answer, "入库率").none == "暂无应入库项目"
    body = answer.content.decode()
    for sentence in ("今天没有到期的事", "没有回传率未满的项目"):
        assert sentence in body


def test_the_entry_rate_of_a_body_and_of_a_firm(
    open_: Callable[[str], Any], projects: dict[str, Project]
) -> None:
    entered = AccessFact(project_id=projects["in"].id, required=1, proven=1, entered_on=TODAY, updated_at=NOW)
    entered.save(force_insert=True)
    city, firm = (figure(open_(role), "入库率") for role in ("city", "enterprise"))
    assert (city.value, city.note) == ("50.00", "已入库 1/2")
    assert (firm.value, firm.note) == ("50.00", "已接入 1/2")


def stored(project: Project, credit: Fraction, counted: int) -> None:
    """A month counter."""
    ProjectMonth.objects.create(
        month=MONTH, project_id=project.id, credit_units=int(credit * CREDIT_UNIT), on_time_units=0,
        counted=counted, updated_at=NOW,
    )  # fmt: skip


def test_a_rate_is_truncated_for_every_scope(
    open_: Callable[[str], Any], projects: dict[str, Project]
) -> None:
    stored(projects["late"], Fraction(47, 2), 24)
    RegionMonth.objects.create(
        month=MONTH, prefix="140105", projects=2, rated=3, full=2, mean="2999/3000", updated_at=NOW
    )
    EnterpriseMonth.objects.create(
        month=MONTH, enterprise_id=projects["late"].contractor_id or 0, counted=3, on_time_units=0,
        credit_units=2 * CREDIT_UNIT, updated_at=NOW,
    )  # fmt: skip
    county, firm, site = (figure(open_(role), "月回传率") for role in ("county", "enterprise", "site"))
    assert (county.value, county.note) == ("99.96", "100% 的项目 2/3")
    assert (firm.value, firm.note) == ("66.66", "扬尘 2/3")
    assert (site.value, site.note) == ("97.91", "扬尘 23.5/24")


def test_the_lowest_come_first_and_the_full_ones_do_not_appear(
    open_: Callable[[str], Any], projects: dict[str, Project]
) -> None:
    stored(projects["late"], Fraction(23), 24)
    stored(projects["soon"], Fraction(0), 24)
    stored(projects["in"], Fraction(24), 24)
    names = [one["project"].name for one in open_("city").context["worst"]]
    assert names == ["乙学校", "甲安置房"]
    assert [one["project"].name for one in open_("county").context["worst"]] == names


def test_what_is_to_do_names_the_overdue_and_counts_the_coming(
    open_: Callable[[str], Any], projects: dict[str, Project]
) -> None:
    late, soon = open_("county").context["todos"]
    assert (late.title, late.due, late.late) == ("甲安置房", "逾期 3 天", True)
    assert late.href == f"/projects/{projects['late'].ref}/"
    assert (soon.title, soon.due, soon.late) == ("1 个项目 7 天内到接入期限", "11-26，剩 2 天", False)
    assert soon.href == "/projects/?access=soon"


@pytest.mark.parametrize(
    ("offset", "overdue", "coming"),
    [(-1, True, False), (0, False, True), (7, False, True), (8, False, False)],
)
def test_a_deadline_moves_through_the_list_by_the_day(
    open_: Callable[[str], Any], projects: dict[str, Project], offset: int, overdue: bool, coming: bool
) -> None:
    Project.objects.filter(pk=projects["late"].pk).update(access_deadline=TODAY + timedelta(days=offset))
    todos = open_("site").context["todos"]
    assert any(todo.late for todo in todos) is overdue
    assert any("7 天内" in todo.title for todo in todos) is coming


def test_connected_projects_are_nothing_to_do(
    open_: Callable[[str], Any], projects: dict[str, Project]
) -> None:
    Project.objects.filter(pk__in=[projects["late"].pk, projects["soon"].pk]).update(connected_on=TODAY)
    assert open_("county").context["todos"] == ()


def test_devices_are_counted_of_the_scope_and_silence_is_not_hidden(
    open_: Callable[[str], Any], projects: dict[str, Project]
) -> None:
    make_device(projects["late"])
    make_device(projects["in"])
    make_device(projects["far"])
    found = {role: figure(open_(role), "扬尘设备") for role in ("province", "city", "site")}
    assert {role: (kpi.value, kpi.unit) for role, kpi in found.items()} == {
        "province": ("0", "/ 3 台"), "city": ("0", "/ 2 台"), "site": ("0", "/ 1 台"),
    }  # fmt: skip


def day(project: Project, on: date, credit: Fraction) -> None:
    """A result of one project-day."""
    ProjectDay.objects.create(
        project_id=project.id, day=on, required=1, counted=1, missing=0, overdue=False,
        credit_units=int(credit * CREDIT_UNIT), on_time_units=0, updated_at=NOW,
    )  # fmt: skip
    sum_days([on], NOW)


def test_the_trend_and_its_table_say_the_same(
    open_: Callable[[str], Any], projects: dict[str, Project]
) -> None:
    day(projects["late"], TODAY - timedelta(days=2), Fraction(1))
    day(projects["late"], TODAY - timedelta(days=1), Fraction(19, 24))
    for role in ("county", "site"):
        answer = open_(role)
        assert answer.context["trend"] is not None
        body = answer.content.decode()
        assert "79.16%" in body
        assert body.count("要求 100%") == 1
        assert [one.percent for one in answer.context["trend_days"]][-3:] == ["100.00", "79.16", None]


def test_a_firm_has_no_made_up_trend(open_: Callable[[str], Any], projects: dict[str, Project]) -> None:
    day(projects["late"], TODAY - timedelta(days=1), Fraction(1))
    answer = open_("enterprise")
    assert answer.context.get("trend") is None
    assert "近 30 天" not in answer.content.decode()


@pytest.mark.parametrize(("role", "areas"), [("province", 11), ("city", 10), ("county", 1)])
def test_the_map_shows_the_areas_of_the_scope_and_the_ranking_the_same(
    open_: Callable[[str], Any], role: str, areas: int
) -> None:
    answer = open_(role)
    shapes = answer.context["map"]["shapes"]
    assert len(shapes) == areas
    body = answer.content.decode()
    assert "审图号" in body
    if role != "county":
        assert {line.label for line in answer.context["rank"]} <= {shape.area.name for shape in shapes}
        assert all(line.percent == "" and not line.full for line in answer.context["rank"])


@pytest.mark.parametrize("role", ["enterprise", "site"])
def test_firms_and_sites_have_no_map(open_: Callable[[str], Any], role: str) -> None:
    assert "map" not in open_(role).context


def test_areas_are_ranked_by_their_exact_mean(open_: Callable[[str], Any]) -> None:
    for prefix, mean in (("1401", "99999/100000"), ("1402", "1"), ("1403", "0")):
        RegionMonth.objects.create(
            month=MONTH, prefix=prefix, projects=1, rated=1, full=0, mean=mean, updated_at=NOW
        )
    rank = open_("province").context["rank"]
    assert [(line.label, line.percent, line.full) for line in rank[:3]] == [
        ("大同市", "100.00", True), ("太原市", "99.99", False), ("阳泉市", "0.00", False),
    ]  # fmt: skip
    assert all(line.percent == "" for line in rank[3:])


@pytest.mark.parametrize(
    ("role", "covers"),
    [
        ("province", "山西省"),
        ("city", "太原市"),
        ("county", "小店区"),
        ("enterprise", "汾河建设"),
        ("site", "甲安置房"),
    ],
)
def test_the_page_says_whose_figures_they_are(open_: Callable[[str], Any], role: str, covers: str) -> None:
    assert open_(role).context["covers"] == covers


def test_foreign_names_appear_for_nobody_else(open_: Callable[[str], Any]) -> None:
    for role in ("city", "county", "urban", "enterprise", "site", "empty"):
        assert "丁外市" not in open_(role).content.decode()


def test_the_menu_offers_only_what_opens(open_: Callable[[str], Any], people: People) -> None:
    for role, person in people.items():
        client = Client()
        client.force_login(person)
        menu = open_(role).context["shell"].menu
        items = [item for group in menu for item in group.items]
        assert [item.label for item in items if item.current] == ["工作台"]
        assert ("待登记设备" in {item.label for item in items}) == (role == "province")
        for item in items:
            assert client.get(item.href).status_code == 200, (role, item.label)


def test_acting_under_another_office_changes_the_whole_scope(
    people: People, projects: dict[str, Project]
) -> None:
    """换身份：看到的、菜单里的、页头写的，一起换；换不到别人的身份。"""
    person = make_user("county", make_authority("140105"))
    second = grant(person, NewMember("site", date(2026, 1, 1), project_id=projects["far"].id))
    client = Client()
    client.force_login(person)
    assert "丁外市" not in client.get("/projects/").content.decode()
    assert client.post("/act-as", {"membership": str(second.id)}).headers["Location"] == "/"
    listed = client.get("/projects/").content.decode()
    assert "丁外市" in listed
    assert "甲安置房" not in listed
    for wrong in ("", "0", "abc", "-1", "１", f" {second.id}", f"{second.id}\x00"):
        assert client.post("/act-as", {"membership": wrong}).status_code == 404, wrong
    assert "丁外市" in client.get("/projects/").content.decode()


def test_an_office_that_ended_meanwhile_falls_back_to_the_other(projects: dict[str, Project]) -> None:
    from gongdi.orgs.models import Membership

    person = make_user("county", make_authority("140105"))
    second = grant(person, NewMember("site", date(2026, 1, 1), project_id=projects["far"].id))
    client = Client()
    client.force_login(person)
    client.post("/act-as", {"membership": str(second.id)})
    Membership.objects.filter(pk=second.pk).update(valid_to=TODAY - timedelta(days=1))
    listed = client.get("/projects/").content.decode()
    assert "丁外市" not in listed
    assert "甲安置房" in listed
