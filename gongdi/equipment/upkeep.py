"""设备台账的变更：按日期改设置、停用、迁移、换机、报修，每件事留痕。"""

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from gongdi.equipment.models import Device, DeviceSetting, FaultReport
from gongdi.equipment.services import (
    NewDevice,
    _check,
    _check_interval,
    _free_name,
    _writable_ids,
    register_device,
    register_devices,
)
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.evidence.record import About, record, record_many
from gongdi.kernel.scope import DataKind, Role, Scope
from gongdi.orgs.models import Enterprise

PASSWORD_CHARS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LOOKERS = frozenset({Role.URBAN, Role.APPROVAL, Role.VENDOR, Role.SUPERVISOR, Role.DEVELOPER})
"""Roles that may read a register but never change it."""
ACT_WORDS = {
    "equipment.device_registered": "登记设备",
    "equipment.devices_registered": "批量登记设备",
    "equipment.setting_changed": "变更设置",
    "equipment.service_ended": "停用",
    "equipment.device_moved": "迁移",
    "equipment.device_exchanged": "换机",
    "equipment.fault_reported": "报修",
    "equipment.fault_closed": "修复",
}


def may_change(scope: Scope) -> bool:
    """Whether the scope may register and change devices at all."""
    return not scope.is_empty and scope.role not in LOOKERS and not scope.read_only


def new_password() -> str:
    """Six characters that nobody mistakes for another."""
    return "".join(secrets.choice(PASSWORD_CHARS) for _ in range(6))


def enlist(entry: NewDevice, *, by: Scope, now: datetime, vendor_uscc: str = "") -> Device:
    """Register one device from the page, with its vendor when the code is that of a known enterprise."""
    _changer(by)
    with transaction.atomic():
        device = register_device(entry, by=by, now=now)
        link_vendor(device, vendor_uscc)
        facts = {"mn": device.mn, "interval_min": device.interval_min, "profile": device.profile}
        _record(device, "equipment.device_registered", facts, by, now)
    return device


def enlist_many(entries: Sequence[NewDevice], *, by: Scope, now: datetime) -> list[Device]:
    """Register many devices, all or none, under one event (批量登记)."""
    _changer(by)
    if not entries:
        raise UnusableInput("没有可登记的行。")
    with transaction.atomic():
        made = register_devices(list(entries), by=by, now=now)
        rows = [{"mn": one.mn, "project": one.project_id, "device": str(one.ref)} for one in made]
        about = About("equipment.device", made[0].ref, None, f"{len(made)} 台设备")
        record_many(act="equipment.devices_registered", about=about, rows=rows, by=by, now=now)
    return made


def change_setting(
    device: Device,
    interval_min: int,
    units: dict[str, str],
    valid_from: datetime,
    *,
    by: Scope,
    now: datetime,
) -> None:
    """Change interval and units from an instant on (按日期生效); what was before stays as it was.

    Only the latest setting reaches the gateway; one in the past of a stored setting is refused.
    """
    _own(device, by)
    _check_interval(interval_min)
    latest = DeviceSetting.objects.filter(device=device).order_by("-valid_from").first()
    if latest is not None and valid_from <= latest.valid_from:
        raise UnusableInput("新的设置要晚于上一次设置的生效时间。")
    if valid_from > now:
        raise UnusableInput("生效时间不能晚于现在，请在改设备的当时登记。")
    with transaction.atomic():
        DeviceSetting.objects.create(
            project_id=device.project_id,
            device=device,
            interval_min=interval_min,
            units=units,
            valid_from=valid_from,
        )
        Device.objects.filter(id=device.id).update(interval_min=interval_min, units=units)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE gateway_device SET interval_min = %s, profile = profile || %s::jsonb WHERE id = %s",
                [interval_min, json.dumps(_codec_units(units)), device.gateway_device_id],
            )
        facts = {"interval_min": interval_min, "units": units, "valid_from": valid_from}
        _record(device, "equipment.setting_changed", facts, by, now)


def end_service(device: Device, reason: str, *, by: Scope, now: datetime) -> None:
    """End the service of a device (停用): from now on nothing of it is expected or taken."""
    _own(device, by)
    if not reason.strip():
        raise UnusableInput("请写明停用的原因。")
    with transaction.atomic():
        _end(device, now)
        _record(device, "equipment.service_ended", {"mn": device.mn}, by, now, reason)


def move_device(device: Device, project_id: int, *, by: Scope, now: datetime) -> Device:
    """Move a device to another project (迁移): a new entry with the same number begins there.

    The old project keeps its device with everything it sent; the gateways go on without a pause.
    """
    _own(device, by)
    _check(project_id, by, _writable_ids(by))
    if project_id == device.project_id:
        raise UnusableInput("设备已在这个项目。")
    with transaction.atomic():
        made = _moved(device, project_id, now)
        facts = {"mn": made.mn, "from_project": device.project_id, "to_project": project_id}
        _record(device, "equipment.device_moved", facts, by, now)
    return made


def exchange_device(device: Device, mn: str, password: str, *, by: Scope, now: datetime) -> Device:
    """Put a new device in the place of an old one (换机): name, place and history go on under the new number."""
    _own(device, by)
    with transaction.atomic():
        profile = _profile_of(device)
        _end(device, now)
        entry = NewDevice(
            mn=mn,
            password=password,
            project_id=device.project_id,
            interval_min=device.interval_min,
            profile=device.profile,
            profile_settings=profile,
            units=device.units,
            name=device.name,
            place=device.place,
            edition=device.edition,
            vendor=device.vendor,
            model=device.model,
            notes=f"接替 {device.mn}",
        )
        made = register_device(replace(entry, in_service_from=now), by=by, now=now)
        Device.objects.filter(id=made.id).update(vendor_enterprise_id=device.vendor_enterprise_id)
        Device.objects.filter(id=device.id).update(successor=made)
        _record(device, "equipment.device_exchanged", {"old_mn": device.mn, "new_mn": mn}, by, now)
    return made


