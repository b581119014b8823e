"""入库：范围核对、接入期限和写入在同一事务里。"""

from dataclasses import replace
from datetime import date

import pytest

from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.scope import NOTHING, Role, Scope
from gongdi.orgs.queries import installation_scope
from gongdi.projects.models import Project, ProjectKind, ProjectKindRule
from gongdi.projects.queries import dust_duties, dust_duty
from gongdi.projects.services.registering import (
    NewProject,
    Place,
    create_project,
    create_projects,
    set_connected,
)
from tests.builders import DEADLINES, NOW, STARTED, TODAY, make_enterprise, make_project

pytestmark = pytest.mark.django_db


def entry(**changes: object) -> NewProject:
    plain = NewProject("SX-1", "测试楼", "HOUSE", "140105", make_enterprise().id, STARTED)
    return replace(plain, **changes)  # type: ignore[arg-type]


def create(new: NewProject, by: Scope | None = None) -> Project:
    return create_project(new, by=by or installation_scope(), deadlines=DEADLINES, now=NOW)


def test_the_access_deadline_comes_from_the_rule() -> None:
    assert create(entry(started_on=date(2026, 3, 2))).access_deadline == date(2026, 4, 1)
    assert create(entry(number="SX-2", started_on=date(2019, 5, 1))).access_deadline == date(2020, 6, 30)


@pytest.mark.parametrize(
    "scope",
    [
        NOTHING,
        Scope(role=Role.COUNTY, division_prefixes=("140106",)),
        Scope(role=Role.CITY, division_prefixes=("1402",)),
        Scope(role=Role.URBAN, division_prefixes=("140105",)),
        Scope(role=Role.ENTERPRISE, enterprise_id=987654),
        Scope(role=Role.SITE, project_ids=frozenset({1})),
    ],
)
def test_outside_the_scope_nothing_is_entered(scope: Scope) -> None:
    with pytest.raises(NotAllowed):
        create(entry(), scope)
    assert not Project.objects.filter(number="SX-1").exists()


def test_the_county_and_the_contractor_may_enter() -> None:
    create(entry(), Scope(role=Role.COUNTY, division_prefixes=("140105",)))
    own = entry(number="SX-2")
    create(own, Scope(role=Role.ENTERPRISE, enterprise_id=own.contractor_id))


def test_a_second_project_of_a_number_is_refused_in_words() -> None:
    create(entry())
    with pytest.raises(UnusableInput, match="项目编号 SX-1 已登记"):
        create(entry())
    with pytest.raises(UnusableInput, match="坐标不在国内"):
        create(entry(number="SX-2", place=Place(2.35, 48.85)))


def test_many_projects_are_entered_all_or_none() -> None:
    with pytest.raises(UnusableInput, match="整批没有登记"):
        create_projects([entry(), entry()], by=installation_scope(), deadlines=DEADLINES, now=NOW)
    assert not Project.objects.filter(number="SX-1").exists()


def test_the_original_coordinates_are_kept() -> None:
    project = create(entry(place=Place(112.562, 37.736, 112.568, 37.737, "GCJ02")))
    project.refresh_from_db()
    assert (project.lng, project.original_lng, project.original_system) == (112.562, 112.568, "GCJ02")


def test_the_date_of_connection_is_stored_once() -> None:
    project = make_project()
    set_connected(project.id, date(2026, 3, 20))
    set_connected(project.id, date(2026, 5, 1))
    project.refresh_from_db()
    assert project.connected_on == date(2026, 3, 20)


def test_the_kinds_are_dated_data() -> None:
    assert list(ProjectKind.objects.values_list("code", flat=True)) == [
        "HOUSE",
        "ROAD",
        "BRIDGE",
        "PIPE",
        "FITOUT",
        "DEMOLITION",
        "OTHER",
    ]
    house = dust_duty("HOUSE", TODAY)
    assert house is not None
    assert (house.rule, house.per_m2) == ("area", 10000)
    assert dust_duties(TODAY)["PIPE"].per_m == 1000
    assert dust_duties(TODAY)["FITOUT"].rule == "none"
    assert dust_duty("HOUSE", date(2020, 3, 31)) is None
    ProjectKindRule.objects.create(
        kind_id="HOUSE", valid_from=date(2027, 1, 1), dust_rule="area", per_m2=5000
    )
    later = dust_duty("HOUSE", date(2027, 1, 1))
    assert dust_duty("HOUSE", TODAY) == house
    assert later is not None
    assert later.per_m2 == 5000
