import { describe, expect, test } from "bun:test";
import { SILENCE_MS_MAX } from "../../lib/chat-client/connection-timing.ts";
import { fold } from "../../lib/protocol/names.ts";
import { Stage } from "./stage.ts";

const HOUR_MS = 3_600_000;

/** What this client uses without asking the server for anything by itself. */
const CAPS = "message-tags server-time echo-message batch labeled-response standard-replies";

/** A ready session, ticked once, whose first PING was answered. */
function ready(): Stage {
  const stage = new Stage().ready(CAPS);
  stage.server(":s PONG s :0");
  stage.session.tick();
  stage.sent();
  return stage;
}

/** Lets time pass second by second, as the app ticks. */
function passes(stage: Stage, ms: number): void {
  const end = stage.now + ms;
  while (stage.now < end) {
    stage.now = Math.min(end, stage.now + 1000);
    stage.session.tick();
  }
}

/** The program is stopped for a while, and goes on. */
function sleeps(stage: Stage, ms: number): void {
  stage.now += ms;
  stage.session.tick();
}

describe.each([
  ["back by an hour", -HOUR_MS],
  ["back by two days", -48 * HOUR_MS],
])("while the clock is set %s", (_, ms) => {
  test("the server is pinged, and a silent one is given up", () => {
    const stage = ready();
    stage.setAheadMs = ms;
    passes(stage, 30_000);
    expect(stage.sent()).toEqual(["PING 30000"]);
    stage.now += 42;
    stage.server(":s PONG s :30000");
    expect(stage.session.state.latencyMs).toBe(42);
    passes(stage, SILENCE_MS_MAX - 1);
    expect(stage.told("stalled")).toEqual([]);
    passes(stage, 1);
    expect(stage.told("stalled")).toHaveLength(1);
  });

  test("typing ends, and a request without an answer is lost", () => {
    const stage = ready();
    stage.server(":민수!u@h JOIN #tea", "@+typing=active :mina!u@h TAGMSG #tea");
    const answers: string[] = [];
    stage.session.ask("ACCOUNT", ["CHECK", "jun"], ({ kind }) => answers.push(kind));
    expect([...stage.at("#tea").typing.keys()]).toEqual(["mina"]);
    stage.setAheadMs = ms;
    passes(stage, 6_000);
    expect([...stage.at("#tea").typing.keys()]).toEqual([]);
    passes(stage, 54_000);
    expect(answers).toEqual(["lost"]);
  });

  test("the next typing notification is sent after three seconds", () => {
    const stage = ready();
    stage.server(":민수!u@h JOIN #tea");
    stage.sent();
    const typing = (): string[] => {
      stage.session.commands.sendTyping(fold("#tea"), "active");
      return stage.sent();
    };
    expect(typing()).toHaveLength(1);
    stage.setAheadMs = ms;
    stage.now += 3_000;
    expect(typing()).toHaveLength(1);
  });
});

describe("when the clock goes ahead by hours, since the machine slept or was set", () => {
  test("the server is asked at once, and keeps the connection by its answer", () => {
    const stage = ready();
    stage.setAheadMs = 2 * HOUR_MS;
    passes(stage, 1000);
    expect(stage.sent()).toEqual(["PING 1000"]);
    stage.now += 5;
    stage.server(":s PONG s :1000");
    passes(stage, 20_000);
    expect([stage.told("stalled"), stage.sent()]).toEqual([[], []]);
  });

  test("a connection that died meanwhile is given up after ten seconds", () => {
    const stage = ready();
    stage.setAheadMs = 2 * HOUR_MS;
    passes(stage, 1000);
    passes(stage, 9_999);
    expect(stage.told("stalled")).toEqual([]);
    passes(stage, 1);
    expect(stage.told("stalled")).toHaveLength(1);
  });

  test("it isn't said to be connected before the server has said something", () => {
    const stage = ready();
    const isChecking = () => stage.session.state.isChecking;
    stage.setAheadMs = 2 * HOUR_MS;
    passes(stage, 1000);
    expect(isChecking()).toBe(true);
    expect(stage.events.at(-1)).toEqual({ kind: "phase", phase: { kind: "ready" } });
    stage.server(":jun!j@h PRIVMSG 민수 :hi");
    passes(stage, 1000);
    expect(isChecking()).toBe(false);
  });

  test("a log-in that is under way goes on", () => {
    const stage = new Stage();
    stage.session.connecting();
    stage.session.opened();
    stage.session.tick();
    stage.sent();
    stage.setAheadMs = 2 * HOUR_MS;
    sleeps(stage, 1000);
    sleeps(stage, 60_000);
    expect([stage.told("stalled"), stage.sent()]).toEqual([[], []]);
  });
});

