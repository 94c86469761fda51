import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** EDIT (sodam.chat/edit). REDACT is in tests/caps/message-redaction.test.ts. */

const CAPS = ["sodam.chat/edit", "message-tags", "echo-message"];

function teahouse() {
  const scene = new Scene();
  const jun = scene.person("jun", ...CAPS).says("JOIN #tea");
  const mina = scene.person("mina", ...CAPS).says("JOIN #tea");
  const sora = scene.guest("sora").says("JOIN #tea");
  mina.says("PRIVMSG #tea :tee");
  const id = /msgid=([^; ]+)/.exec(mina.hears().at(-1) ?? "")?.[1] ?? "";
  for (const actor of [jun, mina, sora]) actor.hears();
  return { scene, jun, mina, sora, id };
}

test("EDIT is sent to clients with the capability, and as text to others", () => {
  const { mina, jun, sora, id } = teahouse();
  mina.says(`EDIT #tea ${id} :tea, of course`);
  expect(mina.hearsPlain()).toEqual([
    ":mina!u@mina00000001.account EDIT #tea id00000000000006 :tea, of course",
  ]);
  expect(jun.hearsPlain()).toEqual([
    ":mina!u@mina00000001.account EDIT #tea id00000000000006 :tea, of course",
  ]);
  expect(sora.hears()).toEqual([
    ":mina!u@mina00000001.account NOTICE #tea :(edited) tea, of course",
  ]);
});

test("history has the last text under the first msgid", () => {
  const { mina, id } = teahouse();
  mina.says(`EDIT #tea ${id} :one`, `EDIT #tea ${id} :two`, "CAP REQ :draft/chathistory");
  mina.hears();
  mina.says("CHATHISTORY LATEST #tea * 10");
  expect(mina.hears()).toEqual([
    "@msgid=id00000000000006;sodam.chat/edited=2026-11-22T00:30:00.006Z :mina!u@mina00000001.account PRIVMSG #tea :two",
  ]);
});

test("not even an op can edit another user's message", () => {
  const { jun, sora, id } = teahouse();
  jun.says(`EDIT #tea ${id} :mine`);
  sora.says(`EDIT #tea ${id} :mine`);
  expect(jun.hears()).toEqual([
    ":tea.test FAIL EDIT EDIT_FORBIDDEN #tea id00000000000006 :You can't change that message",
  ]);
  expect(sora.hears()).toEqual([
    ":tea.test FAIL EDIT EDIT_FORBIDDEN #tea id00000000000006 :You can't change that message",
  ]);
});

test("EDIT refuses unknown and expired messages", () => {
  const { scene, mina, id } = teahouse();
  mina.says(`EDIT #tea ${id}`, `EDIT #tea ${id} :`, "EDIT #tea nothing :x", `EDIT #none ${id} :x`);
  expect(mina.hears()).toEqual([
    ":tea.test 461 mina EDIT :Not enough parameters",
    ":tea.test FAIL EDIT EDIT_FORBIDDEN #tea id00000000000006 :You can't change that message",
    ":tea.test FAIL EDIT UNKNOWN_MSGID #tea nothing :There is no such message",
    ":tea.test FAIL EDIT INVALID_TARGET #none :There is no such room or person",
  ]);
  scene.passes(3_700_000);
  mina.hears();
  expect(mina.says(`EDIT #tea ${id} :late`).hears()).toEqual([
    ":tea.test FAIL EDIT EDIT_WINDOW_EXPIRED #tea id00000000000006 3600 :It is too late: messages can be changed for 60 minutes",
  ]);
});

test("an edit has the label on its author's copy, and doesn't happen when the disk is full", () => {
  const { scene, mina, jun, id } = teahouse();
  mina.says("CAP REQ :labeled-response batch server-time");
  mina.hears();
  mina.says(`@label=e1 EDIT #tea ${id} :tea`);
  expect(mina.hears()).toEqual([
    `@label=e1;time=2026-11-22T00:30:00.005Z;msgid=id00000000000007 :mina!u@mina00000001.account EDIT #tea ${id} :tea`,
  ]);
  jun.hears();
  scene.diskFull = true;
  mina.says(`@label=e2 EDIT #tea ${id} :milk`);
  expect(mina.hears()).toEqual([
    "@label=e2 :tea.test FAIL EDIT TEMPORARILY_UNAVAILABLE #tea :The server can't store that right now. Try again in a moment",
  ]);
  expect(jun.hears()).toEqual([]);
});

