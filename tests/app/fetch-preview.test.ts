import { expect, test } from "bun:test";
import { fetchPreview } from "../../lib/app/chat-screen/pictures/fetch-preview.ts";
import type { FilePart } from "../../lib/chat-client/files/file-download.ts";
import type { FileSink } from "../../lib/chat-client/files/file-ports.ts";
import type { ChatSession } from "../../lib/chat-client/session-interface.ts";
import type { SharedFile } from "../../lib/protocol/file-facts.ts";

/** A fetched picture is shown only when its bytes are those that the message named. */

const BYTES = new TextEncoder().encode("the bytes of a small picture");
const FILE: SharedFile = {
  ...{ id: "file-1", name: "a.png", size: BYTES.length, type: "image/png", preview: 0 },
  ...{ sha256: new Bun.CryptoHasher("sha256").update(BYTES).digest("hex") },
  ...{ width: 0, height: 0, seconds: 0 },
};

type Files = ChatSession["files"];

/** A session whose transfers the test plays. */
class PlayedFiles {
  sizeMax: number | null = 1000;
  sink: FileSink | null = null;
  options: Parameters<Files["get"]>[2];
  cancelled: string[] = [];

  get(_file: unknown, sink: FileSink, options: Parameters<Files["get"]>[2]): string {
    this.sink = sink;
    this.options = options;
    return "key-1";
  }

  cancel(key: string): void {
    this.cancelled.push(key);
    this.end("cancelled");
  }

  end(state: "done" | "failed" | "cancelled"): void {
    this.options?.onEnd?.({ state } as Parameters<NonNullable<typeof this.options.onEnd>>[0]);
  }

  /** Sends these chunks, from one buffer that is used again for each, as a connection does. */
  deliver(chunks: readonly Uint8Array[]): unknown {
    const { sink } = this;
    if (sink === null) throw new Error("nothing was asked for");
    sink.open(FILE, { opened: () => {}, drained: () => {}, failed: () => {} });
    for (const chunk of chunks) {
      const shared = Uint8Array.from(chunk);
      expect(sink.write(shared)).toBe(true);
      shared.fill(0);
    }
    let outcome: unknown;
    sink.finish((result) => (outcome = result));
    this.end(
      outcome !== null && typeof outcome === "object" && "why" in outcome ? "failed" : "done",
    );
    return outcome;
  }
}

function begin(part: FilePart, files = new PlayedFiles()) {
  return { files, fetch: fetchPreview({ files: files as unknown as Files }, FILE, part) };
}

test("a whole file comes in chunks, is checked, and is shown in no list of transfers", async () => {
  const { files, fetch } = begin("file");
  expect(files.options).toMatchObject({ part: "file", isHidden: true });
  expect(files.deliver([BYTES.subarray(0, 5), BYTES.subarray(5)])).toEqual({ path: null });
  expect(await fetch.bytes).toEqual(Buffer.from(BYTES));
});

test("other bytes than were announced are not shown, and those of a second attempt stand alone", async () => {
  const { files, fetch } = begin("file");
  const wrong = Uint8Array.from(BYTES);
  wrong[3] = (wrong[3] ?? 0) ^ 1;
  expect(files.deliver([wrong])).toEqual({ why: "wrong-bytes" });
  expect(await fetch.bytes).toBeNull();
  const again = begin("file");
  again.files.sink?.open(FILE, { opened: () => {}, drained: () => {}, failed: () => {} });
  again.files.sink?.write(wrong);
  expect(again.files.deliver([BYTES])).toEqual({ path: null });
  expect(await again.fetch.bytes).toEqual(Buffer.from(BYTES));
});

test("a preview has no announced hash, and is taken as it comes", async () => {
  const { files, fetch } = begin("preview");
  expect(files.options).toMatchObject({ part: "preview" });
  expect(files.deliver([Uint8Array.of(1, 2)])).toEqual({ path: null });
  expect(await fetch.bytes).toEqual(Buffer.of(1, 2));
});

test("what is no longer in view is cancelled, and a server without files is not asked", async () => {
  const { files, fetch } = begin("file");
  fetch.cancel();
  expect(files.cancelled).toEqual(["key-1"]);
  expect(await fetch.bytes).toBeNull();
  const none = new PlayedFiles();
  none.sizeMax = null;
  const nothing = begin("file", none);
  nothing.fetch.cancel();
  expect(await nothing.fetch.bytes).toBeNull();
  expect(none.sink).toBeNull();
});
