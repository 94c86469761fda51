import { beforeAll, expect, test } from "bun:test";
import {
  FilePreviews,
  type PreviewPorts,
} from "../../lib/app/chat-screen/pictures/file-previews.ts";
import type { ChatLine } from "../../lib/chat-client/client-state.ts";
import { decodePicture } from "../../lib/file-manager/client/pictures/picture-decoder.ts";
import type { SharedFile } from "../../lib/protocol/file-facts.ts";
import type { PictureLook } from "../../lib/terminal/pictures/picture.ts";
import { finish } from "../../lib/terminal/pictures/pixels.ts";
import { cellsOf } from "../../lib/terminal/width.ts";
import { makePicture, makePngBomb } from "../media-files.ts";
import { conversation, line, SATURDAY, stateOf } from "./team.ts";
import { Typist } from "./typist.ts";

const LOOK: PictureLook = {
  ...{ protocol: "blocks", cell: { width: 10, height: 20 } },
  ...{ depth: "24-bit", background: [0, 0, 0], isWide: false },
  ...{ hasPlaceholders: false, registers: 256 },
};

let shot: Uint8Array;
beforeAll(async () => {
  shot = await makePicture(400, 200);
});

function picture(index = 0, more: Partial<SharedFile> = {}): SharedFile {
  return {
    ...{ id: `k3vq5m2xwz7ak3v${index}`, name: `shot-${index}.png`, size: 900_000 },
    ...{ sha256: "0".repeat(64), type: "image/png", width: 1600, height: 800, preview: 3000 },
    ...more,
  };
}

const NOTES: SharedFile = {
  ...{ id: "notes".repeat(4), name: "build.log", size: 300, sha256: "1".repeat(64) },
  type: "text/plain",
};

function sent(file: SharedFile, index = 0): ChatLine {
  return line(SATURDAY + index * 1000, "jun", "", { file, msgid: `m${index}` });
}

/** A server whose files are given, and everything that was asked of it. */
class FileStage {
  readonly fetched: string[] = [];
  readonly cancelled: string[] = [];
  /** The box of each picture that was read, and whether it was wanted as a file. */
  readonly reads: [width: number, height: number, isFile: boolean][] = [];
  readonly stored = new Map<string, Uint8Array>();
  /** What the server answers; null: it can't be fetched. Without one it doesn't answer. */
  readonly answers = new Map<string, Uint8Array | null>();
  changes = 0;
  #waiting: (() => void)[] = [];

