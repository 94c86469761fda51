import { canonicalHost } from "./address.ts";
import { isFileId } from "./file-facts.ts";
import { parseExistingRoomName, type RoomName } from "./names.ts";
import { shellWord } from "./shell-command.ts";

/** IRC over TLS, RFC 7194. */
const TLS_PORT = 6697;
/** Some programs make one slash of two. */
const LINK = /^sodam:\/{1,2}([^/#?\s]+)(\S*)$/i;
/** A link in a text, without the quotes and brackets that people and messengers put around it. */
const LINK_IN_TEXT = /(?<![\p{L}\p{N}])sodam:\/[^\s"'‘’“”«»「」『』《》<>()|*`\\]*/iu;
/** `fp-…`; in the earlier form `fp=…`. */
const LINK_PART = /^(fp|invite|reset|room|room64|network|network64|file)[-=](.*)$/i;
/** A damaged part. Without its fingerprint a link would make the client trust the server blindly. */
const DAMAGED_PART = /^[^a-z]*(?:fp|invite|reset|room)|[0-9a-f]{32}/i;
const TORN_FINGERPRINT = /(?<!:\/\/|\.)\bfp[-=]/i;
const FINGERPRINT = /^[0-9a-f]{64}$/;
/** Of the codes that the server makes, for invitations and resets. */
const CODE_LETTERS = 26;
const CODE = /^[A-Za-z0-9_-]{1,128}$/;
/** Stands in a link as it is. Not a dot at the end, which would count as a sentence's. */
const PLAIN_ROOM = /^#([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)$/;
/** A bouncer's network, as {@link networkName} writes it. */
const NETWORK = /^[\p{L}\p{M}\p{N}._~+-]{1,64}$/u;
const NETWORK_LETTERS_MAX = 64;
/** Of them, those that stand in a link as they are. */
const PLAIN_NETWORK = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/;
/** Windows' way to write an IPv6 address as a host name: "-" for ":" and "s" for "%". */
const IPV6_NAME = ".ipv6-literal.net";
/**
 * Characters that nobody sees, which some programs put into a copied text: zero width, bidi marks, soft
 * hyphen.
 */
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;
/** The dashes that word processors make of "-". */
const DASHES = /[\u2010-\u2015\u2212]/g;
const LINE_BREAK = /\s*=?[\r\n]+[\s>]*/g;
/** A prompt of one line leaves this of a line break in quoted mail. */
const QUOTED_BREAK = /\s*>[\s>]*/g;
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A server's address, with the fingerprint, invitation and room of a link. */
export interface ServerLink {
  /** As `canonicalHost` of address.ts writes it; IPv6 without brackets. */
  host: string;
  port: number;
  /**
   * SHA-256 of the server's certificate: 64 lower-case hex digits without colons; `null` if not
   * given.
   */
  fingerprint: string | null;
  /** Invitation code for signing up; `null` if not given. */
  invitation: string | null;
  /** Code that sets a new password; `null` or left out if not given. */
  reset?: string | null;
  /** The network of a bouncer, as {@link networkName} writes it; `null` or left out if not given. */
  network?: string | null;
  /** The room to enter after the log-in; `null` if not given. */
  room: RoomName | null;
  /** The id of a file to fetch; `null` or left out if not given. */
  file?: string | null;
}

/**
 * Parses a link, wherever it stands in a pasted text: `sodam://HOST[:PORT]/network-…/fp-…/invite-…/reset-…/room-…/file-…`,
 * or the earlier form `sodam://HOST[:PORT]/#fp=…&invite=…`. Without a link, the text itself is the server: `HOST`,
 * `HOST:PORT`, `[v6]:PORT` or a bare IPv6 address, and behind a `/` a bouncer's network.
 *
 * Returns `null` if any known part is invalid: with a damaged fingerprint left out, the server would be
 * trusted blindly. Parts that later versions or messengers add are ignored.
 */
export function parseLink(text: string): ServerLink | null {
  const cleaned = normalizePastedText(text);
  if (!isLinkLike(cleaned)) {
    const [address = "", ...names] = withoutQuotes(cleaned).split("/");
    const server = parseAddress(address);
    const network = names.length === 0 ? null : parseNetwork(names.join("/"));
    if (server === null || (network === null && names.length > 0)) return null;
    const parts = { fingerprint: null, invitation: null, room: null };
    return { ...withPort(server), ...parts, ...(network !== null && { network }) };
  }
  // Mail programs and terminals break long lines. The right way to join them is the one that gives most
  // parts.
  const candidates = [
    joinBeforeParts(cleaned),
    joinWrapped(cleaned),
    cleaned.replace(LINE_BREAK, ""),
    cleaned.replace(QUOTED_BREAK, ""),
  ];
  const link = candidates
    .map((joined) => parseWholeLink(linkIn(joined)))
    .reduce((best, joined) => (countParts(joined) > countParts(best) ? joined : best));
  // Its fingerprint was torn off. A host may have such a name.
  return link?.fingerprint === null && TORN_FINGERPRINT.test(cleaned) ? null : link;
}

/**
 * Returns whether a text holds a link (`sodam:…`) and not a bare host: if {@link parseLink} can't parse
 * it, it was probably cut off.
 */
export function isLinkLike(text: string): boolean {
  return /^\s*sodam:/i.test(text) || LINK_IN_TEXT.test(normalizePastedText(text));
}

/** Returns whether a text can be an invitation code, which stands in a link as it is. */
export function isInvitationCode(text: string): boolean {
  return CODE.test(text);
}

/**
 * Formats a link, always with its port. `parseLink` parses it back to the same. It has only letters, digits
 * and `. _ - : /`, none of which a shell (sh, bash, zsh, fish, PowerShell, cmd) takes for itself within a
 * word. Throws for a link with anything else in it, which `parseLink` never returns.
 */
export function formatLink({
  host,
  port,
  fingerprint,
  invitation,
  room,
  reset = null,
  network = null,
  file = null,
}: ServerLink): string {
  const parts = [
    ...(network === null ? [] : [formatNetwork(network)]),
    ...(fingerprint === null ? [] : [`fp-${fingerprint}`]),
    ...(invitation === null ? [] : [`invite-${invitation}`]),
    ...(reset === null ? [] : [`reset-${reset}`]),
    ...(room === null ? [] : [formatRoom(room)]),
    ...(file === null ? [] : [`file-${file}`]),
  ];
  const link = `sodam://${formatHost(host)}:${port}/${parts.join("/")}`;
  if (shellWord(link) !== link) throw new Error("a link has a character that no link may have");
  return link;
}

/**
 * Parses `HOST`, `HOST:PORT`, `[v6]:PORT` or a bare IPv6 address; `port` is `null` if not given. The host
 * comes back in its one form, as DNS and certificates have it.
 */
export function parseAddress(text: string): { host: string; port: number | null } | null {
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text);
  if (bracketed !== null) return ipv6AndPort(bracketed[1] ?? "", bracketed[2]);
  if (text.split(":").length > 2) return ipv6AndPort(text, undefined);
  const [written = "", port] = text.split(":");
  const isLiteral = written.toLowerCase().endsWith(IPV6_NAME);
  const name = isLiteral ? written : (canonicalHost(written) ?? written);
  if (!name.toLowerCase().endsWith(IPV6_NAME)) return hostAndPort(name, port);
  const [, digits = "", zone] = /^([^s]*)(?:s(.*))?$/.exec(name.slice(0, -IPV6_NAME.length)) ?? [];
  const address = digits.replaceAll("-", ":");
  return ipv6AndPort(zone === undefined ? address : `${address}%${zone}`, port);
}

/**
 * Formats a server's address for people: without its port where that is the usual one, and with a bouncer's network
 * behind a `/`. What listens on another port of a trusted host may be somebody else's.
 *
 * @example formatAddress({ host: "::1", port: 7000, network: "libera" }) // "[::1]:7000/libera"
 */
export function formatAddress({
  host,
  port,
  network = null,
}: Pick<ServerLink, "host" | "port" | "network">): string {
  const name = network === null ? "" : `/${network}`;
  if (port === TLS_PORT) return `${host}${name}`;
  return host.includes(":") ? `[${host}]:${port}${name}` : `${host}:${port}${name}`;
}

/**
 * Returns the name of a bouncer's network as it stands in addresses and links: lower case, "-" for spaces and the like.
 *
 * @example networkName("Libera Chat") // "libera-chat"
 */
export function networkName(name: string): string {
  const letters = name.normalize("NFC").toLowerCase();
  const plain = letters.replace(/[^\p{L}\p{M}\p{N}._~+]+/gu, "-").replace(/^-/, "");
  return [...plain].slice(0, NETWORK_LETTERS_MAX).join("").replace(/-$/, "");
}

function parseWholeLink(text: string): ServerLink | null {
  const [, address = "", rest = ""] = LINK.exec(text) ?? [];
  const server = parseAddress(address);
  if (server === null) return null;
  const link: ServerLink = { ...withPort(server), fingerprint: null, invitation: null, room: null };
  for (const part of rest.split(/[/#?&]/)) {
    const [, name = "", value = ""] = LINK_PART.exec(part) ?? [];
    switch (name.toLowerCase()) {
      case "fp":
        link.fingerprint = value.replaceAll(":", "").toLowerCase();
        if (!FINGERPRINT.test(link.fingerprint)) return null;
        break;
      case "invite":
        link.invitation = value;
        if (!CODE.test(value)) return null;
        break;
      case "reset":
        link.reset = value;
        if (!CODE.test(value)) return null;
        break;
      case "room":
      case "room64":
        link.room = name.endsWith("64") ? decodeRoom(value) : parsePlainRoom(value);
        if (link.room === null) return null;
        break;
      case "file":
        link.file = value;
        if (!isFileId(value)) return null;
        break;
      case "network":
      case "network64":
        link.network = parseNetwork(name.endsWith("64") ? (decodeText(value) ?? "") : value);
        if (link.network === null) return null;
        break;
      default:
        if (DAMAGED_PART.test(part)) return null;
    }
  }
  return link;
}

/** A whole invitation counts more than one that a line break may have cut. */
function countParts(link: ServerLink | null): number {
  if (link === null) return -1;
  const { fingerprint, invitation, room, reset = null, network = null, file = null } = link;
  const [whole, wholeReset] = [invitation, reset].map((code) =>
    code?.length === CODE_LETTERS ? code : null,
  );
  const parts = [fingerprint, invitation, room, reset, network, file, whole, wholeReset];
  return parts.filter((part) => part !== null).length;
}

function joinBeforeParts(text: string): string {
  return text.replace(/\s*[\r\n]+[\s>]*(?=\/(?:fp|invite|reset|room|network))/g, "");
}

/** Joins the lines of a link that a terminal broke: all but the last have one length. */
function joinWrapped(text: string): string {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/^[\s>]+|\s*=?$/g, ""));
  const last = lines.findIndex((line) => line.length !== lines[0]?.length);
  const end = last < 0 ? lines.length : last + 1;
  return [lines.slice(0, end).join(""), ...lines.slice(end)].join("\n");
}

/**
 * Undoes what programs do to a copied link: invisible characters, other forms and dashes, escapes, emphasis.
 */
function normalizePastedText(text: string): string {
  const plain = text.replace(INVISIBLE, "").normalize("NFKC").replace(DASHES, "-");
  return (
    plain
      .replaceAll("&amp;", "&")
      // Markdown's and JSON's escapes.
      .replace(/\\(?=[^\p{L}\p{N}\s])/gu, "")
      // Markdown's emphasis; "_" may also end a room.
      .replace(/_(sodam:\S+)_(?![\w/-])/i, "$1")
      // A link that was part of another one is escaped; but "%eth0" is the zone of an IPv6 address.
      .replace(/(?<=sodam:?)\S+|sodam%3a\S+/giu, decodePercents)
      .trim()
  );
}

function decodePercents(text: string): string {
  return text.replace(/%(2[36def]|3[adf])/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Returns the link in a text without what follows it: the punctuation and particles of a sentence. */
function linkIn(text: string): string {
  const link = LINK_IN_TEXT.exec(text)?.[0] ?? text;
  return (
    link
      // Without the flag "i", by which "ſ" would be an "s".
      .replace(/^(\w+:\/\/[^/#]*(?:[/#][\x21-\x7e]*|:\d+))[\u0080-\u{10ffff}].*$/u, "$1")
      .replace(/[.,;:!?…。、，！？]+$/u, "")
      .replace(/^([^[]*)\]+$/u, "$1")
      .replace(/[.,;:!?}]+$/u, "")
  );
}

function withoutQuotes(text: string): string {
  return text.replace(/^["'‘’“”`<(]+|["'‘’“”`>),;]+$/gu, "");
}

/** A name that shells or messengers could change is written as base64url of its UTF-8. */
function formatRoom(room: RoomName): string {
  const plain = PLAIN_ROOM.exec(room)?.[1];
  if (plain !== undefined) return `room-${plain}`;
  return `room64-${encodeText(room.slice(1))}`;
}

function formatNetwork(network: string): string {
  return PLAIN_NETWORK.test(network) ? `network-${network}` : `network64-${encodeText(network)}`;
}

function parseNetwork(text: string): string | null {
  // The rest of a link that was torn: without its fingerprint the server would be trusted blindly.
  if (TORN_FINGERPRINT.test(text)) return null;
  const name = networkName(text);
  return NETWORK.test(name) ? name : null;
}

/** Returns base64url of a text's UTF-8. */
function encodeText(text: string): string {
  const base64 = btoa(String.fromCharCode(...ENCODER.encode(text)));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function parsePlainRoom(text: string): RoomName | null {
  return /^[A-Za-z0-9._-]+$/.test(text) ? parseExistingRoomName(`#${text}`) : null;
}

function decodeRoom(text: string): RoomName | null {
  const name = decodeText(text);
  return name === null ? null : parseExistingRoomName(`#${name}`);
}

function decodeText(text: string): string | null {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return null;
  try {
    const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return DECODER.decode(Uint8Array.from(bytes, (letter) => letter.charCodeAt(0)));
  } catch {
    return null;
  }
}

/** IPv6 has no brackets here: zsh would look for files of that name. */
function formatHost(host: string): string {
  // A certificate may write its name in capitals.
  if (!host.includes(":")) return canonicalHost(host) ?? host;
  return `${host.replaceAll(":", "-").replace("%", "s")}${IPV6_NAME}`;
}

function withPort({ host, port }: { host: string; port: number | null }) {
  return { host, port: port ?? TLS_PORT };
}

function ipv6AndPort(address: string, portText: string | undefined) {
  return address.includes(":") ? hostAndPort(address, portText) : null;
}

function hostAndPort(
  text: string,
  portText: string | undefined,
): { host: string; port: number | null } | null {
  const host = canonicalHost(text);
  if (host === null) return null;
  if (portText === undefined) return { host, port: null };
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  return port >= 1 && port <= 65535 ? { host, port } : null;
}
