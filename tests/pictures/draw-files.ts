/** Draws a room with files, one of them on its way. The state is made: a real transfer doesn't stand still for a picture. */
import { UnicodeGraphemesAddon } from "@xterm/addon-unicode-graphemes";
import { Terminal } from "@xterm/headless";
import { drawChat } from "../../lib/app/chat-screen/draw/chat-view.ts";
import { ScreenCache } from "../../lib/app/chat-screen/draw/screen-cache.ts";
import { FilePreviews } from "../../lib/app/chat-screen/pictures/file-previews.ts";
import { pictureRowsMax } from "../../lib/app/chat-screen/pictures/server-previews.ts";
import { EMPTY_UI } from "../../lib/app/chat-screen/ui-state.ts";
import type { Transfer } from "../../lib/chat-client/files/transfer.ts";
import type { SharedFile } from "../../lib/protocol/file-facts.ts";
import type { Rgb } from "../../lib/terminal/colour.ts";
import { finish, type Pixels, type Slices } from "../../lib/terminal/pictures/pixels.ts";
import { diffFrames, type Frame } from "../../lib/terminal/screen-frame.ts";
import { themeFor } from "../../lib/terminal/theme.ts";
import {
  conversation,
  drawContextFor,
  line,
  member,
  membersOf,
  SATURDAY,
  stateOf,
} from "../app/team.ts";
import { elapsedMs } from "../elapsed.ts";
import { DARK, screenSvg } from "./screen-svg.ts";

const SIZE = { columns: 100, rows: 30 } as const;
const MINUTE = 60_000;
const BACKGROUND: Rgb = [22, 24, 29];
const LOG = ["09:40 build", "09:41 test", "09:42 deploy", "09:43 check", "09:44 done"];
/** Milliseconds that an answer took, by the hour. */
const BARS = [96, 88, 91, 84, 70, 72, 58, 44, 40, 31, 28, 24];
const CHART = { width: 480, height: 180 } as const;
const FILES = {
  log: { name: "deploy.log", size: 212, type: "text/plain" },
  film: { name: "demo.mp4", size: 48_200_000, type: "video/mp4", seconds: 83 },
  chart: { name: "response times.png", size: 18_400, type: "image/png", ...CHART, preview: 2100 },
};

function fileOf(name: keyof typeof FILES): SharedFile {
  return { ...FILES[name], id: name.padEnd(16, "2"), sha256: "0".repeat(64) };
}

/** Returns the picture's SVG. `title`: for those who don't see it. */
export async function drawFiles(title: string): Promise<string> {
  const theme = themeFor({ TERM: "xterm-256color", COLORTERM: "truecolor" }, BACKGROUND);
  const bytes = diffFrames(null, await frameWithFiles(), theme);
  const terminal = new Terminal({ cols: SIZE.columns, rows: SIZE.rows, allowProposedApi: true });
  terminal.loadAddon(new UnicodeGraphemesAddon());
  try {
    await new Promise<void>((resolve) => terminal.write(`\x1b[?7l${bytes}`, resolve));
    return screenSvg(terminal, DARK, true, title);
  } finally {
    terminal.dispose();
  }
}

async function frameWithFiles(): Promise<Frame> {
  const previews = new FilePreviews({
    begin: ({ type }) => ({
      bytes: Promise.resolve(Buffer.from(type === "text/plain" ? LOG.join("\n") : "a chart")),
      cancel: () => {},
    }),
    read: async () => ({ kind: "picture", ...CHART, png: new Uint8Array(), pixels: chartPixels }),
    slice: async (work) => finish(work),
    thumbnails: { load: async () => null, store: async () => {}, drop: async () => {} },
    changed: () => {},
  });
  const look = {
    ...({ protocol: "blocks", cell: { width: 10, height: 20 }, depth: "24-bit" } as const),
    ...{ background: BACKGROUND, isWide: false, hasPlaceholders: false, registers: 256 },
  };
  previews.setLook(look, pictureRowsMax(SIZE.rows));
  const dev = conversation("#dev", {
    topic: "Release 1.0 · code review before noon",
    members: membersOf(member("mina", { ranks: "@" }), member("hana"), member("jun")),
    lines: [
      line(SATURDAY, "jun", "the build of this morning", { file: fileOf("log") }),
      line(SATURDAY + MINUTE, "mina", "and the demo for Friday", { file: fileOf("film") }),
      line(SATURDAY + 3 * MINUTE, "hana", "faster by the hour", {
        file: fileOf("chart"),
        own: true,
      }),
      line(SATURDAY + 4 * MINUTE, "jun", "wow", { reactions: new Map([["🎉", ["mina"]]]) }),
    ],
  });
  const state = stateOf(conversation("#lunch", { unread: 2 }), dev, conversation("#random"));
  const me = { ...state.me, nick: "hana", account: "hana" };
  const ui = { ...EMPTY_UI, current: dev.key, transfers: [SENDING] };
  const context = { ...drawContextFor("en"), previews };
  const cache = new ScreenCache(context);
  const draw = (): Frame =>
    drawChat({ ...state, me }, ui, SIZE, elapsedMs(SATURDAY), cache, context).frame;
  // Nothing here waits for more than a promise, and at most two previews are read at once.
  for (let round = 0; round < 2; round++) {
    cache.inView = [];
    draw();
    previews.show(cache.inView);
    await Bun.sleep(0);
  }
  return draw();
}

const SENDING: Transfer = {
  ...{ key: "t1", direction: "send", target: "#dev", name: "backup.tar.zst" },
  ...{ size: 90_000_000, state: "running", bytes: 36_000_000, bytesPerSecond: 6_000_000 },
  ...{ problem: null, path: null, fileId: null, msgid: null },
};

/** The bars, each brighter at its top. */
function* chartPixels(): Slices<Pixels> {
  yield;
  const { width, height } = CHART;
  const data = new Uint8Array(width * height * 4);
  const step = width / BARS.length;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bar = BARS[Math.floor(x / step)] ?? 0;
      const above = height - (bar / 100) * (height - 20) - y;
      const isBar = above <= 0 && x % step >= step / 4;
      const light = Math.max(0, 1 + above / height);
      const colour = isBar ? [40 + 60 * light, 110 + 90 * light, 200 + 50 * light] : [32, 36, 46];
      data.set([...colour.map(Math.round), 255], (y * width + x) * 4);
    }
  }
  return { width, height, data };
}
