"""手机号加密存放、按盲索引找得到，身份证号只留末四位；同一句话两次加密不同。"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.orgs import personal
from gongdi.orgs.models import Person
from tests.builders import PASSWORD
from tests.desk.chain import make_chain, member_of, open_one


@given(st.text(max_size=200))
@settings(derandomize=True, max_examples=50)
def test_what_is_sealed_comes_back_and_reads_differently_each_time(text: str) -> None:
    first, second = personal.seal(text), personal.seal(text)
    assert personal.unseal(first) == personal.unseal(second) == text
    assert first != second
    assert len(text) < 4 or text not in first


@pytest.mark.parametrize("broken", ["", "sm4gcm1.", "sm4gcm1.AAAA", "kein base64", "sm4gcm1." + "A" * 60])
def test_a_touched_text_is_refused(broken: str) -> None:
    with pytest.raises(personal.SealBroken, match="解不开"):
        personal.unseal(broken)


def test_one_changed_character_is_noticed() -> None:
    sealed = personal.seal("13903510001")
    at = len(sealed) - 6
    changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
    with pytest.raises(personal.SealBroken):
        personal.unseal(changed)


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("13903510001", "13903510001"),
        (" 139 0351 0001", "13903510001"),
        ("139-0351-0001", "13903510001"),
        ("+8613903510001", "13903510001"),
        ("12903510001", ""),
        ("1390351000", ""),
        ("139035100011", ""),
        ("１３９０３５１０００１", ""),
        ("", ""),
    ],
)
def test_a_mobile_number_is_read_in_its_usual_ways(typed: str, phone: str) -> None:
    assert personal.plain_phone(typed) == phone


def test_the_middle_is_hidden() -> None:
    assert personal.masked_phone("13903510001") == "139****0001"
    assert personal.masked_phone("") == "****"


def test_an_index_is_keyed_and_apart_for_each_kind() -> None:
    phone = personal.blind_index("phone", "13903510001")
    assert phone == personal.blind_index("phone", "13903510001")
    assert phone != personal.blind_index("id", "13903510001")
    assert len(phone) == 64


@pytest.mark.django_db
def test_no_column_of_a_person_holds_the_number_in_clear() -> None:
    chain = make_chain()
    opened = open_one(chain.by("140105"), member_of(chain.bodies["140105"]), phone="199 0000 0042")
    person = Person.objects.get()
    row = " ".join(str(value) for value in vars(person).values())
    assert "19900000042" not in row
    assert (person.phone_masked, personal.unseal(person.phone_sealed)) == ("199****0042", "19900000042")
    assert PASSWORD not in row
    assert "19900000042" not in opened.user.username