  previews(look: PictureLook | null = LOOK, rowsMax = 10): FilePreviews {
    const ports: PreviewPorts = {
      begin: (file, part) => {
        const name = {
          file: `${file.name} whole`,
          beginning: `${file.name} in part`,
          preview: file.name,
        }[part];
        this.fetched.push(name);
        const { promise, resolve } = Promise.withResolvers<Uint8Array | null>();
        const answer = this.answers.get(name);
        if (answer !== undefined) resolve(answer);
        const cancel = (): void => {
          this.cancelled.push(name);
          resolve(null);
        };
        return { bytes: promise, cancel };
      },
      read: (bytes, box, isFile) => {
        this.reads.push([box.width, box.height, isFile]);
        return decodePicture(bytes, box, isFile);
      },
      slice: async (work) => finish(work),
      thumbnails: {
        load: async ({ id }) => this.stored.get(id) ?? null,
        store: async ({ id }, bytes) => void this.stored.set(id, bytes),
        drop: async ({ id }) => void this.stored.delete(id),
      },
      changed: () => {
        this.changes += 1;
        for (const resolve of this.#waiting.splice(0)) resolve();
      },
    };
    const previews = new FilePreviews(ports);
    previews.setLook(look, rowsMax);
    return previews;
  }

  /** Resolves when so much was drawn. */
  async changed(count: number): Promise<void> {
    while (this.changes < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

function open(previews: FilePreviews, lines: readonly ChatLine[], rows = 24, columns = 100) {
  const tea = conversation("#tea", { lines, oldestReached: true });
  const typist = new Typist(stateOf(tea), { columns, rows, previews });
  return typist.shows();
}

/** How many rows of the screen have a piece of a picture. */
function pictureRows({ frame }: Typist): number {
  return frame.rows.filter((row) => row.some((piece) => piece.picture !== undefined)).length;
}

test("a picture has its place from the beginning, so that nothing moves when it comes", async () => {
  const stage = new FileStage();
  stage.answers.set("shot-0.png", shot);
  const lines = [line(SATURDAY, "bo", "look"), sent(picture()), line(SATURDAY + 9, "bo", "nice")];
  const typist = open(stage.previews(), lines);
  const before = typist.rows.findIndex((row) => row.includes("look"));
  expect(pictureRows(typist)).toBe(0);
  await stage.changed(1);
  typist.shows();
  expect(pictureRows(typist)).toBe(10);
  expect(typist.rows.findIndex((row) => row.includes("look"))).toBe(before);
  expect(stage.fetched).toEqual(["shot-0.png"]);
  for (const row of typist.frame.rows) {
    expect(row.reduce((cells, { text }) => cells + cellsOf(text), 0)).toBe(100);
  }
});

test("a thumbnail that was stored isn't fetched again; one that can't be read is dropped", async () => {
  const stage = new FileStage();
  stage.answers.set("shot-0.png", shot);
  open(stage.previews(), [sent(picture())]);
  await stage.changed(1);
  const next = open(stage.previews(), [sent(picture())]);
  await stage.changed(2);
  expect(stage.fetched).toEqual(["shot-0.png"]);
  expect(pictureRows(next.shows())).toBe(10);
  stage.stored.set(picture().id, Buffer.from("no picture at all, whoever wrote it"));
  const damaged = open(stage.previews(), [sent(picture())]);
  await stage.changed(3);
  expect(damaged.shows().screen).toContain("This picture can't be shown here");
  expect(stage.stored.size).toBe(0);
});

test("in a low window a picture leaves room for talk", async () => {
  const stage = new FileStage();
  stage.answers.set("shot-0.png", shot);
  const typist = open(stage.previews(LOOK, 4), [sent(picture())], 12, 40);
  await stage.changed(1);
  expect(pictureRows(typist.shows())).toBe(4);
});

test("what leaves the view before it came is given up, and fetched when it is in view again", async () => {
  const stage = new FileStage();
  const previews = stage.previews();
  const shown = [0, 1, 2].map((index) => previews.inConversation(picture(index), 80));
  previews.show(shown);
  await Bun.sleep(0);
  expect(stage.fetched).toEqual(["shot-0.png", "shot-1.png"]);
  previews.show(shown.slice(2));
  await Bun.sleep(0);
  expect(stage.cancelled).toEqual(["shot-0.png", "shot-1.png"]);
  expect(stage.fetched.at(-1)).toBe("shot-2.png");
  stage.answers.set("shot-0.png", shot);
  previews.show(shown.slice(0, 1));
  await stage.changed(1);
  expect(previews.below(picture(0), 80).kind).toBe("picture");
});

test("what couldn't be fetched is said, and tried again after a new connection", async () => {
  const stage = new FileStage();
  stage.answers.set("shot-0.png", null);
  const previews = stage.previews();
  const typist = open(previews, [sent(picture())]);
  await stage.changed(1);
  expect(typist.shows().screen).toContain("This picture couldn't be fetched.");
  stage.answers.set("shot-0.png", shot);
  previews.retry();
  await stage.changed(2);
  expect(pictureRows(typist.shows())).toBe(10);
});

test("a bomb and a damaged picture are told in a sentence", async () => {
  const stage = new FileStage();
  stage.answers.set("shot-0.png", makePngBomb(60_000, 60_000));
  stage.answers.set("shot-1.png", makePngBomb(300, 300));
  const typist = open(stage.previews(), [sent(picture(0), 0), sent(picture(1), 1)], 40);
  await stage.changed(2);
  expect(typist.shows().screen).toContain("This picture has too many pixels to be shown.");
  expect(typist.screen).toContain("This picture can't be shown: it is damaged.");
});

test("a picture whose sender lied about its size is drawn as it is", async () => {
  const stage = new FileStage();
  stage.answers.set("shot-0.png", shot);
  const lying = picture(0, { width: 10, height: 60_000 });
  const typist = open(stage.previews(), [sent(lying)]);
  await stage.changed(1);
  expect(pictureRows(typist.shows())).toBe(1);
});

test("a small picture without preview is fetched whole, a large one isn't, and none where pictures aren't shown", async () => {
  const stage = new FileStage();
  const { preview: _, ...plain } = picture();
  const previews = stage.previews();
  previews.show([
    previews.inConversation({ ...plain, size: 50_000 }, 80),
    previews.inConversation({ ...plain, id: "large".repeat(4), size: 5_000_000 }, 80),
  ]);
  await Bun.sleep(0);
  expect(stage.fetched).toEqual(["shot-0.png whole"]);
  const hidden = new FileStage();
  const none = hidden.previews(null);
  none.show([none.inConversation(picture(), 80)]);
  await Bun.sleep(0);
  expect(hidden.fetched).toEqual([]);
  expect(none.below(picture(), 80)).toEqual({ kind: "none" });
});

test("pictures out of view stay in memory up to a bound", async () => {
  const stage = new FileStage();
  const look = { ...LOOK, protocol: "iterm", cell: { width: 20, height: 40 } } as const;
  const previews = stage.previews(look, 40);
  const count = 9;
  const large = await makePicture(1200, 600);
  for (let index = 0; index < count; index++) {
    stage.answers.set(`shot-${index}.png`, large);
    previews.show([previews.inConversation(picture(index), 80)]);
    await stage.changed(index + 1);
  }
  const kindOf = (index: number): string => previews.below(picture(index), 80).kind;
  expect([kindOf(0), kindOf(count - 2), kindOf(count - 1)]).toEqual([
    ...["waiting", "picture", "picture"],
  ]);
  previews.forget(picture(count - 1));
  expect(kindOf(count - 1)).toBe("waiting");
  expect(stage.stored.has(picture(count - 1).id)).toBe(false);
});

test("a text shows its first lines, folded, and all that was fetched when it is opened", async () => {
  const stage = new FileStage();
  const log = ["\x1b[32mok\x1b[0m 1", "\tindented", "\x07bell", "4", "5", "6", ""].join("\n");
  stage.answers.set("build.log whole", Buffer.from(log));
  const typist = open(stage.previews(), [sent(NOTES)]);
  await stage.changed(1);
  const { rows } = typist.shows();
  const first = rows.findIndex((row) => row.includes("ok 1"));
  expect(rows[first - 1]).toContain("build.log");
  expect(rows[first + 1]).toContain("    indented");
  expect(rows[first + 2]).toContain("␇bell");
  expect(rows[first + 3]).toContain("3 more rows");
  typist.types("\x1b[1;5A").types("\r").shows();
  expect(typist.rows.some((row) => /▏|│ {0,2}6/.test(row) && row.trimEnd().endsWith("6"))).toBe(
    true,
  );
  expect(typist.screen).not.toContain("more rows");
});

test("of a large text only the beginning is fetched, which may end within a letter", async () => {
  const stage = new FileStage();
  const text = Buffer.from(`처음\n${"가나다\n".repeat(3)}끝`);
  stage.answers.set("build.log in part", text.subarray(0, text.length - 1));
  const typist = open(stage.previews(), [sent({ ...NOTES, size: 800_000 })]);
  await stage.changed(1);
  expect(stage.fetched).toEqual(["build.log in part"]);
  expect(typist.shows().screen).toContain("처음");
});

test.each([
  ["code page 949", "bec8b3e7 94ee", "안녕뷁"],
  ["UTF-16", "fffe 48c5 55b1 c1bd", "안녕뷁"],
  ["UTF-16, the other way around", "feff c548 b155 bdc1", "안녕뷁"],
  ["Latin-1", "32 30 b0 43 20 69 6e 20 5a fc 72 69 63 68", "20°C in Zürich"],
])("a log of Windows in %s is read", async (_, hex, shown) => {
  const stage = new FileStage();
  stage.answers.set("build.log whole", Buffer.from(hex.replaceAll(" ", ""), "hex"));
  const typist = open(stage.previews(), [sent(NOTES)]);
  await stage.changed(1);
  expect(typist.shows().rows.some((row) => row.endsWith(` ${shown}`))).toBe(true);
});

test.each([
  ["is none", "61 00 62"],
  ["is in UTF-16 that ends within a letter", "fffe 48c5 55"],
  ["is in an encoding that isn't known here", "82b1 82f1 82c9 82bf 82cd"],
])("a text that %s shows nothing", async (_, hex) => {
  const stage = new FileStage();
  const previews = stage.previews();
  stage.answers.set("build.log whole", Buffer.from(hex.replaceAll(" ", ""), "hex"));
  previews.show([previews.inConversation(NOTES, 80)]);
  await stage.changed(1);
  expect(previews.below(NOTES, 80)).toEqual({ kind: "none" });
});

test("Enter shows a picture over the whole window, arrows the others, and Escape leads back", async () => {
  const stage = new FileStage();
  stage.answers.set("shot-0.png", shot);
  stage.answers.set("shot-1.png", shot);
  const typist = open(stage.previews(), [sent(picture(0), 0), sent(picture(1), 1)], 30);
  await stage.changed(2);
  stage.answers.set("shot-1.png whole", await makePicture(1600, 800));
  typist.types("\x1b[1;5A").types("\r").shows();
  expect(typist.rows.at(-1)).toContain("shot-1.png 900 KB · picture 1600×800");
  expect(typist.rows.at(-1)).toContain("Esc: back");
  await stage.changed(4);
  expect(pictureRows(typist.shows())).toBe(25);
  expect(stage.fetched).toContain("shot-1.png whole");
  for (const row of typist.frame.rows) {
    expect(row.reduce((cells, { text }) => cells + cellsOf(text), 0)).toBe(100);
  }
  typist.types("\x1b[A").shows();
  expect(typist.rows.at(-1)).toContain("shot-0.png");
  typist.types("\x1b[A").types("\x1b").shows();
  expect(typist.ui.page).toBeNull();
  expect(typist.screen).toContain("📎 shot-0.png");
});

test("a picture is read in as many pixels as are shown, and as a file for terminals that get one", async () => {
  const reads: unknown[] = [];
  for (const protocol of ["blocks", "kitty", "iterm", "sixel"] as const) {
    const stage = new FileStage();
    stage.answers.set("shot-0.png", shot);
    const previews = stage.previews({ ...LOOK, protocol });
    previews.show([previews.inConversation(picture(), 80)]);
    await stage.changed(1);
    reads.push([protocol, ...stage.reads]);
  }
  // 40 columns and 10 rows.
  expect(reads).toEqual([
    ["blocks", [160, 80, false]],
    ["kitty", [400, 200, true]],
    ["iterm", [400, 200, true]],
    ["sixel", [400, 200, false]],
  ]);
});

test("a picture that is too large to be looked at whole shows its thumbnail", async () => {
  const stage = new FileStage();
  stage.answers.set("shot-0.png", shot);
  const typist = open(stage.previews(), [sent(picture(0, { size: 400_000_000 }))], 30);
  await stage.changed(1);
  typist.types("\x1b[1;5A").types("\r").shows();
  await stage.changed(3);
  expect(pictureRows(typist.shows())).toBe(25);
  expect(stage.fetched).toEqual(["shot-0.png"]);
});

test.each([
  [100, 30],
  [40, 12],
  [16, 5],
])("a picture's page fits %i×%i, in both languages", (columns, rows) => {
  for (const language of ["en", "ko"] as const) {
    const tea = conversation("#tea", { lines: [sent(picture())], oldestReached: true });
    const typist = new Typist(stateOf(tea), { columns, rows, language });
    typist.ui = { ...typist.ui, page: { kind: "picture", lineKey: sent(picture()).key } };
    expect(typist.frame.rows.length).toBe(rows);
    for (const row of typist.frame.rows) {
      expect(row.reduce((cells, { text }) => cells + cellsOf(text), 0)).toBe(columns);
    }
  }
});
