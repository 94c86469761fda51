import {
  array,
  byKind,
  isJsonObject,
  nonEmptyString,
  nullable,
  number,
  object,
  oneOf,
  record,
  string,
} from "../json-decoder.ts";

/*
 * What the owner's console and the server say to each other over the socket in the data folder: one JSON object a line,
 * one request, and its answers.
 * See "The owner's console" in ARCHITECTURE.md.
 */

/** The version of this format. A server refuses a request of another one in words that any version reads. */
export const ADMIN_VERSION = 1;
/** The longest request, in bytes. */
export const ADMIN_REQUEST_BYTES_MAX = 16 << 10;
/** The longest answer. Lists come in pages that are far smaller. */
export const ADMIN_ANSWER_BYTES_MAX = 4 << 20;

/** What the owner wants. */
export interface AdminRequest {
  /** Not checked: the server says which names there are. */
  readonly command: string;
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  /** The system's user who asks. The socket's mode says who may; this is for the audit file alone. */
  readonly user: string;
  /** How many rows of a list are there already. */
  readonly skip: number;
}

/**
 * The names of values in answers. Their ends say how they are written in words: `…At` are times (ms since 1970),
 * `…Seconds` and `…Ms` durations, `…Bytes` sizes.
 */
export type AdminField =
  | "name"
  | "nick"
  | "account"
  | "email"
  | "owner"
  | "operator"
  | "sessions"
  | "rooms"
  | "devices"
  | "secondFactor"
  | "bots"
  | "botOf"
  | "botRights"
  | "botRooms"
  | "createdAt"
  | "seenAt"
  | "members"
  | "online"
  | "messages"
  | "lastMessageAt"
  | "topic"
  | "modes"
  | "room"
  | "id"
  | "address"
  | "openedAt"
  | "idleSeconds"
  | "tls"
  | "logInBy"
  | "device"
  | "client"
  | "of"
  | "target"
  | "until"
  | "by"
  | "reason"
  | "uses"
  | "used"
  | "expiresAt"
  | "code"
  | "link"
  | "time"
  | "act"
  | "version"
  | "pid"
  | "uptimeSeconds"
  | "accounts"
  | "guests"
  | "unregistered"
  | "conversations"
  | "memoryBytes"
  | "loopDelayMeanMs"
  | "loopDelayMaxMs"
  | "heldLines"
  | "queries"
  | "passwordsWaiting"
  | "outboxBytes"
  | "diskFreeBytes"
  | "diskBytes"
  | "backupAt"
  | "gatewayConnections"
  | "leavingGateways"
  | "logLevel"
  | "appendFailures"
  | "bans"
  | "grade"
  | "rights"
  | "suspended"
  | "author"
  | "sentAt"
  | "text"
  | "what"
  | "limit"
  | "now"
  | "formerNames"
  | "deletedAt"
  | "freeAt"
  | "cluster"
  | "leader"
  | "leadsSinceAt"
  | "logRecords"
  | "logBytes"
  | "node"
  | "role"
  | "position"
  | "savedPosition"
  | "behindRecords"
  | "behindSeconds"
  | "missingFiles"
  | "differing"
  | "gateway"
  | "connections"
  | "leaving"
  | "listening"
  | "natsReached";

type AdminValue = string | number | boolean | null;

/** One row of a list, or the facts about one thing. */
export type AdminRow = { readonly [Field in AdminField]?: AdminValue };

/** Lists that stand below the facts about one thing. */
export type AdminTable = "nodes" | "gateways";

/** Why a name can't be an account's. */
export type AdminNameProblem = "taken" | "lookalike" | "badName";

/** The sentences of the console, by name: each language has all of them. */
export interface AdminSentences {
  unknownCommand(name: string): string;
  needsWords(usage: string): string;
  otherVersion(version: number): string;
  failed(): string;
  notStored(): string;
  noSuchPerson(name: string): string;
  noSuchRoom(name: string): string;
  noSuchSession(id: string): string;
  sessionEnded(id: number, who: string): string;
  noSuchRestingName(name: string): string;
  nameFreed(name: string): string;
  noReset(name: string): string;
  isBot(name: string): string;
  resetWithdrawn(name: string): string;
  badBanTarget(text: string): string;
  badDuration(text: string): string;
  noSuchBan(target: string): string;
  tooManyBans(): string;
  suspended(name: string, until: number | null): string;
  unsuspended(name: string): string;
  notSuspended(name: string): string;
  renamed(name: string, present: string, isFreed: boolean): string;
  nameRefused(name: string, why: AdminNameProblem): string;
  removed(name: string): string;
  removing(name: string): string;
  badChoice(option: string, choices: string): string;
  messagesBusy(name: string): string;
  graded(name: string, grade: string | null): string;
  noSuchGrade(grade: string, grades: string): string;
  noSuchReport(id: string): string;
  reportClosed(id: string): string;
  banned(target: string, until: number | null, closed: number): string;
  unbanned(target: string): string;
  badNumber(option: string, max: number): string;
  tooManyInvitations(max: number): string;
  noSuchInvitation(id: string): string;
  withdrawn(id: string): string;
  badLogLevel(text: string): string;
  logLevelSet(level: string): string;
  logFollows(): string;
  said(sessions: number): string;
  reloaded(): string;
  notReloaded(): string;
  settingsGood(): string;
  settingsBad(): string;
  upgradeImpossible(): string;
  upgradeBusy(): string;
  leaderNotReplaced(how: string | null): string;
  gatewaysNotReplaced(how: string | null): string;
  leaderReplaced(seconds: number, before: string, after: string, pid: number): string;
  gatewaysReplaced(): string;
  unreadable(): string;
  oneProcess(): string;
  someGateways(gateways: number, connections: number): string;
  gatewaysAlone(node: string, gateways: number, connections: number): string;
  natsReached(): string;
  natsNotReached(): string;
  leaderIs(node: string, cluster: string): string;
  nodeLeads(node: string, cluster: string, since: number): string;
  nobodyLeads(cluster: string): string;
  nodeFollows(node: string, records: number, seconds: number): string;
  nodeLacksFiles(node: string, files: number): string;
  settingsDiffer(node: string, settings: string): string;
  nodeWaits(node: string, why: string | null): string;
  onStandby(leader: string | null): string;
  onGateways(leader: string | null): string;
  reloadedOnStandby(leader: string | null): string;
}

