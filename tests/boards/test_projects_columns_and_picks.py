"""项目清单：列、勾选、导出、空结果的原因；下一项由谁办。"""

import io
import re
import zipfile
from datetime import date, timedelta

import pytest
from django.http import QueryDict
from django.test import Client
from python_calamine import CalamineWorkbook

from gongdi.boards.projects import columns, duties, filters
from gongdi.boards.projects.lines import access_words
from gongdi.kernel import clock
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import Authority
from gongdi.projects.models import EntryFiling, Project, Stop, Supervision
from tests.builders import NOW, TODAY, make_authority, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def body() -> Authority:
    return make_authority("140105")


@pytest.fixture
def county(body: Authority, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client = Client()
    client.force_login(make_user("county", body))
    return client


@pytest.fixture
def own() -> Project:
    return make_project("140105")


@pytest.fixture
def foreign() -> Project:
    return make_project("140106")


def test_picked_columns_become_the_address(county: Client, own: Project) -> None:
    answer = county.get("/projects/?q=工地&page=3&col=rate&col=number&col=odd")
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("?q=%E5%B7%A5%E5%9C%B0&cols=rate.number")
    page = county.get("/projects/?cols=rate.number").content.decode()
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', page)
    assert len(heads) == 3, "名称一列总在，再加选的两列"
    assert "项目编号" in page


def test_odd_columns_count_as_not_given() -> None:
    usual = columns.shown(QueryDict(""), places=True, officers=True)
    assert columns.shown(QueryDict("cols=x.y"), places=True, officers=True) == usual
    assert "place" in usual
    assert "place" not in columns.shown(QueryDict(""), places=False, officers=True)
    assert "officer" in columns.shown(QueryDict(""), places=False, officers=True)


def sheet(content: bytes) -> list[tuple[object, ...]]:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    return [tuple(row) for row in rows]


def test_the_spreadsheet_is_the_filter_and_holds_no_formula(county: Client, own: Project) -> None:
    Project.objects.filter(pk=own.pk).update(name='=HYPERLINK("http://x","y")')
    make_project("140105")
    content = b"".join(county.get("/projects/export.xlsx?q=HYPERLINK"))
    rows = sheet(content)
    assert [row[1] for row in rows[1:]] == ['=HYPERLINK("http://x","y")']
    inside = zipfile.ZipFile(io.BytesIO(content))
    assert b"<f>" not in inside.read("xl/worksheets/sheet1.xml")


def test_ticked_rows_are_exported_and_foreign_ones_left_out(
    county: Client, own: Project, foreign: Project
) -> None:
    answer = county.post("/projects/picked.xlsx", {"picks": f"{own.ref},{foreign.ref},nonsense"})
    assert [row[0] for row in sheet(b"".join(answer))[1:]] == [own.number]
    answer = county.post("/projects/picked.xlsx", {"picks": "", "pick": [str(own.ref)]})
    assert [row[0] for row in sheet(b"".join(answer))[1:]] == [own.number]


def test_nothing_ticked_says_so(county: Client, foreign: Project) -> None:
    for form in ({}, {"picks": str(foreign.ref)}):
        answer = county.post("/projects/picked.xlsx", form, follow=True)
        assert "还没有勾选项目" in answer.content.decode()


def test_an_empty_list_names_the_filter_that_causes_it(county: Client, own: Project) -> None:
    page = county.get("/projects/?q=工地&kind=ROAD").content.decode()
    assert "去掉“类型”，有 1 个" in page
    assert "去掉“关键词”" not in page
    both = county.get("/projects/?q=没有&kind=ROAD").content.decode()
    assert "去掉任何一个条件仍没有" in both
    view = county.get("/projects/?access=stopped").content.decode()
    assert "去掉常用视图“停工”，有 1 个" in view


def test_each_active_filter_can_be_dropped_alone(county: Client, own: Project) -> None:
    context = county.get("/projects/?q=工地&kind=HOUSE&stage=主体&page=2").context
    assert {chip.words: chip.href for chip in context["chips"]}[
        "类型：房屋建筑"
    ] == "?q=%E5%B7%A5%E5%9C%B0&stage=%E4%B8%BB%E4%BD%93"


def test_the_stage_narrows(county: Client, own: Project) -> None:
    Project.objects.filter(pk=own.pk).update(stage="主体")
    make_project("140105")
    assert county.get("/projects/?stage=主体").context["total"] == 1
    assert county.get("/projects/?stage=没有这个阶段").context["total"] == 2


def test_windows_across_the_waiting_and_the_connected_lose_none(county: Client, own: Project) -> None:
    for n in range(7):
        made = make_project("140105")
        Project.objects.filter(pk=made.pk).update(connected_on=TODAY if n % 2 else None)
    rows = Project.objects.filter(holding=False)
    waiting = rows.filter(connected_on=None).count()
    whole = filters.ordered_keys(rows, "next", TODAY, waiting, slice(0, 99))
    for size in (1, 2, 3, 5):
        cut = [
            key
            for at in range(0, 8, size)
            for key in filters.ordered_keys(rows, "next", TODAY, waiting, slice(at, at + size))
        ]
        assert cut == whole
    assert len(set(whole)) == 8


def item(project: Project, body: Authority, today: date = TODAY) -> duties.Next:
    scope = Scope(authority_id=body.pk, division_prefixes=("140105",))
    waiting = duties.of_page([project.pk], today, scope)
    return duties.next_item(project, waiting, access_words(project, today), today)


def test_the_clock_of_the_body_comes_before_the_duty_of_the_firm(own: Project, body: Authority) -> None:
    assert (item(own, body).what, item(own, body).who) == ("完成接入", "总包")
    stop = Stop.objects.create(project=own, authority=body, kind="X1", starts=TODAY, ends=TODAY + timedelta(days=9), reason="中止", applied_at=NOW, applied_by="某")  # fmt: skip
    assert (item(own, body).what, item(own, body).who) == ("停工审批", "本局")
    filing = EntryFiling.objects.create(project=own, authority=body, submitted_at=NOW, submitted_by="某")
    assert (item(own, body).what, item(own, body).own) == ("入库审核", True)
    other = make_authority("140106")
    assert item(own, other).who == "主管部门"
    late = item(own, body, TODAY + timedelta(days=30))
    assert late.tone == "bad"
    assert late.due.startswith("逾期")
    EntryFiling.objects.filter(pk=filing.pk).update(state="accepted", decided_at=NOW, decided_by="某")
    Stop.objects.filter(pk=stop.pk).update(state="approved", decided_at=NOW, decided_by="某")
    assert item(own, body).what == "完成接入"
    Project.objects.filter(pk=own.pk).update(connected_on=TODAY)
    own.refresh_from_db()
    assert item(own, body).what == ""


def test_ticked_projects_go_to_a_colleague_and_the_history_stays(
    county: Client, own: Project, body: Authority, foreign: Project
) -> None:
    """B18：勾选、选人、移交；别的单位的项目和别的单位的人都不行。"""
    first, second, stranger = (make_user("county", one) for one in (body, body, make_authority("140106")))
    Project.objects.filter(pk=own.pk).update(safety_authority=body)
    Supervision.objects.filter(project=own).delete()
    Supervision.objects.create(project=own, aspect="safety", authority=body, officer=first, valid_from=TODAY - timedelta(days=9))  # fmt: skip
    form = {"picks": f"{own.ref},{foreign.ref}", "officer": str(second.ref), "back": "?kind=HOUSE"}
    answer = county.post("/projects/officer", form, follow=True)
    assert f"1 个项目已移交给{second.display_name}" in answer.content.decode()
    assert answer.redirect_chain[-1][0].endswith("?kind=HOUSE")
    held = Supervision.objects.filter(project=own, aspect="safety").order_by("id")
    assert [(row.officer_id, row.valid_to is None) for row in held] == [(first.pk, False), (second.pk, True)]
    for wrong, words in (({"officer": str(stranger.ref)}, "先选移交给哪位同事"), ({"officer": str(first.ref), "picks": ""}, "还没有勾选项目")):  # fmt: skip
        assert words in county.post("/projects/officer", form | wrong, follow=True).content.decode()


def test_who_does_not_supervise_is_offered_no_hand_over(
    own: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    client.force_login(make_user("enterprise", own.contractor))
    assert "移交监督员" not in client.get("/projects/").content.decode()
    answer = client.post("/projects/officer", {"picks": str(own.ref), "officer": "x"}, follow=True)
    assert "先选移交给哪位同事" in answer.content.decode()


def test_the_officer_of_safety_stands_in_the_row(county: Client, own: Project, body: Authority) -> None:
    person = make_user("county", body)
    Supervision.objects.create(project=own, aspect="safety", authority=body, officer=person, valid_from=TODAY)
    assert duties.officers_of([own.pk]) == {own.pk: person.display_name}
    assert person.display_name in county.get("/projects/?cols=officer").content.decode()
