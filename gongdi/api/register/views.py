"""设备登记的页面：清单与近七天缺口、登记、批量、标签、设备卡、扫码页。"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from gongdi.api.register import bulk, codes, forms
from gongdi.equipment import queries as equipment
from gongdi.equipment import upkeep
from gongdi.equipment.services import NewDevice
from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError, UnusableInput
from gongdi.kernel.evidence.record import history
from gongdi.kernel.scope import DataKind, Role
from gongdi.pages import listing
from gongdi.pages.requests import ScopedRequest
from gongdi.projects import queries as projects
from gongdi.telemetry.queries import facts, gaps

LABELS = 60
SIGNS = (
    ("no_power", "没电"),
    ("no_screen", "屏幕不亮"),
    ("wrong_value", "数值不对"),
    ("offline", "不上传"),
    ("other", "其他"),
)


def register_list(request: ScopedRequest) -> HttpResponse:
    """Devices in the scope with last facts, seven days and the share of causes (设备登记)."""
    _reader(request)
    now = clock.now()
    rows = _filtered(request)
    pager, start = listing.pager(request.GET, total := rows.count(), f"共 {total:,} 台")
    shown = list(
        rows.select_related("project").order_by("project__number", "name", "id")[
            start : start + listing.PAGE_SIZE
        ]
    )
    ids = [row.gateway_device_id for row in shown]
    last, week = facts.device_lines(ids), gaps.week_gaps(ids, clock.shanghai_day(now))
    faults = upkeep.waiting_repair(row.id for row in shown)
    lines = [
        {
            "device": row,
            "last": last.get(row.gateway_device_id),
            "week": week[row.gateway_device_id],
            "causes": _causes(week[row.gateway_device_id]),
            "fault": faults.get(row.id, ""),
        }
        for row in shown
    ]
    context = {
        "lines": lines, "pager": pager, "total": total, "now": now,
        "q": listing.text(request.GET, "q"), "may_change": upkeep.may_change(request.scope),
        "vendor": request.scope.role is Role.VENDOR, "labels_href": reverse("equipment-labels") + listing.address(request.GET, page=""),
    }  # fmt: skip
    return render(request, "api/register_list.html", context)


def register_new(request: ScopedRequest) -> HttpResponseBase:
    """One new device; a generated password is shown once."""
    _changer(request)
    form = forms.DeviceForm(
        request.POST or None, initial={"project_number": listing.text(request.GET, "project", 40)}
    )
    if request.method == "POST" and form.is_valid():
        got = form.cleaned_data
        password = got["password"] or upkeep.new_password()
        try:
            entry = NewDevice(
                mn=got["mn"], password=password, project_id=_project(request, got["project_number"]),
                interval_min=got["interval_min"], profile=got["profile"], place=got["place"], model=got["model"],
                profile_settings={"base": got["profile"], "pm_unit": got["pm_unit"]}, units={"pm_unit": got["pm_unit"]},
            )  # fmt: skip
            made = upkeep.enlist(entry, by=request.scope, now=clock.now(), vendor_uscc=got["vendor_uscc"])
        except GongdiError as error:
            form.refuse(error, "project_number" if "项目" in str(error) else "mn")
        else:
            messages.info(request, f"已登记 {made.name}，访问密码 {password}，只显示这一次")
            return redirect("equipment-device", made.ref)
    return render(request, "api/register_new.html", {"form": form, "crumbs": _crumbs("登记设备")}, status=422 if form.errors else 200)  # fmt: skip


def register_bulk(request: ScopedRequest) -> HttpResponseBase:
    """Many devices from a CSV, all or none, each mistake by row and column (批量登记)."""
    _changer(request)
    form = forms.UploadForm(request.POST or None, request.FILES or None)
    faults: list[bulk.Fault] = []
    if request.method == "POST" and form.is_valid():
        known = dict(projects.visible(request.scope).values_list("number", "id"))
        try:
            devices, faults = bulk.read(form.cleaned_data["file"].read(), known)
            if not faults:
                made = upkeep.enlist_many(devices, by=request.scope, now=clock.now())
                messages.info(request, f"登记了 {len(made)} 台设备")
                return redirect("equipment")
        except GongdiError as error:
            form.refuse(error, "file")
    context = {
        "form": form,
        "faults": faults[:100],
        "fault_count": len(faults),
        "head": ",".join(bulk.HEAD),
        "crumbs": _crumbs("批量登记"),
    }
    return render(request, "api/register_bulk.html", context, status=422 if form.errors or faults else 200)


def register_device(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """Card of one device: what is set, since when, what was done, what can be done."""
    device = _device(request, ref)
    now = clock.now()
    context = {
        "device": device, "now": now, "settings": upkeep.settings_of_device(device),
        "events": [{"line": line, "words": upkeep.ACT_WORDS.get(line.act, line.act)} for line in history("equipment.device", device.ref)],
        "faults": upkeep.open_faults(device), "may_change": upkeep.may_change(request.scope) and device.in_service_to is None,
        "forms": _forms(device), "code": codes.code_of(device.ref),
        "crumbs": _crumbs(device.name), "unit": _unit(device.units), "profile": dict(forms.PROFILE_CHOICES).get(device.profile, device.profile),
    }  # fmt: skip
    return render(request, "api/register_device.html", context)


@require_POST
def register_act(request: ScopedRequest, ref: UUID, act: str) -> HttpResponseBase:
    """Change of setting, end, move, exchange: one act, then the card again; a refusal keeps what was typed."""
    device, now = _device(request, ref), clock.now()
    kinds = {
        "setting": forms.SettingForm,
        "end": forms.EndForm,
        "move": forms.MoveForm,
        "exchange": forms.ExchangeForm,
    }
    if act not in kinds:
        raise Http404("没有这个动作")
    form = kinds[act](request.POST)
    if form.is_valid():
        try:
            target = _ACTS[act](request, device, form.cleaned_data, now)
            return redirect("equipment-device", target)
        except GongdiError as error:
            form.refuse(error)
    context = {"form": form, "device": device, "crumbs": _crumbs(device.name)}
    return render(request, "api/register_act.html", context, status=422)


def register_labels(request: ScopedRequest) -> HttpResponse:
    """Labels with QR to print: the devices of the list as filtered, at most sixty a sheet (设备标签)."""
    _reader(request)
    rows = _filtered(request).filter(in_service_to__isnull=True).select_related("project")
    labels = []
    for device in rows.order_by("project__number", "name", "id")[:LABELS]:
        code = codes.code_of(device.ref)
        drawn, width = codes.qr_path(request.build_absolute_uri(reverse("scan", args=[code])))
        labels.append({"device": device, "path": drawn, "width": width})
    return render(
        request, "api/register_labels.html", {"labels": labels, "crumbs": _crumbs("设备标签"), "most": LABELS}
    )


def scan(request: ScopedRequest, code: str) -> HttpResponseBase:
    """What a scanned label opens on a phone: three facts, last data, 报修 by one tap."""
    ref = codes.ref_of(code)
    if ref is None:
        raise Http404("没有这台设备")
    device, now = _device(request, ref), clock.now()
    if request.method == "POST":
        try:
            _report(request, device, now)
        except GongdiError as error:
            messages.error(request, str(error))
        return redirect("scan", code)
    context = {
        "device": device, "now": now, "code": code, "facts": facts.device_facts(device.gateway_device_id, now),
        "line": facts.device_lines([device.gateway_device_id]).get(device.gateway_device_id),
        "signs": SIGNS, "fault": upkeep.open_faults(device).first(), "may_report": not request.scope.read_only,
    }  # fmt: skip
    return render(request, "api/scan.html", context)


def _report(request: ScopedRequest, device: Any, now: datetime) -> None:
    if request.POST.get("act") == "close":
        upkeep.close_fault(device, by=request.scope, now=now)
        messages.info(request, "已记为修好")
        return
    words = listing.text(request.POST, "words", 200)
    upkeep.report_fault(device, request.POST.get("sign", ""), words, by=request.scope, now=now)
    messages.info(request, "已报修，主管单位和厂商在设备登记里看得到")


def _setting(request: ScopedRequest, device: Any, got: Mapping[str, Any], now: datetime) -> UUID:
    units = device.units | {"pm_unit": got["pm_unit"]}
    upkeep.change_setting(
        device, got["interval_min"], units, got["valid_from"] or now, by=request.scope, now=now
    )
    messages.info(request, "设置已变更，之前的仍按当时的设置计")
    return UUID(str(device.ref))


def _end(request: ScopedRequest, device: Any, got: Mapping[str, Any], now: datetime) -> UUID:
    upkeep.end_service(device, got["reason"], by=request.scope, now=now)
    messages.info(request, "已停用，从现在起不再应传")
    return UUID(str(device.ref))


def _move(request: ScopedRequest, device: Any, got: Mapping[str, Any], now: datetime) -> UUID:
    made = upkeep.move_device(device, _project(request, got["project_number"]), by=request.scope, now=now)
    messages.info(request, "已迁移，MN 与密码不变，原项目保留历史")
    return made.ref


def _exchange(request: ScopedRequest, device: Any, got: Mapping[str, Any], now: datetime) -> UUID:
    password = got["password"] or upkeep.new_password()
    made = upkeep.exchange_device(device, got["mn"], password, by=request.scope, now=now)
    messages.info(request, f"已换机，新设备访问密码 {password}，只显示这一次")
    return made.ref


_ACTS: dict[str, Callable[[ScopedRequest, Any, Mapping[str, Any], datetime], UUID]] = {
    "setting": _setting, "end": _end, "move": _move, "exchange": _exchange,
}  # fmt: skip


def _forms(device: Any) -> dict[str, Any]:
    unit = device.units.get("pm_unit", "ng")
    return {
        "setting": forms.SettingForm(
            initial={"interval_min": str(device.interval_min), "pm_unit": unit}, auto_id="setting_%s"
        ),
        "end": forms.EndForm(auto_id="end_%s"),
        "move": forms.MoveForm(auto_id="move_%s"),
        "exchange": forms.ExchangeForm(auto_id="exchange_%s"),
    }


def _filtered(request: ScopedRequest) -> Any:
    rows = equipment.visible(request.scope).filter(kind="dust")
    q = listing.text(request.GET, "q")
    if q:
        rows = rows.filter(
            Q(name__icontains=q) | Q(mn__icontains=q) | Q(project__name__icontains=q) | Q(project__number=q)
        )
    return rows if request.GET.get("ended") == "1" else rows.filter(in_service_to__isnull=True)


def _causes(week: tuple[gaps.DayGap, ...]) -> str:
    missing, fault, exempt = (
        sum(getattr(day, name) for day in week) for name in ("missing", "fault", "exempt")
    )
    parts = [
        f"设备侧 {missing:,} 分钟" if missing else "",
        f"平台故障 {fault:,}" if fault else "",
        f"免传 {exempt:,}" if exempt else "",
    ]
    return "，".join(part for part in parts if part) or "没有缺口"


def _unit(units: Mapping[str, Any]) -> str:
    return {"ng": "ng/m³", "ug": "µg/m³", "mg": "mg/m³"}.get(str(units.get("pm_unit", "ng")), "ng/m³")


def _project(request: ScopedRequest, number: str) -> int:
    found = projects.visible(request.scope).filter(number=number.strip()).values_list("id", flat=True).first()
    if found is None:
        raise UnusableInput("没有这个编号的项目，或不归本单位办理。")
    return int(found)


def _crumbs(last: str) -> tuple[dict[str, str], ...]:
    return {"label": "设备登记", "href": reverse("equipment")}, {"label": last}


def _reader(request: HttpRequest) -> None:
    if not request.scope.may_read(DataKind.DUST):  # type: ignore[attr-defined]
        raise Http404("没有这一页")


def _changer(request: ScopedRequest) -> None:
    if not upkeep.may_change(request.scope):
        raise Http404("没有这一页")


def _device(request: ScopedRequest, ref: UUID) -> Any:
    _reader(request)
    found = (
        equipment.visible(request.scope)
        .filter(ref=ref)
        .select_related("project", "vendor_enterprise")
        .first()
    )
    if found is None:
        raise Http404("没有这台设备")
    return found
