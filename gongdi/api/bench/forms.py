"""登记测试设备的表单。"""

from django import forms

from gongdi.pages.forms import PageForm

UNITS = (("ug", "µg/m³"), ("ng", "ng/m³（标准表 B.2）"), ("mg", "mg/m³"))
INTERVALS = tuple((str(n), f"{n} 分钟") for n in (1, 2, 5, 10, 15, 30, 60))


class TrialForm(PageForm):
    """Number (may be left empty), unit of particulates, interval."""

    mn = forms.CharField(
        label="MN（数采仪编码）",
        required=False,
        max_length=40,
        help_text="留空由平台分配 24 位；铭牌上印了的照填",
    )
    pm_unit = forms.ChoiceField(label="颗粒物单位", choices=UNITS, initial="ug")
    interval_min = forms.TypedChoiceField(label="上传间隔", choices=INTERVALS, coerce=int, initial="1")
