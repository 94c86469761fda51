import { expect, test } from "bun:test";
import { runSteps } from "../../lib/chat-server/command.ts";
import type { StoredFile } from "../../lib/chat-server/event.ts";
import { listFiles } from "../../lib/chat-server/files/file-list-reply.ts";
import { parseFileFacts } from "../../lib/protocol/file-facts.ts";
import { parseMessage } from "../../lib/protocol/wire/message.ts";
import { type Actor, Scene } from "../scene.ts";

/** FILE LIST: the files of a room, newest last, filtered and in pages. */

const CAPS = ["message-tags", "batch", "account-tag"];

function fileOf(name: string, type: string, id: string): StoredFile {
  const path = `room.tea/2026-11-22/${id}-${name}`;
  return { id: id.padEnd(16, "0"), name, type, size: 5, sha256: "a".repeat(64), path };
}

function sends(scene: Scene, actor: Actor, file: StoredFile): string {
  const { state } = scene.server;
  const { user } = actor.session;
  const room = state.rooms.byName("#tea");
  if (user === null || room === null) throw new Error("nobody is there");
  const body = { kind: "said", verb: "PRIVMSG", text: "", tags: {}, file } as const;
  return state.commit(room, user.identity, body, null)?.msgid ?? "";
}

/** Asks for a list as `FILE` does, and returns the lines of the answer. */
function lists(scene: Scene, actor: Actor, ...params: string[]): string[] {
  const { state } = scene.server;
  const { session } = actor;
  const { user } = session;
  if (user === null) throw new Error("nobody is logged in");
  actor.hears();
  const message = parseMessage(`FILE LIST ${params.slice(0, -1).join(" ")}`);
  if (message === null) throw new Error("no message");
  const reply = state.unsolicitedReply(session);
  const context = { state, session, user, message, params: ["LIST", ...params], reply };
  state.runInBackground(runSteps(listFiles(context)));
  scene.settle();
  return actor.hears();
}

function names(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const facts = parseMessage(line)?.tags.get("sodam.chat/file");
    return facts === undefined ? [] : [parseFileFacts(facts)?.name ?? "?"];
  });
}

function teahouse() {
  const scene = new Scene();
  const jun = scene.person("jun", ...CAPS).says("JOIN #tea");
  const mina = scene.person("mina", ...CAPS).says("JOIN #tea");
  const ids = [
    sends(scene, mina, fileOf("회의록.txt", "text/plain", "minutes")),
    sends(scene, jun, fileOf("Sunset over tea.png", "image/png", "sunset")),
    sends(scene, mina, fileOf("report.pdf", "application/pdf", "report")),
    sends(scene, mina, fileOf("tea.webm", "video/webm", "film")),
  ];
  return { scene, jun, mina, ids };
}

test("a list is a batch of the files, oldest first, each with its message", () => {
  const { scene, jun, ids } = teahouse();
  expect(lists(scene, jun, "#tea", "2")).toEqual([
    ":tea.test BATCH +1 sodam.chat/files #tea",
    `@batch=1;time=2026-11-22T00:30:00.005Z;msgid=${ids[2]};account=mina;sodam.chat/file=id=report0000000000,size=5,sha256=${"a".repeat(64)},type=application/pdf,name=report.pdf :mina!u@mina00000001.account FILE ITEM #tea`,
    `@batch=1;time=2026-11-22T00:30:00.006Z;msgid=${ids[3]};account=mina;sodam.chat/file=id=film000000000000,size=5,sha256=${"a".repeat(64)},type=video/webm,name=tea.webm :mina!u@mina00000001.account FILE ITEM #tea`,
    ":tea.test BATCH -1",
  ]);
});

test("a list goes on before a message, also one that is gone", () => {
  const { scene, jun, mina, ids } = teahouse();
  const page = (before = "") => names(lists(scene, jun, "#tea", "2", before));
  expect(page(`msgid=${ids[2]}`)).toEqual(["회의록.txt", "Sunset over tea.png"]);
  expect(page(`msgid=${ids[0]}`)).toEqual([]);
  mina.says(`REDACT #tea ${ids[3]}`);
  expect(page("*")).toEqual(["Sunset over tea.png", "report.pdf"]);
});

