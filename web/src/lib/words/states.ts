import type { AutomationState } from "@/api/types";

interface StateLook {
  label: string;
  /** What it means and what to do about it; shown on hover and in the drawer. */
  meaning: string;
  tone: "loud" | "warn" | "calm" | "busy";
  /** Whether the list shows a badge; normal states need none. */
  badge: boolean;
}

export const STATES: Record<AutomationState, StateLook> = {
  new: { label: "New", meaning: "It has not finished a run yet.", tone: "calm", badge: true },
  ok: { label: "OK", meaning: "It is working as it should.", tone: "calm", badge: false },
  running: { label: "Running", meaning: "A run is in progress.", tone: "busy", badge: false },
  paused: {
    label: "Paused",
    meaning: "It won't fire: it is paused, or its primitive is inactive.",
    tone: "calm",
    badge: true,
  },
  snoozed: {
    label: "Snoozed",
    meaning: "It is paused until a given time.",
    tone: "calm",
    badge: true,
  },
  auto_disabled: {
    label: "Auto-disabled",
    meaning: "Its health policy disabled it. Resuming starts a fresh health window.",
    tone: "loud",
    badge: true,
  },
  slowed: {
    label: "Slowed",
    meaning: "Its health policy lets only some of its due times fire.",
    tone: "warn",
    badge: true,
  },
  overdue: { label: "Overdue", meaning: "Its next run is late, or none is planned.", tone: "loud", badge: true },
  drifted: {
    label: "Drifted",
    meaning: "The Temporal schedule doesn't match Podium yet.",
    tone: "warn",
    badge: true,
  },
  over_budget: {
    label: "Over budget",
    meaning: "A budget has no room for another run this month, so its fires are skipped.",
    tone: "loud",
    badge: true,
  },
  archived: { label: "Archived", meaning: "It no longer fires. Its runs are kept.", tone: "calm", badge: true },
};

export const TONES: Record<StateLook["tone"], string> = {
  loud: "bg-failing/12 text-failing",
  warn: "bg-degrading/12 text-degrading",
  calm: "bg-sunken text-ink-2",
  busy: "bg-running/12 text-running",
};
