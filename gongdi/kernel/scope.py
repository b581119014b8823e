"""查看与办理的范围：谁能看到哪些区划、企业、项目和哪几类数据；没有身份就什么都看不到。"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Role (身份) under which a person acts; one request acts under exactly one."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    URBAN = "urban"
    STATION = "station"
    APPROVAL = "approval"
    ZONE = "zone"
    ENTERPRISE = "enterprise"
    DEVELOPER = "developer"
    SUPERVISOR = "supervisor"
    VENDOR = "vendor"
    SITE = "site"
    INSTALLATION = "installation"
    NOBODY = ""


AUTHORITY_ROLES = frozenset(
    {Role.PROVINCE, Role.CITY, Role.COUNTY, Role.URBAN, Role.STATION, Role.APPROVAL, Role.ZONE}
)
UNIT_ROLES = frozenset({Role.ENTERPRISE, Role.DEVELOPER, Role.SUPERVISOR, Role.VENDOR})
"""Roles whose subject is an enterprise."""


class DataKind(StrEnum):
    """Kind of data (数据类别) that a role may read."""

    DUST = "dust"
    NOISE = "noise"
    SIX_HUNDRED = "six_hundred"
    VIDEO_OUTER = "video_outer"
    VIDEO_INNER = "video_inner"
    DOCUMENTS = "documents"
    FEES = "fees"
    PEOPLE = "people"
    FRAMES = "frames"
    BASE_FILE = "base_file"


ALL_KINDS = frozenset(DataKind)
URBAN_KINDS = frozenset({DataKind.DUST, DataKind.NOISE, DataKind.SIX_HUNDRED, DataKind.VIDEO_OUTER})
STATION_KINDS = ALL_KINDS - {DataKind.FEES}
VENDOR_KINDS = frozenset({DataKind.DUST, DataKind.NOISE, DataKind.FRAMES})
APPROVAL_KINDS = frozenset({DataKind.BASE_FILE})
"""Inventory, permits and access status only (行政审批局)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Scope (范围) of one person under one role; the empty scope sees nothing (default deny).

    division_prefixes: 2, 4 or 6 digits each; person and body are names for the record; duty is one of the
    three separated administrators (三员) or empty; read_only may look and nothing else. Never build one by
    hand in a view: `orgs.queries.scope_of` is the only source.
    """

    role: Role = Role.NOBODY
    user_id: int | None = None
    membership_id: int | None = None
    division_prefixes: tuple[str, ...] = ()
    authority_id: int | None = None
    enterprise_id: int | None = None
    project_ids: frozenset[int] = frozenset()
    kinds: frozenset[DataKind] = frozenset()
    person: str = ""
    body: str = ""
    read_only: bool = False
    duty: str = ""

    def __post_init__(self) -> None:
        for prefix in self.division_prefixes:
            if len(prefix) not in (2, 4, 6) or not (prefix.isascii() and prefix.isdecimal()):
                raise ValueError(f"区划前缀不合规：{prefix!r}")

    @property
    def is_empty(self) -> bool:
        """True when no project can be in this scope."""
        return not (self.division_prefixes or self.enterprise_id or self.project_ids)

    @property
    def is_authority(self) -> bool:
        """True for a body of 主管部门 (city administration included)."""
        return self.role in AUTHORITY_ROLES

    def may_read(self, kind: DataKind) -> bool:
        """Whether this kind of data may be read inside the scope."""
        return not self.is_empty and kind in self.kinds


NOTHING = Scope()
