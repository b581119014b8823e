"""把现有项目的监督机构、施工总承包补成带日期的行，写入监督区划和入库日期。"""

from django.db import migrations

CODES = """
UPDATE projects_project AS p SET
    safety_code = coalesce((SELECT division_id FROM orgs_authority WHERE id = p.safety_authority_id), p.division_id),
    quality_code = coalesce((SELECT division_id FROM orgs_authority WHERE id = p.quality_authority_id), p.division_id),
    dust_code = coalesce((SELECT division_id FROM orgs_authority WHERE id = p.dust_authority_id), p.division_id)
"""
ENTERED = """
UPDATE projects_project SET entered_on = (created_at AT TIME ZONE 'Asia/Shanghai')::date WHERE NOT holding
"""
SUPERVISION = """
INSERT INTO projects_supervision (project_id, aspect, authority_id, valid_from)
SELECT p.id, a.aspect, a.authority_id, coalesce(p.started_on, (p.created_at AT TIME ZONE 'Asia/Shanghai')::date)
FROM projects_project p,
    LATERAL (VALUES ('quality', p.quality_authority_id), ('safety', p.safety_authority_id),
                    ('dust', p.dust_authority_id)) AS a (aspect, authority_id)
WHERE a.authority_id IS NOT NULL AND NOT p.holding
"""
PARTIES = """
INSERT INTO projects_projectparty (project_id, enterprise_id, kind, valid_from)
SELECT id, contractor_id, 'general_contractor', started_on FROM projects_project
WHERE contractor_id IS NOT NULL AND NOT holding
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0005_entry_stops_changes")]
    operations = [migrations.RunSQL([CODES, ENTERED, SUPERVISION, PARTIES], migrations.RunSQL.noop)]
