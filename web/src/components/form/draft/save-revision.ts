import { ApiError } from "@/api/client";

/** Whether somebody else saved it meanwhile. */
export const isOutdated = (error: unknown) => error instanceof ApiError && error.status === 412;

interface Versioned {
  revision: number;
}

interface Attempt<Saved extends Versioned> {
  /** The revision that was read. */
  revision: number;
  send: (revision: number) => Promise<Saved>;
  latest: () => Promise<Saved>;
  /** Whether the newest revision differs in what is edited. */
  differs: (latest: Saved) => boolean;
}

/** Saves over the revision that was read. Where the newer one differs in nothing that is edited, it is no conflict. */
export async function saveAtRevision<Saved extends Versioned>({
  revision,
  send,
  latest,
  differs,
}: Attempt<Saved>): Promise<Saved> {
  try {
    return await send(revision);
  } catch (error) {
    if (!isOutdated(error)) throw error;
    const found = await latest();
    if (differs(found)) throw error;
    return send(found.revision);
  }
}
