"""台账导入、许可比对、按许可证建档的页面。"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from gongdi.inventory import queries, rules
from gongdi.inventory.forms import NewFromPermitForm, PermitNumberForm, UploadForm
from gongdi.inventory.models import ImportBatch, Permit
from gongdi.inventory.services import imports
from gongdi.inventory.services.from_permit import Confirmed, may_start, start_project
from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError
from gongdi.kernel.queries import policy_set, working_calendar
from gongdi.kernel.scope import Role
from gongdi.pages import listing, xlsx_file
from gongdi.pages.requests import ScopedRequest
from gongdi.projects.models import ProjectKind
from gongdi.projects.services.registering import Deadlines

COLUMNS = {"projects": rules.PROJECT_COLUMNS, "permits": rules.PERMIT_COLUMNS}
REQUIRED = {"projects": rules.PROJECT_REQUIRED, "permits": rules.PERMIT_REQUIRED}
SIZE = 20


def import_page(request: ScopedRequest) -> HttpResponse:
    """Upload form and the uploads of the own body (台账导入)."""
    _importer(request)
    kind = listing.choice(request.GET, "kind", ("projects", "permits")) or "projects"
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            batch = imports.upload(
                kind=kind, name=file.name, data=file.read(), by=request.scope, now=clock.now()
            )
            return redirect("import-batch", batch.ref)
        except GongdiError as error:
            form.refuse(error, "file")
    found = queries.batches(request.scope).filter(kind=kind)
    pager, start = listing.pager(request.GET, found.count(), f"共 {found.count():,} 次")
    rows = list(found[start : start + SIZE])
    counts = queries.counts_of([batch.id for batch in rows])
    context = {
        "form": form,
        "kind": kind,
        "kinds": _kinds(request, kind),
        "rows": [{"batch": batch, "counts": counts[batch.id]} for batch in rows],
        "pager": pager,
        "columns": [{"name": name, "must": name in REQUIRED[kind]} for name in COLUMNS[kind]],
        "now": clock.now(),
    }
    return render(request, "inventory/import.html", context, status=422 if form.errors else 200)


def batch_page(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """What one upload holds: rows with faults first, then what can be registered (核对结果)."""
    batch = _batch(request, ref)
    counts = queries.counts_of([batch.id])[batch.id]
    state = listing.choice(request.GET, "state", ("right", "wrong", "applied"))
    if not state:
        state = "wrong" if counts.wrong else "right" if counts.right else "applied"
    found = queries.rows_of(batch.id, state)
    total = getattr(counts, state)
    pager, start = listing.pager(request.GET, total, f"共 {total:,} 行")
    context = {
        "batch": batch,
        "counts": counts,
        "state": state,
        "views": [
            {"label": label, "n": getattr(counts, key), "href": f"?state={key}", "current": key == state, "late": key == "wrong" and counts.wrong > 0}
            for key, label in (("wrong", "有错"), ("right", "可登记"), ("applied", "已登记"))
        ],
        "rows": list(found[start : start + SIZE]),
        "columns": [name for name in COLUMNS[batch.kind] if name in batch.columns],
        "unused": [name for name in batch.columns if name not in COLUMNS[batch.kind] and name != "问题"],
        "pager": pager,
        "now": clock.now(),
    }  # fmt: skip
    return render(request, "inventory/batch.html", context)


@require_POST
def apply_batch(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """Register the right rows."""
    batch, now = _batch(request, ref), clock.now()
    try:
        done = imports.apply(batch=batch, by=request.scope, deadlines=_deadlines(), now=now)
    except GongdiError as error:
        messages.error(request, str(error))
    else:
        what = "个项目" if batch.kind == ImportBatch.Kind.PROJECTS else "张许可证"
        linked = f"，其中 {done.matched:,} 个与许可清单对上" if done.matched else ""
        late = f"；{done.wrong:,} 行刚被别人登记，没有重复登记" if done.wrong else ""
        messages.success(request, f"登记了 {done.registered:,} {what}{linked}{late}。")
    return redirect("import-batch", batch.ref)


@require_POST
def discard_batch(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """Forget an upload of which nothing was registered."""
    batch = _batch(request, ref)
    try:
        imports.discard(batch=batch, by=request.scope)
    except GongdiError as error:
        messages.error(request, str(error))
        return redirect("import-batch", batch.ref)
    messages.success(request, "这批已撤销，什么都没有登记。")
    return redirect(reverse("imports") + f"?kind={batch.kind}")


def wrong_rows(request: ScopedRequest, ref: UUID) -> HttpResponseBase:
    """Only the wrong rows, as a spreadsheet to mend and upload again."""
    batch = _batch(request, ref)
    columns = [name for name in batch.columns if name != "问题"]
    rows = (
        [*(row.cells.get(name, "") for name in columns), "；".join(f"{one['column']}：{one['advice']}" for one in row.faults)]
        for row in queries.rows_of(batch.id, "wrong").iterator(chunk_size=500)
    )  # fmt: skip
    return xlsx_file.answer(f"待改正的行-{batch.created_at:%m%d}.xlsx", [*columns, "问题"], rows)


def template_file(request: ScopedRequest, kind: str) -> HttpResponseBase:
    """The spreadsheet to fill: column names, required ones with a star."""
    _importer(request)
    if kind not in COLUMNS:
        raise Http404("没有这个模板")
    head = [f"{name}*" if name in REQUIRED[kind] else name for name in COLUMNS[kind]]
    return xlsx_file.answer(f"{ImportBatch.Kind(kind).label}模板.xlsx", head, [])


def permit_page(request: ScopedRequest) -> HttpResponse:
    """Comparison of the permit list with the inventory (许可比对)."""
    _reader(request)
    view = listing.choice(request.GET, "view", ("not-entered", "without", "all")) or "not-entered"
    word = listing.text(request.GET, "q")
    lists: dict[str, Any] = {
        "not-entered": _named(queries.not_entered(request.scope), word, "project_name"),
        "without": _named(
            queries.without_permit(request.scope, clock.shanghai_day(clock.now())), word, "name"
        ),
        "all": _named(queries.permits(request.scope), word, "project_name").select_related("project"),
    }
    counts = {key: found.count() for key, found in lists.items()}
    pager, start = listing.pager(request.GET, counts[view], f"共 {counts[view]:,} 个")
    context = {
        "view": view,
        "views": [
            {"label": label, "n": counts[key], "href": listing.address(request.GET, view=key), "current": key == view, "late": False}
            for key, label in (("not-entered", "已许可未入库"), ("without", "开工而清单里没有许可"), ("all", "全部许可"))
        ],
        "rows": list(lists[view][start : start + SIZE]),
        "word": word,
        "pager": pager,
        "export": reverse("permits-xlsx") + listing.address(request.GET, view=view),
        "may_import": request.scope.role.value in imports.IMPORTERS,
        "now": clock.now(),
    }  # fmt: skip
    return render(request, "inventory/permits.html", context)


def permit_xlsx(request: ScopedRequest) -> HttpResponseBase:
    """Permits not in the inventory, or all with the project found, in the order of the page."""
    _reader(request)
    every = listing.choice(request.GET, "view", ("all",)) == "all"
    word = listing.text(request.GET, "q")
    found = queries.permits(request.scope) if every else queries.not_entered(request.scope)
    rows = (
        (one.number, one.project_name, one.division.name, one.developer, one.contractor, one.contractor_uscc, one.issued_on, one.project.number if one.project else "")
        for one in _named(found, word, "project_name").select_related("project").iterator(chunk_size=500)
    )  # fmt: skip
    head = (
        "施工许可证编号",
        "项目名称",
        "区划",
        "建设单位",
        "施工总承包",
        "施工总承包代码",
        "发证日期",
        "项目编号",
    )
    return xlsx_file.answer("许可比对.xlsx", head, rows)


def from_permit(request: ScopedRequest) -> HttpResponse:
    """Start a project from the number of its permit: what the permit says is filled in (按许可证建档)."""
    _importer(request)
    asked = PermitNumberForm(request.GET or None, auto_id="permit-%s")
    permit = _asked_permit(request, asked)
    form = None if permit is None else _permit_form(request, permit)
    if request.method == "POST" and permit is not None and form is not None and form.is_valid():
        try:
            project = start_project(
                permit=permit,
                confirmed=Confirmed(**form.cleaned_data),
                by=request.scope,
                deadlines=_deadlines(),
                now=clock.now(),
            )
            messages.success(request, f"已建档，接入期限 {project.access_deadline}。")
            return redirect("project", project.ref)
        except GongdiError as error:
            form.refuse(error)
    wrong = bool(asked.errors or (form is not None and form.errors))
    context = {"asked": asked, "permit": permit, "form": form, "now": clock.now()}
    return render(request, "inventory/from_permit.html", context, status=422 if wrong else 200)


def _asked_permit(request: ScopedRequest, asked: PermitNumberForm) -> Permit | None:
    if not asked.is_bound or not asked.is_valid():
        return None
    permit = queries.permit_by_number(request.scope, asked.cleaned_data["number"].strip())
    if permit is None or not may_start(permit, request.scope):
        asked.add_error("number", "许可清单里没有这个编号，或它的施工总承包、区划不属于本单位")
        return None
    if permit.project is not None:
        asked.add_error("number", f"这张许可证已经建档，项目编号 {permit.project.number}")
        return None
    return permit


def _permit_form(request: HttpRequest, permit: Permit) -> NewFromPermitForm:
    said = {
        "name": permit.project_name,
        "kind": permit.kind_id,
        "address": permit.address,
        "developer": permit.developer,
        "supervisor": permit.supervisor,
        "site_area_m2": permit.area_m2,
        "open_length_m": permit.length_m,
    }
    kinds = [("", "请选择"), *ProjectKind.objects.values_list("code", "name")]
    return NewFromPermitForm(request.POST or None, initial=said, kinds=kinds)


def _deadlines() -> Deadlines:
    return Deadlines(policy_set(), working_calendar())


def _named(found: Any, word: str, name: str) -> Any:
    if not word:
        return found
    return found.filter(Q(**{f"{name}__icontains": word}) | Q(number__icontains=word))


def _batch(request: ScopedRequest, ref: UUID) -> ImportBatch:
    try:
        return queries.batch(request.scope, ref)
    except ImportBatch.DoesNotExist:
        raise Http404("没有这次导入") from None


def _importer(request: ScopedRequest) -> None:
    if not imports.may_register(request.scope):
        raise Http404("没有这一页")


def _reader(request: ScopedRequest) -> None:
    if not request.scope.is_authority or request.scope.role is Role.URBAN:
        raise Http404("没有这一页")


def _kinds(request: ScopedRequest, kind: str) -> list[dict[str, object]]:
    offered = [("projects", "项目清单"), ("permits", "施工许可清单")]
    if request.scope.role is Role.ENTERPRISE:
        offered = offered[:1]
    return [{"label": label, "href": f"?kind={key}", "current": key == kind} for key, label in offered]
