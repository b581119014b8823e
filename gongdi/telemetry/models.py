"""监测室的表：热表的只读映像（由 SQL 建立，Django 不管），以及免传时段、超标提醒和待算清单。"""

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models

if TYPE_CHECKING:
    TextField = models.Field[str, str]
    ListField = models.Field[list[Any], list[Any]]
else:
    TextField = ListField = models.Field

MINUTES_OF_DAY = 1440


class MinuteMapField(TextField):
    """A day of minutes (分钟位图): bit(1440) read and written as 1440 characters 0 and 1, 00:00 first."""

    def db_type(self, connection: Any) -> str:
        """Column type."""
        return f"bit({MINUTES_OF_DAY})"


class ByteaArrayField(ListField):
    """bytea[] of frames as received."""

    def db_type(self, connection: Any) -> str:
        """Column type."""
        return "bytea[]"


class ArrayOf(ListField):
    """An array column of a given element type (only read)."""

    def __init__(self, element: str = "integer", **kwargs: Any) -> None:
        """`element` is the SQL type of the elements."""
        super().__init__(**kwargs)
        self.element = element

    def db_type(self, connection: Any) -> str:
        """Column type."""
        return f"{self.element}[]"

    def deconstruct(self) -> Any:
        """Path and arguments for migrations."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "element": self.element}


class GatewayDevice(models.Model):
    """Device as the gateways know it; the secret is not readable here."""

    id = models.IntegerField(primary_key=True)
    kind = models.TextField()
    device_no = models.TextField()
    interval_min = models.SmallIntegerField()
    profile = models.JSONField()
    relay_of = models.IntegerField(null=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    test = models.BooleanField()

    class Meta:
        managed = False
        db_table = "gateway_device"


class GatewayInstance(models.Model):
    """One start of a gateway process."""

    id = models.IntegerField(primary_key=True)
    name = models.TextField()
    started_at = models.DateTimeField()
    last_seen = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "gateway_instance"


class Canary(models.Model):
    """Committed minute of a gateway's own probe (探针)."""

    pk = models.CompositePrimaryKey("gateway_id", "minute")
    gateway_id = models.IntegerField()
    minute = models.DateTimeField()
    committed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "canary"


class PlatformFault(models.Model):
    """平台故障 window [starts, ends); gateway_id None = the whole platform."""

    id = models.BigIntegerField(primary_key=True)
    gateway_id = models.IntegerField(null=True)
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    cause = models.TextField()
    noted_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "platform_fault"


class ObsHour(models.Model):
    """Hour roll-up over valid samples; noise is the energetic mean."""

    pk = models.CompositePrimaryKey("device_id", "ts")
    device_id = models.IntegerField()
    ts = models.DateTimeField()
    updated_at = models.DateTimeField()
    n = models.SmallIntegerField()
    valid_n = models.SmallIntegerField()
    pm10_avg = models.FloatField(null=True)
    pm10_max = models.FloatField(null=True)
    pm25_avg = models.FloatField(null=True)
    tsp_avg = models.FloatField(null=True)
    noise_leq = models.FloatField(null=True)
    noise_max = models.FloatField(null=True)
    temperature_avg = models.FloatField(null=True)
    humidity_avg = models.FloatField(null=True)
    wind_speed_avg = models.FloatField(null=True)

    class Meta:
        managed = False
        db_table = "obs_hour"


class ObsConflict(models.Model):
    """Second, different payload under a stored key."""

    id = models.BigIntegerField(primary_key=True)
    device_id = models.IntegerField()
    ts = models.DateTimeField()
    cn = models.SmallIntegerField()
    recv_at = models.DateTimeField()
    gateway_id = models.IntegerField(null=True)
    peer = models.TextField()
    payload = models.JSONField()
    raw = models.BinaryField()

    class Meta:
        managed = False
        db_table = "obs_conflict"


class Quarantine(models.Model):
    """Refused frame with its reason."""

    id = models.BigIntegerField(primary_key=True)
    recv_at = models.DateTimeField()
    gateway_id = models.IntegerField(null=True)
    device_id = models.IntegerField(null=True)
    peer = models.TextField()
    device_no = models.TextField()
    reason = models.TextField()
    detail = models.TextField()
    data = models.BinaryField()
    held = models.BooleanField()

    class Meta:
        managed = False
        db_table = "quarantine"


