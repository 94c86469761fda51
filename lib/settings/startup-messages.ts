import { fingerprintEnd } from "../protocol/fingerprint.ts";
import { formatTime, isClockSet } from "../protocol/time.ts";
import type { Address, ServerSettings } from "./server-settings.ts";
import { VERSION } from "./settings-help.ts";
import type { StartWords } from "./start-words.ts";

/** An address and port that the server listens on. */
export interface ListenAddress {
  readonly hostname: string;
  readonly port: number;
}

/** What the server tells its owner when it is ready. */
export interface StartupFacts {
  readonly tls: ListenAddress;
  /** Where plain text is spoken, if anywhere. */
  readonly plain: ListenAddress | null;
  /** Where proxies connect, if anywhere. */
  readonly proxy?: ListenAddress | null;
  /** How many processes hold the connections, if not the server's own. */
  readonly gateways?: number;
  /** The certificate's, which people read to each other; `null` where an authority vouches for it. */
  readonly fingerprint: string | null;
  /** The command that connects a client; holds the owner's invitation when `isInviting`. */
  readonly command: string;
  readonly isInviting: boolean;
}

/**
 * Returns the messages that the server prints when it is ready: its addresses, its fingerprint, and the
 * command that connects a client, on a line of its own that nothing breaks.
 */
export function startupMessage(facts: StartupFacts, words: StartWords): string {
  const { tls, plain, proxy = null, gateways = 0, fingerprint, command, isInviting } = facts;
  const lines = [words.listening(VERSION, tls.hostname, tls.port)];
  if (plain !== null) lines.push(words.plainText(plain.hostname, plain.port));
  if (proxy !== null) lines.push(words.proxies(proxy.hostname, proxy.port));
  if (gateways > 0) lines.push(words.gateways(gateways));
  if (fingerprint !== null) lines.push(words.fingerprintEnds(fingerprintEnd(fingerprint)));
  if (isInviting) lines.push(words.noOwner);
  return [...lines, `\n  ${command}\n`].join("\n");
}

/** Why listening failed, as transport/listen.ts reports it. */
export interface ListenFailure extends ListenAddress {
  readonly kind: "in-use" | "not-allowed" | "no-such-address" | "bad-certificate" | "other";
  readonly message: string;
  readonly cause?: unknown;
}

/** Returns what the owner reads when the server can't listen. */
export function listenFailureMessage(
  error: ListenFailure,
  { plain, proxy }: ServerSettings,
  words: StartWords,
): string {
  const { kind, hostname, port } = error;
  const isAt = (address: Address | null) => address?.host === hostname && address.port === port;
  const special = isAt(plain) ? "--plain" : isAt(proxy) ? "--proxy" : null;
  const flag = special ?? "--port";
  switch (kind) {
    case "in-use":
      return words.portInUse(port, flag);
    case "not-allowed":
      return words.portNotAllowed(port, flag);
    case "no-such-address":
      return words.noSuchAddress(hostname, special ?? "--host");
    case "bad-certificate":
      return words.badCertificate;
    case "other":
      return words.otherFailure(error.message, String(error.cause));
  }
}

/** Returns a warning about a clock that was never set, as on machines without a battery, or `null`. */
export function clockWarning(now: number): string | null {
  return isClockSet(now)
    ? null
    : `this machine's clock says ${formatTime(now)}, so it isn't set: messages get wrong dates, and invitations made until then end as soon as it is. Set it, then start the server again`;
}

/** Returns why the certificate does not allow an STS policy, or `null` if it does. */
export function stsProblem(
  { stsDays }: ServerSettings,
  { isSelfSigned }: { readonly isSelfSigned: boolean },
  words: StartWords,
): string | null {
  // With a certificate that they can't check, clients would refuse to connect for as long as the policy lasts.
  return stsDays !== null && isSelfSigned ? words.stsNeedsAuthority : null;
}

/** Returns why a system can't run gateways, or `null` if it can, or if none are wanted. */
export function gatewaysProblem(
  { gateways }: Pick<ServerSettings, "gateways">,
  platform: string,
  words: StartWords,
): string | null {
  return gateways !== null && platform !== "linux" ? words.gatewaysNeedLinux : null;
}
