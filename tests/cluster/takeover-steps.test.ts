import { describe, expect, test } from "bun:test";
import type { Link } from "../../lib/chat-server/server-ports.ts";
import { FrameReader, FrameWriter } from "../../lib/cluster/frames/frame.ts";
import { writeUp } from "../../lib/cluster/frames/link-entries.ts";
import { writeUpMark } from "../../lib/cluster/frames/takeover-entries.ts";
import {
  LinkTakeover,
  type LinkTakeoverOptions,
  type NotedLink,
} from "../../lib/cluster/leader/link-takeover.ts";
import { RemoteLinks } from "../../lib/cluster/leader/remote-links.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import { ConnectionPlaces } from "../../lib/transport/connection-places.ts";
import { FlushScheduler } from "../../lib/transport/flush-scheduler.ts";

/** What a new leader does with gateways that are played, step by step. */

test("a link that another leader has closed isn't opened for a gateway that comes after the takeover", () => {
  const heard: string[] = [];
  const handlers = {
    open: ({ address }: Link) => void heard.push(`open ${address}`),
    data() {},
    close: ({ address }: Link, why: string) => void heard.push(`close ${address} ${why}`),
  };
  const closed = [{ gateway: "b", link: 2 }];
  const context = takeoverContext([], { closed, handlers });
  context.takeover.begin();
  const remote = new RemoteLinks(context, () => {});
  tells(remote, (frame) => {
    writeUpMark(frame, helloOf("b"));
    for (const link of [2, 3]) {
      writeUp(frame, { kind: "open", link, address: `192.0.2.${link}`, ...FACTS });
      writeUp(frame, { kind: "ended", link, why: "Left" });
    }
  });
  expect(heard).toEqual(["open 192.0.2.3", "close 192.0.2.3 Left"]);
});

const FACTS = { secure: true, certificate: null, validity: null };

/** A takeover of one link each of gateways that have heard of some record, and what happens. */
function takeoverFrom(
  heard: readonly number[],
  options: Pick<LinkTakeoverOptions, "retell" | "recall" | "takenOver">,
) {
  const happened: string[] = [];
  const handlers = {
    ...{ open() {}, data() {}, takeUp() {} },
    close: ({ address }: Link, why: string) => void happened.push(`close ${address} ${why}`),
    failed: (_: Link | null, error: unknown) => void happened.push(String(error)),
  };
  const noted = heard.map((record) => ({
    ...{ gateway: `gateway-${record}`, address: `192.0.2.${record}` },
  }));
  const context = takeoverContext(noted, {
    ...{ ...options, handlers },
    lead: () => void happened.push("lead"),
    retell(links, afterRecord) {
      happened.push(`retell after ${afterRecord}`);
      return options.retell(links, afterRecord);
    },
  });
  const frames: string[] = [];
  const remotes = noted.map(() => {
    return new RemoteLinks(context, (frame) => void frames.push(Buffer.from(frame).toString()));
  });
  /** Lets a gateway say who it is, and that its link has ended or not. */
  const come = (index: number, isEnded: boolean): void => {
    const { gateway = "", address = "" } = noted[index] ?? {};
    tells(remotes[index], (frame) => {
      writeUpMark(frame, { kind: "hello", gateway, record: heard[index] ?? 0 });
      writeUp(frame, { kind: "open", link: 1, address, ...FACTS });
      if (isEnded) writeUp(frame, { kind: "ended", link: 1, why: "Left" });
      writeUpMark(frame, { kind: "ready" });
    });
  };
  return { happened, frames, remotes, takeover: context.takeover, come, context };
}

test("a record that can't be told again closes the links that have missed it, and the others go on", () => {
  const { happened, remotes, come } = takeoverFrom([1, 2], {
    retell(_, afterRecord) {
      if (afterRecord === 1) throw new Error("no such person");
      return true;
    },
  });
  come(0, true);
  come(1, true);
  expect(remotes.map(({ size }) => size)).toEqual([0, 0]);
  expect(happened).toEqual([
    ...["lead", "retell after 1", "Error: no such person", "retell after 2"],
    ...["close 192.0.2.1 Left", "close 192.0.2.2 Left"],
  ]);
});

