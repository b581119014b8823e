"""设备表的一行怎样变成网关眼里的设备，改登记、停用、换密码各有什么后果。"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gongdi.gateways.clocks import DeviceClock
from gongdi.gateways.commander import Command
from gongdi.gateways.devices import Device, Live, Registry, device_of
from gongdi.protocols.hj212.profiles import STRICT
from tests.gateways.packets import LIMITS, NOW, device

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def row(stored: Mapping[str, Any], **changes: Any) -> tuple[Device, str]:
    """Read a row with this profile."""
    held: dict[str, Any] = {
        "id": 7,
        "mn": "M1",
        "secret": "pw",
        "relay_of": None,
        "valid_to": None,
        **changes,
    }
    head = (held["id"], held["mn"], held["secret"], 1)
    return device_of((*head, stored, held["relay_of"], SINCE, held["valid_to"]))


# stored profile -> (crc, length offset, pm unit, commands, realtime, relay) as understood
PROFILES: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
    ({}, ("hj212", 0, "ng", None, None, False)),
    ({"pm_unit": "ug"}, ("hj212", 0, "ug", None, None, False)),
    ({"base": "crc-modbus"}, ("modbus", 0, "ng", None, None, False)),
    ({"base": "length-plus6", "pm_unit": "mg"}, ("hj212", 6, "mg", None, None, False)),
    ({"commands": False}, ("hj212", 0, "ng", False, None, False)),
    ({"commands": True, "realtime_s": 30}, ("hj212", 0, "ng", True, 30, False)),
    ({"relay": True}, ("hj212", 0, "ng", None, None, True)),
    ({"commands": "no", "realtime_s": "30", "relay": 1}, ("hj212", 0, "ng", None, None, False)),
    ({"realtime_s": True}, ("hj212", 0, "ng", None, None, False)),
]


@pytest.mark.parametrize(("stored", "understood"), PROFILES)
def test_a_profile_is_read_as_stored(stored: dict[str, Any], understood: tuple[Any, ...]) -> None:
    found, complaint = row(stored)
    profile = found.profile
    assert complaint == ""
    assert (
        profile.crc,
        profile.length_offset,
        profile.settings.pm_unit,
        found.commands,
        found.realtime_s,
        found.is_relay,
    ) == understood


@pytest.mark.parametrize(
    "stored", [{"base": "nope"}, {"pm_unit": "g"}, {"what": 1}, {"names": {"107": "pm11"}}]
)
def test_an_unusable_profile_falls_back_to_the_standard_and_is_complained_of(stored: dict[str, Any]) -> None:
    found, complaint = row({**stored, "commands": False})
    assert found.profile is STRICT
    assert found.commands is False
    assert any("一" <= character <= "鿿" for character in complaint)


def test_a_secret_may_be_any_text_and_fits_only_itself() -> None:
    for secret in ("123456", "", "口令", "a b;c", "x" * 200):
        registry = Registry(LIMITS)
        registry.replace([row({}, secret=secret)[0]], NOW)
        live = registry.by_mn["M1"]
        assert live.password_fits(secret)
        assert not live.password_fits(secret + "x")
        assert not live.password_fits("guess")


@pytest.mark.parametrize(
    ("offset", "ends", "inside"),
    [(0, None, True), (-1, None, False), (0, 10, True), (9, 10, True), (10, 10, False), (11, 10, False)],
)
def test_service_is_a_half_open_span(offset: float, ends: float | None, inside: bool) -> None:
    valid_to = SINCE + timedelta(seconds=ends) if ends is not None else None
    registry = Registry(LIMITS)
    registry.replace([row({}, valid_to=valid_to)[0]], NOW)
    assert registry.by_mn["M1"].in_service(SINCE.timestamp() + offset) is inside


@pytest.mark.parametrize(
    ("own", "edition", "takes"),
    [
        (None, 0, False),
        (None, 2005, False),
        (None, 2017, True),
        (None, 2025, True),
        (True, 2005, True),
        (True, 0, True),
        (False, 2017, False),
    ],
)
def test_commands_go_to_2017_and_newer_unless_the_device_says_otherwise(
    own: bool | None, edition: int, takes: bool
) -> None:
    registry = Registry(LIMITS)
    registry.replace([device(commands=own)], NOW)
    live = registry.by_id[7]
    live.edition = edition
    assert live.takes_commands is takes


def loaded(*devices: Device) -> Registry:
    registry = Registry(LIMITS)
    assert registry.replace(devices, NOW) == []
    return registry


def test_an_unchanged_row_keeps_everything_the_process_knows() -> None:
    registry = loaded(device())
    before = registry.by_id[7]
    before.edition, before.wrong_passwords = 2017, 3
    before.commander.push(Command(1012, lambda qn, _: b""))
    assert registry.replace([device()], NOW + 60) == []
    assert registry.by_id[7] is before
    assert (before.edition, before.wrong_passwords, len(before.commander.queue)) == (2017, 3, 1)


# what changed -> whether the link must end
CHANGES: list[tuple[dict[str, Any], bool]] = [
    ({"secret": b"new"}, True),
    ({"mn": "OTHER"}, True),
    ({"interval_min": 5}, False),
    ({"profile": STRICT}, False),
    ({"commands": False}, False),
    ({"valid_to": NOW}, False),
]


@pytest.mark.parametrize(("change", "ends"), CHANGES)
def test_only_a_new_number_or_password_ends_the_link(change: dict[str, Any], ends: bool) -> None:
    registry = loaded(device())
    before = registry.by_id[7]
    assert registry.replace([device(**change)], NOW) == ([before] if ends else [])
    changed = registry.by_id[7]
    assert registry.by_mn[changed.device.mn] is changed
    assert all(getattr(changed.device, key) == value for key, value in change.items())


def test_a_removed_device_is_unknown_at_once_and_its_link_ends() -> None:
    registry = loaded(device(), device(8, "SECOND"))
    gone = registry.by_mn["SECOND"]
    assert registry.replace([device()], NOW) == [gone]
    assert set(registry.by_mn) == {"SITE0001"}


def test_a_new_unit_is_used_for_the_next_frame() -> None:
    registry = loaded(device())
    units = [registry.by_id[7].reader.settings.pm_unit]
    registry.replace([device(profile=STRICT)], NOW)
    units.append(registry.by_id[7].reader.settings.pm_unit)
    assert units == ["ug", "ng"]


def test_ten_thousand_devices_of_one_profile_share_one_reader() -> None:
    rows = [row({"pm_unit": "ug"}, id=number, mn=f"M{number}")[0] for number in range(100)]
    lives: list[Live] = list(loaded(*rows).by_id.values())
    assert len({id(live.reader) for live in lives}) == 1
    assert len({id(live.clock) for live in lives}) == 100


@pytest.mark.parametrize(
    ("samples", "since_set", "wants"),
    [
        ([], 1e9, False),
        ([90, 90], 1e9, False),
        ([90, 90, 90], 1e9, True),
        ([60, 60, 60], 1e9, False),
        ([-90, -90, -90], 1e9, True),
        ([5, 90, 90], 1e9, True),
        ([5, 5, 900], 1e9, False),
        ([90, 90, 90], 3599, False),
        ([90, 90, 90], 3600, True),
    ],
)
def test_a_clock_is_set_for_a_lasting_skew_and_at_most_once_an_hour(
    samples: list[float], since_set: float, wants: bool
) -> None:
    clock = DeviceClock(set_at=NOW - since_set)
    for skew in samples:
        clock.observe(NOW + skew, NOW)
    assert clock.wants_setting(NOW, LIMITS.clock_tolerance_s, LIMITS.clock_set_every_s) is wants


def test_after_a_setting_the_old_samples_say_nothing() -> None:
    clock = DeviceClock()
    for _ in range(5):
        clock.observe(NOW + 500, NOW)
    clock.was_set(NOW)
    assert clock.skew is None
    assert not clock.wants_setting(NOW + 7200, 60, 3600)
