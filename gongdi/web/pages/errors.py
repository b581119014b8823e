"""错误页：中文，带追踪编号，同一个编号写进日志。"""

import logging
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.urls import reverse

from gongdi.desk.models import Contact
from gongdi.desk.services.asking import contacts_for
from gongdi.kernel.scope import NOTHING, Scope
from gongdi.web.trace import trace_of

log = logging.getLogger("gongdi.web")
_KNOWN: dict[int | None, list[Contact]] = {}
"""Contacts last shown by body: a failure, the database being away among them, asks nothing of it again."""


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


def help_of(request: HttpRequest, status: int = 403) -> dict[str, Any]:
    """Whom to call and where to ask, with the page and the trace number; a failure reads only what is known."""
    trace = trace_of(request)
    carried = urlencode({"page": request.path[:300], "trace": trace})
    scope = getattr(request, "scope", NOTHING)
    scope = scope if isinstance(scope, Scope) else NOTHING
    if status != 500:
        found = contacts_for(scope)
        if found is not None:
            _KNOWN[scope.authority_id] = found
    contacts = _KNOWN.get(scope.authority_id, _KNOWN.get(None, []))
    return {"trace": trace, "ask": f"{reverse('ask')}?{carried}", "contacts": contacts}


def _page(request: HttpRequest, status: int) -> HttpResponse:
    body = loader.render_to_string(f"{status}.html", help_of(request, status))
    return HttpResponse(body, status=status)
