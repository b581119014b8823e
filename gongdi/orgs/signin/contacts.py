"""登录不了找谁：所选单位、它的上级和省级，只列登记过电话的。"""

from gongdi.orgs.models import Authority

SHOWN = 3


def help_lines(unit: str) -> list[Authority]:
    """Bodies with a registered telephone: the unit and those above it, else the province and the first cities."""
    own = (
        Authority.objects.filter(name=unit).select_related("parent", "parent__parent").first()
        if unit
        else None
    )
    chain: list[Authority] = []
    while own is not None and len(chain) < SHOWN:
        chain.append(own)
        own = own.parent
    called = [body for body in chain if body.phone]
    if called:
        return called
    upper = Authority.objects.exclude(phone="").filter(level__in=("province", "city"))
    return list(upper.order_by("division_id", "id")[:SHOWN])


def unit_names() -> list[str]:
    """Names of the bodies that a person may choose by typing (所属单位)."""
    return list(Authority.objects.order_by("division_id", "id").values_list("name", flat=True)[:300])
