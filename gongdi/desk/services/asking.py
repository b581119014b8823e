"""求助：问题自带所在页面和追踪编号，落到本单位或上级的服务台，答复后告知提问人。"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, transaction

from gongdi.desk.models import Contact, Question
from gongdi.desk.queries import contacts_of
from gongdi.desk.units import reviewing_body
from gongdi.kernel.errors import GongdiError, NotAllowed
from gongdi.kernel.evidence.record import About, record
from gongdi.kernel.scope import Scope
from gongdi.notify.services import send
from gongdi.orgs import personal
from gongdi.orgs.models import Authority, Division, Enterprise, User


class QuestionEmpty(GongdiError):
    """请写下问题。"""


class AnswerEmpty(GongdiError):
    """请写下答复。"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with where it arose; name, unit and telephone from who is not signed in."""

    text: str
    page: str = ""
    trace: str = ""
    name: str = ""
    unit: str = ""
    phone: str = ""


def desk_of(by: Scope) -> Authority:
    """Body whose help desk answers: the own one, that of the enterprise's division, else the province."""
    if by.authority_id is not None:
        return Authority.objects.get(id=by.authority_id)
    enterprise = Enterprise.objects.filter(id=by.enterprise_id or 0).first()
    if enterprise is not None and enterprise.division_id:
        return reviewing_body(enterprise.division_id)
    root = Division.objects.get(parent__isnull=True)
    return reviewing_body(root.code)


def contacts_for(by: Scope) -> list[Contact] | None:
    """The first telephones of the help desk of a person; None while nothing can be read."""
    try:
        with transaction.atomic():
            return contacts_of(desk_of(by))[:3]
    except (DatabaseError, GongdiError):
        return None


def ask(*, asked: Asked, by: Scope, now: datetime) -> Question:
    """Take in a question (求助); open to everybody, also to who cannot sign in."""
    if not asked.text.strip():
        raise QuestionEmpty
    with transaction.atomic():
        question = Question.objects.create(
            authority=desk_of(by),
            asked_by=User.objects.filter(id=by.user_id or 0).first(),
            name=(by.person or asked.name)[:60],
            unit=(by.body or asked.unit)[:120],
            call_back=personal.seal(asked.phone) if asked.phone else "",
            page=asked.page[:300],
            trace=asked.trace[:40],
            text=asked.text.strip()[:2000],
            at=now,
        )
        facts = {"page": question.page, "trace": question.trace}
        record(act="question.asked", about=_about(question), facts=facts, by=by, now=now)
    return question


def answer(*, ref: UUID, text: str, by: Scope, now: datetime) -> Question:
    """Answer a question of the own help desk."""
    if not text.strip():
        raise AnswerEmpty
    with transaction.atomic():
        question = Question.objects.select_for_update(of=("self",)).filter(ref=ref).first()
        if question is None or not may_answer(by, question):
            raise NotAllowed
        question.answer, question.answered_at = text.strip(), now
        question.answered_by_id = by.user_id
        question.save(update_fields=["answer", "answered_at", "answered_by"])
        if question.asked_by_id is not None:
            send(
                to=[question.asked_by_id],
                title="求助已答复",
                text=question.answer[:200],
                link="/help/asked",
                kind="account",
                now=now,
            )
        record(act="question.answered", about=_about(question), facts={}, by=by, now=now)
    return question


def may_answer(by: Scope, question: Question) -> bool:
    """Whether the question lies at the help desk of the own body."""
    return by.authority_id == question.authority_id and not by.read_only


def _about(question: Question) -> About:
    return About("desk.question", question.ref, name=question.text[:60])
