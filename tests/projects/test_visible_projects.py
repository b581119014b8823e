"""项目只有一个查询入口：按身份只见自己的，空范围什么都没有。"""

import pytest
from django.db import connection

from gongdi.kernel.scope import NOTHING, Role, Scope
from gongdi.orgs.queries import installation_scope
from gongdi.projects.models import Project
from gongdi.projects.queries import holding_project, visible, visible_project, visible_with_holding
from tests.builders import make_enterprise, make_project

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
    assert names(Scope(enterprise_id=firm.id)) == {own.name}
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
    statement, parameters = visible(Scope(division_prefixes=("1401",))).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + statement, parameters)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "JOIN" not in statement
    assert "division_id" in plan
    assert "Index Cond" in plan
