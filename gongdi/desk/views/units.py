"""单位与人员、激活单、设立下级单位、联系方式的页面。"""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from gongdi.desk import queries
from gongdi.desk.answers import crumbs, person_or_404, unit_address, unit_or_404
from gongdi.desk.forms import ContactForm, NewBodyForm
from gongdi.desk.models import Contact
from gongdi.desk.queries import Slip
from gongdi.desk.services import bodies
from gongdi.desk.services.opening import shown_code
from gongdi.desk.units import Unit, is_own, manages, unit_of
from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError
from gongdi.orgs.models import Authority, User
from gongdi.orgs.signin import qr
from gongdi.pages import listing
from gongdi.pages.requests import ScopedRequest

SIZE = 20


def unit_page(request: ScopedRequest, ref: UUID | None = None) -> HttpResponse:
    """People of a unit, the units below it, whom to call (单位与人员)."""
    by, now = request.scope, clock.now()
    about, day = unit_or_404(by, ref), clock.shanghai_day(now)
    state = listing.choice(request.GET, "state", [key for key, _ in queries.STATES]) or "on"
    word = listing.text(request.GET, "q")
    found, counts = queries.people(about, day, state, word), queries.counts(about, day)
    pager, start = listing.pager(request.GET, found.count(), f"共 {found.count():,} 人次", SIZE)
    context = {
        "about": about,
        "crumbs": crumbs(by, about),
        "own": is_own(by, about),
        "manages": manages(by, about),
        "may_set_up": is_own(by, about) and bodies.may_set_up(by),
        "rows": queries.lines(list(found[start : start + SIZE]), day),
        "tabs": [
            {"label": label, "n": counts[key], "href": listing.address(request.GET, state=key), "current": key == state}
            for key, label in queries.STATES
        ],
        "waiting": counts["waiting"],
        "state": state,
        "word": word,
        "pager": pager,
        "below": queries.units_below(by, about),
        "contacts": queries.contacts_of(about.authority),
        "query": f"?unit={about.ref}" if about.ref and not is_own(by, about) else "",
        "now": now,
    }  # fmt: skip
    return render(request, "desk/unit.html", context)


def slip_page(request: ScopedRequest, ref: UUID | None = None) -> HttpResponse:
    """Activation slips of a unit for printing, several on an A4 sheet (激活单)."""
    about = unit_or_404(request.scope, ref)
    if not manages(request.scope, about):
        raise Http404("没有这个页面")
    return _slips(request, about, queries.slips(about, clock.now()))


def person_slip(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """The activation slip of one person: QR code to send, or to print (激活单)."""
    user, rows = person_or_404(request.scope, ref)
    row = next((one for one in rows if one.ended_at is None and manages(request.scope, unit_of(one))), None)
    if row is None:
        raise Http404("没有这个页面")
    about = unit_of(row)
    return _slips(request, about, queries.slips(about, clock.now(), [user.id]), person=user)


def _slips(
    request: ScopedRequest, about: Unit, slips: list[Slip], person: User | None = None
) -> HttpResponse:
    lines = []
    for slip in slips:
        url = request.build_absolute_uri(reverse("activate-code", args=[slip.code]))
        lines.append({"slip": slip, "code": shown_code(slip.code), "url": url, "picture": qr.picture(url)})
    context = {
        "about": about,
        "crumbs": crumbs(request.scope, about, "激活单"),
        "slips": lines,
        "person": person,
        "place": request.build_absolute_uri(reverse("activate")),
    }
    response = render(request, "desk/slips.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "POST"])
def new_body(request: ScopedRequest) -> HttpResponse:
    """Set up a body directly below the own one (设立下级单位)."""
    by = request.scope
    if not bodies.may_set_up(by):
        raise Http404("没有这个页面")
    form = NewBodyForm(request.POST or None, by=by)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        new = bodies.NewBody(
            given["name"], given["kind"], given["division"].code, given["phone"], given["document"]
        )
        try:
            body = bodies.create_body(new=new, by=by, now=clock.now())
        except GongdiError as error:
            form.refuse(error, "name" if isinstance(error, bodies.BodyTaken) else "division")
        else:
            messages.success(request, f"{body.name}已设立，请开通它的系统管理员")
            return redirect(f"{reverse('person-new')}?unit={body.ref}")
    about = unit_or_404(by, None)
    context = {"form": form, "crumbs": crumbs(by, about, "设立下级单位"), "back": unit_address(about)}
    return render(request, "desk/new_body.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def contact_page(request: ScopedRequest) -> HttpResponse:
    """Whom to call at the own body: list and form (联系方式)."""
    by = request.scope
    own = Authority.objects.filter(id=by.authority_id or 0).first()
    if own is None or not manages(by, unit_or_404(by, None)):
        raise Http404("没有这个页面")
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            bodies.add_contact(contact=Contact(authority=own, **form.cleaned_data), by=by, now=clock.now())
        except GongdiError as error:
            form.refuse(error, "purpose")
        else:
            messages.success(request, "联系方式已登记")
            return redirect("contacts")
    about = unit_or_404(by, None)
    context = {
        "form": form,
        "rows": Contact.objects.filter(authority=own),
        "crumbs": crumbs(by, about, "联系方式"),
        "about": about,
    }
    return render(request, "desk/contacts.html", context, status=422 if form.errors else 200)


@require_POST
def remove_contact(request: ScopedRequest, key: int) -> HttpResponse:
    """Take one contact of the own body away."""
    contact = Contact.objects.filter(id=key, authority_id=request.scope.authority_id or 0).first()
    if contact is None:
        raise Http404("没有这条联系方式")
    try:
        bodies.remove_contact(contact=contact, by=request.scope, now=clock.now())
    except GongdiError as error:
        messages.error(request, str(error))
    return redirect("contacts")
