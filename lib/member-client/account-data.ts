/** What the server keeps about one's account, besides what one said: ACCOUNT DATA. */
import type { ChatSession } from "../chat-client/session.ts";
import type { Message } from "../protocol/wire/message.ts";

/** One thing, under names that say what it is. */
export interface AccountDatum {
  readonly kind: string;
  readonly [name: string]: string | boolean | null;
}

/** All of it; `null` when it couldn't be had. */
export function fetchAccountData(
  session: ChatSession,
  done: (things: readonly AccountDatum[] | null) => void,
): void {
  session.ask(
    "ACCOUNT",
    ["DATA"],
    (answer) => {
      if (answer.kind !== "answered") return done(null);
      const lines = answer.messages.filter((message) => isNote(message, "DATA"));
      done(lines.flatMap(({ params }) => thingOf(params.slice(2)) ?? []));
    },
    { isLast: (message) => isNote(message, "DATA_END") },
  );
}

/** What this version has no name for is left out: there is a newer client for a newer server. */
function thingOf([kind, ...values]: readonly string[]): AccountDatum | null {
  const [one = "", two = "", three = "", four = ""] = values;
  const text = values.at(-1) ?? "";
  switch (kind) {
    case "ACCOUNT":
      return {
        kind: "account",
        name: one,
        since: two,
        owner: three === "owner",
        email: orNull(four),
      };
    case "DEVICE":
      return { kind: "device", fingerprint: one, added: two, label: text };
    case "INVITATION":
      return { kind: "invitation", id: one, made: two, until: orNull(three), used: text };
    case "NICK":
      return { kind: "nick", nick: one, realname: text };
    case "MODES":
      return { kind: "modes", letters: one };
    case "SETTING":
      return { kind: "setting", key: one, value: text };
    case "BLOCKED":
      return { kind: "blocked", mask: one };
    case "ROOM":
      return { kind: "room", room: one, rank: orNull(two), joined: three, read: orNull(four) };
    case "RANK":
      return { kind: "rank", room: one, rank: two };
    case "DIRECT":
      return { kind: "direct", with: one, read: orNull(two) };
    default:
      return null;
  }
}

function orNull(text: string): string | null {
  return text === "" || text === "*" ? null : text;
}

function isNote({ verb, params }: Message, code: string): boolean {
  return verb === "NOTE" && params[0] === "ACCOUNT" && params[1] === code;
}
