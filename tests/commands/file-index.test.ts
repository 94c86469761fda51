import { expect, test } from "bun:test";
import type { StoredFile } from "../../lib/chat-server/event.ts";
import { mayFetch } from "../../lib/chat-server/files/file-access.ts";
import type { FileIndex, SentFile } from "../../lib/chat-server/files/file-index.ts";
import type { FileQuery } from "../../lib/chat-server/files/file-queries.ts";
import { type Actor, SCENE_OPTIONS, Scene } from "../scene.ts";
import { testWithOneServer } from "../takeover-stage.ts";

/** Which files there are, by the events, and who may have them. */

const CAPS = ["message-tags", "echo-message"];

/** A file of the bytes that a letter stands for: the same letter, the same bytes. */
function fileOf(letter: string, id: string, fields: Partial<StoredFile> = {}): StoredFile {
  const path = `tea/2026-11-22/${letter}.txt`;
  const facts = { name: `${letter}.txt`, size: 100, type: "text/plain" };
  return { id: id.padEnd(16, "0"), sha256: letter.repeat(64), path, ...facts, ...fields };
}

/** Says something with a file, as the server does when its bytes are there. Returns the message's id. */
function sends(scene: Scene, actor: Actor, target: string, file: StoredFile, withheld = false) {
  const { state } = scene.server;
  const { user } = actor.session;
  if (user === null) throw new Error("nobody is logged in");
  const peer = state.accountOfNick(target);
  const conversation =
    state.rooms.byName(target) ??
    (user.accountId !== null && peer !== null
      ? state.directConversation(user.accountId, peer, user.identity)
      : null);
  if (conversation === null) throw new Error(`there is no ${target}`);
  const said = { kind: "said", verb: "PRIVMSG", text: "", tags: {}, file } as const;
  const body = withheld ? ({ ...said, withheld: true } as const) : said;
  const event = state.commit(conversation, user.identity, body, null);
  if (event === null) throw new Error("it wasn't stored");
  return event.msgid;
}

function teahouse() {
  const scene = new Scene();
  const jun = scene.person("jun", ...CAPS).says("JOIN #tea");
  const mina = scene.person("mina", ...CAPS).says("JOIN #tea");
  return { scene, jun, mina, removed: removedOf(scene), files: () => indexOf(scene) };
}

/** The index of the server that is there now: on a stage with takeovers it is another one after each turn. */
function indexOf(scene: Scene): FileIndex {
  return scene.server.state.rooms.files;
}

/** Collects the paths that are removed from now on: once each, as a server that follows asks for the same in its folder. */
function removedOf(scene: Scene): readonly string[] {
  const removed: string[] = [];
  scene.answersFiles = (query) => {
    if (query.kind === "remove-files") {
      removed.push(...query.paths.filter((path) => !removed.includes(path)));
    }
    return { done: true };
  };
  return removed;
}

function byId(first: SentFile, second: SentFile): number {
  return first.file.id < second.file.id ? -1 : 1;
}

function isGiven(scene: Scene, actor: Actor, id: string): boolean {
  return mayFetch(scene.server.state, actor.session.user, id) !== null;
}

