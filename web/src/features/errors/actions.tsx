import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, ChevronDown, EyeOff, RotateCcw } from "lucide-react";

import { errorKeys, ignoreError, reopenError, resolveError } from "@/api/errors";
import { covers, sessionQuery } from "@/api/session";
import type { ErrorGroup } from "@/api/types";
import { notifyDone, notifyError } from "@/components/messages/messages";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuLabel } from "@/components/ui/menu";

const IGNORING = [
  { label: "For 2 hours", how: { hours: 2 } },
  { label: "For a day", how: { hours: 24 } },
  { label: "For a week", how: { hours: 7 * 24 } },
  { label: "For 10 more runs", how: { runs: 10 } },
  { label: "For 100 more runs", how: { runs: 100 } },
  { label: "Until it is opened again", how: {} },
];

/** Resolves, ignores and opens a group; nothing for those who may only read. */
export function GroupActions({ group }: { group: ErrorGroup }) {
  const queries = useQueryClient();
  const { data: session } = useQuery(sessionQuery());
  const decide = useMutation({
    mutationFn: ({ act }: { act: () => Promise<unknown>; done: string }) => act(),
    onSuccess: (_, { done }) => notifyDone(done),
    onError: notifyError,
    onSettled: () => queries.invalidateQueries({ queryKey: errorKeys.all }),
  });
  if (!covers(session, "operate")) return null;
  const { key, state } = group;
  const isDecided = state === "resolved" || state === "ignored";
  return (
    <span className="flex items-center gap-1.5">
      {isDecided ? (
        <Button
          size="sm"
          onClick={() => decide.mutate({ act: () => reopenError(key), done: "The error is open again." })}
        >
          <RotateCcw className="size-3.5" /> Open again
        </Button>
      ) : (
        <>
          <Button
            size="sm"
            title="A run that starts afterwards and fails with it opens it again"
            onClick={() => decide.mutate({ act: () => resolveError(key), done: "The error is resolved." })}
          >
            <Check className="size-3.5" /> Resolve
          </Button>
          <Menu
            trigger={
              <Button size="sm">
                <EyeOff className="size-3.5" /> Ignore <ChevronDown className="size-3.5" />
              </Button>
            }
          >
            <MenuLabel>Ignore this error</MenuLabel>
            {IGNORING.map(({ label, how }) => (
              <MenuItem
                key={label}
                onSelect={() => decide.mutate({ act: () => ignoreError(key, how), done: "The error is ignored." })}
              >
                {label}
              </MenuItem>
            ))}
          </Menu>
        </>
      )}
    </span>
  );
}
