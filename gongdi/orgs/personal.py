"""个人信息的存法：手机号加密存放、盲索引查找，身份证号只留末四位和盲索引。"""

import base64
import os
import re
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from gongdi.kernel.errors import GongdiError

VERSION = "sm4gcm1."
PHONE = re.compile(r"1[3-9][0-9]{9}")


class SealBroken(GongdiError):
    """这条个人信息解不开，密钥可能已更换，请从备份恢复密钥文件。"""


def plain_phone(typed: str) -> str:
    """A mobile number as 11 digits, without blanks, hyphens and the country code; empty when it is none."""
    digits = re.sub(r"[\s-]", "", typed)
    digits = digits.removeprefix("+86")
    return digits if PHONE.fullmatch(digits) else ""


def masked_phone(phone: str) -> str:
    """`13903510001` to `139****0001`."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) == 11 else "****"


def blind_index(kind: str, value: str) -> str:
    """Keyed digest (HMAC-SM3) by which a value is found without being stored (盲索引)."""
    mac = hmac.HMAC(_key(f"index {kind}", 32), hashes.SM3())
    mac.update(value.encode())
    return mac.finalize().hex()


def seal(value: str) -> str:
    """Encrypt with SM4-GCM; the algorithm stands before the value so that it can be changed."""
    nonce = os.urandom(12)
    box = Cipher(algorithms.SM4(_key("seal", 16)), modes.GCM(nonce)).encryptor()
    sealed = box.update(value.encode()) + box.finalize()
    return VERSION + base64.b64encode(nonce + box.tag + sealed).decode()


def unseal(sealed: str) -> str:
    """Opposite of `seal`; SealBroken when the key is another or the text was touched."""
    try:
        raw = base64.b64decode(sealed.removeprefix(VERSION))
        box = Cipher(algorithms.SM4(_key("seal", 16)), modes.GCM(raw[:12], raw[12:28])).decryptor()
        return (box.update(raw[28:]) + box.finalize()).decode()
    except (InvalidTag, ValueError):
        raise SealBroken from None


@lru_cache
def _key(purpose: str, length: int) -> bytes:
    """A key for one purpose, derived from the secret that was generated for personal data."""
    derive = HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=f"gongdi {purpose}".encode())
    return derive.derive(settings.CONFIG.secret("personal").encode())
