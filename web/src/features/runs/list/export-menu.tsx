import { Download } from "lucide-react";
import { useState } from "react";

import { exportRuns, type ExportFormat } from "@/api/run-export";
import type { RunFilters } from "@/api/runs";
import { notifyDone, notifyError } from "@/components/messages/messages";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { plural } from "@/lib/text/format";

/** Saves all runs that match as a file, and says whether it is complete. */
export function ExportMenu({ filters }: { filters: RunFilters }) {
  const [isBusy, setBusy] = useState(false);
  const start = async (format: ExportFormat) => {
    setBusy(true);
    try {
      const { name, file, end } = await exportRuns(filters, format);
      if (end.complete === undefined) throw new Error("The connection was cut. Nothing was saved; try again.");
      save(file, name);
      if (end.complete) notifyDone(`Exported ${plural(end.rows, "run")}.`);
      else notifyError(new Error(`The file has only the newest ${plural(end.rows, "run")}: ${end.reason}`));
    } catch (error) {
      notifyError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Menu
      trigger={
        <Button size="sm" disabled={isBusy}>
          <Download className="size-3.5" /> {isBusy ? "Exporting…" : "Export"}
        </Button>
      }
    >
      <MenuItem onSelect={() => void start("csv")}>CSV</MenuItem>
      <MenuItem onSelect={() => void start("ndjson")}>NDJSON</MenuItem>
    </Menu>
  );
}

function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The download has its own hold on the file by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
