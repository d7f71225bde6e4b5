import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Archive, CalendarPlus, Pencil, Zap } from "lucide-react";
import { useState } from "react";

import { archivePrimitive, primitiveKeys } from "@/api/primitives";
import { covers, sessionQuery } from "@/api/session";
import type { Primitive } from "@/api/types";
import { Button, buttonClass } from "@/components/ui/button";
import { notifyDone, notifyError } from "@/components/messages/messages";

import { ArchiveDialog } from "./archive-dialog";
import { RunDialog } from "./run-dialog";

export function PrimitiveActions({ primitive }: { primitive: Primitive }) {
  const { data: session } = useQuery(sessionQuery());
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<"run" | "archive">();
  const { kind, slug } = primitive;
  const archive = useMutation({
    mutationFn: () => archivePrimitive(kind, slug),
    onSuccess: async () => {
      notifyDone(`${primitive.name} is archived.`);
      await queries.invalidateQueries({ queryKey: primitiveKeys.all });
      void navigate({ to: "/primitives" });
    },
    onError: notifyError,
    onSettled: () => setDialog(undefined),
  });
  return (
    <>
      {covers(session, "operate") && (
        <Button onClick={() => setDialog("run")}>
          <Zap className="size-3.5" /> Run once
        </Button>
      )}
      {covers(session, "admin") && (
        <>
          <Link to="/automations/new" search={{ kind, primitive: slug }} className={buttonClass()}>
            <CalendarPlus className="size-3.5" /> Automate
          </Link>
          <Link to="/primitives/$kind/$slug/edit" params={{ kind, slug }} className={buttonClass()}>
            <Pencil className="size-3.5" /> Edit
          </Link>
          <Button look="quiet" size="icon" aria-label="Archive" onClick={() => setDialog("archive")}>
            <Archive className="size-4" />
          </Button>
        </>
      )}
      {dialog === "run" && <RunDialog primitive={primitive} onClose={() => setDialog(undefined)} />}
      {dialog === "archive" && (
        <ArchiveDialog
          primitive={primitive}
          isBusy={archive.isPending}
          onArchive={() => archive.mutate()}
          onClose={() => setDialog(undefined)}
        />
      )}
    </>
  );
}
