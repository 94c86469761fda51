import { describe, expect, test } from "bun:test";
import { BLOCKED_MAX, CALLERS_WAITING_MAX } from "../../lib/chat-server/limits.ts";
import { accountId } from "../account-ids.ts";
import { Scene } from "../scene.ts";

describe("SILENCE", () => {
  test("hides PRIVMSG and TAGMSG of blocked users, who get no error", () => {
    const scene = new Scene();
    const mina = scene.person("mina", "message-tags");
    const jun = scene.person("jun", "echo-message", "message-tags");
    mina.says("SILENCE +jun");
    expect(mina.hears()).toEqual([expect.stringMatching(/^:mina!\S+ SILENCE \+~a:jun$/)]);
    jun.says("PRIVMSG mina :hello", "NOTICE mina :hello", "@+typing=active TAGMSG mina");
    expect(mina.hears()).toEqual([]);
    expect(jun.hearsVerbs()).toEqual(["PRIVMSG", "NOTICE", "TAGMSG"]);
    mina.says("PRIVMSG jun :I can still write");
    expect(jun.hearsVerbs()).toEqual(["PRIVMSG"]);
    mina.hears();
    mina.says("SILENCE -jun");
    jun.says("NICK june", "PRIVMSG mina :hello again");
    expect(mina.hearsVerbs()).toEqual(["SILENCE", "NICK", "PRIVMSG"]);
  });

  test("an account stays blocked under another nick, on every device, after a restart", () => {
    const scene = new Scene();
    const [phone, laptop] = [scene.person("mina"), scene.person("mina")];
    const jun = scene.person("jun");
    phone.says("SILENCE jun");
    expect(laptop.hears()).toHaveLength(1);
    jun.says("NICK june", "PRIVMSG mina :hello");
    expect(laptop.hears()).toEqual([]);
    const change = { kind: "blocked", account: accountId("mina"), mask: "~a:jun", on: true };
    const blocked = { ...change, names: accountId("jun") };
    expect(scene.people).toContainEqual(blocked);
    const after = scene.restart();
    const mina = after.person("mina");
    after.person("jun").says("PRIVMSG mina :hello");
    mina.says("SILENCE");
    expect(mina.hears()).toEqual([
      ":tea.test 271 mina mina ~a:jun",
      ":tea.test 272 mina mina :End of your block list",
    ]);
  });

  test("hides invitations, which don't open a room; the room's ops still see them", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    const jun = scene.guest("jun");
    jun.says("JOIN #tea", "MODE #tea +i");
    mina.says("SILENCE jun!*@*");
    for (const actor of [mina, jun]) actor.hears();
    jun.says("INVITE mina #tea");
    expect(jun.hears()).toEqual([":tea.test 341 jun mina #tea"]);
    mina.says("JOIN #tea");
    expect(mina.hears()).toEqual([":tea.test 473 mina #tea :That room is invite-only (+i)"]);
  });

  test("a blocked user changes an old message for themselves alone", () => {
    const scene = new Scene();
    const mina = scene.person("mina");
    const jun = scene.person("jun", "message-tags", "echo-message", "sodam.chat/edit");
    jun.says("PRIVMSG mina :hello");
    const [, msgid = ""] = /msgid=(\w+)/.exec(jun.hears()[0] ?? "") ?? [];
    mina.says("SILENCE +jun");
    mina.hears();
    jun.says(`EDIT mina ${msgid} :read this`);
    expect(jun.hears().join()).toMatch(/:jun!\S+ EDIT mina \w+ :read this/);
    mina.says("HISTORY jun", "SILENCE -jun", "HISTORY jun");
    const seen = mina.hears().join("\n");
    expect(seen).not.toContain("read this");
    expect(seen.match(/hello$/gm)).toHaveLength(2);
    jun.says(`REDACT mina ${msgid}`);
    mina.hears();
    expect(mina.says("HISTORY jun").hears().join()).not.toContain("hello");
  });

  test("takes several masks, without case; invalid masks and a full list are refused", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    mina.says(
      "SILENCE +a!*@*,b",
      "SILENCE +A!*@*",
      "SILENCE -B",
      "SILENCE +~m:x",
      "SILENCE -nobody",
    );
    const source = ":mina!~mina@guest.test";
    expect(mina.hears()).toEqual([
      `${source} SILENCE +a!*@*`,
      `${source} SILENCE +b!*@*`,
      `${source} SILENCE -b!*@*`,
      ":tea.test 415 mina ~m:x :That is not a valid mask",
    ]);
    for (let i = 1; i < BLOCKED_MAX; i += 1) mina.says(`SILENCE +x${i}`);
    mina.hears();
    mina.says("SILENCE +onemore");
    expect(mina.hears()).toEqual([":tea.test 511 mina onemore!*@* :Your block list is full"]);
  });

  test("users can't block themselves", () => {
    const scene = new Scene();
    const mina = scene.person("mina");
    mina.says("SILENCE *!*@*", "PRIVMSG mina :a note");
    expect(mina.hearsVerbs()).toEqual(["SILENCE", "PRIVMSG"]);
    expect(scene.log.conversations()).toHaveLength(1);
  });

  test("nothing changes when the disk is full", () => {
    const scene = new Scene();
    const mina = scene.person("mina", "standard-replies");
    scene.diskFull = true;
    mina.says("SILENCE +jun", "SILENCE");
    expect(mina.hearsVerbs()).toEqual(["FAIL", "272"]);
  });
});

