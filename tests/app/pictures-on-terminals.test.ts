import { describe, expect, test } from "bun:test";
import { FilePreviews } from "../../lib/app/chat-screen/pictures/file-previews.ts";
import { pictureRowsMax } from "../../lib/app/chat-screen/pictures/server-previews.ts";
import type { ChatLine } from "../../lib/chat-client/client-state.ts";
import type { SharedFile } from "../../lib/protocol/file-facts.ts";
import type { PictureLook } from "../../lib/terminal/pictures/picture.ts";
import { finish } from "../../lib/terminal/pictures/pixels.ts";
import { Prng } from "../prng.ts";
import { CELL, decodable, LOOKS, PainterScene, samplePixels } from "../terminal/picture-samples.ts";
import { conversation, line, SATURDAY, stateOf } from "./team.ts";
import { Typist } from "./typist.ts";

/** The chat on terminals that show pictures: whatever happens there, nothing stays where it isn't any more. */

const PROTOCOLS = Object.keys(LOOKS) as (keyof typeof LOOKS)[];
const CELLS = { columns: 30, rows: 15 } as const;
const PICTURES = [1, 2].map((seed) => samplePixels(CELLS.columns, CELLS.rows, new Prng(seed)));
const WINDOWS = [
  [100, 30],
  [40, 12],
] as const;

const UP = "\x1b[1;5A";
const ESCAPE = "\x1b";

function fileOf(index: number): SharedFile {
  return {
    ...{ id: `k3vq5m2xwz7ak3v${index}`, name: `shot-${index}.png`, size: 90_000 },
    ...{ sha256: "0".repeat(64), type: "image/png", preview: 3000 },
    ...{ width: CELLS.columns * CELL.width, height: CELLS.rows * CELL.height },
  };
}

const LINES: readonly ChatLine[] = [
  ...Array.from({ length: 30 }, (_, index) =>
    line(SATURDAY + index * 1000, "bo", `row ${index}`, { msgid: `t${index}` }),
  ),
  ...[0, 1].map((index) =>
    line(SATURDAY + 100_000 + index, "jun", "", { file: fileOf(index), msgid: `m${index}` }),
  ),
  line(SATURDAY + 200_000, "bo", "nice", { msgid: "last" }),
];

/** What is done, one after the other; each leads to another screen. */
const KEYS = [
  ["\x1b[5~", "a page up"],
  ["\x1b[6~", "and down"],
  ["한 줄 쓰기", "something is typed"],
  ["\x1b\r\x1b\r\x1b\r", "in several rows"],
  ["\x15\x15\x7f\x7f\x7f\x15", "and removed"],
  [UP, "a message is chosen"],
  [UP, "the one with the picture"],
  ["d", "a question about it"],
  [ESCAPE, "the question is closed"],
  ["\r", "the picture alone"],
  ["\x1b[A", "the other one"],
  [ESCAPE, "back in the chat"],
  ["i", "the page about a message"],
  [ESCAPE, "it is closed"],
  [ESCAPE, "nothing is chosen"],
  ["\x1bOP", "the help"],
  [ESCAPE, "it is closed, too"],
  ["\x1bf", "the search"],
  ["row", "words to find"],
  [ESCAPE, "it is closed as well"],
  ["\x1bk", "the rooms"],
  [ESCAPE, "and the chat again"],
] as const;

/** A chat on a terminal that shows pictures. */
class PictureChat {
  readonly typist: Typist;
  readonly scene: PainterScene;
  readonly #previews: FilePreviews;
  readonly #look: PictureLook;
  #size: readonly [columns: number, rows: number];

