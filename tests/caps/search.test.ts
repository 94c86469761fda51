import { describe, expect, test } from "bun:test";
import { type Actor, Scene } from "../scene.ts";

/** https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md */

const CAPS = ["soju.im/search", "batch", "server-time", "message-tags", "standard-replies"];

/** Mina and Jun with an account each, in #tea together; Jun has sent three messages. */
function teahouse(): { scene: Scene; mina: Actor; jun: Actor } {
  const scene = new Scene();
  const [mina, jun] = [scene.person("mina", ...CAPS), scene.person("jun")];
  for (const one of [mina, jun]) one.says("JOIN #tea");
  for (const text of ["Green tea?", "coffee", "green leaves"]) {
    scene.now += 1000;
    jun.says(`PRIVMSG #tea :${text}`);
  }
  mina.hears();
  return { scene, mina, jun };
}

/** The results: the texts, after their targets. */
function found(lines: readonly string[]): string[] {
  const first = lines[0]?.replace(/\S+$/, "") ?? "";
  expect(first).toContain("BATCH +");
  expect(lines[0]).toEndWith(" soju.im/search");
  expect(lines.at(-1)).toContain("BATCH -");
  return lines.slice(1, -1).map((line) => line.replace(/^.*PRIVMSG (\S+) :/, "$1 "));
}

describe("SEARCH", () => {
  test("returns a batch of the messages, as they were relayed", () => {
    const { mina } = teahouse();
    mina.says("SEARCH text=green;in=#tea");
    const [open = "", one = "", other = "", close = "", ...rest] = mina.hears();
    const reference = /BATCH \+(\S+) soju\.im\/search$/.exec(open)?.[1];
    expect(open).toBe(`:tea.test BATCH +${reference} soju.im/search`);
    expect(one).toMatch(
      new RegExp(
        `^@batch=${reference};time=2026-11-22T00:30:01\\.000Z;msgid=\\w+ :jun!\\S+ PRIVMSG #tea :Green tea\\?$`,
      ),
    );
    expect(other).toEndWith(" PRIVMSG #tea :green leaves");
    expect(close).toBe(`:tea.test BATCH -${reference}`);
    expect(rest).toEqual([]);
  });

  test("returns an empty batch when nothing matches", () => {
    const { mina } = teahouse();
    mina.says("SEARCH before=2010-01-01T00:00:00.000Z;in=#tea", "SEARCH text=milk");
    const lines = mina.hears();
    expect(found(lines.slice(0, 2))).toEqual([]);
    expect(found(lines.slice(2))).toEqual([]);
  });

  test("accepts each attribute, and all of them together", () => {
    const { mina } = teahouse();
    mina.says("PRIVMSG #tea :green, too").hears();
    const finds = (attributes: string) => found(mina.says(`SEARCH ${attributes}`).hears());
    expect(finds("from=jun;text=green")).toEqual(["#tea Green tea?", "#tea green leaves"]);
    expect(finds("after=2026-11-22T00:30:02.000Z;before=2026-11-22T00:30:02.000Z")).toEqual([
      "#tea coffee",
    ]);
    expect(finds("limit=1;text=green")).toEqual(["#tea green, too"]);
    expect(finds("limit=1;text=green;after=2026-11-22T00:00:00.000Z")).toEqual(["#tea Green tea?"]);
    expect(finds("text=tea\\sgreen")).toEqual(["#tea Green tea?"]);
    expect(finds('text="tea\\sgreen"')).toEqual([]);
    expect(finds(':text="green tea"')).toEqual(["#tea Green tea?"]);
  });

  test("searches all of the user's conversations, and no others", () => {
    const { scene, mina, jun } = teahouse();
    const yuna = scene.person("yuna", ...CAPS);
    jun.says("JOIN #secret", "PRIVMSG #secret :green secret", "PRIVMSG mina :green whisper");
    mina.says("PRIVMSG jun :green answer").hears();
    expect(found(mina.says("SEARCH text=green").hears())).toEqual([
      "#tea Green tea?",
      "#tea green leaves",
      "mina green whisper",
      "jun green answer",
    ]);
    expect(found(mina.says("SEARCH text=green;in=jun").hears())).toHaveLength(2);
    expect(found(yuna.says("SEARCH text=green").hears())).toEqual([]);
    expect(found(yuna.says("SEARCH text=green;in=mina").hears())).toEqual([]);
    for (const room of ["#secret", "#nowhere"]) {
      mina.says(`SEARCH text=green;in=${room}`);
      expect(mina.hears()).toEqual([
        ":tea.test FAIL SEARCH INVALID_PARAMS in :There is no such room or person that you can read",
      ]);
    }
  });

  test("leaves out a room from which the user was kicked during the search", () => {
    const { scene, mina, jun } = teahouse();
    jun.says("CAP REQ :soju.im/search", "PRIVMSG mina :green whisper").hears();
    scene.holding = true;
    jun.says("SEARCH text=green");
    mina.says("KICK #tea jun");
    scene.holding = false;
    scene.settle();
    const heard = jun.hears().filter((line) => line.includes("green"));
    expect(heard.map((line) => line.replace(/^(@\S+ )?:\S+ /, ""))).toEqual([
      "PRIVMSG mina :green whisper",
    ]);
  });

  test("refuses invalid attributes, and names them", () => {
    const { mina } = teahouse();
    for (const [attributes, wrong] of [
      ["colour=green", "colour"],
      ["after=yesterday", "after"],
      ["before=12", "before"],
      ["limit=0", "limit"],
      ["limit=many", "limit"],
      [`text=${Array.from({ length: 17 }, (_, n) => n).join("\\s")}`, "text"],
    ]) {
      mina.says(`SEARCH ${attributes}`);
      expect(mina.hears()[0]).toStartWith(`:tea.test FAIL SEARCH INVALID_PARAMS ${wrong} :`);
    }
  });

  test("is available only with the capability", () => {
    const { jun } = teahouse();
    jun.hears();
    jun.says("SEARCH text=green");
    expect(jun.hears()[0]).toStartWith(":tea.test FAIL SEARCH NEED_CAPABILITY :");
  });
});
