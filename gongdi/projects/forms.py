"""项目基础信息、参建单位、岗位、停工、监督员的表单。"""

from typing import Any

from django import forms

from gongdi.pages.forms import PageForm
from gongdi.projects.models import Project, ProjectParty, Stop

DAY = {"type": "date"}
POSTS = (
    "项目经理", "项目技术负责人", "专职安全生产管理人员", "质量员", "施工员", "材料员", "资料员", "劳资专管员",
    "总监理工程师", "专业监理工程师", "见证人员", "取样员", "建设单位项目负责人",
)  # fmt: skip


def _day(label: str, help_text: str = "", required: bool = False) -> forms.DateField:
    widget = forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=help_text, required=required, widget=widget)


class BaseFileForm(PageForm):
    """Base information of a project (项目基础信息) as 施工总承包 keeps it."""

    name = forms.CharField(label="项目名称", max_length=120)
    address = forms.CharField(label="地址", max_length=200, required=False)
    lng = forms.FloatField(
        label="经度", min_value=73, max_value=136, required=False, help_text="度，如 112.563210"
    )
    lat = forms.FloatField(label="纬度", min_value=3, max_value=54, required=False)
    system = forms.ChoiceField(
        label="坐标系",
        choices=Project.CoordinateSystem.choices,
        required=False,
        help_text="高德、腾讯地图选 GCJ-02，百度地图选 BD-09，保存时换成 WGS-84",
    )
    site_area_m2 = forms.IntegerField(
        label="占地面积（平方米）", min_value=1, max_value=100_000_000, required=False
    )
    open_length_m = forms.IntegerField(
        label="开挖长度（米）", min_value=1, max_value=100_000_000, required=False
    )
    building_area_m2 = forms.IntegerField(
        label="建筑面积（平方米）", min_value=1, max_value=100_000_000, required=False
    )
    contract_price = forms.DecimalField(
        label="合同价（元）", min_value=1, max_digits=18, decimal_places=2, required=False
    )
    planned_end = _day("计划竣工")
    stage = forms.CharField(label="阶段", max_length=30, required=False)
    permit_number = forms.CharField(label="施工许可证编号", max_length=40, required=False)
    investment_code = forms.CharField(label="投资项目统一代码", max_length=40, required=False)
    filing_number = forms.CharField(
        label="质量安全报监编号",
        max_length=60,
        required=False,
        help_text="质量、安全监督登记编号；合并办理的填许可证编号",
    )


class PartyForm(PageForm):
    """A unit of the site (参建单位)."""

    kind = forms.ChoiceField(
        label="参建身份",
        choices=[
            ("", "请选择"),
            *(one for one in ProjectParty.Kind.choices if one[0] != "general_contractor"),
        ],
    )
    uscc = forms.CharField(label="统一社会信用代码", max_length=18, min_length=18)
    name = forms.CharField(label="单位名称", max_length=120, required=False, help_text="已登记的单位不用填")


class PostForm(PageForm):
    """A person in a post (岗位人员)."""

    party = forms.ChoiceField(label="所属单位")
    post = forms.ChoiceField(label="岗位", choices=[("", "请选择"), *((one, one) for one in POSTS)])
    person_name = forms.CharField(label="姓名", max_length=40)
    certificate = forms.CharField(
        label="证书", max_length=40, required=False, help_text="如 安全生产考核合格证 C"
    )
    certificate_no = forms.CharField(label="证书编号", max_length=60, required=False)
    certificate_until = _day("证书有效期至")

    def __init__(self, *args: Any, parties: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["party"].choices = [("", "请选择"), *parties]  # type: ignore[attr-defined]


class StopForm(PageForm):
    """An application for a stop (停工申请)."""

    kind = forms.ChoiceField(
        label="停工类别",
        choices=[one for one in Stop.Kind.choices if one[0] != Stop.Kind.ORDERED],
        widget=forms.RadioSelect,
    )
    starts = _day("停工起", required=True)
    ends = _day("停工止（含）", required=True)
    reason = forms.CharField(label="事由", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class HandOverForm(PageForm):
    """Hand over to a colleague (移交)."""

    taker = forms.ChoiceField(label="接收的监督员", widget=forms.RadioSelect)
    reason = forms.CharField(label="说明", max_length=200, required=False)

    def __init__(self, *args: Any, colleagues: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["taker"].choices = colleagues  # type: ignore[attr-defined]


class StartForm(PageForm):
    """Correction of the start date (更正开工日期)."""

    day = _day("开工日期", "总监理工程师开工令的日期", required=True)
    reason = forms.CharField(label="理由和依据", max_length=300)


class CompletionForm(PageForm):
    """Completion of a project (确认竣工)."""

    day = _day("竣工日期", "竣工验收合格的日期", required=True)


class OrderForm(PageForm):
    """An ordered stop (责令停工)."""

    starts = _day("停工起", required=True)
    ends = _day("停工止（含）", required=True)
    reason = forms.CharField(label="事由和文书编号", max_length=300)


class SupervisionForm(PageForm):
    """Hand one aspect of the supervision to another body (监督移交)."""

    aspect = forms.ChoiceField(label="监督方面")
    authority = forms.ChoiceField(label="接收的监督机构")
    reason = forms.CharField(label="理由和文件", max_length=300)

    def __init__(
        self, *args: Any, aspects: list[tuple[str, str]], bodies: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["aspect"].choices = aspects  # type: ignore[attr-defined]
        self.fields["authority"].choices = [("", "请选择"), *bodies]  # type: ignore[attr-defined]
