import { Archive, ArchiveRestore, type LucideIcon, Pause, Play, Zap } from "lucide-react";

import type { BulkAction, UnchangedReason, Scope } from "@/api/types";

interface BulkActionLook {
  verb: string;
  doing: string;
  done: string;
  icon: LucideIcon;
  scope: Scope;
  /** The action that undoes it, if any. */
  back?: BulkAction;
  meaning: string;
}

/** The bulk actions. */
export const BULK_ACTIONS: Record<BulkAction, BulkActionLook> = {
  pause: {
    verb: "Pause",
    doing: "Pausing",
    done: "paused",
    icon: Pause,
    scope: "operate",
    back: "resume",
    meaning:
      "They stop firing until someone resumes them or the chosen time comes. Anything that arrives in the meantime is recorded as skipped.",
  },
  resume: {
    verb: "Resume",
    doing: "Resuming",
    done: "resumed",
    icon: Play,
    scope: "operate",
    back: "pause",
    meaning: "They fire again from now on. Missed fires are not replayed, and health windows start over.",
  },
  fire: {
    verb: "Fire",
    doing: "Firing",
    done: "fired",
    icon: Zap,
    scope: "operate",
    meaning: "Each starts a run now, with its default payload.",
  },
  archive: {
    verb: "Archive",
    doing: "Archiving",
    done: "archived",
    icon: Archive,
    scope: "admin",
    back: "restore",
    meaning: "They stop firing and leave the list. Their runs are kept, and they can be restored.",
  },
  restore: {
    verb: "Restore",
    doing: "Restoring",
    done: "restored",
    icon: ArchiveRestore,
    scope: "admin",
    back: "archive",
    meaning: "They return to the list as they were. Fires that were due in the meantime are not replayed.",
  },
};

export const UNCHANGED_REASONS: Record<UnchangedReason, string> = {
  already: "nothing to change",
  paused: "paused (fire those one at a time)",
  archived: "archived",
  taken: "the slug or webhook path is already in use",
  primitive_gone: "the primitive is archived",
};
