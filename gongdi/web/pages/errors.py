"""错误页：中文，带追踪编号，同一个编号写进日志。"""

import logging

from django.http import HttpRequest, HttpResponse
from django.template import loader

from gongdi.web.trace import trace_of

log = logging.getLogger("gongdi.web")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return _page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; the stack is in the log under the same number."""
    log.error("页面出错 trace=%s path=%s", trace_of(request), request.path)
    return _page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 of a form whose page is too old."""
    return _page(request, 403)


def _page(request: HttpRequest, status: int) -> HttpResponse:
    body = loader.render_to_string(f"{status}.html", {"trace": trace_of(request)})
    return HttpResponse(body, status=status)
