/**
 * The networks of a bouncer: https://codeberg.org/emersion/soju/src/branch/master/doc/ext/bouncer-networks.md
 */
import type { ChatSession } from "../chat-client/session.ts";
import type { Message } from "../protocol/wire/message.ts";
import { parseTags } from "../protocol/wire/tags.ts";

const BOUNCER_NETWORKS_CAP = "soju.im/bouncer-networks";

/** Networks that are offered at most: one could list any number. */
const NETWORKS_MAX = 200;

/** A network that a bouncer is connected to, or would be. */
export interface BouncerNetwork {
  readonly id: string;
  /** Its name for people; the id where it has none. */
  readonly name: string;
  readonly isConnected: boolean;
}

/** Returns whether the server is a bouncer, and the connection leads to none of its networks. */
export function isUnbound({ state }: Pick<ChatSession, "state">): boolean {
  return state.caps.has(BOUNCER_NETWORKS_CAP) && !state.isupport.has("BOUNCER_NETID");
}

/** Asks a bouncer for its networks. `done` gets none if it refuses, or doesn't answer. */
export function listNetworks(
  session: ChatSession,
  done: (networks: readonly BouncerNetwork[]) => void,
): void {
  session.ask(
    "BOUNCER",
    ["LISTNETWORKS"],
    (answer) => {
      const networks = answer.kind === "answered" ? answer.messages.flatMap(networkOf) : [];
      done(networks.slice(0, NETWORKS_MAX));
    },
    {
      isAnswer: ({ verb, params }) =>
        (verb === "BATCH" && params[0] === BOUNCER_NETWORKS_CAP) ||
        (verb === "FAIL" && params[0] === "BOUNCER"),
    },
  );
}

/** BOUNCER NETWORK <id> <attributes, in the form of tags> */
function networkOf({ verb, params }: Message): BouncerNetwork[] {
  const [subcommand, id = "", attributes = ""] = params;
  if (verb !== "BOUNCER" || subcommand !== "NETWORK" || id === "") return [];
  const values = parseTags(attributes);
  const name = values.get("name") || values.get("host") || id;
  return [{ id, name, isConnected: values.get("state") === "connected" }];
}
