"""演示省的名单自洽：区划存在、台数与义务相符、名字和编号不重复、单位虚构。"""

import pytest

from gongdi.cli.demo import province
from gongdi.kernel import policy as p
from gongdi.orgs.models import Division
from gongdi.orgs.rules import uscc_valid
from gongdi.projects.models import ProjectKindRule
from gongdi.telemetry.rules.devices import required_devices
from tests.builders import TODAY

PROJECTS = province.demo_projects()
SPARE = {"锦绣苑安置房一期", "平城云冈里安置房", "榆次大学城公租房", "尧都平阳里"}
WITHOUT = {"late", "pending"}


def test_about_sixty_projects_in_eleven_cities() -> None:
    assert len(PROJECTS) == 63
    assert len({one.division[:4] for one in PROJECTS}) == 11
    assert len({one.name for one in PROJECTS}) == 63
    assert sum(one.devices for one in PROJECTS) == 75
    assert sum(one.kind in ("ROAD", "PIPE", "BRIDGE", "FITOUT") for one in PROJECTS) >= 12


@pytest.mark.django_db
def test_every_project_lies_in_a_known_county() -> None:
    known = set(Division.objects.filter(functional_zone=False).values_list("code", flat=True))
    assert {one.division for one in PROJECTS} <= known


@pytest.mark.django_db
def test_stages_and_numbers_of_devices_follow_the_kind() -> None:
    rules = {rule.kind_id: rule for rule in ProjectKindRule.objects.all()}
    for one in PROJECTS:
        rule = rules[one.kind]
        assert one.stage in {stage["name"] for stage in rule.stages}
        per = p.DUST_LENGTH_PER_DEVICE if one.by_length else p.DUST_AREA_PER_DEVICE
        needed = 0 if rule.dust_rule == "none" else required_devices(one.size, per.default(TODAY), 1)
        if one.story in WITHOUT:
            assert one.devices == 0
        else:
            assert one.devices == needed + (one.name in SPARE), one.name


def test_enterprises_are_invented_but_their_codes_check() -> None:
    found = province.demo_enterprises()
    assert len({name for name, _ in found.values()}) == len(found)
    for _, code in found.values():
        assert uscc_valid(code)
        assert code[2:6] == "1499", "不存在的区划，不会与真实单位相同"
    assert {one.contractor for one in PROJECTS} <= set(found)


def test_no_two_devices_share_a_number_or_a_series() -> None:
    numbers, series, gains = set(), set(), set()
    for one in PROJECTS:
        for n in range(1, one.devices + 1):
            plan = province.plan_of(one, n, 1, 64_000)
            numbers.add(province.device_number(one, n))
            series.add((plan.sensor, plan.rotate))
            gains.add(plan.gain * province.MEDIAN_ROOT[plan.sensor])
    assert len(numbers) == len(series) == 75
    assert len(gains) > 25, "各工地的水平不同"
    assert all(len(number) <= 24 for number in numbers)


def test_there_is_one_account_of_each_role() -> None:
    assert [account.role for account in province.ACCOUNTS] == [
        "province",
        "city",
        "county",
        "urban",
        "enterprise",
        "site",
    ]
