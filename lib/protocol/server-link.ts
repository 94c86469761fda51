/** IRC over TLS, RFC 7194. */
const TLS_PORT = 6697;
const LINK = /^(sodam:\/\/)?([^/#\s]+)(\/)?(?:#(\S*))?$/i;
const PASTED = /\bsodam:\/\/[^\s"'‘’“”]*/i;
const FINGERPRINT = /^[0-9a-f]{64}$/;
/** Characters of invitation codes; no shell or messenger changes them. */
const INVITATION = /^[A-Za-z0-9_-]{1,128}$/;
const IPV6 = /^[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?$/;
const HOST = /^[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}._-]{0,251}[\p{L}\p{M}\p{N}.])?$/u;
/** A server's address, with the fingerprint and invitation of a link. */
export interface ServerLink {
  /** Host name or IP address; IPv6 without brackets. */
  host: string;
  port: number;
  /**
   * SHA-256 of the server's certificate: 64 lower-case hex digits without colons; `null` if not
   * given.
   */
  fingerprint: string | null;
  /** Invitation code for signing up; `null` if not given. */
  invitation: string | null;
}

/**
 * Parses `sodam://HOST[:PORT]/#fp=…&invite=…`, and also `HOST`, `HOST:PORT`, `[v6]:PORT` and a bare
 * IPv6 address. Returns `null` if any known part is invalid: with a damaged fingerprint left out,
 * the server would be trusted blindly. Unknown parameters after "#" are ignored.
 */
export function parseLink(text: string): ServerLink | null {
  const match = LINK.exec(text.trim());
  if (match === null) return null;
  const [, scheme, hostText = "", slash, fragment] = match;
  // Path and fragment need the scheme.
  if (scheme === undefined && (slash !== undefined || fragment !== undefined)) return null;
  const server = parsePlace(hostText);
  if (server === null) return null;
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
  return { ...server, fingerprint, invitation };
}

/**
 * Returns whether a text is a link (`sodam:…`) and not a bare host: if {@link parseLink} can't parse
 * it, it was probably cut off.
 */
export function isLinkLike(text: string): boolean {
  return /^sodam:/i.test(text.trim());
}

/**
 * Returns the link in a pasted text, which may be the whole command ({@link clientCommand}), with
 * quotes as a messenger changes them. Returns a text without a link unchanged.
 */
export function findPastedLink(text: string): string {
  return PASTED.exec(text)?.[0] ?? text;
}

/** Formats a link, always with its port. `parseLink` parses it back to the same. */
export function formatLink(link: ServerLink): string {
  const host = link.host.includes(":") ? `[${link.host}]` : link.host;
  const parameters: string[] = [];
  if (link.fingerprint !== null) parameters.push(`fp=${link.fingerprint}`);
  if (link.invitation !== null) parameters.push(`invite=${link.invitation}`);
  const fragment = parameters.length === 0 ? "" : `#${parameters.join("&")}`;
  return `sodam://${host}:${link.port}/${fragment}`;
}

/**
 * Returns the shell command that connects to a server. The link is quoted, since a shell would cut it
 * at its "&".
 */
export function clientCommand(link: string): string {
  return `bun client.ts '${link}'`;
}

function parsePlace(text: string): { host: string; port: number } | null {
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text);
  if (bracketed !== null) return hostAndPort(bracketed[1] ?? "", bracketed[2], IPV6);
  if (text.split(":").length > 2) return hostAndPort(text, undefined, IPV6);
  const [host = "", port] = text.split(":");
  return hostAndPort(host.toLowerCase(), port, HOST);
}

function hostAndPort(
  host: string,
  portText: string | undefined,
  pattern: RegExp,
): { host: string; port: number } | null {
  if (!pattern.test(host)) return null;
  if (pattern === IPV6 && !host.includes(":")) return null;
  if (portText === undefined) return { host, port: TLS_PORT };
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  return port >= 1 && port <= 65535 ? { host, port } : null;
}