def report_fault(device: Device, sign: str, words: str, *, by: Scope, now: datetime) -> FaultReport:
    """Tell a fault of a device on site (报修); a second one while the first is open is refused."""
    if not by.may_read(DataKind.DUST) or by.read_only:
        raise NotAllowed("只有看得到这台设备的人可以报修。")
    if sign not in FaultReport.Sign.values:
        raise UnusableInput("请选择故障现象。")
    with transaction.atomic():
        Device.objects.select_for_update().get(id=device.id)
        if open_faults(device).exists():
            raise UnusableInput("这台设备已经报修，还没有修好。")
        made = FaultReport.objects.create(
            project_id=device.project_id,
            device=device,
            sign=sign,
            words=words[:200],
            reported_by=by.user_id,
            person=by.person[:40],
            reported_at=now,
        )
        _record(device, "equipment.fault_reported", {"sign": sign, "fault": str(made.ref)}, by, now, words)
    return made


def close_fault(device: Device, *, by: Scope, now: datetime) -> int:
    """Say that the fault of a device is mended (修复); number of reports closed."""
    if not by.may_read(DataKind.DUST) or by.read_only:
        raise NotAllowed("只有看得到这台设备的人可以销报修。")
    with transaction.atomic():
        count = open_faults(device).update(closed_at=now)
        if not count:
            raise UnusableInput("这台设备没有待修的报修。")
        _record(device, "equipment.fault_closed", {"reports": count}, by, now)
    return count


def open_faults(device: Device) -> QuerySet[FaultReport]:
    """Reports of a device that are not closed yet, newest first."""
    return FaultReport.objects.filter(device=device, closed_at__isnull=True)


def waiting_repair(device_ids: Iterable[int]) -> dict[int, str]:
    """Sign of the newest open report of each of these devices that has one (报修未修好)."""
    rows = FaultReport.objects.filter(device_id__in=list(device_ids), closed_at__isnull=True)
    return {row.device_id: row.get_sign_display() for row in rows.order_by("reported_at")}


def settings_of_device(device: Device) -> list[DeviceSetting]:
    """Dated settings of one device, newest first (设置的历史)."""
    return list(DeviceSetting.objects.filter(device=device).order_by("-valid_from"))


def _changer(by: Scope) -> None:
    if not may_change(by):
        raise NotAllowed("设备由主管部门、施工企业或项目部登记和变更。")


def _own(device: Device, by: Scope) -> None:
    _changer(by)
    _check(device.project_id, by, _writable_ids(by))
    if device.in_service_to is not None:
        raise UnusableInput("设备已停用，不能再变更。")


def _end(device: Device, now: datetime) -> None:
    Device.objects.filter(id=device.id).update(in_service_to=now)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE gateway_device SET valid_to = %s WHERE id = %s", [now, device.gateway_device_id]
        )


def _moved(device: Device, project_id: int, now: datetime) -> Device:
    """The entry of the new project; the database itself copies the password, which no page may read."""
    retired = f"{device.mn[:27]}@{now:%y%m%d%H%M%S}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT gateway_device_move(%s, %s, %s)", [device.gateway_device_id, retired, now])
        gateway_id: int = cursor.fetchone()[0]
    Device.objects.filter(id=device.id).update(mn=retired, in_service_to=now)
    made = Device.objects.create(
        project_id=project_id,
        gateway_device_id=gateway_id,
        name=_free_name(project_id),
        mn=device.mn,
        kind=device.kind,
        interval_min=device.interval_min,
        units=device.units,
        vendor=device.vendor,
        vendor_enterprise_id=device.vendor_enterprise_id,
        model=device.model,
        profile=device.profile,
        edition=device.edition,
        in_service_from=now,
    )
    DeviceSetting.objects.create(
        project_id=project_id, device=made, interval_min=made.interval_min, units=made.units, valid_from=now
    )
    Device.objects.filter(id=device.id).update(successor=made)
    return made


def _profile_of(device: Device) -> dict[str, object]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT profile::text FROM gateway_device WHERE id = %s", [device.gateway_device_id])
        found: dict[str, object] = json.loads(cursor.fetchone()[0])
    return found


def link_vendor(device: Device, vendor_uscc: str) -> None:
    code = vendor_uscc.strip().upper()
    if not code:
        return
    vendor = Enterprise.objects.filter(uscc=code).first()
    if vendor is None:
        raise UnusableInput(f"没有统一社会信用代码为 {code} 的设备厂商，请先让厂商登记。")
    Device.objects.filter(id=device.id).update(vendor_enterprise=vendor, vendor=vendor.name[:80])


def _codec_units(units: dict[str, str]) -> dict[str, str]:
    return {key: units[key] for key in ("pm_unit", "pressure_unit") if key in units}


def _record(
    device: Device, act: str, facts: dict[str, object], by: Scope, now: datetime, reason: str = ""
) -> None:
    about = About("equipment.device", device.ref, device.project_id, device.name)
    record(act=act, about=about, facts=facts, by=by, now=now, reason=reason)
