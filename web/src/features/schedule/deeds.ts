import { Archive, ArchiveRestore, type LucideIcon, Pause, Play, Zap } from "lucide-react";

import type { BulkAction, LeftAlone, Scope } from "@/api/types";

interface Deed {
  verb: string;
  done: string;
  icon: LucideIcon;
  scope: Scope;
  /** What takes it back, as far as anything does. */
  back?: BulkAction;
  meaning: string;
}

/** What can be done to many automations at once. */
export const DEEDS: Record<BulkAction, Deed> = {
  pause: {
    verb: "Pause",
    done: "paused",
    icon: Pause,
    scope: "operate",
    back: "resume",
    meaning: "They fire nothing until somebody resumes them; what arrives meanwhile is recorded as skipped.",
  },
  resume: {
    verb: "Resume",
    done: "resumed",
    icon: Play,
    scope: "operate",
    back: "pause",
    meaning: "What they missed is not made up for, and their health windows begin anew.",
  },
  fire: {
    verb: "Fire",
    done: "fired",
    icon: Zap,
    scope: "operate",
    meaning: "Each of them starts a run now, with its own default payload.",
  },
  archive: {
    verb: "Archive",
    done: "archived",
    icon: Archive,
    scope: "admin",
    back: "restore",
    meaning: "Their clocks go, their runs stay.",
  },
  restore: {
    verb: "Restore",
    done: "restored",
    icon: ArchiveRestore,
    scope: "admin",
    back: "archive",
    meaning: "They come back as they were; what fell due meanwhile is not made up for.",
  },
};

export const LEFT_ALONE: Record<LeftAlone, string> = {
  already: "already so",
  paused: "paused: fire those one by one",
  archived: "archived",
  taken: "their slug or webhook path is in use again",
  primitive_gone: "what they run is archived",
};
