"""监测室的表。"""

from django.db import migrations, models

import gongdi.telemetry.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("telemetry", "0001_hot_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Canary",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "gateway_id", "minute", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("gateway_id", models.IntegerField()),
                ("minute", models.DateTimeField()),
                ("committed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "canary",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="ConnectionLog",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("gateway_id", models.IntegerField()),
                ("seq", models.IntegerField()),
                ("device_id", models.IntegerField(null=True)),
                ("relay", models.BooleanField()),
                ("device_no", models.TextField()),
                ("peer", models.TextField()),
                ("why", models.TextField()),
            ],
            options={
                "db_table": "connection_log",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="CoverageDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "stream",
                        "subject_id",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("stream", models.SmallIntegerField()),
                ("subject_id", models.IntegerField()),
                ("day", models.DateField()),
                ("expected_hours", models.SmallIntegerField()),
                ("valid_hours", models.SmallIntegerField()),
                ("updated_at", models.DateTimeField()),
                ("expected", gongdi.telemetry.models.MinuteMapField()),
                ("received", gongdi.telemetry.models.MinuteMapField()),
                ("on_time", gongdi.telemetry.models.MinuteMapField()),
                ("valid", gongdi.telemetry.models.MinuteMapField()),
                ("exempt", gongdi.telemetry.models.MinuteMapField()),
                ("fault", gongdi.telemetry.models.MinuteMapField()),
            ],
            options={
                "db_table": "coverage_day",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="CoverageDelta",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("device_ids", gongdi.telemetry.models.ArrayOf(element="integer")),
                ("ts", gongdi.telemetry.models.ArrayOf(element="timestamptz")),
                ("recv_at", gongdi.telemetry.models.ArrayOf(element="timestamptz")),
                ("interval_min", gongdi.telemetry.models.ArrayOf(element="smallint")),
                ("marks", gongdi.telemetry.models.ArrayOf(element="bigint")),
            ],
            options={
                "db_table": "coverage_delta",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="DeviceLast",
            fields=[
                ("device_id", models.IntegerField(primary_key=True, serialize=False)),
                ("gateway_id", models.IntegerField(null=True)),
                ("heard_at", models.DateTimeField()),
                ("realtime_at", models.DateTimeField(null=True)),
                ("data_ts", models.DateTimeField(null=True)),
                ("data_recv_at", models.DateTimeField(null=True)),
                ("valid_ts", models.DateTimeField(null=True)),
                ("acked", models.BigIntegerField()),
                ("stored", models.BigIntegerField()),
                ("skew_n", models.IntegerField()),
                ("skew_s", models.FloatField(null=True)),
                ("peer", models.TextField()),
                ("realtime", models.JSONField(null=True)),
                ("frames", models.JSONField()),
            ],
            options={
                "db_table": "device_last",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="GatewayDevice",
            fields=[
                ("id", models.IntegerField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("device_no", models.TextField()),
                ("interval_min", models.SmallIntegerField()),
                ("profile", models.JSONField()),
                ("relay_of", models.IntegerField(null=True)),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(null=True)),
                ("test", models.BooleanField()),
            ],
            options={
                "db_table": "gateway_device",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="GatewayInstance",
            fields=[
                ("id", models.IntegerField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("started_at", models.DateTimeField()),
                ("last_seen", models.DateTimeField()),
                ("stopped_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "gateway_instance",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="ObsConflict",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("device_id", models.IntegerField()),
                ("ts", models.DateTimeField()),
                ("cn", models.SmallIntegerField()),
                ("recv_at", models.DateTimeField()),
                ("gateway_id", models.IntegerField(null=True)),
                ("peer", models.TextField()),
                ("payload", models.JSONField()),
                ("raw", models.BinaryField()),
            ],
            options={
                "db_table": "obs_conflict",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="ObsHour",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "device_id", "ts", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("device_id", models.IntegerField()),
                ("ts", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                ("n", models.SmallIntegerField()),
                ("valid_n", models.SmallIntegerField()),
                ("pm10_avg", models.FloatField(null=True)),
                ("pm10_max", models.FloatField(null=True)),
                ("pm25_avg", models.FloatField(null=True)),
                ("tsp_avg", models.FloatField(null=True)),
                ("noise_leq", models.FloatField(null=True)),
                ("noise_max", models.FloatField(null=True)),
                ("temperature_avg", models.FloatField(null=True)),
                ("humidity_avg", models.FloatField(null=True)),
                ("wind_speed_avg", models.FloatField(null=True)),
            ],
            options={
                "db_table": "obs_hour",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="PendingDevice",
            fields=[
                ("device_no", models.TextField(primary_key=True, serialize=False)),
                ("first_seen", models.DateTimeField()),
                ("last_seen", models.DateTimeField()),
                ("n", models.BigIntegerField()),
                ("peer", models.TextField()),
                ("st", models.TextField()),
                ("frames", gongdi.telemetry.models.ByteaArrayField()),
            ],
            options={
                "db_table": "pending_device",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="PlatformFault",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("gateway_id", models.IntegerField(null=True)),
                ("starts", models.DateTimeField()),
                ("ends", models.DateTimeField()),
                ("cause", models.TextField()),
                ("noted_at", models.DateTimeField()),
            ],
            options={
                "db_table": "platform_fault",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Quarantine",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("recv_at", models.DateTimeField()),
                ("gateway_id", models.IntegerField(null=True)),
                ("device_id", models.IntegerField(null=True)),
                ("peer", models.TextField()),
                ("device_no", models.TextField()),
                ("reason", models.TextField()),
                ("detail", models.TextField()),
                ("data", models.BinaryField()),
                ("held", models.BooleanField()),
            ],
            options={
                "db_table": "quarantine",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="DirtyDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "device_id", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("device_id", models.IntegerField()),
                ("day", models.DateField()),
            ],
            options={
                "verbose_name": "待结算设备日",
                "verbose_name_plural": "待结算设备日",
            },
        ),
        migrations.CreateModel(
            name="DirtyHour",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "device_id", "ts", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("device_id", models.IntegerField()),
                ("ts", models.DateTimeField()),
            ],
            options={
                "verbose_name": "待汇总小时",
                "verbose_name_plural": "待汇总小时",
            },
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("device_id", models.IntegerField(verbose_name="设备")),
                ("hour", models.DateTimeField(verbose_name="小时")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("pm10", "PM10 小时均值"),
                            ("noise_day", "昼间噪声"),
                            ("noise_night", "夜间噪声"),
                        ],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                ("value", models.FloatField(verbose_name="小时值")),
                ("limit", models.FloatField(verbose_name="限值")),
                ("basis", models.CharField(max_length=200, verbose_name="依据")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("raised", "已提醒"),
                            ("listed", "补传，不作实时提醒"),
                            ("sand_storm", "沙尘天气，不计超标"),
                            ("cleared", "数据更正后不再超标"),
                        ],
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("raised_at", models.DateTimeField(verbose_name="判定时间")),
            ],
            options={
                "verbose_name": "超标提醒",
                "verbose_name_plural": "超标提醒",
                "ordering": ["-hour", "device_id", "kind"],
                "indexes": [models.Index(fields=["hour", "device_id"], name="alarm_hour")],
                "constraints": [
                    models.UniqueConstraint(fields=("device_id", "hour", "kind"), name="alarm_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Exemption",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("project_id", models.BigIntegerField(verbose_name="项目")),
                ("device_id", models.IntegerField(blank=True, null=True, verbose_name="设备")),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("X1", "批准停工"),
                            ("X2", "冬季停工"),
                            ("X3", "计划维护"),
                            ("X4", "故障"),
                            ("X5", "不可抗力、区域停电断网"),
                            ("X6", "平台故障"),
                            ("X7", "不具备安装条件"),
                            ("X8", "重污染天气应急停工"),
                        ],
                        max_length=2,
                        verbose_name="类别",
                    ),
                ),
                ("starts", models.DateTimeField(verbose_name="起")),
                ("ends", models.DateTimeField(verbose_name="止")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("applied", "待审"),
                            ("approved", "批准"),
                            ("refused", "不予批准"),
                            ("withdrawn", "撤回"),
                        ],
                        default="applied",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="事由")),
                ("applied_by", models.CharField(max_length=120, verbose_name="申请人")),
                ("applied_at", models.DateTimeField(verbose_name="申请时间")),
                ("approver", models.CharField(blank=True, max_length=120, verbose_name="审批人")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="审批时间")),
            ],
            options={
                "verbose_name": "免传时段",
                "verbose_name_plural": "免传时段",
                "ordering": ["-starts", "-id"],
                "indexes": [models.Index(fields=["project_id", "starts"], name="exemption_project")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("starts__lt", models.F("ends"))),
                        name="exemption_in_order",
                        violation_error_message="免传时段的止应晚于起",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "approved"), _negated=True),
                            models.Q(
                                ("decided_at__isnull", False), models.Q(("approver", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="exemption_approved_by_someone",
                        violation_error_message="批准的免传须有审批人和审批时间",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("code__in", ["X1", "X2", "X3", "X4", "X5", "X6", "X7", "X8"])),
                        name="exemption_code_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SandStorm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("division", models.CharField(max_length=6, verbose_name="区划")),
                ("starts", models.DateTimeField(verbose_name="起")),
                ("ends", models.DateTimeField(verbose_name="止")),
                ("basis", models.CharField(max_length=120, verbose_name="预警文号")),
            ],
            options={
                "verbose_name": "沙尘预警",
                "verbose_name_plural": "沙尘预警",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("starts__lt", models.F("ends"))), name="sand_storm_in_order"
                    )
                ],
            },
        ),
    ]
