import { WIDE } from "@/components/form/part";
import { Switch } from "@/components/ui/switch";

import type { Path } from "../../spec/path";
import { useField } from "../editing";
import { RetryFields } from "../fields/retry-fields";

/** Overrides the agent's retry settings for one step. */
export function RetrySwitch({ path }: { path: Path }) {
  const { value, set } = useField(path);
  const own = value !== null && value !== undefined;
  return (
    <>
      <div className={`flex items-center gap-2.5 ${WIDE}`}>
        <Switch label="Override the agent's retry settings" checked={own} onChange={(next) => set(next ? {} : null)} />
        <span aria-hidden>Override the agent's retry settings</span>
      </div>
      {own && <RetryFields path={path} />}
    </>
  );
}
