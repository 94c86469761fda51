import { expect, test } from "bun:test";
import { formatTime } from "../../lib/protocol/time.ts";
import { Scene } from "../scene.ts";

const CAPS = ["sodam.chat/unread", "draft/read-marker"];

/** A room in which Jun has sent Mina 3,000 messages, every tenth of which mentions her. */
function backlog(floodControl = false) {
  const scene = new Scene({ floodControl });
  const [mina, jun] = [scene.person("mina", ...CAPS), scene.person("jun")];
  for (const actor of [mina, jun]) actor.says("JOIN #tea");
  for (let n = 1; n <= 3000; n += 1) {
    scene.now += 1000;
    jun.says(`PRIVMSG #tea :${n % 10 === 0 ? "Mina, " : ""}number ${n}`);
  }
  mina.hears();
  return { scene, mina, jun };
}

function counts(lines: readonly string[]): string[] {
  return lines.filter((line) => line.includes(" UNREAD "));
}

/** Returns the MARKREAD parameter of Jun's message of a number. */
function timestampOf(scene: Scene, number: number): string {
  const [id] = scene.log.conversations();
  const said = scene.log
    .all(id as never)
    .find((event) => event.kind === "said" && event.text.endsWith(`number ${number}`));
  return `timestamp=${formatTime(said?.time ?? 0)}`;
}

test("a new session is sent the exact number of thousands of unread messages, also after a restart", () => {
  const { scene } = backlog();
  const phone = scene.connect().logsIn("mina", CAPS);
  expect(counts(phone.hears())).toEqual([":tea.test UNREAD #tea 3000 300"]);
  const later = scene.restart().connect().logsIn("mina", CAPS);
  expect(counts(later.hears())).toEqual([":tea.test UNREAD #tea 3000 300"]);
});

test("a marker within a long backlog sends the remaining count to every session of the user", () => {
  const { scene, mina } = backlog();
  const phone = scene.person("mina", ...CAPS);
  for (const [read, left] of [
    [1000, "2000 200"],
    [2950, "50 5"],
    [3000, "0 0"],
  ] as const) {
    mina.says(`MARKREAD #tea ${timestampOf(scene, read)}`);
    const expected = [
      `:tea.test MARKREAD #tea ${timestampOf(scene, read)}`,
      `:tea.test UNREAD #tea ${left}`,
    ];
    expect(mina.hears()).toEqual(expected);
    expect(phone.hears()).toEqual(expected);
  }
});

test("a user who moves a marker too often has the rest counted at a later one", () => {
  const { scene, mina } = backlog(true);
  for (let n = 1001; n <= 1030; n += 1) mina.says(`MARKREAD #tea ${timestampOf(scene, n)}`);
  const lines = mina.hears();
  const marked = lines.filter((line) => line.includes(" MARKREAD "));
  expect(marked.at(-1)).toBe(`:tea.test MARKREAD #tea ${timestampOf(scene, 1030)}`);
  expect(marked.length).toBe(30);
  // 250 tokens at once: each marker costs one, and each counting ten.
  expect(new Set(counts(lines)).size).toBe(22);
  scene.passes(2000);
  mina.says(`MARKREAD #tea ${timestampOf(scene, 1041)}`);
  expect(counts(mina.hears())).toEqual([":tea.test UNREAD #tea 1959 196"]);
});

test("messages that arrive while a long backlog is counted are unread as well", () => {
  const { scene, mina, jun } = backlog();
  scene.holding = true;
  mina.says(`MARKREAD #tea ${timestampOf(scene, 1000)}`);
  jun.says("PRIVMSG #tea :Mina?", "PRIVMSG #tea :nobody");
  scene.holding = false;
  scene.settle();
  expect(counts(mina.hears())).toEqual([":tea.test UNREAD #tea 2002 201"]);
});

test("a later marker that was set while an earlier one was counted stays", () => {
  const { scene, mina } = backlog();
  const phone = scene.person("mina", ...CAPS);
  scene.holding = true;
  mina.says(`MARKREAD #tea ${timestampOf(scene, 1000)}`);
  phone.says(`MARKREAD #tea ${timestampOf(scene, 3000)}`);
  scene.holding = false;
  scene.settle();
  expect(mina.hears().at(-1)).toBe(`:tea.test MARKREAD #tea ${timestampOf(scene, 3000)}`);
  expect(counts(scene.connect().logsIn("mina", CAPS).hears())).toEqual([
    ":tea.test UNREAD #tea 0 0",
  ]);
});

