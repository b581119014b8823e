"""项目清单：每个筛选、排序、翻页、计数都与范围内的数据一致，网址可以转给别人。"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongdi.boards.projects.lines import access_words
from gongdi.kernel import clock
from gongdi.orgs.models import Enterprise
from gongdi.projects.models import Project
from gongdi.returns.models import ProjectMonth
from gongdi.telemetry.rules.hours import CREDIT_UNIT
from tests.builders import NOW, TODAY, make_authority, make_enterprise, make_project, make_user
from tests.module_data import module_transaction, own_changes

__all__ = ["module_transaction", "own_changes"]
pytestmark = pytest.mark.usefixtures("own_changes")
ROW = re.compile(r'<a href="/projects/[0-9a-f-]{36}/">([^<]*)</a>')


def place(name: str, division: str, **changes: Any) -> Project:
    """A project of a name with some columns changed."""
    project = make_project(division, contractor=changes.pop("contractor", None))
    Project.objects.filter(pk=project.pk).update(name=name, **changes)
    project.refresh_from_db()
    return project


@pytest.fixture(scope="module")
def firm(module_transaction: None) -> Enterprise:
    return make_enterprise("汾河建设")


@pytest.fixture(scope="module")
def county(firm: Enterprise) -> Iterator[Client]:
    """小店区住建局的浏览器：五个自己的项目，一个邻县的。"""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOW)
        late, soon, today_ = TODAY - timedelta(days=3), TODAY + timedelta(days=7), TODAY
        place("甲安置房", "140105", access_deadline=late, started_on=date(2026, 1, 5), number="JIA-100%")
        place("乙学校", "140105", access_deadline=soon, contractor=firm, number="YI_2026")
        place("丙道路", "140105", access_deadline=today_, kind_id="ROAD", number="BING-3")
        place(
            "丁医院",
            "140105",
            connected_on=date(2026, 3, 9),
            access_deadline=date(2026, 3, 9),
            number="DING-4",
        )
        place(
            "戊厂房",
            "140105",
            connected_on=date(2026, 3, 12),
            access_deadline=date(2026, 3, 9),
            status="stopped",
            number="WU-5",
        )
        place("己外县", "140106", access_deadline=late, contractor=firm, number="JI-6")
        client = Client()
        client.force_login(make_user("county", make_authority("140105")))
        yield client


def shown(client: Client, query: str = "") -> list[str]:
    """Names of the listed projects, in order."""
    answer = client.get("/projects/" + query)
    assert answer.status_code == 200
    body = answer.content.decode()
    return [unescape(name) for name in ROW.findall(body.split('id="list"')[1])]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"甲安置房", "乙学校", "丙道路", "丁医院", "戊厂房"}),
        ("?access=connected", {"丁医院", "戊厂房"}),
        ("?access=overdue", {"甲安置房"}),
        ("?access=soon", {"乙学校", "丙道路"}),
        ("?access=stopped", {"戊厂房"}),
        ("?access=unknown", {"甲安置房", "乙学校", "丙道路", "丁医院", "戊厂房"}),
        ("?kind=ROAD", {"丙道路"}),
        ("?kind=NONE", {"甲安置房", "乙学校", "丙道路", "丁医院", "戊厂房"}),
        ("?kind=ROAD&access=overdue", set()),
        ("?q=学校", {"乙学校"}),
        ("?q=汾河", {"乙学校"}),
        ("?q=JIA-", {"甲安置房"}),
        ("?q=jia-", {"甲安置房"}),
        ("?q=-4", {"丁医院"}),
        ("?q=100%25", {"甲安置房"}),
        ("?q=%25", {"甲安置房"}),
        ("?q=_", {"乙学校"}),
        ("?q=%27", set()),
        ("?q=%5C", set()),
        ("?q=己外县", set()),
        ("?q=JI-6", set()),
        ("?division=140106", {"甲安置房", "乙学校", "丙道路", "丁医院", "戊厂房"}),
    ],
)
def test_filters(county: Client, query: str, names: set[str]) -> None:
    """百分号和下划线是字，不是通配符；别的县的项目怎么搜也没有。"""
    assert set(shown(county, query)) == names


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("deadline", ["丁医院", "戊厂房", "甲安置房", "丙道路", "乙学校"]),
        ("-deadline", ["乙学校", "丙道路", "甲安置房", "丁医院", "戊厂房"]),
        ("next", ["甲安置房", "丙道路", "乙学校", "丁医院", "戊厂房"]),
        ("drop", ["甲安置房", "丙道路", "乙学校", "丁医院", "戊厂房"]),
    ],
)
def test_sorting(county: Client, sort: str, names: list[str]) -> None:
    assert shown(county, f"?sort={sort}") == names


def test_the_counts_of_the_views_are_those_of_the_scope(county: Client) -> None:
    context = county.get("/projects/?q=学校").context
    counts = {view["label"]: view["n"] for view in context["views"]}
    expected = {"全部": 5, "已接入": 2, "临期接入": 2, "逾期未接入": 1, "停工": 1}
    assert counts | expected == counts
    assert (context["total"], context["all_total"]) == (1, 5)
    assert context["pager"].summary.startswith("筛选后 1 个项目，范围内共 5 个")


def test_the_filters_of_an_address_are_in_the_form_again(county: Client) -> None:
    body = county.get("/projects/?q=%3Cb%3E&kind=ROAD&access=soon&sort=name").content.decode()
    assert 'value="&lt;b&gt;"' in body
    assert '<b>"' not in body
    assert 'value="ROAD" selected' in body
    assert 'name="access" value="soon"' in body
    assert 'name="sort" value="name"' in body


@pytest.mark.parametrize(
    ("deadline", "connected", "words"),
    [
        (TODAY - timedelta(days=3), None, ("逾期 3 天", "bad", "期限 11-21")),
        (TODAY, None, ("今日到期", "warn", "期限 11-24")),
        (TODAY + timedelta(days=1), None, ("剩 1 天", "warn", "期限 11-25")),
        (TODAY + timedelta(days=7), None, ("剩 7 天", "warn", "期限 12-01")),
        (TODAY + timedelta(days=8), None, ("剩 8 天", "", "期限 12-02")),
        (None, None, ("未定期限", "mute", "")),
        (TODAY, TODAY, ("2026-11-24", "", "按时接入")),
        (TODAY, TODAY + timedelta(days=1), ("2026-11-25", "", "逾期接入")),
        (None, TODAY, ("2026-11-24", "", "按时接入")),
    ],
)
def test_access_in_words(deadline: date | None, connected: date | None, words: tuple[str, str, str]) -> None:
    """接入期限当天不算逾期，次日起一天一天数。"""
    assert access_words(Project(access_deadline=deadline, connected_on=connected), TODAY) == words


def test_the_view_and_the_word_of_overdue_agree_on_every_day(county: Client) -> None:
    project = Project.objects.get(number="YI_2026")
    for offset in range(-2, 9):
        Project.objects.filter(pk=project.pk).update(access_deadline=TODAY + timedelta(days=offset))
        project.refresh_from_db()
        word = access_words(project, TODAY)[0]
        assert ("乙学校" in shown(county, "?access=overdue")) == word.startswith("逾期")
        assert ("乙学校" in shown(county, "?access=soon")) == (0 <= offset <= 7)


def rated(name: str, credit: Fraction, counted: int) -> None:
    """Store the month counter of a project."""
    ProjectMonth.objects.create(
        month=TODAY.replace(day=1), project_id=Project.objects.get(name=name).pk, counted=counted,
        credit_units=int(credit * CREDIT_UNIT), on_time_units=0, updated_at=NOW,
    )  # fmt: skip


def test_rates_are_truncated_and_stand_with_their_n_of_n(county: Client) -> None:
    rated("甲安置房", Fraction(20) - Fraction(1, 24), 20)
    rated("乙学校", Fraction(20), 20)
    rated("丙道路", Fraction(0), 20)
    body = county.get("/projects/").content.decode()
    for word in ("99.79%", "19.95/20", "100.00%", "20/20", "0.00%", "0/20"):
        assert word in body, word
    assert body.count("100.00%") == 1, "只有恰好满的一个"
    lines = {line.project.name: line for line in county.get("/projects/").context["lines"]}
    assert [stream.text for stream in lines["丁医院"].streams] == ["不适用"] * 3
    assert lines["丁医院"].rate.percent is None


def test_a_project_without_a_rate_shows_no_nought(county: Client) -> None:
    body = county.get("/projects/?q=丁医院").content.decode()
    assert "不适用" in body
    assert "0.00%" not in body


def more(number: int) -> None:
    """That many further projects of the county."""
    source = Project.objects.get(number="DING-4")
    assert source.contractor is not None
    Project.objects.bulk_create(
        Project(
            number=f"M-{n:03d}", name=f"多 {n:03d}", kind_id="HOUSE", division_id="140105", safety_code="140105", contractor=source.contractor,
            started_on=TODAY, access_deadline=date(2027, 1, 1), created_at=NOW,
        )
        for n in range(number)
    )  # fmt: skip


def test_pages_hold_twenty_and_none_twice(county: Client) -> None:
    more(50)
    pages_ = [shown(county, f"?page={n}") for n in (1, 2, 3)]
    assert [len(names) for names in pages_] == [20, 20, 15]
    assert len({name for names in pages_ for name in names}) == 55
    assert shown(county, "?page=9") == pages_[2]
    body = county.get("/projects/?page=2&q=多").content.decode()
    assert unescape(body).count("page=1") >= 1
    assert 'rel="prev"' in body
    assert 'rel="next"' in body


@pytest.mark.parametrize("path", ["/projects/", "/", "/devices/", "/projects/?q=多&access=soon"])
def test_sixty_projects_cost_as_many_queries_as_ten(county: Client, path: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as made:
            assert county.get(path).status_code == 200
        return len(made)

    more(5)
    few = queries()
    Project.objects.filter(number__startswith="M-").delete()
    more(55)
    assert queries() <= few, "未接入的满一页时少问一次，从不多问"


def test_an_empty_result_and_an_empty_scope_are_two_different_things(county: Client) -> None:
    nothing = county.get("/projects/?q=没有这个").content.decode()
    assert "没有符合筛选的项目" in nothing
    assert "清除筛选" in nothing
    person = make_user("county", make_authority("140110"))
    client = Client()
    client.force_login(person)
    empty = client.get("/projects/").content.decode()
    assert "范围内还没有项目" in empty
    assert "没有符合筛选" not in empty


def test_completed_projects_stay_in_the_inventory(county: Client) -> None:
    Project.objects.filter(name="丁医院").update(status="completed")
    assert "丁医院" in shown(county)
    assert "竣工" in county.get("/projects/?q=丁医院").content.decode()


def test_names_of_projects_are_text_and_never_markup(county: Client) -> None:
    Project.objects.filter(name="丁医院").update(name="<script>x</script>")
    body = county.get("/projects/").content.decode()
    assert "<script>x" not in body
    assert "&lt;script&gt;x" in body
