import { editDistance } from "../did-you-mean.ts";
import { fold } from "../names.ts";
import { formatMessage, type Message, nickOf, parseMessage } from "./message.ts";

/**
 * Which parameters of a line are secret: the one table that decides what a trace may show. Every verb that the
 * server knows has a row here, or its command does not compile; "none" is a decision too. A verb without a row
 * is masked whole, since it may be a mistyped one (`PAS secret`).
 */

/** The text that a trace shows in place of a secret. */
export const MASK = "***";

/** Who wrote a line: JOIN from a client ends in room keys, JOIN from a server in a real name. */
export type LineOrigin = "client" | "server";

/**
 * How much of a verb's parameters is masked.
 *
 * - none: nothing
 * - all: every parameter
 * - after-first: everything behind the first word
 * - mechanism: everything but the name of a SASL mechanism
 * - room-modes: the parameters after mode letters that include `k`, the room's key
 * - mode-argument: the argument that was refused (696), where the mode is `k`
 * - service-text: everything behind the target, where a service speaks or is spoken to
 * - account, invitation: by their subcommand; of an unknown one everything
 * - file-token: the token that opens a connection for a file
 * - created-code: the code in the answer to INVITATION CREATE
 * - quoted-verb: a verb that the server does not know, as the client wrote it
 * - standard-reply: the quotes in FAIL, WARN and NOTE of a command that is masked itself
 */
type Mark =
  | "none"
  | "all"
  | "after-first"
  | "mechanism"
  | "room-modes"
  | "mode-argument"
  | "service-text"
  | "account"
  | "invitation"
  | "file-token"
  | "created-code"
  | "quoted-verb"
  | "standard-reply";

/** One mark for both origins, or one for each. */
type Row = Mark | { readonly client: Mark; readonly server: Mark };

/** The decision for each verb that a client or a server sends. */
export const SECRET_PARAMS = {
  // Connection and accounts.
  CAP: "none",
  PASS: "all",
  NICK: "none",
  USER: "none",
  PING: "none",
  PONG: "none",
  QUIT: "none",
  ERROR: "none",
  ISUPPORT: "none",
  AUTHENTICATE: "mechanism",
  REGISTER: { client: "all", server: "none" },
  VERIFY: { client: "all", server: "none" },
  // From a server: account-notify, which names an account.
  ACCOUNT: { client: "account", server: "none" },
  INVITATION: { client: "invitation", server: "created-code" },
  // Rooms.
  JOIN: { client: "after-first", server: "none" },
  PART: "none",
  TOPIC: "none",
  NAMES: "none",
  LIST: "none",
  INVITE: "none",
  UNINVITE: "none",
  KNOCK: "none",
  KICK: "none",
  MODE: "room-modes",
  RENAME: "none",
  AUDIT: "none",
  REPORT: "none",
  REPORTS: "none",
  // Messages and history.
  PRIVMSG: "service-text",
  NOTICE: "service-text",
  TAGMSG: "service-text",
  BATCH: "none",
  REDACT: "none",
  EDIT: "service-text",
  CHATHISTORY: "none",
  HISTORY: "none",
  MARKREAD: "none",
  SEARCH: "none",
  FILE: "file-token",
  READ: "none",
  UNREAD: "none",
  // People.
  AWAY: "none",
  SETNAME: "none",
  CHGHOST: "none",
  WHO: "none",
  WHOIS: "none",
  WHOWAS: "none",
  ISON: "none",
  USERHOST: "none",
  MONITOR: "none",
  METADATA: "none",
  SILENCE: "none",
  PREFERENCE: "none",
  ACCEPT: "none",
  // The server and its operators.
  MOTD: "none",
  LUSERS: "none",
  VERSION: "none",
  TIME: "none",
  INFO: "none",
  LINKS: "none",
  ADMIN: "none",
  STATS: "none",
  HELP: "none",
  HELPOP: "none",
  OPER: "all",
  DEOPER: "none",
  WALLOPS: "none",
  KILL: "none",
  REHASH: "none",
  KLINE: "none",
  UNKLINE: "none",
  DLINE: "none",
  UNDLINE: "none",
  // Services.
  NICKSERV: "all",
  NS: "all",
  CHANSERV: "all",
  CS: "all",
  // Answers.
  ACK: "none",
  FAIL: "standard-reply",
  WARN: "standard-reply",
  NOTE: "standard-reply",
  "324": "room-modes",
  "421": "quoted-verb",
  "696": "mode-argument",
} as const satisfies Readonly<Record<string, Row>>;

/** A verb for which it is decided what of it a trace may show. */
export type KnownVerb = keyof typeof SECRET_PARAMS;

/** Batches to services that one connection has open at the same time; our server allows one. */
const SERVICE_BATCHES_MAX = 16;

