import { useQuery } from "@tanstack/react-query";
import { Bell } from "lucide-react";

import { latestNoticesQuery } from "@/api/notices";
import { Button } from "@/components/ui/button";
import { plural } from "@/lib/text/format";

const MOST = 99;

/** Opens the notices; says how many nobody has seen. */
export function NoticesBell({ onOpen }: { onOpen: () => void }) {
  const { data } = useQuery(latestNoticesQuery());
  const unseen = data?.unseen ?? 0;
  return (
    <Button
      look="quiet"
      size="icon"
      aria-label={unseen ? `Notices: ${plural(unseen, "new one")}` : "Notices"}
      className="relative"
      onClick={onOpen}
    >
      <Bell className="size-4" />
      {unseen > 0 && (
        <span
          aria-hidden
          className="absolute top-0 right-0 min-w-4 rounded-full bg-failing px-1 text-2xs leading-4 font-semibold text-white tabular-nums dark:text-black"
        >
          {unseen > MOST ? `${MOST}+` : unseen}
        </span>
      )}
    </Button>
  );
}