test("a redacted message isn't unread any more, however old it is", () => {
  const { scene, jun } = backlog();
  const [id] = scene.log.conversations();
  const said = scene.log.all(id as never).filter((event) => event.kind === "said");
  jun.says(`REDACT #tea ${said[9]?.msgid}`, `REDACT #tea ${said.at(-2)?.msgid}`);
  const expected = [":tea.test UNREAD #tea 2998 299"];
  expect(counts(scene.connect().logsIn("mina", CAPS).hears())).toEqual(expected);
  expect(counts(scene.restart().connect().logsIn("mina", CAPS).hears())).toEqual(expected);
});

test("an edit that adds or removes a mention changes the counts, and the user is notified", () => {
  const { scene, mina, jun } = backlog();
  const [id] = scene.log.conversations();
  const said = scene.log.all(id as never).filter((event) => event.kind === "said");
  // One message is in memory, the others in the files alone.
  jun.says(`EDIT #tea ${said.at(-2)?.msgid} :Mina, and again`);
  expect(counts(mina.hears())).toEqual([":tea.test UNREAD #tea 3000 301"]);
  jun.says(`EDIT #tea ${said[9]?.msgid} :to nobody`, `EDIT #tea ${said[19]?.msgid} :Mina, still`);
  expect(counts(mina.hears())).toEqual([":tea.test UNREAD #tea 3000 300"]);
  const later = scene.restart().connect().logsIn("mina", CAPS);
  expect(counts(later.hears())).toEqual([":tea.test UNREAD #tea 3000 300"]);
});

test("a user who had not read a redacted message is sent the new counts", () => {
  const { scene, mina, jun } = backlog();
  const [id] = scene.log.conversations();
  const said = scene.log.all(id as never).filter((event) => event.kind === "said");
  const naming = said.filter(({ named }) => (named ?? []).length > 0);
  jun.says(`REDACT #tea ${naming.at(-1)?.msgid}`);
  expect(counts(mina.hears())).toEqual([":tea.test UNREAD #tea 2999 299"]);
});

test("messages that retention deletes are no longer unread", () => {
  const scene = new Scene({ keepDays: 1 });
  const [, jun] = [scene.person("mina", ...CAPS).says("JOIN #tea"), scene.person("jun")];
  jun.says("JOIN #tea");
  for (let day = 1; day <= 4; day += 1) {
    jun.says("PRIVMSG #tea :Mina?", "PRIVMSG #tea :oh", "PRIVMSG mina :psst");
    scene.now += 86_400_000;
  }
  const before = scene.connect().logsIn("mina", CAPS);
  expect(counts(before.hears())).toEqual([":tea.test UNREAD #tea 8 4", ":tea.test UNREAD jun 4 4"]);
  before.hears();
  scene.server.retain();
  // A connected user is notified, and once.
  expect(counts(before.hears())).toEqual([":tea.test UNREAD #tea 2 1", ":tea.test UNREAD jun 1 1"]);
  scene.server.retain();
  expect(before.hears()).toEqual([]);
  const after = [":tea.test UNREAD #tea 2 1", ":tea.test UNREAD jun 1 1"];
  expect(counts(scene.connect().logsIn("mina", CAPS).hears())).toEqual(after);
  expect(counts(scene.restart().connect().logsIn("mina", CAPS).hears())).toEqual(after);
});