describe("ACCEPT, and messages from the accepted only (+g)", () => {
  test("a stranger is refused, and the user notified at most once a minute", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    const jun = scene.guest("jun");
    mina.says("MODE mina +g");
    mina.hears();
    jun.says("PRIVMSG mina :hello", "PRIVMSG mina :hello?", "NOTICE mina :hello");
    expect(jun.hears()).toEqual([
      ":tea.test 716 jun mina :They take messages only from people whom they accept (+g)",
      ":tea.test 717 jun mina :They were notified that you want to write to them",
      ":tea.test 716 jun mina :They take messages only from people whom they accept (+g)",
    ]);
    expect(mina.hears()).toEqual([
      ":tea.test 718 mina jun ~jun@guest.test :wants to write to you (+g): ACCEPT jun allows it",
    ]);
    mina.says("ACCEPT jun", "ACCEPT jun", "ACCEPT *", "ACCEPT nobody");
    expect(mina.hears()).toEqual([
      ":tea.test 457 mina jun :They are already on your accept list",
      ":tea.test 281 mina jun",
      ":tea.test 282 mina :End of your accept list",
      ":tea.test 401 mina nobody :Nobody here has that name",
    ]);
    jun.says("PRIVMSG mina :hello");
    expect(mina.hearsVerbs()).toEqual(["PRIVMSG"]);
    mina.says("ACCEPT -jun", "ACCEPT -jun");
    expect(mina.hears()).toEqual([":tea.test 458 mina jun :They aren't on your accept list"]);
    jun.hears();
    jun.says("PRIVMSG mina :hello");
    expect(jun.hearsVerbs()).toEqual(["716"]);
  });

  test("the recipient of a message may answer, and ACCEPT passes +R as well", () => {
    const scene = new Scene();
    const mina = scene.person("mina");
    const [jun, sun] = [scene.guest("jun"), scene.guest("sun")];
    mina.says("MODE mina +Rg", "PRIVMSG jun :hello", "ACCEPT sun");
    mina.hears();
    jun.says("PRIVMSG mina :hello");
    sun.says("PRIVMSG mina :hello");
    expect(mina.hearsVerbs()).toEqual(["PRIVMSG", "PRIVMSG"]);
  });

  test("a guest stays accepted under another nick, and a stranger from there under the old one isn't", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    const jun = scene.guest("jun");
    mina.says("MODE mina +g", "ACCEPT jun").hears();
    jun.says("NICK june", "PRIVMSG mina :still me").hears();
    expect(mina.hearsVerbs()).toEqual(["PRIVMSG"]);
    mina.says("ACCEPT *");
    expect(mina.hears()[0]).toBe(":tea.test 281 mina june");
    const stranger = scene.guest("jun");
    stranger.says("PRIVMSG mina :it's me");
    expect(stranger.hearsVerbs()[0]).toBe("716");
    jun.says("QUIT");
    const next = scene.guest("june");
    next.says("PRIVMSG mina :it's me");
    expect(next.hearsVerbs()[0]).toBe("716");
    mina.says("ACCEPT june", "ACCEPT *");
    expect(mina.hearsVerbs().filter((verb) => verb === "281")).toHaveLength(1);
  });

  test("a guest is accepted, but not a later user of the nick", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    const jun = scene.guest("jun");
    mina.says("MODE mina +g", "ACCEPT jun");
    jun.says("QUIT");
    const other = scene.connect();
    other.says("NICK jun", "USER other 0 * :other");
    other.hears();
    other.says("PRIVMSG mina :it's me");
    expect(other.hearsVerbs()[0]).toBe("716");
    mina.hears();
    expect(mina.says("ACCEPT *").hearsVerbs()).toEqual(["282"]);
  });
});

test("with +g a user who wasn't connected is notified of each caller once, on coming back", () => {
  const scene = new Scene();
  scene.person("mina").says("MODE mina +g", "QUIT");
  const [jun, sora] = [scene.guest("jun"), scene.guest("sora")];
  expect(jun.says("PRIVMSG mina :hi", "PRIVMSG mina :there").hears()).toEqual([
    ":tea.test 716 jun mina :They take messages only from people whom they accept (+g)",
    ":tea.test 717 jun mina :They will be notified that you want to write to them when they are back",
    ":tea.test 716 jun mina :They take messages only from people whom they accept (+g)",
  ]);
  sora.says("NOTICE mina :hello");
  const callers = (lines: readonly string[]) => lines.filter((line) => line.includes(" 718 "));
  expect(callers(scene.connect().logsIn("mina").hears())).toEqual([
    ":tea.test 718 mina jun ~jun@guest.test :wants to write to you (+g): ACCEPT jun allows it",
    ":tea.test 718 mina sora ~sora@guest.test :wants to write to you (+g): ACCEPT sora allows it",
  ]);
  expect(callers(scene.connect().logsIn("mina").hears())).toEqual([]);
});

test("at most ten callers wait for a user with +g", () => {
  const scene = new Scene();
  scene.person("mina").says("MODE mina +g", "QUIT");
  for (let i = 0; i < CALLERS_WAITING_MAX + 1; i += 1) {
    const verbs = scene.guest(`caller${i}`).says("PRIVMSG mina :hi").hearsVerbs();
    expect(verbs.includes("717")).toBe(i < CALLERS_WAITING_MAX);
  }
  expect(
    scene
      .connect()
      .logsIn("mina")
      .hearsVerbs()
      .filter((verb) => verb === "718"),
  ).toHaveLength(CALLERS_WAITING_MAX);
});
