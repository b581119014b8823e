"""请求从哪里来：地址和浏览器的名字。"""

from dataclasses import dataclass

from django.http import HttpRequest

BROWSERS = (
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "安卓手机"),
    ("iPhone", "苹果手机"),
    ("iPad", "苹果平板"),
    ("Windows", "Windows 电脑"),
    ("Macintosh", "苹果电脑"),
    ("Linux", "Linux 电脑"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a request comes from (来源): address and browser in words."""

    address: str
    agent: str


def source_of(request: HttpRequest) -> Source:
    """Source of a request; headers of forwarding are never believed here."""
    return Source(
        request.META.get("REMOTE_ADDR", "")[:45], agent_words(request.META.get("HTTP_USER_AGENT", ""))
    )


def agent_words(text: str) -> str:
    """`Chrome · Windows 电脑` from the header of a browser; empty when nothing is known."""
    browser = next((word for mark, word in BROWSERS if mark in text), "")
    system = next((word for mark, word in SYSTEMS if mark in text), "")
    return " · ".join(word for word in (browser, system) if word)
