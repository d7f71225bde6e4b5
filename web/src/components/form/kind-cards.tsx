import type { Kind } from "@/api/types";
import { KIND_LIST, KINDS } from "@/lib/words/kinds";

import { ChoiceCards } from "./choice-cards";

const CHOICES = KIND_LIST.map((value) => ({
  value,
  label: KINDS[value].label,
  icon: KINDS[value].icon,
  tint: KINDS[value].tint,
}));

export function KindCards({ path, value, onChange }: { path: string; value: Kind; onChange: (kind: Kind) => void }) {
  return <ChoiceCards label="Kind" path={path} choices={CHOICES} value={value} onChange={onChange} />;
}
