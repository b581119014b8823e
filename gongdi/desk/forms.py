"""开户、激活、离任、代理、企业注册、联系方式、求助的表单。"""

from datetime import date, timedelta
from typing import Any

from django import forms

from gongdi.desk.services.registering import FIELDS
from gongdi.desk.units import Unit, roles_for
from gongdi.kernel.scope import Scope
from gongdi.orgs import personal
from gongdi.orgs.models import Authority, Division, Enterprise, Membership, User
from gongdi.orgs.rules import id_card_valid, uscc_valid
from gongdi.orgs.signin import passwords
from gongdi.pages.forms import PageForm

PHONE_HINT = "本人手机号，激活账号时核对"
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
LONG = {"rows": 3}


class PhoneField(forms.CharField):
    """Mobile number (手机号) as 11 digits; blanks and hyphens are taken out."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})
        super().__init__(max_length=20, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        """Refuse what is not a mobile number."""
        typed = str(super().clean(value) or "")
        phone = personal.plain_phone(typed)
        if typed and not phone:
            raise forms.ValidationError("手机号应为 11 位，以 1 开头，请核对")
        return phone


class UsccField(forms.CharField):
    """Unified social credit code (统一社会信用代码) with the reason why one cannot be right."""

    def clean(self, value: Any) -> str:
        """Upper case, without blanks; every kind of mistake has its own sentence."""
        code = "".join(str(super().clean(value) or "").split()).upper()
        if not code or uscc_valid(code):
            return code
        raise forms.ValidationError(uscc_refusal(code))


def uscc_refusal(code: str) -> str:
    """Why a code is wrong: its length, a letter that never occurs, or the check character."""
    if len(code) != 18:
        return f"统一社会信用代码是 18 位，现在是 {len(code)} 位"
    strange = [letter for letter in code if letter not in "0123456789ABCDEFGHJKLMNPQRTUWXY"]
    if strange:
        return f"统一社会信用代码里没有“{strange[0]}”，请看是否把数字 0、1、5、2 认成了字母"
    return "统一社会信用代码的校验位不对：最后一位由前 17 位算出，有一位抄错或次序颠倒，请照营业执照核对"


class DivisionField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Choice of a division (区划); counties stand indented under their city."""

    def __init__(self, **kwargs: Any) -> None:
        words = {"invalid_choice": "区划不在可选范围内，请重新选择"}
        super().__init__(
            queryset=Division.objects.none(), error_messages=words, empty_label="请选择", **kwargs
        )

    def label_from_instance(self, obj: Division) -> str:
        """Name, indented for a county."""
        return obj.name if obj.code.endswith("00") else f"　{obj.name}"


