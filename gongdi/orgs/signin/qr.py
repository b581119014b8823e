"""扫码登录：电脑出一次性码，已登录的手机确认，码绑住那台电脑的会话，只用一次。"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import qrcode
from django.db import transaction
from django.http import HttpRequest

from gongdi.kernel.errors import GongdiError
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import User
from gongdi.orgs.queries import active_user
from gongdi.orgs.services.signin import begin_try
from gongdi.orgs.signin.entry import Entry, mark_of
from gongdi.orgs.signin.models import QrCode, Way
from gongdi.orgs.signin.source import source_of
from gongdi.orgs.tries import TryLimit

LASTS = timedelta(minutes=2)
PER_SOURCE = 300
"""Codes that one address may ask for in 30 minutes: twenty pages left open behind one gateway."""
HELD = "signin_qr"


class TooManyCodes(GongdiError):
    """这个网络地址要的二维码太多，请过一会再试，或用账号密码登录。"""


class CodeGone(GongdiError):
    """二维码已过期或已用过，请在电脑上换一张再扫。"""


def digest(code: str) -> str:
    """What is stored of a code."""
    return hashlib.sha256(code.encode()).hexdigest()


def new_code(request: HttpRequest, now: datetime) -> tuple[str, QrCode]:
    """Make one code for the session of this computer; the one before it no longer counts."""
    source = source_of(request)
    limit = TryLimit(f"qr:{source.address}", PER_SOURCE, timedelta(minutes=30), leaks=True)
    if not begin_try([limit], now).allowed:
        raise TooManyCodes
    if request.session.session_key is None:
        request.session.create()
    code = secrets.token_urlsafe(18)
    with transaction.atomic():
        QrCode.objects.filter(session_key=request.session.session_key, used_at=None).delete()
        QrCode.objects.filter(made_at__lt=now - timedelta(days=1)).delete()
        row = QrCode.objects.create(
            digest=digest(code),
            session_key=request.session.session_key or "",
            address=source.address,
            agent=source.agent,
            made_at=now,
            until=now + LASTS,
        )
    request.session[HELD] = row.digest
    return code, row


def state_of(request: HttpRequest, now: datetime) -> str:
    """`waiting`, `scanned`, `approved` or `gone` for the code shown by this computer."""
    row = QrCode.objects.filter(
        digest=request.session.get(HELD, ""), session_key=request.session.session_key or "", used_at=None
    ).first()
    if row is None or now >= row.until + LASTS or (row.approved_at is None and now >= row.until):
        return "gone"
    return "approved" if row.approved_at else "scanned" if row.scanned_at else "waiting"


def scan(code: str, *, now: datetime) -> QrCode:
    """The phone has opened the code: the row with the place of the computer; CodeGone when it is too late."""
    row = QrCode.objects.filter(digest=digest(code), used_at=None, approved_at=None, until__gt=now).first()
    if row is None:
        raise CodeGone
    if row.scanned_at is None:
        QrCode.objects.filter(pk=row.pk, scanned_at=None).update(scanned_at=now)
    return row


def approve(request: HttpRequest, code: str, *, user: User, by: Scope, now: datetime) -> None:
    """The person on the phone lets the computer in under the same membership (确认登录); once only."""
    done = QrCode.objects.filter(
        digest=digest(code), used_at=None, approved_at=None, scanned_at__isnull=False, until__gt=now
    ).update(
        approved_at=now,
        user=user,
        membership_id=by.membership_id,
        factor=bool(mark_of(request).get("factor")),
    )
    if not done:
        raise CodeGone


def redeem(request: HttpRequest, now: datetime) -> tuple[User, Entry]:
    """Use up the approved code in the session that showed it; CodeGone in every other case."""
    with transaction.atomic():
        row = (
            QrCode.objects.select_for_update()
            .filter(
                digest=request.session.get(HELD, ""),
                session_key=request.session.session_key or "",
                used_at=None,
                approved_at__isnull=False,
                until__gt=now - LASTS,
            )
            .first()
        )
        user = active_user(row.user_id) if row is not None and row.user_id is not None else None
        if row is None or user is None:
            raise CodeGone
        row.used_at = now
        row.save(update_fields=["used_at"])
    request.session.pop(HELD, None)
    return user, Entry(Way.QR, factor=row.factor, membership_id=row.membership_id)


@dataclass(frozen=True, slots=True)
class Picture:
    """QR code as one SVG path on a square of `size` units, quiet zone included."""

    size: int
    path: str


def picture(text: str) -> Picture:
    """QR code of a text: one path of horizontal runs."""
    made = qrcode.QRCode(border=2, error_correction=qrcode.ERROR_CORRECT_M)
    made.add_data(text)
    made.make(fit=True)
    rows = made.get_matrix()
    runs = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                runs.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
            x += 1
    return Picture(len(rows), "".join(runs))
