import { reportFreshness } from "./freshness";
import { serverStatus } from "./server-status";

const STREAM = "/api/live/stream";
/** The server sends a beat every five seconds; a stream that is silent for longer than this is broken. */
const SILENCE_MS = 12_000;
/** `EventSource.OPEN`; the class does not exist where unit tests run. */
const OPEN = 1;

interface Listeners {
  /** Anything may have changed: the stream has just started, missed events, or was replaced by polling. */
  onReset: () => void;
  onAutomation: (data: string) => void;
  onRun: (data: string) => void;
}

/** Whether a stream is open and has recently sent something. An open stream alone may be a broken connection. */
export function isHeard(readyState: number, heardAt: number, now: number): boolean {
  return readyState === OPEN && now - heardAt <= SILENCE_MS;
}

/** Opens the event stream. `check` polls while the stream is down, and reopens a broken one. */
export function openEventStream({ onReset, onAutomation, onRun }: Listeners): {
  check: () => void;
  close: () => void;
} {
  let openedAt = 0;
  let heardAt = 0;
  let asking = false;
  let stream = open();

  function hear(): void {
    heardAt = Date.now();
    reportFreshness("live", true);
  }

  function open(): EventSource {
    const made = new EventSource(STREAM);
    openedAt = Date.now();
    const on = (name: string, listener: (data: string) => void) =>
      made.addEventListener(name, (event: MessageEvent<string>) => {
        hear();
        listener(event.data);
      });
    on("beat", () => undefined);
    on("ready", onReset);
    on("resync", onReset);
    on("automation", onAutomation);
    on("run", onRun);
    // The server is up, but its database is not.
    made.addEventListener("away", () => {
      heardAt = 0;
      void check();
    });
    return made;
  }

  const heard = () => isHeard(stream.readyState, heardAt, Date.now());

  async function check(): Promise<void> {
    if (heard() || asking || document.visibilityState !== "visible") return;
    asking = true;
    const status = await serverStatus();
    asking = false;
    // The stream may have sent something in the meantime.
    if (heard()) return;
    reportFreshness(status, status === "polling");
    if (status !== "polling") return;
    onReset();
    // Browsers reconnect after a lost connection, but not after an error status or silence.
    const silent = Date.now() - Math.max(openedAt, heardAt) > SILENCE_MS;
    if (silent || stream.readyState === EventSource.CLOSED) {
      stream.close();
      stream = open();
    }
  }

  return { check: () => void check(), close: () => stream.close() };
}
