"""设备页的话：把事实变成卡片上的词、数和颜色，不碰数据库。"""

from dataclasses import dataclass
from datetime import datetime

from gongdi.kernel.clock import SHANGHAI
from gongdi.kernel.exact import percent_text, ratio
from gongdi.monitor.queries.month import Count, MonthCounts
from gongdi.telemetry.queries.facts import SILENT_AFTER as SILENT_AFTER
from gongdi.telemetry.queries.facts import DeviceFacts
from gongdi.telemetry.queries.states import StateRun
from gongdi.web.templatetags.page import ago, md, mdhm, near, remains, span, thousands


@dataclass(frozen=True, slots=True)
class FactCard:
    """One of the four facts of the head."""

    icon: str
    label: str
    tag: str
    tone: str
    tag_icon: str
    value: str
    value_tone: str
    beside: str
    below: str


@dataclass(frozen=True, slots=True)
class Item:
    """Label and value of the identity line; `href` opens what the value counts."""

    label: str
    value: str
    mono: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One of 按时, 实传, 有效 with its counts; `show` is its list on the month page."""

    label: str
    count: Count
    show: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One block under the month: what is still due, missing or not counted."""

    icon: str
    tone: str
    title: str
    link: str
    href: str
    detail: str


def is_fresh(facts: DeviceFacts, now: datetime) -> bool:
    """Whether the page may call itself live: bytes within ten minutes."""
    return facts.heard.at is not None and now - facts.heard.at <= SILENT_AFTER


def live_word(facts: DeviceFacts, now: datetime) -> str:
    """实时, or how old the newest bytes are."""
    if facts.heard.at is None:
        return "还没有收到过数据"
    if is_fresh(facts, now):
        return "实时"
    return f"数据延迟 {span(now - facts.heard.at)}"


def fact_cards(facts: DeviceFacts, now: datetime) -> tuple[FactCard, ...]:
    """听到, 有效, 可信, 时钟偏差: four facts, each with its own time."""
    return (_heard(facts, now), _valid(facts, now), _plausible(facts, now), _skew(facts))


def _heard(facts: DeviceFacts, now: datetime) -> FactCard:
    heard = facts.heard
    if heard.at is None:
        return FactCard(
            "ear", "听到", "", "", "", "还没有收到过数据", "grey", "", "把设备的上报地址设为本平台后，第一包会立即显示在这里",
        )  # fmt: skip
    silent = now - heard.at > SILENT_AFTER
    parts = []
    if heard.cn:
        parts.append(f"最后一包 CN {heard.cn}")
    if heard.connected and heard.connected_since:
        parts.append(f"连接自 {near(heard.connected_since, now)}")
    elif not heard.connected:
        parts.append("连接已断开")
    tag = "连接中" if heard.connected else "未连接"
    tone = "ok" if heard.connected and not silent else "bad" if silent else ""
    return FactCard(
        "ear", "听到", tag, tone, "" if heard.connected else "unplug", near(heard.at, now), "bad" if silent else "",
        ("无声 " + span(now - heard.at)) if silent else ago(heard.at, now), " · ".join(parts),
    )  # fmt: skip


def _valid(facts: DeviceFacts, now: datetime) -> FactCard:
    valid = facts.valid
    if valid.data_ts is None:
        return FactCard(
            "circle-check", "有效", "", "", "", "还没有有效样本", "grey", "", "分钟样本带 N 或 T 标记才计有效"
        )
    late = now - valid.data_ts > SILENT_AFTER
    full = valid.factors_valid == valid.factors_sent
    local = valid.data_ts.astimezone(SHANGHAI)
    same_day = local.date() == now.astimezone(SHANGHAI).date()
    return FactCard(
        "circle-check", "有效", "已旧" if late else "通过" if full else "部分因子",
        "" if late else "ok" if full else "warn", "clock" if late else "check" if full else "triangle-alert",
        local.strftime("%H:%M" if same_day else "%m-%d %H:%M"), "grey" if late else "",
        f"{near(valid.received_at, now)} 收到" if valid.received_at else "",
        f"分钟样本 · {valid.factors_valid}/{valid.factors_sent} 个因子有效",
    )  # fmt: skip


def _plausible(facts: DeviceFacts, now: datetime) -> FactCard:
    found = facts.plausible
    if found.assessed_at is None:
        return FactCard(
            "shield", "可信", "", "", "", "尚未评估", "grey", "", "疑点评估尚未启用，不影响回传率",
        )  # fmt: skip
    tag = f"疑点 {found.doubts} 条" if found.doubts else "无疑点"
    return FactCard(
        "shield", "可信", tag, "warn" if found.doubts else "ok", "triangle-alert" if found.doubts else "check",
        "待核实" if found.doubts else "未见疑点", "", f"{near(found.assessed_at, now)} 评估", "疑点由人核实，不改变回传率",
    )  # fmt: skip


