"""迁移设备时由库里抄写口令：应用角色读不到口令，也不必读到。"""

from django.db import migrations

MOVE = """
CREATE FUNCTION gateway_device_move(old integer, retired text, at timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    was record;
    made integer;
BEGIN
    SELECT * INTO STRICT was FROM public.gateway_device WHERE id = old FOR UPDATE;
    UPDATE public.gateway_device SET device_no = retired, valid_to = at WHERE id = old;
    INSERT INTO public.gateway_device (kind, device_no, secret, interval_min, profile, valid_from, test)
        VALUES (was.kind, was.device_no, was.secret, was.interval_min, was.profile, at, was.test)
        RETURNING id INTO made;
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION gateway_device_move(integer, text, timestamptz) FROM PUBLIC;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'gongdi_app') THEN
        GRANT EXECUTE ON FUNCTION gateway_device_move(integer, text, timestamptz) TO gongdi_app;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    """One function that copies the secret under its owner's right."""

    dependencies = [("equipment", "0002_trial_devices_and_faults")]
    operations = [
        migrations.RunSQL(MOVE, "DROP FUNCTION gateway_device_move(integer, text, timestamptz)"),
    ]
