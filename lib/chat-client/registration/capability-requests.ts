/**
 * Which capabilities this client asks for, and the CAP exchange that gets them.
 * https://ircv3.net/specs/extensions/capability-negotiation
 */
import type { Message } from "../../protocol/wire/message.ts";
import type { ClientState } from "../client-state.ts";

/** Leaves room for the verb and CR LF of a REQ line in 512 bytes. */
const REQ_BYTES_MAX = 400;
/** Capabilities stored per server; servers with the most announce about sixty. */
const OFFERED_MAX = 500;

/**
 * Requested only when the user enables read receipts: then they and other users see how far each of
 * them has read.
 */
export const READ_RECEIPTS_CAP = "sodam.chat/read-receipts";

/**
 * Capabilities that this client requests where the server offers them. It works with any subset,
 * even without any.
 */
export const WANTED_CAPS: readonly string[] = [
  "message-tags",
  "server-time",
  "msgid",
  "echo-message",
  "batch",
  "labeled-response",
  "sasl",
  "account-tag",
  "account-notify",
  "extended-join",
  "away-notify",
  "cap-notify",
  "multi-prefix",
  "userhost-in-names",
  "setname",
  "chghost",
  "invite-notify",
  "standard-replies",
  "extended-monitor",
  "draft/account-registration",
  "draft/channel-rename",
  "draft/chathistory",
  "draft/event-playback",
  "draft/extended-isupport",
  "draft/message-redaction",
  "draft/metadata-2",
  "draft/multiline",
  "draft/read-marker",
  "soju.im/bouncer-networks",
  "soju.im/search",
  "sodam.chat/account",
  "sodam.chat/account-id",
  "sodam.chat/edit",
  "sodam.chat/files",
  "sodam.chat/invitations",
  "sodam.chat/preferences",
  "sodam.chat/report",
  "sodam.chat/unread",
];

/** One CAP REQ, and those of its names that have no ACK yet. */
interface CapRequest {
  readonly names: readonly string[];
  readonly unacknowledged: Set<string>;
}

/** Owns the offered capabilities, and the requests that have no answer yet. Changes `enabled`. */
export class CapabilityRequests {
  /** What the server offers: name → value, "" where it has none. */
  readonly offered = new Map<string, string>();
  /**
   * In the order of sending. The capabilities of a REQ change with its last ACK, and not before.
   */
  #requests: CapRequest[] = [];
  readonly #enabled: Set<string>;
  readonly #send: (verb: string, params: readonly string[]) => void;

  constructor(enabled: Set<string>, send: (verb: string, params: readonly string[]) => void) {
    this.#enabled = enabled;
    this.#send = send;
  }

  /** Whether a request has no answer yet. */
  get isPending(): boolean {
    return this.#requests.length > 0;
  }

  /** Starts over on a new connection, with CAP LS. */
  begin(): void {
    this.offered.clear();
    this.#enabled.clear();
    this.#requests = [];
    this.#send("CAP", ["LS", "302"]);
  }

  /**
   * Handles a CAP message, and requests those of `wanted` that are newly offered. Returns whether
   * it was the end of a list, or an answer; then check {@link isPending} again.
   */
  handle({ params }: Message, wanted: readonly string[]): boolean {
    const names = (params.at(-1) ?? "").split(" ").filter((name) => name !== "");
    const subcommand = params[1]?.toUpperCase();
    switch (subcommand) {
      case "LS":
      case "NEW": {
        this.#addOffered(names);
        const isComplete = subcommand === "NEW" || params[2] !== "*";
        if (isComplete) this.#requestWanted(wanted);
        return isComplete;
      }
      case "ACK":
        for (const name of names) this.#acknowledge(name);
        return true;
      case "NAK":
        this.#retryOneByOne(names);
        return true;
      case "DEL":
        for (const name of names) {
          this.offered.delete(name);
          this.#enabled.delete(name);
        }
        return false;
      default:
        return false;
    }
  }

  /**
   * Enables or disables one capability. Does nothing if the server doesn't offer it, or nothing would change.
   */
  setEnabled(name: string, on: boolean): void {
    if (on === this.#enabled.has(name) || !this.offered.has(name)) return;
    this.#send("CAP", ["REQ", on ? name : `-${name}`]);
  }

  #addOffered(tokens: readonly string[]): void {
    for (const token of tokens.slice(0, OFFERED_MAX - this.offered.size)) {
      const equals = token.indexOf("=");
      if (equals === -1) this.offered.set(token, "");
      else this.offered.set(token.slice(0, equals), token.slice(equals + 1));
    }
  }

  #requestWanted(wanted: readonly string[]): void {
    // A name without an answer is not requested again, however often the server offers it.
    const isRequested = (name: string) =>
      this.#requests.some(({ unacknowledged }) => unacknowledged.has(name));
    const missing = wanted.filter(
      (name) => this.offered.has(name) && !this.#enabled.has(name) && !isRequested(name),
    );
    let names: string[] = [];
    for (const name of missing) {
      if ([...names, name].join(" ").length > REQ_BYTES_MAX) {
        this.#request(names);
        names = [];
      }
      names.push(name);
    }
    if (names.length > 0) this.#request(names);
  }

  #acknowledge(name: string): void {
    const request = this.#requests.find(({ unacknowledged }) => unacknowledged.delete(name));
    if (request === undefined) return this.#apply(name);
    if (request.unacknowledged.size > 0) return;
    this.#remove(request);
    for (const granted of request.names) this.#apply(granted);
  }

  #apply(name: string): void {
    if (name.startsWith("-")) this.#enabled.delete(name.slice(1));
    else if (this.#enabled.size < OFFERED_MAX) this.#enabled.add(name);
  }

  /**
   * Requests each name of a refused REQ separately, since one name can make the server refuse all. A
   * NAK may contain only some of the names.
   */
  #retryOneByOne(names: readonly string[]): void {
    const request = this.#requests.find(({ unacknowledged }) =>
      names.some((name) => unacknowledged.has(name)),
    );
    if (request === undefined) return;
    this.#remove(request);
    if (request.names.length > 1) for (const name of request.names) this.#request([name]);
  }

  #request(names: readonly string[]): void {
    this.#requests.push({ names, unacknowledged: new Set(names) });
    this.#send("CAP", ["REQ", names.join(" ")]);
  }

  #remove(request: CapRequest): void {
    this.#requests = this.#requests.filter((pending) => pending !== request);
  }
}

/** Returns whether others get a client's tag, such as "+draft/react", from this server. */
export function relaysTag(
  { caps, isupport }: Pick<ClientState, "caps" | "isupport">,
  tag: string,
): boolean {
  return caps.has("message-tags") && isupport.relaysTag(tag);
}