def _skew(facts: DeviceFacts) -> FactCard:
    skew = facts.skew
    if skew.seconds is None:
        return FactCard(
            "clock", "时钟偏差", "", "", "", "还没有测到", "grey", "", "由报文的 QN 与收到时刻相比得出"
        )
    size = abs(skew.seconds)
    word = "快" if skew.seconds > 0 else "慢"
    value = (
        "一致" if size < 0.05 else f"{word} {size:.1f} 秒" if size < 120 else f"{word} {size / 60:,.1f} 分钟"
    )
    return FactCard(
        "clock", "时钟偏差", f"在 {skew.limit_s} 秒内" if skew.within else f"超过 {skew.limit_s} 秒",
        "ok" if skew.within else "warn", "check" if skew.within else "triangle-alert", value, "",
        f"近 {skew.samples} 包中位数", "样本的时间按设备所报，不改",
    )  # fmt: skip


def month_rows(month: MonthCounts) -> tuple[MonthRow, ...]:
    """The three counts under 应传."""
    return (
        MonthRow("按时", month.on_time, "on_time"),
        MonthRow("实传", month.received, "received"),
        MonthRow("有效", month.valid, "valid"),
    )


def month_percent(month: MonthCounts) -> str:
    """Percent of the device's own days, truncated to two decimals; empty when no day counts yet."""
    if month.credit is None or not month.days_counted:
        return ""
    return percent_text(ratio(month.credit, month.days_counted)) or ""


def credit_sentence(month: MonthCounts) -> str:
    """How the figure came about, with the days that miss their 20/24."""
    if not month.days_counted:
        return "满一天后开始计分：当日有效小时达到应传小时的 20/24 得 1 分，不足按比例。"
    head = f"{month.days_counted} 个设备日"
    if month.credit_text:
        head += f"得 {month.credit_text}"
    if not month.short_days:
        return head + "，每一天都达到 20/24。"
    shown = "、".join(
        f"{md(day.day)} 有效 {day.valid_hours}/{day.expected_hours} 小时（达标要 {day.needed_hours}）"
        for day in month.short_days[:2]
    )
    more = f"，另有 {len(month.short_days) - 2} 天不满" if len(month.short_days) > 2 else ""
    return f"{head}。不满的：{shown}{more}。"


def outcomes(month: MonthCounts, addresses: tuple[str, str], now: datetime) -> tuple[Outcome, ...]:
    """Still due, missing, not counted: one block each; `addresses` are the hours and the lists of the month."""
    return (
        _outcome(("hourglass", "warn", "应传未到", "pending"), month.pending, addresses, now),
        _outcome(("x", "bad", "缺传", "missing"), month.missing, addresses, now),
        _outcome(("ban", "", "不计", "not_counted"), month.not_counted, addresses, now),
    )


_NOTHING = {"应传未到": "没有在途的样本", "缺传": "本月没有缺传的样本", "不计": "没有免传或平台故障的时段"}


def _outcome(
    kind: tuple[str, str, str, str], runs: tuple[StateRun, ...], addresses: tuple[str, str], now: datetime
) -> Outcome:
    icon, tone, word, show = kind
    if not runs:
        return Outcome(icon, "mute", f"{word} 0", "", "", _NOTHING[word])
    samples = sum(run.samples for run in runs)
    first = runs[0] if word == "应传未到" else runs[-1]
    local = first.starts.astimezone(SHANGHAI)
    one = len(runs) == 1
    href = f"{addresses[0]}{local:%Y-%m-%d}/{local.hour}" if one else f"{addresses[1]}?show={show}"
    link = f"{local:%m-%d %H} 时" if one else f"{len(runs)} 个时段"
    length = _length(sum(run.minutes for run in runs))
    return Outcome(
        icon,
        tone,
        f"{word} {thousands(samples)} 个样本",
        link,
        href,
        f"合 {length}；{_detail(word, first, now)}",
    )


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} 分钟"
    return f"{hours:,} 小时" + (f" {rest} 分" if rest else "")


def _detail(word: str, run: StateRun, now: datetime) -> str:
    cause = f"，{run.cause}" if run.cause else ""
    if word == "应传未到" and run.cure_until is not None:
        return f"设备可补传，最早一段 {mdhm(run.cure_until)} 截止，{remains(run.cure_until, now)}"
    if word == "不计":
        return f"已从应传扣除，最近一段 {mdhm(run.starts)} 起{cause}"
    return f"最近一段 {mdhm(run.starts)} 起{cause}"
