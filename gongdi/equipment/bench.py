"""接入台的行为：登记测试设备、结束测试、只读链接的建立与收回。"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from gongdi.equipment.models import BenchShare, Device, TrialDevice
from gongdi.equipment.services import NewDevice, _check_access, _check_interval, _insert_gateway_device
from gongdi.equipment.trial_numbers import retire
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.evidence.record import About, record
from gongdi.kernel.scope import UNIT_ROLES, Role, Scope
from gongdi.protocols.hj212.profiles import PmUnit

SHARE_DAYS = 7
MOST_OPEN = 50
PASSWORD_CHARS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
PASSWORD_LENGTH = 6
PM_UNITS = ("ug", "ng", "mg")
TESTING_BODIES = frozenset({Role.PROVINCE, Role.CITY, Role.COUNTY})
_SIGNER = Signer(salt="gongdi.bench.share")


@dataclass(frozen=True, slots=True)
class MadeTrial:
    """A fresh test device with its password, which is shown this once."""

    device: TrialDevice
    password: str


@dataclass(frozen=True, slots=True)
class TrialFacts:
    """A trial device as the pages read it; `gateway_ids` selects it in the hot tables."""

    gateway_id: int
    gateway_ids: QuerySet[Any]
    mn: str
    pm_unit: PmUnit
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TrialWish:
    """What the technician asks for; an empty number is proposed by the platform."""

    mn: str = ""
    interval_min: int = 1
    pm_unit: str = "ug"


def may_test(scope: Scope) -> bool:
    """Units, vendors and sites test their own devices; housing bodies test beside an installer (接入台)."""
    return scope.role in UNIT_ROLES or scope.role in TESTING_BODIES or scope.role is Role.SITE


def visible_trials(scope: Scope) -> QuerySet[TrialDevice]:
    """Test devices of the own unit, site or body; nobody sees another's, above or below."""
    if not may_test(scope):
        return TrialDevice.objects.none()
    if scope.role is Role.SITE:
        return TrialDevice.objects.filter(project_id__in=scope.project_ids)
    if scope.role in TESTING_BODIES:
        body = scope.authority_id
        return TrialDevice.objects.none() if body is None else TrialDevice.objects.filter(authority_id=body)
    own = scope.enterprise_id
    return TrialDevice.objects.none() if own is None else TrialDevice.objects.filter(enterprise_id=own)


def facts_of(device: TrialDevice) -> TrialFacts:
    """What the bench reads of a trial device."""
    own = TrialDevice.objects.filter(id=device.id).values("gateway_device_id")
    unit: PmUnit = "ng" if device.pm_unit == "ng" else "mg" if device.pm_unit == "mg" else "ug"
    return TrialFacts(device.gateway_device_id, own, device.mn, unit, device.created_at)


def propose_mn() -> str:
    """A number of 24 hexadecimal characters that nobody has."""
    return "A14000FF" + secrets.token_hex(8).upper()


def make_trial(wish: TrialWish, *, by: Scope, now: datetime) -> MadeTrial:
    """Create a test device; the gateways know it at COMMIT. It never counts in any figure.

    Raises NotAllowed for a body without test devices, UnusableInput for a number in use or too many open ones.
    """
    if not may_test(by):
        raise NotAllowed("测试设备由设备厂商、企业、项目部或住建部门登记。")
    mn, password = wish.mn.strip() or propose_mn(), _password()
    entry = NewDevice(
        mn=mn,
        password=password,
        interval_min=wish.interval_min,
        test=True,
        profile_settings={"pm_unit": wish.pm_unit},
    )
    _check_access(entry)
    _check_interval(wish.interval_min)
    if wish.pm_unit not in PM_UNITS:
        raise UnusableInput("颗粒物单位只能是 µg/m³、ng/m³ 或 mg/m³。")
    if visible_trials(by).filter(ended_at__isnull=True).count() >= MOST_OPEN:
        raise UnusableInput(f"同时最多 {MOST_OPEN} 台测试设备，请先结束不用的。")
    with transaction.atomic():
        gateway_id = _gateway_row(entry, now)
        device = TrialDevice.objects.create(
            gateway_device_id=gateway_id,
            mn=mn,
            enterprise_id=by.enterprise_id if by.role in UNIT_ROLES else None,
            project_id=min(by.project_ids) if by.role is Role.SITE else None,
            authority_id=by.authority_id if by.role in TESTING_BODIES else None,
            interval_min=wish.interval_min,
            pm_unit=wish.pm_unit,
            password_length=len(password),
            created_by=by.user_id,
            created_at=now,
        )
        _record(device, "equipment.trial_device_made", {"mn": mn, "pm_unit": wish.pm_unit}, by, now)
    return MadeTrial(device, password)


