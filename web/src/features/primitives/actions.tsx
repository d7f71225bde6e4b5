import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Archive, CalendarPlus, Pencil, Power, Zap } from "lucide-react";
import { useState } from "react";

import { automationKeys } from "@/api/automations";
import { primitiveImpactQuery } from "@/api/impact";
import { liveKeys } from "@/api/live";
import { archivePrimitive, primitiveKeys, setPrimitiveActive } from "@/api/primitives";
import { covers, sessionQuery } from "@/api/session";
import type { Primitive } from "@/api/types";
import { ImpactQuestion } from "@/components/impact/impact-dialog";
import { Button, buttonClass } from "@/components/ui/button";
import { notifyDone, notifyError } from "@/components/messages/messages";

import { ArchiveDialog } from "./archive-dialog";
import { RunDialog } from "./run-dialog";

export function PrimitiveActions({ primitive }: { primitive: Primitive }) {
  const { data: session } = useQuery(sessionQuery());
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<"run" | "archive" | "disable">();
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
  const { name, isActive } = primitive;
  const enable = useMutation({
    mutationFn: (active: boolean) => setPrimitiveActive(kind, slug, active),
    onSuccess: async ({ isActive: active }) => {
      notifyDone(active ? `${name} is enabled.` : `${name} is disabled. Its runs are skipped.`, () =>
        enable.mutateAsync(!active).then(() => true),
      );
      await Promise.all(
        [primitiveKeys.all, liveKeys.all, automationKeys.all].map((queryKey) =>
          queries.invalidateQueries({ queryKey }),
        ),
      );
    },
    onError: notifyError,
  });
  return (
    <>
      {covers(session, "operate") && isActive && (
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
          <Button disabled={enable.isPending} onClick={() => (isActive ? setDialog("disable") : enable.mutate(true))}>
            <Power className="size-3.5" /> {isActive ? "Disable" : "Enable"}
          </Button>
          <Button look="quiet" size="icon" aria-label="Archive" onClick={() => setDialog("archive")}>
            <Archive className="size-4" />
          </Button>
        </>
      )}
      {dialog === "run" && <RunDialog primitive={primitive} onClose={() => setDialog(undefined)} />}
      {dialog === "disable" && (
        <DisableDialog
          primitive={primitive}
          onConfirm={() => enable.mutate(false)}
          onClose={() => setDialog(undefined)}
        />
      )}
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

interface DisableDialogProps {
  primitive: Primitive;
  onConfirm: () => void;
  onClose: () => void;
}

function DisableDialog({ primitive, onConfirm, onClose }: DisableDialogProps) {
  const impact = useQuery(primitiveImpactQuery(primitive.kind, primitive.slug));
  return (
    <ImpactQuestion
      title={`Disable ${primitive.name}?`}
      description="All of its runs are skipped until it is enabled again."
      verb="Disable"
      isDanger={false}
      own={false}
      impact={impact}
      onConfirm={onConfirm}
      onClose={onClose}
    />
  );
}
