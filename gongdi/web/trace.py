"""追踪编号：每个请求一个，写在响应头、错误页和日志里。"""

import secrets
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "X-Trace"


class Trace:
    """Middleware that numbers each request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Number the request and its answer."""
        response = self.get_response(request)
        response.headers[HEADER] = trace_of(request)
        return response


def trace_of(request: HttpRequest) -> str:
    """The number of a request, made when first asked for."""
    found = getattr(request, "trace", "")
    if not found:
        found = secrets.token_hex(5).upper()
        request.trace = found  # type: ignore[attr-defined]
    return str(found)
