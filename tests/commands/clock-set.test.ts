import { describe, expect, test } from "bun:test";
import { BATCH_MS_MAX, KNOCK_EVERY_MS, SILENT_MS_MAX } from "../../lib/chat-server/limits.ts";
import { type Actor, OPENING_TIME, Scene } from "../scene.ts";
import { testWithOneServer } from "../takeover-stage.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Sends ten lines a second, and returns which of them were answered within the second. */
function answered(scene: Scene, actor: Actor, count: number): string[] {
  for (let n = 1; n <= count; n += 1) {
    actor.says(`PING ${n}`);
    if (n % 10 === 0) scene.passes(1000);
  }
  return actor.hears().flatMap((line) => / PONG tea\.test (\d+)$/.exec(line)?.[1] ?? []);
}

describe.each([
  ["back by an hour", -HOUR_MS],
  ["back by two days", -2 * DAY_MS],
  ["ahead by an hour", HOUR_MS],
  ["ahead by two days", 2 * DAY_MS],
])("while the clock is set %s", (_, ms) => {
  test("a thousand lines are answered, ten a second", () => {
    const scene = new Scene({ floodControl: true });
    const mina = scene.guest("mina");
    scene.setsClock(ms);
    const numbers = Array.from({ length: 1000 }, (_, index) => String(index + 1));
    expect(answered(scene, mina, 1000)).toEqual(numbers);
  });

  test("a silent session is asked, and closed, when its time is up and not before", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    scene.setsClock(ms);
    scene.passes(120_000);
    expect([mina.hears(), mina.closed]).toEqual([[], false]);
    scene.passes(1);
    expect(mina.hears()).toEqual(["PING tea.test"]);
    scene.setsClock(-ms);
    scene.passes(60_000);
    expect(mina.closed).toBe(false);
    scene.passes(1);
    expect(mina.closed).toBe(true);
    const wholeTime = "ERROR :Ping timeout: 180 seconds";
    expect(mina.hears()).toEqual([wholeTime]);
  });

  test("a connection that says nothing is closed when its time is up", () => {
    const scene = new Scene();
    const mina = scene.connect();
    scene.setsClock(ms);
    scene.passes(SILENT_MS_MAX);
    expect(mina.closed).toBe(false);
    scene.passes(1);
    expect(mina.closed).toBe(true);
  });

  testWithOneServer("an open batch is broken off when its time is up", () => {
    const scene = new Scene();
    const mina = scene.guest("mina", "batch", "draft/multiline").says("JOIN #tea");
    mina.says("BATCH +b draft/multiline #tea").hears();
    scene.setsClock(ms);
    scene.passes(BATCH_MS_MAX - 1);
    expect(mina.hears()).toEqual([]);
    scene.passes(1);
    expect(mina.hears()).toEqual([
      ":tea.test FAIL BATCH TIMEOUT b :The batch was open for too long",
    ]);
  });

  test("guessing a password is slowed, and allowed again", () => {
    const scene = new Scene();
    scene.signUp("mina");
    const tries = (): string => {
      const jun = scene.connect();
      return jun.logsIn("mina", [], "wrong").hears().join("\n");
    };
    let count = 0;
    while (!tries().includes("Too many tries") && count < 100) count += 1;
    expect(count).toBeLessThan(100);
    scene.setsClock(ms);
    expect(tries()).toContain("Too many tries");
    scene.passes(5 * 60_000);
    expect(tries()).not.toContain("Too many tries");
  });

  test("KNOCK is limited, and allowed again", () => {
    const scene = new Scene();
    scene.guest("mina").says("JOIN #tea", "MODE #tea +i");
    const jun = scene.guest("jun").says("KNOCK #tea");
    jun.hears();
    scene.setsClock(ms);
    expect(jun.says("KNOCK #tea").hears()[0]).toContain(" 712 ");
    scene.passes(KNOCK_EVERY_MS);
    expect(jun.says("KNOCK #tea").hears()[0]).toContain(" 711 ");
  });

  test("WHOIS and WHO count how long a user is idle", () => {
    const scene = new Scene();
    const mina = scene.guest("mina").says("PRIVMSG mina :hi");
    scene.setsClock(ms);
    scene.passes(42_000);
    const idle = (lines: readonly string[]) =>
      lines.flatMap((line) => / 317 mina mina (\d+) (\d+)/.exec(line)?.slice(1) ?? []);
    mina.hears();
    expect(idle(mina.says("WHOIS mina").hears())).toEqual(["42", String(OPENING_TIME / 1000)]);
    expect(mina.says("WHO mina %l").hears()[0]).toBe(":tea.test 354 mina 42");
  });

  test("STATS counts how long the server is up", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    scene.setsClock(ms);
    scene.passes(61_000);
    expect(mina.says("STATS u").hears()[0]).toContain("Server up 0 days 00:01:01");
  });
});

test("a room that is created again, after the clock was corrected, has nothing of the future", () => {
  const scene = new Scene();
  const mina = scene.person("mina", "draft/read-marker").says("JOIN #tea");
  scene.setsClock(2 * DAY_MS);
  mina.says("PRIVMSG #tea :hi", "MARKREAD #tea timestamp=2026-11-24T00:30:00.000Z", "PART #tea");
  scene.setsClock(-2 * DAY_MS);
  mina.says("JOIN #tea").hears();
  expect(mina.says("MARKREAD #tea").hears()).toEqual([
    ":tea.test MARKREAD #tea timestamp=2026-11-22T00:30:00.000Z",
  ]);
});

describe("the times of messages", () => {
  testWithOneServer(
    "stand still in a room that was ahead, and are right at once in one that wasn't",
    () => {
      const scene = new Scene();
      const mina = scene.guest("mina", "server-time", "echo-message").says("JOIN #tea,#milk");
      const said = (room: string): string => {
        mina.hears();
        const [line = ""] = mina.says(`PRIVMSG ${room} :hi`).hears();
        return /^@time=(\S+) /.exec(line)?.[1] ?? "";
      };
      scene.setsClock(2 * DAY_MS);
      expect(said("#tea")).toBe("2026-11-24T00:30:00.000Z");
      scene.setsClock(-2 * DAY_MS);
      scene.passes(60_000);
      expect(said("#milk")).toBe("2026-11-22T00:31:00.000Z");
      expect(said("#tea")).toBe("2026-11-24T00:30:00.001Z");
      expect(said("#tea")).toBe("2026-11-24T00:30:00.002Z");
      // Once an hour, and not for each message.
      expect(scene.notes).toEqual([
        'a message was dated after 2026-11-24T00:30:00.000Z, since the one before it is; this machine\'s clock says 2026-11-22T00:31:00.000Z. If the clock is right, stop the server and run "bun server.ts mend-dates"',
      ]);
      scene.passes(3 * DAY_MS);
      const later = scene.guest("jun", "server-time", "echo-message").says("JOIN #tea");
      later.hears();
      expect(later.says("PRIVMSG #tea :hi").hears()[0]).toStartWith(
        "@time=2026-11-25T00:31:00.001Z ",
      );
    },
  );
});
