import { Dialog } from "@/components/ui/dialog";
import { Switch } from "@/components/ui/switch";
import { choose, useKeysAreOn } from "@/lib/preferences";

import { PAGES } from "./header";

interface Group {
  where: string;
  keys: [string[], string][];
}

const GROUPS: Group[] = [
  {
    where: "Anywhere",
    keys: [
      [["Ctrl", "K"], "Search and commands"],
      [["F8"], "Latest message (Undo)"],
      [["n"], "New automation"],
      ...PAGES.map((page): Group["keys"][number] => [["Shift", page.key.toUpperCase()], page.label]),
      [["?"], "Keyboard shortcuts"],
    ],
  },
  {
    where: "On the list of automations",
    keys: [
      [["/"], "Search"],
      [["j"], "Next row"],
      [["k"], "Previous row"],
      [["x"], "Select the row"],
      [["b"], "Actions for the selection"],
      [["Enter"], "Open the row"],
      [["Esc"], "Clear the selection, or close what is open"],
    ],
  },
];

/** The list of shortcuts, with the switch for single keys. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  const on = useKeysAreOn();
  return (
    <Dialog open onClose={onClose} title="Keyboard">
      <div className="grid gap-4 sm:grid-cols-2">
        {GROUPS.map((group) => (
          <section key={group.where}>
            <h3 className="mb-1 text-xs font-medium text-ink-2">{group.where}</h3>
            <dl className="flex flex-col gap-1">
              {group.keys.map(([keys, meaning]) => (
                <div key={meaning} className="flex items-center gap-2">
                  <dt className="flex w-20 shrink-0 gap-1">
                    {keys.map((key) => (
                      <kbd
                        key={key}
                        className="rounded border border-line-strong bg-sunken px-1.5 font-sans text-2xs leading-5"
                      >
                        {key}
                      </kbd>
                    ))}
                  </dt>
                  <dd>{meaning}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <div className="mt-4 flex items-center gap-2.5 border-t border-line pt-3">
        <Switch checked={on} label="Single-key shortcuts" onChange={(next) => choose("keys", next ? "on" : "off")} />
        <span>Single-key shortcuts {on ? "are on" : "are off"}; keys with Ctrl always work</span>
      </div>
    </Dialog>
  );
}
