"""监督员离任：名下项目交给同事，名字换了、历史还在；上级代办也行。"""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from gongdi.boards.people.handovers import HANDOVERS, Officers
from gongdi.desk.units import Unit
from gongdi.orgs.models import User
from gongdi.orgs.queries import scope_of
from gongdi.projects.models import Supervision
from tests.builders import NOW, TODAY, make_project, make_user
from tests.desk.chain import Chain, make_chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(settings: object) -> Chain:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    return make_chain()


def supervised(chain: Chain, officer: User, count: int) -> list[int]:
    """Projects whose three aspects have the officer since a month ago."""
    projects = [make_project() for _ in range(count)]
    Supervision.objects.filter(project__in=projects).delete()
    Supervision.objects.bulk_create(
        Supervision(
            project=project,
            aspect=aspect,
            authority=chain.bodies["140105"],
            officer=officer,
            valid_from=TODAY - timedelta(days=30),
        )
        for project in projects
        for aspect in ("quality", "safety")
    )
    return [project.id for project in projects]


@pytest.mark.parametrize("administrator", ["140105", "140100"])
def test_the_page_hands_over_and_ends_in_one_act(chain: Chain, administrator: str) -> None:
    giver, taker = (make_user("county", chain.bodies["140105"]) for _ in range(2))
    projects = supervised(chain, giver, 4)
    client = Client()
    client.force_login(chain.admins[administrator])
    where = reverse("person-leave", args=[giver.ref])
    assert "监督的项目 4 件" in client.get(where).content.decode()
    refused = client.post(where, {"taker": "", "reason": "离任"})
    assert "请先选接手的同事" in refused.content.decode()
    assert client.post(where, {"taker": str(taker.ref), "reason": "离任"}).status_code == 302
    now = Supervision.objects.filter(project_id__in=projects, valid_to=None)
    assert set(now.values_list("officer_id", flat=True)) == {taker.id}
    past = Supervision.objects.filter(project_id__in=projects, officer=giver)
    assert past.count() == 8
    assert not past.filter(valid_to=None).exists()
    assert scope_of(User.objects.get(id=giver.id), TODAY).is_empty


def test_only_the_work_of_the_body_counts(chain: Chain) -> None:
    giver = make_user("county", chain.bodies["140105"])
    supervised(chain, giver, 2)
    assert Officers().open_work(giver, Unit(authority=chain.bodies["140105"]), NOW).count == 2
    assert Officers().open_work(giver, Unit(authority=chain.bodies["140106"]), NOW).count == 0
    assert Officers().open_work(giver, Unit(project_id=1), NOW).count == 0
    assert len(HANDOVERS) == 1
