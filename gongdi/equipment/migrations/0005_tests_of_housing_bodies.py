"""测试设备也可以归住房城乡建设部门：陪着安装人员在现场查。"""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A third kind of owner; exactly one of the three is set."""

    dependencies: ClassVar = [
        ("equipment", "0004_number_of_an_ended_test"),
        ("orgs", "0001_initial"),
    ]
    operations: ClassVar = [
        migrations.AddField(
            model_name="trialdevice",
            name="authority",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orgs.authority",
                verbose_name="主管部门",
            ),
        ),
        migrations.RemoveConstraint(model_name="trialdevice", name="trial_device_one_owner"),
        migrations.AddConstraint(
            model_name="trialdevice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("authority__isnull", True), ("enterprise__isnull", False), ("project__isnull", True)
                    ),
                    models.Q(
                        ("authority__isnull", True), ("enterprise__isnull", True), ("project__isnull", False)
                    ),
                    models.Q(
                        ("authority__isnull", False), ("enterprise__isnull", True), ("project__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="trial_device_one_owner",
            ),
        ),
    ]
