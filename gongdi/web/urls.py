"""全站地址表；没有声明公开的地址一律先登录。"""

from django.urls import include, path
from django.views.decorators.http import require_POST

from gongdi.web.live import live
from gongdi.web.pages import (
    alarms,
    calendar_years,
    device,
    device_lists,
    devices,
    files,
    parameters,
    refused,
    signin,
    slot,
)
from gongdi.web.pages import status as state

urlpatterns = [
    path("", include("gongdi.projects.urls")),
    path("", include("gongdi.boards.urls")),
    path("", include("gongdi.boards.people.urls")),
    path("", include("gongdi.desk.urls")),
    path("", include("gongdi.orgs.signin.urls")),
    path("", include("gongdi.inventory.urls")),
    path("", include("gongdi.notify.urls")),
    path("", include("gongdi.api.urls")),
    path("devices/", devices.device_list, name="devices"),
    path("devices/pending", devices.pending_devices, name="pending-devices"),
    path("devices/<uuid:ref>/", device.device_page, name="device"),
    path("devices/<uuid:ref>/frames", device_lists.frame_log, name="device-frames"),
    path("devices/<uuid:ref>/quarantine", refused.device_quarantine, name="device-quarantine"),
    path("devices/<uuid:ref>/conflicts", refused.device_conflicts, name="device-conflicts"),
    path("devices/<uuid:ref>/connections", device_lists.connection_log, name="device-connections"),
    path("devices/<uuid:ref>/month", device_lists.month_list, name="device-month"),
    path("devices/<uuid:ref>/hours/", device_lists.hour_list, name="device-hours"),
    path("devices/<uuid:ref>/series.json", device.device_series, name="device-series"),
    path("devices/<uuid:ref>/hours/<str:day>/<int:hour>", slot.slot_page, name="slot"),
    path("devices/<uuid:ref>/back-fill", require_POST(device.ask_back_fill), name="device-back-fill"),
    path("files/<uuid:ref>", files.download, name="file"),
    path("settings/parameters", parameters.parameter_list, name="parameters"),
    path("settings/parameters/<str:key>", parameters.parameter_page, name="parameter"),
    path("settings/calendar", calendar_years.calendar_page, name="calendar"),
    path("settings/calendar/new", calendar_years.calendar_entry, name="calendar-new"),
    path("alarms", alarms.alarm_list, name="alarms"),
    path("quarantine", refused.quarantine_list, name="quarantine"),
    path("live", live, name="live"),
    path("signin", signin.signin, name="signin"),
    path("signin/help", signin.help_page, name="signin-help"),
    path("signout", signin.signout, name="signout"),
    path("act-as", signin.act_as, name="act-as"),
    path("status", state.status_page, name="status"),
    path("rules/rate", state.rate_rules, name="rate-rules"),
    path("healthz", state.healthz, name="healthz"),
    path("favicon.ico", state.favicon, name="favicon"),
]
handler400 = "gongdi.web.pages.errors.bad_request"
handler403 = "gongdi.web.pages.errors.forbidden"
handler404 = "gongdi.web.pages.errors.not_found"
handler500 = "gongdi.web.pages.errors.server_error"
