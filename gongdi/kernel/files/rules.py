"""文件的规矩：准收哪几种、扩展名与内容是否一致，只看字节，不信浏览器的说法。"""

import io
import zipfile
from dataclasses import dataclass
from enum import Enum

IMAGE, DOCUMENT, TABLE = "image", "document", "table"
HEAD_BYTES = 4_096
MAX_PARTS = 10_000


@dataclass(frozen=True, slots=True)
class Format:
    """A format taken in (准收格式): its media type, its class of size, the bytes it starts with."""

    media_type: str
    size_class: str
    magic: bytes = b""
    part: str = ""


_OFFICE = "application/vnd.openxmlformats-officedocument"
FORMATS = {
    "jpg": Format("image/jpeg", IMAGE, b"\xff\xd8\xff"),
    "jpeg": Format("image/jpeg", IMAGE, b"\xff\xd8\xff"),
    "png": Format("image/png", IMAGE, b"\x89PNG\r\n\x1a\n"),
    "pdf": Format("application/pdf", DOCUMENT, b"%PDF-"),
    "docx": Format(f"{_OFFICE}.wordprocessingml.document", DOCUMENT, b"PK\x03\x04", "word/document.xml"),
    "xlsx": Format(f"{_OFFICE}.spreadsheetml.sheet", TABLE, b"PK\x03\x04", "xl/workbook.xml"),
    "csv": Format("text/csv", TABLE),
}


class Use(Enum):
    """What a file is for (用途): the extensions taken in."""

    PHOTO = ("jpg", "jpeg", "png")
    SCAN = ("pdf", "jpg", "jpeg", "png")
    DOCUMENT = ("pdf", "docx", "xlsx", "jpg", "jpeg", "png")
    SHEET = ("xlsx", "csv")

    @property
    def words(self) -> str:
        """The formats as a sentence names them; jpeg is jpg."""
        return "、".join(one for one in self.value if one != "jpeg")


def extension(name: str) -> str:
    """Lower-case extension of a file name, empty without one."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def plain_name(name: str, limit: int = 120) -> str:
    """A file name without folders and control characters, cut in front of its extension."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(char for char in last if char.isprintable()).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[: limit - len(ending) - 1]}{dot}{ending}" if stem else kept[:limit]


def refusal(name: str, use: Use) -> str:
    """Why the name alone is refused, empty when it is not."""
    ending = extension(name)
    if ending in use.value:
        return ""
    said = f"不能用 {ending} 文件" if ending and len(ending) <= 8 else "文件名没有可用的扩展名"
    return f"{said}，请换成 {use.words} 格式。"


def mismatch(ending: str, head: bytes, whole: bytes | None = None) -> str:
    """Why the content does not fit the extension, empty when it does; `whole` for formats that are archives."""
    form = FORMATS[ending]
    if not head:
        return "是空文件，请重新选择。"
    if form.magic and not head.startswith(form.magic):
        return f"内容不是 {ending} 格式（可能只是改了扩展名），请用原来的软件另存为 {ending} 再上传。"
    if form.part and whole is not None and form.part not in _parts(whole):
        return f"打不开，或不是 {ending} 格式，请用原来的软件另存为 {ending} 再上传。"
    if ending == "csv" and not _is_text(head):
        return "内容不是文本表格，请在表格软件里另存为 CSV（UTF-8）再上传。"
    return ""


def _parts(whole: bytes) -> frozenset[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return frozenset()
    return frozenset(names) if len(names) <= MAX_PARTS else frozenset()


def _is_text(head: bytes) -> bool:
    """UTF-8 or GB 18030 without NUL; the head may end inside a character."""
    if b"\x00" in head:
        return False
    for encoding in ("utf-8", "gb18030"):
        for cut in range(min(4, len(head))):
            try:
                head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return True
    return False
