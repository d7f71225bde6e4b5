import { useState } from "react";

import type { RerunFilter } from "@/api/backfills";

import { DEFAULTS, isComplete, OptionFields } from "./options";
import { StartDialog } from "./start-dialog";

interface RerunDialogProps {
  filter: RerunFilter;
  onClose: () => void;
}

/** Runs again what the filters of the run list select. */
export function RerunDialog({ filter, onClose }: RerunDialogProps) {
  const [options, setOptions] = useState(DEFAULTS);
  return (
    <StartDialog
      title="Run again"
      description="Runs each of these runs again with the input that it had, behind live runs. What ends from now on is not among them."
      noun="run"
      wanted={isComplete(options) ? { automation: null, request: { filter, reason: "", ...options } } : undefined}
      onClose={onClose}
    >
      <OptionFields options={options} onChange={setOptions} />
    </StartDialog>
  );
}
