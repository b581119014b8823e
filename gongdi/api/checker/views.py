"""报文检查：免登录，不存不记，与网关用同一套判定。"""

from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from gongdi.api.checker.limits import TURNSTILE
from gongdi.api.packets import drawing, verdict
from gongdi.kernel import clock, policy
from gongdi.kernel.queries import policy_set
from gongdi.pages.requests import public
from gongdi.protocols.hj212.replies import build_frame

LONGEST = 8 * 1024
LARGEST_BODY = 64 * 1024
SAMPLE = (
    b"QN=20261122095203118;ST=39;CN=2051;PW=qW41nd;MN=A14010600000000000031507;Flag=5;CP=&&DataTime=20261122095100;"
    b"a34002-Avg=132000.0,a34002-Flag=N;a34004-Avg=58400.0,a34004-Flag=N;a34001-Avg=181500.0,a34001-Flag=N;"
    b"Leq-Data=61.7,Leq-Flag=N;a01001-Avg=5.2,a01001-Flag=N;a01002-Avg=44.0,a01002-Flag=N;a01006-Avg=92.86,"
    b"a01006-Flag=N;a01007-Avg=1.9,a01007-Flag=N;a01008-Avg=305,a01008-Flag=N&&"
)


@public
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables()
def packet_check(request: HttpRequest) -> HttpResponse:
    """Field, verdict and nothing else: no session, no row, no line in a log comes from it."""
    if request.method != "POST":
        sample = build_frame(SAMPLE).decode("ascii").strip() if "sample" in request.GET else ""
        return render(request, "api/checker.html", {"typed": sample, "results": ()})
    most = policy_set().get(policy.CHECKS_PER_MINUTE, clock.shanghai_day(clock.now()))
    if not TURNSTILE.admit(request.META.get("REMOTE_ADDR", ""), most):
        return _refused(request, "", "检查得太频繁", f"每分钟最多 {most} 次，请一分钟后再查。", 429)
    if _length(request) > LARGEST_BODY:
        return _refused(request, "", "太长", "一次最多检查 8 KiB，请分几次粘贴。", 413)
    data = _pasted(request)
    shown = data.decode("utf-8", "replace").replace("\0", "␀")
    if len(data) > LONGEST * 3 or len(verdict.from_hex(data) or data) > LONGEST:
        return _refused(
            request, shown[:LONGEST], "太长", f"粘贴了 {len(data):,} 字节，一次最多检查 8,192 字节。", 413
        )
    if not data.strip():
        return render(request, "api/checker.html", {"typed": "", "results": (), "nothing": True})
    return render(request, "api/checker.html", {"typed": shown} | _results(data))


def _length(request: HttpRequest) -> int:
    # A body sent in pieces says no length; reading it would be the only way to know
    text = request.META.get("CONTENT_LENGTH", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else LARGEST_BODY + 1


def _pasted(request: HttpRequest) -> bytes:
    """Bytes of the field as sent, or the whole body of a plain post; never decoded on the way."""
    kind = request.content_type or ""
    body = request.body
    if kind == "multipart/form-data":
        return str(request.POST.get("packet", "")).encode("utf-8", "surrogateescape")
    if kind != "application/x-www-form-urlencoded":
        return body
    fields = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    return next((value for name, value in fields if name == "packet"), "").encode("latin-1")


def _results(data: bytes) -> dict[str, Any]:
    note, listed = "", verdict.from_hex(data)
    if listed is not None:
        data, note = listed, "按十六进制读出"
    older = verdict.in_gb18030(data)
    found = [verdict.verdict_of(one) for one in verdict.split(data)]
    if older is not None and not any(one.finding.sound for one in found):
        again = [verdict.verdict_of(one) for one in verdict.split(older)]
        if any(one.finding.sound for one in again):
            found, note = again, "汉字按 GB18030 计字节"
    shown = found[: verdict.MOST_PACKETS]
    return {
        "results": [_drawn(one) for one in shown],
        "size": len(data),
        "note": note,
        "more": len(found) > len(shown),
        "sound": sum(one.tone != "bad" for one in shown),
    }


def _drawn(one: verdict.Verdict) -> dict[str, Any]:
    painted = drawing.tones(one.finding, one.damages, one.doubts)
    return {
        "one": one,
        "wide": drawing.rows(one.finding, painted, drawing.WIDE),
        "narrow": drawing.rows(one.finding, painted, drawing.NARROW),
        "text": verdict.as_text(one),
    }


def _refused(request: HttpRequest, typed: str, title: str, why: str, status: int) -> HttpResponse:
    context = {"typed": typed, "results": (), "refused": title, "why": why}
    return render(request, "api/checker.html", context, status=status)
