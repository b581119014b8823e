"""接入台一页的内容：步骤、该怎么设、最新一包的说明、预判、刚才发生的事。"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from gongdi.api.bench import checks
from gongdi.api.bench.arrivals import Arrival, arrivals
from gongdi.api.packets import drawing
from gongdi.equipment.bench import TrialFacts
from gongdi.monitor.queries import connections
from gongdi.protocols.hj212.crc import crc16
from gongdi.protocols.hj212.replies import build_frame

RECENT = timedelta(seconds=90)
LOCKED_WHY = "第一包通过之后才能开始"
NOT_BUILT_WHY = "自动测试尚未开放，预判先供核对"


def context(device: TrialFacts, request: HttpRequest, now: datetime, address: str) -> dict[str, Any]:
    """Everything the page shows of a trial device; `address` empty for a person without sign-in."""
    found = arrivals(device, address)
    links = connections.connections_of_device(device.gateway_id, device.created_at, now + RECENT)
    chosen = _chosen(request, found)
    open_link = next((link for link in links if link.closed_at is None), None)
    passed = any(one.passed for one in found)
    return {
        "found": found,
        "one": chosen,
        "newest": chosen is not None and chosen is found[0],
        "number": len(found) - found.index(chosen) if chosen else 0,
        "drawn": _drawn(chosen),
        "marks": _marks(chosen),
        "preview": checks.preview(chosen.states if chosen else {}),
        "link": open_link,
        "link_from": masked_address(_last_peer(links, found)),
        "link_at": links[-1].opened_at if links else found[-1].at if found else None,
        "passed": passed,
        "locked_why": NOT_BUILT_WHY if passed else LOCKED_WHY,
        "waited": (waited := _waited(device, found, now)),
        "waited_text": f"{waited // 60:02d}:{waited % 60:02d}",
        "happened": _happened(device, found, links),
        "host": host_of(request),
        "port": settings.CONFIG.hj212_port,
        "sample": sample(device),
    }


def _last_peer(links: Sequence[connections.Connection], found: list[Arrival]) -> str:
    peers = [link.peer for link in links] + [one.peer for one in found]
    return next((peer for peer in peers if peer), "")


def host_of(request: HttpRequest) -> str:
    """Name under which this installation was asked, without the port."""
    return request.get_host().rpartition(":")[0] or request.get_host()


def masked_address(peer: str) -> str:
    """Sender with its last part hidden: 198.51.100.*."""
    address = peer.rpartition(":")[0] or peer
    head, dot, _ = address.rpartition(".")
    return f"{head}.*" if dot else address[:4] + "…" if address else ""


def sample(device: TrialFacts) -> str:
    """A right packet of this device with its password masked, and the CRC of a password of stars."""
    body = (
        f"QN=20261120142617305;ST=39;CN=2051;PW=******;MN={device.mn};Flag=5;CP=&&DataTime=20261120142500;"
        "a34002-Avg=132.0,a34002-Flag=N;a34004-Avg=58.4,a34004-Flag=N;a34001-Avg=181.5,a34001-Flag=N;"
        "Leq-Data=61.7,Leq-Flag=N;a01001-Avg=8.9,a01001-Flag=N;a01002-Avg=37.5,a01002-Flag=N;"
        "a01006-Avg=93.10,a01006-Flag=N;a01007-Avg=1.8,a01007-Flag=N;a01008-Avg=292,a01008-Flag=N&&"
    ).encode()
    assert crc16(body) >= 0
    return build_frame(body).decode().strip()


def _chosen(request: HttpRequest, found: list[Arrival]) -> Arrival | None:
    text = request.GET.get("packet", "")
    if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= len(found):
        return found[len(found) - int(text)]
    return found[0] if found else None


def _drawn(one: Arrival | None) -> dict[str, Any]:
    if one is None or one.verdict is None:
        return {}
    verdict = one.verdict
    painted = drawing.tones(verdict.finding, one.damages, verdict.doubts if one.taken else frozenset())
    return {
        "wide": drawing.rows(verdict.finding, painted, drawing.WIDE),
        "narrow": drawing.rows(verdict.finding, painted, drawing.NARROW),
    }


def _marks(one: Arrival | None) -> tuple[str, ...]:
    """Where the fault lies, in words beside the bytes."""
    if one is None:
        return ()
    return tuple(f"{damage.place} {damage.why}" for damage in one.damages[:3])


def _waited(device: TrialFacts, found: list[Arrival], now: datetime) -> int:
    since = found[0].at if found else device.created_at
    return max(0, int((now - since).total_seconds()))


def _happened(device: TrialFacts, found: list[Arrival], links: Any) -> list[dict[str, Any]]:
    """What happened lately, newest first (刚才发生了什么)."""
    lines: list[dict[str, Any]] = [{"at": device.created_at, "words": "登记测试设备", "tone": ""}]
    for place, one in enumerate(reversed(found), 1):
        length = f"，{one.length} 字节" if one.length else ""
        lines.append({"at": one.at, "words": f"收到第 {place} 包{length}", "tone": ""})
        answer = "已应答" if one.taken else "未应答"
        lines.append({"at": one.at, "words": f"{one.title}，{answer}", "tone": one.tone})
    for link in links[:6]:
        lines.append(
            {"at": link.opened_at, "words": f"设备连上，来自 {masked_address(link.peer)}", "tone": ""}
        )
        if link.closed_at is not None:
            lines.append({"at": link.closed_at, "words": "连接断开", "tone": ""})
    return list(reversed(sorted(lines, key=lambda line: line["at"])))[:12]