class NewAccountForm(PageForm):
    """Account of a person in a unit (新建账号)."""

    name = forms.CharField(label="姓名", max_length=60)
    phone = PhoneField(label="手机号", help_text=PHONE_HINT)
    post = forms.CharField(label="职务、岗位", max_length=60, required=False)
    role = forms.ChoiceField(label="身份")
    project = forms.ChoiceField(label="项目", required=False, help_text="给项目部开户时选，本企业人员不选")
    duty = forms.ChoiceField(
        label="管理职责",
        choices=Membership.Duty.choices,
        required=False,
        help_text="三种管理员不能由同一人担任",
    )
    valid_to = forms.DateField(label="截止日期", required=False, widget=DAY, help_text="不填为长期")
    id_card = forms.CharField(
        label="身份证号", max_length=18, required=False, help_text="可不填；只保存末四位和核对用的摘要"
    )

    def __init__(
        self, *args: Any, about: Unit, today: date, projects: dict[int, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        words = dict(Membership.Role.choices)
        roles = roles_for(about)
        choose(self, "role", [(role.value, words[role.value]) for role in roles], len(roles) > 1)
        some = [(str(key), name) for key, name in (projects or {}).items()]
        choose(self, "project", [("", "—"), *some], bool(some))

    def clean_id_card(self) -> str:
        """Date and check character of an identity number."""
        code = str(self.cleaned_data["id_card"]).strip().upper()
        if code and not id_card_valid(code, self.today):
            raise forms.ValidationError("身份证号的日期或校验位不对，请照证件核对 18 位")
        return code


class NewReaderForm(PageForm):
    """Read-only account limited to one division, with an end (新建只读账号)."""

    name = forms.CharField(label="姓名", max_length=60)
    phone = PhoneField(label="手机号", help_text=PHONE_HINT)
    limit = forms.ChoiceField(label="只看", required=False)
    valid_to = forms.DateField(label="截止日期", widget=DAY)
    post = forms.CharField(label="职务、来由", max_length=60, required=False)

    def __init__(self, *args: Any, about: Unit, today: date, **kwargs: Any) -> None:
        kwargs["initial"] = {"valid_to": today + timedelta(days=30)} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        body = about.authority
        below = [] if body is None else Division.objects.filter(parent_id=body.division_id).order_by("code")
        choices = [(one.code, one.name) for one in below]
        whole = "" if body is None else f"{body.division.name}全域"
        choose(self, "limit", [("", whole), *choices], bool(choices))


class LeaveForm(PageForm):
    """Leaving with a colleague who takes over (离任移交)."""

    taker = forms.ChoiceField(label="接手的同事", required=False)
    reason = forms.CharField(label="原因", max_length=200, initial="离任")

    def __init__(self, *args: Any, colleagues: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        some = [(str(one.ref), one.display_name) for one in colleagues]
        choose(self, "taker", [("", "没有在办事项，不用接手"), *some], True)


class DeputyForm(PageForm):
    """Deputy with dates (指定代理人)."""

    deputy = forms.ChoiceField(label="代理人")
    first = forms.DateField(label="代理起", widget=DAY)
    last = forms.DateField(label="代理止", widget=DAY)

    def __init__(self, *args: Any, colleagues: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "deputy", [(str(one.ref), one.display_name) for one in colleagues], True)


class ReasonForm(PageForm):
    """Reason of an act that is kept for good."""

    reason = forms.CharField(label="查看的原因", max_length=200)


class ActivateForm(PageForm):
    """Telephone as the unit registered it, and a password of one's own (激活账号)."""

    phone = PhoneField(label="手机号", help_text="单位登记的那个号码")
    password = forms.CharField(
        label="设置密码",
        strip=False,
        max_length=256,
        help_text=passwords.HINT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="再填一次密码",
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Both passwords are the same."""
        first, again = self.cleaned_data.get("password"), self.cleaned_data.get("again")
        if first and again and first != again:
            self.add_error("again", "两次填的密码不一样")
        return self.cleaned_data


class CodeForm(PageForm):
    """Code from a printed slip."""

    code = forms.CharField(label="激活码", max_length=40, help_text="激活单上 12 位字母和数字")


class RegisterForm(PageForm):
    """Registration of an enterprise by itself (企业注册)."""

    name = forms.CharField(label="企业名称", max_length=120, help_text="与营业执照一致")
    uscc = UsccField(
        label="统一社会信用代码",
        max_length=40,
        help_text="18 位，营业执照右上角；最后一位是校验位，抄错一位马上看得出",
    )
    division = DivisionField(label="住所所在区划", help_text="由这个区划的主管部门审核")
    kinds = forms.MultipleChoiceField(
        label="单位类别", choices=Enterprise.Kind.choices, widget=forms.CheckboxSelectMultiple
    )
    legal_person = forms.CharField(label="法定代表人", max_length=60)
    address = forms.CharField(label="住所", max_length=200)
    unit_phone = forms.CharField(label="单位电话", max_length=40, required=False)
    contact_name = forms.CharField(label="系统管理员姓名", max_length=60, help_text="由授权书指定")
    contact_phone = PhoneField(label="系统管理员手机号", help_text="审核通过后凭这个号码激活账号")
    letter = forms.FileField(
        label="盖章的授权书",
        help_text="扫描或拍照，PDF、JPG、PNG，不超过 10 MB",
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def __init__(self, *args: Any, again: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["division"]
        assert isinstance(field, DivisionField)
        field.queryset = Division.objects.filter(functional_zone=False).order_by("code")
        if again:
            self.fields["letter"].required = False
            self.fields["letter"].help_text = "不换就不用重传"


class ReviewForm(PageForm):
    """One line for every field of a registration: what is wrong and how to mend it (一次性告知)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in FIELDS.items():
            widget = forms.TextInput(attrs={"placeholder": "没有问题就不填"})
            self.fields[name] = forms.CharField(label=label, max_length=200, required=False, widget=widget)


class NewBodyForm(PageForm):
    """Body to be set up below the own one (设立下级单位)."""

    kind = forms.ChoiceField(label="类别", choices=Authority.Kind.choices)
    division = DivisionField(label="区划")
    name = forms.CharField(label="单位名称", max_length=100)
    phone = forms.CharField(label="值班电话", max_length=40, required=False)
    document = forms.CharField(
        label="设立、委托文件", max_length=200, required=False, help_text="受委托行使职权的，写明委托文件"
    )

    def __init__(self, *args: Any, by: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Authority.objects.get(id=by.authority_id or 0)
        field = self.fields["division"]
        assert isinstance(field, DivisionField)
        field.queryset = Division.objects.filter(code=own.division_id) | Division.objects.filter(
            parent_id=own.division_id
        )


class ContactForm(PageForm):
    """Whom to call at the own body (联系方式)."""

    purpose = forms.CharField(label="办什么事", max_length=60)
    phone = forms.CharField(label="电话", max_length=40)
    hours = forms.CharField(label="服务时间", max_length=60, required=False)
    help_desk = forms.BooleanField(label="系统使用求助打这个电话", required=False)


class AskForm(PageForm):
    """Question to the help desk (求助)."""

    text = forms.CharField(label="遇到什么问题", max_length=2000, widget=forms.Textarea(attrs=LONG))
    name = forms.CharField(label="姓名", max_length=60)
    unit = forms.CharField(label="单位", max_length=120, required=False)
    phone = PhoneField(label="回电号码")
    page = forms.CharField(max_length=300, required=False, widget=forms.HiddenInput)
    trace = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, known: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "unit", "phone") if known else ():
            del self.fields[name]


class AnswerForm(PageForm):
    """Answer to a question."""

    text = forms.CharField(label="答复", max_length=2000, widget=forms.Textarea(attrs=LONG))


def choose(form: PageForm, name: str, choices: list[tuple[str, str]], shown: bool) -> None:
    """Give a choice its entries, or take it away when there is nothing to choose."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
    if not shown:
        del form.fields[name]
