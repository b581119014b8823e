"""项目只有一个查询入口：按身份只见自己的，空范围什么都没有。"""

import pytest
from django.db import connection

from gongdi.kernel.scope import NOTHING, Role, Scope
from gongdi.orgs.models import Authority, Enterprise
from gongdi.orgs.queries import installation_scope, scope_of
from gongdi.projects.models import Project, ProjectParty
from gongdi.projects.queries import holding_project, visible, visible_project, visible_with_holding
from gongdi.projects.services.registering import NewProject, Supervisors, create_project
from tests.builders import (
    DEADLINES,
    NOW,
    STARTED,
    TODAY,
    make_authority,
    make_enterprise,
    make_project,
    make_user,
)

pytestmark = pytest.mark.django_db


def names(scope: Scope) -> set[str]:
    return set(visible(scope).values_list("name", flat=True))


def test_each_scope_sees_its_own() -> None:
    firm = make_enterprise()
    own = make_project("140105", contractor=firm)
    sibling, other_city = make_project("140106"), make_project("140213")
    assert names(NOTHING) == set()
    assert names(Scope(role=Role.SITE)) == set()
    assert names(Scope(division_prefixes=("140105",))) == {own.name}
    assert names(Scope(division_prefixes=("1401",))) == {own.name, sibling.name}
    assert names(Scope(division_prefixes=("14",))) == {own.name, sibling.name, other_city.name}
    assert names(Scope(role=Role.ENTERPRISE, enterprise_id=firm.id)) == {own.name}
    assert names(Scope(project_ids=frozenset({other_city.id}))) == {other_city.name}


def test_another_project_does_not_exist() -> None:
    project = make_project("140106")
    with pytest.raises(Project.DoesNotExist):
        visible_project(Scope(division_prefixes=("140105",)), project.ref)


def test_the_holding_project_is_for_the_province_alone() -> None:
    holding = holding_project()
    province = Scope(role=Role.PROVINCE, division_prefixes=("14",))
    assert holding not in visible(province)
    assert holding in visible_with_holding(province)
    assert holding in visible_with_holding(installation_scope())
    for scope in (
        NOTHING,
        Scope(role=Role.CITY, division_prefixes=("1401",)),
        Scope(role=Role.URBAN, division_prefixes=("14",)),
        Scope(role=Role.SITE, project_ids=frozenset({holding.id})),
    ):
        assert holding not in visible_with_holding(scope)


def test_a_body_is_one_indexed_prefix_filter() -> None:
    statement, parameters = visible(
        Scope(role=Role.CITY, division_prefixes=("1401",))
    ).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
        cursor.execute("EXPLAIN " + statement, parameters)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "JOIN" not in statement
    assert "project_safety_prefix" in plan
    assert "project_quality_prefix" in plan
    assert "Index Cond" in plan


def scoped(role: str, subject: Authority | Enterprise) -> Scope:
    return scope_of(make_user(role, subject), TODAY)


def test_a_project_of_the_city_itself_is_not_the_countys() -> None:
    county, city = make_authority("140105"), make_authority("140100")
    urban, approval = make_authority("140105", kind="URBAN"), make_authority("140105", kind="APPROVAL")
    own = make_supervised("140105", county, county)
    city_own = make_supervised("140105", city, city)
    assert names(scoped("county", county)) == {own.name}
    assert names(scoped("city", city)) == {own.name, city_own.name}
    assert names(scoped("urban", urban)) == {own.name, city_own.name}
    assert names(scoped("approval", approval)) == {own.name, city_own.name}


def test_a_station_sees_what_it_supervises_itself() -> None:
    county, station = make_authority("140105"), make_authority("140105", kind="STATION")
    by_station = make_supervised("140105", county, station)
    make_supervised("140105", county, county)
    assert names(scoped("station", station)) == {by_station.name}


def test_a_unit_sees_the_sites_where_it_has_its_part_now() -> None:
    firm, owner, engineer = make_enterprise(), make_enterprise(), make_enterprise()
    project, other = make_project("140105", contractor=firm), make_project("140105")
    for enterprise, kind in ((owner, "developer"), (engineer, "supervisor"), (firm, "testing")):
        ProjectParty.objects.create(
            project=project if kind != "testing" else other,
            enterprise=enterprise,
            kind=kind,
            valid_from=TODAY,
        )
    assert names(scoped("developer", owner)) == {project.name}
    assert names(scoped("supervisor", engineer)) == {project.name}
    assert names(scoped("supervisor", owner)) == set()
    assert names(scoped("enterprise", firm)) == {project.name}
    ProjectParty.objects.filter(project=project, enterprise=firm).update(valid_to=TODAY)
    assert names(scoped("enterprise", firm)) == set()


def make_supervised(division: str, safety: Authority, quality: Authority) -> Project:
    """A project of a division with these supervisors."""
    serial = Project.objects.count()
    entry = NewProject(
        number=f"SUP{serial:05d}",
        name=f"受监工地{serial}号",
        kind="HOUSE",
        division=division,
        contractor_id=make_enterprise().id,
        started_on=STARTED,
        site_area_m2=9000,
        supervisors=Supervisors(quality.id, safety.id, safety.id),
    )
    return create_project(entry, by=installation_scope(), deadlines=DEADLINES, now=NOW)
