import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/bot-mode */

const CAPS = ["message-tags", "away-notify", "setname", "chghost", "account-notify"];

function teahouse() {
  const scene = new Scene();
  const mina = scene.guest("mina", ...CAPS).says("JOIN #tea");
  const sora = scene.guest("sora", "away-notify", "setname").says("JOIN #tea");
  const robo = scene.guest("robo", "message-tags", "setname").says("MODE robo +B");
  mina.hears();
  sora.hears();
  return { scene, mina, sora, robo };
}

test("the mode letter is announced, and a user can set it on themselves", () => {
  const { robo } = teahouse();
  expect(robo.hears()).toEqual(["@bot :robo!~robo@guest.test MODE robo +B"]);
  expect(robo.says("VERSION").hears().join()).toContain(" BOT=B ");
});

test("WHOIS of a bot has 335, and WHO has the letter in the flags", () => {
  const { mina } = teahouse();
  mina.says("WHOIS robo", "WHO robo");
  const heard = mina.hears();
  expect(heard).toContain(":tea.test 335 mina robo :is a bot");
  expect(heard.find((line) => line.includes(" 352 "))).toMatch(/ robo HB :/);
  mina.says("WHOIS mina", "WHO mina");
  const others = mina.hears();
  expect(others.join()).not.toContain(" 335 ");
  expect(others.find((line) => line.includes(" 352 "))).toMatch(/ mina H@ :/);
});

test("every line of a bot has the tag, without a value, for sessions with message-tags", () => {
  const { mina, sora, robo } = teahouse();
  robo.says(
    "JOIN #tea",
    "PRIVMSG #tea :beep",
    "NOTICE #tea :beep",
    "@+typing=active TAGMSG #tea",
    "AWAY :charging",
    "SETNAME :Robo",
    "NICK robby",
    "PRIVMSG mina :beep",
    "PART #tea",
  );
  const lines = mina.hears();
  expect(lines.map((line) => / (JOIN|[A-Z]+) /.exec(line)?.[1])).toEqual(
    "JOIN PRIVMSG NOTICE TAGMSG AWAY SETNAME NICK PRIVMSG PART".split(" "),
  );
  for (const line of lines) expect(line).toMatch(/^@(?:msgid=\w+;)?bot(?:;\S+)? :rob/);
  expect(sora.hears().join()).not.toContain("bot");
});

test("the tag ends with mode B, and other users never have it", () => {
  const { mina, robo } = teahouse();
  robo.says("MODE robo -B", "JOIN #tea", "PRIVMSG #tea :beep");
  expect(mina.hears().join()).not.toContain("bot");
});

test("numerics that a bot causes for others have the tag as well", () => {
  const { scene, robo } = teahouse();
  const yuna = scene
    .guest("yuna", "message-tags")
    .says("JOIN #tea2", "MODE #tea2 +i", "MODE yuna +g");
  yuna.hears();
  robo.says("KNOCK #tea2", "PRIVMSG yuna :beep");
  const lines = yuna.hears();
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toMatch(/^@bot :tea\.test (710|718) /);
});

test("services are bots, and have the tag", () => {
  const mina = new Scene().guest("mina", "message-tags").says("PRIVMSG NickServ :HELP");
  const lines = mina.hears();
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(line).toMatch(/^@msgid=id\d{14};bot :NickServ!/);
});

test("in WHOX the letter is in the flags as well", () => {
  const { mina } = teahouse();
  expect(mina.says("WHO robo %nf").hears()[0]).toBe(":tea.test 354 mina robo HB");
});
