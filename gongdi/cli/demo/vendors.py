"""演示省的设备厂商：每两台扬尘设备有一台由演示厂商供货，其中一台报修未修好。"""

from datetime import datetime, timedelta

from gongdi.cli.demo.people import UNITS
from gongdi.equipment.queries import visible
from gongdi.equipment.upkeep import link_vendor, report_fault
from gongdi.orgs.models import Enterprise
from gongdi.orgs.queries import installation_scope

SUPPLIER = UNITS[2][1]


def load_vendor(now: datetime) -> None:
    """Give the demo vendor its devices, so that its list and its bench have something to show."""
    code, by = Enterprise.objects.values_list("uscc", flat=True).get(name=SUPPLIER), installation_scope()
    devices = list(visible(by).order_by("id"))[::2]
    for device in devices:
        link_vendor(device, code)
    report_fault(
        devices[-1], "no_screen", "开机后屏幕一直黑，数据照常上传", by=by, now=now - timedelta(hours=20)
    )
