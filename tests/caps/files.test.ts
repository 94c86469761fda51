import { expect, test } from "bun:test";
import type { StoredFile } from "../../lib/chat-server/event.ts";
import type { Room } from "../../lib/chat-server/rooms/room.ts";
import { type Actor, Scene } from "../scene.ts";

/** The messages of files, without the transfers: see tests/commands/file*.test.ts for these. */

const FILE: StoredFile = {
  id: "file00000000000001",
  name: "build log\r\n.txt",
  size: 1_234_567,
  sha256: "0".repeat(64),
  type: "text/plain",
  path: "x/2026-11-22/file00000000000001-build log.txt",
};
const TAG =
  "sodam.chat/file=id=file00000000000001,size=1234567,sha256=0000000000000000000000000000000000000000000000000000000000000000,type=text/plain,name=build%20log%0D%0A.txt";
const LINK = "sodam://chat.example.org:6697/file-file00000000000001";

/** Says something with a file in a room. */
function shares(scene: Scene, actor: Actor, text: string): void {
  const room = scene.server.state.rooms.byName("#tea") as Room;
  const { user } = actor.session;
  if (user === null) throw new Error("nobody says it");
  const body = { kind: "said", verb: "PRIVMSG", text, tags: {}, file: FILE } as const;
  scene.server.state.commit(room, user.identity, body, null);
}

function play() {
  const scene = new Scene({ publicAddress: "chat.example.org" });
  const mina = scene.person("mina").says("JOIN #tea");
  const jun = scene.guest("jun", "sodam.chat/files").says("JOIN #tea");
  const hana = scene.guest("hana").says("JOIN #tea");
  for (const actor of [mina, jun, hana]) actor.hears();
  return { scene, mina, jun, hana };
}

test("a message with a file has its tag for those with the capability, and a text with a link for others", () => {
  const { scene, mina, jun, hana } = play();
  shares(scene, mina, "the log");
  shares(scene, mina, "");
  expect(jun.hears().map((line) => line.replace(/:mina\S+ PRIVMSG/, ":mina PRIVMSG"))).toEqual([
    `@${TAG} :mina PRIVMSG #tea :the log`,
    `@${TAG} :mina PRIVMSG #tea :`,
  ]);
  expect(hana.hears().map((line) => line.replace(/^\S+ PRIVMSG #tea /, ""))).toEqual([
    `:the log — build log.txt (1.2 MB) ${LINK}`,
    `:build log.txt (1.2 MB) ${LINK}`,
  ]);
});

test("the link is in pages of history, in the replay, and in what a search finds", () => {
  const { scene, mina, hana } = play();
  shares(scene, mina, "the log");
  shares(scene, mina, "");
  hana.hears();
  hana.says("HISTORY #tea 2");
  const texts = (lines: readonly string[]) =>
    lines.filter((line) => line.includes(LINK)).map((line) => line.replace(/^.* #tea :/, ""));
  const timed = [
    `[00:30] the log — build log.txt (1.2 MB) ${LINK}`,
    `[00:30] build log.txt (1.2 MB) ${LINK}`,
  ];
  expect(texts(hana.hears())).toEqual(timed);
  hana.says("PART #tea", "JOIN #tea");
  expect(texts(hana.hears())).toEqual(timed);
  const sora = scene.guest("sora", "soju.im/search").says("JOIN #tea");
  sora.hears();
  sora.says("SEARCH in=#tea;text=log");
  expect(texts(sora.hears())[0]).toBe(`the log — build log.txt (1.2 MB) ${LINK}`);
});

test("the capability says how large a file may be, and isn't offered without files", () => {
  const scene = new Scene();
  const newcomer = scene.connect();
  newcomer.says("CAP LS 302");
  expect(newcomer.hears().join(" ")).toContain(" sodam.chat/files=max=1000000 ");
  const without = new Scene({ files: { ...scene.server.state.options.files, isOn: false } });
  const other = without.connect();
  other.says("CAP LS 302");
  expect(other.hears().join(" ")).not.toContain("sodam.chat/files");
});
