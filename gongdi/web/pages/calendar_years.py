"""系统设置之工作日历：已录入的年份、逐日安排，省级上传下一年的放假通知。"""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from gongdi.kernel import clock
from gongdi.kernel.calendar import WorkingCalendar
from gongdi.kernel.calendar_rows import YearTable, decoded, read_year
from gongdi.kernel.errors import GongdiError
from gongdi.kernel.models import CalendarYear
from gongdi.kernel.queries import missing_year, policy_set, working_calendar
from gongdi.kernel.scope import Role
from gongdi.kernel.services import YearNotice, publish_year
from gongdi.pages import listing
from gongdi.pages.forms import PageForm
from gongdi.pages.requests import ScopedRequest

LARGEST = 100_000
SHOWN_YEARS = 6
LAST_YEAR = 2100


class YearForm(PageForm):
    """A year's holidays, from a file or from the preview that carries its text."""

    year = forms.IntegerField(label="年份")
    basis = forms.CharField(
        label="依据", max_length=200, help_text="国务院办公厅通知的文号，如 国办发明电〔2026〕7号"
    )
    table = forms.FileField(label="节假日表（CSV）", required=False)
    text = forms.CharField(required=False, widget=forms.HiddenInput, max_length=LARGEST)

    def __init__(self, first: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first = first

    def clean_year(self) -> int:
        """From this year on: the past has been reckoned with its calendar already."""
        year = int(self.cleaned_data["year"])
        if not self.first <= year <= LAST_YEAR:
            raise forms.ValidationError(f"年份应在 {self.first} 年到 {LAST_YEAR} 年之间")
        return year

    def rows(self) -> str:
        """The text of the chosen file, else what the preview carried; a sentence at the field otherwise."""
        upload: UploadedFile[Any] | None = self.cleaned_data.get("table")
        if upload is None:
            found = self.cleaned_data.get("text") or ""
            if not found:
                self.add_error("table", "请选择节假日表")
            return found
        if (upload.size or 0) > LARGEST:
            self.add_error("table", "文件太大，一年的节假日表不超过 100 KB，请核对是否选错")
            return ""
        text = decoded(upload.read())
        if text is None or "\0" in text:
            self.add_error("table", "不是文本表格，请在表格软件里另存为 CSV（UTF-8）再上传")
            return ""
        return text


@require_GET
def calendar_page(request: ScopedRequest) -> HttpResponse:
    """Years entered and the days of one of them (工作日历)."""
    if not request.scope.is_authority:
        raise Http404("没有这个页面")
    today = clock.shanghai_day(clock.now())
    calendar = working_calendar()
    years = sorted(calendar.years, reverse=True)[:SHOWN_YEARS]
    year = listing.number(request.GET, "year", today.year)
    year = year if year in calendar.years else years[0]
    rows = list(CalendarYear.objects.filter(year=year).order_by("-id"))
    context = {
        "years": [(one, one == year) for one in years],
        "year": year,
        "spans": spans(calendar, year),
        "rows": rows,
        "missing": missing_year(calendar, policy_set(), today),
        "may_enter": request.scope.role is Role.PROVINCE and not request.scope.read_only,
        "sections": SECTIONS,
    }
    return render(request, "pages/calendar.html", context)


@require_http_methods(["GET", "POST"])
def calendar_entry(request: ScopedRequest) -> HttpResponse:
    """Upload of a year's holidays: preview first, stored only when every row can be read (录入)."""
    if request.scope.role is not Role.PROVINCE:
        raise Http404("没有这个页面")
    now = clock.now()
    today = clock.shanghai_day(now)
    form = YearForm(today.year, request.POST or None, request.FILES or None, initial={"year": today.year + 1})
    table: YearTable | None = None
    text = ""
    if request.method == "POST" and form.is_valid():
        text = form.rows()
        table = read_year(text, form.cleaned_data["year"]) if text else None
    if (
        table is not None
        and not table.errors
        and "confirm" in request.POST
        and _publish(request, form, table)
    ):
        messages.success(request, f"已录入 {table.year} 年工作日历")
        return redirect(f"{reverse('calendar')}?year={table.year}")
    good = table is not None and not table.errors
    context = {
        "form": form,
        "table": table,
        "text": text if good else "",
        "spans": spans(working_calendar().with_year(table.year, table.exceptions), table.year)
        if good and table
        else (),
        "sections": SECTIONS,
    }
    failed = bool(form.errors) or (table is not None and bool(table.errors))
    return render(request, "pages/calendar_entry.html", context, status=422 if failed else 200)


SECTIONS = [("parameters", "政策参数", False), ("calendar", "工作日历", True)]


def spans(calendar: WorkingCalendar, year: int) -> list[dict[str, object]]:
    """Days of a year that differ from Monday to Friday, neighbours of one kind joined over weekends."""
    days = sorted(day for day in calendar.exceptions if day.year == year)
    found: list[dict[str, object]] = []
    begun = 0
    for at, (day, following) in enumerate(pairwise([*days, None]), 1):
        assert day is not None
        working = calendar.exceptions[day]
        if (
            following is not None
            and not working
            and not calendar.exceptions[following]
            and _free(calendar, day, following)
        ):
            continue
        first = days[begun]
        begun = at
        found.append({"first": first, "last": day if day != first else None, "working": working})
    return found


def _free(calendar: WorkingCalendar, day: date, following: date) -> bool:
    """Whether no working day lies between two free days."""
    between = (day + timedelta(days=one) for one in range(1, (following - day).days))
    return not any(calendar.is_working(one) for one in between)


def _publish(request: ScopedRequest, form: YearForm, table: YearTable) -> bool:
    by = f"{request.scope.body} {request.scope.person}".strip()[:80]
    notice = YearNotice(table.year, table.exceptions, form.cleaned_data["basis"])
    try:
        publish_year(notice=notice, scope=request.scope, decided_by=by, now=clock.now())
    except GongdiError as error:
        form.refuse(error)
        return False
    return True
