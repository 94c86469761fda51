/** What a person types or pastes to reach a server. */
export interface ServerLink {
  /** A host's name or an address; IPv6 without its brackets. */
  host: string;
  port: number;
  /** SHA-256 of the server's certificate: 64 hex digits in lower case, no colons. */
  fingerprint: string | null;
  /** The code that lets its holder sign up. */
  invitation: string | null;
}

/** IRC over TLS. RFC 7194 */
const TLS_PORT = 6697;

/**
 * Reads `sodam://HOST[:PORT]/#fp=…&invite=…`, and also `HOST`, `HOST:PORT`, `[v6]:PORT` and a bare
 * IPv6 address. `null` when it can't be read whole: a link whose fingerprint is damaged is no link,
 * since without it the server would be trusted blindly. Unknown parts behind `#` are passed over.
 */
export function parseLink(text: string): ServerLink | null {
  const found = LINK.exec(text.trim());
  if (found === null) return null;
  const [, scheme, place = "", slash, fragment] = found;
  // A bare place has nothing behind it.
  if (scheme === undefined && (slash !== undefined || fragment !== undefined)) return null;
  const at = parsePlace(place);
  if (at === null) return null;
  let fingerprint: string | null = null;
  let invitation: string | null = null;
  for (const part of (fragment ?? "").split("&")) {
    if (part.startsWith("fp=")) {
      fingerprint = part.slice(3).replaceAll(":", "").toLowerCase();
      if (!FINGERPRINT.test(fingerprint)) return null;
    } else if (part.startsWith("invite=")) {
      invitation = part.slice(7);
      if (!INVITATION.test(invitation)) return null;
    }
  }
  return { ...at, fingerprint, invitation };
}

/** Whether somebody meant a link and no bare place: what {@link parseLink} can't read of it was cut off. */
export function isLinkLike(text: string): boolean {
  return /^sodam:/i.test(text.trim());
}

/**
 * The link in what somebody pasted: what they were given is a whole line ({@link clientCommand}), perhaps with
 * quotes as a messenger turns them. Text without a link comes back as it is.
 */
export function findPastedLink(text: string): string {
  return PASTED.exec(text)?.[0] ?? text;
}

/** Writes the long form, with its port. `parseLink` reads it back to the same. */
export function formatLink(link: ServerLink): string {
  const host = link.host.includes(":") ? `[${link.host}]` : link.host;
  const parts: string[] = [];
  if (link.fingerprint !== null) parts.push(`fp=${link.fingerprint}`);
  if (link.invitation !== null) parts.push(`invite=${link.invitation}`);
  const fragment = parts.length === 0 ? "" : `#${parts.join("&")}`;
  return `sodam://${host}:${link.port}/${fragment}`;
}

/** The line to type for a server: in quotes, for a shell would cut a bare link at its `&`. */
export function clientCommand(link: string): string {
  return `bun client.ts '${link}'`;
}

const LINK = /^(sodam:\/\/)?([^/#\s]+)(\/)?(?:#(\S*))?$/i;
const PASTED = /\bsodam:\/\/[^\s"'‘’“”]*/i;
const FINGERPRINT = /^[0-9a-f]{64}$/;
/** Codes are made of these; nothing that a shell or a messenger would change. */
const INVITATION = /^[A-Za-z0-9_-]{1,128}$/;
const IPV6 = /^[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?$/;
const HOST = /^[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}._-]{0,251}[\p{L}\p{M}\p{N}.])?$/u;

function parsePlace(place: string): { host: string; port: number } | null {
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(place);
  if (bracketed !== null) return checked(bracketed[1] ?? "", bracketed[2], IPV6);
  if (place.split(":").length > 2) return checked(place, undefined, IPV6);
  const [host = "", port] = place.split(":");
  return checked(host.toLowerCase(), port, HOST);
}

function checked(
  host: string,
  portText: string | undefined,
  shape: RegExp,
): { host: string; port: number } | null {
  if (!shape.test(host)) return null;
  if (shape === IPV6 && !host.includes(":")) return null;
  if (portText === undefined) return { host, port: TLS_PORT };
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  return port >= 1 && port <= 65535 ? { host, port } : null;
}
