import { expect, test } from "bun:test";
import { ko } from "../../lib/app/i18n/ko.ts";
import { type Running, startServer } from "./house.ts";
import { Person } from "./person.ts";
import { Folder } from "./program.ts";
import { Stranger } from "./stranger.ts";

const { menu, signUp, logIn, receipts, rooms } = ko;
const SERVER = ["--guests", "--no-flood-control"];
const ROOM = "#수다방";
const FLOOD_LINES = 20_000;

/** A guest called tom in the room, who also exists at the other server. */
async function tomAt(server: Running): Promise<Stranger> {
  const tom = await Stranger.connect(server.port);
  for (const line of ["NICK tom", "USER tom 0 * :tom", `JOIN ${ROOM}`]) tom.says(line);
  await tom.hears(/ 366 /);
  return tom;
}

/** Returns the sidebar's rows, without the numbers. */
function sidebarOf(person: Person): string[] {
  return person.screen.rows().map((row) => row.split("│")[0]?.trim() ?? "");
}

test("one screen holds two servers: one floods, the other is killed, and nothing of them mixes", async () => {
  using folder = new Folder();
  using otherFolder = new Folder();
  await using first = await startServer(folder, SERVER);
  await using second = await startServer(otherFolder, SERVER);
  const hosts = [first, second].map(({ port }) => `127.0.0.1:${port}`);
  const [firstHost = "", secondHost = ""] = hosts;
  const minsu = new Person("민수", first.link, folder);
  await minsu.signsUp(firstHost);
  await minsu.answers(rooms.title("민수"), "");
  await minsu.answers(rooms.newName, "수다방");
  await minsu.answers(rooms.topicOf, "");
  await minsu.answers(rooms.publicly, "");
  await minsu.says("여기는 첫째");

  // Its questions are asked outside of the chat, and what was answered for a person isn't asked again.
  minsu.types(`/connect ${second.link}`);
  await minsu.answers(menu.title(secondHost), "");
  await minsu.answers(signUp.account, "민수");
  await minsu.answers(signUp.password(8), "correct horse 말");
  await minsu.answers(signUp.again, "correct horse 말");
  await minsu.answers(logIn.remember, "");
  await minsu.screen.until(() => hosts.every((host) => sidebarOf(minsu).includes(host)));
  expect(minsu.screen.written.split(receipts.ask.slice(0, 12)).length).toBeLessThanOrEqual(3);
  minsu.types("/create 수다방");
  await minsu.reads(/\[수다방\]/);
  await minsu.says("여기는 둘째");
  await using tomThere = await tomAt(second);
  await using tomHere = await tomAt(first);
  tomHere.says(`PRIVMSG ${ROOM} :첫째의 톰`);
  tomThere.says(`PRIVMSG ${ROOM} :둘째의 톰`);
  await minsu.reads(/tom +둘째의 톰/);
  expect(minsu.screen.rows().join("\n")).not.toContain("첫째");

  // The second server floods; at the first one people talk on.
  minsu.screen.type("\x1b1");
  await minsu.reads(/tom +첫째의 톰/);
  expect(minsu.screen.rows().join("\n")).not.toContain("둘째의");
  const flood = Array.from({ length: FLOOD_LINES }, (_, line) => `PRIVMSG ${ROOM} :flood ${line}`);
  tomThere.sends(`${flood.join("\r\n")}\r\n`);
  await minsu.screen.until(() => sidebarOf(minsu).some((row) => /수다방.*999\+/.test(row)));
  tomHere.says(`PRIVMSG ${ROOM} :들려요?`);
  await minsu.reads(/ 들려요\?$/);
  await minsu.says("잘 들려요");
  await tomHere.hears(/PRIVMSG #수다방 :잘 들려요/);
  await tomThere.isAnswered();
  minsu.screen.type("\x1b2");
  await minsu.reads(new RegExp(`tom .*flood|flood ${FLOOD_LINES - 1}`));
  expect(tomThere.lines.join("\n")).not.toContain("잘 들려요");

  // One that is killed says so, and the other goes on.
  first.program.kill("SIGKILL");
  await minsu.screen.until(() =>
    sidebarOf(minsu).some((row) => row.startsWith(firstHost) && row.includes("○")),
  );
  await minsu.says("나는 아직 있어요");
  await tomThere.hears(/PRIVMSG #수다방 :나는 아직 있어요/);
  minsu.types("/quit");
  expect(await minsu.screen.exited).toBe(0);
  minsu[Symbol.dispose]();

  // The next start connects to both, and the one that is down keeps nobody from the other.
  using back = new Person("민수", "", folder);
  await back.answers(`${rooms.title("민수")} · Sodam`, "");
  await back.reads(/ 나는 아직 있어요$/);
  expect(sidebarOf(back).some((row) => row.startsWith(firstHost) && row.includes("○"))).toBe(true);
  back.types("/quit");
  expect(await back.screen.exited).toBe(0);
}, 90_000);
