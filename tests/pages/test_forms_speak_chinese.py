"""表单的提示都是中文，指明哪一项，已填内容不丢。"""

from django import forms
from django.template.loader import render_to_string

from gongdi.kernel.errors import UnusableInput
from gongdi.pages.forms import PageForm, widget_kind


class Sample(PageForm):
    name = forms.CharField(label="项目名称", max_length=5)
    day = forms.DateField(label="开工日期")
    size = forms.IntegerField(label="占地面积", min_value=1, required=False)
    kind = forms.ChoiceField(label="类别", choices=[("a", "甲")])
    plan = forms.FileField(label="授权书")
    note = forms.CharField(label="说明", widget=forms.Textarea, error_messages={"required": "请写明理由"})


def drawn(form: forms.Form) -> str:
    parts = [render_to_string("components/form_errors.html", {"form": form})]
    parts += [render_to_string("components/field.html", {"field": field}) for field in form]
    return "".join(parts)


def test_every_refusal_names_its_field() -> None:
    form = Sample({"name": "很长很长的名称", "day": "2026-13-01", "size": "0", "kind": "乙", "note": ""})
    said = {name: str(errors[0]) for name, errors in form.errors.items()}
    assert said["day"] == "开工日期的格式不对，请核对"
    assert said["kind"] == "类别不在可选范围内，请重新选择"
    assert said["plan"] == "请填写授权书"
    assert said["note"] == "请写明理由"
    assert set(said) == {"name", "day", "size", "kind", "plan", "note"}
    assert not any(character in "".join(said.values()) for character in "abcdefgh")


def test_what_was_typed_is_kept_and_the_summary_links_to_the_field() -> None:
    form = Sample({"name": "学校", "day": "明天", "kind": "a"})
    text = drawn(form)
    assert 'value="学校"' in text
    assert 'value="明天"' in text
    assert 'href="#id_day"' in text
    assert 'aria-invalid="true"' in text
    assert 'id="id_day-error"' in text


def test_a_refused_verb_is_shown_above_or_at_its_field() -> None:
    form = Sample({})
    form.refuse(UnusableInput("编号已登记。"), "name")
    form.refuse(UnusableInput("现在不能提交。"), "unknown")
    assert "编号已登记。" in form.errors["name"]
    assert form.non_field_errors() == ["现在不能提交。"]


def test_widgets_are_drawn_by_kind() -> None:
    form = Sample()
    assert [widget_kind(form[name]) for name in ("name", "kind", "plan", "note")] == [
        "line",
        "line",
        "file",
        "long",
    ]
    assert "没有保存" not in drawn(form)
