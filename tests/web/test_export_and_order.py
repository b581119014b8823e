"""项目清单：排序与页面的数一致，筛选在网址里，导出等于当前筛选且公式失效；工作台查询数固定。"""

import csv
import io
from collections.abc import Callable
from datetime import date
from fractions import Fraction

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongdi.kernel import csv_text
from gongdi.projects.models import Project
from gongdi.returns import ordering
from gongdi.returns import queries as returns
from gongdi.returns.models import AccessFact, ProjectMonth
from gongdi.telemetry.rules.hours import CREDIT_UNIT
from tests.web import samples
from tests.web.world import World

Sign = Callable[[str], Client]
MONTH = date(2026, 11, 1)
TODAY = date(2026, 11, 22)


def counters(world: World) -> dict[int, Fraction | None]:
    """Month counters of the twelve projects: full, nearly full, lower, none."""
    shares: dict[int, Fraction | None] = {}
    for n, project in enumerate(world.projects):
        counted = (n % 4) * 7
        units = counted * CREDIT_UNIT - (n % 3) * (1 if n % 2 else CREDIT_UNIT // 3)
        if counted:
            ProjectMonth.objects.create(month=MONTH, project_id=project.pk, credit_units=units, on_time_units=units, counted=counted, updated_at=samples.NOW)  # fmt: skip
        shares[project.pk] = Fraction(units, counted * CREDIT_UNIT) if counted else None
    return shares


def test_the_order_is_that_of_the_exact_rates(db: None) -> None:
    from tests.web.world import make_world

    world = make_world()
    shares = counters(world)
    everyone = Project.objects.filter(holding=False)
    rates = returns.rates_of_projects(list(shares), TODAY)
    assert {key: rate.combined for key, rate in rates.items()} == shares
    below = [key for key, share in shares.items() if share is not None and share < 1]
    numbers = {project.pk: project.number for project in world.projects}
    wanted = sorted(below, key=lambda key: (shares[key], numbers[key]))
    assert ordering.lowest(everyone, TODAY, 99) == wanted
    assert ordering.lowest(everyone, TODAY, 2) == wanted[:2]
    for word, test in (("full", lambda s: s == 1), ("part", lambda s: s is not None and s < 1), ("none", lambda s: s is None)):  # fmt: skip
        found = ordering.with_share(everyone, TODAY).filter(ordering.of_rate(word))
        assert set(found.values_list("pk", flat=True)) == {
            key for key, share in shares.items() if test(share)
        }
    assert ordering.highest(everyone, TODAY, 1)[0] in {key for key, share in shares.items() if share == 1}
    assert len(ordering.places(everyone, TODAY, 50)) == 12
    cells = ordering.places(everyone, TODAY, 5)
    assert sum(cell[3] for cell in cells) == 12
    assert len(cells) < 12


def test_entry_filters(world: World) -> None:
    first, second = world.projects[0], world.projects[11]
    AccessFact.objects.create(project_id=first.pk, required=1, proven=1, entered_on=date(2026, 5, 1), updated_at=samples.NOW)  # fmt: skip
    Project.objects.filter(pk=second.pk).update(access_deadline=date(2026, 12, 1))
    rows = Project.objects.filter(holding=False)
    assert list(rows.filter(ordering.of_entry("entered", TODAY))) == [first]
    lacking = set(rows.filter(ordering.of_entry("lacking", TODAY)))
    assert first not in lacking
    assert second not in lacking
    assert len(lacking) == 10


def exported(client: Client, query: str = "") -> list[list[str]]:
    """Rows of the export, head included."""
    answer = client.get("/projects/export.csv" + query)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_export_is_the_filter_of_the_page(world: World, signed_in: Sign) -> None:
    Project.objects.filter(pk=world.projects[3].pk).update(name='=HYPERLINK("http://x","y")')
    client = signed_in("province")
    head, *rows = exported(client)
    assert len(rows) == 12
    assert "'=HYPERLINK" in next(row for row in rows if row[0] == world.projects[3].number)[1]
    narrowed = exported(client, "?division=140212")[1:]
    assert {row[head.index("地区")] for row in narrowed} == {"平城区"} or len(narrowed) == 4
    assert len(exported(signed_in("county"))) - 1 == 8
    page = client.get("/projects/?division=140212&rate=none").content.decode()
    assert "export.csv?division=140212&amp;rate=none" in page


@pytest.mark.parametrize(
    ("value", "text"),
    [("=1+1", "'=1+1"), ("-12.5", "-12.5"), ("-1+cmd", "'-1+cmd"), ("＝x", "'＝x"), ("\tx", "'\tx"), (None, ""), (46, "46"), ("@x", "'@x"), ("-", "'-")],
)  # fmt: skip
def test_a_cell_never_becomes_a_formula(value: object, text: str) -> None:
    assert csv_text.cell(value) == text


def test_the_arrow_stands_on_the_sorted_column(world: World, signed_in: Sign) -> None:
    client = signed_in("county")
    plain = client.get("/projects/").content.decode()
    assert 'aria-sort="ascending"' not in plain
    assert plain.count("#arrow-") == 1, "缺省按下一项排，箭头只在那一列"
    assert "未接入的按期限在前" in plain
    by_rate = client.get("/projects/?sort=rate").content.decode()
    assert by_rate.count('aria-sort="ascending"') == 1
    assert "sort=-rate" in by_rate
    for sort in ("-rate", "name", "-name", "deadline", "-deadline"):
        assert client.get(f"/projects/?sort={sort}").status_code == 200


def test_unconnected_projects_come_first_by_deadline(world: World, signed_in: Sign) -> None:
    page = signed_in("province").get("/projects/").content.decode()
    waiting = sorted(
        (p for p in world.projects if p.connected_on is None), key=lambda p: str(p.access_deadline)
    )
    places = [page.index(str(project.ref)) for project in waiting]
    assert places == sorted(places)
    assert all(page.index(str(p.ref)) > places[-1] for p in world.projects if p.connected_on is not None)


def test_every_figure_of_the_workbench_opens_its_list(world: World, signed_in: Sign) -> None:
    client = signed_in("county")
    page = client.get("/").content.decode()
    for link in ("/projects/?access=open", "/projects/?rate=part&amp;sort=rate", "/projects/?access=open&amp;entry=entered", "/projects/?rate=full", "/devices/?state=heard", "/alarms?days=1"):  # fmt: skip
        assert link in page
        assert client.get(link.replace("&amp;", "&")).status_code == 200


def test_the_workbench_asks_the_same_number_of_questions_for_many_projects(
    world: World, signed_in: Sign
) -> None:
    client = signed_in("province")

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/").status_code == 200
        return len(queries)

    before = asked()
    like = world.projects[0]
    Project.objects.bulk_create(
        Project(number=f"多-{n}", name=f"多出的项目 {n}", kind_id=like.kind_id, division_id="140105", contractor_id=like.contractor_id, started_on=like.started_on, access_deadline=TODAY, created_at=samples.NOW, lng=112.5 + n % 70 / 100, lat=37.5 + n % 90 / 100)
        for n in range(2000)
    )  # fmt: skip
    assert asked() <= before + 1
    assert before <= 30
    assert client.get("/").content.decode().count("<") < 4000
