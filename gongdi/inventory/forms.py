"""导入与按许可证建档的表单。"""

from typing import Any

from django import forms

from gongdi.inventory.spreadsheets import MAX_BYTES
from gongdi.pages.forms import PageForm


class UploadForm(PageForm):
    """One spreadsheet (清单文件)."""

    file = forms.FileField(
        label="清单文件",
        help_text="Excel（.xlsx）或 CSV，至多 5 MB、5,000 行。先核对，看过再登记。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"required": "请选择清单文件"},
    )

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError("文件超过 5 MB，请分成几个文件上传")
        return file


class PermitNumberForm(PageForm):
    """Number of a permit (施工许可证编号) to start from."""

    number = forms.CharField(label="施工许可证编号", max_length=40)


class NewFromPermitForm(PageForm):
    """What a permit does not say, and what it says to be confirmed (按许可证建档)."""

    number = forms.CharField(label="项目编号", max_length=40, help_text="质量安全报监时的编号")
    name = forms.CharField(label="项目名称", max_length=120)
    kind = forms.ChoiceField(label="工程类别")
    address = forms.CharField(label="地址", max_length=200, required=False)
    developer = forms.CharField(label="建设单位", max_length=120, required=False)
    supervisor = forms.CharField(label="监理单位", max_length=120, required=False)
    site_area_m2 = forms.IntegerField(
        label="占地面积（平方米）", min_value=1, max_value=100_000_000, required=False
    )
    open_length_m = forms.IntegerField(
        label="开挖长度（米）", min_value=1, max_value=100_000_000, required=False
    )
    started_on = forms.DateField(
        label="开工日期",
        help_text="总监理工程师开工令的日期，接入期限从它算起",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