describe("a program that was stopped and goes on", () => {
  test.each([10_000, SILENCE_MS_MAX + 1, HOUR_MS])("after %s ms asks the server at once", (ms) => {
    const stage = ready();
    sleeps(stage, ms);
    expect(stage.sent()).toEqual([`PING ${ms}`]);
    expect(stage.session.state.isChecking).toBe(true);
    // What the server had sent meanwhile is read only now.
    stage.now += 5;
    stage.server(`:s PONG s :${ms}`);
    passes(stage, 20_000);
    expect(stage.told("stalled")).toEqual([]);
    expect(stage.session.state.isChecking).toBe(false);
  });

  test("gives a dead connection up after ten seconds, however slow its ticks are", () => {
    const stage = ready();
    sleeps(stage, HOUR_MS);
    sleeps(stage, 6000);
    expect(stage.told("stalled")).toEqual([]);
    sleeps(stage, 6000);
    expect(stage.told("stalled")).toHaveLength(1);
  });

  test("asks nothing after a short stop", () => {
    const stage = ready();
    sleeps(stage, 4000);
    expect([stage.sent(), stage.session.state.isChecking]).toEqual([[], false]);
  });
});

describe("a server that owes an answer", () => {
  const since = (stage: Stage): number | null => stage.session.state.unansweredElapsedMs;

  test("to any line is pinged soon, and counts as silent since that line", () => {
    const stage = ready();
    stage.session.ask("ACCOUNT", ["CHECK", "jun"], () => {});
    stage.sent();
    passes(stage, 3000);
    expect([stage.sent(), since(stage)]).toEqual([[], 0]);
    passes(stage, 1000);
    expect(stage.sent()).toEqual(["PING 4000"]);
    passes(stage, 8000);
    expect([stage.sent(), since(stage)]).toEqual([[], 0]);
  });

  test("and has answered a later PING will never answer", () => {
    const stage = ready();
    stage.session.ask("ACCOUNT", ["CHECK", "jun"], () => {});
    passes(stage, 4000);
    stage.server(":s PONG s :4000");
    passes(stage, 1000);
    expect(since(stage)).toBeNull();
    passes(stage, 10_000);
    expect(stage.sent().filter((line) => line.startsWith("PING"))).toEqual(["PING 4000"]);
  });

  test("to a PING counts as silent since then, unless it says something else", () => {
    const stage = ready();
    passes(stage, 40_000);
    expect(since(stage)).toBe(30_000);
    stage.now += 1;
    stage.server(":jun!j@h PRIVMSG 민수 :hi");
    passes(stage, 1000);
    expect(since(stage)).toBeNull();
  });

  test("slowly is asked again soon, so that the time shown is not an old one", () => {
    const stage = ready();
    passes(stage, 30_000);
    stage.now += 3000;
    stage.session.tick();
    stage.server(":s PONG s :30000");
    expect(stage.session.state.latencyMs).toBe(3000);
    stage.sent();
    passes(stage, 4000);
    expect(stage.sent()).toEqual([]);
    passes(stage, 1000);
    expect(stage.sent()).toEqual(["PING 38000"]);
    stage.now += 7;
    stage.server(":s PONG s :38000");
    expect(stage.session.state.latencyMs).toBe(7);
  });
});
