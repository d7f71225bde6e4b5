import type { FireWhen } from "@/api/types";

/** When the end of a run of the needed automation fires the one that depends on it, in words. */
export const FIRES: Record<FireWhen, string> = {
  completed: "when it completes",
  failed: "when it fails",
  finished: "when it completes or fails",
};

/** The choice in a form, where "" is a dependency that fires nothing. */
export const FIRE_CHOICES: readonly { value: FireWhen | ""; label: string }[] = [
  { value: "", label: "None, it is only needed" },
  { value: "completed", label: "Fires on completion" },
  { value: "failed", label: "Fires on failure" },
  { value: "finished", label: "Fires on either end" },
];
