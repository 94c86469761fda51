import { expect, test } from "bun:test";
import type { ServerOptions } from "../../lib/chat-server/server-options.ts";
import { isupportTokens } from "../../lib/chat-server/sessions/isupport-tokens.ts";
import { RANKS, ROOM_MODES } from "../../lib/protocol/wire/modes.ts";
import { makeCloaks } from "../../lib/transport/ids.ts";
import { type Actor, Scene } from "../scene.ts";

/** https://modern.ircdocs.horse/#feature-advertisement and #rplisupport-parameters, clause by clause */

/** The tokens of each 005 line, without the nick before and the text behind them. */
function lines(actor: Actor): string[][] {
  return actor
    .hears()
    .filter((line) => line.includes(" 005 "))
    .map((line) => line.slice(0, line.indexOf(" :are supported")).split(" ").slice(3));
}

test("each 005 has 1 to 13 tokens, follows the others, and ends with a sentence", () => {
  const lines = new Scene().connect().introduces("mina").hears();
  const numerics = lines.map((line) => line.split(" ")[1]);
  const [first, last] = [numerics.indexOf("005"), numerics.lastIndexOf("005")];
  expect(numerics.slice(first - 1, first)).toEqual(["004"]);
  expect(new Set(numerics.slice(first, last + 1))).toEqual(new Set(["005"]));
  for (const line of lines.slice(first, last + 1)) {
    expect(line).toEndWith(" :are supported by this server");
    const tokens = line.slice(0, line.indexOf(" :are")).split(" ").slice(3);
    expect(tokens.length).toBeGreaterThan(0);
    expect(tokens.length).toBeLessThanOrEqual(13);
  }
});

test("tokens are unique and in upper case, except for the prefix draft/", () => {
  const all = lines(new Scene().connect().introduces("mina")).flat();
  const names = all.map((token) => token.split("=")[0] ?? "");
  expect(names.length).toBe(new Set(names).size);
  for (const name of names) expect(name.replace(/^draft\//, "")).toMatch(/^[A-Z0-9]{1,20}$/);
});

const TOKENS = isupportTokens(new Scene().server.state);

test.each([
  ..."AWAYLEN CHANNELLEN HOSTLEN KICKLEN NICKLEN TOPICLEN USERLEN KEYLEN NAMELEN".split(" "),
  ..."MODES SILENCE MAXTARGETS MONITOR".split(" "),
])("%s has a positive number", (name) => {
  expect(TOKENS.get(name)).toMatch(/^[1-9]\d*$/);
});

const [LIST, RANK] = [ROOM_MODES.list, ROOM_MODES.rank];

test.each([
  ["CASEMAPPING", "ascii"],
  ["CHANTYPES", "#"],
  ["CHANLIMIT", "#:200"],
  ["CHANMODES", `${LIST},${ROOM_MODES.always},${ROOM_MODES.onSet},${ROOM_MODES.never}`],
  ["ELIST", "CMNTU"],
  ["EXCEPTS", "e"],
  ["EXTBAN", "~,amt"],
  ["INVEX", "I"],
  ["MAXLIST", [...LIST].map((letter) => `${letter}:${letter === "g" ? 50 : 100}`).join(",")],
  ["NETWORK", "Teahouse"],
  ["PREFIX", `(${RANK})${RANKS.join("")}`],
  ["SAFELIST", ""],
  ["STATUSMSG", RANKS.join("")],
  [
    "TARGMAX",
    "JOIN:,PART:,KICK:,LIST:,ACCEPT:,MONITOR:,NAMES:20,WHOIS:20,WHOWAS:20,PRIVMSG:4,NOTICE:4,TAGMSG:4",
  ],
])("%s is announced in its specified form", (name, value) => {
  expect(TOKENS.get(name)).toBe(value);
});

test("a mode of PREFIX isn't in CHANMODES, and no mode has two types", () => {
  const letters = (TOKENS.get("CHANMODES") ?? "").replaceAll(",", "") + RANK;
  expect(letters.length).toBe(new Set(letters).size);
});

test("no host is longer than HOSTLEN, and no user name, with its ~, than USERLEN", () => {
  const scene = new Scene();
  const address = "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff";
  scene.connect().says("NICK jun", `USER ${"j".repeat(40)} 0 * :Jun`);
  scene.person("mina");
  const users = [...scene.server.state.users.all()].map(({ identity }) => identity);
  for (const host of [...users.map((who) => who.host), makeCloaks("tea")(address)]) {
    expect(host.length).toBeLessThanOrEqual(Number(TOKENS.get("HOSTLEN")));
  }
  expect(Math.max(...users.map((who) => who.user.length))).toBe(Number(TOKENS.get("USERLEN")));
});

test("a space and a backslash in the network's name are written as escapes", () => {
  const mina = new Scene({ network: "Tea \\ House=1" }).connect().introduces("mina");
  expect(lines(mina).flat()[0]).toBe("NETWORK=Tea\\x20\\x5C\\x20House\\x3D1");
});

test("the address that the owner sets is announced, for links", () => {
  const mina = new Scene({ publicAddress: "chat.example.org:443" }).connect().introduces("mina");
  expect(lines(mina).flat()[1]).toBe("sodam.chat/ADDRESS=chat.example.org:443");
});

test("on the server's own machine the address by which others reach it is announced, for links", () => {
  const address = (options: Partial<ServerOptions>, from: string) => {
    const mina = new Scene(options).connect({ address: from }).introduces("mina");
    return lines(mina)
      .flat()
      .filter((token) => token.startsWith("sodam.chat/ADDRESS"));
  };
  const localAddress = "192.0.2.7:6697";
  for (const own of ["127.0.0.1", "::1"]) {
    expect(address({ localAddress }, own)).toEqual([`sodam.chat/ADDRESS=${localAddress}`]);
    expect(address({ localAddress: null }, own)).toEqual([]);
    expect(address({ localAddress: "127.0.0.1:7701" }, own)).toEqual([]);
    expect(address({ localAddress, publicAddress: "chat.example" }, own)).toEqual([
      "sodam.chat/ADDRESS=chat.example",
    ]);
  }
  expect(address({ localAddress }, "192.0.2.1")).toEqual([]);
});

test("tokens that change at run time are announced again, and removed ones are withdrawn", () => {
  const icon = "https://tea.test/pot.svg";
  const scene = new Scene({ networkIcon: icon, guests: true });
  const mina = scene.guest("mina");
  const jun = scene.connect().says("CAP REQ :batch draft/extended-isupport", "ISUPPORT");
  const sora = scene.connect().says("NICK sora");
  for (const actor of [jun, sora]) actor.hears();
  const { options } = scene.server.state;
  scene.server.state.applyOptions({
    ...options,
    network: "Tea House",
    networkIcon: null,
    guests: false,
  });
  const tokens = "NETWORK=Tea\\x20House draft/ACCOUNTREQUIRED -draft/ICON";
  expect(mina.hears()).toEqual([`:tea.test 005 mina ${tokens} :are supported by this server`]);
  expect(jun.hearsPlain()).toEqual([
    ":tea.test BATCH +2 draft/isupport",
    `:tea.test 005 * ${tokens} :are supported by this server`,
    ":tea.test BATCH -2",
  ]);
  expect(sora.hears()).toEqual([]);
  scene.server.state.applyOptions(scene.server.state.options);
  expect(mina.hears()).toEqual([]);
});
