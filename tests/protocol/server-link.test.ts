import { expect, test } from "bun:test";
import {
  clientCommand,
  findPastedLink,
  formatLink,
  isLinkLike,
  parseLink,
  type ServerLink,
} from "../../lib/protocol/server-link.ts";

const FP = "0123456789abcdef".repeat(4);
const COLONS = (FP.toUpperCase().match(/../g) ?? []).join(":");
const at = (
  host: string,
  port = 6697,
  fingerprint: string | null = null,
  invitation: string | null = null,
) => ({ host, port, fingerprint, invitation }) satisfies ServerLink;

/** [text, link or null, why] */
const ROWS: [string, ServerLink | null, string][] = [
  ["chat.example", at("chat.example"), "a host"],
  [" chat.example\n", at("chat.example"), "as it was copied"],
  ["Chat.Example", at("chat.example"), "case doesn't matter"],
  ["localhost:7000", at("localhost", 7000), "with a port"],
  ["127.0.0.1:6697", at("127.0.0.1"), "an address"],
  ["소담.example", at("소담.example"), "a host in Hangul"],
  ["::1", at("::1"), "IPv6"],
  ["[::1]", at("::1"), "IPv6 in brackets"],
  ["[2001:db8::7]:7000", at("2001:db8::7", 7000), "IPv6 with a port"],
  ["sodam://chat.example", at("chat.example"), "a link"],
  ["sodam://chat.example/", at("chat.example"), "with its slash"],
  [
    "SODAM://chat.example:7000/",
    at("chat.example", 7000),
    "case doesn't matter in a scheme either",
  ],
  [
    `sodam://chat.example:6697/#fp=${FP}&invite=Ab-_9`,
    at("chat.example", 6697, FP, "Ab-_9"),
    "the whole link",
  ],
  [
    `sodam://chat.example/#invite=x&fp=${FP}`,
    at("chat.example", 6697, FP, "x"),
    "in the other order",
  ],
  [`sodam://[::1]:7000/#fp=${COLONS}`, at("::1", 7000, FP), "a fingerprint as openssl writes it"],
  ["sodam://chat.example/#later=1", at("chat.example"), "what later versions add"],
  ["", null, "nothing"],
  ["a b", null, "a space"],
  ["chat.example:", null, "a colon and no port"],
  ["chat.example:0", null, "port 0"],
  ["chat.example:65536", null, "no such port"],
  ["chat.example:https", null, "a port by name"],
  ["irc://chat.example", null, "another scheme"],
  ["https://chat.example/", null, "another scheme"],
  ["chat.example/", null, "a path without a scheme"],
  ["sodam:///", null, "no host"],
  ["sodam://chat.example/#fp=12", null, "a damaged fingerprint"],
  [`sodam://chat.example/#fp=${FP}0`, null, "a damaged fingerprint"],
  ["sodam://chat.example/#fp=", null, "an empty fingerprint"],
  ["sodam://chat.example/#invite=", null, "an empty invitation"],
  ["sodam://chat.example/#invite=a%20b", null, "an invitation of other letters"],
  ["-chat", null, "an option, not a host"],
  ["[zz]", null, "no address"],
  ["[::1", null, "a bracket left open"],
  ["mina@chat.example", null, "a user"],
];
test.each(ROWS.map(([text, link, why]) => [text, why, link] as const))(
  "%j: %s",
  (text, _, link) => {
    expect(parseLink(text)).toEqual(link);
    if (link !== null) expect(parseLink(formatLink(link))).toEqual(link);
  },
);

test("the long form names the port", () => {
  expect(formatLink(at("h"))).toBe("sodam://h:6697/");
  expect(formatLink(at("::1", 7000, FP, "code"))).toBe(`sodam://[::1]:7000/#fp=${FP}&invite=code`);
});

test("isLinkLike distinguishes a damaged link from a host", () => {
  for (const text of [`sodam://h/#fp=${FP.slice(0, 4)}`, "sodam://", " SODAM://h/#invite="]) {
    expect([text, parseLink(text), isLinkLike(text)]).toEqual([text, null, true]);
  }
  for (const text of ["sodam.example", "[::1", ""]) expect(isLinkLike(text)).toBe(false);
});

test("clientCommand quotes the link for a shell", () => {
  const link = formatLink(at("chat.example", 6697, FP, "code"));
  expect(clientCommand(link)).toBe(
    `bun client.ts 'sodam://chat.example:6697/#fp=${FP}&invite=code'`,
  );
});

test("findPastedLink finds the link in a pasted command", () => {
  const link = formatLink(at("소담.example", 6697, FP, "code"));
  const given = [link, clientCommand(link), ` ‘${link}’`, `이리 오세요: "${link}"\n`];
  for (const text of given) expect(findPastedLink(text)).toBe(link);
  for (const text of ["", "chat.example:7000", "irc://h", "xsodam://h"]) {
    expect(findPastedLink(text)).toBe(text);
  }
});
