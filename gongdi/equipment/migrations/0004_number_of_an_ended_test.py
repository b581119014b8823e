"""测试结束后编号可以再用：同一编号同时只有一台在测。"""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """The number of a test device is unique among the open ones only."""

    dependencies: ClassVar = [("equipment", "0003_move_of_a_device")]
    operations: ClassVar = [
        migrations.AlterField(
            model_name="trialdevice",
            name="mn",
            field=models.CharField(max_length=40, verbose_name="设备编号"),
        ),
        migrations.AddConstraint(
            model_name="trialdevice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("mn",),
                name="trial_device_open_number_once",
            ),
        ),
    ]
