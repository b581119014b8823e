"""参建单位与岗位人员的登记。"""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError
from gongdi.kernel.scope import DataKind
from gongdi.pages.requests import ScopedRequest
from gongdi.projects.forms import PartyForm, PostForm
from gongdi.projects.models import Project, ProjectParty, ProjectPost
from gongdi.projects.services import parties
from gongdi.projects.services.parties import NewPost
from gongdi.projects.views.base import head, keeps_file, project_of


def parties_page(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """Units and people of a site now, with forms for whoever keeps the base file (参建单位与人员)."""
    project = project_of(request, ref, DataKind.PEOPLE)
    units = _units(project)
    may_edit = keeps_file(request, project)
    asked = request.POST.get("form", "") if request.method == "POST" and may_edit else ""
    party_form = PartyForm(request.POST if asked == "party" else None, auto_id="party-%s")
    post_form = PostForm(
        request.POST if asked == "post" else None, auto_id="post-%s", parties=_choices(units)
    )
    if asked and _save(request, project, asked, party_form, post_form):
        return redirect("project-parties", ref)
    posts = ProjectPost.objects.filter(project=project, valid_to__isnull=True).order_by("id")
    people: dict[int, list[ProjectPost]] = {}
    for post in posts:
        people.setdefault(post.party_id, []).append(post)
    context = head(project, "参建单位与人员") | {
        "units": [{"party": unit, "posts": people.get(unit.pk, [])} for unit in units],
        "left": ProjectParty.objects.filter(project=project, valid_to__isnull=False).select_related(
            "enterprise"
        ),
        "party_form": party_form,
        "post_form": post_form,
        "may_edit": may_edit,
        "today": clock.shanghai_day(clock.now()),
    }
    wrong = bool(party_form.errors or post_form.errors)
    return render(request, "projects/parties.html", context, status=422 if wrong else 200)


def _units(project: Project) -> list[ProjectParty]:
    rows = ProjectParty.objects.filter(project=project, valid_to__isnull=True).select_related("enterprise")
    order = list(ProjectParty.Kind.values)
    return sorted(rows, key=lambda row: (order.index(row.kind), row.pk))


def _choices(units: list[ProjectParty]) -> list[tuple[str, str]]:
    return [(str(unit.pk), f"{unit.get_kind_display()} {unit.enterprise}") for unit in units]


def _save(
    request: ScopedRequest, project: Project, asked: str, party_form: PartyForm, post_form: PostForm
) -> bool:
    form = party_form if asked == "party" else post_form
    if not form.is_valid():
        return False
    try:
        if asked == "party":
            parties.add_party(project_id=project.pk, by=request.scope, now=clock.now(), **form.cleaned_data)
            messages.success(request, "已登记参建单位。")
        else:
            values = dict(form.cleaned_data)
            party = ProjectParty.objects.get(project=project, pk=values.pop("party"))
            parties.add_post(party=party, post=NewPost(**values), by=request.scope, now=clock.now())
            messages.success(request, "已登记到岗。")
    except GongdiError as error:
        form.refuse(error)
        return False
    return True


@require_POST
def leave_party(request: ScopedRequest, ref: UUID, key: int) -> HttpResponse:
    """A unit leaves the site."""
    project = project_of(request, ref, DataKind.PEOPLE)
    party = ProjectParty.objects.filter(project=project, pk=key).first()
    if party is None:
        raise Http404("没有这家单位")
    try:
        parties.end_party(
            party=party, by=request.scope, now=clock.now(), reason=request.POST.get("reason", "")
        )
        messages.success(request, "已登记离场。")
    except GongdiError as error:
        messages.error(request, str(error))
    return redirect("project-parties", ref)


@require_POST
def leave_post(request: ScopedRequest, ref: UUID, key: int) -> HttpResponse:
    """A person leaves the post."""
    project = project_of(request, ref, DataKind.PEOPLE)
    post = ProjectPost.objects.filter(project=project, pk=key).first()
    if post is None:
        raise Http404("没有这个岗位")
    try:
        parties.end_post(post=post, by=request.scope, now=clock.now())
        messages.success(request, "已登记离岗，以前的签名仍然有效。")
    except GongdiError as error:
        messages.error(request, str(error))
    return redirect("project-parties", ref)
