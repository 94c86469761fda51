import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { areaOf, halfBlocksAt, PLAIN_TERMINAL, picturesInText } from "../e2e/answering-terminal.ts";
import {
  blocksOn,
  differenceOf,
  PICTURE_NAME,
  PictureStage,
  rowAbove,
} from "../e2e/picture-stage.ts";
import type { Pty } from "../e2e/pty.ts";

/** A picture in a chat that runs in tmux, in a terminal that is kitty. */

let stage: PictureStage;
beforeAll(async () => {
  stage = await PictureStage.start();
});
afterAll(() => stage.end());

/** A pty doesn't say how large its cells are: then they are taken for 10×20 pixels, of which the picture fills fewer. */
const CELLS = { columns: 6, rows: 2 };
const KITTY = { ...PLAIN_TERMINAL, name: "kitty(0.35.2)", isKitty: true };

/** Starts the client when tmux knows the terminal, as it does long before in a tmux that somebody works in. */
const WHEN_KNOWN =
  'until tmux display-message -p "#{client_termtype}" | grep -q kitty; do sleep 0.05; done; exec "$@"';

/** The client in a tmux of its own. */
function opensInTmux(name: string, passthrough: "on" | "off"): Pty {
  const [settings, socket] = [stage.folder.at(`${name}.conf`), stage.folder.at(`${name}.socket`)];
  writeFileSync(
    settings,
    `set -g allow-passthrough ${passthrough}\nset -as terminal-features ",xterm-256color:RGB"\n`,
  );
  const tmux = ["tmux", "-u", "-f", settings, "-S", socket, "new-session", "--"];
  const command = [...tmux, "sh", "-c", WHEN_KNOWN, "sh"];
  return stage.opens({ ...KITTY, env: { COLORTERM: "truecolor", TMUX: "" } }, command);
}

/** Ends tmux with all that runs in it. */
function endTmux(name: string, screen: Pty): void {
  Bun.spawnSync(["tmux", "-S", stage.folder.at(`${name}.socket`), "kill-server"]);
  screen.end();
}

test("stands in tmux's text, and kitty gets it, where tmux lets it through", async () => {
  const screen = opensInTmux("open", "on");
  try {
    for (;;) {
      const terminal = picturesInText(screen);
      const view = terminal.view();
      const area = areaOf(
        terminal.columns,
        terminal.rows,
        (column, row) => view[row]?.[column]?.startsWith("px ") ?? false,
      );
      if (area?.columns === CELLS.columns && area.rows === CELLS.rows) {
        expect(rowAbove(screen, area)).toContain(PICTURE_NAME);
        const pixels = terminal.pixelsAt(area.column, area.row, area.columns, area.rows);
        expect(differenceOf(pixels)).toBeLessThan(12);
        break;
      }
      const { length } = screen.written;
      await screen.until(() => screen.written.length > length, "for the picture");
    }
  } finally {
    endTmux("open", screen);
  }
});

test("is shown in half blocks where tmux lets nothing through", async () => {
  const screen = opensInTmux("closed", "off");
  try {
    const { screen: cells } = screen;
    // tmux's own row at the bottom has a colour, too.
    const picture = () => {
      const area = blocksOn(cells, cells.rows - 1);
      return area?.columns === CELLS.columns && area.rows === CELLS.rows ? area : null;
    };
    await screen.until(() => picture() !== null, "for the picture");
    const area = picture();
    if (area === null) throw new Error("it has gone");
    expect(rowAbove(screen, area)).toContain(PICTURE_NAME);
    expect(differenceOf(halfBlocksAt(cells, area))).toBeLessThan(6);
    expect(screen.written).not.toContain("\x1b_G");
  } finally {
    endTmux("closed", screen);
  }
});
