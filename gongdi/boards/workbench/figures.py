"""工作台首行的数：在建、入库、回传率、视频、扬尘设备，各自打开自己的清单。"""

from dataclasses import dataclass

from django.urls import reverse

from gongdi.boards.workbench.inventory import Inventory, in_service
from gongdi.kernel.scope import Scope
from gongdi.pages import sparkline
from gongdi.returns import queries as returns
from gongdi.returns.words import pair
from gongdi.telemetry.queries import facts


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure of the head row; `none` says why there is no value."""

    icon: str
    label: str
    value: str
    unit: str
    none: str
    note: str
    href: str
    spark: str = ""
    tone: str = ""
    note_href: str = ""


def kpis(
    scope: Scope, inventory: Inventory, prefix: str, days: tuple[returns.DayRate, ...]
) -> tuple[Kpi, ...]:
    """The five figures; a stream that is not connected says so instead of showing a number."""
    month, listed = inventory.month.month, reverse("projects")
    region = (
        returns.rates_of_regions([prefix], inventory.month, inventory.now).get(prefix) if prefix else None
    )
    rate, beside, entry, entry_note = _rate_words(scope, inventory, region)
    spark = sparkline.path([None if day.credit is None else float(day.credit) for day in days])
    stopped = inventory.counts["stopped"]
    heard, total, note = _heard(scope, inventory)
    silent = f"{reverse('devices')}?state=silent"
    full = region is not None and region.entered == region.due_set
    return (
        Kpi("building-2", "在建项目", f"{inventory.total:,}", "个", "", f"其中停工 {stopped} 个" if stopped else "无停工项目", f"{listed}?access=open", note_href=f"{listed}?access=stopped" if stopped else ""),
        Kpi("plug", "项目入库率", entry, "%", "暂无应入库项目", entry_note, f"{listed}?access=open&entry={'entered' if full else 'lacking'}" if region else f"{listed}?access=overdue", note_href=f"{listed}?access=open&entry=entered" if region else f"{listed}?access=connected"),
        Kpi("radio-tower", f"{month} 月回传率", rate, "%", "本月还没有可计的天", beside, f"{listed}?rate=part&sort=rate", spark, note_href=f"{listed}?rate=full" if region else ""),
        Kpi("cctv", "视频在线率", "", "", "视频尚未接入", "接入后按点位日统计，不以 0 代替", ""),
        Kpi("wind", "扬尘设备有声", f"{heard:,}" if total else "", f"/ {total:,} 台", "还没有登记设备", note, f"{reverse('devices')}?state=heard", note_href=silent if heard < total else ""),
    )  # fmt: skip


def _rate_words(
    scope: Scope, inventory: Inventory, region: returns.RegionRate | None
) -> tuple[str, str, str, str]:
    if region is not None:
        beside = f"100% 的项目 {region.full}/{region.rated}" if region.rated else "暂无可计项目"
        entry = region.entry_percent or ""
        return region.mean_percent or "", beside, entry, f"已入库 {region.entered}/{region.due_set}"
    rate = None
    if scope.enterprise_id is not None:
        rate = returns.rate_of_enterprise(scope.enterprise_id, inventory.month)
    elif inventory.only is not None:
        rate = returns.rate_of_project(inventory.only, inventory.month)
    connected, due = inventory.counts["connected"], inventory.counts["due"]
    entry = f"{10000 * connected // due / 100:.2f}" if due else ""
    return (rate.percent or "") if rate else "", _streams(rate), entry, f"已接入 {connected}/{due}"


def _streams(rate: returns.Rate | None) -> str:
    return (
        f"扬尘 {pair(rate.dust)}" if rate is not None and rate.dust.rate is not None else "三路均未到可计时"
    )


def _heard(scope: Scope, inventory: Inventory) -> tuple[int, int, str]:
    """Devices heard within ten minutes of those in service: the same devices as the list."""
    devices = in_service(scope)
    total = devices.count()
    recent = inventory.now - facts.SILENT_AFTER
    heard = facts.heard_count(devices.values("gateway_device_id"), recent)
    return (
        heard,
        total,
        "" if not total else "10 分钟内都收到过" if heard == total else f"无声 {total - heard:,} 台",
    )
