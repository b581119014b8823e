"""全站地址表；没有声明公开的地址一律先登录。"""

from django.urls import path
from django.views.decorators.http import require_POST

from gongdi.orgs.views import SignoutView
from gongdi.web.live import live
from gongdi.web.pages import device, devices, project, projects, signin, slot, status, workbench

urlpatterns = [
    path("", workbench.workbench, name="workbench"),
    path("projects/", projects.project_list, name="projects"),
    path("projects/<uuid:ref>/", project.project_page, name="project"),
    path("projects/<uuid:ref>/<slug:tab>", project.project_page, name="project-tab"),
    path("devices/", devices.device_list, name="devices"),
    path("devices/pending", devices.pending_devices, name="pending-devices"),
    path("devices/<uuid:ref>/", device.device_page, name="device"),
    path("devices/<uuid:ref>/series.json", device.device_series, name="device-series"),
    path("devices/<uuid:ref>/hours/<str:day>/<int:hour>", slot.slot_page, name="slot"),
    path("devices/<uuid:ref>/back-fill", require_POST(device.ask_back_fill), name="device-back-fill"),
    path("live", live, name="live"),
    path("signin", signin.Signin.as_view(), name="signin"),
    path("signout", SignoutView.as_view(), name="signout"),
    path("act-as", signin.act_as, name="act-as"),
    path("status", status.status_page, name="status"),
    path("rules/rate", status.rate_rules, name="rate-rules"),
    path("healthz", status.healthz, name="healthz"),
    path("favicon.ico", status.favicon, name="favicon"),
]
handler400 = "gongdi.web.pages.errors.bad_request"
handler403 = "gongdi.web.pages.errors.forbidden"
handler404 = "gongdi.web.pages.errors.not_found"
handler500 = "gongdi.web.pages.errors.server_error"
