"""登记设备被拒的每一种：中文说明，两边的表都不留半截。"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from gongdi.equipment.models import INTERVALS_MIN, Device, DeviceSetting
from gongdi.equipment.services import (
    NewDevice,
    assign_device,
    register_device,
    register_devices,
    set_interval,
)
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.scope import Role, Scope
from gongdi.orgs.queries import installation_scope
from gongdi.projects.models import Project
from tests.builders import NOW, make_device, make_project

pytestmark = pytest.mark.django_db
RIGHT = NewDevice("A14010500000000000000077", "pw")


def stored() -> tuple[int, int, int]:
    """Rows in the register, its settings and the gateways' table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM gateway_device")
        return Device.objects.count(), DeviceSetting.objects.count(), cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"mn": ""}, "不能为空"),
        ({"mn": "   "}, "不能为空"),
        ({"password": ""}, "不能为空"),
        ({"mn": "M" * 41}, "设备编号最长 40 个字符"),
        ({"mn": "MN 01"}, "设备编号.*字母、数字"),
        ({"mn": "编号01"}, "设备编号.*字母、数字"),
        ({"mn": "MN;01"}, "设备编号.*字母、数字"),
        ({"mn": "MN\x0001"}, "设备编号.*字母、数字"),
        ({"password": "p\x00w"}, "密码"),
        ({"name": "名" * 41}, "超出长度"),
        ({"place": "处" * 81}, "超出长度"),
        ({"vendor": "厂" * 81}, "超出长度"),
        ({"interval_min": 0}, "上报间隔应为"),
        ({"interval_min": 7}, "上报间隔应为"),
        ({"interval_min": 61}, "上报间隔应为"),
        ({"interval_min": -1}, "上报间隔应为"),
    ],
)
def test_each_wrong_field_is_named_and_nothing_is_stored(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(UnusableInput, match=sentence):
        register_device(replace(RIGHT, **changes), by=installation_scope(), now=NOW)  # type: ignore[arg-type]
    assert stored() == (0, 0, 0)


@pytest.mark.parametrize("interval", INTERVALS_MIN)
def test_every_interval_that_divides_an_hour_is_taken(interval: int) -> None:
    """HJ 212 的上报间隔：能整除 60 分钟的才排得齐小时。"""
    assert 60 % interval == 0
    device = make_device(interval_min=interval)
    assert device.interval_min == interval
    with pytest.raises(UnusableInput):
        set_interval(device, interval * 60 + 7, by=installation_scope(), now=NOW)


@pytest.mark.parametrize("at", range(4))
def test_one_wrong_line_keeps_the_whole_list_out_wherever_it_stands(at: int) -> None:
    entries = [NewDevice(f"MN{n}", "pw") for n in range(3)]
    entries.insert(at, NewDevice("BAD", "pw", interval_min=7))
    with pytest.raises(UnusableInput):
        register_devices(entries, by=installation_scope(), now=NOW)
    assert stored() == (0, 0, 0)


def test_the_same_number_twice_in_one_list_keeps_the_list_out() -> None:
    with pytest.raises(UnusableInput, match="设备编号 MN1 已登记"):
        register_devices(
            [NewDevice("MN1", "pw"), NewDevice("MN2", "pw"), NewDevice("MN1", "x")],
            by=installation_scope(),
            now=NOW,
        )
    assert stored() == (0, 0, 0)


@pytest.mark.parametrize("project_id", [987654321, 0, -1])
def test_an_unknown_project_is_a_foreign_project(project_id: int) -> None:
    with pytest.raises(NotAllowed, match="只能为本辖区"):
        register_device(replace(RIGHT, project_id=project_id), by=installation_scope(), now=NOW)
    assert stored() == (0, 0, 0)


def test_the_password_is_never_part_of_a_message_or_a_name() -> None:
    entry = NewDevice("MN1", "s3cret-word")
    assert "s3cret-word" not in repr(entry)
    register_device(entry, by=installation_scope(), now=NOW)
    with pytest.raises(UnusableInput) as refused:
        register_device(entry, by=installation_scope(), now=NOW)
    assert "s3cret-word" not in str(refused.value)


def test_devices_of_a_site_are_numbered_on() -> None:
    project = make_project()
    names = [make_device(project).name for _ in range(3)]
    assert names == ["扬尘-01", "扬尘-02", "扬尘-03"]
    assert make_device(make_project()).name == "扬尘-01"


Act = Callable[[Device, Scope], object]
ACTS: dict[str, Act] = {
    "set_interval": lambda device, by: set_interval(device, 5, by=by, now=NOW),
    "assign": lambda device, by: assign_device(device, device.project_id, by=by),
    "register": lambda device, by: register_device(
        replace(RIGHT, project_id=device.project_id), by=by, now=NOW
    ),
}


@pytest.mark.parametrize("act", list(ACTS))
@pytest.mark.parametrize(
    "scope",
    [
        Scope(),
        Scope(role=Role.URBAN, division_prefixes=("140105",)),
        Scope(role=Role.COUNTY, division_prefixes=("140106",)),
        Scope(role=Role.ENTERPRISE, enterprise_id=987654321),
        Scope(role=Role.SITE, project_ids=frozenset({987654321})),
    ],
)
def test_no_act_reaches_a_foreign_device(act: str, scope: Scope) -> None:
    device = make_device(make_project("140105"))
    before = stored()
    with pytest.raises(NotAllowed):
        ACTS[act](device, scope)
    assert stored() == before
    device.refresh_from_db()
    assert device.interval_min == 1


def test_the_site_the_firm_and_the_bodies_above_may_change_their_device() -> None:
    project = make_project("140105")
    device = make_device(project)
    scopes = (
        Scope(role=Role.SITE, project_ids=frozenset({project.id})),
        Scope(role=Role.ENTERPRISE, enterprise_id=project.contractor_id),
        Scope(role=Role.COUNTY, division_prefixes=("140105",)),
        Scope(role=Role.CITY, division_prefixes=("1401",)),
        Scope(role=Role.PROVINCE, division_prefixes=("14",)),
    )
    for n, scope in enumerate(scopes):
        set_interval(device, INTERVALS_MIN[n + 1], by=scope, now=NOW + timedelta(minutes=n + 1))
    assert DeviceSetting.objects.filter(device=device).count() == 1 + len(scopes)


def test_a_second_change_in_the_same_instant_is_refused_in_words() -> None:
    device = make_device(make_project())
    with pytest.raises(UnusableInput, match="同一时刻"):
        set_interval(device, 5, by=installation_scope(), now=NOW)
    device.refresh_from_db()
    assert device.interval_min == 1


def test_an_assigned_device_takes_its_settings_and_a_new_name_with_it() -> None:
    project = make_project()
    make_device(project)
    waiting = make_device()
    assign_device(waiting, project.id, by=installation_scope())
    waiting.refresh_from_db()
    assert (waiting.project_id, waiting.name) == (project.id, "扬尘-02")
    assert DeviceSetting.objects.get(device=waiting).project_id == project.id
    assert not Project.objects.get(pk=waiting.project_id).holding
