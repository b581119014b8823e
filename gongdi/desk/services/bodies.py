"""设立下级单位与登记联系方式。"""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from gongdi.desk.models import Contact
from gongdi.kernel.errors import GongdiError, NotAllowed
from gongdi.kernel.evidence.record import About, record
from gongdi.kernel.policy import division_prefix
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import Authority, Division, Membership

KINDS_BELOW = (
    Authority.Kind.HOUSING,
    Authority.Kind.STATION,
    Authority.Kind.URBAN,
    Authority.Kind.APPROVAL,
    Authority.Kind.ZONE,
)
BESIDE = frozenset({Authority.Kind.URBAN, Authority.Kind.APPROVAL})
"""Bodies of the same government, never under the 住建 body that opens their first account."""


class BodyTaken(GongdiError):
    """已有同名的单位，请核对。"""


class BodyOutside(GongdiError):
    """区划不在本单位辖区内，或与单位类别不符，请重新选择。"""


class ContactTaken(GongdiError):
    """这件事的联系方式已登记，请先删除原来的。"""


@dataclass(frozen=True, slots=True)
class NewBody:
    """A body to be set up: name, kind, division, duty telephone, the document that sets it up or entrusts it."""

    name: str
    kind: str
    division: str
    phone: str = ""
    document: str = ""


def may_set_up(by: Scope) -> bool:
    """Whether the person may set up bodies: system administrator of a 住建 body above the county."""
    own = Authority.objects.filter(id=by.authority_id or 0, kind=Authority.Kind.HOUSING).exists()
    return own and by.duty == Membership.Duty.SYSTEM and not by.read_only


def create_body(*, new: NewBody, by: Scope, now: datetime) -> Authority:
    """Set up a body directly below (设立下级单位): the next level of 住建, or another kind of the own level."""
    if not may_set_up(by):
        raise NotAllowed
    own = Authority.objects.get(id=by.authority_id or 0)
    division = Division.objects.filter(code=new.division).first()
    if division is None or not _fits(own, new, division):
        raise BodyOutside
    try:
        with transaction.atomic():
            body = Authority.objects.create(
                name=new.name.strip(),
                kind=new.kind,
                level=_level(division),
                division=division,
                parent=None if new.kind in BESIDE else own,
                phone=new.phone.strip(),
                document=new.document.strip(),
            )
            facts = {"kind": new.kind, "division": new.division, "document": new.document.strip()}
            record(act="body.created", about=_about(body), facts=facts, by=by, now=now)
    except IntegrityError:
        raise BodyTaken from None
    return body


def add_contact(*, contact: Contact, by: Scope, now: datetime) -> Contact:
    """Enter whom to call at the own body (联系方式)."""
    body = _own_body(by, contact.authority_id)
    try:
        with transaction.atomic():
            contact.save(force_insert=True)
            facts = {"purpose": contact.purpose, "phone": contact.phone, "hours": contact.hours}
            record(act="body.contact_set", about=_about(body), facts=facts, by=by, now=now)
    except IntegrityError:
        raise ContactTaken from None
    return contact


def remove_contact(*, contact: Contact, by: Scope, now: datetime) -> None:
    """Take a contact away."""
    body = _own_body(by, contact.authority_id)
    with transaction.atomic():
        facts = {"purpose": contact.purpose, "phone": contact.phone}
        contact.delete()
        record(act="body.contact_removed", about=_about(body), facts=facts, by=by, now=now)


def _own_body(by: Scope, authority_id: int) -> Authority:
    if by.duty != Membership.Duty.SYSTEM or by.read_only or by.authority_id != authority_id:
        raise NotAllowed
    return Authority.objects.get(id=authority_id)


def _fits(own: Authority, new: NewBody, division: Division) -> bool:
    """A 住建 body or a zone one level lower, any other kind for the own division."""
    inside = division.code.startswith(division_prefix(own.division_id))
    if new.kind == Authority.Kind.HOUSING:
        return inside and division.parent_id == own.division_id and not division.functional_zone
    if new.kind == Authority.Kind.ZONE:
        return inside and division.code != own.division_id
    return new.kind in KINDS_BELOW and division.code == own.division_id


def _level(division: Division) -> str:
    if division.parent_id is None:
        return Authority.Level.PROVINCE
    return Authority.Level.CITY if division.code.endswith("00") else Authority.Level.COUNTY


def _about(body: Authority) -> About:
    return About("orgs.authority", body.ref, name=body.name)
