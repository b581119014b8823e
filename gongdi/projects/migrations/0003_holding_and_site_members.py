"""建立“待分配设备”项目，并让项目人员的身份受外键约束。"""

from datetime import UTC, datetime

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ADD_KEY = """
ALTER TABLE orgs_membership ADD CONSTRAINT orgs_membership_project_id_fk
    FOREIGN KEY (project_id) REFERENCES projects_project (id) DEFERRABLE INITIALLY DEFERRED
"""
DROP_KEY = "ALTER TABLE orgs_membership DROP CONSTRAINT orgs_membership_project_id_fk"


def create_holding(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Insert the holding project of the province; its division is the whole province."""
    division = apps.get_model("orgs", "Division").objects.get(parent__isnull=True)
    apps.get_model("projects", "Project").objects.create(
        number="HOLDING",
        name="待分配设备",
        kind_id="OTHER",
        division=division,
        holding=True,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


class Migration(migrations.Migration):
    dependencies = [("projects", "0002_load_kinds"), ("orgs", "0002_load_divisions")]
    operations = [
        migrations.RunSQL(ADD_KEY, DROP_KEY),
        migrations.RunPython(create_holding, migrations.RunPython.noop),
    ]
