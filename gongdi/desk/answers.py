"""窗口各页共用的一步：取单位、取人，取不到一律按没有找到。"""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import reverse

from gongdi.desk import queries
from gongdi.desk.units import Unit, own_unit, unit
from gongdi.kernel.errors import NotFound
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import Membership, User


def unit_or_404(by: Scope, ref: UUID | None) -> Unit:
    """The unit of a key, the own one without a key."""
    try:
        return own_unit(by) if ref is None else unit(by, ref)
    except NotFound as error:
        raise Http404(str(error)) from None


def person_or_404(by: Scope, ref: UUID) -> tuple[User, list[Membership]]:
    """An account that may be seen with the memberships that may be seen."""
    try:
        return queries.visible_person(by, ref)
    except NotFound as error:
        raise Http404(str(error)) from None


def unit_address(about: Unit) -> str:
    """Address of the page of a unit; a project's people stand on the own page."""
    return reverse("people") if about.ref is None else reverse("unit", args=[about.ref])


def crumbs(by: Scope, about: Unit, last: str = "") -> list[dict[str, Any]]:
    """Where the page stands: own unit, the unit meant, the page."""
    own = own_unit(by)
    found = [{"label": "单位与人员", "href": reverse("people")}]
    if about != own:
        found.append({"label": about.name, "href": unit_address(about)})
    return [*found, {"label": last, "href": ""}] if last else found
