"""消息页：未读在前，按类别筛选，一条通向一页。"""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from gongdi.kernel import clock
from gongdi.notify import services
from gongdi.notify.models import Message
from gongdi.notify.queries import messages_of, unread_by_kind
from gongdi.pages import listing
from gongdi.pages.requests import ScopedRequest

SIZE = 20


@require_GET
def message_list(request: ScopedRequest) -> HttpResponse:
    """One's own messages (消息)."""
    kind = listing.choice(request.GET, "kind", Message.Kind.values)
    state = listing.choice(request.GET, "state", ("unread",))
    fresh = unread_by_kind(request.scope)
    found = messages_of(request.scope)
    found = found.filter(kind=kind) if kind else found
    found = found.filter(read_at=None) if state else found
    total = found.count()
    pager, start = listing.pager(request.GET, total, f"共 {total:,} 条", SIZE)
    context = {
        "rows": list(found[start : start + SIZE]),
        "pager": pager,
        "kind": kind,
        "kinds": [(key, label, fresh.get(key, 0)) for key, label in Message.Kind.choices],
        "state": state,
        "unread": fresh.get(kind, 0) if kind else sum(fresh.values()),
        "tabs": [
            {"label": label, "n": n, "href": listing.address(request.GET, state=key), "current": key == state}
            for key, label, n in (("", "全部", None), ("unread", "未读", sum(fresh.values())))
        ],
        "now": clock.now(),
    }
    return render(request, "notify/messages.html", context)


@require_GET
def message(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """Read one message: it is marked and leads to its page."""
    link = services.open_message(ref=ref, by=request.scope, now=clock.now())
    if link is None:
        raise Http404("没有这条消息")
    return redirect(link)


@require_POST
def read_all(request: ScopedRequest) -> HttpResponse:
    """Mark all, or all of the kind looked at, as read."""
    kind = listing.choice(request.POST, "kind", Message.Kind.values)
    count = services.mark_read(by=request.scope, now=clock.now(), kind=kind)
    messages.success(request, f"已将 {count:,} 条消息记为已读" if count else "没有未读的消息")
    return redirect("messages")