test("UNREAD follows JOIN and its MARKREAD, and is sent on connecting for each direct conversation", () => {
  const scene = new Scene();
  const jun = scene.person("jun").says("JOIN #tea");
  const mina = scene.person("mina", ...CAPS).says("JOIN #tea");
  const kinds = (lines: readonly string[]) =>
    lines.flatMap((line) => / (JOIN|MARKREAD|UNREAD) (.*)/.exec(line)?.slice(1).join(" ") ?? []);
  const expected = ["JOIN #tea", "MARKREAD #tea *", "UNREAD #tea 0 0"];
  expect(kinds(mina.hears())).toEqual(expected);
  const phone = scene.connect().logsIn("mina", ["sodam.chat/unread"]);
  expect(kinds(phone.hears())).toEqual(["JOIN #tea", "UNREAD #tea 0 0"]);
  jun.says("PRIVMSG mina :one", "NOTICE mina :two", "@+typing=active TAGMSG mina");
  const later = scene.connect().logsIn("mina", ["sodam.chat/unread"]);
  expect(kinds(later.hears())).toEqual(["JOIN #tea", "UNREAD #tea 0 0", "UNREAD jun 2 2"]);
});

test("a guest gets no UNREAD, and the vendor capabilities but for files have no values", () => {
  const scene = new Scene();
  const sora = scene.guest("sora", "sodam.chat/unread").says("JOIN #tea");
  expect(sora.hearsVerbs()).not.toContain("UNREAD");
  const offered = scene.connect().says("CAP LS 302").hears().join(" ").split(/[ :]/);
  const ours = offered.filter((cap) => cap.startsWith("sodam.chat/"));
  expect(ours.length).toBeGreaterThan(0);
  for (const announced of ours) {
    const cap = announced.replace(/^(sodam.chat\/files)=max=\d+$/, "$1");
    expect(cap).not.toContain("=");
    expect(scene.connect().says(`CAP REQ ${cap}`).hears()).toEqual([`:tea.test CAP * ACK :${cap}`]);
  }
});

test("mentions of a former nick still count", () => {
  const scene = new Scene();
  const [mina, jun] = [scene.person("mina", ...CAPS), scene.person("jun")];
  for (const actor of [mina, jun]) actor.says("JOIN #tea");
  jun.says("PRIVMSG #tea :hello", "PRIVMSG #tea :mina?");
  scene.now += 1000;
  mina.says("NICK bora");
  jun.says("PRIVMSG #tea :bora!", "PRIVMSG #tea :mina is who?");
  mina.hears();
  const first = scene.server.state.rooms
    .byName("#tea")
    ?.recentEvents.find(({ kind }) => kind === "said");
  mina.says(`MARKREAD #tea timestamp=${formatTime(first?.time ?? 0)}`);
  expect(counts(mina.hears())).toEqual([":tea.test UNREAD #tea 3 2"]);
  jun.says(`REDACT #tea ${first?.msgid}`);
  const later = scene.restart().connect().logsIn("mina", CAPS);
  expect(counts(later.hears())).toEqual([":tea.test UNREAD #tea 3 2"]);
});

test("a message mentions the longest name of somebody in the room, also a guest's", () => {
  const scene = new Scene();
  const min = scene.person("민", ...CAPS).says("JOIN #tea");
  const jun = scene.person("jun").says("JOIN #tea");
  min.hears();
  jun.says("PRIVMSG #tea :민은 어디 있어요?");
  expect(counts(scene.connect().logsIn("민", CAPS).hears())).toEqual([":tea.test UNREAD #tea 1 1"]);
  const guest = scene.guest("민은").says("JOIN #tea");
  jun.says("PRIVMSG #tea :민은 어디 있어요?", "PRIVMSG #tea :@민팀장님한테도 https://x.test/민");
  expect(counts(scene.connect().logsIn("민", CAPS).hears())).toEqual([":tea.test UNREAD #tea 3 2"]);
  guest.says("PART #tea");
  jun.says("PRIVMSG #tea :민은 갔어요");
  expect(counts(scene.restart().connect().logsIn("민", CAPS).hears())).toEqual([
    ":tea.test UNREAD #tea 4 3",
  ]);
});

test("a guest who stays for days has no counts, and keeps none of the room's days", () => {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea");
  scene.guest("gil").says("JOIN #tea");
  const days = (): number => scene.server.state.rooms.byName("#tea")?.messagesByDay.size ?? 0;
  for (let day = 0; day < 3; day += 1) {
    mina.says("PRIVMSG #tea :good morning");
    scene.now += 24 * 60 * 60 * 1000;
  }
  expect(days()).toBe(3);
  scene.server.retain();
  expect(days()).toBe(1);
  expect(scene.server.state.users.byNick("gil" as never)?.readStates.size).toBe(0);
});
