/** Why a server closed the connection, in the user's words. Servers say it in free text: ERROR, and what follows it. */
import { sanitize } from "../../terminal/sanitize.ts";
import type { Words } from "./words.ts";

type ClosingReason = Exclude<keyof Words["closing"], "said">;

/**
 * What servers write, the most particular first: InspIRCd, UnrealIRCd, ircd-hybrid, Solanum, ngIRCd, ircu and ZNC.
 * A reason that a person gave ("Killed (op (spam))") may hold any words, so kills and bans come before the others.
 */
const REASONS: readonly (readonly [ClosingReason, RegExp])[] = [
  ["killed", /\bkill(?:ed)?\b/i],
  ["proxy", /open proxy|\btor\b|dnsbl|\bproxies\b/i],
  ["banned", /\b(?:[kgdz]-?|qz?-?|sha?)line(?:d)?\b|\bbanned\b|\bakill/i],
  [
    "accountNeeded",
    /\bsasl\b|need to (?:identify|authenticate)|account required|must be logged in/i,
  ],
  [
    "password",
    /(?:bad|invalid|incorrect|wrong) (?:server )?password|password (?:mismatch|incorrect)/i,
  ],
  [
    "tlsNeeded",
    /(?:requires?|must (?:use|connect)|only)\b.*\b(?:ssl|tls)|\b(?:ssl|tls)\b.*\b(?:required|only)/i,
  ],
  [
    "throttled",
    /throttl|too many new connections|(?:re)?connect(?:ing|ed)? too fast|too many (?:re)?connect(?:ion)? attempts|wait a while/i,
  ],
  [
    "tooMany",
    /too many (?:host |local |global |user |unknown )?(?:connections|clones)|no more connections (?:allowed )?(?:from|for|on) your|session limit/i,
  ],
  [
    "full",
    /server (?:is )?full|no more connections|connection (?:class|limit)|all connections in use/i,
  ],
  ["flood", /excess ?flood|\bflood(?:ing)?\b|sendq|recvq/i],
  ["tooSlow", /registration time|ping timeout|timed? ?out/i],
  ["nickTaken", /\bghost|nick(?:name)? (?:collision|regain|taken)|overridden/i],
  ["stopping", /shut(?:ting)? ?down|restart|terminating|server (?:exiting|going)/i],
  ["notAllowed", /unauthori[sz]ed|not authori[sz]ed|no authori[sz]ation|access denied/i],
];

/** Returns what a server meant by the text of its ERROR; null if nothing in it is known. */
export function closingReason(text: string): ClosingReason | null {
  return REASONS.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}

/** Reasons that need no line of their own: the connection is there again, and nobody meant the user. */
const UNREMARKABLE: ReadonlySet<ClosingReason> = new Set(["tooSlow", "stopping"]);

/** Returns the sentence for a connection that a server closed because of the user; null for any other end. */
export function dismissalSentence(words: Pick<Words, "closing">, text: string): string | null {
  const reason = closingReason(text);
  return reason === null || UNREMARKABLE.has(reason) ? null : closingSentence(words, text);
}

/** What our own server writes and the user's sentence says already. */
const SAID_ALREADY: ReadonlySet<string> = new Set([
  "The server is full: try again later",
  "Too many connections from your address",
  "Too many new connections: try again in a minute",
]);

/**
 * Returns the sentence for the text of a server's ERROR, with the text where it may say more; the text alone if nothing
 * in it is known.
 */
export function closingSentence({ closing }: Pick<Words, "closing">, text: string): string {
  const shown = sanitize(text);
  const reason = closingReason(text);
  if (reason === null) return shown;
  return SAID_ALREADY.has(text) ? closing[reason] : `${closing[reason]} ${closing.said(shown)}`;
}
