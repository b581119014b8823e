"""演示厂商：一半设备归它名下，清单和报修都有内容。"""

import pytest

from gongdi.cli.demo.vendors import SUPPLIER, load_vendor
from gongdi.equipment.models import Device, FaultReport
from gongdi.equipment.queries import visible
from gongdi.kernel import clock
from gongdi.orgs.models import Enterprise
from gongdi.orgs.queries import scope_of
from tests.builders import NOW, make_device, make_enterprise, make_project, make_user

pytestmark = pytest.mark.django_db


def test_the_vendor_sees_half_and_nothing_else() -> None:
    firm = make_enterprise()
    Enterprise.objects.filter(id=firm.id).update(name=SUPPLIER)
    firm.refresh_from_db()
    project = make_project()
    made = [make_device(project) for _ in range(5)]
    load_vendor(NOW)
    seen = visible(scope_of(make_user("vendor", firm), clock.shanghai_day(NOW)))
    assert set(seen.values_list("id", flat=True)) == {one.id for one in made[::2]}
    assert Device.objects.exclude(vendor_enterprise=firm).count() == 2
    fault = FaultReport.objects.get()
    assert fault.device_id == made[4].id
    assert fault.closed_at is None
    assert fault.reported_at < NOW
