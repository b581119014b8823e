"""求助：谁都能问，错误页带着页面和追踪编号过来；服务台答复。"""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from gongdi.desk import queries
from gongdi.desk.forms import AnswerForm, AskForm
from gongdi.desk.services import asking
from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError
from gongdi.kernel.scope import NOTHING, Scope
from gongdi.orgs import personal
from gongdi.orgs.queries import scope_of
from gongdi.orgs.services.signin import begin_try
from gongdi.orgs.signin.source import source_of
from gongdi.orgs.tries import TryLimit
from gongdi.pages import listing
from gongdi.pages.requests import ScopedRequest, public

SIZE = 20
PER_SOURCE, LOCK = 60, timedelta(minutes=30)


@public
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Question to the help desk of the own body (求助), with the page and the trace number it is about."""
    now = clock.now()
    by = _scope(request)
    carried = {
        "page": listing.text(request.GET, "page", 300),
        "trace": listing.text(request.GET, "trace", 40),
    }
    form = AskForm(request.POST or None, known=by is not NOTHING, initial=carried)
    if request.method == "POST" and form.is_valid():
        try:
            limit = TryLimit(f"ask:{source_of(request).address}", PER_SOURCE, LOCK, leaks=True)
            if not begin_try([limit], now).allowed:
                raise GongdiError("这个网络地址提问的次数过多，请半小时后再试，或打电话。")
            asking.ask(asked=asking.Asked(**form.cleaned_data), by=by, now=now)
        except GongdiError as error:
            form.refuse(error)
        else:
            messages.success(request, "问题已送到服务台")
            return redirect("ask-done")
    body = asking.desk_of(by)
    context = {"form": form, "body": body, "contacts": queries.contacts_of(body), "carried": carried}
    return render(request, "desk/ask.html", context, status=422 if form.errors else 200)


@public
@require_http_methods(["GET"])
def ask_done(request: HttpRequest) -> HttpResponse:
    """What happens with the question now; the own questions of who is signed in."""
    by = _scope(request)
    body = asking.desk_of(by)
    rows = queries.own_questions(by)[:SIZE] if by.user_id else []
    context = {"rows": rows, "body": body, "contacts": queries.contacts_of(body), "now": clock.now()}
    return render(request, "desk/ask_done.html", context)


def question_list(request: ScopedRequest) -> HttpResponse:
    """Questions at the help desk of the own body (求助)."""
    if request.scope.authority_id is None:
        raise Http404("没有这个页面")
    state = listing.choice(request.GET, "state", ("open", "answered")) or "open"
    every = queries.questions(request.scope)
    found = every.filter(answered_at__isnull=state == "open")
    total = found.count()
    pager, start = listing.pager(request.GET, total, f"共 {total:,} 个", SIZE)
    context = {
        "tabs": [
            {"label": label, "n": every.filter(answered_at__isnull=key == "open").count(), "href": f"?state={key}", "current": key == state}
            for key, label in (("open", "待答复"), ("answered", "已答复"))
        ],
        "state": state,
        "rows": list(found[start : start + SIZE]),
        "pager": pager,
        "now": clock.now(),
    }  # fmt: skip
    return render(request, "desk/questions.html", context)


@require_http_methods(["GET", "POST"])
def question(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """One question and its answer."""
    row = queries.questions(request.scope).filter(ref=ref).first()
    if row is None:
        raise Http404("没有这个求助")
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asking.answer(ref=ref, text=form.cleaned_data["text"], by=request.scope, now=clock.now())
        except GongdiError as error:
            form.refuse(error)
        else:
            messages.success(request, "已答复")
            return redirect("questions")
    phone = personal.unseal(row.call_back) if row.call_back and asking.may_answer(request.scope, row) else ""
    context = {"row": row, "form": form, "phone": phone, "now": clock.now()}
    return render(request, "desk/question.html", context, status=422 if form.errors else 200)


def _scope(request: HttpRequest) -> Scope:
    """Scope of who is signed in, else the empty one: the page is open to everybody."""
    chosen = request.session.get("membership")
    key = chosen if isinstance(chosen, int) else None
    found = scope_of(request.user, clock.shanghai_day(clock.now()), key)
    return NOTHING if found.is_empty else found
