"""接入台、报文检查、设备登记的地址。"""

from django.urls import path

from gongdi.api.bench import views as bench
from gongdi.api.checker.views import packet_check
from gongdi.api.register import views as register

urlpatterns = [
    path("check", packet_check, name="packet-check"),
    path("bench/", bench.bench_list, name="bench"),
    path("bench/<uuid:ref>/", bench.bench_device, name="bench-device"),
    path("bench/<uuid:ref>/<slug:act>", bench.bench_act, name="bench-act"),
    path("bench/s/<str:token>", bench.bench_shared, name="bench-shared"),
    path("equipment/", register.register_list, name="equipment"),
    path("equipment/new", register.register_new, name="equipment-new"),
    path("equipment/bulk", register.register_bulk, name="equipment-bulk"),
    path("equipment/labels", register.register_labels, name="equipment-labels"),
    path("equipment/<uuid:ref>/", register.register_device, name="equipment-device"),
    path("equipment/<uuid:ref>/<slug:act>", register.register_act, name="equipment-act"),
    path("d/<str:code>", register.scan, name="scan"),
]
