import { expect, test } from "bun:test";
import { type Actor, Scene } from "../scene.ts";

/**
 * https://modern.ircdocs.horse/#server-queries-and-commands, #user-based-queries, #operator-messages and
 * #optional-messages: clauses that info.test.ts, who.test.ts, whois.test.ts, userhost-ison.test.ts, operator.test.ts
 * and away.test.ts have no row for.
 */

const DIGEST = "hash of kettle";

function teahouse() {
  const operators = [{ name: "boss", passwordHash: DIGEST }];
  const scene = new Scene({ operators });
  const mina = scene.guest("mina");
  const jun = scene.guest("jun").says("JOIN #tea");
  jun.hears();
  return { scene, mina, jun };
}

function last(actor: Actor): string {
  return actor.hears().at(-1) ?? "";
}

test.each([
  ["WHO #TEA", "315 mina #TEA"],
  ["WHO Jun", "315 mina Jun"],
  ["WHO j*", "315 mina j*"],
  ["WHO nobody", "315 mina nobody"],
  ["WHOIS JUN", "318 mina JUN"],
  ["WHOIS JUN,mina", "318 mina JUN,mina"],
  ["WHOIS nobody", "318 mina nobody"],
  ["WHOIS tea.test Jun", "318 mina Jun"],
  ["WHOWAS NoBody", "369 mina NoBody"],
  ["WHOWAS NoBody,Bora", "369 mina NoBody,Bora"],
  ["NAMES #none", "366 mina #none"],
  ["NAMES #none,#TEA", "366 mina #tea"],
  ["NAMES #tea,#none", "366 mina #none"],
  ["NAMES :", "366 mina *"],
  ["NAMES none", "366 mina none"],
  ["LIST #none", "323 mina"],
  ["LINKS", "365 mina *"],
  ["INFO", "374 mina"],
  ["STATS u", "219 mina u"],
  ["STATS x", "219 mina x"],
])("%s ends with %s, with the request's spelling of the target", (line, end) => {
  const { mina } = teahouse();
  expect(last(mina.says(line))).toMatch(new RegExp(`^:tea.test ${end.replace("*", "\\*")} :`));
});

test("LIST is exactly 321, a 322 for each room, and 323", () => {
  const { mina } = teahouse();
  mina.says("JOIN #milk");
  mina.hears();
  expect(mina.says("LIST").hearsVerbs()).toEqual(["321", "322", "322", "323"]);
});

test("WHO of a room has that room in each row; of a user, any shared room, or *", () => {
  const { mina, jun } = teahouse();
  const rooms = () => mina.hears().flatMap((line) => / 352 mina (\S+) /.exec(line)?.[1] ?? []);
  jun.says("JOIN #milk");
  mina.says("WHO #MILK");
  expect(rooms()).toEqual(["#milk"]);
  mina.says("WHO jun");
  expect(rooms()).toEqual(["#tea"]);
  mina.says("WHO mina");
  expect(rooms()).toEqual(["*"]);
});

test("invisible users (+i) are shown in NAMES and WHO of a room only to members", () => {
  const { mina, jun } = teahouse();
  jun.says("MODE jun +i");
  const asked = () => mina.says("NAMES #tea", "WHO #tea", "WHO j*").hearsVerbs();
  expect(asked()).toEqual(["366", "315", "315"]);
  mina.says("JOIN #tea");
  mina.hears();
  expect(asked()).toEqual(["353", "366", "352", "352", "315", "352", "315"]);
});

test("WHOIS shows a certificate only to its owner and to operators", () => {
  const { scene, mina, jun } = teahouse();
  const sora = scene.connect({ certificate: "c".repeat(64) }).introduces("sora");
  const asks = (actor: Actor) => actor.says("WHOIS sora").hearsVerbs().includes("276");
  expect([asks(sora), asks(mina), asks(jun)]).toEqual([true, false, false]);
  mina.says("OPER boss :kettle");
  expect([asks(mina), asks(jun)]).toEqual([true, false]);
});

test("WHOIS has 330 for a user with an account, and not for a guest", () => {
  const { scene, mina } = teahouse();
  scene.person("yuna").says("NICK green");
  const lines = mina.says("WHOIS green").hears();
  expect(lines).toContain(":tea.test 330 mina green yuna :is logged in as");
  expect(mina.says("WHOIS jun").hearsVerbs()).not.toContain("330");
});

