"""系统设置之政策参数：现行值、依据、日期、历次决定，省市在这里作出新决定。"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError
from gongdi.kernel.policy import PARAMETERS, Parameter, PolicyRow, PolicySet
from gongdi.kernel.queries import policy_set
from gongdi.kernel.scope import Role, Scope
from gongdi.kernel.services import PolicyDecision, decide_policy
from gongdi.orgs.models import Division
from gongdi.pages import listing
from gongdi.pages.forms import PageForm
from gongdi.pages.requests import ScopedRequest
from gongdi.web.pages import parameter_values as values

WHOLE_PROVINCE = ("", "全省")


@dataclass(frozen=True, slots=True)
class Line:
    """One parameter in the list: value in force, since when, on what basis, by whom, what is coming."""

    parameter: Parameter[Any]
    group: str
    value: str
    since: date
    basis: str
    decided: str
    coming: str = ""


class DecisionForm(PageForm):
    """A new decision on one parameter (政策决定)."""

    value = forms.CharField(label="新的数值", max_length=300, required=False)
    valid_from = forms.DateField(
        label="生效日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    division = forms.ChoiceField(label="适用范围", required=False)
    basis = forms.CharField(
        label="依据", max_length=200, help_text="文号与条款，如 晋建质函〔2026〕12号 第三条"
    )

    def __init__(
        self, parameter: Parameter[Any], places: list[tuple[str, str]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].help_text = values.hint(parameter)
        choice = self.fields["division"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = places


@require_GET
def parameter_list(request: ScopedRequest) -> HttpResponse:
    """All parameters with the value in force in the own area (政策参数)."""
    _only_authorities(request.scope)
    today, word = clock.shanghai_day(clock.now()), listing.text(request.GET, "q")
    group = listing.choice(request.GET, "group", tuple(values.GROUPS))
    only = listing.choice(request.GET, "only", ("decided",))
    policy, division = policy_set(), own_division(request.scope)
    lines = [line_of(one, policy, today, division) for one in PARAMETERS.values()]
    lines = [
        line
        for line in lines
        if (not group or line.parameter.key.startswith(f"{group}."))
        and (not word or word in line.parameter.name or word in line.parameter.key)
        and (not only or line.decided or line.coming)
    ]
    lines.sort(
        key=lambda line: (
            list(values.GROUPS.values()).index(line.group) if line.group in values.GROUPS.values() else 99
        )
    )
    context = {
        "lines": lines,
        "groups": values.GROUPS.items(),
        "chosen": {"q": word, "group": group, "only": only},
        "filtered": bool(word or group or only),
        "place": place_name(division),
        "today": today,
        "sections": _sections(request, "parameters"),
    }
    return render(request, "pages/parameters.html", context)


@require_http_methods(["GET", "POST"])
def parameter_page(request: ScopedRequest, key: str) -> HttpResponse:
    """One parameter with all its values, and the form of a new decision."""
    _only_authorities(request.scope)
    found = PARAMETERS.get(key)
    if found is None:
        raise Http404("没有这个政策参数")
    now = clock.now()
    policy, division = policy_set(), own_division(request.scope)
    line, places = line_of(found, policy, clock.shanghai_day(now), division), places_of(request.scope)
    form = DecisionForm(
        found, places, request.POST or None, initial={"division": places[0][0] if places else ""}
    )
    if request.method == "POST":
        if not places:
            raise Http404("没有这个页面")
        if form.is_valid() and _decide(request, found, form):
            messages.success(request, f"已作出决定：{found.name}，{form.cleaned_data['valid_from']} 起生效")
            return redirect("parameter", key)
    context = {
        "line": line,
        "form": form if places else None,
        "rows": _history(found, policy),
        "place": place_name(division),
        "sections": _sections(request, "parameters"),
    }
    return render(request, "pages/parameter.html", context, status=422 if form.errors else 200)


def line_of(parameter: Parameter[Any], policy: PolicySet, today: date, division: str | None) -> Line:
    """The value in force today in a division, and the next one that is already decided."""
    row, default = policy.row_of(parameter, today, division), parameter.dated(today)
    later = sorted(
        {one.valid_from for one in policy.rows if one.key == parameter.key and one.valid_from > today}
    )
    coming = next(
        (
            f"{day} 起 {values.words(policy.get(parameter, day, division))}"
            for day in later
            if policy.row_of(parameter, day, division) not in (None, row)
        ),
        "",
    )
    return Line(
        parameter,
        values.group_of(parameter.key),
        values.words(policy.get(parameter, today, division)),
        row.valid_from if row else default.valid_from,
        row.basis if row else default.basis,
        row.decided_by if row else "",
        coming,
    )


def own_division(scope: Scope) -> str | None:
    """Six digits of the own area; None for the province."""
    prefix = scope.division_prefixes[0] if scope.division_prefixes else ""
    return None if len(prefix) <= 2 else prefix.ljust(6, "0")


def place_name(division: str | None) -> str:
    """Name of the area whose values are shown."""
    if division is None:
        return "全省"
    return Division.objects.filter(code=division).values_list("name", flat=True).first() or division


def places_of(scope: Scope) -> list[tuple[str, str]]:
    """Where a person may decide: the province everywhere, a city for itself, nobody else."""
    if scope.role is Role.PROVINCE and not scope.read_only:
        cities = Division.objects.filter(code__endswith="00").exclude(code__endswith="0000").order_by("code")
        return [WHOLE_PROVINCE, *cities.values_list("code", "name")]
    if scope.role is Role.CITY and not scope.read_only:
        code = own_division(scope) or ""
        return [(code, place_name(code))]
    return []


def _decide(request: ScopedRequest, parameter: Parameter[Any], form: DecisionForm) -> bool:
    given = form.cleaned_data
    try:
        value = values.read(parameter, given["value"])
    except GongdiError as error:
        form.refuse(error, "value")
        return False
    decision = PolicyDecision(
        parameter.key, value, given["valid_from"], given["basis"], given["division"] or None
    )
    by = f"{request.scope.body} {request.scope.person}".strip()[:80]
    try:
        decide_policy(decision=decision, scope=request.scope, decided_by=by, now=clock.now())
    except GongdiError as error:
        form.refuse(error, "valid_from" if "生效日期" in str(error) else None)
        return False
    return True


def _history(parameter: Parameter[Any], policy: PolicySet) -> list[dict[str, object]]:
    """All values, newest first: decided rows, then the defaults shipped."""
    decided: list[PolicyRow] = sorted(
        (row for row in policy.rows if row.key == parameter.key),
        key=lambda row: (row.valid_from, row.id),
        reverse=True,
    )
    names = dict(
        Division.objects.filter(code__in=[row.division for row in decided if row.division]).values_list(
            "code", "name"
        )
    )
    rows: list[dict[str, object]] = [
        {
            "value": values.words(parameter.read(row.value)),
            "place": names.get(row.division or "", row.division or "全省"),
            "since": row.valid_from,
            "basis": row.basis,
            "by": row.decided_by,
        }
        for row in decided
    ]
    return rows + [
        {
            "value": values.words(one.value),
            "place": "全省",
            "since": one.valid_from,
            "basis": one.basis,
            "by": "出厂值",
        }
        for one in reversed(parameter.defaults)
    ]


def _only_authorities(scope: Scope) -> None:
    if not scope.is_authority:
        raise Http404("没有这个页面")


def _sections(request: ScopedRequest, current: str) -> list[tuple[str, str, bool]]:
    return [
        ("parameters", "政策参数", current == "parameters"),
        ("calendar", "工作日历", current == "calendar"),
    ]
