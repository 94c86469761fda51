import { describe, expect, test } from "bun:test";
import { SILENCE_MS_MAX } from "../../lib/chat-client/connection-timing.ts";
import { fold } from "../../lib/protocol/names.ts";
import { Stage } from "./stage.ts";

const HOUR_MS = 3_600_000;

/** A ready session, ticked once, whose first PING was answered. */
function ready(): Stage {
  const stage = new Stage().ready();
  stage.server(":s PONG s :0");
  stage.session.tick();
  stage.sent();
  return stage;
}

function passes(stage: Stage, ms: number): void {
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
      stage.session.sendTyping(fold("#tea"), "active");
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

  test("a log-in that is under way goes on", () => {
    const stage = new Stage();
    stage.session.connecting();
    stage.session.opened();
    stage.session.tick();
    stage.sent();
    stage.setAheadMs = 2 * HOUR_MS;
    passes(stage, 1000);
    passes(stage, 60_000);
    expect([stage.told("stalled"), stage.sent()]).toEqual([[], []]);
  });
});
