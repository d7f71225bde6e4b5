import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { liveListQuery } from "@/api/live";
import { primitivesQuery } from "@/api/primitives";
import type { Primitive } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

import { usesOf } from "./spec/summary";

const MOST_NAMED = 8;

interface ArchiveDialogProps {
  primitive: Primitive;
  isBusy: boolean;
  onArchive: () => void;
  onClose: () => void;
}

/** Archives a primitive; if something uses it, lists that instead, as the API would refuse. */
export function ArchiveDialog({ primitive, isBusy, onArchive, onClose }: ArchiveDialogProps) {
  const uses = usesOf(primitive);
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Archive ${primitive.name}?`}
      description={
        uses
          ? `It is used by ${uses}. Archive or change those first.`
          : "New automations can no longer use it. Its runs are kept."
      }
      footer={
        <>
          <Button onClick={onClose}>{uses ? "Close" : "Cancel"}</Button>
          {!uses && (
            <Button look="danger" disabled={isBusy} onClick={onArchive}>
              Archive
            </Button>
          )}
        </>
      }
    >
      {uses ? <Users primitive={primitive} /> : null}
    </Dialog>
  );
}

/** The names of what uses it, at most a few of each kind. */
function Users({ primitive }: { primitive: Primitive }) {
  const { kind, slug } = primitive;
  const live = useQuery(liveListQuery({ search: slug }));
  const others = useQuery(primitivesQuery({}));
  const automations = (live.data?.automations ?? []).filter(
    (one) => one.primitiveType === kind && one.entity.slug === slug,
  );
  const primitives = (others.data ?? []).filter(
    (one) => kind === "agent" && one.members.some((member) => member.agent === slug),
  );
  return (
    <ul className="flex list-disc flex-col gap-1 pl-4">
      {automations.slice(0, MOST_NAMED).map((one) => (
        <li key={one.id}>
          <User note="automation">
            <Link to="/" search={{ open: one.slug } as never} className="text-accent hover:underline">
              {one.name}
            </Link>
          </User>
        </li>
      ))}
      {primitives.slice(0, MOST_NAMED).map((one) => (
        <li key={one.id}>
          <User note={one.kind}>
            <Link
              to="/primitives/$kind/$slug"
              params={{ kind: one.kind, slug: one.slug }}
              className="text-accent hover:underline"
            >
              {one.name}
            </Link>
          </User>
        </li>
      ))}
    </ul>
  );
}

const User = ({ note, children }: { note: string; children: ReactNode }) => (
  <>
    {children} <span className="text-ink-3">{note}</span>
  </>
);
