"""The triggers that write `changes`: whatever changes what a page shows is noted, by whichever way it came.

The rule kept here: a column of `automations` that no page shows (how far the sweep has accounted, when its
Temporal schedule was verified) notes nothing.
"""

CREATE = (
    """
    CREATE FUNCTION note_changes(what text, VARIADIC which uuid[]) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO changes (subject, id) SELECT DISTINCT what, one FROM unnest(which) AS one WHERE one IS NOT NULL
        ON CONFLICT DO NOTHING;
        -- Who listens reads the table; the same empty word is sent once a transaction.
        PERFORM pg_notify('podium', '');
    END $$
    """,
    """
    CREATE FUNCTION note_automation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM note_changes('automation', coalesce(NEW.id, OLD.id));
        IF TG_OP = 'UPDATE'
            AND (NEW.slug, NEW.name, NEW.archived_at) IS DISTINCT FROM (OLD.slug, OLD.name, OLD.archived_at)
        THEN
            PERFORM note_changes('automation', VARIADIC ARRAY(
                SELECT unnest(ARRAY[automation_id, depends_on_id]) FROM dependencies
                WHERE automation_id = NEW.id OR depends_on_id = NEW.id));
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION note_stats() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM note_changes('automation', coalesce(NEW.automation_id, OLD.automation_id));
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION note_dependency() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM note_changes('automation', NEW.automation_id, NEW.depends_on_id, OLD.automation_id, OLD.depends_on_id);
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION note_primitive() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM note_changes('automation', VARIADIC ARRAY(
            SELECT id FROM automations WHERE primitive_id = NEW.id
            UNION
            SELECT id FROM automations WHERE primitive_id IN (
                SELECT primitive_id FROM primitive_members WHERE agent_id = NEW.id)));
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION note_member() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM note_changes('automation', VARIADIC ARRAY(
            SELECT id FROM automations WHERE primitive_id = coalesce(NEW.primitive_id, OLD.primitive_id)));
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION note_run() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM note_changes('run', NEW.id);
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER note_made AFTER INSERT OR DELETE ON automations FOR EACH ROW EXECUTE FUNCTION note_automation()",
    """
    CREATE TRIGGER note_changed AFTER UPDATE OF slug, name, description, primitive_id, kind, source, cron_expr,
        timezone, overlap, catchup_seconds, jitter_seconds, webhook_path, verification, event_name, slack, filter,
        budget_usd_month, is_active, paused_reason, paused_by, paused_at, archived_at, managed_by, health_enabled,
        health_threshold, health_window, health_min_runs, health_action, health_triggered_at, slowdown,
        slowdown_anchor, revision, synced_revision, sync_error, created_at, updated_at
    ON automations FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION note_automation()
    """,
    """
    CREATE TRIGGER note_changed AFTER INSERT OR UPDATE OR DELETE ON automation_stats
    FOR EACH ROW EXECUTE FUNCTION note_stats()
    """,
    """
    CREATE TRIGGER note_changed AFTER INSERT OR UPDATE OR DELETE ON dependencies
    FOR EACH ROW EXECUTE FUNCTION note_dependency()
    """,
    """
    CREATE TRIGGER note_changed AFTER UPDATE OF slug, name, simulated, is_active, archived_at ON primitives
    FOR EACH ROW WHEN (
        (OLD.slug, OLD.name, OLD.simulated, OLD.is_active, OLD.archived_at)
        IS DISTINCT FROM (NEW.slug, NEW.name, NEW.simulated, NEW.is_active, NEW.archived_at))
    EXECUTE FUNCTION note_primitive()
    """,
    """
    CREATE TRIGGER note_changed AFTER INSERT OR UPDATE OR DELETE ON primitive_members
    FOR EACH ROW EXECUTE FUNCTION note_member()
    """,
    "CREATE TRIGGER note_made AFTER INSERT ON runs FOR EACH ROW EXECUTE FUNCTION note_run()",
    """
    CREATE TRIGGER note_changed AFTER UPDATE OF status ON runs
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION note_run()
    """,
    # Nothing is older than this row: a snapshot that has seen it has missed nothing that was pruned.
    "INSERT INTO changes (subject, id) VALUES ('marker', '00000000-0000-0000-0000-000000000000')",
)

DROP = tuple(
    f"DROP FUNCTION {function} CASCADE"
    for function in (
        "note_run()",
        "note_member()",
        "note_primitive()",
        "note_dependency()",
        "note_stats()",
        "note_automation()",
        "note_changes(text, uuid[])",
    )
)
