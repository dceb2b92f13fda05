-- Master keys that are gone: no sealed row may come under one of them any more.
CREATE TABLE app.retired_keys (
    version int PRIMARY KEY,
    retired_at timestamptz NOT NULL DEFAULT now()
);

-- Which master key wraps a row's own key.
CREATE FUNCTION vault.version_of(wrapped_key bytea) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
'SELECT get_byte(wrapped_key, 1) * 256 + get_byte(wrapped_key, 2)';

-- The lock is shared among writers; retiring a key takes it alone, and so sees every row that was ever written.
CREATE FUNCTION vault.refuse_retired() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN
    PERFORM pg_advisory_xact_lock_shared(7463895);
    IF EXISTS (
        SELECT FROM written w JOIN app.retired_keys k
        ON k.version = vault.version_of(w.wrapped_key)
    ) THEN
        RAISE EXCEPTION ''sealed with a retired master key'' USING ERRCODE = ''check_violation'';
    END IF;
    RETURN NULL;
END';
CREATE TRIGGER members_not_retired AFTER INSERT ON vault.members REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION vault.refuse_retired();
CREATE TRIGGER tickets_not_retired AFTER INSERT ON vault.tickets REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION vault.refuse_retired();
