"""核对一批行之前，把类别、区划、企业和已有编号一次读齐。"""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from gongdi.inventory.models import ImportBatch, Permit
from gongdi.inventory.rules import Known
from gongdi.inventory.spreadsheets import SheetRow
from gongdi.kernel.scope import Role, Scope
from gongdi.orgs.models import Division, Enterprise
from gongdi.projects.models import Project, ProjectKind, ProjectKindRule


def known_for(kind: str, rows: Iterable[SheetRow], by: Scope, today: date) -> Known:
    """Everything the rows are checked against, in a constant number of queries."""
    cells = [row.cells for row in rows]
    column = "项目编号" if kind == ImportBatch.Kind.PROJECTS else "施工许可证编号"
    numbers = {one[column] for one in cells if one.get(column)}
    codes = {one["施工总承包代码"] for one in cells if one.get("施工总承包代码")}
    table = Project if kind == ImportBatch.Kind.PROJECTS else Permit
    return Known(
        kinds=_kinds(),
        divisions=_divisions(today),
        names_of_uscc=dict(Enterprise.objects.filter(uscc__in=codes).values_list("uscc", "name")),
        taken=frozenset(table.objects.filter(number__in=numbers).values_list("number", flat=True)),
        allowed_prefixes=by.division_prefixes,
        own_uscc=_own_uscc(by),
        by_length=_by_length(today),
        today=today,
    )


def _kinds() -> dict[str, str]:
    return {word: kind.code for kind in ProjectKind.objects.all() for word in (kind.name, kind.code)}


def _by_length(today: date) -> frozenset[str]:
    """Codes of the kinds whose dust duty goes by length today."""
    rules = {
        rule.kind_id: rule
        for rule in ProjectKindRule.objects.filter(valid_from__lte=today).order_by("valid_from")
    }
    return frozenset(
        code for code, rule in rules.items() if rule.dust_rule == ProjectKindRule.DustRule.LENGTH
    )


def _divisions(today: date) -> dict[str, str]:
    """Counties and zones by code and, where it is the only one of its name, by name."""
    found = [one for one in Division.objects.all() if not one.valid_to or one.valid_to >= today]
    parents = {one.parent_id for one in found}
    leaves = [one for one in found if one.code not in parents]
    names = Counter(one.name for one in leaves)
    by_name = {one.name: one.code for one in leaves if names[one.name] == 1}
    return {one.code: one.code for one in leaves} | by_name


def _own_uscc(by: Scope) -> str:
    if by.role is not Role.ENTERPRISE or by.enterprise_id is None:
        return ""
    return Enterprise.objects.values_list("uscc", flat=True).get(id=by.enterprise_id)