test("files of one moment, as an imported log has them, don't fall between two pages", () => {
  const { scene, jun } = teahouse();
  const { files } = scene.server.state.rooms;
  const sent = files.byId("film".padEnd(16, "0"));
  if (sent === null) throw new Error("it isn't there");
  for (const number of [1, 2, 3, 4, 5]) {
    const file = fileOf(`${number}.txt`, "text/plain", `second${number}`);
    files.add({ ...sent, position: sent.position + number, msgid: `m${number}`, file });
  }
  const page = (before: string) => names(lists(scene, jun, "#tea", "2", before));
  expect([page("*"), page("msgid=m4"), page("msgid=m2")]).toEqual([
    ["4.txt", "5.txt"],
    ["2.txt", "3.txt"],
    ["tea.webm", "1.txt"],
  ]);
});

test("a list is filtered by name, person and kind", () => {
  const { scene, jun } = teahouse();
  const filtered = (filter: string) => names(lists(scene, jun, "#tea", "10", "*", filter));
  expect(filtered("TEA")).toEqual(["Sunset over tea.png", "tea.webm"]);
  expect(filtered("tea sunset")).toEqual(["Sunset over tea.png"]);
  expect(filtered('"over tea"')).toEqual(["Sunset over tea.png"]);
  expect(filtered("회의")).toEqual(["회의록.txt"]);
  expect(filtered("from:mina type:video")).toEqual(["tea.webm"]);
  expect(filtered("from:jun")).toEqual(["Sunset over tea.png"]);
  expect(filtered("from:nobody")).toEqual([]);
  expect(filtered("type:text")).toEqual(["회의록.txt"]);
  expect(filtered("type:picture")).toEqual(["Sunset over tea.png"]);
});

test("what is no list is refused", () => {
  const { scene, jun } = teahouse();
  const refused = (...params: string[]) =>
    lists(scene, jun, ...params).map((line) => line.split(" ").slice(2, 5).join(" "));
  expect(refused("#tea", "none", "*", "")).toEqual(["FILE INVALID_PARAMS LIST"]);
  expect(refused("#tea", "5", "yesterday", "")).toEqual(["FILE INVALID_PARAMS LIST"]);
  expect(refused("#tea", "5", "*", "type:smell")).toEqual(["FILE INVALID_PARAMS LIST"]);
  expect(refused("#other", "5", "*", "")).toEqual(["FILE INVALID_TARGET LIST"]);
  expect(names(lists(scene, jun, "mina", "5", "*", ""))).toEqual([]);
});

test("who joined a room without history sees the files since then, and a stranger none", () => {
  const { scene, jun, mina } = teahouse();
  const sora = scene.person("sora", ...CAPS);
  expect(lists(scene, sora, "#tea", "5", "*", "")[0]).toContain("INVALID_TARGET");
  jun.says("MODE #tea +H");
  sora.says("JOIN #tea");
  sends(scene, mina, fileOf("new.txt", "text/plain", "new"));
  expect(names(lists(scene, sora, "#tea", "5", "*", ""))).toEqual(["new.txt"]);
});

test("a list stops when its asker is kicked while it is made", () => {
  const { scene, jun, mina } = teahouse();
  for (let count = 0; count < 1000; count += 1) {
    sends(scene, mina, fileOf(`${count}.txt`, "text/plain", `many${count}`));
  }
  expect(names(lists(scene, jun, "#tea", "1000"))).toHaveLength(500);
  scene.holding = true;
  const { state } = scene.server;
  const { session } = mina;
  const { user } = session;
  const message = parseMessage("FILE LIST #tea 500");
  if (user === null || message === null) throw new Error("nobody is logged in");
  mina.hears();
  const reply = state.unsolicitedReply(session);
  const params = ["LIST", "#tea", "500"];
  state.runInBackground(runSteps(listFiles({ state, session, user, message, params, reply })));
  const before = names(mina.hears()).length;
  expect(before).toBeLessThan(500);
  scene.holding = false;
  jun.says("KICK #tea mina");
  scene.settle();
  expect(names(mina.hears())).toEqual([]);
});
