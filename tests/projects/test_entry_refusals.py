"""入库被拒的每一种：中文说明，整批不留半截。"""

from dataclasses import replace
from datetime import date

import pytest

from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.scope import Role, Scope
from gongdi.orgs.queries import installation_scope
from gongdi.projects.models import Project
from gongdi.projects.services.registering import (
    NewProject,
    Place,
    Supervisors,
    create_project,
    create_projects,
)
from tests.builders import DEADLINES, NOW, STARTED, make_authority, make_enterprise

pytestmark = pytest.mark.django_db(transaction=True)


def entry(**changes: object) -> NewProject:
    """A right entry with some fields changed."""
    plain = NewProject("SX-1", "测试楼", "HOUSE", "140105", make_enterprise().id, STARTED)
    return replace(plain, **changes)  # type: ignore[arg-type]


def create(new: NewProject) -> Project:
    """Enter it as the operator."""
    return create_project(new, by=installation_scope(), deadlines=DEADLINES, now=NOW)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "PALACE"}, "项目 SX-1 的类别、区划或单位不存在"),
        ({"division": "149999"}, "项目 SX-1 的类别、区划或单位不存在"),
        ({"contractor_id": 987654321}, "项目 SX-1 的类别、区划或单位不存在"),
        ({"supervisors": Supervisors(quality_id=987654321)}, "项目 SX-1 的类别、区划或单位不存在"),
        ({"place": Place(37.73, 112.56)}, "坐标不在国内"),
        ({"place": Place(112.56, 0.0)}, "坐标不在国内"),
        ({"number": "编" * 41}, "超出长度或数值的范围"),
        ({"name": "楼" * 121}, "超出长度或数值的范围"),
        ({"site_area_m2": 10**12}, "超出长度或数值的范围"),
        ({"name": "楼\x00"}, "超出长度或数值的范围|不能使用的字符"),
    ],
)
def test_a_wrong_entry_is_refused_in_words(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(UnusableInput, match=sentence):
        create(entry(**changes))
    assert Project.objects.filter(holding=False).count() == 0


def test_a_negative_area_is_refused() -> None:
    with pytest.raises(UnusableInput):
        create(entry(site_area_m2=-1))


def test_the_division_of_the_scope_decides_and_not_the_wish_of_the_entry() -> None:
    county = Scope(role=Role.COUNTY, division_prefixes=("140105",))
    for division in ("140106", "140100", "140000", "14010"):
        with pytest.raises(NotAllowed, match="本辖区"):
            create_project(entry(division=division), by=county, deadlines=DEADLINES, now=NOW)
    assert not Project.objects.filter(holding=False).exists()


def test_one_foreign_project_keeps_the_whole_batch_out() -> None:
    city = Scope(role=Role.CITY, division_prefixes=("1401",))
    batch = [entry(), entry(number="SX-2"), entry(number="SX-3", division="140213")]
    with pytest.raises(NotAllowed):
        create_projects(batch, by=city, deadlines=DEADLINES, now=NOW)
    assert not Project.objects.filter(holding=False).exists()
    assert len(create_projects(batch[:2], by=city, deadlines=DEADLINES, now=NOW)) == 2


@pytest.mark.parametrize(
    "wrong", [{"number": "SX-1"}, {"number": "SX-9", "kind": "PALACE"}, {"number": "长" * 50}]
)
def test_one_wrong_project_keeps_the_whole_batch_out_and_says_why(wrong: dict[str, str]) -> None:
    batch = [entry(), entry(**wrong)]
    with pytest.raises(UnusableInput):
        create_projects(batch, by=installation_scope(), deadlines=DEADLINES, now=NOW)
    assert not Project.objects.filter(holding=False).exists()


def test_base_information_is_stored_as_given() -> None:
    """通知二(一)1：参建各方主体、基本情况、报监情况。"""
    quality, safety, dust = (make_authority("140105", kind=kind) for kind in ("STATION", "HOUSING", "URBAN"))
    given = entry(
        address="建设路 1 号", developer="某置业", supervisor="某监理", site_area_m2=12345, stage="主体",
        supervisors=Supervisors(quality.id, safety.id, dust.id), started_on=date(2026, 1, 16),
    )  # fmt: skip
    project = Project.objects.get(pk=create(given).pk)
    assert (project.address, project.developer, project.supervisor) == ("建设路 1 号", "某置业", "某监理")
    assert (project.site_area_m2, project.stage, project.status) == (12345, "主体", "building")
    assert (project.quality_authority, project.safety_authority, project.dust_authority) == (
        quality,
        safety,
        dust,
    )
    assert (project.access_deadline, project.connected_on, project.created_at) == (
        date(2026, 2, 24),
        None,
        NOW,
    )
    assert not project.holding


def test_there_is_one_holding_project_and_never_a_second() -> None:
    from django.db import IntegrityError

    assert Project.objects.filter(holding=True).count() == 1
    with pytest.raises(IntegrityError):
        Project.objects.create(
            number="H2", name="又一个", kind_id="OTHER", division_id="140000", holding=True, created_at=NOW
        )
