"""范围默认不放行：空范围什么类别都读不到，城管只读扬尘一类。"""

import pytest

from gongdi.kernel.scope import (
    ALL_KINDS,
    AUTHORITY_ROLES,
    NOTHING,
    URBAN_KINDS,
    DataKind,
    Role,
    Scope,
)


@pytest.mark.parametrize("kind", list(DataKind))
def test_a_scope_without_a_project_reads_no_kind_even_when_it_names_it(kind: DataKind) -> None:
    assert not NOTHING.may_read(kind)
    assert not Scope(role=Role.PROVINCE, kinds=ALL_KINDS).may_read(kind)


@pytest.mark.parametrize(
    "scope",
    [
        Scope(division_prefixes=("14",)),
        Scope(enterprise_id=7),
        Scope(project_ids=frozenset({1})),
    ],
)
def test_a_scope_with_projects_but_no_kind_reads_nothing(scope: Scope) -> None:
    assert not scope.is_empty
    assert not any(scope.may_read(kind) for kind in DataKind)


def test_city_administration_reads_what_dust_control_needs_and_no_more() -> None:
    """城市管理部门管施工扬尘和噪声：资料、费用、人员、原始报文、场内视频都不在内。"""
    scope = Scope(role=Role.URBAN, division_prefixes=("140105",), kinds=URBAN_KINDS)
    readable = {kind for kind in DataKind if scope.may_read(kind)}
    assert readable == {DataKind.DUST, DataKind.NOISE, DataKind.SIX_HUNDRED, DataKind.VIDEO_OUTER}


@pytest.mark.parametrize("role", list(Role))
def test_only_bodies_are_authorities(role: Role) -> None:
    bodies = {"province", "city", "county", "urban", "station", "approval", "zone"}
    assert Scope(role=role).is_authority == (role.value in bodies)
    assert (role in AUTHORITY_ROLES) == Scope(role=role).is_authority


def test_a_scope_cannot_be_widened_after_it_was_made() -> None:
    scope = Scope(role=Role.COUNTY, division_prefixes=("140105",))
    with pytest.raises(AttributeError):
        scope.division_prefixes = ("14",)  # type: ignore[misc]


@pytest.mark.parametrize("prefix", ["１４", "14 ", " 14", "1４05", "14_105", "14%105"])
def test_a_prefix_that_only_looks_like_digits_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="区划前缀"):
        Scope(division_prefixes=(prefix,))
