"""The list shows how many runs wait for their admission: such a run changes its automation."""

from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION note_waiting() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM note_changes('automation', NEW.automation_id);
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        'CREATE TRIGGER note_waiting AFTER INSERT ON runs FOR EACH ROW '
        'WHEN (NEW.held_by IS NOT NULL) EXECUTE FUNCTION note_waiting()'
    )
    # A waiting run that closes changes its automation's stats, which are noted already.
    op.execute(
        'CREATE TRIGGER note_admitted AFTER UPDATE OF held_by ON runs FOR EACH ROW '
        'WHEN ((OLD.held_by IS NULL) <> (NEW.held_by IS NULL)) EXECUTE FUNCTION note_waiting()'
    )


def downgrade() -> None:
    op.execute('DROP FUNCTION note_waiting() CASCADE')
