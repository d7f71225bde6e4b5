"""Dead letters: deliveries that were accepted, but not carried out; a trigger keeps them as their runs end.

What arrived before has no mark: only runs that end from now on are judged.
"""

from alembic import op
import sqlalchemy as sa

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

# Of the runs that a delivery has, none is open or completed, and no other run stands for one of them.
DEAD_REASON = """
CREATE FUNCTION dead_reason_of(wanted uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN bool_or(stands OR status NOT IN ('failed', 'cancelled', 'skipped', 'missed')) THEN NULL
        WHEN bool_or(status = 'failed') THEN 'failed'
        WHEN bool_or(status = 'cancelled') THEN 'cancelled'
        ELSE min(reason)
    END
    FROM (
        SELECT
            CASE WHEN other.gathers THEN other.status ELSE run.status END AS status,
            CASE WHEN other.gathers THEN other.reason ELSE run.reason END AS reason,
            run.status = 'skipped' AND other.id IS NOT NULL AND NOT other.gathers
            -- A singleton of the mode cancel: a newer run of its key has replaced it.
            OR run.status = 'cancelled' AND automation.flow_control -> 'singleton' ->> 'mode' = 'cancel' AND EXISTS (
                SELECT FROM runs AS newer
                WHERE newer.automation_id = run.automation_id AND newer.queued_at >= run.queued_at AND newer.id > run.id
                    AND coalesce(newer.admission_key, '') = coalesce(run.admission_key, '')
            ) AS stands
        FROM runs AS run
        LEFT JOIN runs AS other ON other.id = run.folded_into
        LEFT JOIN automations AS automation ON automation.id = run.automation_id
        WHERE run.delivery_id = wanted
    ) AS judged
$$
"""
JUDGE = """
CREATE FUNCTION judge_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mine record;
    gathered uuid;
BEGIN
    SELECT source, replay_of, dead_reason INTO mine FROM deliveries WHERE id = NEW.delivery_id;
    IF NEW.status = 'completed' THEN
        IF mine.dead_reason IS NULL AND mine.replay_of IS NULL AND NEW.rerun_of IS NULL THEN
            RETURN NULL;
        END IF;
        -- It has mended what it repeats, and what was gathered in it.
        WITH RECURSIVE earlier(id) AS (
            SELECT NEW.delivery_id
            UNION
            SELECT up.id FROM earlier, LATERAL (
                SELECT replay_of AS id FROM deliveries WHERE deliveries.id = earlier.id
                UNION ALL
                SELECT first.delivery_id FROM runs JOIN runs AS first ON first.id = runs.rerun_of
                WHERE runs.delivery_id = earlier.id
            ) AS up WHERE up.id IS NOT NULL
        )
        UPDATE deliveries SET dead_reason = NULL WHERE dead_reason IS NOT NULL AND (
            id IN (SELECT id FROM earlier)
            OR id IN (
                SELECT part.delivery_id FROM earlier JOIN runs ON runs.delivery_id = earlier.id
                JOIN runs AS part ON part.folded_into = runs.id WHERE runs.gathers
            )
        );
        RETURN NULL;
    END IF;
    IF mine.source = 'manual' THEN
        -- Who fires by hand sees the run.
        RETURN NULL;
    END IF;
    FOR gathered IN
        SELECT NEW.delivery_id
        UNION
        SELECT delivery_id FROM runs WHERE folded_into = NEW.id AND NEW.gathers AND delivery_id IS NOT NULL
        ORDER BY 1
    LOOP
        -- Of two runs that end at the same time, the second sees the first.
        PERFORM FROM deliveries WHERE id = gathered FOR NO KEY UPDATE;
        UPDATE deliveries SET dead_reason = dead_reason_of(gathered)
        WHERE id = gathered AND dead_reason IS DISTINCT FROM dead_reason_of(gathered)
            AND NOT EXISTS (SELECT FROM deliveries AS replay WHERE replay.replay_of = gathered);
    END LOOP;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.add_column('deliveries', sa.Column('dead_reason', sa.Text(), nullable=True))
    op.add_column('delivery_matches', sa.Column('revision', sa.Integer(), nullable=True))
    op.execute(DEAD_REASON)
    op.execute(JUDGE)
    # At the commit, after all other locks of the transaction that closes the run.
    op.execute(
        'CREATE CONSTRAINT TRIGGER judge_delivery AFTER UPDATE OF status ON runs DEFERRABLE INITIALLY DEFERRED '
        'FOR EACH ROW WHEN (NEW.delivery_id IS NOT NULL AND NEW.parent_run_id IS NULL '
        "AND NEW.status IN ('completed', 'failed', 'cancelled', 'skipped') AND OLD.status <> NEW.status) "
        'EXECUTE FUNCTION judge_delivery()'
    )


def downgrade() -> None:
    op.execute('DROP FUNCTION judge_delivery() CASCADE')
    op.execute('DROP FUNCTION dead_reason_of(uuid)')
    op.drop_column('delivery_matches', 'revision')
    op.drop_column('deliveries', 'dead_reason')
