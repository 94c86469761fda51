import type { ServerLink } from "../../protocol/server-link.ts";

/**
 * What a server asks everybody for is for that server alone: the one that was named or was used last, or without
 * one the first that a person chooses. Whoever sends a link to another is not told it.
 */
export function passwordAt(
  home: ServerLink | null,
  password: string | null,
): (link: ServerLink) => string | null {
  let place = home;
  return (link) => {
    place ??= link;
    return link.host === place.host && link.port === place.port ? password : null;
  };
}
