"""各房间表单的共同做法：中文提示、错误汇总、保留已填内容。"""

from typing import Any

from django import forms

from gongdi.kernel.errors import GongdiError

SENTENCES = {
    "required": "请填写{label}",
    "invalid": "{label}的格式不对，请核对",
    "invalid_choice": "{label}不在可选范围内，请重新选择",
    "invalid_list": "{label}不在可选范围内，请重新选择",
    "empty": "{label}是空文件，请重新选择",
    "missing": "请选择{label}",
}


class PageForm(forms.Form):
    """Form whose refusals are Chinese sentences naming the field; nothing typed is lost.

    Drawn by `components/form_errors.html` (summary with links) and, for each field,
    `components/field.html with field=form.name`.
    """

    required_css_class = "required"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        kwargs.setdefault("use_required_attribute", False)
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            usual = _usual_messages(field)
            for code, sentence in SENTENCES.items():
                if code in usual and field.error_messages.get(code) == usual[code]:
                    field.error_messages[code] = sentence.format(label=field.label or name)

    def full_clean(self) -> None:
        """Check, and tell assistive technology which field is wrong."""
        super().full_clean()
        for name in self.errors if self.is_bound else ():
            if name in self.fields:
                self.fields[name].widget.attrs |= {
                    "aria-invalid": "true",
                    "aria-describedby": f"{self[name].auto_id}-error",
                }

    def refuse(self, error: GongdiError, field: str | None = None) -> None:
        """Show the sentence of a refused verb above the form, or at the field it is about."""
        self.add_error(field if field in self.fields else None, str(error))


def widget_kind(field: forms.BoundField) -> str:
    """`check`, `choice`, `long`, `file` or `line`: how the field is drawn."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choice"
    if isinstance(widget, forms.Textarea):
        return "long"
    return "file" if isinstance(widget, forms.FileInput) else "line"


def _usual_messages(field: forms.Field) -> dict[str, Any]:
    usual: dict[str, Any] = {}
    for kind in reversed(type(field).__mro__):
        usual.update(getattr(kind, "default_error_messages", {}))
    return usual
