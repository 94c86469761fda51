import { expect, test } from "bun:test";
import { type Actor, Scene } from "../scene.ts";

/** Hidden events take no place in a page of history. */

const CAPS = ["draft/chathistory", "draft/event-playback", "batch", "message-tags"];

/** An auditorium in which Jun sent "1" to "4". Hundreds of hidden joins and parts lie between "2" and "3". */
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

test("LATEST reads past hidden events, up to the limit of messages", () => {
  const { mina } = auditorium();
  mina.says("CHATHISTORY LATEST #tea * 3");
  expect(texts(mina)).toBe("234");
  mina.says("CHATHISTORY LATEST #tea * 200");
  expect(texts(mina)).toBe("1234");
});

test("so do BEFORE, AFTER, BETWEEN in both directions, and LATEST after a point", () => {
  const { mina } = auditorium();
  const [one, two, three, four] = msgids(mina);
  const rows: readonly (readonly [string, string])[] = [
    [`BEFORE #tea msgid=${three} 1`, "2"],
    [`BEFORE #tea msgid=${three} 2`, "12"],
    [`AFTER #tea msgid=${two} 1`, "3"],
    [`AFTER #tea msgid=${one} 2`, "23"],
    [`LATEST #tea msgid=${one} 3`, "234"],
    [`LATEST #tea msgid=${two} 3`, "34"],
  ];
  for (const [query, expected] of rows) {
    mina.says(`CHATHISTORY ${query}`);
    expect(texts(mina)).toBe(expected);
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

test("BETWEEN two messages reads past hidden events, in either order of the two", () => {
  const { scene, jun, mina } = auditorium();
  const [one, two, three, four] = msgids(mina);
  const all = scene.log.conversations().flatMap((id) => scene.log.all(id));
  const before = all[all.findIndex(({ msgid }) => msgid === one) - 1]?.msgid;
  jun.says("PRIVMSG #tea :5");
  const five = msgids(mina).at(-1);
  const rows: readonly (readonly [string, string])[] = [
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
  for (const [query, expected] of rows) {
    mina.says(`CHATHISTORY BETWEEN #tea msgid=${query}`);
    expect([query, texts(mina)]).toEqual([query, expected]);
  }
});

test("AROUND reads past hidden events in both directions, and includes the message itself", () => {
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
  for (const [msgid, limit, expected] of rows) {
    mina.says(`CHATHISTORY AROUND #tea msgid=${msgid} ${limit}`);
    expect([msgid, limit, texts(mina)]).toEqual([msgid, limit, expected]);
  }
});

test("AROUND a time or a hidden event returns the messages on both sides of it", () => {
  const { scene, jun, mina } = auditorium();
  scene.passes(3_600_000);
  jun.says("PRIVMSG #tea :5");
  mina.hears();
  mina.says("CHATHISTORY AROUND #tea timestamp=2026-11-22T01:00:00.000Z 4");
  expect(texts(mina)).toBe("345");
  const all = scene.log.conversations().flatMap((id) => scene.log.all(id));
  // A hidden join, in the middle of the hundreds.
  const hidden = all.filter(({ kind }) => kind === "joined")[150];
  mina.says(`CHATHISTORY AROUND #tea msgid=${hidden?.msgid} 4`);
  expect(texts(mina)).toBe("1234");
});

test("an empty page means that there are no more messages", () => {
  const { mina } = auditorium();
  const [one] = msgids(mina);
  mina.says(`CHATHISTORY BEFORE #tea msgid=${one} 50`);
  const lines = mina.hearsPlain();
  // Only the room's modes and the user's own join are shown from before the first message.
  expect(lines.join("|")).not.toContain("PRIVMSG");
  mina.says("CHATHISTORY BEFORE #tea timestamp=2020-01-01T00:00:00.000Z 50");
  expect(mina.hearsVerbs()).toEqual(["BATCH", "BATCH"]);
});

test("a reader without reactions gets as many messages as the limit", () => {
  const scene = new Scene();
  const jun = scene.person("jun", "message-tags").says("JOIN #tea", "PRIVMSG #tea :1");
  for (let i = 0; i < 20; i += 1) jun.says("@+draft/react=👍 TAGMSG #tea");
  const mina = scene.person("mina", "draft/chathistory").says("JOIN #tea");
  mina.hears();
  mina.says("CHATHISTORY LATEST #tea * 5");
  expect(texts(mina)).toBe("1");
});

test("a user who is kicked while a page is read gets no page", () => {
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
  // A page of the newest messages has the newest.
  expect(heard.at(-1)).toEndWith(" :last");
});

test("an edited message has the time of the edit in history, for clients with message-tags", () => {
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
  expect(mina.hears()).toEqual([":jun!u@jun000000001.account PRIVMSG #tea :one"]);
});

test("history has only the REDACT of a redacted message, for clients with the capability", () => {
  const scene = new Scene();
  const jun = scene.person("jun", "message-tags", "echo-message").says("JOIN #tea");
  jun.says("PRIVMSG #tea :secret");
  const msgid = /msgid=([^; ]+)/.exec(jun.hears().at(-1) ?? "")?.[1];
  jun.says(`REDACT #tea ${msgid} :oops`);
  const mina = scene.person("mina", ...CAPS, "draft/message-redaction").says("JOIN #tea");
  const sora = scene.person("sora", ...CAPS).says("JOIN #tea");
  for (const actor of [mina, sora]) actor.hears();
  for (const actor of [mina, sora]) actor.says("CHATHISTORY LATEST #tea * 50");
  const plain = mina.hearsPlain();
  expect(plain).toContain(`:jun!u@jun000000001.account REDACT #tea ${msgid} oops`);
  expect(plain.join()).not.toContain("secret");
  const heard = sora.hears().join();
  expect(heard).not.toContain("REDACT");
  expect(heard).not.toContain("secret");
});
