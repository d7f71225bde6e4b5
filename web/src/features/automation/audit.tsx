import { useQuery } from "@tanstack/react-query";

import { auditQuery } from "@/api/automations";
import { When } from "@/components/labels";
import { Skeleton } from "@/components/page-states";

export function Audit({ name }: { name: string }) {
  const audit = useQuery(auditQuery(name));
  if (audit.isPending) return <Skeleton rows={2} />;
  if (audit.isError) return <p className="text-failing">{audit.error.message}</p>;
  return (
    <ol className="flex flex-col gap-1">
      {audit.data.items.map((item) => (
        <li key={item.id} className="flex items-baseline gap-2">
          <span className="min-w-0 flex-1">
            {item.action.split(".").at(-1)?.replaceAll("_", " ")} <span className="text-ink-3">by {item.actor}</span>
            {item.reason && <span className="block truncate text-xs text-ink-3">{item.reason}</span>}
          </span>
          <When at={item.at} className="text-xs text-ink-3" />
        </li>
      ))}
      {audit.data.items.length === 0 && <li className="text-ink-3">Nothing yet.</li>}
    </ol>
  );
}
