"""单位、人员、激活单、企业注册、联系方式、求助的读取。"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from gongdi.desk.models import Contact, Invitation, Question, Registration
from gongdi.desk.units import LEADING_ROLES, Unit, bodies_below, branches_below, may_see, unit_of
from gongdi.kernel.calendar import WorkingCalendar
from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import NotFound
from gongdi.kernel.scope import Scope
from gongdi.orgs import personal
from gongdi.orgs.models import Authority, Division, Enterprise, Membership, User

SOON = timedelta(days=7)
STATES = (("on", "在用"), ("waiting", "待激活"), ("off", "停用、到期"), ("all", "全部"))


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One membership as a line of a list: who, as what, since and until when, last seen."""

    membership: Membership
    state: str
    word: str
    tone: str
    limit: str

    @property
    def user(self) -> User:
        """The account."""
        return self.membership.user


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit below as a line: how many people may act for it, who administers it."""

    unit: Unit
    kind: str
    people: int
    administered: bool


@dataclass(frozen=True, slots=True)
class Slip:
    """One activation slip (激活单): who, for what, code, until when."""

    name: str
    phone: str
    unit: str
    post: str
    code: str
    until: datetime


def people(about: Unit, day: date, state: str = "all", word: str = "") -> QuerySet[Membership]:
    """Memberships of a unit that are not ended, by state: on, waiting for activation, off; searched by name."""
    rows = about.members().order_by("-duty", "read_only", "id")
    if word:
        rows = rows.filter(Q(user__display_name__icontains=word) | Q(post__icontains=word))
    out = Q(user__is_active=False) | Q(valid_to__lt=day)
    fresh = Q(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)
    if state == "on":
        return rows.exclude(out).exclude(fresh)
    if state == "waiting":
        return rows.exclude(out).filter(fresh)
    return rows.filter(out) if state == "off" else rows


def counts(about: Unit, day: date) -> dict[str, int]:
    """How many memberships of a unit are in each state."""
    return {key: people(about, day, key).count() for key, _ in STATES}


def lines(rows: list[Membership], day: date) -> list[PersonLine]:
    """Lines of a list with the words of their state."""
    codes = {row.limit_division for row in rows if row.limit_division}
    names = {d.code: d.name for d in Division.objects.filter(code__in=codes)} if codes else {}
    return [PersonLine(row, *state_of(row, day), names.get(row.limit_division, "")) for row in rows]


def state_of(row: Membership, day: date) -> tuple[str, str, str]:
    """State, its word and its tone: ended, closed, over, not begun, to be activated, near its end, in use."""
    if row.ended_at is not None:
        return "ended", "已终止", ""
    if not row.user.is_active:
        return "off", "已停用", ""
    if row.valid_to is not None and row.valid_to < day:
        return "over", "已到期", ""
    if not row.user.has_usable_password():
        return "waiting", "待激活", "warn"
    if row.valid_from > day:
        return "later", "未到起始日", ""
    if row.valid_to is not None and row.valid_to - day < SOON:
        return "soon", f"剩 {(row.valid_to - day).days + 1} 天", "warn"
    return "on", "在用", "ok"


def units_below(by: Scope, about: Unit) -> list[UnitLine]:
    """Units directly below one: bodies of a body, branches of an enterprise; without opened accounts last."""
    scope = Scope(authority_id=about.authority.id if about.authority else None)
    if about.enterprise is not None:
        scope = Scope(enterprise_id=about.enterprise.id)
        return _enterprise_lines(branches_below(scope))
    return [] if about.authority is None else _body_lines(bodies_below(scope))


def visible_person(by: Scope, ref: UUID) -> tuple[User, list[Membership]]:
    """An account and those of its memberships whose unit may be seen, newest first; NotFound for any other."""
    user = User.objects.select_related("person").filter(ref=ref).first()
    if user is None:
        raise NotFound
    rows = Membership.objects.filter(user=user).select_related("user__person", "authority", "enterprise")
    seen = [row for row in rows.order_by("-id") if may_see(by, unit_of(row))]
    if not seen:
        raise NotFound
    return user, seen


def slips(about: Unit, now: datetime, users: list[int] | None = None) -> list[Slip]:
    """Slips of everybody in a unit who has not activated the account yet, while the code can be used."""
    rows = {row.user_id: row for row in about.members().order_by("-id")}
    held = Invitation.objects.filter(
        user_id__in=rows if users is None else users, used_at=None, withdrawn_at=None, until__gt=now
    ).select_related("user__person")
    return [
        Slip(
            one.user.display_name,
            one.user.person.phone_masked if one.user.person else "",
            about.name,
            rows[one.user_id].post,
            personal.unseal(one.sealed),
            one.until,
        )
        for one in held.order_by("made_at")
        if one.user_id in rows
    ]


def registrations(by: Scope) -> QuerySet[Registration]:
    """Registrations (企业注册) the person may read: of the own body and of the bodies below it."""
    if by.role not in LEADING_ROLES:
        return Registration.objects.none()
    wanted = Q(authority_id=by.authority_id)
    for prefix in by.division_prefixes:
        wanted |= Q(division__code__startswith=prefix)
    return Registration.objects.filter(wanted).select_related("authority", "division", "decided_by")


def late_registrations(by: Scope, today: date) -> QuerySet[Registration]:
    """Registrations left lying past the term: the delay of the body, never of the enterprise (审核超期)."""
    return registrations(by).filter(state=Registration.State.SUBMITTED, due_on__lt=today)


def remaining(due: date, today: date, calendar: WorkingCalendar) -> int:
    """Working days left until a term (剩余工作日): 0 on the last day, negative after it."""
    first, last = (today, due) if today <= due else (due, today)
    days = sum(calendar.is_working(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))
    return days if today <= due else -days


def contacts_of(authority: Authority | None) -> list[Contact]:
    """Whom to call (联系方式): at the body itself and at those above it, the help desk first."""
    chain: list[int] = []
    while authority is not None and len(chain) < 3:
        chain.append(authority.id)
        authority = authority.parent
    found = Contact.objects.filter(authority_id__in=chain).select_related("authority")
    return sorted(found, key=lambda one: (chain.index(one.authority_id), not one.help_desk, one.id))


def questions(by: Scope) -> QuerySet[Question]:
    """Questions (求助) at the help desk of the own body, open ones first."""
    rows = Question.objects.filter(authority_id=by.authority_id or 0)
    return rows.select_related("asked_by", "answered_by").order_by("-answered_at", "-at")


def own_questions(by: Scope) -> QuerySet[Question]:
    """Questions the person has asked."""
    return Question.objects.filter(asked_by_id=by.user_id or 0).select_related("authority")


def _body_lines(bodies: QuerySet[Authority]) -> list[UnitLine]:
    held = Membership.objects.filter(authority=OuterRef("id"), ended_at__isnull=True, user__is_active=True)
    found = bodies.annotate(administered=Exists(held.filter(duty=Membership.Duty.SYSTEM)))
    found = found.order_by("division_id", "kind", "id")
    heads = _heads("authority_id", [body.id for body in found])
    return [
        UnitLine(
            Unit(authority=body),
            f"{body.division.name} · {body.get_kind_display()}",
            heads.get(body.id, 0),
            body.administered,
        )
        for body in found
    ]


def _enterprise_lines(branches: QuerySet[Enterprise]) -> list[UnitLine]:
    held = Membership.objects.filter(enterprise=OuterRef("id"), ended_at__isnull=True, user__is_active=True)
    found = branches.annotate(administered=Exists(held.filter(duty=Membership.Duty.SYSTEM)))
    heads = _heads("enterprise_id", [branch.id for branch in found])
    return [
        UnitLine(Unit(enterprise=one), one.get_form_display(), heads.get(one.id, 0), one.administered)
        for one in found
    ]


def _heads(field: str, keys: list[int]) -> dict[int, int]:
    rows = Membership.objects.filter(
        **{f"{field}__in": keys}, ended_at__isnull=True, user__is_active=True
    ).order_by()
    return dict(rows.values_list(field).annotate(n=Count("user_id", distinct=True)))


def is_late(registration: Registration, now: datetime) -> bool:
    """Whether the review is past its term."""
    return registration.state == Registration.State.SUBMITTED and registration.due_on < shanghai_day(now)


def colleagues(about: Unit, user: User) -> list[User]:
    """Others in the unit who may act there now, for a hand-over or as deputies."""
    rows = about.members().filter(user__is_active=True, read_only=False).exclude(user=user)
    return list({row.user_id: row.user for row in rows.order_by("user__display_name")}.values())


def likely_taker(about: Unit, user: User, colleagues: list[User], acting: int) -> User | None:
    """Who is proposed to take over: the named deputy, else who does the hand-over, else the first colleague."""
    own = Membership.objects.filter(user=user, ended_at__isnull=True).values("id")
    deputies = set(about.members().filter(deputy_of__in=own).values_list("user_id", flat=True))
    order = sorted(colleagues, key=lambda one: (one.id not in deputies, one.id != acting))
    return order[0] if order else None
