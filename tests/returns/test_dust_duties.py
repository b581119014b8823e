"""扬尘义务：哪类工程、多大面积、哪一天，应装几台；逾期与接入期限前的天怎么算。"""

from datetime import date, timedelta

import pytest

from gongdi.kernel.policy import DEFAULTS, PolicyRow
from gongdi.projects.models import Project, ProjectKindRule
from gongdi.projects.queries import dust_duties
from gongdi.returns.services.duties import DayDuties, Site, sites
from gongdi.telemetry.terms import Terms
from tests.builders import make_project

DAY = date(2026, 5, 20)
pytestmark = pytest.mark.django_db


def site(kind: str, area: int | None = None, length: int | None = None, **changes: object) -> Site:
    """A site past its deadline and connected."""
    plain: dict[str, object] = {
        "id": 1, "kind": kind, "division": "140105", "area_m2": area, "length_m": length,
        "deadline": date(2026, 4, 1), "connected_on": date(2026, 3, 20), "entered_on": date(2026, 3, 1),
        "completed": False,
    }  # fmt: skip
    return Site(**(plain | changes))  # type: ignore[arg-type]


def duties(day: date = DAY, *rows: PolicyRow) -> DayDuties:
    """Duties of a day under decided rows."""
    policy = DEFAULTS
    for row in rows:
        policy = policy.with_row(row)
    return DayDuties.of(day, Terms(policy))


# 来源：project_kinds.yaml 与 dust.yaml：n = max(1, ceil(面积/10000)) 或 max(1, ceil(长度/1000))
TABLE = [
    ("HOUSE", None, None, 1), ("HOUSE", 0, None, 1), ("HOUSE", 1, None, 1), ("HOUSE", 10_000, None, 1),
    ("HOUSE", 10_001, None, 2), ("HOUSE", 20_000, None, 2), ("HOUSE", 95_000, None, 10),
    ("DEMOLITION", 30_001, None, 4), ("OTHER", 5_000, None, 1),
    ("ROAD", None, None, 1), ("ROAD", 90_000, 1_000, 1), ("ROAD", None, 1_001, 2), ("BRIDGE", None, 3_500, 4),
    ("PIPE", None, 12_000, 12), ("FITOUT", 90_000, 9_000, 0), ("UNKNOWN", 90_000, 9_000, 0),
]  # fmt: skip


@pytest.mark.clause("379-2.2.1.b")
@pytest.mark.parametrize(("kind", "area", "length", "n"), TABLE)
def test_how_many_devices(kind: str, area: int | None, length: int | None, n: int) -> None:
    assert duties().required(site(kind, area, length)) == n


def test_nothing_was_owed_before_the_notice() -> None:
    big = site("HOUSE", 95_000)
    assert duties(date(2020, 3, 31)).required(big) == 0
    assert duties(date(2020, 4, 1)).required(big) == 10


def test_a_dated_rule_of_a_kind_changes_only_the_days_since() -> None:
    ProjectKindRule.objects.create(kind_id="HOUSE", valid_from=DAY, dust_rule="area", per_m2=5_000)
    house = site("HOUSE", 10_000)
    assert duties(DAY - timedelta(days=1)).required(house) == 1
    assert duties(DAY).required(house) == 2


def test_a_kind_may_lose_its_duty_and_get_it_back() -> None:
    ProjectKindRule.objects.create(kind_id="HOUSE", valid_from=DAY, dust_rule="none")
    ProjectKindRule.objects.create(
        kind_id="HOUSE", valid_from=DAY + timedelta(days=2), dust_rule="area", per_m2=10_000
    )
    found = [duties(DAY + timedelta(days=n)).required(site("HOUSE", 10_000)) for n in (-1, 0, 1, 2)]
    assert found == [1, 0, 0, 1]


def test_a_city_may_ask_for_more_and_only_its_sites_follow() -> None:
    row = PolicyRow("dust.min_devices", "140200", 2, DAY, "测试号", "市局", 1)
    asked = duties(DAY, row)
    assert asked.required(site("HOUSE", 5_000, division="140213")) == 2
    assert asked.required(site("HOUSE", 5_000)) == 1
    assert duties(DAY - timedelta(days=1), row).required(site("HOUSE", 5_000, division="140213")) == 1


def test_the_policy_may_begin_the_duty_later_in_one_place() -> None:
    row = PolicyRow("dust.duty_from", "140213", "2026-06-01", date(2026, 1, 1), "测试号", "市局", 1)
    there = site("HOUSE", 5_000, division="140213")
    assert duties(DAY, row).required(there) == 0
    assert duties(date(2026, 6, 1), row).required(there) == 1
    assert duties(DAY, row).required(site("HOUSE", 5_000)) == 1
    off = PolicyRow("dust.duty_from", None, None, date(2026, 1, 1), "测试号", "省厅", 2)
    assert duties(DAY, off).required(site("HOUSE", 5_000)) == 0


@pytest.mark.parametrize(
    ("deadline", "connected", "completed", "counts", "overdue"),
    [
        (DAY, None, False, False, False),
        (DAY - timedelta(days=1), None, False, True, True),
        (DAY - timedelta(days=1), DAY, False, True, False),
        (DAY - timedelta(days=1), DAY + timedelta(days=1), False, True, True),
        (DAY - timedelta(days=1), DAY - timedelta(days=9), False, True, False),
        (DAY + timedelta(days=1), DAY - timedelta(days=9), False, False, False),
        (None, None, False, False, False),
        (DAY - timedelta(days=1), None, True, False, False),
    ],
)
def test_which_days_count(
    deadline: date | None, connected: date | None, completed: bool, counts: bool, overdue: bool
) -> None:
    """期限当天仍不计；之后没接入的天计 0；接入当天起按实际算；竣工后不计。"""
    one = site("HOUSE", deadline=deadline, connected_on=connected, completed=completed)
    assert (duties().counts(one), duties().overdue(one)) == (counts, overdue)


def test_sites_are_the_inventory_without_the_holding_project() -> None:
    project = make_project()
    Project.objects.filter(pk=project.pk).update(status="completed", open_length_m=77)
    found = sites()
    assert list(found) == [project.id]
    assert (found[project.id].completed, found[project.id].length_m) == (True, 77)
    assert found[project.id].entered_on == date(2026, 11, 24)
    assert sites([]) == {}


def test_one_query_answers_all_kinds() -> None:
    assert set(dust_duties(DAY)) == {"HOUSE", "ROAD", "BRIDGE", "PIPE", "FITOUT", "DEMOLITION", "OTHER"}
    assert dust_duties(date(2020, 3, 31)) == {}
