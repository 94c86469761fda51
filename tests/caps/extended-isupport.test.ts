import { expect, test } from "bun:test";
import { type Actor, Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/extended-isupport and https://ircv3.net/specs/extensions/network-icon */

const BOTH = ["draft/extended-isupport", "batch"];

/** The lines that have to do with 005, shortened to what they are. */
function shape(actor: Actor): string[] {
  return actor
    .hears()
    .filter((line) => / (005|BATCH|451) /.test(line))
    .map((line) => line.replace(/ 005 (\S+) .*/, " 005 $1 …"));
}

test("with the capability ISUPPORT is answered before registration, in a batch", () => {
  const mina = new Scene().connect().says(`CAP REQ :${BOTH.join(" ")}`, "ISUPPORT");
  expect(shape(mina)).toEqual([
    ":tea.test BATCH +1 draft/isupport",
    "@batch=1 :tea.test 005 * …",
    "@batch=1 :tea.test 005 * …",
    "@batch=1 :tea.test 005 * …",
    ":tea.test BATCH -1",
  ]);
});

test("without it ISUPPORT before registration is 451", () => {
  const mina = new Scene().connect().says("ISUPPORT");
  expect(mina.hears()).toEqual([":tea.test 451 * :Introduce yourself first: NICK and USER"]);
});

test("the greeting has the tokens in a batch, in whichever order the two capabilities were requested", () => {
  for (const caps of [BOTH, BOTH.toReversed()]) {
    const mina = new Scene().connect();
    for (const cap of caps) mina.says(`CAP REQ :${cap}`);
    mina.says("NICK mina", "USER mina 0 * :Mina", "CAP END");
    const lines = shape(mina);
    expect(lines.at(0)).toBe(":tea.test BATCH +1 draft/isupport");
    expect(lines.at(-1)).toBe(":tea.test BATCH -1");
    expect(lines.slice(1, -1).every((line) => line.startsWith("@batch=1 :tea.test 005 "))).toBe(
      true,
    );
  }
});

test("sessions with one of the two capabilities, or none, get plain lines", () => {
  for (const caps of [[], ["batch"], ["draft/extended-isupport"]]) {
    const mina = new Scene().guest("mina", ...caps).says("ISUPPORT");
    expect(shape(mina)).toEqual(Array.from({ length: 3 }, () => ":tea.test 005 mina …"));
  }
});

test("the tokens before registration are the same as after it", () => {
  const mina = new Scene().connect().says(`CAP REQ :${BOTH.join(" ")}`, "ISUPPORT");
  const tokens = (actor: Actor) =>
    actor
      .hears()
      .filter((line) => line.includes(" 005 "))
      .map((line) => line.replace(/^.* 005 \S+ /, ""));
  const early = tokens(mina);
  expect(early.length).toBeGreaterThan(0);
  expect(tokens(mina.says("NICK mina", "USER mina 0 * :Mina", "CAP END"))).toEqual(early);
});

test("every 005 is in the batch, whatever requested it, and nothing else is", () => {
  const scene = new Scene();
  const mina = scene.guest("mina", ...BOTH).says("VERSION", "ISUPPORT");
  scene.server.state.applyOptions({ ...scene.server.state.options, network: "Coffeehouse" });
  const verbs = mina.hears().map((line) => [line.startsWith("@batch="), line.split(" ")] as const);
  for (const [isInside, words] of verbs) expect(isInside).toBe(words[2] === "005");
  expect(verbs.filter(([isInside]) => isInside)).toHaveLength(3 + 3 + 1);
});

test("the batch has the label", () => {
  const mina = new Scene().guest("mina", ...BOTH, "labeled-response");
  mina.says("@label=a1 ISUPPORT");
  expect(shape(mina)[0]).toBe("@label=a1 :tea.test BATCH +2 draft/isupport");
});

test("draft/ICON is announced when the owner set one", () => {
  const networkIcon = "https://tea.test/pot.svg";
  const mina = new Scene({ networkIcon }).guest("mina").says("ISUPPORT");
  expect(mina.hears()[0]).toContain(` NETWORK=Teahouse draft/ICON=${networkIcon} `);
  const jun = new Scene().guest("jun").says("ISUPPORT");
  expect(jun.hears().join()).not.toContain("ICON");
});
