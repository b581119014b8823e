"""政策参数：每个数只在此处写一次，带生效日期与依据；修改是新增一行，不是改数。"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from fractions import Fraction
from typing import Any, Generic, TypeVar

from gongdi.ingest.rows import FACTORS
from gongdi.kernel.errors import PolicyError
from gongdi.kernel.exact import fraction_text, parse_fraction
from gongdi.kernel.scope import AUTHORITY_ROLES, UNIT_ROLES, Role

T = TypeVar("T")
NOTICE = date(2020, 4, 1)
"""Date of the notice 晋建质函〔2020〕379号."""
LARGEST_INT = 10**6
"""No parameter is larger: a million hours, days or minutes still fit the calendar of the computer."""


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """A default value in force from a day on, with its basis (依据)."""

    value: T
    valid_from: date
    basis: str


@dataclass(frozen=True, slots=True)
class Parameter(Generic[T]):
    """A policy parameter (政策参数): key, Chinese name, unit, dated defaults, reader of stored values."""

    key: str
    name: str
    unit: str
    defaults: tuple[Dated[T], ...]
    read: Callable[[object], T]

    def default(self, day: date) -> T:
        """The default in force on `day`; before its first date the first value holds."""
        return self.dated(day).value

    def dated(self, day: date) -> Dated[T]:
        """The default in force on `day` with its date and basis."""
        held = self.defaults[0]
        for dated in self.defaults:
            if dated.valid_from <= day:
                held = dated
        return held


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A decided change (政策决定): `division` None for the whole province, `value` as stored in JSON."""

    key: str
    division: str | None
    value: object
    valid_from: date
    basis: str
    decided_by: str
    id: int = 0


def division_prefix(code: str) -> str:
    """`140000` to `14`, `141000` to `1410`, `140105` to itself: the part that its counties share."""
    for length in (2, 4):
        if code[length:] == "0" * (6 - length):
            return code[:length]
    return code


def resolve(parameter: Parameter[T], day: date, division: str | None, rows: Iterable[PolicyRow]) -> T:
    """The value in force on `day` in `division` (6 digits, None for the province).

    The row of the smallest covering division wins, then the latest date, then the latest decision;
    without any row the default.
    """
    best = deciding_row(parameter, day, division, rows)
    return parameter.default(day) if best is None else parameter.read(best.value)


def deciding_row(
    parameter: Parameter[Any], day: date, division: str | None, rows: Iterable[PolicyRow]
) -> PolicyRow | None:
    """The decided row (政策决定) that gives the value in force, see `resolve`; None when the default holds."""
    best: PolicyRow | None = None
    for row in rows:
        if row.key != parameter.key or row.valid_from > day or not _covers(row.division, division):
            continue
        if best is None or _rank(row) > _rank(best):
            best = row
    return best


def _covers(row_division: str | None, division: str | None) -> bool:
    if row_division is None:
        return True
    return division is not None and division.startswith(division_prefix(row_division))


def _rank(row: PolicyRow) -> tuple[int, date, int]:
    breadth = len(division_prefix(row.division)) if row.division else 0
    return breadth, row.valid_from, row.id


@dataclass(frozen=True)
class PolicySet:
    """All decided rows, frozen: a job or request loads one and passes it down."""

    rows: tuple[PolicyRow, ...] = ()

    def get(self, parameter: Parameter[T], day: date, division: str | None = None) -> T:
        """The value of `parameter` on `day` in `division`; see `resolve`."""
        return resolve(parameter, day, division, self.rows)

    def row_of(self, parameter: Parameter[Any], day: date, division: str | None = None) -> PolicyRow | None:
        """The row that decides `parameter` on `day` in `division`; None when the shipped default holds."""
        return deciding_row(parameter, day, division, self.rows)

    def basis(self, parameter: Parameter[Any], day: date, division: str | None = None) -> str:
        """Basis (依据) of the value in force: of the row that decides it, else of the default of that day."""
        row = self.row_of(parameter, day, division)
        return parameter.dated(day).basis if row is None else row.basis

    def with_row(self, row: PolicyRow) -> "PolicySet":
        """The same set with one more row: a change tried before it is decided (试算)."""
        return PolicySet((*self.rows, row))


