import { expect, test } from "bun:test";
import { parseRoomName, type RoomName } from "../../lib/protocol/names.ts";
import {
  formatAddress,
  formatLink,
  isLinkLike,
  networkName,
  parseLink,
  type ServerLink,
} from "../../lib/protocol/server-link.ts";
import { clientCommand } from "../../lib/protocol/shell-command.ts";
import { Prng, seed } from "../prng.ts";

const FP = "0123456789abcdef".repeat(4);
const COLONS = (FP.toUpperCase().match(/../g) ?? []).join(":");
const at = (
  host: string,
  port = 6697,
  fingerprint: string | null = null,
  invitation: string | null = null,
  room: RoomName | null = null,
) => ({ host, port, fingerprint, invitation, room }) satisfies ServerLink;

function roomName(text: string): RoomName {
  const room = parseRoomName(text);
  if (room === null) throw new Error(text);
  return room;
}

/** [text, link or null, why] */
const ROWS: [string, ServerLink | null, string][] = [
  ["chat.example", at("chat.example"), "a host"],
  [" chat.example\n", at("chat.example"), "as it was copied"],
  ["Chat.Example", at("chat.example"), "case doesn't matter"],
  ["chat.example.:7000", at("chat.example", 7000), "a dot at the end of the name"],
  ["sodam://Chat.Example./", at("chat.example"), "and in a link"],
  ["localhost:7000", at("localhost", 7000), "with a port"],
  ["127.0.0.1:6697", at("127.0.0.1"), "an address"],
  ["소담.example", at("xn--jk1bt0z.example"), "a host in Hangul, as DNS has it"],
  ["::1", at("::1"), "IPv6"],
  ["[::1]", at("::1"), "IPv6 in brackets"],
  ["[0:0:0:0:0:0:0:1]:7000", at("::1", 7000), "another way to write it"],
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
    "sodam://chat.example/file-k3k3k3k3k3k3k3k3",
    { ...at("chat.example"), file: "k3k3k3k3k3k3k3k3" },
    "a file",
  ],
  ["sodam://chat.example/file-../../x", null, "no file is called so"],
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

/** [link, what it holds] */
const LINKS: [string, ServerLink][] = [
  ["sodam://h:6697/", at("h")],
  [`sodam://h:7000/fp-${FP}`, at("h", 7000, FP)],
  [`sodam://h:6697/fp-${FP}/invite-Ab-_9`, at("h", 6697, FP, "Ab-_9")],
  [
    `sodam://h:6697/fp-${FP}/reset-0123456789abcdefghijklmnop`,
    { ...at("h", 6697, FP), reset: "0123456789abcdefghijklmnop" },
  ],
  ["sodam://h:6697/room-lobby", at("h", 6697, null, null, roomName("#lobby"))],
  ["sodam://h:6697/room-Dev_ops-1.2", at("h", 6697, null, null, roomName("#Dev_ops-1.2"))],
  // A dot at the end could be a sentence's.
  ["sodam://h:6697/room64-dGVhLg", at("h", 6697, null, null, roomName("#tea."))],
  ["sodam://h:6697/room64-7IiY64uk67Cp", at("h", 6697, null, null, roomName("#수다방"))],
  ["sodam://h:6697/room64-YSZi", at("h", 6697, null, null, roomName("#a&b"))],
  ["sodam://--1.ipv6-literal.net:7000/", at("::1", 7000)],
  ["sodam://fe80--7swlan0.ipv6-literal.net:6697/", at("fe80::7%wlan0")],
];
test.each(LINKS)("%s is the one form of what it holds", (text, link) => {
  expect(formatLink(link)).toBe(text);
  expect(parseLink(text)).toEqual(link);
});

test("a host as certificates and settings may write it gets its one form", () => {
  for (const host of ["Chat.Example.ORG", "chat.example.org."]) {
    expect(formatLink(at(host))).toBe("sodam://chat.example.org:6697/");
  }
});

/** [text, link or null, why] */
const PASTED: [string, ServerLink | null, string][] = [
  [`sodam://h:7000/invite-x/fp-${COLONS}/`, at("h", 7000, FP, "x"), "order, colons, a last slash"],
  ["sodam://h:7000/later-1/new", at("h", 7000), "what later versions add"],
  ["sodam://h/fp-12", null, "a damaged fingerprint"],
  [`sodam://h/fp${FP}`, null, "a damaged name of a part"],
  ["sodam://h/invite-", null, "an empty invitation"],
  ["sodam://h/reset-", null, "an empty reset code"],
  ["sodam://h/reset-a%20b", null, "a reset code of other letters"],
  [`sodam://h/reset${FP}`, null, "a damaged name of a part"],
  ["sodam://h/room-", null, "an empty room"],
  ["sodam://h/room-a%20b", null, "a room of other letters"],
  ["sodam://h/room64-_w", null, "no UTF-8"],
  ["sodam://h/room64-YSBi", null, "no room's name"],
];
test.each(PASTED)("%s is parsed: %j, %s", (text, link) => {
  expect(parseLink(text)).toEqual(link);
});

