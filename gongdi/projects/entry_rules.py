"""入库要的基础信息：缺哪几项一次说全，每一项指明字段、现值和该怎么补。"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from gongdi.orgs.rules import uscc_valid

PERMIT_NUMBER = re.compile(r"[0-9]{18}", re.ASCII)
INVESTMENT_CODE = re.compile(r"[0-9]{4}-[0-9]{6}-[0-9]{2}-[0-9]{2}-[0-9]{6}", re.ASCII)
NEEDED_POSTS = {
    "general_contractor": ("项目经理", "项目技术负责人", "专职安全生产管理人员", "质量员", "施工员"),
    "supervisor": ("总监理工程师",),
    "developer": ("建设单位项目负责人",),
}
NEEDED_PARTIES = ("developer", "general_contractor", "supervisor")
PARTY_WORDS = {"developer": "建设单位", "general_contractor": "施工总承包", "supervisor": "监理单位"}


@dataclass(frozen=True, slots=True)
class PartyLine:
    """A unit of the site now: kind, name, 统一社会信用代码."""

    kind: str
    name: str
    uscc: str


@dataclass(frozen=True, slots=True)
class PostLine:
    """A person in a post now, with the certificate (empty where the post needs none)."""

    kind: str
    post: str
    person: str
    certificate_no: str
    certificate_until: date | None


@dataclass(frozen=True)
class BaseFile:
    """Base information (项目基础信息) as it stands; area in m², length in m, price in 元."""

    number: str
    name: str
    kind: str
    division: str
    address: str
    placed: bool
    area_m2: int | None
    length_m: int | None
    by_length: bool
    started_on: date | None
    planned_end: date | None
    contract_price: Decimal | None
    permit_number: str
    investment_code: str
    filing_number: str
    parties: Sequence[PartyLine]
    posts: Sequence[PostLine]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the check list (核对项): field, words, value shown, fault (empty when right), hint."""

    field: str
    label: str
    value: str
    fault: str = ""
    hint: str = ""


def checks(file: BaseFile, today: date) -> list[Check]:
    """Every item of the entry review in order; faults stop a submission, hints do not."""
    size = ("open_length_m", "开挖长度（米）", file.length_m) if file.by_length else (
        "site_area_m2", "占地面积（平方米）", file.area_m2)  # fmt: skip
    found = [
        _given("number", "项目编号", file.number),
        _given("name", "项目名称", file.name),
        _given("kind", "工程类别", file.kind),
        _given("division", "所在区划", file.division),
        _given("address", "地址", file.address),
        Check(
            "place", "坐标", "已标注" if file.placed else "", "" if file.placed else "在地图上标出工地位置"
        ),
        _given(size[0], size[1], "" if size[2] is None else f"{size[2]:,}"),
        _given("started_on", "开工日期", _day(file.started_on)),
        _end(file),
        _given(
            "contract_price",
            "合同价（元）",
            "" if file.contract_price is None else f"{file.contract_price:,}",
        ),
        _permit(file.permit_number),
        _investment(file.investment_code),
        _given("filing_number", "质量安全报监编号", file.filing_number),
    ]
    found += [_party(file, kind) for kind in NEEDED_PARTIES]
    found += [_post(file, kind, post, today) for kind, posts in NEEDED_POSTS.items() for post in posts]
    return found


def faults(file: BaseFile, today: date) -> list[Check]:
    """What keeps the base file from being complete (缺项), all at once."""
    return [check for check in checks(file, today) if check.fault]


def new_defects(named: Sequence[str], earlier: Sequence[set[str]], changed: set[str]) -> list[str]:
    """Fields of a second return that the first did not name and that did not change since (不能再退).

    `earlier`: fields named by each earlier return; without an earlier return everything may be named.
    """
    if not earlier:
        return []
    allowed = set().union(*earlier) | changed
    return [field for field in named if field not in allowed]


def _given(field: str, label: str, value: str) -> Check:
    return Check(field, label, value, "" if value else "没有填")


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _end(file: BaseFile) -> Check:
    fault = "" if file.planned_end else "没有填"
    if file.planned_end and file.started_on and file.planned_end <= file.started_on:
        fault = "计划竣工不能早于开工"
    return Check("planned_end", "计划竣工", _day(file.planned_end), fault)


def _permit(number: str) -> Check:
    hint = "" if not number or PERMIT_NUMBER.fullmatch(number) else "不是 18 位的新格式，请核对是否旧证"
    return Check("permit_number", "施工许可证编号", number, "" if number else "没有填", hint)


def _investment(code: str) -> Check:
    hint = "" if not code or INVESTMENT_CODE.fullmatch(code) else "格式应为 2026-140105-47-01-000001 的样子"
    return Check("investment_code", "投资项目统一代码", code, "", hint)


def _party(file: BaseFile, kind: str) -> Check:
    found = next((one for one in file.parties if one.kind == kind), None)
    label = PARTY_WORDS[kind]
    if found is None:
        return Check(f"party_{kind}", label, "", "没有登记这家单位")
    fault = "" if uscc_valid(found.uscc) else "统一社会信用代码校验不对"
    return Check(f"party_{kind}", label, f"{found.name} {found.uscc}", fault)


def _post(file: BaseFile, kind: str, post: str, today: date) -> Check:
    found = next((one for one in file.posts if (one.kind, one.post) == (kind, post)), None)
    field = f"post_{kind}_{NEEDED_POSTS[kind].index(post)}"
    if found is None:
        return Check(field, post, "", "没有登记人员")
    until = found.certificate_until
    if until is not None and until < today:
        return Check(field, post, found.person, f"证书 {until} 已到期")
    return Check(field, post, f"{found.person} {found.certificate_no}".strip())
