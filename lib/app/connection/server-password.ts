import type { ServerLink } from "../../protocol/server-link.ts";

/**
 * Returns the function that tells the server password (IRC's PASS) for a link, or null. It is told to one server
 * only: `home`, the one that was named or used last; without one, the first that the user connects to. A link
 * from somebody else to another server never gets it.
 *
 * client.ts loads this file before it knows whether it needs the menus, so it imports nothing of them.
 */
export function passwordAt(
  home: ServerLink | null,
  password: string | null,
): (link: ServerLink) => string | null {
  let server = home;
  return (link) => {
    server ??= link;
    return link.host === server.host && link.port === server.port ? password : null;
  };
}
