import { parseAddress } from "../protocol/server-link.ts";
import { formatTime } from "../protocol/time.ts";
import type { ServerSettings } from "./server-settings.ts";
import { SERVER_TABLE } from "./server-table.ts";

const DAY_MS = 24 * 3_600_000;
/** How long before its end an authority's certificate should have been renewed. */
const RENEWAL_MS = 14 * DAY_MS;
/** Listens on every address, and is none that anybody connects to. */
const WILDCARDS: readonly [string, string] = ["0.0.0.0", "::"];

type AddressSettings = Pick<ServerSettings, "host" | "name" | "publicHost" | "certs"> &
  Partial<Pick<ServerSettings, "nats">>;

/** What is known of the server's certificate. */
export interface CertificateFacts {
  /** Whether no authority vouches for it. */
  readonly isSelfSigned: boolean;
  /** Whether it was made just now, for the wanted names. */
  readonly isNew: boolean;
  /** Its host names; may have wildcards. */
  readonly hostNames: readonly string[];
  /** Its beginning and its end, in milliseconds since 1970. */
  readonly validFrom: number;
  readonly validTo: number;
  /** Returns whether it is for this host name or address. */
  covers(host: string): boolean;
}

/** A host, and the port if it isn't the one that the server listens on. */
interface PublicAddress {
  readonly host: string;
  readonly port: number | null;
}

/** Parses a `public-host`; `null` for what is no host, or none that anybody can connect to. */
export function parsePublicHost(text: string): PublicAddress | null {
  const address = parseAddress(text);
  return address === null || WILDCARDS.includes(address.host) ? null : address;
}

/** Parses `host`: an address or name of this machine. Returns `null` if it is neither, or has a port. */
export function parseListenHost(text: string): string | null {
  if (text === "*") return WILDCARDS[0];
  const address = parseAddress(text);
  return address === null || address.port !== null ? null : address.host;
}

/** Returns the hosts by which the owner says that the server is reached, the most public first. */
function wantedAddresses({ host, name, publicHost }: AddressSettings): PublicAddress[] {
  const named = parseAddress(name);
  const isHostName =
    named?.port === null && name.includes(".") && name !== SERVER_TABLE.name.default;
  return [
    ...publicHost.flatMap((text) => parsePublicHost(text) ?? []),
    ...(WILDCARDS.includes(host) ? [] : [{ host, port: null }]),
    ...(isHostName ? [named] : []),
  ];
}

/** Returns the names and addresses for a new certificate, without duplicates. */
export function certificateNames(
  settings: AddressSettings,
  localAddresses: readonly string[],
): string[] {
  const wanted = wantedAddresses(settings).map(({ host }) => host);
  return [...new Set([...wanted, ...localAddresses])];
}

/**
 * Returns the address for the server's links: what `public-host` says; otherwise a host that the owner named,
 * one for which an authority vouches before others; otherwise the authority's own name for it, or the
 * machine's address.
 */
export function linkAddress(
  settings: AddressSettings,
  [localAddress]: readonly [string, ...string[]],
  certificate: CertificateFacts,
): PublicAddress {
  const wanted = wantedAddresses(settings);
  const [first] = wanted;
  const local = { host: localAddress, port: null };
  if (settings.publicHost.length > 0 || certificate.isSelfSigned) return first ?? local;
  const certified = certificate.hostNames.find((name) => !name.startsWith("*"));
  return (
    wanted.find(({ host }) => certificate.covers(host)) ??
    (certified === undefined ? (first ?? local) : { host: certified, port: null })
  );
}

/** Returns what the owner should know of the certificate: that it lacks a name, or when it is valid. */
export function certificateWarnings(
  settings: AddressSettings,
  certificate: CertificateFacts,
  now: number,
): string[] {
  const { isSelfSigned, isNew, hostNames } = certificate;
  const { publicHost, nats = [] } = settings;
  // The nodes of a cluster have one certificate, for the names by which people reach it.
  const isShared = nats.length > 0 && publicHost.length > 0;
  const missing = wantedAddresses(isShared ? { ...settings, host: WILDCARDS[0] } : settings)
    .map(({ host }) => host)
    .filter((host) => !certificate.covers(host));
  const names = missing.join(", ");
  const warnings: string[] = [];
  if (missing.length > 0 && !isNew && isSelfSigned) {
    warnings.push(
      `the certificate in ${settings.certs} was not made for ${names}. Links still work, since they hold its fingerprint; for a new one with the name in it, move cert.pem and key.pem away and start again (everybody then needs a new link, or the end of the new fingerprint)`,
    );
  } else if (missing.length > 0 && !isSelfSigned) {
    warnings.push(
      `the certificate in ${settings.certs} is for ${hostNames.join(", ") || "no host name"}, and not for ${names}: get one for that name, or name the other with --public-host`,
    );
  }
  const validity = validityWarning(settings, certificate, now);
  return validity === null ? warnings : [...warnings, validity];
}

/** Returns what the owner should know when a certificate replaces another; `null` if clients accept it. */
export function replacementWarning(
  { certs }: AddressSettings,
  before: CertificateFacts,
  after: CertificateFacts,
): string | null {
  return after.isSelfSigned && !before.isSelfSigned
    ? `no authority vouches any more for the certificate in ${certs}: clients that know this server refuse it, until their users confirm it`
    : null;
}

/** Returns a warning when an authority's certificate isn't valid yet, or ends soon; `null` otherwise. */
export function validityWarning(
  { certs }: AddressSettings,
  { isSelfSigned, validFrom, validTo }: CertificateFacts,
  now: number,
): string | null {
  // Nobody looks at the dates of a self-signed one: it is recognized by its fingerprint.
  if (isSelfSigned) return null;
  if (now < validFrom) {
    return `the certificate in ${certs} begins on ${formatTime(validFrom)}, and clients refuse it until then. This machine's clock says ${formatTime(now)}`;
  }
  if (validTo - now >= RENEWAL_MS) return null;
  const day = new Date(validTo).toISOString().slice(0, 10);
  const [what, then] = [`the certificate in ${certs}`, "then send SIGHUP or REHASH"];
  return validTo <= now
    ? `${what} ended on ${day}, and clients refuse it: renew it, ${then}`
    : `${what} ends on ${day}: renew it, ${then}`;
}

/** Formats `host:port` for clients, or the host alone; IPv6 in brackets. */
export function formatAddress({ host, port }: PublicAddress): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === null ? name : `${name}:${port}`;
}
