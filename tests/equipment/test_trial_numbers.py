"""测试设备的编号：测试结束就让出，正式登记不被测试挡住，也不能借测试占住别人的编号。"""

from datetime import timedelta
from typing import Any

import pytest

from gongdi.equipment import bench
from gongdi.equipment.models import Device, TrialDevice
from gongdi.equipment.services import NewDevice, register_device
from gongdi.kernel import clock
from gongdi.kernel.errors import UnusableInput
from gongdi.kernel.models import EvidenceEvent
from gongdi.monitor.queries.quarantine import _alike
from gongdi.orgs.queries import scope_of
from gongdi.telemetry.models import GatewayDevice
from tests.builders import NOW, make_enterprise, make_project, make_user

pytestmark = pytest.mark.django_db
MN = "A14010600000000000031507"


@pytest.fixture
def vendor(settings: Any) -> Any:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return scope_of(make_user("vendor", make_enterprise()), clock.shanghai_day(NOW))


@pytest.fixture
def site(settings: Any) -> Any:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return scope_of(make_user("site", make_project()), clock.shanghai_day(NOW))


def on_trial(vendor: Any, turn: int = 0, **wish: Any) -> TrialDevice:
    now = NOW + timedelta(minutes=turn)
    return bench.make_trial(bench.TrialWish(mn=MN, **wish), by=vendor, now=now).device


def registered(site: Any, mn: str = MN) -> Device:
    entry = NewDevice(mn=mn, password="Tk83pz", project_id=min(site.project_ids))
    return register_device(entry, by=site, now=NOW)


def gateway_number(device: TrialDevice) -> tuple[str, Any]:
    row = GatewayDevice.objects.get(id=device.gateway_device_id)
    return row.device_no, row.valid_to


def test_the_number_of_an_ended_test_is_free(vendor: Any, site: Any) -> None:
    trial = on_trial(vendor)
    bench.end_trial(trial, by=vendor, now=NOW)
    number, valid_to = gateway_number(trial)
    assert number == f"{MN}@T{trial.id}"
    assert valid_to == NOW
    device = registered(site)
    assert GatewayDevice.objects.get(id=device.gateway_device_id).device_no == MN
    assert device.gateway_device_id != trial.gateway_device_id


def test_the_same_number_is_tested_again_and_again(vendor: Any) -> None:
    for turn in range(3):
        trial = on_trial(vendor, turn)
        bench.end_trial(trial, by=vendor, now=NOW + timedelta(minutes=turn, seconds=5))
    assert TrialDevice.objects.filter(mn=MN).count() == 3


def test_a_running_test_gives_way_to_the_real_device(vendor: Any, site: Any) -> None:
    trial = on_trial(vendor)
    share = bench.share(trial, by=vendor, now=NOW)
    device = registered(site)
    trial.refresh_from_db()
    assert trial.ended_at == NOW
    assert bench.shared_device(bench.token_of(share), NOW) is None
    assert GatewayDevice.objects.filter(device_no=MN).get().id == device.gateway_device_id
    event = EvidenceEvent.objects.filter(act="equipment.trial_device_ended").get()
    assert event.reason == "同号正式登记"


def test_a_refused_registration_ends_no_test(vendor: Any, site: Any) -> None:
    trial = on_trial(vendor)
    entry = NewDevice(mn=MN, password="Tk83pz", project_id=min(site.project_ids), place="点" * 500)
    with pytest.raises(UnusableInput):
        register_device(entry, by=site, now=NOW)
    trial.refresh_from_db()
    assert trial.ended_at is None
    assert gateway_number(trial) == (MN, None)


def test_a_test_cannot_take_the_number_of_a_real_device(vendor: Any, site: Any) -> None:
    registered(site)
    with pytest.raises(UnusableInput, match="已登记"):
        on_trial(vendor)
    assert not TrialDevice.objects.exists()


def test_the_gateways_know_the_interval_of_the_test(vendor: Any) -> None:
    trial = on_trial(vendor, interval_min=5)
    assert GatewayDevice.objects.get(id=trial.gateway_device_id).interval_min == 5


@pytest.mark.parametrize(
    ("sent", "near"),
    [(MN, False), (MN.lower(), True), (MN[:-1] + "8", True), (MN[:-3] + "999", False), (MN[1:], True)],
)
def test_only_another_number_is_nearly_right(sent: str, near: bool) -> None:
    """The very number is no mistake: it was heard before the registration or after its end."""
    assert _alike(sent, MN) is near