  constructor(look: PictureLook, size: readonly [columns: number, rows: number]) {
    const [columns, rows] = size;
    this.#look = look;
    this.#size = size;
    this.#previews = new FilePreviews({
      begin: ({ name }) => ({ bytes: Promise.resolve(Buffer.from(name)), cancel: () => {} }),
      async read(bytes) {
        const pixels = PICTURES[Number(/\d/.exec(Buffer.from(bytes).toString())?.[0])];
        if (pixels === undefined) throw new Error("no picture");
        return { kind: "picture", ...decodable(pixels) };
      },
      slice: async (work) => finish(work),
      thumbnails: { load: async () => null, store: async () => {}, drop: async () => {} },
      changed: () => {},
    });
    this.#previews.setLook(look, pictureRowsMax(rows));
    const tea = conversation("#tea", { lines: LINES, oldestReached: true });
    this.typist = new Typist(stateOf(tea), { columns, rows, previews: this.#previews });
    this.scene = new PainterScene(columns, rows);
  }

  /** Types, and shows everything that is then fetched. */
  async types(keys: string): Promise<void> {
    this.typist.types(keys);
    await this.#shows();
  }

  async resizes(size: readonly [columns: number, rows: number]): Promise<void> {
    this.#size = size;
    const [columns, rows] = size;
    this.scene.resize(columns, rows);
    this.#previews.setLook(this.#look, pictureRowsMax(rows));
    this.typist.resizes(columns, rows);
    await this.#shows();
  }

  /** What another terminal shows that was never shown anything else. */
  get anew(): string[][] {
    const [columns, rows] = this.#size;
    const scene = new PainterScene(columns, rows, 9);
    scene.show(this.typist.frame);
    scene.wait(200);
    return scene.terminal.view();
  }

  /** How many cells show a picture. */
  get pictureCells(): number {
    const cells = this.scene.terminal.view().flat();
    return cells.filter((cell) => cell.startsWith("px ")).length;
  }

  async #shows(): Promise<void> {
    // Nothing here waits for more than a promise: two rounds see all of it.
    for (let round = 0; round < 2; round++) {
      this.scene.show(this.typist.shows().frame);
      await Bun.sleep(0);
    }
    this.scene.show(this.typist.shows().frame);
  }
}

describe.each(PROTOCOLS)("a picture in the chat by %s", (protocol) => {
  test.each(WINDOWS)("leaves nothing behind in a window of %i×%i", async (columns, rows) => {
    const chat = new PictureChat(LOOKS[protocol], [columns, rows]);
    await chat.types("");
    for (const [keys, what] of KEYS) {
      await chat.types(keys);
      // What has to rest may be drawn or not when the next key comes.
      for (const ms of [30, 200]) chat.scene.wait(ms);
      expect([what, chat.scene.terminal.view()]).toEqual([what, chat.anew]);
    }
    expect(chat.pictureCells).toBeGreaterThan(0);
    chat.scene.painter.leave();
    expect(chat.scene.terminal.stored).toBe(0);
  });

  test("is as large as the window when it is looked at alone, and leads back", async () => {
    for (const [columns, rows] of WINDOWS) {
      const chat = new PictureChat(LOOKS[protocol], [columns, rows]);
      await chat.types(UP + UP);
      chat.scene.wait(200);
      const inChat = chat.scene.terminal.view();
      await chat.types("\r");
      chat.scene.wait(200);
      // In a low window it is as high as that without the row of keys.
      const wholeRows = Math.min(CELLS.rows, rows - 1);
      const wholeColumns = Math.round((CELLS.columns * wholeRows) / CELLS.rows);
      expect(chat.pictureCells).toBe(wholeRows * wholeColumns);
      await chat.types(ESCAPE);
      chat.scene.wait(200);
      expect(chat.scene.terminal.view()).toEqual(inChat);
    }
  });

  test("leaves nothing behind when the window gets another size, whenever that is", async () => {
    const chat = new PictureChat(LOOKS[protocol], [100, 30]);
    await chat.types("");
    for (const restMs of [200, 99, 103, 110]) {
      for (const size of [
        [100, 29],
        [60, 30],
        [40, 12],
        [99, 12],
        [100, 30],
      ] as const) {
        await chat.types(UP);
        chat.scene.wait(restMs);
        await chat.resizes(size);
        chat.scene.wait(200);
        expect([size, chat.scene.terminal.view()]).toEqual([size, chat.anew]);
      }
    }
  });

  test("isn't drawn on a screen whose size has changed meanwhile", async () => {
    for (const restMs of [99, 101, 105]) {
      const chat = new PictureChat(LOOKS[protocol], [100, 30]);
      await chat.types("");
      chat.scene.wait(restMs);
      const { received } = chat.scene.terminal;
      chat.scene.resize(100, 12);
      chat.scene.wait(500);
      expect(chat.scene.terminal.received).toBe(received);
    }
  });
});
