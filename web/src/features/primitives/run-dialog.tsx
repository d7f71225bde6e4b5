import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { executePrimitive } from "@/api/primitives";
import { runKeys } from "@/api/runs";
import type { Primitive } from "@/api/types";
import { parseJson } from "@/components/json";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, TextArea } from "@/components/ui/field";
import { KINDS } from "@/lib/words/kinds";

export function RunDialog({ primitive, onClose }: { primitive: Primitive; onClose: () => void }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [text, setText] = useState("");
  const [error, setError] = useState<string>();
  const run = useMutation({
    mutationFn: (payload: unknown) => executePrimitive(KINDS[primitive.kind].path, primitive.slug, payload),
    onSuccess: (fired) => {
      void queries.invalidateQueries({ queryKey: runKeys.all });
      const made = fired.runs[0];
      if (made) void navigate({ to: "/runs/$id", params: { id: made.runId } });
    },
  });

  function start() {
    const read = parseJson(text);
    setError(read.error);
    if (!read.error) run.mutate(read.value);
  }

  return (
    <Dialog
      open
      onClose={onClose}
      title={`Run ${primitive.name} once`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={run.isPending} onClick={start}>
            Run
          </Button>
        </>
      }
    >
      <Field label="Payload (JSON)" error={error ?? run.error?.message} hint="Leave empty for no input.">
        {(ids) => (
          <TextArea
            {...ids}
            rows={5}
            value={text}
            onChange={(event) => setText(event.target.value)}
            className="font-mono text-xs"
          />
        )}
      </Field>
    </Dialog>
  );
}
