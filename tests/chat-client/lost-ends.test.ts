import { describe, expect, test } from "bun:test";
import { BATCH_SECONDS_MAX } from "../../lib/chat-client/receive/batch-reader.ts";
import { NAMES_SECONDS_MAX } from "../../lib/chat-client/receive/user-changes.ts";
import { REGISTRATION_SECONDS_MAX } from "../../lib/chat-client/registration/negotiation.ts";
import { fold } from "../../lib/protocol/names.ts";
import { labelOf, Stage } from "./stage.ts";

/* What a server begins and never ends: nothing on this side waits for it for ever. */

const JOINED = [":민수!u@h JOIN #tea", ":s 353 민수 = #tea :@mina 민수", ":s 366 민수 #tea :end"];

/** Lets seconds pass in which the server sends what it sends all the time. */
function pass(stage: Stage, seconds: number, ...lines: string[]): void {
  for (let second = 0; second < seconds; second += 1) {
    stage.now += 1000;
    stage.server("PING :x", ...lines);
    stage.session.tick();
  }
}

describe("registration", () => {
  test.each([
    ["a list of capabilities goes on", [":s CAP * LS * :a"]],
    ["a request for capabilities has no answer", [":s CAP * LS :server-time batch"]],
    ["nobody is welcomed", [":s CAP * LS :x/y"]],
  ])("is given up after a minute if %s", (_, lines) => {
    const stage = new Stage();
    stage.session.connecting();
    stage.session.opened();
    stage.server(...lines);
    pass(stage, REGISTRATION_SECONDS_MAX - 1, ...lines.slice(0, 1));
    expect(stage.told("stalled")).toEqual([]);
    pass(stage, 2);
    expect(stage.told("stalled")).toHaveLength(1);
  });

  test("is given up if a log-in has no answer, but not while the user is asked", () => {
    const stage = new Stage({ wait: true });
    stage.session.connecting();
    stage.session.opened();
    stage.server(":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl");
    expect(stage.told("awaiting-login")).toHaveLength(1);
    pass(stage, 10 * REGISTRATION_SECONDS_MAX);
    expect(stage.told("stalled")).toEqual([]);
    stage.session.logIn({ kind: "password", account: "민수", password: "열려라참깨" });
    stage.server("AUTHENTICATE +");
    pass(stage, REGISTRATION_SECONDS_MAX - 1);
    expect(stage.told("stalled")).toEqual([]);
    pass(stage, 1);
    expect(stage.told("stalled")).toHaveLength(1);
  });

  test("is over ten seconds after a welcome without an end", () => {
    const stage = new Stage();
    stage.session.connecting();
    stage.session.opened();
    stage.server(":s CAP * LS :", ":s 001 민수 :hi");
    pass(stage, 9);
    expect(stage.told("ready")).toEqual([]);
    pass(stage, 1);
    expect(stage.told("ready")).toHaveLength(1);
    stage.server(":s 376 민수 :end");
    expect(stage.told("ready")).toHaveLength(1);
  });
});

describe("a batch without an end", () => {
  function inRoom(): Stage {
    const stage = new Stage().ready().server(...JOINED);
    const [page] = stage.sent().filter((line) => line.includes("CHATHISTORY LATEST"));
    stage.server(`@label=${labelOf(page)} :s BATCH +p chathistory #tea`, ":s BATCH -p");
    return stage;
  }

  test("gives what it holds after a while, and lets later lines through", () => {
    const stage = inRoom();
    stage.server(
      "@msgid=1 :mina!u@h BATCH +m draft/multiline #tea",
      "@batch=m :mina!u@h PRIVMSG #tea :one",
      "@batch=m :mina!u@h PRIVMSG #tea :two",
      ":s BATCH +n netjoin a b",
      "@batch=n :jun!u@h JOIN #tea",
    );
    pass(stage, BATCH_SECONDS_MAX - 1);
    expect(stage.at("#tea").members.size).toBe(2);
    stage.server("@batch=m :mina!u@h PRIVMSG #tea :three");
    pass(stage, 1);
    expect(stage.at("#tea").members.size).toBe(3);
    pass(stage, BATCH_SECONDS_MAX);
    expect(stage.last("#tea").text).toBe("one\ntwo\nthree");
    stage.server("@batch=n :sora!u@h JOIN #tea", ":s BATCH -n", ":s BATCH -m");
    expect(stage.at("#tea").members.size).toBe(4);
  });

  test("that answers a question is dropped: half a page is no page, and late lines are no news", () => {
    const stage = inRoom();
    stage.session.history.loadOlder(fold("#tea"));
    stage.server("@msgid=9 :mina!u@h PRIVMSG #tea :now");
    stage.session.history.loadOlder(fold("#tea"));
    stage.server(":s BATCH +h chathistory #tea", "@batch=h;msgid=1 :mina!u@h PRIVMSG #tea :old");
    pass(stage, BATCH_SECONDS_MAX);
    stage.server("@batch=h;msgid=2 :mina!u@h PRIVMSG #tea :old too", ":s BATCH -h");
    expect(stage.texts("#tea").at(-1)).toBe("now");
    expect(stage.texts("#tea")).not.toContain("old");
    pass(stage, 60);
    expect(stage.at("#tea").loadingOlder).toBe(false);
  });

  test("makes room for others", () => {
    const stage = inRoom();
    for (let n = 0; n < 100; n += 1) stage.server(`:s BATCH +lost${n} netjoin a b`);
    pass(stage, BATCH_SECONDS_MAX);
    stage.server(
      ":mina!u@h BATCH +m draft/multiline #tea",
      "@batch=m :mina!u@h PRIVMSG #tea :one",
      "@batch=m :mina!u@h PRIVMSG #tea :two",
      ":s BATCH -m",
    );
    expect(stage.last("#tea").text).toBe("one\ntwo");
  });
});

test("NAMES without an end lists whom it named", () => {
  const stage = new Stage().ready().server(JOINED[0] ?? "", JOINED[1] ?? "");
  pass(stage, NAMES_SECONDS_MAX - 1);
  expect(stage.at("#tea").members.has(fold("mina"))).toBe(false);
  pass(stage, 1);
  expect(stage.at("#tea").members.has(fold("mina"))).toBe(true);
});

test("a request without an answer is lost after a minute, whatever else comes", () => {
  const stage = new Stage().ready().server(...JOINED);
  const answers: string[] = [];
  stage.session.ask("LUSERS", [], ({ kind }) => answers.push(kind));
  stage.session.commands.list("", (rooms) => answers.push(rooms === null ? "lost" : "rooms"));
  stage.session.commands.whois("mina", ({ kind }) => answers.push(kind));
  pass(stage, 61);
  expect(answers).toEqual(["lost", "lost", "lost"]);
  expect(stage.at("#tea").catchingUp).toBe(false);
});

test.each([
  ["doesn't know the command", ":s 421 민수 INVITATION :Unknown command"],
  ["wants more of it", ":s 461 민수 INVITATION :Not enough parameters"],
  ["refuses it by a standard reply", "FAIL INVITATION NO_RIGHTS LIST :Not yours"],
])("a request has its answer if a server without labels %s", (_, refusal) => {
  const stage = new Stage().ready("server-time");
  const answers: string[] = [];
  const isAnswer = ({ verb }: { readonly verb: string }): boolean => verb === "INVITED";
  stage.session.ask("INVITATION", ["LIST"], ({ kind }) => answers.push(kind), { isAnswer });
  stage.server(":s 421 민수 WHOX :Unknown command");
  expect(answers).toEqual([]);
  stage.server(refusal);
  expect(answers).toEqual(["failed"]);
});
