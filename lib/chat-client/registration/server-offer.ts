import type { ServerOffer } from "../client-event.ts";

/**
 * Returns the ways to log in and sign up on a server.
 *
 * @param offered its capabilities: name → value
 * @param allowsGuests what it has announced about guests; null: nothing yet
 */
export function serverOffer(
  offered: ReadonlyMap<string, string>,
  allowsGuests: boolean | null,
): ServerOffer {
  const registration = offered.get("draft/account-registration");
  const isOurs = offered.has("sodam.chat/account");
  return {
    password: offersMechanism(offered, "PLAIN"),
    certificate: offersMechanism(offered, "EXTERNAL"),
    nickServ: !isOurs && !offered.has("sasl"),
    signUp: registration !== undefined,
    accountCheck: isOurs,
    // Other servers take anybody, unless they say that they don't.
    guests: allowsGuests ?? !isOurs,
    emailRequired: registration?.split(",").includes("email-required") ?? false,
  };
}

/** Returns whether a server offers a SASL mechanism. Before CAP 302 it doesn't say which ones it has. */
export function offersMechanism(offered: ReadonlyMap<string, string>, mechanism: string): boolean {
  const mechanisms = offered.get("sasl");
  if (mechanisms === undefined) return false;
  return mechanisms === "" || mechanisms.split(",").includes(mechanism);
}