/** A sentence as it is sent: its name and its values. */
export type AdminSentence = {
  [Name in keyof AdminSentences]: readonly [Name, ...Parameters<AdminSentences[Name]>];
}[keyof AdminSentences];

/** One answer. Only `log` is followed by others. */
export type AdminAnswer =
  /** A page of a list; `next` is the `skip` of the next request, `null` at the end. */
  | { readonly kind: "rows"; readonly rows: readonly AdminRow[]; readonly next: number | null }
  | {
      readonly kind: "facts";
      readonly facts: AdminRow;
      /** What stands above the facts, in words. */
      readonly sentences?: readonly AdminSentence[];
      readonly tables?: { readonly [Table in AdminTable]?: readonly AdminRow[] };
    }
  /** `notes` are sentences for the owner in English, such as those about settings. */
  | { readonly kind: "done"; readonly sentence: AdminSentence; readonly notes: readonly string[] }
  | {
      readonly kind: "refused";
      readonly sentence: AdminSentence;
      readonly notes: readonly string[];
    }
  /** A line of the server's log; more of them follow until the console hangs up. */
  | { readonly kind: "log"; readonly line: string };

const decodeRequest = object({
  command: nonEmptyString,
  words: array(string),
  options: record(string),
  user: string,
  skip: number,
});

const decodeValue = (value: unknown): AdminValue | undefined =>
  value === null ||
  typeof value === "string" ||
  typeof value === "number" ||
  typeof value === "boolean"
    ? value
    : undefined;
const decodeRow = record(decodeValue);
const decodeSentence = (value: unknown): AdminSentence | undefined =>
  // The cast: a newer server may have a sentence that this console doesn't know, which it then shows as it is.
  Array.isArray(value) && typeof value[0] === "string"
    ? (value as unknown as AdminSentence)
    : undefined;
const outcome = { sentence: decodeSentence, notes: array(string) };

const decodeAnswer = byKind({
  rows: object({ rows: array(decodeRow), next: nullable(number) }),
  facts: object(
    { facts: decodeRow },
    { sentences: array(decodeSentence), tables: record(array(decodeRow)) },
  ),
  done: object(outcome),
  refused: object(outcome),
  log: object({ line: string }),
});

const decodeVersion = object({ sodam: number, kind: oneOf("request", "answer") });

/** Formats a request as a line with its end. */
export function formatAdminRequest(request: AdminRequest): string {
  return `${JSON.stringify({ sodam: ADMIN_VERSION, kind: "request", ...request })}\n`;
}

/** Returns whether a request, with any `skip`, is longer than a server takes. */
export function isTooLong(request: Omit<AdminRequest, "skip">): boolean {
  const line = formatAdminRequest({ ...request, skip: Number.MAX_SAFE_INTEGER });
  return line.length > ADMIN_REQUEST_BYTES_MAX;
}

/** Parses a line from a console. `null`: it is no request, or one of another version. */
export function parseAdminRequest(line: string): AdminRequest | null {
  const value = parseVersioned(line, "request");
  return value === null ? null : (decodeRequest(value) ?? null);
}

/** Formats an answer as a line with its end. */
export function formatAdminAnswer(answer: AdminAnswer): string {
  return `${JSON.stringify({ sodam: ADMIN_VERSION, kind: "answer", answer })}\n`;
}

/** Parses a line from the server. `null`: it is no answer, or one of another version. */
export function parseAdminAnswer(line: string): AdminAnswer | null {
  const value = parseVersioned(line, "answer");
  if (value === null || !isJsonObject(value)) return null;
  return (decodeAnswer(value["answer"]) as AdminAnswer | undefined) ?? null;
}

function parseVersioned(line: string, kind: "request" | "answer"): unknown {
  try {
    const value: unknown = JSON.parse(line);
    const head = decodeVersion(value);
    return head?.sodam === ADMIN_VERSION && head.kind === kind ? value : null;
  } catch {
    return null;
  }
}
