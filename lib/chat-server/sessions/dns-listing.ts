import { query, runSteps, type Steps } from "../command.ts";
import type { DnsListing } from "../server-ports.ts";
import type { State } from "../state.ts";
import type { Session } from "./session.ts";

/**
 * DNS blocklists: off unless the settings name some. Members and people with an invitation are let in from anywhere,
 * and nobody waits for a lookup but a stranger who would talk or sign up before it has ended.
 */

/**
 * Starts to look up a connection's address, unless it is a member's device.
 *
 * @param then called when the answer is there: the session's registration may have waited for it
 */
export function startDnsLookup(state: State, session: Session, then: () => void): void {
  if (!state.options.hasDnsbl || session.memberPlaceOf !== null) return;
  session.dnsListing = "pending";
  state.runInBackground(
    runSteps(
      (function* (): Steps {
        yield* lookUp(session);
        then();
      })(),
    ),
  );
}

/** Looks up the address of a session whose lookup has not ended; the answer is the same for both. */
export function* lookUp(session: Session): Steps {
  const { address } = session.link;
  const { listing } = yield* query({ kind: "dns-listing", address });
  session.dnsListing = listing;
}

/** Returns the sentence for somebody whose address is on a list. */
export function listedSentence({ zone, action }: DnsListing): string {
  return action === "login"
    ? `Your address is on the list ${zone}: log in, or use an invitation`
    : `Your address is on the list ${zone}: only members and invited people can connect from it`;
}
