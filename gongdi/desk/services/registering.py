"""企业自助注册与审核：退回时一次说清全部问题，审核超期只算审核部门的。"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from gongdi.desk.models import Registration
from gongdi.desk.services.opening import NewPerson, digest, new_code, open_granted, plain_code
from gongdi.desk.units import LEADING_ROLES, reviewing_body, unit_roles
from gongdi.kernel.calendar import WorkingCalendar
from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import GongdiError, NotAllowed
from gongdi.kernel.evidence.record import About, record
from gongdi.kernel.files.rules import Use
from gongdi.kernel.files.storing import FileOwner, store
from gongdi.kernel.policy import REVIEW_DAYS, PolicySet
from gongdi.kernel.scope import Scope
from gongdi.notify.services import send
from gongdi.orgs import personal
from gongdi.orgs.models import Enterprise, Membership
from gongdi.orgs.rules import uscc_valid
from gongdi.orgs.services.accounts import NewMember

FIELDS = {
    "name": "企业名称",
    "uscc": "统一社会信用代码",
    "division": "住所区划",
    "kinds": "单位类别",
    "legal_person": "法定代表人",
    "address": "住所",
    "phone": "单位电话",
    "contact": "管理员",
    "letter": "授权书",
}
"""Fields a defect may name, with the words of the page."""


class UsccWrong(GongdiError):
    """统一社会信用代码不对，请照营业执照核对 18 位。"""


class PhoneWrong(GongdiError):
    """管理员手机号应为 11 位，以 1 开头，请核对。"""


class NoDefects(GongdiError):
    """退回要至少写明一处问题，并说明怎么改。"""


class AlreadyDecided(GongdiError):
    """这份注册已经审核过，页面已更新。"""


class AlreadyOpen(GongdiError):
    """这家企业已经开通，账号请找本企业的系统管理员。"""


class NoSuchRegistration(GongdiError):
    """没有这个查询码对应的注册，请核对。"""


@dataclass(frozen=True, slots=True)
class NewRegistration:
    """What an enterprise says about itself (企业注册)."""

    name: str
    uscc: str
    division: str
    kinds: tuple[str, ...]
    legal_person: str
    address: str
    contact_name: str
    contact_phone: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """What the review term is computed from."""

    policy: PolicySet
    calendar: WorkingCalendar

    def due(self, day: date) -> date:
        """Last day of the review of what was submitted on a Shanghai day (审核期限)."""
        return self.calendar.working_days_after(day, self.policy.get(REVIEW_DAYS, day))


@dataclass(frozen=True, slots=True)
class Submitted:
    """The registration and the code by which the enterprise follows it, told once."""

    registration: Registration
    code: str


def submit(
    *, new: NewRegistration, clock: Clock, now: datetime, letter: "UploadedFile[Any] | None" = None
) -> Submitted:
    """Take in a registration from somebody without an account, with the stamped letter of authority (授权书)."""
    phone = _check(new)
    code = new_code()
    with transaction.atomic():
        body = reviewing_body(new.division)
        registration = Registration(digest=digest(code), authority=body, first_at=now)
        _fill(registration, new, phone, clock, now)
        _keep(registration, letter, now)
        registration.save(force_insert=True)
        _tell_reviewers(registration, now)
        _record("registration.submitted", registration, Scope(person=new.contact_name, body=new.name), now)
    return Submitted(registration, code)


def submit_again(
    *, code: str, new: NewRegistration, clock: Clock, now: datetime, letter: "UploadedFile[Any] | None" = None
) -> Registration:
    """Hand in a returned registration mended (补正); the term begins anew, the first date stays."""
    phone = _check(new)
    with transaction.atomic():
        registration = registration_of(code, lock=True)
        if registration.state != Registration.State.RETURNED:
            raise AlreadyDecided("这份注册现在不需要补正。")
        registration.authority = reviewing_body(new.division)
        registration.times += 1
        registration.state = Registration.State.SUBMITTED
        registration.decided_at = registration.decided_by = None
        registration.defects = []
        _fill(registration, new, phone, clock, now)
        _keep(registration, letter, now)
        registration.save()
        _tell_reviewers(registration, now)
        _record("registration.resubmitted", registration, Scope(person=new.contact_name, body=new.name), now)
    return registration


def registration_of(code: str, *, lock: bool = False) -> Registration:
    """The registration of a code told at its submission; NoSuchRegistration otherwise."""
    rows = Registration.objects.select_related("authority", "division", "account")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.filter(digest=digest(plain_code(code))).first()
    if found is None:
        raise NoSuchRegistration
    return found


def may_review(by: Scope, registration: Registration) -> bool:
    """Whether the person decides it: the body in charge, not with an account that may only look."""
    return by.role in LEADING_ROLES and by.authority_id == registration.authority_id and not by.read_only


def accept(*, ref: UUID, by: Scope, now: datetime, policy: PolicySet) -> Registration:
    """Accept: the enterprise is entered or completed, its first system administrator gets an account."""
    with transaction.atomic():
        registration = _open_one(ref, by)
        enterprise = _enterprise(registration)
        if enterprise.id and _has_administrator(enterprise):
            raise AlreadyOpen
        enterprise.save()
        phone = personal.unseal(registration.contact_sealed)
        registration.enterprise = enterprise
        for position, role in enumerate(unit_roles(enterprise.kinds)):
            opened = open_granted(
                person=NewPerson(registration.contact_name, phone),
                member=NewMember(
                    role=role,
                    valid_from=shanghai_day(now),
                    enterprise_id=enterprise.id,
                    post="企业管理员",
                    duty="" if position else Membership.Duty.SYSTEM,
                ),
                by=by,
                now=now,
                policy=policy,
            )
            registration.account = opened.user
        _decide(registration, Registration.State.ACCEPTED, [], by, now)
        _record("registration.accepted", registration, by, now)
    return registration


def send_back(*, ref: UUID, defects: Mapping[str, str], by: Scope, now: datetime) -> Registration:
    """Return with every defect at once (一次性告知): field to what is wrong and how to mend it."""
    named = {field: words.strip() for field, words in defects.items() if field in FIELDS and words.strip()}
    if not named:
        raise NoDefects
    with transaction.atomic():
        registration = _open_one(ref, by)
        listed = [{"field": field, "words": named[field]} for field in FIELDS if field in named]
        _decide(registration, Registration.State.RETURNED, listed, by, now)
        _record("registration.returned", registration, by, now)
    return registration


def _check(new: NewRegistration) -> str:
    if not uscc_valid(new.uscc):
        raise UsccWrong
    phone = personal.plain_phone(new.contact_phone)
    if not phone:
        raise PhoneWrong
    known = Enterprise.objects.filter(uscc=new.uscc).first()
    if known is not None and _has_administrator(known):
        raise AlreadyOpen
    return phone


def _fill(registration: Registration, new: NewRegistration, phone: str, clock: Clock, now: datetime) -> None:
    registration.name, registration.uscc = new.name, new.uscc
    registration.division_id, registration.kinds = new.division, list(new.kinds)
    registration.legal_person, registration.address = new.legal_person, new.address
    registration.phone, registration.contact_name = new.phone, new.contact_name
    registration.contact_masked = personal.masked_phone(phone)
    registration.contact_sealed = personal.seal(phone)
    registration.submitted_at = now
    registration.due_on = clock.due(shanghai_day(now))


def _tell_reviewers(registration: Registration, now: datetime) -> None:
    """A message to the system administrators of the body in charge: the term runs."""
    people = Membership.objects.filter(
        authority_id=registration.authority_id,
        duty=Membership.Duty.SYSTEM,
        ended_at__isnull=True,
        user__is_active=True,
    )
    send(
        to=people.values_list("user_id", flat=True),
        title=f"企业注册待审核：{registration.name}",
        text=f"期限 {registration.due_on.isoformat()}",
        link=f"/registrations/{registration.ref}/",
        kind="account",
        now=now,
    )


def _keep(registration: Registration, letter: "UploadedFile[Any] | None", now: datetime) -> None:
    """Store the letter for the body that reviews; without a new one the old one stays."""
    if letter is None:
        return
    by = Scope(person=registration.contact_name, body=registration.name)
    owner = FileOwner(authority_id=registration.authority_id)
    kept = store(letter, owner=owner, by=by, now=now, use=Use.SCAN)
    registration.letter_ref, registration.letter_name = kept.ref, kept.name


def _open_one(ref: UUID, by: Scope) -> Registration:
    registration = Registration.objects.select_for_update(of=("self",)).filter(ref=ref).first()
    if registration is None or not may_review(by, registration):
        raise NotAllowed
    if registration.state != Registration.State.SUBMITTED:
        raise AlreadyDecided
    return registration


def _enterprise(registration: Registration) -> Enterprise:
    """The enterprise of the code, known already as party of a project or not."""
    found = Enterprise.objects.select_for_update().filter(uscc=registration.uscc).first()
    enterprise = found or Enterprise(uscc=registration.uscc)
    enterprise.name, enterprise.division_id = registration.name, registration.division_id
    enterprise.kinds, enterprise.legal_person = list(registration.kinds), registration.legal_person
    enterprise.phone, enterprise.address = registration.phone, registration.address
    enterprise.status = Enterprise.Status.ACCEPTED
    return enterprise


def _has_administrator(enterprise: Enterprise) -> bool:
    holders = Membership.objects.filter(enterprise=enterprise, duty=Membership.Duty.SYSTEM)
    return holders.filter(ended_at__isnull=True, user__is_active=True).exists()


def _decide(
    registration: Registration, state: str, defects: list[dict[str, str]], by: Scope, now: datetime
) -> None:
    registration.state, registration.defects = state, defects
    registration.decided_at, registration.decided_by_id = now, by.user_id
    try:
        registration.save()
    except IntegrityError:
        raise AlreadyDecided from None


def _record(act: str, registration: Registration, by: Scope, now: datetime) -> None:
    facts = {
        "uscc": registration.uscc,
        "times": registration.times,
        "due_on": registration.due_on.isoformat(),
        "defects": registration.defects,
    }
    about = About("desk.registration", registration.ref, name=registration.name)
    record(act=act, about=about, facts=facts, by=by, now=now)
