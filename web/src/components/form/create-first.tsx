import { Link } from "@tanstack/react-router";

import type { Kind } from "@/api/types";
import { KINDS } from "@/lib/words/kinds";

/** The way to the first primitive of a kind, where there is none to choose. */
export function CreateFirst({ kind }: { kind: Kind }) {
  return (
    <>
      There are no {KINDS[kind].plural.toLowerCase()} yet.{" "}
      <Link to="/primitives/new" search={{ kind }} className="text-accent hover:underline">
        Make the first
      </Link>
    </>
  );
}
