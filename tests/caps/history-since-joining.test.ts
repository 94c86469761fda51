import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

const CAPS = ["draft/chathistory", "soju.im/search", "message-tags", "batch", "server-time"];

/** A room with +H in which Mina has said "before", and Jun has joined later and heard "after". */
function tea(...caps: string[]) {
  const scene = new Scene();
  const mina = scene
    .person("mina", "message-tags", "echo-message")
    .says("JOIN #tea", "MODE #tea +H");
  mina.hears();
  mina.says("PRIVMSG #tea :before");
  const msgid = /msgid=(\w+)/.exec(mina.hears()[0] ?? "")?.[1] ?? "";
  const jun = scene.person("jun", ...caps).says("JOIN #tea");
  return { scene, mina, jun, msgid };
}

test("CHATHISTORY, HISTORY, SEARCH and TARGETS show what came since the reader joined", () => {
  const { scene, mina, jun, msgid } = tea(...CAPS);
  jun.hears();
  const year = "timestamp=2026-01-01T00:00:00.000Z timestamp=2027-01-01T00:00:00.000Z 10";
  expect(jun.says(`CHATHISTORY TARGETS ${year}`).hears().join()).not.toContain("#tea");
  scene.passes(1000);
  mina.says("PRIVMSG #tea :after");
  jun.hears();
  for (const command of [
    "CHATHISTORY LATEST #tea * 10",
    `CHATHISTORY AROUND #tea msgid=${msgid} 10`,
    `CHATHISTORY BETWEEN #tea ${year}`,
    "HISTORY #tea",
    "SEARCH in=#tea",
    "SEARCH after=2026-01-01T00:00:00.000Z;limit=1",
  ]) {
    const texts = jun
      .says(command)
      .hearsPlain()
      .filter((line) => line.includes("PRIVMSG"));
    expect([command, ...texts.map((line) => line.split(":").at(-1))]).toEqual([command, "after"]);
  }
  expect(jun.says(`CHATHISTORY TARGETS ${year}`).hears().join()).toContain("TARGETS #tea");
  expect(mina.says("HISTORY #tea").hears().join()).toContain("before");
});

test("no replay, redaction, report or coming back shows what was before", () => {
  const { scene, mina, jun, msgid } = tea();
  expect(jun.hears().join()).not.toContain("before");
  mina.says("MODE #tea +o jun", "PRIVMSG #tea :after");
  jun.hears();
  jun.says(`REDACT #tea ${msgid}`, `REPORT #tea ${msgid}`);
  expect(jun.hears().join()).toMatch(/no such message.*no such message/s);
  for (const later of [scene.restart(), scene.crash()]) {
    const back = later.connect().logsIn("jun").hears().join("\n");
    expect(back).toContain(" after");
    expect(back).not.toContain(" before");
  }
  jun.says("PART #tea", "JOIN #tea");
  expect(jun.hears().join()).not.toContain(" after");
  mina.says("MODE #tea -H");
  expect(jun.says("HISTORY #tea").hears().join()).toContain("before");
});

test("an edit of what was before is told to those who can read it alone", () => {
  const { mina, jun, msgid } = tea("sodam.chat/edit");
  mina.says("PRIVMSG #tea :after");
  const later = /msgid=(\w+)/.exec(mina.hears().at(-1) ?? "")?.[1];
  jun.hears();
  mina.says(`EDIT #tea ${msgid} :before, edited`, `EDIT #tea ${later} :after, edited`);
  expect(jun.hearsPlain()).toEqual([
    `:mina!u@mina00000001.account EDIT #tea ${later} :after, edited`,
  ]);
  mina.says("MODE #tea -H", `EDIT #tea ${msgid} :for all`);
  expect(jun.hearsPlain().at(-1)).toContain("for all");
});

test("no page of history has an edit of what was before", () => {
  const { scene, mina, jun, msgid } = tea(...CAPS, "draft/event-playback", "sodam.chat/edit");
  mina.says("PRIVMSG #tea :after");
  const later = /msgid=(\w+)/.exec(mina.hears().at(-1) ?? "")?.[1];
  mina.says(`EDIT #tea ${msgid} :before, edited`, `EDIT #tea ${later} :after, edited`);
  const readBy = (reader: typeof jun): string => {
    reader.hears();
    return reader.says("CHATHISTORY LATEST #tea * 50").hears().join("\n");
  };
  const caps = [...CAPS, "draft/event-playback", "sodam.chat/edit"];
  for (const reader of [jun, scene.crash().connect().logsIn("jun", caps)]) {
    expect(readBy(reader)).toContain("after, edited");
    expect(readBy(reader)).not.toContain("before");
  }
  mina.says("MODE #tea -H");
  expect(readBy(jun)).toContain(" EDIT #tea id");
  expect(readBy(jun)).toContain("before, edited");
});

test("who erases all that they said tells each member of what that member could read", () => {
  const { mina, jun } = tea(...CAPS, "draft/message-redaction");
  mina.says("PRIVMSG #tea :after");
  const later = /msgid=(\w+)/.exec(mina.hears().at(-1) ?? "")?.[1];
  jun.hears();
  mina.says("ACCOUNT CONFIRM :mina-password", "ACCOUNT FORGET");
  expect(jun.hearsPlain()).toEqual([`:mina!u@mina00000001.account REDACT #tea ${later}`]);
});
