import { ListX, Play } from "lucide-react";

import type { QueueAction } from "@/api/queue";
import { Button } from "@/components/ui/button";

import type { Chosen, ToChange } from "./queue-dialog";

interface QueueButtonsProps {
  of: ToChange;
  /** Follows the verb, which is shown then; otherwise the buttons are icons. */
  suffix?: string;
  onChoose: (chosen: Chosen) => void;
}

const ACTIONS: readonly [QueueAction, string, typeof Play][] = [
  ["release", "Release", Play],
  ["clear", "Clear", ListX],
];

/** Release and clear, for all waiting runs, those of a key, or one. */
export function QueueButtons({ of, suffix, onChoose }: QueueButtonsProps) {
  return (
    <span className="inline-flex shrink-0 gap-1">
      {ACTIONS.map(([action, verb, Icon]) => (
        <Button
          key={action}
          look={suffix ? "plain" : "quiet"}
          size={suffix ? "sm" : "mini"}
          {...(suffix ? {} : { "aria-label": `${verb} ${of.what}`, title: `${verb} ${of.what}` })}
          onClick={() => onChoose({ ...of, action })}
        >
          <Icon className="size-3.5" />
          {suffix && `${verb}${suffix}`}
        </Button>
      ))}
    </span>
  );
}
