"""带范围的请求与公开声明：各房间的视图都从这里取。"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from gongdi.kernel.scope import Scope

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class ScopedRequest(HttpRequest):
    """Request after the guard: signed in, with the scope of one membership."""

    scope: Scope
    user: Any


def public(view: View) -> View:
    """Declare a view open to everybody."""
    view.public = True  # type: ignore[attr-defined]
    return view


def plain(text: str, status: int = 200) -> HttpResponse:
    """Answer of plain text for machines."""
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
