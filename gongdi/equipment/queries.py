"""设备的读取：先按范围取项目，再取项目的设备。"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from gongdi.equipment.models import Device, DeviceSetting
from gongdi.kernel.scope import Role, Scope
from gongdi.projects.queries import visible_with_holding


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """One device (设备) as other rooms see it; `gateway_id` is the key of every hot table."""

    id: int
    ref: UUID
    gateway_id: int
    project_id: int
    name: str
    place: str
    mn: str
    interval_min: int
    profile: str
    edition: int
    vendor: str
    model: str
    in_service_from: datetime
    in_service_to: datetime | None
    notes: str
    units: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IntervalSetting:
    """Interval (上报间隔) of a device in minutes, valid from an instant."""

    gateway_id: int
    interval_min: int
    valid_from: datetime


def visible(scope: Scope) -> QuerySet[Device]:
    """Devices of the projects inside a scope, a vendor's own; 待分配设备 for the province and the operator only."""
    if scope.role is Role.VENDOR:
        own = scope.enterprise_id
        return Device.objects.none() if own is None else Device.objects.filter(vendor_enterprise_id=own)
    return Device.objects.filter(project__in=visible_with_holding(scope))


def visible_device(scope: Scope, ref: UUID) -> Device:
    """One visible device by its public key; raises Device.DoesNotExist for any other."""
    return visible(scope).select_related("project").get(ref=ref)


def devices_of_projects(project_ids: Iterable[int]) -> dict[int, list[DeviceFacts]]:
    """Dust devices of each project that has some, in order of their names: one query."""
    found: dict[int, list[DeviceFacts]] = {}
    rows = Device.objects.filter(project_id__in=list(project_ids), kind=Device.Kind.DUST)
    for device in rows.order_by("project_id", "name", "id"):
        found.setdefault(device.project_id, []).append(facts(device))
    return found


def device_by_mn(mn: str) -> DeviceFacts | None:
    """The device of a device number (MN), None when it is not registered."""
    device = Device.objects.filter(mn=mn).first()
    return None if device is None else facts(device)


def devices_in_service(start: datetime, end: datetime) -> list[DeviceFacts]:
    """Dust devices in service at some instant of the half-open window, whatever the scope: for jobs."""
    rows = Device.objects.filter(kind=Device.Kind.DUST, in_service_from__lt=end).filter(
        Q(in_service_to__isnull=True) | Q(in_service_to__gt=start)
    )
    return [facts(device) for device in rows.order_by("gateway_device_id")]


def settings_of(gateway_ids: Iterable[int]) -> dict[int, list[IntervalSetting]]:
    """Dated settings of devices by their gateway key, oldest first: one query."""
    found: dict[int, list[IntervalSetting]] = {}
    rows = DeviceSetting.objects.filter(device__gateway_device_id__in=list(gateway_ids))
    for gateway_id, interval, since in rows.order_by("valid_from").values_list(
        "device__gateway_device_id", "interval_min", "valid_from"
    ):
        found.setdefault(gateway_id, []).append(IntervalSetting(gateway_id, interval, since))
    return found


def facts(device: Device) -> DeviceFacts:
    """Frozen copy of a device for rooms above."""
    return DeviceFacts(
        id=device.id,
        ref=device.ref,
        gateway_id=device.gateway_device_id,
        project_id=device.project_id,
        name=device.name,
        place=device.place,
        mn=device.mn,
        interval_min=device.interval_min,
        profile=device.profile,
        edition=device.edition,
        vendor=device.vendor,
        model=device.model,
        in_service_from=device.in_service_from,
        in_service_to=device.in_service_to,
        notes=device.notes,
        units=device.units,
    )
