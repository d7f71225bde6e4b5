import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, type LucideIcon, TriangleAlert } from "lucide-react";

import { latestNoticesQuery, noticeKeys, seeNotice, seeNoticesUntil } from "@/api/notices";
import { covers, sessionQuery } from "@/api/session";
import type { Notice, NoticeSeverity } from "@/api/types";
import { When } from "@/components/labels";
import { notifyError } from "@/components/messages/messages";
import { useOpenAutomation } from "@/components/open-automation";
import { Failure, Skeleton } from "@/components/page-states";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { cn } from "@/lib/cn";
import { plural } from "@/lib/text/format";

const LOOKS: Record<NoticeSeverity, { icon: LucideIcon; label: string; tint: string }> = {
  info: { icon: CircleCheck, label: "Information:", tint: "text-healthy" },
  warning: { icon: TriangleAlert, label: "Warning:", tint: "text-degrading" },
  critical: { icon: CircleAlert, label: "Critical:", tint: "text-failing" },
};

/** The latest notices: what has changed without anybody changing it. */
export function NoticesDialog({ onClose }: { onClose: () => void }) {
  const notices = useQuery(latestNoticesQuery());
  const { data: session } = useQuery(sessionQuery());
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: noticeKeys.all });
  const seeOne = useMutation({ mutationFn: seeNotice, onSuccess: refresh, onError: notifyError });
  const seeAll = useMutation({ mutationFn: seeNoticesUntil, onSuccess: refresh, onError: notifyError });
  const open = useOpenAutomation();
  const items = notices.data?.items ?? [];
  const mayMark = covers(session, "operate");
  const newest = items[0];
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title="Notices"
      description="What has changed without anybody changing it."
      footer={
        mayMark &&
        newest &&
        (notices.data?.unseen ?? 0) > 0 && (
          <Button disabled={seeAll.isPending} onClick={() => seeAll.mutate(newest.at)}>
            Mark all as seen
          </Button>
        )
      }
    >
      {notices.isPending && <Skeleton rows={4} />}
      {notices.isError && !notices.data && <Failure error={notices.error} onRetry={() => void notices.refetch()} />}
      {notices.data && items.length === 0 && <p className="text-ink-3">No notices yet.</p>}
      <ol aria-label="Notices, newest first" className="divide-y divide-line">
        {items.map((notice) => (
          <Item
            key={notice.id}
            notice={notice}
            onOpen={(slug) => {
              if (mayMark && !notice.seenAt) seeOne.mutate(notice.id);
              onClose();
              open(slug);
            }}
          />
        ))}
      </ol>
    </Dialog>
  );
}

function Item({ notice, onOpen }: { notice: Notice; onOpen: (slug: string) => void }) {
  const { icon: Icon, label, tint } = LOOKS[notice.severity];
  const automation = notice.automation;
  const failed = notice.deliveries.filter((one) => !one.sentAt);
  return (
    <li className="flex items-start gap-2.5 py-2.5">
      <Icon aria-label={label} className={cn("mt-0.5 size-4 shrink-0", tint)} />
      <div className="min-w-0 flex-1 break-words">
        <p className={cn(!notice.seenAt && "font-semibold")}>
          {automation ? (
            <button type="button" className="min-h-6 text-left hover:underline" onClick={() => onOpen(automation.slug)}>
              {notice.title}
            </button>
          ) : (
            notice.title
          )}
        </p>
        <p className="text-ink-2">{notice.text}</p>
        {notice.repeats > 0 && <p className="text-ink-3">{plural(notice.repeats, "similar notice")} followed.</p>}
        {failed.map((one) => (
          <p key={one.channel} className="text-xs text-failing">
            Not sent to {one.channel}: {one.error}
          </p>
        ))}
      </div>
      <When at={notice.at} className="text-xs leading-5 text-ink-3" />
    </li>
  );
}
