const ANSWER_MS = 4000;

/** Whether the server responds. */
export async function isServerUp(): Promise<boolean> {
  return (await statusOf("/healthz")) === 200;
}

/** The server's status for a page without a stream: it may be up and still unable to read its database. */
export async function serverStatus(): Promise<"polling" | "failing" | "offline"> {
  if (!(await isServerUp())) return "offline";
  const status = await statusOf("/api/session");
  return status === 0 || status >= 500 ? "failing" : "polling";
}

/** The status of a response; 0 if there is none in time. */
async function statusOf(path: string): Promise<number> {
  try {
    return (await fetch(path, { signal: AbortSignal.timeout(ANSWER_MS), cache: "no-store" })).status;
  } catch {
    return 0;
  }
}