class PendingDevice(models.Model):
    """Unknown device number (MN) that reports."""

    device_no = models.TextField(primary_key=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    n = models.BigIntegerField()
    peer = models.TextField()
    st = models.TextField()
    frames = ByteaArrayField()

    class Meta:
        managed = False
        db_table = "pending_device"


class DeviceLast(models.Model):
    """Last values of a device."""

    device_id = models.IntegerField(primary_key=True)
    gateway_id = models.IntegerField(null=True)
    heard_at = models.DateTimeField()
    realtime_at = models.DateTimeField(null=True)
    data_ts = models.DateTimeField(null=True)
    data_recv_at = models.DateTimeField(null=True)
    valid_ts = models.DateTimeField(null=True)
    acked = models.BigIntegerField()
    stored = models.BigIntegerField()
    skew_n = models.IntegerField()
    skew_s = models.FloatField(null=True)
    peer = models.TextField()
    realtime = models.JSONField(null=True)
    frames = models.JSONField()

    class Meta:
        managed = False
        db_table = "device_last"


class ConnectionLog(models.Model):
    """One connection of a device."""

    id = models.BigIntegerField(primary_key=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    gateway_id = models.IntegerField()
    seq = models.IntegerField()
    device_id = models.IntegerField(null=True)
    relay = models.BooleanField()
    device_no = models.TextField()
    peer = models.TextField()
    why = models.TextField()

    class Meta:
        managed = False
        db_table = "connection_log"


class CoverageDelta(models.Model):
    """New rows of one flush that are not yet in the maps."""

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    device_ids = ArrayOf("integer")
    ts = ArrayOf("timestamptz")
    recv_at = ArrayOf("timestamptz")
    interval_min = ArrayOf("smallint")
    marks = ArrayOf("bigint")

    class Meta:
        managed = False
        db_table = "coverage_delta"


class CoverageDay(models.Model):
    """Six minute maps of one subject and Shanghai day, and the hours derived from them."""

    pk = models.CompositePrimaryKey("stream", "subject_id", "day")
    stream = models.SmallIntegerField()
    subject_id = models.IntegerField()
    day = models.DateField()
    expected_hours = models.SmallIntegerField()
    valid_hours = models.SmallIntegerField()
    updated_at = models.DateTimeField()
    expected = MinuteMapField()
    received = MinuteMapField()
    on_time = MinuteMapField()
    valid = MinuteMapField()
    exempt = MinuteMapField()
    fault = MinuteMapField()

    class Meta:
        managed = False
        db_table = "coverage_day"


class Exemption(models.Model):
    """免传时段 X1..X8 of a project (device_id None) or of one device, with its approval."""

    class Status(models.TextChoices):
        APPLIED = "applied", "待审"
        APPROVED = "approved", "批准"
        REFUSED = "refused", "不予批准"
        WITHDRAWN = "withdrawn", "撤回"

    CODES = [
        ("X1", "批准停工"),
        ("X2", "冬季停工"),
        ("X3", "计划维护"),
        ("X4", "故障"),
        ("X5", "不可抗力、区域停电断网"),
        ("X6", "平台故障"),
        ("X7", "不具备安装条件"),
        ("X8", "重污染天气应急停工"),
    ]

    project_id = models.BigIntegerField("项目")
    device_id = models.IntegerField("设备", null=True, blank=True)
    code = models.CharField("类别", max_length=2, choices=CODES)
    starts = models.DateTimeField("起")
    ends = models.DateTimeField("止")
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.APPLIED)
    reason = models.CharField("事由", max_length=300)
    applied_by = models.CharField("申请人", max_length=120)
    applied_at = models.DateTimeField("申请时间")
    approver = models.CharField("审批人", max_length=120, blank=True)
    decided_at = models.DateTimeField("审批时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "免传时段"
        ordering: ClassVar = ["-starts", "-id"]
        indexes: ClassVar = [models.Index(fields=["project_id", "starts"], name="exemption_project")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(starts__lt=models.F("ends")),
                name="exemption_in_order",
                violation_error_message="免传时段的止应晚于起",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="approved")
                | (models.Q(decided_at__isnull=False) & ~models.Q(approver="")),
                name="exemption_approved_by_someone",
                violation_error_message="批准的免传须有审批人和审批时间",
            ),
            models.CheckConstraint(
                condition=models.Q(code__in=[f"X{n}" for n in range(1, 9)]), name="exemption_code_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.starts:%Y-%m-%d %H:%M}"


class SandStorm(models.Model):
    """沙尘天气预警 in force over [starts, ends) in a division: the hour is marked, no exceedance raised."""

    division = models.CharField("区划", max_length=6)
    starts = models.DateTimeField("起")
    ends = models.DateTimeField("止")
    basis = models.CharField("预警文号", max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = "沙尘预警"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(starts__lt=models.F("ends")), name="sand_storm_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.division} {self.starts:%Y-%m-%d %H:%M}"


class Alarm(models.Model):
    """超标 of one valid hour: mean against the limit in force, once per device, hour and kind."""

    class Kind(models.TextChoices):
        PM10 = "pm10", "PM10 小时均值"
        NOISE_DAY = "noise_day", "昼间噪声"
        NOISE_NIGHT = "noise_night", "夜间噪声"

    class State(models.TextChoices):
        RAISED = "raised", "已提醒"
        LISTED = "listed", "补传，不作实时提醒"
        SAND_STORM = "sand_storm", "沙尘天气，不计超标"
        CLEARED = "cleared", "数据更正后不再超标"

    device_id = models.IntegerField("设备")
    hour = models.DateTimeField("小时")
    kind = models.CharField("类别", max_length=12, choices=Kind.choices)
    value = models.FloatField("小时值")
    limit = models.FloatField("限值")
    basis = models.CharField("依据", max_length=200)
    state = models.CharField("状态", max_length=10, choices=State.choices)
    raised_at = models.DateTimeField("判定时间")

    class Meta:
        verbose_name = verbose_name_plural = "超标提醒"
        ordering: ClassVar = ["-hour", "device_id", "kind"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device_id", "hour", "kind"], name="alarm_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["hour", "device_id"], name="alarm_hour")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.hour:%Y-%m-%d %H} {self.kind}"


class DirtyHour(models.Model):
    """A closed hour that got data and waits for its roll-up."""

    pk = models.CompositePrimaryKey("device_id", "ts")
    device_id = models.IntegerField()
    ts = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "待汇总小时"


class DirtyDay(models.Model):
    """A device-day whose counted hours changed and whose project result waits to be computed."""

    pk = models.CompositePrimaryKey("device_id", "day")
    device_id = models.IntegerField()
    day = models.DateField()

    class Meta:
        verbose_name = verbose_name_plural = "待结算设备日"
