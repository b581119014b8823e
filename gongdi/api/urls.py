"""接入台、报文检查、设备登记的地址。"""

from django.urls import path

from gongdi.api.bench import views as bench
from gongdi.api.checker.views import packet_check

urlpatterns = [
    path("check", packet_check, name="packet-check"),
    path("bench/", bench.bench_list, name="bench"),
    path("bench/<uuid:ref>/", bench.bench_device, name="bench-device"),
    path("bench/<uuid:ref>/<slug:act>", bench.bench_act, name="bench-act"),
    path("bench/s/<str:token>", bench.bench_shared, name="bench-shared"),
]