test("a file that was sent twice counts once, and goes with the last message that names it", () => {
  const { scene, jun, mina, files, removed } = teahouse();
  mina.says("JOIN #two");
  const first = sends(scene, mina, "#tea", fileOf("a", "first"));
  const again = sends(scene, mina, "#two", fileOf("a", "again"));
  const juns = sends(scene, jun, "#tea", fileOf("b", "juns", { size: 7, preview: 3 }));
  const state = scene.server.state;
  const [tea, two] = [state.rooms.byName("#tea"), state.rooms.byName("#two")];
  const [minaId, junId] = [mina.session.accountId, jun.session.accountId];
  if (tea === null || two === null || minaId === null || junId === null) throw new Error("nobody");
  const sums = () => [
    files().bytes,
    files().bytesOf(minaId),
    files().bytesOf(junId),
    files().bytesIn(tea.id),
    files().bytesIn(two.id),
  ];
  expect(sums()).toEqual([110, 100, 10, 110, 100]);
  expect(files().byHash("a".repeat(64))?.path).toBe("tea/2026-11-22/a.txt");
  mina.says(`REDACT #tea ${first}`);
  expect(sums()).toEqual([110, 100, 10, 10, 100]);
  expect([files().byId(fileOf("a", "first").id), removed]).toEqual([null, []]);
  mina.says(`REDACT #two ${again}`);
  expect(sums()).toEqual([10, 0, 10, 10, 0]);
  expect(files().byHash("a".repeat(64))).toBeNull();
  expect(removed).toEqual(["tea/2026-11-22/a.txt"]);
  jun.says(`REDACT #tea ${juns}`);
  expect(sums()).toEqual([0, 0, 0, 0, 0]);
  const preview = "tea/2026-11-22/.juns000000000000.preview.webp";
  expect(removed).toEqual(["tea/2026-11-22/a.txt", preview, "tea/2026-11-22/b.txt"]);
});

test("the files of who is forgotten go, and others' stay", () => {
  const { scene, jun, mina, removed, files } = teahouse();
  sends(scene, mina, "#tea", fileOf("a", "minas"));
  sends(scene, jun, "#tea", fileOf("b", "juns"));
  sends(scene, mina, "jun", fileOf("c", "direct"));
  mina.says("ACCOUNT CONFIRM :mina-password", "ACCOUNT FORGET");
  expect([...files().all()].map(({ file }) => file.name)).toEqual(["b.txt"]);
  expect(removed.toSorted()).toEqual(["tea/2026-11-22/a.txt", "tea/2026-11-22/c.txt"]);
});

test("the files of a room that is gone go", () => {
  const { scene, jun, mina, removed, files } = teahouse();
  sends(scene, mina, "#tea", fileOf("a", "minas"));
  mina.says("PART #tea");
  expect(removed).toEqual([]);
  jun.says("PART #tea");
  expect([files().size, files().bytes, removed]).toEqual([0, 0, ["tea/2026-11-22/a.txt"]]);
});

// A server that starts doesn't take up files that are too old, and the sweep of its start deletes them: with another server
// in each turn, nothing is left for the one that is asked here.
testWithOneServer(
  "files go with the days that are kept, and a restart doesn't bring them back",
  () => {
    const scene = new Scene({ keepDays: 2 });
    const mina = scene.person("mina", ...CAPS).says("JOIN #tea");
    sends(scene, mina, "#tea", fileOf("a", "old"));
    scene.passes(2 * 86_400_000);
    sends(scene, mina, "#tea", fileOf("b", "new"));
    const removed = removedOf(scene);
    scene.server.retain();
    expect([...indexOf(scene).all()].map(({ file }) => file.name)).toEqual(["a.txt", "b.txt"]);
    scene.passes(86_400_000);
    scene.server.retain();
    scene.passes(0);
    expect([...indexOf(scene).all()].map(({ file }) => file.name)).toEqual(["b.txt"]);
    expect(removed).toEqual(["tea/2026-11-22/a.txt"]);
    expect([...scene.crash().server.state.rooms.files.all()]).toHaveLength(1);
  },
);

test("files can be kept for less time than their messages", () => {
  const files = { ...SCENE_OPTIONS.files, isOn: false, keepDays: 1 };
  const scene = new Scene({ files });
  const mina = scene.person("mina", ...CAPS).says("JOIN #tea");
  sends(scene, mina, "#tea", fileOf("a", "old"));
  scene.passes(2 * 86_400_000);
  sends(scene, mina, "#tea", fileOf("b", "new"));
  scene.server.retain();
  const { rooms } = scene.server.state;
  expect([...rooms.files.all()].map(({ file }) => file.name)).toEqual(["b.txt"]);
  const said = rooms.byName("#tea")?.recentEvents.filter(({ kind }) => kind === "said");
  expect(said).toHaveLength(2);
  expect(isGiven(scene, mina, fileOf("a", "old").id)).toBe(false);
});

