import { describe, expect, test } from "bun:test";
import { type Actor, Scene } from "../scene.ts";
import { testWithOneServer } from "../takeover-stage.ts";

/** mina is in #tea, jun in #cake and in the secret room #den. */
function teahouse(): { scene: Scene; mina: Actor; jun: Actor } {
  const scene = new Scene();
  const mina = scene.guest("mina").says("JOIN #tea");
  const jun = scene.guest("jun").says("JOIN #cake,#den", "MODE #den +s");
  mina.hears();
  jun.hears();
  return { scene, mina, jun };
}

const numbered = (count: number, start: string) =>
  Array.from({ length: count }, (_, n) => `${start}${n}`).join(",");

describe("NAMES", () => {
  test("answers each room of a list, with its members and its end", () => {
    const { mina } = teahouse();
    expect(mina.says("NAMES #tea,#Cake,#none,#den").hears()).toEqual([
      ":tea.test 353 mina = #tea @mina",
      ":tea.test 366 mina #tea :End of the list",
      ":tea.test 353 mina = #cake @jun",
      ":tea.test 366 mina #cake :End of the list",
      ":tea.test 366 mina #none :End of the list",
      ":tea.test 366 mina #den :End of the list",
    ]);
  });

  test("answers a room once, and passes over empty names", () => {
    const { mina } = teahouse();
    expect(mina.says("NAMES ,#tea,,#TEA,").hears()).toEqual([
      ":tea.test 353 mina = #tea @mina",
      ":tea.test 366 mina #tea :End of the list",
    ]);
  });

  test("answers twenty rooms, and refuses more with 407 and an end", () => {
    const { mina } = teahouse();
    expect(mina.says(`NAMES ${numbered(20, "#r")}`).hearsVerbs()).toEqual(Array(20).fill("366"));
    const list = numbered(21, "#r");
    expect(mina.says(`NAMES ${list}`).hears()).toEqual([
      `:tea.test 407 mina ${list} :Too many at once: 20 at most`,
      `:tea.test 366 mina ${list} :End of the list`,
    ]);
  });

  test("repeats a list only as far as its answer fits in a line", () => {
    const { mina } = teahouse();
    const list = numbered(70, "#방");
    for (const line of mina.says(`NAMES ${list}`, `WHOIS ${list}`, `PRIVMSG ${list} x`).hears()) {
      expect(Buffer.byteLength(`${line}\r\n`)).toBeLessThanOrEqual(512);
    }
  });

  test("has one label for all rooms of a list", () => {
    const { scene } = teahouse();
    const sora = scene.guest("sora", "labeled-response", "batch");
    const lines = sora.says("@label=n1 NAMES #tea,#cake").hears();
    expect(lines.filter((line) => line.includes("label=n1"))).toHaveLength(1);
    expect(lines).toHaveLength(6);
  });
});

describe("WHOIS and WHOWAS", () => {
  test("answer each nick of a list, and end once with the list", () => {
    const { scene, mina } = teahouse();
    const lines = mina.says("WHOIS jun,nobody,MINA").hears();
    expect(lines.filter((line) => line.includes(" 311 "))).toEqual([
      ":tea.test 311 mina jun ~jun guest.test * jun",
      ":tea.test 311 mina mina ~mina guest.test * mina",
    ]);
    expect(lines.filter((line) => / 401 | 318 /.test(line))).toEqual([
      ":tea.test 401 mina nobody :Nobody here has that name",
      ":tea.test 318 mina jun,nobody,MINA :End of WHOIS",
    ]);
    for (const nick of ["bora", "sora"]) scene.guest(nick).says("QUIT");
    const verbs = mina.says("WHOWAS bora,sora,nobody").hearsVerbs();
    expect(verbs).toEqual(["314", "312", "314", "312", "406", "369"]);
  });

  test("refuse more than twenty nicks, and a list of none", () => {
    const { mina } = teahouse();
    for (const [verb, end] of [
      ["WHOIS", "318"],
      ["WHOWAS", "369"],
    ]) {
      expect(mina.says(`${verb} ${numbered(21, "n")}`).hearsVerbs()).toEqual(["407", end ?? ""]);
      expect(mina.says(`${verb} ,,`).hearsVerbs()).toEqual(["431"]);
    }
  });
});

testWithOneServer("TARGMAX is true of every command that takes a list", () => {
  const { scene, mina } = teahouse();
  const token = scene.server.state.isupport?.join(" ").match(/TARGMAX=(\S+)/)?.[1] ?? "";
  const limits = new Map(token.split(",").map((entry) => entry.split(":") as [string, string]));
  expect(limits.size).toBeGreaterThan(8);
  for (const [verb, limit] of limits) {
    if (limit === "") continue;
    const isMessage = verb === "PRIVMSG" || verb === "NOTICE" || verb === "TAGMSG";
    const list = (count: number) => numbered(count, verb === "NAMES" ? "#r" : "n");
    const refuses = (count: number) =>
      mina
        .says(`@+a=b ${verb} ${list(count)}${isMessage ? " :x" : ""}`)
        .hearsVerbs()
        .includes("407");
    // A NOTICE is never answered, and a TAGMSG needs a capability: their list is PRIVMSG's.
    const isAnswered = verb !== "NOTICE" && verb !== "TAGMSG";
    expect([verb, refuses(Number(limit)), refuses(Number(limit) + 1)]).toEqual([
      verb,
      false,
      isAnswered,
    ]);
  }
});
