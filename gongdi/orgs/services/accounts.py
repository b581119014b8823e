"""建立账号与身份，建立首个管理账号。"""

import secrets
from dataclasses import dataclass, fields
from datetime import date

from django.db import transaction

from gongdi.orgs.models import Authority, Division, Membership, User

# 去掉易混的 0/O、1/l/I
PASSWORD_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
FIRST_ACCOUNT = "admin"


@dataclass(frozen=True, slots=True)
class NewMember:
    """Data of one membership: the one subject that belongs to the role, valid from a Shanghai day."""

    role: str
    valid_from: date
    authority_id: int | None = None
    enterprise_id: int | None = None
    project_id: int | None = None
    valid_to: date | None = None
    post: str = ""
    duty: str = ""
    read_only: bool = False
    limit_division: str = ""
    project_name: str = ""
    employer_id: int | None = None
    deputy_of_id: int | None = None


def random_password(length: int = 14) -> str:
    """A random password without characters that are mistaken for each other (about 81 bits)."""
    return "".join(secrets.choice(PASSWORD_LETTERS) for _ in range(length))


def create_account(*, username: str, display_name: str, password: str, member: NewMember) -> User:
    """Store one account with its first membership (身份) in one transaction."""
    with transaction.atomic():
        user = User.objects.create_user(username, display_name, password)
        grant(user, member)
    return user


def grant(user: User, member: NewMember) -> Membership:
    """Give an account a further membership; the database refuses a role with a wrong subject."""
    values = {field.name: getattr(member, field.name) for field in fields(member)}
    return Membership.objects.create(user=user, **values)


def ensure_first_account(day: date) -> str | None:
    """Create the first account of an empty system under the provincial body; its password once, else None."""
    with transaction.atomic():
        if User.objects.exists():
            return None
        root = Division.objects.select_for_update().get(parent__isnull=True)
        body, _ = Authority.objects.get_or_create(
            level=Authority.Level.PROVINCE,
            kind=Authority.Kind.HOUSING,
            division=root,
            defaults={"name": f"{root.name}住房和城乡建设厅"},
        )
        password = random_password()
        create_account(
            username=FIRST_ACCOUNT,
            display_name="系统管理员",
            password=password,
            member=NewMember(
                Membership.Role.PROVINCE, day, authority_id=body.id, duty=Membership.Duty.SYSTEM
            ),
        )
    return password
