"""统一社会信用代码与公民身份号码的校验。"""

from datetime import date

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ID_CARD_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CARD_CHECKS = "10X98765432"
DIGITS = frozenset("0123456789")


def uscc_valid(code: str) -> bool:
    """Whether `code` is a unified social credit code (统一社会信用代码, GB 32100-2015).

    18 characters of the standard's alphabet, upper case; check = (31 - sum mod 31) mod 31.
    """
    if len(code) != 18 or any(character not in USCC_ALPHABET for character in code):
        return False
    values = [USCC_ALPHABET.index(character) for character in code]
    weighted = sum(value * weight for value, weight in zip(values, USCC_WEIGHTS, strict=False))
    return values[17] == (31 - weighted % 31) % 31


def id_card_valid(code: str, today: date) -> bool:
    """Whether `code` is a citizen identity number (公民身份号码, GB 11643-1999).

    17 digits and a check character; the birth date exists and is not after `today`. That the area
    code existed in the birth year is not asked: right numbers were refused for it.
    """
    if len(code) != 18 or not DIGITS.issuperset(code[:17]) or code[17] not in ID_CARD_CHECKS:
        return False
    weighted = sum(int(digit) * weight for digit, weight in zip(code, ID_CARD_WEIGHTS, strict=False))
    if code[17] != ID_CARD_CHECKS[weighted % 11]:
        return False
    try:
        born = date(int(code[6:10]), int(code[10:12]), int(code[12:14]))
    except ValueError:
        return False
    return born <= today
