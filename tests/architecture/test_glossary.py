import re
from collections import Counter
from pathlib import Path

GLOSSARY = Path(__file__).parents[2] / "docs" / "术语表.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| 中文")
]


def test_every_row_has_term_identifier_meaning_and_source() -> None:
    assert len(ROWS) > 50
    assert not [row for row in ROWS if len(row) != 4 or not all(row)]


def test_one_term_has_one_identifier_and_one_identifier_one_term() -> None:
    for column in (0, 1):
        assert not [word for word, n in Counter(row[column] for row in ROWS).items() if n > 1]


def test_identifiers_are_english() -> None:
    for row in ROWS:
        for word in re.findall(r"`([^`]+)`", row[1]):
            assert word.isascii(), word