test("records that are known no more close the links that have missed them, in words", async () => {
  const { frames, come } = takeoverFrom([1, 2], { retell: (_, afterRecord) => afterRecord !== 1 });
  come(0, false);
  come(1, false);
  await new Promise((resolve) => setImmediate(resolve));
  const told = frames.filter((frame) => frame.includes("ERROR"));
  expect(told).toHaveLength(1);
  expect(told.join()).toContain("what you have missed: connect again");
});

test("records that have to be fetched are, before a link is taken up, and each gateway is waited for", async () => {
  const recalled: string[] = [];
  const waiting: (() => void)[] = [];
  const { happened, takeover, remotes, come } = takeoverFrom([7, 3, 5], {
    retell: () => true,
    recall(afterRecord) {
      recalled.push(`recall after ${afterRecord}`);
      if (afterRecord === 7) return null;
      return new Promise((resolve) => waiting.push(resolve));
    },
  });
  const fetched = async (): Promise<void> => {
    waiting.shift()?.();
    await Promise.resolve();
  };
  for (const index of [0, 1, 2]) come(index, false);
  expect([recalled, happened]).toEqual([["recall after 3"], []]);
  remotes[1]?.ended();
  await fetched();
  expect([takeover.isOver, takeover.isWaiting]).toEqual([false, true]);
  come(1, false);
  expect([happened, recalled]).toEqual([
    ["lead", "retell after 7", "retell after 3", "retell after 5"],
    ["recall after 3"],
  ]);
});

test("what was needed to take over may go when the links were told again, and not before", () => {
  const { happened, come } = takeoverFrom([1, 2], {
    retell: () => true,
    takenOver: () => void happened.push("taken over"),
  });
  come(0, false);
  expect(happened).toEqual([]);
  come(1, false);
  expect(happened).toEqual(["lead", "retell after 1", "retell after 2", "taken over"]);
});

test("a leader that has taken over has no notes of the links any more", async () => {
  const notes: WeakRef<object>[] = [];
  const { takeover } = ((): ReturnType<typeof takeoverContext> => {
    const gateways = Array.from({ length: 100 }, (_, of) => {
      const note = { of };
      notes.push(new WeakRef(note));
      return { gateway: `gateway-${of}`, note };
    });
    return takeoverContext(gateways);
  })();
  /** Those of them that somebody has still. */
  const remaining = async (): Promise<number> => {
    await new Promise((resolve) => setImmediate(resolve));
    Bun.gc(true);
    return notes.filter((note) => note.deref() !== undefined).length;
  };
  expect(await remaining()).toBe(100);
  takeover.begin();
  // The collector takes some bits of the stack for references.
  expect(await remaining()).toBeLessThan(20);
  expect(takeover.isOver).toBe(true);
});

test("for a gateway none of whose links are named nothing is fetched, however much it has missed", () => {
  const recalled: number[] = [];
  const { happened, context, come } = takeoverFrom([7], {
    retell: () => true,
    recall(afterRecord) {
      recalled.push(afterRecord);
      return null;
    },
  });
  const remote = new RemoteLinks(context, () => {});
  tells(remote, (frame) => writeUpMark(frame, helloOf("away for hours")));
  come(0, false);
  expect([recalled, happened]).toEqual([[7], ["lead", "retell after 7"]]);
});

test("when fetching fails, that is noted, and the leader takes over", async () => {
  const { happened, come } = takeoverFrom([1], {
    retell: () => true,
    recall: () => Promise.reject(new Error("no log")),
  });
  come(0, false);
  await new Promise((resolve) => setImmediate(resolve));
  expect(happened).toEqual(["Error: no log", "lead", "retell after 1"]);
});

