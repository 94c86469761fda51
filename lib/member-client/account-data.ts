/**
 * Fetches everything that the server stores about the user's account except messages: ACCOUNT DATA.
 */
import type { ChatSession } from "../chat-client/session.ts";
import type { Message } from "../protocol/wire/message.ts";

/** One stored item; the field names depend on `kind`. */
export interface AccountDatum {
  readonly kind: string;
  readonly [name: string]: string | boolean | null;
}

/** Requests all items; calls `done` with `null` if the request fails. */
export function fetchAccountData(
  session: ChatSession,
  done: (data: readonly AccountDatum[] | null) => void,
): void {
  session.ask(
    "ACCOUNT",
    ["DATA"],
    (answer) => {
      if (answer.kind !== "answered") return done(null);
      const lines = answer.messages.filter((message) => isNote(message, "DATA"));
      done(lines.map(({ params }) => datumOf(params.slice(2))));
    },
    { isLast: (message) => isNote(message, "DATA_END") },
  );
}

/** Parses one item. A kind of a newer server comes as it is: people have a right to all of it. */
function datumOf([kind = "", ...values]: readonly string[]): AccountDatum {
  const [first = "", second = "", third = "", fourth = ""] = values;
  const last = values.at(-1) ?? "";
  switch (kind) {
    case "ACCOUNT":
      return {
        kind: "account",
        name: first,
        since: second,
        owner: third === "owner",
        email: orNull(fourth),
      };
    case "ID":
      return { kind: "id", id: first };
    case "FORMER_NAME":
      return { kind: "former-name", name: first, since: second };
    case "DEVICE":
      return { kind: "device", fingerprint: first, added: second, label: last };
    case "DEVICE_SEEN":
      return { kind: "device-seen", fingerprint: first, time: second };
    case "NOTICE":
      return { kind: "notice", what: first, time: second };
    case "RESET":
      return { kind: "reset", made: first, until: second };
    case "SECOND_FACTOR":
      return { kind: "second-factor", since: first, codes: second };
    case "BOT":
      return { kind: "bot", name: first, made: second, rights: third, rooms: last };
    case "ADDRESS":
      return { kind: "address", noted: first };
    case "INVITATION":
      return { kind: "invitation", id: first, made: second, until: orNull(third), used: last };
    case "NICK":
      return { kind: "nick", nick: first, realname: last };
    case "SEEN":
      return { kind: "seen", time: first };
    case "MODES":
      return { kind: "modes", letters: first };
    case "SETTING":
      return { kind: "setting", key: first, value: last };
    case "BLOCKED":
      return { kind: "blocked", mask: first };
    case "PREFERENCE":
      return { kind: "preference", of: first, key: second, value: last };
    case "ROOM":
      return {
        kind: "room",
        room: first,
        rank: orNull(second),
        joined: third,
        read: orNull(fourth),
      };
    case "INVITED":
      return { kind: "invited", room: first, when: second, by: last };
    case "RANK":
      return { kind: "rank", room: first, rank: second };
    case "REQUEST":
      return { kind: "request", room: first, when: second };
    case "REPORT":
      return {
        ...{ kind: "report", id: first, when: second },
        ...{ room: orNull(third), author: fourth, reason: last },
      };
    case "DIRECT":
      return { kind: "direct", with: first, read: orNull(second) };
    case "GRADE":
      return { kind: "grade", grade: first };
    case "SUSPENSION":
      return { kind: "suspension", since: first, until: orNull(second), reason: last };
    case "MORE":
      return { kind: "more", text: last };
    default:
      return { kind: kind.toLowerCase().replaceAll("_", "-"), values: values.join(" ") };
  }
}

function orNull(text: string): string | null {
  return text === "" || text === "*" ? null : text;
}

function isNote({ verb, params }: Message, code: string): boolean {
  return verb === "NOTE" && params[0] === "ACCOUNT" && params[1] === code;
}
