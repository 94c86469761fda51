import { describe, expect, test } from "bun:test";
import { MONITOR_MAX } from "../../lib/chat-server/limits.ts";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { passwordOf, Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/monitor */
describe("MONITOR", () => {
  test("replies at once which nicks are online, and notifies of changes", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    scene.guest("sun");
    mina.says("MONITOR + JUN,sun,b@d");
    expect(mina.hears()).toEqual([
      ":tea.test 730 mina sun!~sun@guest.test",
      ":tea.test 731 mina JUN",
    ]);
    const jun = scene.guest("jun");
    jun.says("QUIT");
    expect(mina.hears()).toEqual([
      ":tea.test 730 mina jun!~jun@guest.test",
      ":tea.test 731 mina jun",
    ]);
  });

  test("a new nick is one nick offline and another online; a change of case is neither", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    const jun = scene.guest("jun");
    mina.says("MONITOR + jun,june");
    mina.hears();
    jun.says("NICK Jun", "NICK june");
    expect(mina.hears()).toEqual([
      ":tea.test 731 mina Jun",
      ":tea.test 730 mina june!~jun@guest.test",
    ]);
  });

  test("an account is online while it has a session", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    mina.says("MONITOR + jun");
    mina.hears();
    const first = scene.person("jun");
    const second = scene.person("jun");
    expect(mina.hearsVerbs()).toEqual(["730"]);
    first.vanishes();
    expect(mina.hearsVerbs()).toEqual([]);
    second.vanishes();
    expect(mina.hears()).toEqual([":tea.test 731 mina jun"]);
    mina.says("MONITOR S");
    expect(mina.hears()).toEqual([":tea.test 731 mina jun"]);
  });

  test("the list is shown, shortened and cleared", () => {
    const mina = new Scene().guest("mina");
    mina.says("MONITOR + jun,Sun,sun,mina");
    mina.hears();
    mina.says("MONITOR L", "MONITOR - SUN,nobody", "MONITOR S", "MONITOR c", "MONITOR L");
    expect(mina.hears()).toEqual([
      ":tea.test 732 mina jun,Sun,mina",
      ":tea.test 733 mina :End of the list",
      ":tea.test 730 mina mina!~mina@guest.test",
      ":tea.test 731 mina jun",
      ":tea.test 733 mina :End of the list",
    ]);
  });

  test("a full list refuses more nicks, and names them", () => {
    const mina = new Scene().guest("mina");
    const names = Array.from({ length: MONITOR_MAX }, (_, i) => `n${i}`);
    for (let i = 0; i < names.length; i += 32) {
      mina.says(`MONITOR + ${names.slice(i, i + 32).join(",")}`);
    }
    mina.hears();
    mina.says("MONITOR + n1,one,two", "MONITOR - n1", "MONITOR + one");
    expect(mina.hears()).toEqual([
      ":tea.test 734 mina 128 one,two :Your MONITOR list is full",
      ":tea.test 731 mina one",
    ]);
    mina.says("MONITOR L");
    const lines = mina.hears();
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(510);
    expect(lines.length).toBeGreaterThan(2);
  });

  test("a closed session's list is dropped", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    mina.says("MONITOR + jun");
    mina.vanishes();
    expect([...scene.server.state.monitors.watchersOf("jun")]).toEqual([]);
  });

  test("is announced with its limit", () => {
    expect(new Scene().connect().introduces("mina").hears().join(" ")).toContain(
      ` MONITOR=${MONITOR_MAX} `,
    );
  });

  test("nicks on the list already are neither added nor answered again", () => {
    const mina = new Scene().guest("mina").says("MONITOR + jun");
    mina.hears();
    mina.says("MONITOR + jun,JUN,sun", "MONITOR L");
    expect(mina.hears()).toEqual([
      ":tea.test 731 mina sun",
      ":tea.test 732 mina jun,sun",
      ":tea.test 733 mina :End of the list",
    ]);
  });

  for (const name of ["*", "*!*@*", "jun!*@*", "#tea", "a b", "@", "x".repeat(33)]) {
    test(`refuses an invalid nick: ${name}`, () => {
      const mina = new Scene().guest("mina").says(`MONITOR + ${name}`, "MONITOR L");
      expect(mina.hears().filter((line) => !line.includes(" a"))).toEqual([
        ":tea.test 733 mina :End of the list",
      ]);
    });
  }

  test("removing and clearing are not answered", () => {
    const mina = new Scene().guest("mina").says("MONITOR + jun");
    mina.hears();
    expect(
      mina.says("MONITOR - jun", "MONITOR - jun,nobody", "MONITOR C", "MONITOR -").hears(),
    ).toEqual([]);
  });

  test("an empty list has only its end, and an empty status has no line", () => {
    const mina = new Scene().guest("mina").says("MONITOR L", "MONITOR S");
    expect(mina.hears()).toEqual([":tea.test 733 mina :End of the list"]);
  });

  test("lists of nicks are split into lines of 512 bytes, also in ERR_MONLISTFULL", () => {
    const scene = new Scene();
    const long = (i: number) => `a-name-of-two-and-thirty-${String(i).padStart(7, "0")}`;
    for (let i = 0; i < 20; i += 1) scene.guest(long(i));
    const mina = scene.guest("mina");
    for (let i = 0; i < 300; i += 12) {
      mina.says(`MONITOR + ${Array.from({ length: 12 }, (_, j) => long(i + j)).join(",")}`);
    }
    mina.says("MONITOR S", "MONITOR L");
    const lines = mina.hears();
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(510);
    const namesIn = (numeric: string) =>
      lines
        .filter((line) => line.split(" ")[1] === numeric)
        .flatMap(
          (line) =>
            line
              .split(" ")
              .at(numeric === "734" ? 4 : 3)
              ?.replace(":", "")
              .split(",") ?? [],
        );
    expect(namesIn("732")).toHaveLength(MONITOR_MAX);
    expect(namesIn("734")).toHaveLength(300 - MONITOR_MAX);
    expect(namesIn("730")).toHaveLength(2 * 20);
    expect(namesIn("731")).toHaveLength(2 * (MONITOR_MAX - 20));
  });
});