const WHOLE = at("chat.example.org", 6697, FP, "Ab-_9", roomName("#lobby"));
const NEW = formatLink(WHOLE);
const OLD = `sodam://chat.example.org:6697/#fp=${FP}&invite=Ab-_9`;
const AROUND: ((link: string) => string)[] = [
  (link) => `  ${link}\n`,
  (link) => `bun client.ts ${link}`,
  (link) => `  bun client.ts '${link}'\n`,
  (link) => `./sodam-client-linux-x64 "${link}"`,
  (link) => `<${link}>`,
  (link) => `<${link}|${link}>`,
  (link) => `[join us](${link})`,
  (link) => `[${link}]`,
  (link) => `(${link}).`,
  (link) => `\`${link}\``,
  (link) => `**${link}**`,
  (link) => `‘${link}’, “${link}”`,
  (link) => `이리 오세요: 「${link}」`,
  (link) => `${link}으로 오세요.`,
  (link) => `Use ${link}!`,
  (link) => `Use ${link}; it's new…`,
  (link) => `\u200b${link}\u200b`,
  (link) => `\ufeff${link.replace("fp", "f\u00adp")}\u2060`,
  (link) => link.replace("sodam", "SODAM"),
  (link) => `${link.slice(0, 72)}\n${link.slice(72)}`,
  (link) => `> ${link.slice(0, 72)}\r\n> ${link.slice(72)}`,
  (link) => `> ${link.slice(0, 72)}> ${link.slice(72)}`,
  (link) => link.replaceAll("&", "&amp;"),
  (link) => `${link}?utm_source=chat&utm_medium=x`,
  (link) => `${link}&fbclid=Iw.AR`,
  (link) => `_${link}_`,
  (link) => `\\"${link}\\",`,
  (link) => link.replace(/[#&=_-]/g, "\\$&"),
  (link) => link.replace("//", "/"),
  (link) => link.replace(/[#&=]/g, (letter) => encodeURIComponent(letter)),
  (link) => `https://out.example/?to=${encodeURIComponent(link)}`,
  (link) => link.replace("fp-", "fp–").replace("invite-", "invite‑"),
  (link) => link.replace("://", "：／／").replace("6697/", "6697／"),
  (link) => `${link.slice(0, 74)}=\n${link.slice(74)}`,
];
test.each(AROUND.map((around) => [around(NEW), around] as const))(
  "a link survives being pasted as %j",
  (pasted, around) => {
    expect(parseLink(pasted)).toEqual(WHOLE);
    expect(parseLink(around(OLD))).toEqual({ ...WHOLE, room: null });
  },
);

test("a link that was broken before a part is whole again", () => {
  expect(parseLink(NEW.replace("/invite", "\n/invite"))).toEqual(WHOLE);
});

test("a link is whole again wherever its lines were broken, and takes nothing of the text below it", () => {
  const code = "4rkqyl4z6fkj2m4qoshvj4iw7a";
  const link = NEW.replace("Ab-_9", code);
  const whole = { ...WHOLE, invitation: code };
  for (let at = 9; at < link.indexOf("/room"); at += 1) {
    for (const text of [
      `${link.slice(0, at)}\n${link.slice(at)}`,
      `${link.slice(0, at)}\r\n> ${link.slice(at)}`,
    ]) {
      expect([text, parseLink(text)]).toEqual([text, whole]);
      expect([text, parseLink(`${text}\n\nSee you, Mina`)]).toEqual([text, whole]);
    }
  }
  for (let width = 20; width <= link.length / 2; width += 1) {
    const text = link.match(new RegExp(`.{1,${width}}`, "g"))?.join("\n") ?? "";
    expect([text, parseLink(text)]).toEqual([text, whole]);
  }
});

test("a link that lost its fingerprint on the way is no link without one", () => {
  for (const rest of [
    `?fingerprint=${FP}`,
    `/*fp-${FP}`,
    ` /fp-${FP}`,
    `/\nfp-${FP.slice(2)}`,
    `/f-${FP}`,
    "/fp",
  ]) {
    expect([rest, parseLink(`sodam://h:6697${rest}`)]).toEqual([rest, null]);
  }
});

test("an address survives its quotes", () => {
  for (const text of ["'chat.example:7000'", "<chat.example:7000>", "“chat.example:7000”,"]) {
    expect(parseLink(text)).toEqual(at("chat.example", 7000));
  }
});

test("isLinkLike distinguishes a damaged link from a host", () => {
  const cut = [`sodam://h/#fp=${FP.slice(0, 4)}`, `sodam://h:1/fp-${FP.slice(1)}`];
  for (const text of [...cut, "sodam://", " SODAM://h/#invite=", `Come: ${cut[1]}`]) {
    expect([text, parseLink(text), isLinkLike(text)]).toEqual([text, null, true]);
  }
  for (const text of ["sodam.example", "[::1", "", "xsodam://h"]) {
    expect([text, isLinkLike(text)]).toEqual([text, false]);
  }
});

test.each([
  ["chat.example", "chat.example"],
  ["chat.example:6697", "chat.example"],
  ["chat.example:7000", "chat.example:7000"],
  ["2001:db8::7", "2001:db8::7"],
  ["[2001:db8::7]:7000", "[2001:db8::7]:7000"],
  ["bnc.example/Libera", "bnc.example/libera"],
  ["bnc.example:7000/Libera Chat", "bnc.example:7000/libera-chat"],
  ["2001:db8::7/oftc", "2001:db8::7/oftc"],
])(
  "the server %s is shown as %s: what is on another port may be somebody else's",
  (text, shown) => {
    const link = parseLink(text);
    expect(link === null ? null : formatAddress(link)).toBe(shown);
  },
);

test("a bouncer's network is part of an address and of a link, and what can be none is no server", () => {
  const link = parseLink("bnc.example/Libera");
  if (link === null) throw new Error("no server");
  expect(formatLink(link)).toBe("sodam://bnc.example:6697/network-libera");
  expect(parseLink(formatLink({ ...link, network: "리베라" }))).toEqual({
    ...link,
    network: "리베라",
  });
  for (const text of [
    "bnc.example/",
    "bnc.example/ ",
    "https://bnc.example/x",
    "sodam://h/network-",
  ]) {
    expect([text, parseLink(text)]).toEqual([text, null]);
  }
});

test("the command names the program, and needs no quotes", () => {
  expect(clientCommand("./sodam-client", NEW)).toBe(`./sodam-client ${NEW}`);
});

/** What each shell takes for itself within an unquoted word, beyond what separates words. */
const SPECIAL: Readonly<Record<string, string>> = {
  sh: "|&;<>()$`\\\"'*?[]",
  bash: "|&;<>()$`\\\"'*?[]{}!#~",
  zsh: "|&;<>()$`\\\"'*?[]{}!#~^=",
  fish: "|&;<>()$`\\\"'*?[]{}#~^%",
  PowerShell: "|&;<>()$`\"'{}@,#%",
  cmd: '|&<>()^%!",;=',
};

test("no shell finds anything for itself in a link, whatever it holds", () => {
  const random = new Prng(seed());
  const letters = [..."aZ09._-&;'\"`$\\#()[]{}<>|^%~=+/", ..."소담é漢🙂"];
  const text = (of: readonly string[], length: number): string =>
    Array.from({ length: 1 + random.below(length) }, () => random.pick(of)).join("");
  const hosts = [
    "chat.example.org",
    "소담.한국",
    "192.0.2.7",
    "2001:db8::7",
    "fe80::1%eth0",
    "a_b",
  ];
  let rooms = 0;
  for (let round = 0; round < 2000; round += 1) {
    const room = parseRoomName(`#${text(letters, 12)}`);
    if (room !== null) rooms += 1;
    const server = parseLink(random.pick(hosts).replace(/^(.*:.*)$/, "[$1]"));
    if (server === null) throw new Error("no server");
    const link: ServerLink = {
      ...{ host: server.host, port: 1 + random.below(65_535), room },
      fingerprint: random.below(2) === 0 ? null : text([..."0123456789abcdef"], 1).repeat(64),
      invitation: random.below(2) === 0 ? null : text([..."abcXYZ019-_"], 22),
    };
    const network = networkName(text(letters, 12));
    if (network !== "") link.network = network;
    const formatted = formatLink(link);
    for (const [shell, special] of Object.entries(SPECIAL)) {
      const found = [...formatted].filter((letter) => special.includes(letter));
      expect([shell, formatted, found]).toEqual([shell, formatted, []]);
    }
    expect(formatted).toMatch(/^sodam:\/\/[A-Za-z0-9._:/-]+$/);
    expect(parseLink(formatted)).toEqual(link);
    expect(parseLink(`Go to ${formatted}, please`)).toEqual(link);
  }
  expect(rooms).toBeGreaterThan(200);
});

test("a network's name in an address is the same when it is read again, and as long as an address takes", () => {
  const plain = {
    host: "chat.example",
    port: 6697,
    fingerprint: null,
    invitation: null,
    room: null,
  };
  for (const name of [
    "Libera Chat",
    `${"a".repeat(63)} b c`,
    `${"a".repeat(63)}𐐨𐐨`,
    "../../etc/passwd",
    "--x--",
    "\ud800x",
    "İstanbul",
    "ΑΣ",
    "민수".repeat(60),
  ]) {
    const network = networkName(name);
    expect([name, networkName(network)]).toEqual([name, network]);
    const link: ServerLink = { ...plain, network };
    expect([name, parseLink(formatLink(link))]).toEqual([name, link]);
    expect([name, parseLink(`chat.example/${network}`)?.network]).toEqual([name, network]);
  }
});
