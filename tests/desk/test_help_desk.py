"""求助与联系方式：错误页带着页面和追踪编号，落到本单位的服务台，答复本人看得到。"""

import pytest
from django.test import Client
from django.urls import reverse

from gongdi.desk import queries
from gongdi.desk.models import Contact, Question
from gongdi.desk.services import asking, bodies
from gongdi.kernel.errors import NotAllowed
from gongdi.kernel.scope import NOTHING
from gongdi.orgs.queries import scope_of
from gongdi.web.pages import errors
from tests.builders import NOW, TODAY, make_authority, make_enterprise, make_project, make_user
from tests.desk.chain import Chain, make_chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(settings: object) -> Chain:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    errors._KNOWN.clear()
    return make_chain()


def contact(chain: Chain, code: str, phone: str = "0351-0000001") -> Contact:
    row = Contact(authority=chain.bodies[code], purpose="账号和系统使用", phone=phone, help_desk=True)
    return bodies.add_contact(contact=row, by=chain.by(code), now=NOW)


def test_a_question_lands_at_the_own_desk(chain: Chain) -> None:
    urban = make_authority("140105", kind="URBAN")
    firm = make_enterprise()
    firm.division_id = "140106"
    firm.save()
    homeless = make_enterprise()
    expected = [
        (chain.by("140105"), chain.bodies["140105"]),
        (scope_of(make_user("urban", urban), TODAY), urban),
        (scope_of(make_user("enterprise", firm), TODAY), chain.bodies["140106"]),
        (scope_of(make_user("enterprise", homeless), TODAY), chain.bodies["140000"]),
        (scope_of(make_user("site", make_project()), TODAY), chain.bodies["140000"]),
        (NOTHING, chain.bodies["140000"]),
    ]
    for by, body in expected:
        asked = asking.ask(asked=asking.Asked("怎么办", page="/x", trace="AB12"), by=by, now=NOW)
        assert (asked.authority, asked.page, asked.trace) == (body, "/x", "AB12")
        assert asked.name == by.person


def test_only_the_own_desk_answers(chain: Chain) -> None:
    asked = asking.ask(asked=asking.Asked("怎么办"), by=chain.by("140105"), now=NOW)
    for code in ("140106", "140100", "140000"):
        with pytest.raises(NotAllowed):
            asking.answer(ref=asked.ref, text="这样办", by=chain.by(code), now=NOW)
        assert asked not in queries.questions(chain.by(code))
    with pytest.raises(asking.AnswerEmpty):
        asking.answer(ref=asked.ref, text=" ", by=chain.by("140105"), now=NOW)
    done = asking.answer(ref=asked.ref, text="这样办", by=chain.by("140105"), now=NOW)
    assert (done.answer, done.answered_at) == ("这样办", NOW)
    with pytest.raises(asking.QuestionEmpty):
        asking.ask(asked=asking.Asked("  "), by=chain.by("140105"), now=NOW)


def test_from_the_error_page_to_the_answer(chain: Chain) -> None:
    person = make_user("county", chain.bodies["140105"])
    contact(chain, "140105")
    client, desk = Client(), Client()
    client.force_login(person)
    desk.force_login(chain.admins["140105"])
    lost = client.get(reverse("unit", args=[chain.bodies["140213"].ref]))
    body = lost.content.decode()
    assert lost.status_code == 404
    assert "0351-0000001" in body
    where = body.split('href="/help/ask?')[1].split('"')[0].replace("&amp;", "&")
    form = client.get(f"/help/ask?{where}").content.decode()
    trace = lost.headers["X-Trace"]
    assert trace in form
    address = reverse("unit", args=[chain.bodies["140213"].ref])
    client.post(f"/help/ask?{where}", {"text": "打不开", "page": address, "trace": trace})
    row = Question.objects.get()
    assert (row.asked_by, row.page, row.trace) == (person, address, trace)
    assert "打不开" in desk.get(reverse("questions")).content.decode()
    desk.post(reverse("question", args=[row.ref]), {"text": "不在本县范围"})
    assert "不在本县范围" in client.get(reverse("ask-done")).content.decode()
    assert Client().get(reverse("ask-done")).content.decode().count("不在本县范围") == 0


def test_a_visitor_leaves_a_telephone_that_is_sealed(chain: Chain) -> None:
    filled = {"text": "登录不了", "name": "路人", "phone": "19900000321", "page": "/signin"}
    assert Client().post(reverse("ask"), filled).status_code == 302
    row = Question.objects.get()
    assert row.asked_by is None
    assert "19900000321" not in " ".join(str(value) for value in vars(row).values())
    desk = Client()
    desk.force_login(chain.admins["140000"])
    assert "19900000321" in desk.get(reverse("question", args=[row.ref])).content.decode()
    assert Client().post(reverse("ask"), filled | {"phone": "123"}).status_code == 422


def test_contacts_belong_to_the_own_body(chain: Chain) -> None:
    row = contact(chain, "140105")
    with pytest.raises(bodies.ContactTaken):
        contact(chain, "140105", "0351-0000009")
    for by in (chain.by("140106"), scope_of(make_user("county", chain.bodies["140105"]), TODAY)):
        with pytest.raises(NotAllowed):
            bodies.remove_contact(contact=row, by=by, now=NOW)
    upper = contact(chain, "140000", "0351-0000000")
    assert queries.contacts_of(chain.bodies["140105"]) == [row, upper]
    bodies.remove_contact(contact=row, by=chain.by("140105"), now=NOW)
    assert queries.contacts_of(chain.bodies["140105"]) == [upper]


def test_the_page_of_contacts(chain: Chain) -> None:
    client = Client()
    client.force_login(chain.admins["140105"])
    filled = {"purpose": "入库审核", "phone": "0351-0000002", "hours": "工作日"}
    assert client.post(reverse("contacts"), filled).status_code == 302
    assert "0351-0000002" in client.get(reverse("people")).content.decode()
    again = client.post(reverse("contacts"), filled)
    assert (again.status_code, "已登记" in again.content.decode()) == (422, True)
    row = Contact.objects.get()
    stranger = Client()
    stranger.force_login(chain.admins["140106"])
    assert stranger.post(reverse("contact-remove", args=[row.id])).status_code == 404
    client.post(reverse("contact-remove", args=[row.id]))
    assert not Contact.objects.exists()
