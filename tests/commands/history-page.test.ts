import { expect, test } from "bun:test";
import { type Actor, Scene } from "../scene.ts";

/** A page holds what its reader is shown; what they aren't shown takes no place in it. */

const CAPS = ["draft/chathistory", "draft/event-playback", "batch", "message-tags"];

/** An auditorium in which jun said "1" to "4", and between "2" and "3" hundreds came and went unseen. */
function auditorium() {
  const scene = new Scene();
  const jun = scene.person("jun").says("JOIN #tea", "MODE #tea +u");
  const mina = scene.person("mina", ...CAPS).says("JOIN #tea");
  jun.says("PRIVMSG #tea :1", "PRIVMSG #tea :2");
  const guest = scene.guest("sora");
  for (let i = 0; i < 300; i += 1) guest.says("JOIN #tea", "PART #tea");
  jun.says("PRIVMSG #tea :3", "PRIVMSG #tea :4");
  mina.hears();
  return { scene, jun, mina };
}

function texts(actor: Actor): string {
  return actor
    .hears()
    .flatMap((line) => / PRIVMSG #tea :(.*)/.exec(line)?.[1] ?? [])
    .join("");
}

function msgids(actor: Actor): string[] {
  actor.says("CHATHISTORY LATEST #tea * 4");
  return actor.hears().flatMap((line) => /msgid=(\S+) :\S+ PRIVMSG/.exec(line)?.[1] ?? []);
}

test("LATEST reads on behind what isn't shown, to as many messages as were asked for", () => {
  const { mina } = auditorium();
  mina.says("CHATHISTORY LATEST #tea * 3");
  expect(texts(mina)).toBe("234");
  mina.says("CHATHISTORY LATEST #tea * 200");
  expect(texts(mina)).toBe("1234");
});

test("so do BEFORE, AFTER, BETWEEN either way, and LATEST behind a point", () => {
  const { mina } = auditorium();
  const [one, two, three, four] = msgids(mina);
  const asks: readonly (readonly [string, string])[] = [
    [`BEFORE #tea msgid=${three} 1`, "2"],
    [`BEFORE #tea msgid=${three} 2`, "12"],
    [`AFTER #tea msgid=${two} 1`, "3"],
    [`AFTER #tea msgid=${one} 2`, "23"],
    [`LATEST #tea msgid=${one} 3`, "234"],
    [`LATEST #tea msgid=${two} 3`, "34"],
  ];
  for (const [ask, answer] of asks) {
    mina.says(`CHATHISTORY ${ask}`);
    expect(texts(mina)).toBe(answer);
  }
  const far = "timestamp=2030-01-01T00:00:00.000Z";
  const old = "timestamp=2020-01-01T00:00:00.000Z";
  mina.says(`CHATHISTORY BETWEEN #tea ${old} ${far} 4`);
  expect(texts(mina)).toBe("123");
  mina.says(`CHATHISTORY BETWEEN #tea ${far} ${old} 3`);
  expect(texts(mina)).toBe("234");
  mina.says(`CHATHISTORY BETWEEN #tea msgid=${four} ${old} 2`);
  expect(texts(mina)).toBe("23");
  mina.says(`CHATHISTORY BETWEEN #tea ${old} msgid=${three} 3`);
  expect(texts(mina)).toBe("12");
});

test("BETWEEN two messages reads on, whichever of them is named first", () => {
  const { scene, jun, mina } = auditorium();
  const [one, two, three, four] = msgids(mina);
  const all = scene.log.conversations().flatMap((id) => scene.log.all(id));
  const before = all[all.findIndex(({ msgid }) => msgid === one) - 1]?.msgid;
  jun.says("PRIVMSG #tea :5");
  const five = msgids(mina).at(-1);
  const asks: readonly (readonly [string, string])[] = [
    [`${before} msgid=${five} 3`, "123"],
    [`${one} msgid=${five} 3`, "234"],
    [`${five} msgid=${one} 3`, "234"],
    [`${one} msgid=${four} 1`, "2"],
    [`${one} msgid=${four} 2`, "23"],
    [`${four} msgid=${one} 1`, "3"],
    [`${four} msgid=${one} 2`, "23"],
    [`${two} msgid=${four} 5`, "3"],
    [`${four} msgid=${two} 5`, "3"],
    [`${three} msgid=${three} 5`, ""],
    [`${two} msgid=${three} 5`, ""],
  ];
  for (const [ask, answer] of asks) {
    mina.says(`CHATHISTORY BETWEEN #tea msgid=${ask}`);
    expect([ask, texts(mina)]).toEqual([ask, answer]);
  }
});

test("AROUND reads on to both sides, and has the message itself", () => {
  const { mina } = auditorium();
  const [one, two, three, four] = msgids(mina);
  const rows: readonly (readonly [string | undefined, number, string])[] = [
    [one, 1, "1"],
    [two, 1, "2"],
    [two, 2, "12"],
    [two, 3, "123"],
    [three, 3, "234"],
    [three, 4, "1234"],
    [four, 4, "234"],
    [two, 200, "1234"],
  ];
  for (const [id, limit, answer] of rows) {
    mina.says(`CHATHISTORY AROUND #tea msgid=${id} ${limit}`);
    expect([id, limit, texts(mina)]).toEqual([id, limit, answer]);
  }
});

test("AROUND a moment, and around what isn't shown, gives the messages on both sides of it", () => {
  const { scene, jun, mina } = auditorium();
  scene.passes(3_600_000);
  jun.says("PRIVMSG #tea :5");
  mina.hears();
  mina.says("CHATHISTORY AROUND #tea timestamp=2026-11-22T01:00:00.000Z 4");
  expect(texts(mina)).toBe("345");
  const last = scene.log.conversations().flatMap((id) => scene.log.all(id));
  // Somebody's coming or going, in the middle of the hundreds.
  const unseen = last.filter(({ kind }) => kind === "joined")[150];
  mina.says(`CHATHISTORY AROUND #tea msgid=${unseen?.msgid} 4`);
  expect(texts(mina)).toBe("1234");
});

test("an empty page means that there is nothing more", () => {
  const { mina } = auditorium();
  const [one] = msgids(mina);
  mina.says(`CHATHISTORY BEFORE #tea msgid=${one} 50`);
  const lines = mina.hearsPlain();
  // What is shown of the beginning is its modes and one's own coming.
  expect(lines.join("|")).not.toContain("PRIVMSG");
  mina.says("CHATHISTORY BEFORE #tea timestamp=2020-01-01T00:00:00.000Z 50");
  expect(mina.hearsVerbs()).toEqual(["BATCH", "BATCH"]);
});

test("a reader who isn't shown reactions gets as many messages as they asked for", () => {
  const scene = new Scene();
  const jun = scene.person("jun", "message-tags").says("JOIN #tea", "PRIVMSG #tea :1");
  for (let i = 0; i < 20; i += 1) jun.says("@+draft/react=👍 TAGMSG #tea");
  const mina = scene.person("mina", "draft/chathistory").says("JOIN #tea");
  mina.hears();
  mina.says("CHATHISTORY LATEST #tea * 5");
  expect(texts(mina)).toBe("1");
});

test("whoever is put out while a page is read hears no more than that", () => {
  const { scene, jun, mina } = auditorium();
  scene.holding = true;
  mina.says("CHATHISTORY LATEST #tea * 3");
  jun.says("KICK #tea mina");
  mina.hears();
  scene.settle();
  expect(mina.hears()).toEqual([
    ":tea.test FAIL CHATHISTORY INVALID_TARGET LATEST #tea :Messages could not be retrieved",
  ]);
});

test("a page of very long messages ends before it is too large for a slow reader", () => {
  const scene = new Scene();
  const jun = scene.person("jun", "draft/multiline", "batch").says("JOIN #tea");
  const lines = Array.from({ length: 20 }, () => `@batch=1 PRIVMSG #tea :${"x".repeat(400)}`);
  for (let i = 0; i < 100; i += 1) {
    jun.says("BATCH +1 draft/multiline #tea", ...lines, "BATCH -1");
  }
  jun.says("PRIVMSG #tea :last");
  const mina = scene.person("mina", "draft/chathistory").says("JOIN #tea");
  mina.hears();
  mina.says("CHATHISTORY LATEST #tea * 200");
  const heard = mina.hears();
  expect(heard.join("\r\n").length).toBeLessThan(530_000);
  expect(heard.length).toBeGreaterThan(1000);
  // A page that is counted from its newest message has that one.
  expect(heard.at(-1)).toEndWith(" :last");
});

test("an edited message says in history when that was, to who reads tags", () => {
  const scene = new Scene();
  const jun = scene.person("jun", "message-tags", "echo-message").says("JOIN #tea");
  jun.says("PRIVMSG #tea :on");
  const msgid = /msgid=([^; ]+)/.exec(jun.hears().at(-1) ?? "")?.[1];
  scene.passes(60_000);
  jun.says(`EDIT #tea ${msgid} :one`, "CHATHISTORY LATEST #tea * 1");
  expect(jun.hears().at(-1)).toStartWith(
    `@msgid=${msgid};sodam.chat/edited=2026-11-22T00:31:00.000Z :jun!`,
  );
  const mina = scene.person("mina", "draft/chathistory").says("JOIN #tea");
  mina.hears();
  mina.says("CHATHISTORY LATEST #tea * 1");
  expect(mina.hears()).toEqual([":jun!u@1qmszlu.account PRIVMSG #tea :one"]);
});

test("of a redacted message nothing is left in history but that it was redacted, for who may know", () => {
  const scene = new Scene();
  const jun = scene.person("jun", "message-tags", "echo-message").says("JOIN #tea");
  jun.says("PRIVMSG #tea :secret");
  const msgid = /msgid=([^; ]+)/.exec(jun.hears().at(-1) ?? "")?.[1];
  jun.says(`REDACT #tea ${msgid} :oops`);
  const mina = scene.person("mina", ...CAPS, "draft/message-redaction").says("JOIN #tea");
  const sora = scene.person("sora", ...CAPS).says("JOIN #tea");
  for (const one of [mina, sora]) one.hears();
  for (const one of [mina, sora]) one.says("CHATHISTORY LATEST #tea * 50");
  const seen = mina.hearsPlain();
  expect(seen).toContain(`:jun!u@1qmszlu.account REDACT #tea ${msgid} oops`);
  expect(seen.join()).not.toContain("secret");
  const heard = sora.hears().join();
  expect(heard).not.toContain("REDACT");
  expect(heard).not.toContain("secret");
});
