import { ApiError } from "@/api/client";

export const isOutdated = (error: unknown) => error instanceof ApiError && error.status === 412;

interface Versioned {
  revision: number;
}

interface Attempt<Saved extends Versioned> {
  /** The revision that was loaded. */
  revision: number;
  send: (revision: number) => Promise<Saved>;
  latest: () => Promise<Saved>;
  /** Whether the latest revision differs in the edited fields. */
  differs: (latest: Saved) => boolean;
}

/** Saves on top of the loaded revision. A newer one that differs only in other fields is not a conflict. */
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
