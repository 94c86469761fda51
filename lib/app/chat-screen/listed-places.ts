/** The conversations of all servers in the order in which the screen lists them. */
import {
  type ClientConversation,
  type ClientState,
  SERVER_KEY,
} from "../../chat-client/client-state.ts";
import type { Folded } from "../../protocol/names.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { listedConversations } from "./ui-state.ts";

/** After this, the bar says that something has no answer. A server that is busy is faster. */
const NO_ANSWER_MS = 8000;

/** A server as the screen lists it. */
export interface ListedServer {
  /** See `serverKey`. */
  readonly id: string;
  /** Its address as the user sees it; sanitized. */
  readonly host: string;
  readonly state: ClientState;
}

/** What a view shows: a conversation of one of the servers. Two servers may each have the same room. */
export interface Place {
  /** The server's id. */
  readonly server: string;
  readonly key: Folded;
}

/** A conversation with the server that it is on. */
export interface ListedPlace {
  readonly server: ListedServer;
  readonly conversation: ClientConversation;
}

/** Unread messages and mentions. */
interface Counts {
  readonly unread: number;
  readonly mentions: number;
}

/** Returns a list with one server, for a screen that shows no other. */
export function onlyServer(state: ClientState): readonly ListedServer[] {
  return [{ id: "", host: "", state }];
}

/**
 * Returns the conversations of all servers, each server's together: Alt-1 goes to the first. Among several, a server
 * without any is listed by its own one, so that it can be reached.
 */
export function listedPlaces(servers: readonly ListedServer[]): ListedPlace[] {
  return servers.flatMap((server) =>
    conversationsOf(server, servers.length > 1).map((conversation) => ({ server, conversation })),
  );
}

function conversationsOf({ state }: ListedServer, isOneOfSeveral: boolean): ClientConversation[] {
  const listed = listedConversations(state);
  const own = state.conversations.get(SERVER_KEY);
  return listed.length === 0 && isOneOfSeveral && own !== undefined ? [own] : listed;
}

/**
 * Returns a server's name, sanitized: what it calls its network, unless another one on the list is called so as well.
 */
export function serverName(
  { id, host, state }: ListedServer,
  servers: readonly ListedServer[],
): string {
  const name = sanitize(state.network);
  const isTaken = servers.some(
    (other) => other.id !== id && sanitize(other.state.network) === name,
  );
  return name === "" || isTaken ? host || name : name;
}

/** Sums up what is unread in all conversations of all servers but this one, without the muted ones. */
export function unreadElsewhere(
  servers: readonly ListedServer[],
  shown: ClientConversation | null,
): Counts {
  let unread = 0;
  let mentions = 0;
  for (const { state } of servers) {
    for (const conversation of state.conversations.values()) {
      if (conversation === shown || conversation.muted || conversation.kind === "server") continue;
      unread += conversation.unread;
      mentions += conversation.mentions;
    }
  }
  return { unread, mentions };
}

/** Returns for how long a connected server has owed an answer; null where that is not worth a word yet. */
export function silenceMs(
  { phase, unansweredElapsedMs }: Pick<ClientState, "phase" | "unansweredElapsedMs">,
  elapsedMs: ElapsedMs,
): number | null {
  if (phase.kind !== "ready" || unansweredElapsedMs === null) return null;
  const unansweredMs = elapsedMs - unansweredElapsedMs;
  return unansweredMs >= NO_ANSWER_MS ? unansweredMs : null;
}
