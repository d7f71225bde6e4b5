import type { Queue } from "@/api/types";
import { count } from "@/lib/text/format";

import type { Chosen } from "./queue-dialog";
import { QueueButtons } from "./queue-buttons";

/** Waiting and running by key, most waiting first. */
export function Keys({ keys, onChoose }: { keys: Queue["byKey"]; onChoose: ((chosen: Chosen) => void) | undefined }) {
  return (
    <div className="mt-3 max-h-48 overflow-y-auto" tabIndex={0} role="region" aria-label="Keys">
      <table className="w-full">
        <thead className="text-left text-2xs text-ink-3">
          <tr>
            <th scope="col" className="font-normal">
              Key
            </th>
            <th scope="col" className="w-16 text-right font-normal">
              Waiting
            </th>
            <th scope="col" className="w-16 text-right font-normal">
              Running
            </th>
            {onChoose && (
              <th scope="col" className="w-20">
                <span className="sr-only">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {keys.map((one) => (
            <tr key={one.key}>
              <th scope="row" className="max-w-0 truncate text-left font-mono text-xs font-normal" title={one.key}>
                {one.key || <span className="font-sans text-ink-3">no key</span>}
              </th>
              <td className="text-right">{count(one.waiting)}</td>
              <td className="text-right text-ink-2">{count(one.running)}</td>
              {onChoose && (
                <td className="text-right">
                  {one.waiting > 0 && (
                    <QueueButtons
                      of={{ selection: { key: one.key }, what: `runs of ${one.key || "no key"}` }}
                      onChoose={onChoose}
                    />
                  )}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
