/** A server where Jun has sent a picture to #tea, and Mina, whose device is remembered, in terminals of any kind. */
import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import type { Terminal } from "@xterm/headless";
import type { Pixels } from "../../lib/terminal/pictures/pixels.ts";
import { makePicture } from "../media-files.ts";
import { type Area, answerAs, areaOf, CELL, type TerminalKind } from "./answering-terminal.ts";
import { pipe, type Running, serverLink, signUp, startServer } from "./house.ts";
import { Person } from "./person.ts";
import { Folder } from "./program.ts";
import type { Pty } from "./pty.ts";

/** The picture has as many pixels as fill so many cells. */
export const PICTURE_CELLS = { columns: 16, rows: 4 } as const;
/** Its name. */
export const PICTURE_NAME = "shot.png";
const [WIDTH, HEIGHT] = [PICTURE_CELLS.columns * CELL.width, PICTURE_CELLS.rows * CELL.height];

/** See the head of the file. */
export class PictureStage {
  readonly folder: Folder;
  readonly server: Running;

  private constructor(folder: Folder, server: Running) {
    this.folder = folder;
    this.server = server;
  }

  static async start(): Promise<PictureStage> {
    const folder = new Folder();
    const server = await startServer(folder, ["--sign-up", "open"]);
    await using jun = await signUp(server, "jun");
    jun.says("JOIN #tea");
    await jun.hears(/ 366 \S+ #tea/);
    {
      using mina = new Person("민아", `${serverLink(server)}/invite-x/room-tea`, folder);
      await mina.signsUp();
      await jun.hears(/:민아!\S+ JOIN #tea/);
    }
    writeFileSync(folder.at(PICTURE_NAME), await makePicture(WIDTH, HEIGHT));
    const { code } = await pipe(server, folder, "jun", ["send", "#tea", "--file", PICTURE_NAME]);
    expect(code).toBe(0);
    return new PictureStage(folder, server);
  }

  /** Opens Mina's client in a terminal of a kind; it shows the room. `runner`: see {@link Person}. */
  opens(kind: TerminalKind, runner: readonly string[] = []): Pty {
    const link = `${serverLink(this.server)}/room-tea`;
    const { screen } = new Person("민아", link, this.folder, { ...kind.env }, runner);
    answerAs(screen, kind);
    return screen;
  }

  async end(): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

/** Returns by how much a colour differs at most from that of the picture that was sent, at the middle of each pixel. */
export function differenceOf({ width, height, data }: Pixels): number {
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

/** Returns the area of all cells that have a colour behind them, in the first rows. */
export function blocksOn(screen: Terminal, rows = screen.rows): Area | null {
  const { active } = screen.buffer;
  return areaOf(screen.cols, rows, (column, row) => {
    const cell = active.getLine(active.baseY + row)?.getCell(column);
    return cell !== undefined && !cell.isBgDefault();
  });
}

/** Returns the row above an area. */
export function rowAbove(screen: Pty, { row }: Area): string {
  return screen.rows()[row - 1] ?? "";
}
