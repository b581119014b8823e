"""模板里的小词：图标、时刻、数字，全站一种写法。"""

from datetime import date, datetime, timedelta

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from gongdi.kernel.clock import SHANGHAI
from gongdi.pages import forms as page_forms
from gongdi.returns import words as return_words

register = template.Library()

_WEEKDAYS = "一二三四五六日"


@register.simple_tag
def icon(name: str) -> SafeString:
    """Decorative icon of the sprite; it never carries meaning alone."""
    return format_html(
        '<svg class="i" aria-hidden="true"><use href="{}#{}" /></svg>', static("icons.svg"), name
    )


register.filter("widget_kind", page_forms.widget_kind)
register.filter("pair", return_words.pair)


@register.filter
def thousands(value: object) -> str:
    """Whole number with separators; anything else as text."""
    return f"{value:,}" if isinstance(value, int) else str(value if value is not None else "")


@register.filter
def decimals(value: object, places: int) -> str:
    """Figure with fixed decimals and a true minus sign; a missing value is a dash."""
    if not isinstance(value, int | float):
        return "—"
    return f"{value:,.{places}f}".replace("-", "−")


@register.filter
def hm(value: datetime | None) -> str:
    """Shanghai time as 10:05."""
    return value.astimezone(SHANGHAI).strftime("%H:%M") if value else ""


@register.filter
def hms(value: datetime | None) -> str:
    """Shanghai time as 10:05:34."""
    return value.astimezone(SHANGHAI).strftime("%H:%M:%S") if value else ""


@register.filter
def md(value: date | datetime | None) -> str:
    """Day as 11-22."""
    return _day(value).strftime("%m-%d") if value else ""


@register.filter
def mdhm(value: datetime | None) -> str:
    """Instant as 11-22 10:05."""
    return value.astimezone(SHANGHAI).strftime("%m-%d %H:%M") if value else ""


@register.filter
def mdhms(value: datetime | None) -> str:
    """Instant as 11-22 10:05:34."""
    return value.astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S") if value else ""


@register.filter
def ymd(value: date | datetime | None) -> str:
    """Day as 2026-11-22."""
    return _day(value).isoformat() if value else ""


@register.filter
def weekday(value: date | datetime) -> str:
    """Day of the week as 周二."""
    return "周" + _WEEKDAYS[_day(value).weekday()]


@register.filter
def near(value: datetime | None, now: datetime) -> str:
    """Time alone today, with the day otherwise."""
    if value is None:
        return ""
    return hms(value) if _day(value) == _day(now) else mdhms(value)


@register.filter
def ago(value: datetime | None, now: datetime) -> str:
    """Elapsed time in words: 8 秒前, 12 分钟前, 3 小时前, 2 天前."""
    return span((now - value), " ") + "前" if value else ""


@register.filter
def remains(until: datetime, now: datetime) -> str:
    """Remaining time in words: 剩 2 天 22 小时, 已过期."""
    left = until - now
    if left <= timedelta(0):
        return "已过期"
    return "剩 " + span(left, " ", parts=2)


def span(length: timedelta, gap: str = " ", *, parts: int = 1) -> str:
    """Length of time in the largest `parts` units."""
    seconds = max(0, int(length.total_seconds()))
    units = (("天", 86400), ("小时", 3600), ("分钟", 60), ("秒", 1))
    words: list[str] = []
    for word, size in units:
        count, rest = divmod(seconds, size)
        if count or (words and len(words) < parts):
            words.append(f"{count}{gap}{word}")
            seconds = rest
        if len(words) == parts:
            break
    return gap.join(words) or f"0{gap}秒"


def _day(value: date | datetime) -> date:
    return value.astimezone(SHANGHAI).date() if isinstance(value, datetime) else value


@register.filter
def unlocalised(value: float) -> str:
    """Plain figure for an SVG attribute: no separators, at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")
