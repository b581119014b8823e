"""区划、主管部门、企业、人员、身份与登录尝试的表。"""

from typing import ClassVar

import uuid6
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Division(models.Model):
    """Administrative division (行政区划); its code is its key, so prefixes filter without a join."""

    code = models.CharField("代码", max_length=6, primary_key=True)
    name = models.CharField("名称", max_length=60)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="上级"
    )
    functional_zone = models.BooleanField("功能区", default=False)
    lng = models.FloatField("标注点经度", null=True, blank=True)
    lat = models.FloatField("标注点纬度", null=True, blank=True)
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_to = models.DateField("停用日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "行政区划"
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9]{6}$"),
                name="division_code_six_digits",
                violation_error_message="区划代码应为六位数字",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Authority(models.Model):
    """Authority as a body (主管部门), never the division itself."""

    class Level(models.TextChoices):
        PROVINCE = "province", "省"
        CITY = "city", "市"
        COUNTY = "county", "县"

    class Kind(models.TextChoices):
        HOUSING = "HOUSING", "住房和城乡建设厅/局"
        URBAN = "URBAN", "城市管理局"
        STATION = "STATION", "质量安全监督站"
        APPROVAL = "APPROVAL", "行政审批局"
        ZONE = "ZONE", "开发区管理机构"

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    name = models.CharField("名称", max_length=100, unique=True)
    level = models.CharField("层级", max_length=10, choices=Level.choices)
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name="区划")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="上级部门"
    )
    phone = models.CharField("值班电话", max_length=40, blank=True)
    document = models.CharField("设立、委托文件", max_length=200, blank=True)
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_to = models.DateField("停用日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "主管部门"
        ordering: ClassVar = ["division_id", "kind", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(level__in=["province", "city", "county"]), name="authority_level_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["HOUSING", "URBAN", "STATION", "APPROVAL", "ZONE"]),
                name="authority_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Enterprise(models.Model):
    """Enterprise (企业) by its unified social credit code (统一社会信用代码)."""

    class Status(models.TextChoices):
        PENDING = "pending", "待审核"
        ACCEPTED = "accepted", "已通过"
        RETURNED = "returned", "已退回"
        BLOCKED = "blocked", "已停用"

    class Form(models.TextChoices):
        SINGLE = "single", "独立企业"
        GROUP = "group", "集团"
        BRANCH = "branch", "分公司"

    class Kind(models.TextChoices):
        DEVELOPER = "developer", "建设"
        SURVEY = "survey", "勘察"
        DESIGN = "design", "设计"
        CONTRACTOR = "general_contractor", "施工总承包"
        SUBCONTRACTOR = "subcontractor", "专业分包"
        SUPERVISOR = "supervisor", "监理"
        TESTING = "testing", "检测"
        MONITORING = "monitoring", "监测"
        INSTALLATION = "installation", "安装、出租"
        VENDOR = "vendor", "设备厂商"

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    name = models.CharField("名称", max_length=120)
    uscc = models.CharField("统一社会信用代码", max_length=18, unique=True)
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.ACCEPTED)
    form = models.CharField("组织形式", max_length=10, choices=Form.choices, default=Form.SINGLE)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所属集团"
    )
    kinds = ArrayField(
        models.CharField(max_length=20, choices=Kind.choices),
        verbose_name="单位类别",
        default=list,
        blank=True,
    )
    division = models.ForeignKey(
        Division, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="住所区划"
    )
    legal_person = models.CharField("法定代表人", max_length=60, blank=True)
    phone = models.CharField("单位电话", max_length=40, blank=True)
    address = models.CharField("住所", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "企业"
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(uscc__regex=r"^[0-9A-HJ-NPQRTUWXY]{18}$"),
                name="enterprise_uscc_form",
                violation_error_message="统一社会信用代码应为 18 位，不含 I、O、S、V、Z",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "accepted", "returned", "blocked"]),
                name="enterprise_status_known",
            ),
            models.CheckConstraint(
                condition=Q(form__in=["single", "group"]) | Q(form="branch", parent__isnull=False),
                name="enterprise_branch_has_group",
                violation_error_message="分公司应登记所属集团",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="enterprise_not_its_own_group"),
        ]

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """Person (人员). Telephone and identity number are never stored in clear: see `orgs.personal`.

    The telephone is sealed, with a blind index to find it; of the identity number only the last four
    characters and the blind index are kept.
    """

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    name = models.CharField("姓名", max_length=60)
    phone_masked = models.CharField("手机号（隐去中段）", max_length=20, blank=True)
    phone_index = models.CharField("手机号索引", max_length=64, blank=True)
    phone_sealed = models.TextField("手机号密文", blank=True)
    id_last4 = models.CharField("身份证号末四位", max_length=4, blank=True)
    id_index = models.CharField("身份证号索引", max_length=64, blank=True)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "人员"
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["phone_index"],
                condition=~Q(phone_index=""),
                name="person_phone_once",
                violation_error_message="这个手机号已登记给另一个人",
            ),
            models.UniqueConstraint(
                fields=["id_index"],
                condition=~Q(id_index=""),
                name="person_id_once",
                violation_error_message="这个身份证号已登记给另一个人",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Creates accounts; names are kept as typed and compared in lower case."""

    def create_user(self, username: str, display_name: str, password: str) -> "User":
        """Store one account with a hashed password."""
        user = self.model(username=username.strip().lower(), display_name=display_name.strip())
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Account of a name, ignoring case and blanks around it."""
        return self.get(username=(username or "").strip().lower())


class User(AbstractBaseUser):
    """Account (账号) of one person; what it may do comes from its memberships only."""

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    username = models.CharField("账号", max_length=60, unique=True)
    display_name = models.CharField("姓名", max_length=60)
    # 一人一号：同一个人的几个身份在一个账号下切换
    person = models.OneToOneField(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="人员"
    )
    is_active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    enabled_at = models.DateTimeField("重新启用时间", null=True, blank=True)
    disabled_at = models.DateTimeField("停用时间", null=True, blank=True)
    disabled_why = models.CharField("停用原因", max_length=200, blank=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar = ["display_name"]

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        ordering: ClassVar = ["username"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(username__regex=r"^[a-z0-9][a-z0-9._-]*$"),
                name="user_username_form",
                violation_error_message="账号用小写字母、数字、点、横线和下划线",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name


AUTHORITY_MEMBER = Q(
    role__in=["province", "city", "county", "urban", "station", "approval", "zone"],
    authority__isnull=False,
    enterprise__isnull=True,
    project_id__isnull=True,
)
ENTERPRISE_MEMBER = Q(
    role__in=["enterprise", "developer", "supervisor", "vendor"],
    authority__isnull=True,
    enterprise__isnull=False,
    project_id__isnull=True,
)
SITE_MEMBER = Q(role="site", authority__isnull=True, enterprise__isnull=True, project_id__isnull=False)


class Membership(models.Model):
    """Membership (身份): a person acts for one body, one enterprise or one project, from and until a day.

    `ended_at` ends it at once (离任、离职); `limit_division` narrows a body to one of its divisions;
    a deputy (代理) has a membership of his own with both dates that names the one it stands in for.
    """

    class Role(models.TextChoices):
        PROVINCE = "province", "省级监管"
        CITY = "city", "市级监管"
        COUNTY = "county", "县级监管"
        URBAN = "urban", "城市管理"
        STATION = "station", "质量安全监督"
        APPROVAL = "approval", "行政审批"
        ZONE = "zone", "开发区监管"
        ENTERPRISE = "enterprise", "企业"
        DEVELOPER = "developer", "建设单位"
        SUPERVISOR = "supervisor", "监理单位"
        VENDOR = "vendor", "设备厂商"
        SITE = "site", "项目"

    class Duty(models.TextChoices):
        NONE = "", "无"
        SYSTEM = "system", "系统管理员"
        SECURITY = "security", "安全管理员"
        AUDIT = "audit", "审计管理员"

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="账号")
    role = models.CharField("身份", max_length=12, choices=Role.choices)
    authority = models.ForeignKey(
        Authority, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="主管部门"
    )
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="企业"
    )
    # 项目在上一层楼，这里只存键；外键由 projects 的迁移加在数据库里
    project_id = models.BigIntegerField("项目", null=True, blank=True, db_index=True)
    project_name = models.CharField("项目名称", max_length=120, blank=True)
    # 项目部的人由所属企业开户、由它办离任
    employer = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所属企业"
    )
    post = models.CharField("职务、岗位", max_length=60, blank=True)
    duty = models.CharField("管理职责", max_length=10, choices=Duty.choices, default="", blank=True)
    read_only = models.BooleanField("只读", default=False)
    limit_division = models.CharField("限定区划", max_length=6, blank=True)
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("截止日期", null=True, blank=True)
    deputy_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="代理"
    )
    ended_at = models.DateTimeField("终止时间", null=True, blank=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="终止人"
    )
    end_reason = models.CharField("终止原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "身份"
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=AUTHORITY_MEMBER | ENTERPRISE_MEMBER | SITE_MEMBER,
                name="membership_one_subject_by_role",
                violation_error_message="身份与所属单位不一致",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="membership_dates_in_order",
                violation_error_message="截止日期早于起始日期",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "authority", "enterprise", "project_id", "valid_from"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="membership_once",
                violation_error_message="同一身份已登记",
            ),
            models.CheckConstraint(
                condition=Q(limit_division="")
                | Q(limit_division__regex=r"^[0-9]{6}$", authority__isnull=False),
                name="membership_limit_of_a_body",
                violation_error_message="只有主管部门的身份可以限定区划",
            ),
            models.CheckConstraint(
                condition=Q(employer__isnull=True) | Q(project_id__isnull=False),
                name="membership_employer_of_a_site",
                violation_error_message="只有项目的身份另记所属企业",
            ),
            models.CheckConstraint(
                condition=Q(deputy_of__isnull=True) | Q(valid_to__isnull=False),
                name="membership_deputy_has_an_end",
                violation_error_message="代理应有截止日期",
            ),
            models.CheckConstraint(
                condition=Q(duty__in=["", "audit"]) | Q(duty__in=["system", "security"], read_only=False),
                name="membership_duty_can_act",
                violation_error_message="只读身份不能是系统管理员或安全管理员",
            ),
            # 三员分立：一个账号在任何单位最多担任一种、一处管理职责
            models.UniqueConstraint(
                fields=["user"],
                condition=~Q(duty="") & Q(ended_at__isnull=True),
                name="membership_one_administrator_duty",
                violation_error_message="系统、安全、审计管理员不能由同一人担任",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class SigninAttempt(models.Model):
    """Tries to sign in (登录尝试) under one key (account and address, account, or address)."""

    key = models.CharField(max_length=200, primary_key=True)
    tries = models.PositiveSmallIntegerField()
    last_at = models.DateTimeField(db_index=True)
    locked_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "登录尝试"

    def __str__(self) -> str:
        return self.key
