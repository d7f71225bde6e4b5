import { CircleAlert, CircleCheck } from "lucide-react";

import { When } from "@/components/labels";
import { Dialog } from "@/components/ui/dialog";
import { useMessages } from "@/components/messages/messages";
import { UndoButton } from "@/components/messages/toast";

/** All messages since the page was loaded, with their Undo. */
export function MessagesDialog({ onClose }: { onClose: () => void }) {
  const messages = useMessages();
  return (
    <Dialog open onClose={onClose} title="Messages" description="All messages since the page was loaded.">
      {messages.length === 0 && <p className="text-ink-3">No messages yet.</p>}
      <ol aria-label="Messages, newest first" className="divide-y divide-line">
        {messages.toReversed().map((message) => (
          <li key={message.id} className="flex items-start gap-2.5 py-2">
            {message.kind === "done" ? (
              <CircleCheck className="mt-0.5 size-4 shrink-0 text-healthy" />
            ) : (
              <CircleAlert aria-label="Failed:" className="mt-0.5 size-4 shrink-0 text-failing" />
            )}
            <p className="min-w-0 flex-1 break-words">
              {message.text}
              {message.hint && <span className="block text-ink-3">{message.hint}</span>}
              {message.progress && <span className="block text-ink-3">{message.progress}</span>}
            </p>
            {message.undo && <UndoButton message={message} />}
            <When at={new Date(message.at).toISOString()} className="text-xs leading-5 text-ink-3" />
          </li>
        ))}
      </ol>
    </Dialog>
  );
}
