"""设备的登记与设置变更：台账与网关的表在同一事务里写。"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction

from gongdi.equipment.models import INTERVALS_MIN, Device, DeviceSetting
from gongdi.equipment.trial_numbers import give_way
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.scope import Role, Scope
from gongdi.projects.queries import holding_project, visible_ids

MN_FORM = re.compile(r"[A-Za-z0-9_.:/-]+", re.ASCII)
LONGEST_MN = 40
"""HJ 212 writes 24 characters; a number with another character could never arrive in a segment."""

INSERT_GATEWAY_DEVICE = """
INSERT INTO gateway_device (kind, device_no, secret, interval_min, profile, valid_from, test)
VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class NewDevice:
    """Data of one device to register; `project_id` None puts it into 待分配设备 of the province.

    `profile` names a connection profile, `profile_settings` are the differences handed to the gateway.
    """

    mn: str
    password: str = field(repr=False)
    project_id: int | None = None
    interval_min: int = 1
    profile: str = "strict"
    profile_settings: Mapping[str, Any] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    place: str = ""
    kind: str = Device.Kind.DUST
    edition: int = 2017
    vendor: str = ""
    model: str = ""
    notes: str = ""
    test: bool = False
    in_service_from: datetime | None = None


def register_device(entry: NewDevice, *, by: Scope, now: datetime) -> Device:
    """Register one device; the gateways know it at COMMIT (trigger NOTIFY devices).

    Raises NotAllowed outside the scope and UnusableInput for a known number or a bad value.
    依据: 379-2.2.2
    """
    with transaction.atomic():
        return _register(entry, by, _writable_ids(by), now)


def register_devices(entries: list[NewDevice], *, by: Scope, now: datetime) -> list[Device]:
    """Register many devices in one transaction, all or none."""
    writable = _writable_ids(by)
    with transaction.atomic():
        return [_register(entry, by, writable, now) for entry in entries]


def set_interval(device: Device, interval_min: int, *, by: Scope, now: datetime) -> None:
    """Change the interval (上报间隔) of a device from now on; the setting before stays dated."""
    _check(device.project_id, by, _writable_ids(by))
    _check_interval(interval_min)
    with transaction.atomic():
        if DeviceSetting.objects.filter(device=device, valid_from=now).exists():
            raise UnusableInput("同一时刻已有一次设置变更，请稍后再试。")
        Device.objects.filter(id=device.id).update(interval_min=interval_min)
        DeviceSetting.objects.create(
            project_id=device.project_id,
            device=device,
            interval_min=interval_min,
            units=device.units,
            valid_from=now,
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE gateway_device SET interval_min = %s WHERE id = %s",
                [interval_min, device.gateway_device_id],
            )


def assign_device(device: Device, project_id: int, *, by: Scope) -> None:
    """Move a device out of 待分配设备 to a project; a device of a project stays with it."""
    _check(project_id, by, _writable_ids(by))
    with transaction.atomic():
        moved = Device.objects.filter(id=device.id, project__holding=True).update(
            project_id=project_id, name=_free_name(project_id)
        )
        if moved != 1:
            raise UnusableInput("设备已属于一个项目，不能改挂到别的项目。")
        DeviceSetting.objects.filter(device_id=device.id).update(project_id=project_id)


def _register(entry: NewDevice, by: Scope, writable: set[int], now: datetime) -> Device:
    project_id = holding_project().id if entry.project_id is None else entry.project_id
    _check(project_id, by, writable)
    _check_interval(entry.interval_min)
    _check_access(entry)
    since = entry.in_service_from or now
    try:
        with transaction.atomic():
            give_way(entry.mn, by=by, now=now)
            gateway_id = _insert_gateway_device(entry, since)
            device = Device.objects.create(
                project_id=project_id,
                gateway_device_id=gateway_id,
                name=entry.name or _free_name(project_id),
                place=entry.place,
                mn=entry.mn,
                kind=entry.kind,
                interval_min=entry.interval_min,
                units=dict(entry.units),
                vendor=entry.vendor,
                model=entry.model,
                profile=entry.profile,
                edition=entry.edition,
                in_service_from=since,
                notes=entry.notes,
            )
    except IntegrityError as error:
        raise UnusableInput(f"设备编号 {entry.mn} 已登记。") from error
    except DataError as error:
        raise UnusableInput(f"设备 {entry.mn} 有一项超出长度，或含有不能使用的字符。") from error
    DeviceSetting.objects.create(
        project_id=project_id,
        device=device,
        interval_min=entry.interval_min,
        units=dict(entry.units),
        valid_from=since,
    )
    return device


def _insert_gateway_device(entry: NewDevice, since: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT_GATEWAY_DEVICE,
            [
                entry.kind,
                entry.mn,
                entry.password,
                entry.interval_min,
                json.dumps(dict(entry.profile_settings)),
                since,
                entry.test,
            ],
        )
        row: tuple[int] = cursor.fetchone()
    return row[0]


def _writable_ids(by: Scope) -> set[int]:
    return set() if by.role == Role.URBAN else visible_ids(by)


def _check(project_id: int, by: Scope, writable: set[int]) -> None:
    if project_id not in writable:
        raise NotAllowed("只能为本辖区、本企业或本项目的工地登记设备。")


def _check_access(entry: NewDevice) -> None:
    """Number and password as a device can send them."""
    if not entry.mn.strip() or not entry.password:
        raise UnusableInput("设备编号和访问密码不能为空。")
    if len(entry.mn) > LONGEST_MN:
        raise UnusableInput(f"设备编号最长 {LONGEST_MN} 个字符。")
    if not MN_FORM.fullmatch(entry.mn):
        raise UnusableInput(f"设备编号 {entry.mn!r} 只能用字母、数字和 - _ . : /，不能有空格。")
    if not entry.password.isprintable():
        raise UnusableInput("访问密码里有不能使用的字符。")


def _check_interval(interval_min: int) -> None:
    if interval_min not in INTERVALS_MIN:
        raise UnusableInput("上报间隔应为 1、2、3、4、5、6、10、12、15、20、30 或 60 分钟。")


def _free_name(project_id: int) -> str:
    return f"扬尘-{Device.objects.filter(project_id=project_id).count() + 1:02d}"
