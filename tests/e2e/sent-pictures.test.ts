import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Area,
  areaOf,
  halfBlocksAt,
  PLAIN_TERMINAL,
  picturesOf,
  type TerminalKind,
} from "./answering-terminal.ts";
import {
  blocksOn,
  differenceOf,
  PICTURE_CELLS,
  PICTURE_NAME,
  PictureStage,
  rowAbove,
} from "./picture-stage.ts";
import type { Pty } from "./pty.ts";

/**
 * A picture that somebody sends, as each kind of terminal shows it in the chat: the bytes that it gets are read back by a
 * reader of its own, and compared with what was sent.
 */

/** Ctrl-Up begins to choose messages. */
const CHOOSE = "\x1b[1;5A";
const ESCAPE = "\x1b";
const PLAIN = PLAIN_TERMINAL;

let stage: PictureStage;
beforeAll(async () => {
  stage = await PictureStage.start();
}, 60_000);
afterAll(() => stage.end());

/** Does something at a screen, and ends it. */
async function at(screen: Pty, act: (screen: Pty) => Promise<void>): Promise<void> {
  try {
    await act(screen);
  } finally {
    screen.end();
  }
}

describe("a picture that somebody has sent", () => {
  test.each<[string, TerminalKind, number]>([
    ["kitty, by placeholders", { ...PLAIN, name: "kitty(0.35.2)", isKitty: true }, 1],
    ["another terminal with kitty's protocol", { ...PLAIN, name: "foot(1.20)", isKitty: true }, 1],
    ["iTerm2", { ...PLAIN, name: "iTerm2 3.5.0", hasSixel: true }, 1],
    ["WezTerm", { ...PLAIN, name: "WezTerm 20240203", isKitty: true }, 1],
    ["a terminal with sixel", { ...PLAIN, hasSixel: true }, 30],
  ])(
    "is shown by %s, alone after Enter, and where it was after Escape",
    (_, kind, most) =>
      at(stage.opens(kind), async (screen) => {
        const isInChat = (area: Area) => rowAbove(screen, area).includes(PICTURE_NAME);
        const inChat = await seesPicture(screen, isInChat);
        expect(differenceOf(inChat.pixels)).toBeLessThan(most);
        screen.type(CHOOSE);
        screen.type("\r");
        const alone = await seesPicture(screen, (area) => rowAbove(screen, area) === "");
        expect(alone.area.column).toBe((screen.screen.cols - PICTURE_CELLS.columns) / 2);
        expect(differenceOf(alone.pixels)).toBeLessThan(most);
        screen.type(ESCAPE);
        const again = await seesPicture(screen, isInChat);
        expect(again.area).toEqual(inChat.area);
        expect(differenceOf(again.pixels)).toBeLessThan(most);
      }),
    60_000,
  );

  test.each([
    ["24-bit", { COLORTERM: "truecolor" }, 6],
    ["256", { COLORTERM: "" }, 50],
  ])(
    "is shown in half blocks of %s colours",
    (_, env, most) =>
      at(stage.opens({ ...PLAIN, env }), async (screen) => {
        const isWhole = (area: Area | null): area is Area =>
          area?.columns === PICTURE_CELLS.columns && area.rows === PICTURE_CELLS.rows;
        await screen.until(() => isWhole(blocksOn(screen.screen)), "for the picture");
        const area = blocksOn(screen.screen);
        if (!isWhole(area)) throw new Error("it has gone");
        expect(rowAbove(screen, area)).toContain(PICTURE_NAME);
        expect(differenceOf(halfBlocksAt(screen.screen, area))).toBeLessThan(most);
      }),
    60_000,
  );
});

test("a tmux that answers late has its pictures in another way from then on", () => {
  const waiting = stage.folder.at("waiting");
  writeFileSync(waiting, "");
  const bin = stage.folder.at("bin");
  mkdirSync(bin);
  const answer = "256,RGB|1|4|8|kitty(0.35.2)";
  const tmux = `#!/bin/sh\nwhile [ -e "${waiting}" ]; do sleep 0.05; done\necho "${answer}"\n`;
  writeFileSync(join(bin, "tmux"), tmux, { mode: 0o755 });
  const env = { TMUX: "/tmp/tmux,1,0", PATH: `${bin}:${process.env["PATH"]}`, TMUX_PANE: "" };
  return at(stage.opens({ ...PLAIN, env }), async (screen) => {
    await screen.until(() => blocksOn(screen.screen) !== null, "for half blocks");
    rmSync(waiting);
    const isInText = (): boolean => screen.rows().some((row) => row.includes("\u{10eeee}"));
    await screen.until(isInText, "for kitty's picture");
    expect(blocksOn(screen.screen)).toBeNull();
  });
}, 60_000);

/** Waits for the whole picture on a screen, at a place that is right. */
async function seesPicture(screen: Pty, isRight: (area: Area) => boolean) {
  for (;;) {
    const terminal = picturesOf(screen);
    const view = terminal.view();
    const isPicture = (column: number, row: number): boolean =>
      view[row]?.[column]?.startsWith("px ") ?? false;
    const area = areaOf(terminal.columns, terminal.rows, isPicture);
    const isWhole = area?.columns === PICTURE_CELLS.columns && area.rows === PICTURE_CELLS.rows;
    if (area !== null && isWhole && isRight(area)) {
      const pixels = terminal.pixelsAt(area.column, area.row, area.columns, area.rows);
      return { area, pixels };
    }
    const { length } = screen.written;
    await screen.until(() => screen.written.length > length, "for the picture");
  }
}