/** Names of SASL mechanisms that our ends know. Anything else may be a piece of a password. */
const MECHANISMS: ReadonlySet<string> = new Set(["PLAIN", "EXTERNAL", "SCRAM-SHA-256", "+", "*"]);
/** Subcommands of ACCOUNT that are shown whole, and those of which only the name is. */
const ACCOUNT_SHOWN: ReadonlySet<string> = new Set([
  ...["CHECK", "DATA", "FORGET", "CERT", "SESSIONS", "END", "RESETLINK"],
  ...["SUSPEND", "UNSUSPEND", "RENAME", "REMOVE", "GRADE"],
]);
const ACCOUNT_NAMED: ReadonlySet<string> = new Set([
  ...["CONFIRM", "PASSWORD", "DELETE", "EMAIL", "RESET"],
]);
/** Subcommands of FILE without a token. */
const FILE_SHOWN: ReadonlySet<string> = new Set([
  ...["SEND", "CANCEL", "FETCH", "LIST", "CANCELLED", "READY", "DATA", "DONE", "ITEM"],
]);
const INVITATION_SHOWN: ReadonlySet<string> = new Set(["CREATE", "LIST"]);

/** Other servers have AuthServ, Q@CServe.example.org and the like. */
const SERVICE = /serv/u;
/** Services of ours; `PRIVMSG NickSevr :IDENTIFY …` is one of their names with this many slips at most. */
const OWN_SERVICES = ["nickserv", "chanserv"];
const SLIPS_MAX = 2;
/** The code of an invitation or a reset in a link, wherever it stands. */
const CODE_IN_LINK = /(\/(?:invite|reset)-|(?:invite|reset)(?:=|%3d))[^\s&;"'/]+/giu;

/**
 * Masks the secrets in the lines of one connection, before they are written to a trace. Owns the open multiline
 * batches that go to a service.
 *
 * @example
 * new LineMasker().mask("@label=7 PRIVMSG NickServ :IDENTIFY secret", "client")
 * // "@label=7 PRIVMSG NickServ ***"
 */
export class LineMasker {
  readonly #serviceBatches = new Set<string>();

  /** Returns the line (without CR LF) with {@link MASK} in place of its secrets. Returns a line without secrets unchanged. */
  mask(line: string, origin: LineOrigin): string {
    const message = parseMessage(line);
    if (message === null) return MASK;
    const row: Row | undefined = rowOf(message.verb);
    if (row === undefined) return MASK;
    this.#followBatch(message);
    const mark = typeof row === "string" ? row : row[origin];
    const { verb, params, source, tags } = message;
    const masked = this.#isInServiceBatch(message) ? [MASK] : maskParams(mark, message);
    const text = masked === params ? line : formatMessage(verb, masked, source, tags);
    return text.replace(CODE_IN_LINK, `$1${MASK}`);
  }

  #followBatch({ verb, params }: Message): void {
    if (verb !== "BATCH") return;
    const [reference = "", , target = ""] = params;
    if (reference.startsWith("-")) this.#serviceBatches.delete(reference.slice(1));
    else if (isService(target) && this.#serviceBatches.size < SERVICE_BATCHES_MAX) {
      this.#serviceBatches.add(reference.replace(/^\+/, ""));
    }
  }

  #isInServiceBatch({ verb, tags }: Message): boolean {
    if (verb === "BATCH") return false;
    // Beyond this limit it is unknown which batch goes where.
    const isFull = this.#serviceBatches.size === SERVICE_BATCHES_MAX;
    const batch = tags.get("batch");
    return batch !== undefined && (isFull || this.#serviceBatches.has(batch));
  }
}

/** The row of a verb or numeric; a numeric without one is "none". */
function rowOf(verb: string): Row | undefined {
  if (Object.hasOwn(SECRET_PARAMS, verb)) return SECRET_PARAMS[verb as KnownVerb];
  return /^\d{3}$/.test(verb) ? "none" : undefined;
}

/** Returns `message.params` itself where there is nothing to mask. */
function maskParams(mark: Mark, message: Message): readonly string[] {
  const { verb, params, source } = message;
  if (params.length === 0) return params;
  const [first = "", second = ""] = params;
  switch (mark) {
    case "none":
      return params;
    case "all":
      return [MASK];
    case "after-first":
      return maskAfterFirst(params);
    case "mechanism":
      return params.length === 1 && MECHANISMS.has(first.toUpperCase()) ? params : [MASK];
    case "room-modes":
      return maskModes(params, verb === "324" ? 2 : 1);
    case "mode-argument":
      return params[2] === "k" ? [...params.slice(0, 3), MASK] : params;
    case "service-text":
      if (!isService(first) && !isService(nickOf(source ?? ""))) return params;
      return maskAfterFirst(params);
    case "account":
      return maskSubcommand(params, ACCOUNT_SHOWN, ACCOUNT_NAMED);
    case "invitation":
      return maskSubcommand(params, INVITATION_SHOWN, new Set(["WITHDRAW"]));
    case "file-token":
      return maskFileToken(params);
    case "created-code":
      return first === "CREATED" ? [first, second, MASK, ...params.slice(3)] : params;
    case "quoted-verb":
      return rowOf(second.toUpperCase()) === undefined ? [first, MASK, ...params.slice(2)] : params;
    case "standard-reply":
      return maskStandardReply(params);
  }
}

