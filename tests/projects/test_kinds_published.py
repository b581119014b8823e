"""工程类别与由它而来的义务：装入的数据逐项等于公布的表。"""

import pytest

from gongdi.projects.models import ProjectKind, ProjectKindRule

pytestmark = pytest.mark.django_db

# 来源：project_kinds.yaml（通知二(二)1 的五类部位，数字为政策建议值）
KINDS = {
    "HOUSE": ("房屋建筑", "area", 10_000, None, ["FENCE", "STOCK", "GATE", "GROUND"]),
    "ROAD": ("市政道路", "length", None, 1_000, ["STOCK", "GATE", "GROUND"]),
    "BRIDGE": ("桥梁", "length", None, 1_000, None),
    "PIPE": ("管网", "length", None, 1_000, None),
    "FITOUT": ("装饰装修", "none", None, None, None),
    "DEMOLITION": ("拆除", "area", 10_000, None, None),
    "OTHER": ("其他", "area", 10_000, None, None),
}


@pytest.mark.parametrize("code", list(KINDS))
def test_a_kind_is_as_published(code: str) -> None:
    name, rule, per_m2, per_m, cameras = KINDS[code]
    found = ProjectKindRule.objects.select_related("kind").get(kind_id=code)
    assert (found.kind.name, found.dust_rule, found.per_m2, found.per_m) == (name, rule, per_m2, per_m)
    assert f"{found.valid_from:%Y-%m-%d}" == "2020-04-01"
    if cameras is not None:
        assert found.cameras["cameras"] == cameras


def test_the_stages_of_a_house_are_those_of_the_assessment() -> None:
    stages = ProjectKindRule.objects.get(kind_id="HOUSE").stages
    assert [stage["name"] for stage in stages] == ["施工准备", "基础", "主体", "装修", "竣工"]
    assert [stage["name"] for stage in stages if stage["assess"]] == ["基础", "主体", "装修"]


def test_every_kind_has_stages_and_one_rule() -> None:
    assert ProjectKindRule.objects.count() == ProjectKind.objects.count() == len(KINDS)
    assert all(rule.stages for rule in ProjectKindRule.objects.all())


def test_kinds_come_in_the_published_order() -> None:
    assert [kind.code for kind in ProjectKind.objects.all()] == list(KINDS)
    assert [str(kind) for kind in ProjectKind.objects.all()][:2] == ["房屋建筑", "市政道路"]