/** https://ircv3.net/specs/extensions/extended-monitor */
describe("extended-monitor", () => {
  const LOG_IN = ["AUTHENTICATE PLAIN", `AUTHENTICATE ${encodePlain("sun", passwordOf("sun"))[0]}`];

  /** The lines that a capability, with extended-monitor, sends about a user without a shared room. */
  const NEWS: readonly (readonly [string, readonly string[], string])[] = [
    ["away-notify", ["AWAY :tea"], ":jun!~jun@guest.test AWAY :tea"],
    ["setname", ["SETNAME :June"], ":jun!~jun@guest.test SETNAME :June"],
    ["account-notify", LOG_IN, ":jun!u@sun000000001.account ACCOUNT sun"],
    ["chghost", LOG_IN, ":jun!~jun@guest.test CHGHOST u sun000000001.account"],
  ];

  for (const [cap, lines, news] of NEWS) {
    test(`with ${cap} sends its notifications, and neither does so alone`, () => {
      const scene = new Scene();
      scene.signUp("sun");
      const watchers = [["extended-monitor", cap], ["extended-monitor"], [cap], []].map((caps, i) =>
        scene.guest(`watcher${i}`, ...caps).says("MONITOR + jun"),
      );
      const jun = scene.guest("jun");
      for (const watcher of watchers) watcher.hears();
      jun.says(...lines);
      expect(watchers.map((watcher) => watcher.hears())).toEqual([[news], [], [], []]);
    });
  }

  test("ends when the nick is removed", () => {
    const scene = new Scene();
    const jun = scene.guest("jun");
    const mina = scene.guest("mina", "extended-monitor", "away-notify").says("MONITOR + jun");
    mina.says("MONITOR - jun").hears();
    jun.says("AWAY :tea");
    expect(mina.hears()).toEqual([]);
  });

  test("sends AWAY and SETNAME of users in no common room, with the capability of each", () => {
    const scene = new Scene();
    const jun = scene.guest("jun", "setname");
    const mina = scene.guest("mina", "extended-monitor", "away-notify", "setname");
    const sun = scene.guest("sun", "extended-monitor", "away-notify");
    const joe = scene.guest("joe", "away-notify", "setname");
    for (const actor of [mina, sun, joe]) actor.says("MONITOR + jun");
    for (const actor of [mina, sun, joe]) actor.hears();
    jun.says("AWAY :tea", "SETNAME :June");
    const away = ":jun!~jun@guest.test AWAY :tea";
    expect(mina.hears()).toEqual([away, ":jun!~jun@guest.test SETNAME :June"]);
    expect(sun.hears()).toEqual([away]);
    expect(joe.hears()).toEqual([]);
  });

  test("sessions in a shared room get each line once", () => {
    const scene = new Scene();
    const jun = scene.guest("jun");
    const mina = scene.guest("mina", "extended-monitor", "away-notify");
    for (const actor of [jun, mina]) actor.says("JOIN #tea,#coffee");
    mina.says("MONITOR + jun");
    mina.hears();
    jun.says("AWAY :tea");
    expect(mina.hearsVerbs()).toEqual(["AWAY"]);
  });

  test("connecting and disconnecting is sent as online and offline, not as away", () => {
    const scene = new Scene();
    const mina = scene.guest("mina", "extended-monitor", "away-notify");
    mina.says("MONITOR + jun,sun");
    mina.hears();
    scene.guest("jun");
    const sun = scene.person("sun");
    expect(mina.hearsVerbs()).toEqual(["730", "730"]);
    sun.vanishes();
    expect(mina.hearsVerbs()).toEqual(["731"]);
  });

  test("a guest who logs in and keeps the nick stays online, with an account now", () => {
    const scene = new Scene();
    scene.signUp("sun");
    const caps = ["extended-monitor", "account-notify", "chghost"];
    const [mina, yuna] = [scene.guest("mina", ...caps), scene.guest("yuna")];
    for (const actor of [mina, yuna]) actor.says("MONITOR + jun").hears();
    const jun = scene.guest("jun", "sasl");
    for (const actor of [mina, yuna]) actor.hears();
    jun.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${encodePlain("sun", passwordOf("sun"))[0]}`);
    expect(mina.hears()).toEqual([
      ":jun!~jun@guest.test CHGHOST u sun000000001.account",
      ":jun!u@sun000000001.account ACCOUNT sun",
    ]);
    expect(yuna.hears()).toEqual([]);
    expect(yuna.says("MONITOR S").hears()).toEqual([
      ":tea.test 730 yuna jun!u@sun000000001.account",
    ]);
  });

  test("a guest who logs in to an online account gives up the nick, which goes offline", () => {
    const scene = new Scene();
    scene.person("sun");
    const mina = scene.guest("mina").says("MONITOR + jun");
    const jun = scene.guest("jun", "sasl");
    mina.hears();
    jun.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${encodePlain("sun", passwordOf("sun"))[0]}`);
    expect(mina.hears()).toEqual([":tea.test 731 mina jun"]);
  });
});