test("what nobody can fetch any more is deleted in the background", () => {
  const scene = new Scene();
  const mina = scene.person("mina", ...CAPS).says("JOIN #tea");
  const msgid = sends(scene, mina, "#tea", fileOf("a", "minas", { preview: 3 }));
  const queries: FileQuery[] = [];
  scene.answersFiles = (query) => {
    queries.push(query);
    return { done: true };
  };
  mina.says(`REDACT #tea ${msgid}`);
  expect(queries).toEqual([
    {
      kind: "remove-files",
      paths: ["tea/2026-11-22/.minas00000000000.preview.webp", "tea/2026-11-22/a.txt"],
    },
  ]);
});

test("after a restart the same files are there, and after a crash without a snapshot too", () => {
  const { scene, jun, mina, files } = teahouse();
  sends(scene, mina, "#tea", fileOf("a", "first"));
  sends(scene, jun, "#tea", fileOf("a", "again", { name: "other.txt" }));
  sends(scene, mina, "jun", fileOf("c", "direct", { preview: 5, width: 2, height: 1 }), true);
  const gone = sends(scene, jun, "#tea", fileOf("d", "gone"));
  jun.says(`REDACT #tea ${gone}`);
  const before = [...files().all()];
  expect(before).toHaveLength(3);
  for (const later of [scene.restart(), scene.crash()]) {
    const restored = later.server.state.rooms.files;
    expect([...restored.all()].toSorted(byId)).toEqual(before.toSorted(byId));
    expect([restored.bytes, restored.size]).toEqual([files().bytes, files().size]);
  }
});

test("a file that the index has already is not counted again", () => {
  const { scene, mina, files } = teahouse();
  sends(scene, mina, "#tea", fileOf("a", "first", { preview: 5 }));
  const [sent] = files().all();
  if (sent === undefined) throw new Error("it isn't there");
  files().add({ ...sent });
  expect([files().size, files().bytes, files().countIn(sent.conversation)]).toEqual([1, 105, 1]);
  expect(files().hasPath(sent.file.path)).toBe(true);
});

test("who may read the message may have its file", () => {
  const { scene, jun, mina } = teahouse();
  const { id } = fileOf("a", "minas");
  sends(scene, mina, "#tea", fileOf("a", "minas"));
  const sora = scene.person("sora", ...CAPS);
  expect([jun, mina, sora].map((actor) => isGiven(scene, actor, id))).toEqual([true, true, false]);
  expect(mayFetch(scene.server.state, null, id)).toBeNull();
  sora.says("JOIN #tea");
  expect(isGiven(scene, sora, id)).toBe(true);
  jun.says("KICK #tea sora", "MODE #tea +b sora");
  expect(isGiven(scene, sora, id)).toBe(false);
});

test("in a room without history for newcomers, only who was there gets a file", () => {
  const { scene, jun, mina } = teahouse();
  jun.says("MODE #tea +H");
  const { id } = fileOf("a", "minas");
  sends(scene, mina, "#tea", fileOf("a", "minas"));
  const sora = scene.person("sora", ...CAPS).says("JOIN #tea");
  expect([jun, sora].map((actor) => isGiven(scene, actor, id))).toEqual([true, false]);
});

test("the file of a direct message is for the two of it, and a withheld one for its sender", () => {
  const { scene, jun, mina } = teahouse();
  const sora = scene.person("sora", ...CAPS);
  sends(scene, mina, "jun", fileOf("a", "shown"));
  sends(scene, mina, "jun", fileOf("b", "hidden"), true);
  const people = [mina, jun, sora];
  const isGivenTo = (id: string) => people.map((actor) => isGiven(scene, actor, id));
  expect(isGivenTo(fileOf("a", "shown").id)).toEqual([true, true, false]);
  expect(isGivenTo(fileOf("b", "hidden").id)).toEqual([true, false, false]);
});
