import { expect, test } from "bun:test";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { type Twin, TwinWorlds } from "./twin-worlds.ts";

/** On a closed server, who has no account can't tell which accounts there are. */

const GHOST = "ghost";
const CAPS = [
  "sodam.chat/account",
  "draft/account-registration",
  "draft/chathistory",
  "draft/metadata-2",
  "batch",
];

/**
 * What tells accounts from names that are free, asked by a guest. Guests may write to members who are away, so that
 * WHOIS and the like tell them of a few: those are counted (asked-names.ts).
 */
const OF_GUESTS: readonly string[] = [
  `ACCOUNT CHECK ${GHOST}`,
  `REGISTER ${GHOST} * a-long-password`,
  `NS INFO ${GHOST}`,
  `NS IDENTIFY ${GHOST} wrong-password`,
  `NS GHOST ${GHOST} wrong-password`,
  `WHOWAS ${GHOST}`,
  `WHO ${GHOST}`,
  `ISON ${GHOST}`,
  `USERHOST ${GHOST}`,
  `MONITOR + ${GHOST}`,
  "MONITOR S",
  `MARKREAD ${GHOST}`,
  `MODE #hall +b ~a:${GHOST}`,
  `CS TRANSFER #hall ${GHOST}`,
  `SILENCE +~a:${GHOST}`,
];

function hearsTheSame(twin: Twin, line: string): void {
  twin.says(line);
  const { secret, plain } = twin.hears(new Set());
  expect([line, secret]).toEqual([line, plain]);
}

test("a guest hears the same of a name that has an account and of one that has none", () => {
  const worlds = new TwinWorlds({ signUp: "closed" });
  worlds.secret.signUp(GHOST);
  const guest = worlds.guest("visitor", ...CAPS).says("JOIN #hall");
  guest.ignores();
  for (const line of OF_GUESTS) hearsTheSame(guest, line);
});

test("a stranger hears the same of a wrong password, whether there is the account", () => {
  const worlds = new TwinWorlds({ signUp: "closed", guests: false });
  worlds.secret.signUp(GHOST);
  const stranger = worlds.stranger();
  const pieces = encodePlain(GHOST, "wrong-password").map((piece) => `AUTHENTICATE ${piece}`);
  const logIn = ["CAP LS 302", "CAP REQ :sasl sodam.chat/account", "AUTHENTICATE PLAIN", ...pieces];
  for (const line of [...logIn, `ACCOUNT CHECK ${GHOST}`, `REGISTER ${GHOST} * a-long-password`]) {
    hearsTheSame(stranger, line);
  }
  for (const line of [`NS IDENTIFY ${GHOST} wrong-password`, `NS INFO ${GHOST}`, `NICK ${GHOST}`]) {
    hearsTheSame(stranger, line);
  }
  for (const line of ["USER u 0 * :u", "CAP END", "PING :x"]) hearsTheSame(stranger, line);
});
