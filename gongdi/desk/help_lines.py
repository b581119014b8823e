"""登录不了找谁：所选单位、它的上级和省级，只列登记过电话的。"""

from dataclasses import dataclass

from gongdi.desk.models import Contact
from gongdi.orgs.models import Authority

SHOWN = 3


@dataclass(frozen=True, slots=True)
class HelpLine:
    """Whom to call (联系方式): body, for what, hours, telephone; `own` for the unit chosen on the page."""

    name: str
    purpose: str
    hours: str
    phone: str
    own: bool = False


def help_lines(unit: str) -> list[HelpLine]:
    """Registered telephones: of the unit and those above it, else of the province and the first cities."""
    chain: list[Authority] = []
    above = Authority.objects.filter(name=unit).first() if unit else None
    while above is not None and len(chain) < SHOWN:
        chain.append(above)
        above = above.parent
    lines = _lines(chain, unit)
    if lines:
        return lines
    upper = Authority.objects.filter(level__in=("province", "city"), valid_to=None)
    return _lines(list(upper.order_by("division_id", "id")), unit)[:SHOWN]


def _lines(bodies: list[Authority], unit: str) -> list[HelpLine]:
    """One line a body: its first registered contact, else its telephone; none without a number."""
    found: dict[int, Contact] = {}
    for one in Contact.objects.filter(authority__in=bodies).exclude(phone="").order_by("help_desk", "id"):
        found.setdefault(one.authority_id, one)
    lines = []
    for body in bodies:
        contact = found.get(body.pk)
        own = body.name == unit
        if contact is not None:
            lines.append(HelpLine(body.name, contact.purpose, contact.hours, contact.phone, own))
        elif body.phone:
            lines.append(HelpLine(body.name, "值班电话", "", body.phone, own))
    return lines


def unit_names() -> list[str]:
    """Names of the bodies that a person may choose by typing (所属单位)."""
    return list(Authority.objects.order_by("division_id", "id").values_list("name", flat=True)[:300])


def sponsor() -> str:
    """Name of the provincial body that runs the platform (主办); empty before it is registered."""
    found = Authority.objects.filter(level="province", kind="HOUSING").values_list("name", flat=True).first()
    return found or ""