describe("a new leader waits", () => {
  /** A takeover of a link of gateway "x", which ran as the second one of n1. */
  function waiting(isSilent: (node: string) => boolean = () => false) {
    const place = { node: "n1", number: 2 };
    const context = takeoverContext([{ gateway: "x", place }], { isSilent });
    const { takeover } = context;
    /** A gateway connects, and says who it is if it has an id. */
    const comes = (node: string, number: number, id: string | null): RemoteLinks => {
      const remote = new RemoteLinks(
        context,
        () => {},
        () => ({ node, number }),
      );
      takeover.connected(remote);
      if (id !== null) tells(remote, (frame) => writeUpMark(frame, helloOf(id)));
      return remote;
    };
    return { takeover, comes };
  }

  test("no longer for a gateway in whose place another process runs", () => {
    const { takeover, comes } = waiting();
    takeover.giveUpEnded();
    comes("n2", 2, "y");
    comes("n1", 1, "z");
    expect(takeover.isOver).toBe(false);
    comes("n1", 2, "w");
    expect(takeover.isOver).toBe(true);
  });

  test("no longer for a gateway whose machine is silent", () => {
    const { takeover } = waiting((node) => node === "n1");
    expect(takeover.isOver).toBe(false);
    takeover.giveUpEnded();
    expect(takeover.isOver).toBe(true);
  });

  test("for a gateway of a silent machine while another gateway there is connected", () => {
    const { takeover, comes } = waiting((node) => node === "n1");
    const other = comes("n1", 1, "y");
    takeover.giveUpEnded();
    expect(takeover.isOver).toBe(false);
    other.ended();
    comes("n2", 2, "z");
    expect(takeover.isOver).toBe(true);
  });

  test("for a gateway that is connected, and for one of a machine that is heard", () => {
    const silent = waiting(() => true);
    const remote = silent.comes("n1", 2, null);
    silent.takeover.giveUpEnded();
    expect(silent.takeover.isOver).toBe(false);
    tells(remote, (frame) => writeUpMark(frame, helloOf("x")));
    expect(silent.takeover.isOver).toBe(false);
    tells(remote, (frame) => writeUpMark(frame, { kind: "ready" }));
    expect(silent.takeover.isOver).toBe(true);
    const heard = waiting((node) => node !== "n1");
    heard.takeover.giveUpEnded();
    expect(heard.takeover.isOver).toBe(false);
  });
});

function helloOf(gateway: string) {
  return { kind: "hello", gateway, record: 0 } as const;
}

/** A gateway tells the leader something. */
function tells(remote: RemoteLinks | undefined, write: (frame: FrameWriter) => void): void {
  const frame = new FrameWriter();
  write(frame);
  for (const entries of new FrameReader().push(frame.take())) remote?.receive(entries);
}

/** What links of gateways need, and a takeover of one link of each gateway. */
function takeoverContext(
  gateways: readonly (Pick<NotedLink, "gateway"> & Partial<NotedLink>)[],
  options: Partial<LinkTakeoverOptions> = {},
) {
  const { handlers = { open() {}, data() {}, takeUp() {}, close() {} } } = options;
  const hostOf = (address: string): string => address;
  const noted = gateways.map((of) => ({
    ...{ link: 1, address: "192.0.2.1", ...FACTS },
    ...{ note: {}, position: { offset: 0, isInLine: false }, ...of },
  }));
  const takeover = new LinkTakeover({
    ...{ lead() {}, retell: () => true, ...options, noted, handlers, hostOf },
  });
  const places = new ConnectionPlaces({
    ...{ max: 10, perAddressMax: 10, isExempt: () => false },
    elapsed: () => 0 as ElapsedMs,
  });
  const flushScheduler = new FlushScheduler();
  return { handlers, takeover, hostOf, places, flushScheduler, owedBytes: null };
}