DEFAULTS = PolicySet()
"""No decided row: the values shipped in the repository."""

# Readers of stored JSON values. Each refuses what it cannot use, in Chinese.


def _whole(least: int, most: int) -> Callable[[object], int]:
    """Reader of whole numbers inside bounds: a decided value cannot be deleted, so none may stop the jobs."""

    def read(value: object) -> int:
        if type(value) is not int or value < 0:
            raise PolicyError(f"政策数值应为非负整数，收到 {value!r}。")
        if value < least:
            raise PolicyError(f"政策数值应大于 {least - 1}，收到 {value!r}。")
        if value > most:
            raise PolicyError(f"政策数值不能大于 {most:,}，收到 {value!r}。")
        return value

    return read


def _read_fraction(value: object) -> Fraction:
    found = parse_fraction(value) if isinstance(value, str) else None
    if found is None:
        raise PolicyError(f"政策数值应为分数文本（如 3/4），收到 {value!r}。")
    return found


def _read_share(value: object) -> Fraction:
    share = _read_fraction(value)
    if share > 1:
        raise PolicyError(f"比例不能大于 1，收到 {value!r}。")
    return share


def _read_day(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise PolicyError(f"政策数值应为日期 YYYY-MM-DD，收到 {value!r}。") from None


def _read_day_or_none(value: object) -> date | None:
    return None if value is None else _read_day(value)


def _read_time(value: object) -> time:
    try:
        return time.fromisoformat(str(value))
    except ValueError:
        raise PolicyError(f"政策数值应为时刻 HH:MM，收到 {value!r}。") from None


def _read_roles(value: object) -> tuple[str, ...]:
    roles = tuple(value) if isinstance(value, (list, tuple)) else ("?",)
    known = {role.value for role in Role if role not in (Role.NOBODY, Role.INSTALLATION)}
    if any(not isinstance(role, str) or role not in known for role in roles):
        raise PolicyError(f"身份应为列表，可为空，限于 {'、'.join(sorted(known))}。")
    return roles


FactorGroups = tuple[tuple[str, ...], ...]


def _read_groups(value: object) -> FactorGroups:
    groups = value if isinstance(value, (list, tuple)) else ()
    usable = all(isinstance(group, (list, tuple)) and group for group in groups)
    if not groups or not usable or not all(name in FACTORS for group in groups for name in group):
        raise PolicyError(f"因子组应为非空的因子名列表的列表，因子名限于 {'、'.join(FACTORS)}。")
    return tuple(tuple(group) for group in groups)


def stored(value: object) -> object:
    """The JSON form of a parameter value, the opposite of its reader."""
    if isinstance(value, Fraction):
        return fraction_text(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, tuple):
        return [stored(item) for item in value]
    return value


_ALL: dict[str, Parameter[Any]] = {}


def _add(parameter: Parameter[T]) -> Parameter[T]:
    if parameter.key in _ALL:
        raise PolicyError(f"政策键 {parameter.key} 重复。")
    _ALL[parameter.key] = parameter
    return parameter


def _int(key: str, name: str, value: int, unit: str, basis: str) -> Parameter[int]:
    return _add(Parameter(key, name, unit, (Dated(value, NOTICE, basis),), _whole(0, LARGEST_INT)))


def _size(key: str, name: str, value: int, unit: str, basis: str) -> Parameter[int]:
    """A size to divide by: never 0."""
    return _add(Parameter(key, name, unit, (Dated(value, NOTICE, basis),), _whole(1, LARGEST_INT)))


def _month_day(key: str, name: str, value: int, unit: str, basis: str) -> Parameter[int]:
    """A day that every month has."""
    return _add(Parameter(key, name, unit, (Dated(value, NOTICE, basis),), _whole(1, 28)))


def _whole_month(key: str, name: str, value: int, basis: str) -> Parameter[int]:
    """A month of the year."""
    return _add(Parameter(key, name, "月", (Dated(value, NOTICE, basis),), _whole(1, 12)))


def _share(key: str, name: str, value: Fraction, basis: str) -> Parameter[Fraction]:
    return _add(Parameter(key, name, "", (Dated(value, NOTICE, basis),), _read_share))


def _day(key: str, name: str, value: date, basis: str) -> Parameter[date]:
    return _add(Parameter(key, name, "日期", (Dated(value, NOTICE, basis),), _read_day))


def _duty_day(key: str, name: str, value: date | None, basis: str) -> Parameter[date | None]:
    return _add(Parameter(key, name, "日期", (Dated(value, NOTICE, basis),), _read_day_or_none))


def _time(key: str, name: str, value: time, basis: str) -> Parameter[time]:
    return _add(Parameter(key, name, "时刻", (Dated(value, NOTICE, basis),), _read_time))


def _groups(key: str, name: str, value: FactorGroups, basis: str) -> Parameter[FactorGroups]:
    return _add(Parameter(key, name, "每组至少一个", (Dated(value, NOTICE, basis),), _read_groups))


def _role_list(key: str, name: str, value: tuple[str, ...], basis: str) -> Parameter[tuple[str, ...]]:
    return _add(Parameter(key, name, "身份", (Dated(value, NOTICE, basis),), _read_roles))


OWN = "本平台建议值，省厅可调"

# 接入 (379-1, 379-3.3)
ACCESS_BASE_DAYS = _int("access.base_days", "接入期限", 30, "日", "379-1.b")
ACCESS_NOT_BEFORE = _day("access.not_before", "最早接入期限", date(2020, 6, 30), "379-1.a")
ACCESS_CLOCK_FROM = _day("access.clock_from", "豁免日起算日", NOTICE, "通知印发日")
ACCESS_DEDUCT_POINTS = _int("credit.access_overdue_points", "逾期接入扣分", 10, "分", "379-3.3.c")
REVIEW_DAYS = _int("authority.entry_review_days", "入库审核期限", 3, "工作日", OWN)
EXEMPTION_DECISION_DAYS = _int("authority.exemption_days", "豁免审批期限", 3, "工作日", OWN)

# 数据回传率 (379-3.3.a)
LOCK_DAY = _month_day("returns.lock_day", "月度锁定日（次月）", 10, "日", OWN)
WEIGHT_DOCUMENTS = _share("returns.weight.documents", "资料权重", Fraction(1, 2), OWN)
WEIGHT_VIDEO = _share("returns.weight.video", "视频权重", Fraction(1, 4), OWN)
WEIGHT_DUST = _share("returns.weight.dust", "扬尘权重", Fraction(1, 4), OWN)
OBJECTION_DAYS = _int("returns.objection_days", "锁定后异议期限", 10, "工作日", OWN)
OBJECTION_ANSWER_DAYS = _int("returns.objection_answer_days", "异议答复期限", 5, "工作日", OWN)

# 扬尘 (379-2.2)
DUST_FROM = _duty_day("dust.duty_from", "扬尘义务启用日", NOTICE, "379-2.2.1.b")
DUST_HOUR_SHARE = _share("dust.hour_share", "小时有效比例", Fraction(3, 4), "GB 3095-2012 表4（45 分钟）")
DUST_DAY_HOURS = _share("dust.day_hours", "日有效小时比例", Fraction(20, 24), "GB 3095-2012 表4（20 小时）")
DUST_ON_TIME_MINUTES = _int("dust.on_time_minutes", "按时期限", 10, "分钟", OWN)
DUST_COUNTS_UNTIL_HOURS = _int("dust.counts_until_hours", "补传期限", 72, "小时", OWN)
DUST_MIN_DEVICES = _int("dust.min_devices", "最少监测设备", 1, "台", OWN)
DUST_AREA_PER_DEVICE = _size("dust.area_per_device", "每台监测面积", 10_000, "平方米", OWN)
DUST_LENGTH_PER_DEVICE = _size("dust.length_per_device", "每台监测长度", 1_000, "米", OWN)
DUST_VALID_GROUPS = _groups("dust.valid_factor_groups", "有效样本的因子组", (("pm10", "pm25", "tsp"),), OWN)
PM10_STOP = _int("dust.pm10_stop_hourly", "PM10 小时均值停工值", 250, "µg/m³", "太原市 2020 年规定（新闻稿）")
NOISE_DAY = _int("noise.day_limit", "昼间噪声限值", 70, "dB(A)", "GB 12523")
NOISE_NIGHT = _int("noise.night_limit", "夜间噪声限值", 55, "dB(A)", "GB 12523")
NOISE_NIGHT_MAX_OVER = _int("noise.night_max_over", "夜间最大声级超限幅度", 15, "dB(A)", "GB 12523")
NIGHT_BEGINS = _time("noise.night_begins", "夜间起", time(22), "GB 12523")
NIGHT_ENDS = _time("noise.night_ends", "夜间止", time(6), "GB 12523")
DUST_SILENT_MINUTES = _int("dust.silent_minutes", "判定离线", 10, "分钟", OWN)

# 视频 (379-2.2)
VIDEO_FROM = _duty_day("video.duty_from", "视频义务启用日", None, "379-2.2.1.a，空为未启用")
VIDEO_DAY_SHARE = _share("video.day_share", "视频在线比例", Fraction(19, 20), OWN)
RECORDING_SHARE = _share("video.recording_share", "录像完整比例", Fraction(19, 20), OWN)
RECORDING_DAYS = _int("video.recording_days", "本地录像保存", 30, "日", "379-2.2.1.c")

# 豁免
MAINTENANCE_HOURS = _int("exemption.maintenance_hours", "计划维护每设备每月", 8, "小时", OWN)
MAINTENANCE_NOTICE_HOURS = _int("exemption.maintenance_notice_hours", "计划维护提前告知", 24, "小时", OWN)
REPAIR_HOURS = _int("exemption.repair_hours", "故障每设备每月免证", 48, "小时", OWN)
REPAIR_NOTICE_HOURS = _int("exemption.repair_notice_hours", "故障报告期限", 24, "小时", OWN)
LONGEST_STOP_DAYS = _int("exemption.longest_stop_days", "一次停工最长", 400, "日", OWN)
RETROACTIVE_DAYS = _int("exemption.retroactive_days", "事后申请期限", 10, "日", OWN)

# 设备默认设置 (HJ 212)
REALTIME_SECONDS = _int("hj212.realtime_seconds", "实时数据间隔", 30, "秒", "HJ 212-2017")
MINUTE_INTERVAL = _int("hj212.minute_interval", "分钟数据间隔", 1, "分钟", OWN)
OVER_TIME_SECONDS = _int("hj212.over_time_seconds", "应答超时", 10, "秒", "HJ 212-2017 表1（移动网络）")
RECOUNT = _int("hj212.recount", "重发次数", 3, "次", "HJ 212-2017 表1")
BACKFILL_CHUNK_HOURS = _int("hj212.backfill_chunk_hours", "每次补数请求", 1, "小时", OWN)
BACKFILL_IN_FLIGHT = _int("hj212.backfill_in_flight", "同时补数的设备", 50, "台", OWN)
SKEW_SECONDS = _int("hj212.skew_seconds", "时钟偏差提示", 60, "秒", OWN)
CLOCK_OFFER_HOURS = _int("hj212.clock_offer_hours", "校时最短间隔", 1, "小时", OWN)
FUTURE_MINUTES = _int("hj212.future_minutes", "未来数据容差", 10, "分钟", OWN)

# 网关限额
FRAMES_PER_SECOND = _int("gateway.frames_per_second", "每设备帧率", 200, "帧/秒", OWN)
STRANGER_FRAMES_PER_SECOND = _int("gateway.stranger_frames_per_second", "未认证来源帧率", 10, "帧/秒", OWN)
FRAME_BYTES = _int("gateway.frame_bytes", "单帧上限", 8_192, "字节", OWN)
BUFFER_BYTES = _int("gateway.buffer_bytes", "连接未读应答缓冲上限", 65_536, "字节", OWN)
FIRST_FRAME_SECONDS = _int("gateway.first_frame_seconds", "首帧期限", 60, "秒", OWN)
INCOMPLETE_SECONDS = _int("gateway.incomplete_seconds", "残帧等待", 30, "秒", OWN)
IDLE_MINUTES = _int("gateway.idle_minutes", "空闲断开", 30, "分钟", OWN)
CONNECTIONS = _int("gateway.connections", "网关总连接", 20_000, "个", OWN)
CONNECTIONS_PER_PEER = _int("gateway.connections_per_peer", "每来源地址连接", 256, "个", OWN)
STRANGER_CONNECTIONS = _int("gateway.stranger_connections", "未认证连接", 1_000, "个", OWN)
QUARANTINE_PER_SOURCE = _int("gateway.quarantine_per_source", "每来源每日隔离帧", 500, "帧", OWN)
QUARANTINE_PER_DAY = _int("gateway.quarantine_per_day", "每日隔离帧总数", 100_000, "帧", OWN)
PENDING_DEVICES = _int("gateway.pending_devices", "待登记设备上限", 1_000, "台", OWN)
FLUSH_ROWS = _int("gateway.flush_rows", "成组提交行数", 5_000, "行", OWN)
FLUSH_MILLISECONDS = _int("gateway.flush_milliseconds", "成组提交间隔", 50, "毫秒", OWN)
FRAME_BURST = _int("gateway.frame_burst", "每设备突发帧数", 2_000, "帧", OWN)
STRANGER_FRAME_BURST = _int("gateway.stranger_frame_burst", "未认证来源突发帧数", 200, "帧", OWN)
BACKLOG_ROWS = _int("gateway.backlog_rows", "积压多少行停读", 20_000, "行", OWN)
WRONG_PASSWORD_ALARM = _int("gateway.wrong_password_alarm", "密码错误几次告警", 5, "次", OWN)
FIRST_CONTACT_SECONDS = _int("gateway.first_contact_seconds", "首次联系后多久下发设置", 5, "秒", OWN)
GAP_MINUTES = _int("gateway.gap_minutes", "查找缺口的间隔", 10, "分钟", OWN)

# 公开页面
CHECKS_PER_MINUTE = _int("api.checks_per_minute", "报文检查每来源每分钟次数", 30, "次", OWN)

# 保存期限
KEEP_MINUTE_DAYS = _int("retention.minute_days", "分钟数据（热表）", 60, "日", OWN)
KEEP_RAW_DAYS = _int("retention.raw_days_after_lock", "原始报文（月锁定后）", 180, "日", OWN)
KEEP_BLOCK_YEARS = _int("retention.block_years", "设备日块与覆盖图", 3, "年", OWN)
KEEP_QUARANTINE_DAYS = _int("retention.quarantine_days", "隔离帧", 90, "日", OWN)
KEEP_LOG_YEARS = _int("retention.log_years", "查看与登录日志", 3, "年", "网络安全法第21条（至少6个月）")
KEEP_EVIDENCE_YEARS = _int("retention.evidence_years_after_end", "证据（项目结束后）", 5, "年", OWN)
KEEP_PICTURE_DAYS = _int("retention.picture_days_after_lock", "未被引用的图片（月锁定后）", 180, "日", OWN)
KEEP_PERSON_YEARS = _int("retention.person_years_after_end", "离场人员信息（项目结束后）", 5, "年", OWN)
MASK_PERSON_YEARS = _int("retention.person_mask_years", "离场人员信息脱敏", 1, "年", OWN)
RETENTION_NOTICE_DAYS = _int("retention.notice_days", "缩短期限的公告期", 30, "日", OWN)

# 登录 (GB/T 22239-2019 8.1.4.1 身份鉴别)
LEVEL_3 = "GB/T 22239-2019 8.1.4.1"
SIGNIN_TRIES = _size("security.account_tries", "每账号连续试错", 5, "次", LEVEL_3)
SOURCE_TRIES = _size("security.source_tries", "每来源地址连续试错", 100, "次", OWN)
LOCK_MINUTES = _size("security.lock_minutes", "试错后暂停登录", 30, "分钟", LEVEL_3)
IDLE_LOGOUT = _size("security.idle_minutes", "无操作自动退出", 30, "分钟", LEVEL_3)
IDLE_LOGOUT_BODY = _size("security.idle_minutes_authority", "主管部门无操作自动退出", 15, "分钟", OWN)
PASSWORD_DAYS = _int("security.password_days", "密码更换周期（0 为不要求）", 0, "日", OWN)
PASSWORD_HISTORY = _int("security.password_history", "不得重复最近几次的密码", 5, "次", OWN)
FACTOR_ROLES = _role_list(
    "security.second_factor_roles",
    "必须第二步验证的身份（企业类只管管理员）",
    tuple(sorted(role.value for role in (*AUTHORITY_ROLES, *UNIT_ROLES))),
    "GB/T 22239-2019 8.1.4.1 d",
)

# 账号 (网络安全法第21条；GB/T 22239-2019 8.1.4.2 访问控制：及时删除或停用多余的、过期的账户)
ACCOUNT_RULES = "GB/T 22239-2019 8.1.4.2"
INVITATION_DAYS = _size("accounts.invitation_days", "激活码有效期", 7, "日", OWN)
UNUSED_DAYS = _size("accounts.unused_days", "多久未用自动停用", 90, "日", ACCOUNT_RULES)
READER_DAYS = _size("accounts.reader_days", "只读账号最长有效期", 90, "日", OWN)
DEPUTY_DAYS = _size("accounts.deputy_days", "代理最长期限", 90, "日", OWN)
UNMASK_SECONDS = _size("accounts.unmask_seconds", "显示个人信息的时长", 60, "秒", OWN)

# 文件
IMAGE_MEGABYTES = _size("files.image_megabytes", "图片上限", 10, "MB", OWN)
DOCUMENT_MEGABYTES = _size("files.document_megabytes", "PDF 与文档上限", 20, "MB", OWN)
TABLE_MEGABYTES = _size("files.table_megabytes", "表格上限", 10, "MB", OWN)
ORPHAN_HOURS = _size("files.orphan_hours", "没有登记的文件多久清除", 24, "小时", OWN)

# 提醒
REMIND_ACCESS_DAYS = _int("remind.access_days", "接入期限前几日提醒", 7, "日", OWN)
REMIND_LATE_EVERY_DAYS = _size("remind.late_every_days", "逾期未接入每隔几日提醒", 7, "日", OWN)
REMIND_CALENDAR_MONTH = _whole_month("remind.calendar_month", "次年日历未录入从几月起提醒", 11, OWN)

PARAMETERS: Mapping[str, Parameter[Any]] = _ALL


def parameter(key: str) -> Parameter[Any]:
    """The parameter of a key; PolicyError (Chinese) for an unknown one."""
    try:
        return PARAMETERS[key]
    except KeyError:
        raise PolicyError(f"没有名为 {key} 的政策参数。") from None
