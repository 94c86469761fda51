import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import type { Terminal } from "@xterm/headless";
import type { Pixels } from "../../lib/terminal/pictures/pixels.ts";
import { makePicture } from "../media-files.ts";
import {
  type Area,
  answerAs,
  areaOf,
  CELL,
  halfBlocksAt,
  picturesOf,
  type TerminalKind,
} from "./answering-terminal.ts";
import { pipe, type Running, serverLink, signUp, startServer } from "./house.ts";
import { Person } from "./person.ts";
import { Folder } from "./program.ts";
import type { Pty } from "./pty.ts";

/**
 * A picture that somebody sends, as each kind of terminal shows it in the chat: the bytes that it gets are read back by a
 * reader of its own, and compared with what was sent.
 */

/** As many pixels as fill so many cells. */
const AREA = { columns: 16, rows: 4 } as const;
/** Ctrl-Up begins to choose messages. */
const CHOOSE = "\x1b[1;5A";
const ESCAPE = "\x1b";
const [WIDTH, HEIGHT] = [AREA.columns * CELL.width, AREA.rows * CELL.height];

const folder = new Folder();
let server: Running;

beforeAll(async () => {
  server = await startServer(folder, ["--sign-up", "open"]);
  await using jun = await signUp(server, "jun");
  jun.says("JOIN #tea");
  await jun.hears(/ 366 \S+ #tea/);
  {
    using mina = new Person("민아", `${serverLink(server)}/invite-x/room-tea`, folder);
    await mina.signsUp();
    await jun.hears(/:민아!\S+ JOIN #tea/);
  }
  writeFileSync(folder.at("shot.png"), await makePicture(WIDTH, HEIGHT));
  const { code } = await pipe(server, folder, "jun", ["send", "#tea", "--file", "shot.png"]);
  expect(code).toBe(0);
}, 60_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const PLAIN: TerminalKind = { name: "", isKitty: false, hasSixel: false, env: {} };

/** The client, remembered, in a terminal of a kind; it shows the room. */
function opens(kind: TerminalKind): Person {
  const person = new Person("민아", `${serverLink(server)}/room-tea`, folder, kind.env);
  answerAs(person.screen, kind);
  return person;
}

/** By how much a colour differs at most from that of the picture that was sent, at the middle of each pixel. */
function differenceOf({ width, height, data }: Pixels): number {
  let most = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const right = (((x + 0.5) * WIDTH) / width - 0.5) * (255 / WIDTH);
      const down = (((y + 0.5) * HEIGHT) / height - 0.5) * (255 / HEIGHT);
      for (const [part, wanted] of [right, down, 255 - right].entries()) {
        const colour = data[(y * width + x) * 4 + part] ?? 0;
        most = Math.max(most, Math.abs(colour - wanted));
      }
    }
  }
  return most;
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
    async (_, kind, most) => {
      using person = opens(kind);
      const { screen } = person;
      const inChat = await seesPicture(screen, (area) =>
        nameAbove(screen, area).includes("shot.png"),
      );
      expect(differenceOf(inChat.pixels)).toBeLessThan(most);
      screen.type(CHOOSE);
      screen.type("\r");
      const alone = await seesPicture(screen, (area) => nameAbove(screen, area) === "");
      expect(alone.area.column).toBe((screen.screen.cols - AREA.columns) / 2);
      expect(differenceOf(alone.pixels)).toBeLessThan(most);
      screen.type(ESCAPE);
      const again = await seesPicture(screen, (area) =>
        nameAbove(screen, area).includes("shot.png"),
      );
      expect(again.area).toEqual(inChat.area);
      expect(differenceOf(again.pixels)).toBeLessThan(most);
    },
    60_000,
  );

  test.each([
    ["24-bit", { COLORTERM: "truecolor" }, 6],
    ["256", { COLORTERM: "" }, 50],
  ])(
    "is shown in half blocks of %s colours",
    async (_, env, most) => {
      using person = opens({ ...PLAIN, env });
      const { screen } = person.screen;
      await person.screen.until(() => {
        const area = blocksOn(screen);
        return area?.columns === AREA.columns && area.rows === AREA.rows;
      });
      const area = blocksOn(screen);
      expect(area === null ? "" : nameAbove(person.screen, area)).toContain("shot.png");
      expect(area === null ? 255 : differenceOf(halfBlocksAt(screen, area))).toBeLessThan(most);
    },
    60_000,
  );
});

/** Waits for the whole picture on a screen, at a place that is right. */
async function seesPicture(screen: Pty, isRight: (area: Area) => boolean) {
  for (;;) {
    const terminal = picturesOf(screen);
    const view = terminal.view();
    const isPicture = (column: number, row: number): boolean =>
      view[row]?.[column]?.startsWith("px ") ?? false;
    const area = areaOf(terminal.columns, terminal.rows, isPicture);
    const isWhole = area?.columns === AREA.columns && area.rows === AREA.rows;
    if (area !== null && isWhole && isRight(area)) {
      const pixels = terminal.pixelsAt(area.column, area.row, area.columns, area.rows);
      return { area, pixels };
    }
    const { length } = screen.written;
    await screen.until(() => screen.written.length > length, "for the picture");
  }
}

/** Returns the area of all cells that have a colour behind them. */
function blocksOn(screen: Terminal): Area | null {
  const { active } = screen.buffer;
  return areaOf(screen.cols, screen.rows, (column, row) => {
    const cell = active.getLine(active.baseY + row)?.getCell(column);
    return cell !== undefined && !cell.isBgDefault();
  });
}

function nameAbove(screen: Pty, { row }: Area): string {
  return screen.rows()[row - 1] ?? "";
}
