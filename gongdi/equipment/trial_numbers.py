"""测试设备让出编号：测试结束或同号正式登记时，编号归正式设备。"""

from datetime import datetime

from django.db import connection

from gongdi.equipment.models import BenchShare, TrialDevice
from gongdi.kernel.evidence.record import About, record
from gongdi.kernel.scope import Scope


def retire(device: TrialDevice, now: datetime) -> None:
    """End a test device with its links and free its number; call inside the transaction of the act.

    The gateways' table keeps the row, which the packets received belong to, under a number that no device
    can send: "@" is no character of an MN.
    """
    TrialDevice.objects.filter(id=device.id).update(ended_at=now)
    BenchShare.objects.filter(device=device, revoked_at__isnull=True).update(revoked_at=now)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE gateway_device SET valid_to = %s, device_no = %s WHERE id = %s",
            [now, f"{device.mn}@T{device.id}", device.gateway_device_id],
        )


def give_way(mn: str, *, by: Scope, now: datetime) -> None:
    """End the open test of a number that is being registered for good: a test never holds up a real device."""
    for device in TrialDevice.objects.select_for_update().filter(mn=mn, ended_at__isnull=True):
        retire(device, now)
        about = About("equipment.trialdevice", device.ref, device.project_id, device.label)
        record(
            act="equipment.trial_device_ended", about=about, facts={"mn": mn}, by=by, now=now, reason="同号正式登记"
        )  # fmt: skip