def renew_password(device: TrialDevice, *, by: Scope, now: datetime) -> str:
    """Give an open test device a new password, shown this once; the old one stops at COMMIT."""
    _own(device, by)
    password = _password()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE gateway_device SET secret = %s WHERE id = %s", [password, device.gateway_device_id]
            )
        _record(device, "equipment.trial_password_renewed", {}, by, now)
    return password


def end_trial(device: TrialDevice, *, by: Scope, now: datetime) -> None:
    """End a test: the number is unknown to the gateways from COMMIT on and free again, its links end with it."""
    _own(device, by)
    with transaction.atomic():
        retire(device, now)
        _record(device, "equipment.trial_device_ended", {}, by, now)


def share(device: TrialDevice, *, by: Scope, now: datetime) -> BenchShare:
    """Open a read-only link for colleagues; it ends by itself after seven days."""
    _own(device, by)
    with transaction.atomic():
        made = BenchShare.objects.create(
            device=device,
            created_by=by.user_id,
            created_at=now,
            expires_at=now + timedelta(days=SHARE_DAYS),
        )
        _record(device, "equipment.trial_shared", {"share": str(made.ref)}, by, now)
    return made


def revoke_shares(device: TrialDevice, *, by: Scope, now: datetime) -> int:
    """Take back all links of a test device; number of links that were open."""
    _own(device, by)
    with transaction.atomic():
        count = open_shares(device, now).update(revoked_at=now)
        _record(device, "equipment.trial_share_revoked", {"links": count}, by, now)
    return count


def open_shares(device: TrialDevice, now: datetime) -> QuerySet[BenchShare]:
    """Links of a test device that work now, newest first."""
    return BenchShare.objects.filter(device=device, revoked_at__isnull=True, expires_at__gt=now)


def token_of(made: BenchShare) -> str:
    """What the address of a link carries: its key, signed with the secret of the installation."""
    return _SIGNER.sign(made.ref.hex).replace(":", "-", 1)


def shared_device(token: str, now: datetime) -> BenchShare | None:
    """The open link of a token with its device; None for an unknown, forged, ended or revoked one."""
    try:
        key = _SIGNER.unsign(token.replace("-", ":", 1))
        ref = UUID(hex=key)
    except (BadSignature, ValueError):
        return None
    found = BenchShare.objects.filter(ref=ref, revoked_at__isnull=True, expires_at__gt=now)
    return found.select_related("device").first()


def mn_is_taken(mn: str) -> bool:
    """Whether a device has this number; a test gives way to the real device."""
    return Device.objects.filter(mn=mn).exists()


def _gateway_row(entry: NewDevice, now: datetime) -> int:
    try:
        with transaction.atomic():
            return _insert_gateway_device(entry, now)
    except IntegrityError as error:
        raise UnusableInput(f"设备编号 {entry.mn} 已登记，请换一个，或留空由平台分配。") from error


def _own(device: TrialDevice, by: Scope) -> None:
    if not visible_trials(by).filter(id=device.id, ended_at__isnull=True).exists():
        raise NotAllowed("只能办理本单位没有结束的测试设备。")


def _password() -> str:
    return "".join(secrets.choice(PASSWORD_CHARS) for _ in range(PASSWORD_LENGTH))


def _record(device: TrialDevice, act: str, facts: dict[str, object], by: Scope, now: datetime) -> None:
    about = About("equipment.trialdevice", device.ref, device.project_id, device.label)
    record(act=act, about=about, facts=facts, by=by, now=now)
