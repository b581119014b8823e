"""设备登记、设置变更、停用、迁移、换机、批量登记的表单。"""

from django import forms

from gongdi.api.bench.forms import INTERVALS, UNITS
from gongdi.pages.forms import PageForm
from gongdi.protocols.hj212.profiles import PROFILES

PROFILE_CHOICES = tuple((name, profile.label) for name, profile in PROFILES.items() if name != "crc-none")


class DeviceForm(PageForm):
    """One device of a project."""

    project_number = forms.CharField(label="项目编号", max_length=40)
    mn = forms.CharField(label="MN（设备编号）", max_length=40)
    password = forms.CharField(
        label="访问密码", required=False, max_length=20, help_text="留空由平台生成，登记后显示一次"
    )
    place = forms.CharField(label="安装位置", required=False, max_length=80)
    interval_min = forms.TypedChoiceField(label="上传间隔", choices=INTERVALS, coerce=int, initial="1")
    pm_unit = forms.ChoiceField(label="颗粒物单位", choices=UNITS, initial="ng")
    profile = forms.ChoiceField(label="接入方言", choices=PROFILE_CHOICES, initial="strict")
    model = forms.CharField(label="型号", required=False, max_length=80)
    vendor_uscc = forms.CharField(label="设备厂商统一社会信用代码", required=False, max_length=18)


class SettingForm(PageForm):
    """New interval and units from an instant on."""

    interval_min = forms.TypedChoiceField(label="上传间隔", choices=INTERVALS, coerce=int)
    pm_unit = forms.ChoiceField(label="颗粒物单位", choices=UNITS)
    valid_from = forms.DateTimeField(
        label="从何时起", required=False, help_text="留空即现在；格式 2026-11-20 08:00"
    )


class EndForm(PageForm):
    """Reason of the end of service."""

    reason = forms.CharField(label="停用原因", max_length=200)


class MoveForm(PageForm):
    """Project to which the device goes."""

    project_number = forms.CharField(label="迁到的项目编号", max_length=40)


class ExchangeForm(PageForm):
    """Number and password of the new device."""

    mn = forms.CharField(label="新设备 MN", max_length=40)
    password = forms.CharField(
        label="新设备访问密码", required=False, max_length=20, help_text="留空由平台生成"
    )


class UploadForm(PageForm):
    """Spreadsheet text of many devices."""

    file = forms.FileField(
        label="设备清单（CSV）",
        help_text="列：项目编号,MN,访问密码,安装位置,上传间隔,颗粒物单位；一次最多 500 台",
    )
