"""把项目的表读成规则要的基础信息。"""

from datetime import date

from gongdi.projects.entry_rules import BaseFile, PartyLine, PostLine
from gongdi.projects.models import Project, ProjectKindRule, ProjectParty, ProjectPost


def base_file(project: Project) -> BaseFile:
    """Base information (基础信息) of a project as it stands (3 queries)."""
    parties = ProjectParty.objects.filter(project=project, valid_to__isnull=True).select_related("enterprise")
    posts = ProjectPost.objects.filter(project=project, valid_to__isnull=True).select_related("party")
    return BaseFile(
        number=project.number,
        name=project.name,
        kind=project.kind_id,
        division=project.division_id,
        address=project.address,
        placed=project.lng is not None and project.lat is not None,
        area_m2=project.site_area_m2,
        length_m=project.open_length_m,
        by_length=_by_length(project.kind_id, project.started_on),
        started_on=project.started_on,
        planned_end=project.planned_end,
        contract_price=project.contract_price,
        permit_number=project.permit_number,
        investment_code=project.investment_code,
        filing_number=project.filing_number,
        parties=[PartyLine(one.kind, one.enterprise.name, one.enterprise.uscc) for one in parties],
        posts=[
            PostLine(one.party.kind, one.post, one.person_name, one.certificate_no, one.certificate_until)
            for one in posts
        ],
    )


def _by_length(kind: str, day: date | None) -> bool:
    rules = ProjectKindRule.objects.filter(kind_id=kind)
    rule = (rules.filter(valid_from__lte=day) if day else rules).order_by("-valid_from").first()
    return rule is not None and rule.dust_rule == ProjectKindRule.DustRule.LENGTH
