import { expect, test } from "bun:test";
import { accountId } from "../account-ids.ts";
import { type Actor, Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/whox */

function told(actor: Actor): string[] {
  return actor.hearsPlain().map((line) => line.replace(/^:tea\.test (\d+) \S+ /, "$1 "));
}

test("WHOX is announced, without a value", () => {
  expect(new Scene().connect().introduces("mina").hears().join(" ")).toMatch(/ 005 .* WHOX /);
});

test("the fields are in the specified order, whatever the order of the request", () => {
  const scene = new Scene();
  const mina = scene.person("mina");
  mina.says("JOIN #tea", "SETNAME :Kim Mina");
  mina.hears();
  const host = scene.server.state.users.byAccount(accountId("mina"))?.identity.host;
  scene.passes(7000);
  mina.says("WHO mina %rolaetcuihsnfdz,42");
  expect(told(mina)).toEqual([
    `354 42 #tea u 255.255.255.255 ${host} tea.test mina H~ 0 7 mina n/a :Kim Mina`,
    "315 mina :End of the list",
  ]);
});

/** The options behind the mask, and the fields of the one 354 that answers. Jun is a guest in no room. */
const OPTIONS: readonly (readonly [string, string, string])[] = [
  ["a standard field alone", "%n", "jun"],
  ["what is asked for and nothing else", "%nu", "~jun jun"],
  ["a field asked for twice once", "%nn", "jun"],
  ["no room as *", "%c", "*"],
  ["an address that is nobody's business as 255.255.255.255", "%i", "255.255.255.255"],
  ["no account as 0", "%a", "0"],
  ["no rank in numbers as n/a", "%o", "n/a"],
  ["fields that aren't standard as nothing", "%xyzn", "jun"],
  ["signs that are no letters as nothing", "%1-_n", "jun"],
  ["a token of one digit", "%tn,7", "7 jun"],
  ["a token of three digits", "%tn,123", "123 jun"],
  ["a token that nobody asked for as nothing", "%n,123", "jun"],
  ["a token that wasn't given as 0", "%tn", "0 jun"],
  ["a token of four digits, or of letters, as none", "%tn,1234", "0 jun"],
  ["letters before the percent sign are flags, and those we don't know mean nothing", "x%n", "jun"],
];

for (const [what, options, fields] of OPTIONS) {
  test(`${what}: ${options}`, () => {
    const jun = new Scene().guest("jun").says(`WHO jun ${options}`);
    expect(told(jun)).toEqual([`354 ${fields}`, "315 jun :End of the list"]);
  });
}

test("the flag o before the percent sign lists only operators", () => {
  const scene = new Scene();
  scene.signUp("mina", true);
  scene.person("mina");
  const jun = scene.person("jun").says("WHO * o%n");
  expect(told(jun)).toEqual(["354 mina", "315 * :End of the list"]);
});

test("there is no 352, and a 315 ends the replies, also when there are none", () => {
  const scene = new Scene();
  const mina = scene.guest("mina").says("JOIN #tea");
  scene.guest("jun").says("JOIN #tea");
  mina.hears();
  mina.says("WHO #tea %n", "WHO * %n", "WHO nobody %n", "WHO #nowhere %n");
  expect(mina.hearsVerbs()).toEqual("354 354 315 354 354 315 315 315".split(" "));
});

test("a room that the user can't see isn't shown, and neither are its members", () => {
  const scene = new Scene();
  scene.guest("mina").says("JOIN #den", "MODE #den +s");
  const jun = scene.guest("jun").says("WHO mina %cn", "WHO #den %cn");
  expect(told(jun)).toEqual([
    "354 * mina",
    "315 mina :End of the list",
    "315 #den :End of the list",
  ]);
});