test("reactions and the peer's direct messages can't be edited", () => {
  const { jun, mina } = teahouse();
  mina.says("@+draft/react=🍵 TAGMSG #tea", "PRIVMSG jun :psst");
  const [reaction, letter] = mina.hears().map((line) => /msgid=([^; ]+)/.exec(line)?.[1]);
  jun.hears();
  for (const [actor, target, id] of [
    [mina, "#tea", reaction],
    [jun, "mina", letter],
  ] as const) {
    expect(actor.says(`EDIT ${target} ${id} :x`).hears().join()).toContain(
      "FAIL EDIT EDIT_FORBIDDEN",
    );
  }
});

test("a redacted message can't be edited", () => {
  const { mina, id } = teahouse();
  mina.says(`REDACT #tea ${id}`);
  mina.hears();
  expect(mina.says(`EDIT #tea ${id} :back`).hears()).toEqual([
    ":tea.test FAIL EDIT UNKNOWN_MSGID #tea id00000000000006 :There is no such message",
  ]);
});

test("a failed rewrite of a file is logged, even if the author's session has closed", () => {
  const { scene, mina, id } = teahouse();
  const { server } = scene;
  const answer = server.answer.bind(server) as (id: number, told: unknown) => void;
  server.answer = (query, told) => answer(query, "done" in told ? { done: false } : told);
  scene.holding = true;
  mina.says(`EDIT #tea ${id} :x`).vanishes();
  expect(scene.notes).toEqual([]);
  scene.settle();
  expect(scene.notes).toEqual(["room.tea.id00000000000001: a message could not be rewritten"]);
});

test("an op deletes the messages of members, and not of who stands above, here or away", () => {
  const scene = new Scene();
  const caps = ["message-tags", "echo-message"];
  const mina = scene.person("mina", ...caps).says("JOIN #tea", "CS REGISTER #tea");
  const jun = scene.person("jun", ...caps).says("JOIN #tea");
  const half = scene.person("half", "draft/message-redaction").says("JOIN #tea");
  mina.says("MODE #tea +oh jun half");
  const said = (actor: typeof mina, text: string) => {
    actor.hears();
    actor.says(`PRIVMSG #tea :${text}`);
    return /msgid=(\w+)/.exec(actor.hears().join("\n"))?.[1] ?? "";
  };
  const ids = [said(mina, "founder"), said(jun, "op")];
  for (const id of ids) {
    half.hears();
    half.says(`REDACT #tea ${id}`);
    expect(half.hears()[0]).toContain("FAIL REDACT REDACT_FORBIDDEN");
  }
  mina.says("PART #tea");
  half.hears();
  half.says(`REDACT #tea ${ids[0]}`);
  expect(half.hears()[0]).toContain("REDACT_FORBIDDEN");
  jun.says("MODE #tea -o jun");
  half.hears();
  half.says(`REDACT #tea ${ids[1]}`);
  expect(half.hears()[0]).toContain(` REDACT #tea ${ids[1]}`);
});

test("a pinned text follows its message: an edit changes it, and a redaction by whomever removes it", () => {
  const scene = new Scene();
  const caps = ["sodam.chat/edit", "draft/message-redaction", "draft/metadata-2", "message-tags"];
  const op = scene.person("op", ...caps).says("JOIN #tea", "METADATA * SUB sodam.chat/pinned");
  const jun = scene.person("jun", ...caps, "echo-message").says("JOIN #tea");
  jun.hears();
  jun.says("PRIVMSG #tea :we ship", "PRIVMSG #tea :on friday");
  const msgids = jun.hears().flatMap((line) => /msgid=(\w+)/.exec(line)?.[1] ?? []);
  const [first = "", second = ""] = msgids;
  op.says("METADATA #tea SET sodam.chat/pinned :jun: we ship");
  op.hears();
  const pinsHeard = (): string[] =>
    op
      .hears()
      .filter((line) => line.includes(" METADATA "))
      .map((line) => line.replace(/^.* METADATA /, ""));
  jun.says(`EDIT #tea ${second} :on monday`);
  expect(pinsHeard()).toEqual([]);
  jun.says(`EDIT #tea ${first} :we ship soon`);
  expect(pinsHeard()).toEqual(["#tea sodam.chat/pinned * :jun: we ship soon"]);
  jun.says(`REDACT #tea ${first}`);
  expect(pinsHeard()).toEqual(["#tea sodam.chat/pinned *"]);
  const again = scene.restart().connect().logsIn("op", ["draft/metadata-2"]);
  again.hears();
  again.says("METADATA #tea GET sodam.chat/pinned");
  expect(again.hears().join()).not.toContain("we ship");
});
