import { describe, expect, test } from "bun:test";
import { type Actor, Scene } from "../scene.ts";

/** Mina founded #tea with these modes, and is its only member. */
function teahouse(...modes: string[]): { scene: Scene; mina: Actor; jun: Actor } {
  const scene = new Scene();
  const mina = scene.person("mina");
  const jun = scene.guest("jun");
  mina.says("JOIN #tea");
  for (const one of modes) mina.says(`MODE #tea ${one}`);
  mina.hears();
  return { scene, mina, jun };
}

/** The result of a member's message: the numeric, or that Mina received it. */
function said(from: Actor, mina: Actor, text: string): string {
  mina.hears();
  from.hears();
  from.says(`PRIVMSG #tea :${text}`);
  return from.hearsVerbs()[0] ?? (mina.hearsVerbs().includes("PRIVMSG") ? "heard" : "lost");
}

describe("joining", () => {
  test.each([
    ["+b jun", "474"],
    ["+b *!*@guest.test", "474"],
    ["+be jun jun!*@guest.test", "JOIN"],
    ["+b ~m:jun", "JOIN"],
    ["+b ~a:jun", "JOIN"],
    ["+i", "473"],
    ["+iI jun", "JOIN"],
    ["+k sesame", "475"],
    ["+l 1", "471"],
    ["+R", "477"],
    ["+RI jun", "JOIN"],
  ])("a guest at a room with %s gets %s", (modes, answer) => {
    const { jun } = teahouse(modes);
    jun.says("JOIN #tea");
    expect(jun.hearsVerbs()[0]).toBe(answer);
  });

  test("an account is banned under any nick, and only accounts can join +R", () => {
    const { scene } = teahouse("+Rb ~a:s*");
    const sun = scene.person("sun");
    sun.says("NICK moon", "JOIN #tea");
    expect(sun.hearsVerbs()).toEqual(["NICK", "474"]);
    const joe = scene.person("joe");
    joe.says("JOIN #tea");
    expect(joe.hearsVerbs()[0]).toBe("JOIN");
  });

  test("an invitation overrides +b, +i, +k, +l and +R", () => {
    const { mina, jun } = teahouse("+iklbR sesame 1 jun");
    mina.says("INVITE jun #tea");
    jun.hears();
    jun.says("JOIN #tea");
    expect(jun.hearsVerbs()[0]).toBe("JOIN");
  });
});

describe("forwarding (+f)", () => {
  test("a user who can't join is forwarded to the other room", () => {
    const { mina, jun } = teahouse("+i");
    mina.says("JOIN #lobby", "MODE #tea +f #lobby");
    jun.says("JOIN #tea");
    expect(jun.hears().slice(0, 2)).toEqual([
      ":tea.test 470 jun #tea #lobby :You are forwarded to another room",
      ":jun!~jun@guest.test JOIN #lobby",
    ]);
  });

  test("neither a wrong key nor an inaccessible target forwards", () => {
    const { mina, jun } = teahouse("+k sesame");
    mina.says("JOIN #lobby", "MODE #tea +f #lobby");
    jun.says("JOIN #tea");
    expect(jun.hearsVerbs()).toEqual(["475"]);
    mina.says("MODE #lobby +i", "MODE #tea -k+i");
    jun.says("JOIN #tea");
    expect(jun.hearsVerbs()).toEqual(["473"]);
  });

  test("+f needs an op in both rooms", () => {
    const { mina, jun } = teahouse();
    jun.says("JOIN #lobby");
    mina.says("MODE #tea +f #lobby");
    expect(mina.hearsVerbs()).toEqual(["482"]);
    mina.says("JOIN #lobby");
    mina.hears();
    mina.says("MODE #tea +f #lobby");
    expect(mina.hearsVerbs()).toEqual(["482"]);
    jun.says("MODE #lobby +o mina");
    mina.hears();
    mina.says("MODE #tea +f #lobby");
    expect(mina.hearsVerbs()).toEqual(["MODE"]);
  });
});

describe("talking", () => {
  test.each([
    ["+m", "404"],
    ["+M", "404"],
    ["+b jun", "404"],
    ["+b ~m:jun", "404"],
    ["+be ~m:jun jun", "heard"],
    ["+C", "heard"],
  ])("a guest in a room with %s: %s", (modes, answer) => {
    const { mina, jun } = teahouse();
    jun.says("JOIN #tea");
    mina.says(`MODE #tea ${modes}`);
    expect(said(jun, mina, "hello")).toBe(answer);
    expect(said(jun, mina, "hello again")).toBe(answer);
    mina.says("MODE #tea +v jun");
    expect(said(jun, mina, "hello")).toBe("heard");
  });

  test("only users with an account talk in +M", () => {
    const { scene, mina } = teahouse("+M");
    const sun = scene.person("sun");
    sun.says("JOIN #tea");
    expect(said(sun, mina, "hello")).toBe("heard");
  });

  test("+C refuses CTCP from all members, except /me", () => {
    const { mina, jun } = teahouse("+C");
    jun.says("JOIN #tea");
    expect(said(jun, mina, "\x01VERSION\x01")).toBe("404");
    expect(said(jun, mina, "\x01ACTIONS\x01")).toBe("404");
    expect(said(jun, mina, "\x01ACTION waves\x01")).toBe("heard");
    mina.says("PRIVMSG #tea :\x01PING 1\x01");
    expect(mina.hearsVerbs()).toEqual(["404"]);
  });

  test("non-members talk only without +n", () => {
    const { mina, jun } = teahouse();
    expect(said(jun, mina, "hello")).toBe("404");
    mina.says("MODE #tea -n");
    expect(said(jun, mina, "hello")).toBe("heard");
  });
});

