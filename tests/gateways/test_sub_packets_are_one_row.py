"""分包：两包并成一行，两个应答都等落盘；另一半不来就存下已到的。"""

from gongdi.gateways.decisions import Decision, Store
from gongdi.protocols.hj212.replies import build_frame
from tests.gateways.packets import MN, NOW, PASSWORD, house, session

PM = "a34002-Avg=80.0,a34002-Flag=N"
NOISE = "LA-Avg=55.1,LA-Flag=D"


def part(place: int, area: str, total: int = 2) -> bytes:
    """A sub-packet; each has a QN of its own (annex C.50)."""
    head = f"QN=2026112512003053{place};ST=39;CN=2051;PW={PASSWORD};MN={MN};Flag=7;PNUM={total};PNO={place}"
    return build_frame(f"{head};CP=&&DataTime=20261125115900;{area}&&".encode())


def stored(decisions: list[Decision]) -> list[Store]:
    """What is to be written."""
    return [decision for decision in decisions if isinstance(decision, Store)]


def test_two_parts_become_one_row_with_two_answers() -> None:
    link = session(house())
    assert stored(link.feed(part(2, NOISE), NOW)) == []
    (store,) = stored(link.feed(part(1, PM), NOW + 1))
    assert store.report.values[3] == 80.0
    assert store.report.values[9] == 55.1
    assert store.report.marks == 1 << 4 | 5 << 12
    assert store.ack.count(b"CN=9014") == 2
    assert store.raw.count(b"##") == 2


def test_a_missing_part_does_not_hold_the_other_for_ever() -> None:
    link = session(house())
    link.feed(part(1, PM), NOW)
    assert stored(link.tick(NOW + 4)) == []
    (store,) = stored(link.tick(NOW + 6))
    assert store.report.values[3] == 80.0


def test_a_closed_link_gives_up_what_it_holds() -> None:
    link = session(house())
    link.feed(part(1, PM), NOW)
    assert len(stored(link.close(NOW + 1))) == 1


def test_a_repeated_part_and_a_single_packet() -> None:
    link = session(house())
    link.feed(part(1, PM), NOW)
    assert stored(link.feed(part(1, PM), NOW + 2)) == []
    (store,) = stored(link.feed(part(2, NOISE), NOW + 3))
    assert store.ack.count(b"CN=9014") == 2
    assert len(stored(link.feed(part(1, PM, total=1), NOW + 4))) == 1


def test_what_is_held_is_bounded() -> None:
    link = session(house())
    out = []
    for minute in range(80):
        text = part(1, PM)[6:-6].replace(
            b"20261125115900",
            b"202611251059%02d" % minute if minute < 60 else b"202611251158%02d" % (minute - 60),
        )
        out += stored(link.feed(build_frame(text), NOW))
    assert len(out) == 16
