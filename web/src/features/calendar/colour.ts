import type { LucideIcon } from "lucide-react";

import type { CalendarEntry } from "@/api/outlook";
import { KINDS } from "@/lib/words/kinds";
import { SEVERITIES } from "@/lib/words/severity";

export type ColourBy = "primitive" | "agent" | "health";

const GOLDEN_ANGLE = 137.508;

/** A stable hue for each name. */
function hueOf(name: string): number {
  let sum = 7;
  for (const sign of name) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) % 100_003;
  return Math.round((sum * GOLDEN_ANGLE) % 360);
}

export const COLOURS: Record<ColourBy, { label: string; colourOf: (entry: CalendarEntry) => string }> = {
  primitive: { label: "Primitive", colourOf: (entry) => KINDS[entry.primitiveType].colour },
  agent: { label: "Agent", colourOf: (entry) => `oklch(0.62 0.14 ${hueOf(entry.agent ?? entry.name)})` },
  health: { label: "Health", colourOf: (entry) => SEVERITIES[entry.severity].colour },
};

/** The icon of an entry; it repeats what the colour shows. */
export function signOf(
  colourBy: ColourBy,
  entry: CalendarEntry,
): { icon: LucideIcon; colour: string; word: string | null } {
  const { icon, label } = SEVERITIES[entry.severity];
  if (colourBy === "health") return { icon, colour: `var(--${entry.severity})`, word: label };
  return { icon: KINDS[entry.primitiveType].icon, colour: COLOURS[colourBy].colourOf(entry), word: null };
}