describe("an op-moderated room (+U)", () => {
  test("messages of members without rank go to the ops only, and aren't stored", () => {
    const { scene, mina, jun } = teahouse("+mU");
    const sun = scene.guest("sun");
    const joe = scene.guest("joe", "echo-message");
    for (const actor of [jun, sun, joe]) actor.says("JOIN #tea");
    mina.says("MODE #tea +h jun");
    for (const actor of [mina, jun, sun, joe]) actor.hears();
    joe.says("PRIVMSG #tea :may I?");
    const line = ":joe!~joe@guest.test PRIVMSG #tea :may I?";
    expect(mina.hears()).toEqual([line]);
    expect(jun.hears()).toEqual([line]);
    expect(joe.hears()).toEqual([line]);
    expect(sun.hears()).toEqual([]);
    sun.says("HISTORY #tea 10");
    expect(sun.hears().join()).not.toContain("may I?");
    mina.says("MODE #tea +v joe", "PRIVMSG #tea :yes");
    joe.says("PRIVMSG #tea :hello");
    expect(sun.hearsVerbs()).toEqual(["MODE", "PRIVMSG", "PRIVMSG"]);
  });
});

describe("an auditorium (+u)", () => {
  test("members without rank don't see each other", () => {
    const { scene, mina, jun } = teahouse("+u");
    const sun = scene.guest("sun", "away-notify");
    sun.says("JOIN #tea");
    mina.hears();
    sun.hears();
    jun.says("JOIN #tea");
    expect(mina.hears()).toEqual([":jun!~jun@guest.test JOIN #tea"]);
    expect(jun.hears()).toEqual([
      ":jun!~jun@guest.test JOIN #tea",
      ":tea.test 353 jun = #tea :~mina jun",
      ":tea.test 366 jun #tea :End of the list",
    ]);
    jun.says("AWAY :tea", "NICK june", "WHO #tea");
    expect(jun.hearsPlain().filter((line) => line.includes(" 352 ")).length).toBe(2);
    sun.says("WHOIS june");
    expect(sun.hears().join()).not.toContain("#tea");
    jun.says("PART #tea :bye");
    expect(sun.hears()).toEqual([]);
    expect(mina.hearsVerbs()).toEqual(["NICK", "PART"]);
    mina.says("KICK #tea sun");
    expect(sun.hearsVerbs()).toEqual(["KICK"]);
  });

  test("all members see members with voice", () => {
    const { mina, jun, scene } = teahouse("+u");
    const sun = scene.guest("sun");
    jun.says("JOIN #tea");
    sun.says("JOIN #tea");
    mina.says("MODE #tea +v jun");
    sun.hears();
    sun.says("NAMES #tea");
    expect(sun.hears()[0]).toBe(":tea.test 353 sun = #tea :~mina +jun sun");
    jun.hears();
    jun.says("NAMES #tea");
    expect(jun.hears()[0]).toBe(":tea.test 353 jun = #tea :~mina +jun");
    jun.says("PART #tea");
    expect(sun.hearsVerbs()).toEqual(["PART"]);
  });

  test("history shows joins to the ops only", () => {
    const { scene, mina, jun } = teahouse("+u");
    const caps = ["batch", "draft/chathistory", "draft/event-playback"];
    const sun = scene.guest("sun", ...caps);
    jun.says("JOIN #tea");
    sun.says("JOIN #tea");
    sun.hears();
    const verbs = () => sun.says("CHATHISTORY LATEST #tea * 50").hearsVerbs();
    expect(verbs()).toEqual(["BATCH", "MODE", "BATCH"]);
    mina.says("MODE #tea +h sun");
    sun.hears();
    expect(verbs()).toEqual(["BATCH", "JOIN", "MODE", "JOIN", "JOIN", "MODE", "BATCH"]);
  });
});

test("ban matching follows changes of the list and of the user", () => {
  const { mina, jun } = teahouse("+b june");
  jun.says("JOIN #tea");
  expect(said(jun, mina, "hello")).toBe("heard");
  jun.says("NICK june");
  expect(said(jun, mina, "hello")).toBe("404");
  mina.says("MODE #tea +e *!~jun@*");
  expect(said(jun, mina, "hello")).toBe("heard");
  mina.says("MODE #tea -e *!~jun@*", "MODE #tea -b june");
  expect(said(jun, mina, "hello")).toBe("heard");
});

test("a muted user's error says that they may not talk, and not that they are banned", () => {
  const scene = new Scene();
  scene.person("mina").says("JOIN #tea", "MODE #tea +b ~m:jun");
  const jun = scene.person("jun").says("JOIN #tea");
  jun.hears();
  expect(jun.says("PRIVMSG #tea :hi").hears()).toEqual([
    ":tea.test 404 jun #tea :You may not talk in that room (+b)",
  ]);
});
