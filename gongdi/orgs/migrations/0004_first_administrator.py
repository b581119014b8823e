"""首个账号是本部门的系统管理员，由它逐级委托开户。"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def appoint(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the oldest membership of the first account (admin) the system administrator of its body."""
    members = apps.get_model("orgs", "Membership").objects
    first = members.filter(user__username="admin", role="province").order_by("id").first()
    if first is not None:
        members.filter(id=first.id).update(duty="system")


class Migration(migrations.Migration):
    dependencies = [("orgs", "0003_people_and_more_roles")]
    operations = [migrations.RunPython(appoint, migrations.RunPython.noop)]
