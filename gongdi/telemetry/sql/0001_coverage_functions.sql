-- 覆盖位图的运算：规则 telemetry/rules 的 SQL 孪生，由同一组性质测试喂同样的数据。

CREATE FUNCTION minute_run(start integer, n integer) RETURNS bit
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT ((~ 0::bit(1440)) << (1440 - n)) >> start $$;
COMMENT ON FUNCTION minute_run(integer, integer) IS '从第 start 分钟起 n 个 1 的 1440 位图（n 为 0 时全 0）';

CREATE FUNCTION coverage_due(expected bit, received bit, exempt bit, fault bit) RETURNS bit
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT expected & ~ exempt & ~ (fault & ~ received) $$;
COMMENT ON FUNCTION coverage_due(bit, bit, bit, bit) IS '应传分钟：扣除免传，扣除平台故障中没有补传的分钟';

CREATE FUNCTION coverage_hours(due bit, ok bit, share_n integer, share_d integer,
                               OUT expected_hours smallint, OUT valid_hours smallint)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$
    SELECT count(*) FILTER (WHERE d > 0)::smallint,
           count(*) FILTER (WHERE d > 0 AND v * share_d >= d * share_n)::smallint
    FROM (SELECT bit_count(substring(due FROM h * 60 + 1 FOR 60)) AS d,
                 bit_count(substring(due & ok FROM h * 60 + 1 FOR 60)) AS v
          FROM generate_series(0, 23) AS h) AS hours
$$;
COMMENT ON FUNCTION coverage_hours(bit, bit, integer, integer) IS '应传小时数和有效小时数；share_n/share_d 是小时有效比例';

CREATE FUNCTION clip_minutes(starts timestamptz, ends timestamptz, day date, OUT first integer, OUT n integer)
    LANGUAGE sql STABLE PARALLEL SAFE AS
$$
    SELECT lo, greatest(0, hi - lo)
    FROM (SELECT greatest(0, floor(extract(epoch FROM starts - (day::timestamp AT TIME ZONE 'Asia/Shanghai')) / 60))::integer AS lo,
                 least(1440, ceil(extract(epoch FROM coalesce(ends, 'infinity') - (day::timestamp AT TIME ZONE 'Asia/Shanghai')) / 60))::integer AS hi)
         AS span
$$;
COMMENT ON FUNCTION clip_minutes(timestamptz, timestamptz, date) IS '时段与上海日的交：起始分钟和分钟数，沾到的分钟都算';

CREATE FUNCTION coverage_align(moment timestamptz, day date, k smallint, up boolean) RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE AS
$$
    SELECT CASE
        WHEN moment IS NULL THEN CASE WHEN up THEN 0 ELSE 1440 END
        ELSE least(1440, greatest(0, CASE WHEN up THEN ceil(p)::integer * k ELSE floor(p)::integer * k END)) END
    FROM (SELECT least(1440, greatest(-1440,
              extract(epoch FROM moment - (day::timestamp AT TIME ZONE 'Asia/Shanghai')) / 60)) / k AS p) AS periods
$$;
COMMENT ON FUNCTION coverage_align(timestamptz, date, smallint, boolean) IS '时刻在当日的分钟数，按周期 k 取整：up 向后（启用），否则向前（停用）';

CREATE FUNCTION fault_touches(fault_gateway integer, fault_starts timestamptz, device integer) RETURNS boolean
    LANGUAGE sql STABLE AS
$$
    SELECT coalesce((
        SELECT g.name = f.name
        FROM (SELECT l.gateway_id FROM connection_log l
              WHERE l.device_id = device AND l.opened_at <= fault_starts ORDER BY l.opened_at DESC LIMIT 1) AS last
        JOIN gateway_instance g ON g.id = last.gateway_id, gateway_instance f WHERE f.id = fault_gateway), false)
$$;
COMMENT ON FUNCTION fault_touches(integer, timestamptz, integer) IS '设备在故障开始前的最近一次连接是否在出故障的网关上（同名即同一网关）';
