import { expect, test } from "bun:test";
import { formatTime } from "../../lib/protocol/time.ts";
import { Scene } from "../scene.ts";

const CAPS = ["sodam.chat/unread", "draft/read-marker"];

/** Mina's room, in which Jun says 3,000 things, every tenth of them to Mina. */
function backlog(floodControl = false) {
  const scene = new Scene({ floodControl });
  const [mina, jun] = [scene.person("mina", ...CAPS), scene.person("jun")];
  for (const one of [mina, jun]) one.says("JOIN #tea");
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

/** When Jun said a number. */
function when(scene: Scene, number: number): string {
  const [id] = scene.log.conversations();
  const said = scene.log
    .all(id as never)
    .find((event) => event.kind === "said" && event.text.endsWith(`number ${number}`));
  return `timestamp=${formatTime(said?.time ?? 0)}`;
}

test("a new device is told thousands of unread messages by their exact number, also after a restart", () => {
  const { scene } = backlog();
  const phone = scene.connect().logsIn("mina", CAPS);
  expect(counts(phone.hears())).toEqual([":tea.test UNREAD #tea 3000 300"]);
  const later = scene.restart().connect().logsIn("mina", CAPS);
  expect(counts(later.hears())).toEqual([":tea.test UNREAD #tea 3000 300"]);
});

test("whoever reads on through a long backlog hears on every device what is left of it", () => {
  const { scene, mina } = backlog();
  const phone = scene.person("mina", ...CAPS);
  for (const [read, left] of [
    [1000, "2000 200"],
    [2950, "50 5"],
    [3000, "0 0"],
  ] as const) {
    mina.says(`MARKREAD #tea ${when(scene, read)}`);
    const told = [`:tea.test MARKREAD #tea ${when(scene, read)}`, `:tea.test UNREAD #tea ${left}`];
    expect(mina.hears()).toEqual(told);
    expect(phone.hears()).toEqual(told);
  }
});

test("who moves a marker again and again has what is left counted at a later one", () => {
  const { scene, mina } = backlog(true);
  for (let n = 1001; n <= 1030; n += 1) mina.says(`MARKREAD #tea ${when(scene, n)}`);
  const told = mina.hears();
  const marked = told.filter((line) => line.includes(" MARKREAD "));
  expect(marked.at(-1)).toBe(`:tea.test MARKREAD #tea ${when(scene, 1030)}`);
  expect(marked.length).toBe(30);
  // 250 at once: each marker one, and each counting ten.
  expect(new Set(counts(told)).size).toBe(22);
  scene.passes(2000);
  mina.says(`MARKREAD #tea ${when(scene, 1041)}`);
  expect(counts(mina.hears())).toEqual([":tea.test UNREAD #tea 1959 196"]);
});

test("what is said while a long backlog is counted is unread as well", () => {
  const { scene, mina, jun } = backlog();
  scene.holding = true;
  mina.says(`MARKREAD #tea ${when(scene, 1000)}`);
  jun.says("PRIVMSG #tea :Mina?", "PRIVMSG #tea :nobody");
  scene.holding = false;
  scene.settle();
  expect(counts(mina.hears())).toEqual([":tea.test UNREAD #tea 2002 201"]);
});

test("a marker that was set while another was counted stays, when it is further on", () => {
  const { scene, mina } = backlog();
  const phone = scene.person("mina", ...CAPS);
  scene.holding = true;
  mina.says(`MARKREAD #tea ${when(scene, 1000)}`);
  phone.says(`MARKREAD #tea ${when(scene, 3000)}`);
  scene.holding = false;
  scene.settle();
  expect(mina.hears().at(-1)).toBe(`:tea.test MARKREAD #tea ${when(scene, 3000)}`);
  expect(counts(scene.connect().logsIn("mina", CAPS).hears())).toEqual([
    ":tea.test UNREAD #tea 0 0",
  ]);
});

test("a message that was taken back is unread to nobody, however long ago it was said", () => {
  const { scene, jun } = backlog();
  const [id] = scene.log.conversations();
  const said = scene.log.all(id as never).filter((event) => event.kind === "said");
  jun.says(`REDACT #tea ${said[9]?.msgid}`, `REDACT #tea ${said.at(-2)?.msgid}`);
  const told = [":tea.test UNREAD #tea 2998 299"];
  expect(counts(scene.connect().logsIn("mina", CAPS).hears())).toEqual(told);
  expect(counts(scene.restart().connect().logsIn("mina", CAPS).hears())).toEqual(told);
});

test("an edit that names somebody, or no longer does, is told to them and counted", () => {
  const { scene, mina, jun } = backlog();
  const [id] = scene.log.conversations();
  const said = scene.log.all(id as never).filter((event) => event.kind === "said");
  // One is in memory, the other in the files alone.
  jun.says(`EDIT #tea ${said.at(-2)?.msgid} :Mina, and again`);
  expect(counts(mina.hears())).toEqual([":tea.test UNREAD #tea 3000 301"]);
  jun.says(`EDIT #tea ${said[9]?.msgid} :to nobody`, `EDIT #tea ${said[19]?.msgid} :Mina, still`);
  expect(counts(mina.hears())).toEqual([":tea.test UNREAD #tea 3000 300"]);
  const later = scene.restart().connect().logsIn("mina", CAPS);
  expect(counts(later.hears())).toEqual([":tea.test UNREAD #tea 3000 300"]);
});

test("what is taken back is unread no longer, and who had not read it is told so", () => {
  const { scene, mina, jun } = backlog();
  const [id] = scene.log.conversations();
  const said = scene.log.all(id as never).filter((event) => event.kind === "said");
  const naming = said.filter(({ named }) => (named ?? []).length > 0);
  jun.says(`REDACT #tea ${naming.at(-1)?.msgid}`);
  expect(counts(mina.hears())).toEqual([":tea.test UNREAD #tea 2999 299"]);
});

test("what is deleted with its day is unread no longer", () => {
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
  // Who is here is told, and is told once.
  expect(counts(before.hears())).toEqual([":tea.test UNREAD #tea 2 1", ":tea.test UNREAD jun 1 1"]);
  scene.server.retain();
  expect(before.hears()).toEqual([]);
  const after = [":tea.test UNREAD #tea 2 1", ":tea.test UNREAD jun 1 1"];
  expect(counts(scene.connect().logsIn("mina", CAPS).hears())).toEqual(after);
  expect(counts(scene.restart().connect().logsIn("mina", CAPS).hears())).toEqual(after);
});

test("behind JOIN, behind its MARKREAD where that was asked for, and on connecting for each who wrote", () => {
  const scene = new Scene();
  const jun = scene.person("jun").says("JOIN #tea");
  const mina = scene.person("mina", ...CAPS).says("JOIN #tea");
  const kinds = (lines: readonly string[]) =>
    lines.flatMap((line) => / (JOIN|MARKREAD|UNREAD) (.*)/.exec(line)?.slice(1).join(" ") ?? []);
  const counted = ["JOIN #tea", "MARKREAD #tea *", "UNREAD #tea 0 0"];
  expect(kinds(mina.hears())).toEqual(counted);
  const phone = scene.connect().logsIn("mina", ["sodam.chat/unread"]);
  expect(kinds(phone.hears())).toEqual(["JOIN #tea", "UNREAD #tea 0 0"]);
  jun.says("PRIVMSG mina :one", "NOTICE mina :two", "@+typing=active TAGMSG mina");
  const later = scene.connect().logsIn("mina", ["sodam.chat/unread"]);
  expect(kinds(later.hears())).toEqual(["JOIN #tea", "UNREAD #tea 0 0", "UNREAD jun 2 2"]);
});

test("a guest is told nothing of the kind, and no capability of ours has a value", () => {
  const scene = new Scene();
  const sora = scene.guest("sora", "sodam.chat/unread").says("JOIN #tea");
  expect(sora.hearsVerbs()).not.toContain("UNREAD");
  const offered = scene.connect().says("CAP LS 302").hears().join(" ").split(/[ :]/);
  const ours = offered.filter((cap) => cap.startsWith("sodam.chat/"));
  expect(ours.length).toBe(5);
  for (const cap of ours) {
    expect(cap).not.toContain("=");
    expect(scene.connect().says(`CAP REQ ${cap}`).hears()).toEqual([`:tea.test CAP * ACK :${cap}`]);
  }
});

test("who was called otherwise when they were named is counted all the same", () => {
  const scene = new Scene();
  const [mina, jun] = [scene.person("mina", ...CAPS), scene.person("jun")];
  for (const one of [mina, jun]) one.says("JOIN #tea");
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