test("each numeric of WHOIS has the requesting nick first, then the target's, and ends with a sentence", () => {
  const { mina } = teahouse();
  for (const line of mina.says("WHOIS jun").hears()) {
    expect(line).toMatch(/^:tea\.test \d{3} mina jun .*\S/);
  }
});

test("WHOWAS returns the requested number of entries, and all if it isn't positive", () => {
  const { scene, mina } = teahouse();
  for (let i = 0; i < 3; i += 1) scene.guest("bora").says("QUIT");
  const count = (amount: string) =>
    mina
      .says(`WHOWAS bora ${amount}`)
      .hearsVerbs()
      .filter((verb) => verb === "314").length;
  expect(["", "2", "1", "0", "-1", "all"].map((one) => count(one))).toEqual([3, 2, 1, 3, 3, 3]);
  expect(mina.says("WHOWAS").hearsVerbs()).toEqual(["431"]);
});

test("LUSERS always sends 251, 255, 265 and 266, and 252 to 254 if their count isn't 0", () => {
  const scene = new Scene({ operators: [{ name: "boss", passwordHash: DIGEST }] });
  const mina = scene.guest("mina");
  expect(mina.says("LUSERS").hearsVerbs()).toEqual(["251", "255", "265", "266"]);
  mina.says("OPER boss :kettle", "JOIN #tea");
  scene.connect();
  mina.hears();
  expect(mina.says("LUSERS").hearsVerbs()).toEqual([
    ...["251", "252", "253", "254", "255", "265", "266"],
  ]);
});

test("HELP is 704, an empty 705, more of them, and one 706; or one 524", () => {
  const { mina } = teahouse();
  const verbs = mina.says("HELP PRIVMSG").hears();
  expect(verbs[0]).toStartWith(":tea.test 704 mina PRIVMSG :");
  expect(verbs[1]).toBe(":tea.test 705 mina PRIVMSG :");
  expect(verbs.filter((line) => line.includes(" 706 "))).toEqual([verbs.at(-1) ?? ""]);
  expect(mina.says("HELP pouring").hears()).toEqual([
    ":tea.test 524 mina POURING :There is no help about that: try HELP",
  ]);
});

test("MODE on another user, or an unknown nick, is refused", () => {
  const { mina } = teahouse();
  for (const [line, numeric] of [
    ["MODE nobody", "401"],
    ["MODE nobody +i", "401"],
    ["MODE jun", "502"],
    ["MODE jun +i", "502"],
  ] as const) {
    expect([line, mina.says(line).hearsVerbs()]).toEqual([line, [numeric]]);
  }
  expect(mina.says("MODE mina +iX").hearsVerbs()).toEqual(["MODE", "501"]);
});

test.each(["KILL jun :no", "REHASH", "WALLOPS :hi", "DEOPER"])(
  "%s is for operators: other users get 481",
  (line) => {
    expect(teahouse().mina.says(line).hearsVerbs()).toEqual(["481"]);
  },
);

test("a killed user gets KILL from the operator, and then ERROR; other users get a QUIT that names the operator", () => {
  const { scene, mina, jun } = teahouse();
  const sora = scene.guest("sora").says("JOIN #tea");
  sora.hears();
  mina.says("OPER boss :kettle", "KILL jun :too loud");
  expect(jun.hears().slice(-2)).toEqual([
    ":mina!~mina@guest.test KILL jun :too loud",
    "ERROR :Killed (mina (too loud))",
  ]);
  expect(jun.closed).toBe(true);
  expect(sora.hears()).toEqual([":jun!~jun@guest.test QUIT :Killed (mina (too loud))"]);
});

test("PRIVMSG, WHOIS, WHO and USERHOST report an away user, NOTICE doesn't", () => {
  const { mina, jun } = teahouse();
  jun.says("AWAY :out for milk");
  expect(mina.says("PRIVMSG jun :hi").hears()).toEqual([":tea.test 301 mina jun :out for milk"]);
  expect(mina.says("NOTICE jun :hi").hears()).toEqual([]);
  expect(mina.says("WHOIS jun").hears()).toContain(":tea.test 301 mina jun :out for milk");
  expect(mina.says("WHO jun").hears()[0]).toMatch(/ jun G@? :0 jun$/);
  expect(mina.says("USERHOST jun").hears()).toEqual([":tea.test 302 mina jun=-~jun@guest.test"]);
  jun.says("AWAY");
  expect(mina.says("PRIVMSG jun :hi").hears()).toEqual([]);
  expect(mina.says("USERHOST jun").hears()).toEqual([":tea.test 302 mina jun=+~jun@guest.test"]);
});
