import { Link } from "@tanstack/react-router";
import type { ComponentProps, ReactNode } from "react";

import { parseSearch } from "@/lib/search-params";

interface AddressLinkProps extends Omit<ComponentProps<"a">, "href"> {
  /** A path within the page with its query, such as "/runs?status=failed", or "#part" of the current one. */
  address: string;
}

/** A link to an address that the API answers, which no type can know. */
export function AddressLink({ address, children, ...rest }: AddressLinkProps): ReactNode {
  if (address.startsWith("#"))
    return (
      <a href={address} {...rest}>
        {children}
      </a>
    );
  const [path = "/", query = ""] = address.split("?");
  return (
    <Link to={path as "/"} search={parseSearch(query) as never} preload={false} {...rest}>
      {children}
    </Link>
  );
}