function maskAfterFirst(params: readonly string[]): readonly string[] {
  const [first = ""] = params;
  return params.length === 1 && !first.includes(" ") ? params : [firstWord(first), MASK];
}

/** @param from the index of the mode letters; the parameters before it are shown */
function maskModes(params: readonly string[], from: number): readonly string[] {
  const withKey = params.findIndex(
    (param, index) => index >= from && (index === from ? /k/ : /^[+-].*k/).test(firstWord(param)),
  );
  // The room itself may hold the letters, in a line that puts all in one parameter: MODE :#tea +k key.
  const [room = ""] = params.slice(from - 1);
  if (room.includes(" ")) return [...params.slice(0, from - 1), firstWord(room), MASK];
  if (withKey === -1) return params;
  return [...params.slice(0, withKey), firstWord(params[withKey] ?? ""), MASK];
}

function maskSubcommand(
  params: readonly string[],
  shown: ReadonlySet<string>,
  named: ReadonlySet<string>,
): readonly string[] {
  const [subcommand = ""] = params;
  const name = subcommand.toUpperCase();
  if (shown.has(name)) return params;
  if (!named.has(name)) return [MASK];
  return params.length === 1 ? params : [subcommand, MASK];
}

/** FILE: the subcommand may be mistyped, and then a token may be anywhere. */
function maskFileToken(params: readonly string[]): readonly string[] {
  const [subcommand = "", first = "", ...rest] = params;
  const name = subcommand.toUpperCase();
  if (FILE_SHOWN.has(name)) return params;
  if (isCarried(name)) return params.length === 1 ? params : [subcommand, MASK, ...rest];
  return name === "GRANT" ? [subcommand, first, MASK, ...rest.slice(1)] : [MASK];
}

/** Whether a subcommand of FILE opens a connection for a file's bytes. */
function isCarried(subcommand = ""): boolean {
  return subcommand === "PUT" || subcommand === "GET";
}

/** FAIL, WARN or NOTE: verb, code, context, and a sentence. */
function maskStandardReply(params: readonly string[]): readonly string[] {
  const [verb = "", code = "", ...rest] = params;
  const row: Row | undefined = verb === "*" ? "none" : rowOf(verb.toUpperCase());
  // A parameter without a space is no sentence: the line was cut, or is malformed.
  const sentence = rest.filter((param, index) => index === rest.length - 1 && param.includes(" "));
  if (row === undefined) return [MASK, code, ...sentence];
  const mark = typeof row === "string" ? row : row.client;
  // Of FILE, a word that is no subcommand may be a token that stands where the subcommand should.
  const isKnownOfFile =
    mark === "file-token" && (FILE_SHOWN.has(rest[0] ?? "") || isCarried(rest[0]));
  const isQuotable = isKnownOfFile || ["none", "room-modes", "service-text"].includes(mark);
  if (isQuotable || rest.length === sentence.length) return params;
  return [verb, code, MASK, ...sentence];
}

/**
 * Whether a target is a service, or was meant to be one: in any case, in a list (`#tea,NickServ`), with a host
 * (`NickServ@services.`), misspelt, or with the text in the same parameter (`:NickServ IDENTIFY …`). For a
 * user whose nick looks like that, only the text in a trace is lost.
 */
function isService(target: string): boolean {
  return target
    .split(/[\s,]/)
    .filter((name) => !/^[~&@%+]*#/.test(name))
    .map(fold)
    .some((name) => {
      if (SERVICE.test(name)) return true;
      const nick = nickOf(name);
      return OWN_SERVICES.some((service) => editDistance(nick, service) <= SLIPS_MAX);
    });
}

/**
 * Returns whether a nick is a service's on any server: NickServ, AuthServ, Q@CServe.example.org, or a misspelt
 * one of ours. Stricter than a trace needs: what is said to `observer` is no secret.
 */
export function isServiceName(name: string): boolean {
  const nick = nickOf(fold(name));
  if (name.startsWith("#")) return false;
  if (/serv$/u.test(nick) || /@[^@]*serv/u.test(fold(name))) return true;
  return OWN_SERVICES.some((service) => editDistance(nick, service) <= SLIPS_MAX);
}

function firstWord(text: string): string {
  const end = text.indexOf(" ");
  return end === -1 ? text : text.slice(0, end);
}
