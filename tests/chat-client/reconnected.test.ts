/** What the last connection has told is not true of the next one. */
import { describe, expect, test } from "bun:test";
import { Stage } from "./stage.ts";

const JOINED = ":민수!u@h JOIN #tea";

/** Breaks the connection, and has the next one welcomed. */
function comesBack(stage: Stage, caps = "", isupport = "NETWORK=x"): Stage {
  stage.session.closed("lost");
  stage.sent();
  return stage.ready(caps, isupport);
}

describe("after a lost connection", () => {
  test("who was away is away again at a server that has forgotten it", () => {
    const stage = new Stage().ready("", "NETWORK=x");
    stage.session.commands.away("lunch");
    stage.server(":s 306 민수 :You are away");
    stage.session.closed("lost");
    stage.session.opened();
    stage.sent();
    stage.server(":s 001 민수 :hi", ":s 422 민수 :no MOTD");
    expect(stage.sent()).toContain("AWAY lunch");
  });

  test("who came back before it isn't away", () => {
    const stage = new Stage().ready("", "NETWORK=x");
    stage.session.commands.away("lunch");
    stage.server(":s 306 민수 :You are away", ":s 305 민수 :You are back");
    stage.session.closed("lost");
    stage.sent();
    stage.session.opened();
    stage.server(":s 001 민수 :hi", ":s 422 민수 :no MOTD");
    expect(stage.sent().join()).not.toContain("AWAY");
  });

  test("nobody is an operator before the server says so again", () => {
    const stage = new Stage().ready("", "NETWORK=x").server(":s 381 민수 :You are an operator");
    expect(stage.session.state.me.operator).toBe(true);
    expect(comesBack(stage).session.state.me.operator).toBe(false);
    expect(stage.server(":s MODE 민수 +o").session.state.me.operator).toBe(true);
  });

  test("a topic, a pinned text and modes that were taken away meanwhile are gone", () => {
    const stage = new Stage().ready("", "NETWORK=x").server(JOINED, ":s 332 민수 #tea :green");
    stage.server(":s 761 민수 #tea sodam.chat/pinned * :read me", ":s 324 민수 #tea +m");
    expect(stage.at("#tea")).toMatchObject({ topic: "green", pinned: "read me", modes: "m" });
    comesBack(stage).server(JOINED);
    expect(stage.at("#tea")).toMatchObject({ topic: "", topicBy: null, pinned: null, modes: "" });
  });

  test("names are compared as before until the server says how, and nothing moves", () => {
    const stage = new Stage().ready("", "CASEMAPPING=ascii");
    stage.server(":[jun]!j@h PRIVMSG 민수 :hi", ":[jo]!j@h PRIVMSG 민수 :hi");
    comesBack(stage, "", "CASEMAPPING=ascii");
    expect(stage.told("conversation-moved")).toEqual([]);
  });

  test("another case mapping moves conversations with their order and what was set of them", () => {
    const stage = new Stage().ready("", "CASEMAPPING=ascii");
    stage.server(":[jun]!j@h PRIVMSG 민수 :one", ":mina!j@h PRIVMSG 민수 :two");
    stage.session.preferences.set(stage.at("[jun]").key, "level", "nothing");
    comesBack(stage, "", "CASEMAPPING=rfc1459");
    const names = [...stage.session.state.conversations].map(([key, { name }]) => `${key} ${name}`);
    expect(names.slice(1)).toEqual(["{jun} [jun]", "mina mina"]);
    expect(stage.at("{jun}")).toMatchObject({ level: "nothing", key: "{jun}" });
    expect(stage.told("conversation-moved").map(({ was, key }) => `${was} ${key}`)).toEqual([
      "[jun] {jun}",
    ]);
  });
});

test("a server that names more direct conversations than were asked for opens no more", () => {
  const stage = new Stage();
  stage.session.opened();
  stage.server(":s CAP * LS :batch draft/chathistory", ":s CAP * ACK :batch draft/chathistory");
  stage.server(":s 001 민수 :hi", ":s 005 민수 CHATHISTORY=50 :are", ":s 422 민수 :none");
  stage.server(":s BATCH +t draft/chathistory-targets");
  for (let number = 0; number < 200; number += 1) {
    stage.server(`@batch=t :s CHATHISTORY TARGETS nick${number} 2026-11-22T00:00:00.000Z`);
  }
  stage.server(":s BATCH -t");
  expect(stage.session.state.conversations.size).toBe(1 + 50);
});
