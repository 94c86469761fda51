import { describe, expect, test } from "bun:test";
import type { Link } from "../../lib/chat-server/server-ports.ts";
import { FrameReader, FrameWriter } from "../../lib/cluster/frames/frame.ts";
import { readDown, SendReader, writeUp } from "../../lib/cluster/frames/link-entries.ts";
import { RemoteLinks } from "../../lib/cluster/leader/remote-links.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import { ConnectionPlaces } from "../../lib/transport/connection-places.ts";
import { FlushScheduler } from "../../lib/transport/flush-scheduler.ts";

/** A leader's links of one gateway, three of them open, and what the gateway hears. */
function leader(beforeFlush?: () => Promise<unknown> | undefined) {
  const turnEnds: (() => void)[] = [];
  const opened: Link[] = [];
  const heard: string[] = [];
  const frameBytes: number[] = [];
  const clock = { ms: 0 };
  const reader = new FrameReader();
  const sends = new SendReader();
  const timing = {
    now: () => 0,
    atTurnEnd: (run: () => void) => void turnEnds.push(run),
    after: (_: number, run: () => void) => void turnEnds.push(run),
  };
  const places = new ConnectionPlaces({
    ...{ max: 1000, perAddressMax: 1000, isExempt: () => false },
    elapsed: () => clock.ms as ElapsedMs,
  });
  const context = {
    handlers: { open: (link: Link) => void opened.push(link), data() {}, close() {} },
    ...{ places, owedBytes: null, hostOf: () => "guest.test" },
    flushScheduler: new FlushScheduler(beforeFlush, undefined, timing),
  };
  const links = new RemoteLinks(context, (bytes) => {
    frameBytes.push(bytes.length);
    for (const frame of reader.push(bytes)) {
      sends.beginFrame();
      for (const entry of frame) {
        const isSend = sends.read(entry, (link, sent) => {
          heard.push(`${link} ${new TextDecoder().decode(sent)}`);
        });
        if (!isSend) heard.push(JSON.stringify(readDown(entry)));
      }
    }
    // Whoever writes it may keep nothing of it.
    bytes.fill(0);
  });
  const up = new FrameWriter();
  for (const link of [1, 2, 3]) {
    const facts = { address: "192.0.2.1", secure: true, certificate: null, validity: null };
    writeUp(up, { kind: "open", link, ...facts });
  }
  for (const frame of new FrameReader().push(up.take())) links.receive(frame);
  const endTurn = (): void => {
    for (let run = turnEnds.shift(); run !== undefined; run = turnEnds.shift()) run();
  };
  const say = (link: number, text: string): void => {
    opened[link - 1]?.send(new TextEncoder().encode(text));
  };
  return { say, endTurn, heard, frameBytes, clock, link: opened[0] as Link };
}

describe("a leader", () => {
  test("sends a turn's bytes as they were when they wait for the disk", async () => {
    const disk = Promise.withResolvers<void>();
    const waits: (Promise<void> | undefined)[] = [disk.promise];
    const { say, endTurn, heard } = leader(() => waits.shift());
    say(1, "tea");
    say(2, "milk");
    endTurn();
    say(1, "later, and longer than what waits");
    endTurn();
    expect(heard).toEqual([]);
    disk.resolve();
    await disk.promise;
    await Promise.resolve();
    endTurn();
    expect(heard).toEqual(["1 tea", "2 milk", "1 later, and longer than what waits"]);
  });

  test("sends a long turn in several frames, in order", () => {
    const { say, endTurn, heard, frameBytes } = leader();
    const texts = Array.from({ length: 20 }, (_, n) => `${n} `.padEnd(100_000, "x"));
    for (const [n, text] of texts.entries()) say(1 + (n % 3), text);
    endTurn();
    // Of so much it asks whether it waits.
    const sent = heard.filter((line) => !line.includes('"ask"'));
    expect(sent).toEqual(texts.map((text, n) => `${1 + (n % 3)} ${text}`));
    expect(frameBytes.length).toBeGreaterThan(4);
  });

  test("tells a gateway of a guest who goes on talking every ten seconds, and of changes at once", () => {
    const { link, endTurn, heard, clock } = leader();
    for (let second = 0; second < 25; second += 1) {
      clock.ms = second * 1000;
      link.setStanding?.("guest");
    }
    link.setStanding?.("member");
    endTurn();
    const told = (standing: string): string =>
      JSON.stringify({ kind: "standing", link: 1, standing });
    expect(heard).toEqual([told("guest"), told("guest"), told("guest"), told("member")]);
  });
});
