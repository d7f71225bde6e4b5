import { Link } from "@tanstack/react-router";

import type { Kind } from "@/api/types";
import { KINDS } from "@/lib/words/kinds";

/** A link to create the first primitive of a kind. */
export function CreateFirst({ kind }: { kind: Kind }) {
  return (
    <>
      There are no {KINDS[kind].plural.toLowerCase()} yet.{" "}
      <Link to="/primitives/new" search={{ kind }} className="text-accent hover:underline">
        Create the first one
      </Link>
    </>
  );
}
