import { expect, test } from "bun:test";
import { HELD_LINES_MAX } from "../../lib/chat-server/limits.ts";
import { Scene } from "../scene.ts";

/** Input lines: too long, unreadable, too many, and during a suspended command. */

test("a line of 510 bytes is accepted; a longer one is 417, and the next one is read", () => {
  const mina = new Scene().guest("mina");
  const fits = `PING :${"x".repeat(504)}`;
  mina.says(fits);
  // The answer has the server's name besides, and is cut.
  expect(mina.hears()[0]).toStartWith(":tea.test PONG tea.test xxxx");
  mina.says(`${fits}x`, "PING :next");
  expect(mina.hears()).toEqual([
    ":tea.test 417 mina :That line was too long",
    ":tea.test PONG tea.test next",
  ]);
});

test("a line may arrive in pieces, may end with LF alone, and is ignored if empty", () => {
  const mina = new Scene().guest("mina");
  for (const piece of ["PI", "NG :a\n\r\n\n", "PING ", ":b\r", "\n"])
    mina.sends(Buffer.from(piece));
  expect(mina.hears()).toEqual([":tea.test PONG tea.test a", ":tea.test PONG tea.test b"]);
});

test("a NUL or a CR invalidates only its own line", () => {
  const mina = new Scene()
    .guest("mina")
    .sends(Buffer.from("PING :a\0b\r\nPING :c\rd\r\nPING :e\r\n"));
  expect(mina.hears()).toEqual([
    ":tea.test FAIL * INVALID_LINE :That line contained a NUL character and was ignored",
    ":tea.test FAIL * INVALID_LINE :That line contained a NUL character and was ignored",
    ":tea.test PONG tea.test e",
  ]);
});

test("a source is ignored, and verbs are case-insensitive", () => {
  expect(new Scene().guest("mina").says(":mina!m@h ping :tea", "   ping tea").hears()).toEqual([
    ":tea.test PONG tea.test tea",
    ":tea.test PONG tea.test tea",
  ]);
});

test("lines after a suspended command keep their order", () => {
  const scene = new Scene();
  const mina = scene
    .guest("mina", "labeled-response", "batch")
    .says("JOIN #tea", "PRIVMSG #tea :one");
  mina.hears();
  scene.holding = true;
  mina.says(
    "@label=1 HISTORY #tea 1",
    "@label=2 PRIVMSG #tea :two",
    "@label=3 HISTORY #tea 5",
    "@label=4 PING :tea",
  );
  expect(mina.hears()).toEqual([]);
  scene.settle();
  expect(mina.hears()).toEqual([
    "@label=1 :tea.test BATCH +1 chathistory #tea",
    "@batch=1 :mina!~mina@guest.test PRIVMSG #tea :[00:30] one",
    ":tea.test BATCH -1",
    "@label=2 :tea.test ACK",
    "@label=3 :tea.test BATCH +2 chathistory #tea",
    "@batch=2 :mina!~mina@guest.test PRIVMSG #tea :[00:30] one",
    "@batch=2 :mina!~mina@guest.test PRIVMSG #tea :[00:30] two",
    ":tea.test BATCH -2",
    "@label=4 :tea.test PONG tea.test tea",
  ]);
});

test("a suspended command doesn't delay other sessions", () => {
  const scene = new Scene();
  const [mina, jun] = [scene.guest("mina"), scene.guest("jun")];
  mina.says("JOIN #tea");
  jun.says("JOIN #tea");
  mina.hears();
  jun.hears();
  scene.holding = true;
  mina.says("HISTORY #tea 5");
  jun.says("PRIVMSG #tea :hi");
  expect(mina.hears()).toEqual([":jun!~jun@guest.test PRIVMSG #tea :hi"]);
  expect(jun.says("PING :tea").hears()).toEqual([":tea.test PONG tea.test tea"]);
});

test("too many held lines close the connection", () => {
  const scene = new Scene();
  const mina = scene.guest("mina").says("JOIN #tea");
  scene.holding = true;
  mina.says("HISTORY #tea 5");
  mina.hears();
  for (let i = 0; i < HELD_LINES_MAX; i += 1) mina.says("PING :tea");
  expect(mina.closed).toBe(false);
  mina.says("PING :tea");
  expect(mina.hears()).toEqual(["ERROR :Excess Flood"]);
  scene.settle();
  expect(mina.hears()).toEqual([]);
});

test("lines over the rate limit are handled later, in order, without loss", () => {
  const scene = new Scene({ floodControl: true });
  const mina = scene.guest("mina");
  for (let i = 0; i < 400; i += 1) mina.says(`PING :${i}`);
  const lines = mina.hears();
  expect(lines.length).toBeLessThan(250);
  for (let i = 0; i < 40; i += 1) {
    scene.passes(500);
    lines.push(...mina.hears());
  }
  expect(lines).toEqual(Array.from({ length: 400 }, (_, i) => `:tea.test PONG tea.test ${i}`));
});

test("a flooding session is closed, and doesn't delay others", () => {
  const scene = new Scene({ floodControl: true });
  const [mina, jun] = [scene.guest("mina"), scene.guest("jun")];
  for (let i = 0; i < 1000; i += 1) mina.says("PING :tea");
  expect(mina.closed).toBe(true);
  expect(mina.hears().at(-1)).toEqual("ERROR :Excess Flood");
  expect(jun.says("PING :tea").hears()).toEqual([":tea.test PONG tea.test tea"]);
});

for (const [name, bytes] of [
  ["empty lines", Buffer.from("\r\n".repeat(512))],
  ["a line without end", Buffer.alloc(1024, 0x61)],
] as const) {
  test(`${name}: very many are an excess flood, and some of them disturb nobody`, () => {
    const scene = new Scene({ floodControl: true });
    const mina = scene.guest("mina");
    for (let n = 0; n < 100; n += 1) mina.sends(bytes);
    expect(mina.closed).toBe(false);
    for (let n = 0; n < 200; n += 1) mina.sends(bytes);
    expect(mina.closed).toBe(true);
    expect(mina.hears().at(-1)).toContain("Excess Flood");
    const jun = scene.guest("jun");
    for (let n = 0; n < 300; n += 1) {
      jun.sends(bytes);
      if (n % 60 === 0) jun.sends(Buffer.from("\r\nPING :tea\r\n"));
      scene.passes(1000);
    }
    expect(jun.closed).toBe(false);
  });
}

test("a stranger has little input that waits, and whoever is in has no such limit", () => {
  const scene = new Scene({ floodControl: true });
  expect(scene.server.inputBytesMax(scene.connect().session)).toBeLessThan(40_000);
  expect(scene.server.inputBytesMax(scene.guest("mina").session)).toBe(Infinity);
});
