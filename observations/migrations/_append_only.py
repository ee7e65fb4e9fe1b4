"""The triggers that keep facts as they were stored; used by more than one migration."""

FACTS = ("observations_observation", "observations_eventreport")

FORWARD = """
CREATE FUNCTION observations_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'facts are append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation',
              HINT = 'Add a new fact that supersedes the old one.';
END
$$;
""" + "".join(
    f"""
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION observations_refuse_change();
"""
    for table in FACTS
)

BACKWARD = (
    "".join(f"DROP TRIGGER {table}_append_only ON {table};\n" for table in FACTS)
    + "DROP FUNCTION observations_refuse_change();"
)
