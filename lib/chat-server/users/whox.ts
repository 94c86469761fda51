import type { Room } from "../rooms/room.ts";
import type { State } from "../state.ts";
import type { User } from "./user.ts";

/** A WHO with chosen fields. https://ircv3.net/specs/extensions/whox */
export interface Whox {
  readonly fields: string;
  readonly token: string;
}

/** In this order, whatever the order in which they are asked for. */
const FIELDS = "tcuihsnfdlaor";

/** Reads the second parameter of WHO: `%cnf,42`; `null` when it asks for no fields. Unknown ones are ignored. */
export function parseWhox(options: string): Whox | null {
  const match = /%([^,]*)(?:,(\d{1,3})$)?/.exec(options);
  if (match === null) return null;
  const [, fields = "", token = "0"] = match;
  return { fields: [...FIELDS].filter((field) => fields.includes(field)).join(""), token };
}

/** What stands in the answer about one person, behind the asker's nick. */
export function whoxParams(
  { fields, token }: Whox,
  state: State,
  user: User,
  room: Room | null,
  flags: string,
): string[] {
  const { identity } = user;
  const idle = String(Math.max(0, Math.floor((state.now - user.lastMessageAt) / 1000)));
  const values: Readonly<Record<string, string>> = {
    t: token,
    c: room?.name ?? "*",
    u: identity.user,
    // Addresses are nobody's business: the placeholder that the text demands.
    i: "255.255.255.255",
    h: identity.host,
    s: state.options.name,
    n: identity.nick,
    f: flags,
    d: "0",
    l: idle,
    a: user.account ?? "0",
    o: "n/a",
    r: identity.realname,
  };
  return [...fields].map((field) => values[field] ?? "*");
}
