"""演示省的设备厂商：每两台扬尘设备有一台由演示厂商供货，其中一台报修未修好。"""

from datetime import datetime, timedelta

from gongdi.cli.demo.people import UNITS
from gongdi.equipment.models import Device, FaultReport
from gongdi.orgs.models import Enterprise

SUPPLIER = UNITS[2][1]


def load_vendor(now: datetime) -> None:
    """Give the demo vendor its devices, so that its list and its bench have something to show."""
    firm = Enterprise.objects.get(name=SUPPLIER)
    numbers = list(Device.objects.order_by("id").values_list("id", flat=True))[::2]
    Device.objects.filter(id__in=numbers).update(vendor_enterprise=firm, vendor=firm.name)
    device = Device.objects.get(id=numbers[-1])
    FaultReport.objects.create(
        project_id=device.project_id,
        device=device,
        sign=FaultReport.Sign.NO_SCREEN,
        words="开机后屏幕一直黑，数据照常上传",
        person="项目部",
        reported_at=now - timedelta(hours=20),
    )
