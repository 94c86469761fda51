/**
 * Draws the pictures of docs/screens: what real clients of a real server show in a terminal of a given size, at a given
 * time. Only the files are drawn from a made state: see draw-files.ts. `bun run screens` writes them;
 * tests/e2e/pictures.test.ts draws them again and compares.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { en } from "../../lib/app/i18n/en.ts";
import { ko } from "../../lib/app/i18n/ko.ts";
import type { Words } from "../../lib/app/i18n/words.ts";
import { passwordOf, startServer } from "../e2e/house.ts";
import { Folder, ROOT } from "../e2e/program.ts";
import { Pty } from "../e2e/pty.ts";
import { drawFiles } from "./draw-files.ts";
import { DARK, LIGHT, type Palette, screenSvg } from "./screen-svg.ts";
import { ENGLISH_TEAM, KOREAN_TEAM, type Team, talk } from "./team-talk.ts";

const HOST = "chat.example";
const WORLD = join(import.meta.dir, "fixed-world.ts");
/** Where the pictures are. */
export const PICTURES = join(ROOT, "docs/screens");
/** When the team founds its rooms. */
const STARTED = "2026-11-20T16:00:00Z";
/** A screen on which nothing has changed for so long is one that waits for a key. */
const QUIET_MS = 400;

/** The file of each picture, and what it is called for those who don't see it. */
const TITLES = {
  "chat.svg": "A room with replies, reactions, a code block and unread messages, at 100 by 30",
  "thread.svg": "A thread: a message and its replies, with an input line of their own",
  "files.svg": "A room with a text file, a film, a picture drawn in blocks, and a file on its way",
  "help.svg": "The help: commands and keys in groups, to search in",
  "small.svg": "The same room at 40 by 12",
  "menu.svg": "The first menu of a server: log in, sign up, enter as a guest",
  "chat-ko.svg": "한국어 대화방, 밝은 배경, 60×20",
} as const;
type PictureName = keyof typeof TITLES;

/** Draws all pictures. Returns the content of each file by its name. */
export async function drawPictures(): Promise<Map<PictureName, string>> {
  const pictures = new Map<PictureName, string>();
  const take = async (name: PictureName, pty: Pty, palette: Palette): Promise<void> => {
    await untilQuiet(pty);
    const { visible } = pty.cursor();
    pictures.set(name, screenSvg(pty.screen, palette, visible, TITLES[name]));
  };
  await onStage(ENGLISH_TEAM, async ({ open, typing }) => {
    using hana = open("en", DARK);
    await enterRoom(hana.pty, en, ENGLISH_TEAM, [100, 30], typing);
    await take("chat.svg", hana.pty, DARK);
    const room = ENGLISH_TEAM.room.slice(1);
    const { pty } = hana;
    const shows = (text: string): boolean => pty.rows().some((row) => row.includes(text));
    const press = async (keys: string, isDone: () => boolean): Promise<void> => {
      pty.type(keys);
      await pty.until(isDone, `an answer to ${JSON.stringify(keys)}`);
      await untilQuiet(pty);
    };
    // Whoever says something has read the room. Looking at it for a second does as well, which is no time for a picture.
    const isSaid = (row: string): boolean => row.includes("✓") && row.includes(ENGLISH_TEAM.draft);
    await press("\r", () => pty.rows().some(isSaid));
    await press("/thread\r", () => shows(`[${room} ⤷`));
    await take("thread.svg", pty, DARK);
    await press("\x1b", () => shows(`[${room}]`));
    await press("/help\r", () => shows(en.help.groups.talking));
    await take("help.svg", pty, DARK);
    await press("\x1b", () => shows(`[${room}]`));
    pty.resize(40, 12);
    await pty.until(() => pty.rows()[0]?.startsWith(ENGLISH_TEAM.room) === true, "a small window");
    await take("small.svg", pty, DARK);
    using stranger = open("en", DARK);
    stranger.pty.resize(60, 12);
    await stranger.pty.sees(en.menu.logIn);
    await take("menu.svg", stranger.pty, DARK);
  });
  await onStage(KOREAN_TEAM, async ({ open, typing }) => {
    using hana = open("ko", LIGHT);
    await enterRoom(hana.pty, ko, KOREAN_TEAM, [60, 20], typing);
    await take("chat-ko.svg", hana.pty, LIGHT);
  });
  pictures.set("files.svg", await drawFiles(TITLES["files.svg"]));
  return pictures;
}

interface Stage {
  /** Starts a client that knows the server, and has been nowhere else. */
  open(language: "en" | "ko", palette: Palette): { readonly pty: Pty } & Disposable;
  /** Lets those begin to type who do. */
  typing(): Promise<void>;
}

/** Starts a server on which a team has talked. */
async function onStage(team: Team, run: (stage: Stage) => Promise<void>): Promise<void> {
  using folder = new Folder();
  const clock = folder.at("clock");
  const setClock = (time: string): void => writeFileSync(clock, `${Date.parse(time)}`);
  setClock(STARTED);
  await using server = await startServer(
    folder,
    ["--sign-up", "open", "--guests", "--no-flood-control", "--name", HOST],
    ["env", `PICTURE_CLOCK=${clock}`, process.execPath, "--preload", WORLD, `${ROOT}/server.ts`],
  );
  const typing = await talk(server, team, setClock);
  const link = `sodam://${HOST}/fp-${server.fingerprint}`;
  const client = [process.execPath, "--preload", WORLD, `${ROOT}/client.ts`, link];
  let clients = 0;
  await run({
    open: (language, palette) => {
      clients += 1;
      const own = ["--lang", language, "--config-dir", folder.at(`client ${clients}`)];
      const pty = new Pty([...client, ...own], {
        ...{ PICTURE_CLOCK: clock, PICTURE_PORT: `${server.port}`, TZ: "UTC", LC_ALL: "C.UTF-8" },
        // Whoever draws them may do so in tmux, by ssh or in a pipeline.
        ...{ COLORTERM: "truecolor", CI: "", TMUX: "", STY: "", SSH_CONNECTION: "" },
      });
      answerBackground(pty, palette);
      return { pty, [Symbol.dispose]: () => pty.end() };
    },
    typing,
  });
}

/** Logs in by the menu, goes to the team's room, and begins to say something there, as somebody else does. */
async function enterRoom(
  pty: Pty,
  words: Words,
  { viewer, room, draft }: Team,
  [columns, rows]: readonly [number, number],
  typing: () => Promise<void>,
): Promise<void> {
  const answer = async (question: string, keys: string): Promise<void> => {
    await pty.until(() => pty.rows().some((row) => row.startsWith("◆") && row.includes(question)));
    pty.type(`${keys}\r`);
  };
  pty.resize(100, 40);
  await answer(words.menu.title(HOST), "");
  await answer(words.logIn.account, viewer);
  await answer(words.logIn.password, passwordOf(viewer));
  await answer(words.logIn.remember, "");
  await answer(words.receipts.ask, "");
  await answer(words.rooms.title(viewer), "");
  await pty.sees(`[${room.slice(1)}]`);
  pty.resize(columns, rows);
  await untilQuiet(pty);
  await typing();
  pty.type(draft);
  await pty.sees(draft);
}

/** Answers the question for the terminal's background (OSC 11), as terminals with a theme do. */
function answerBackground(pty: Pty, { background }: Palette): void {
  const [red, green, blue] = [1, 3, 5].map((index) => background.slice(index, index + 2));
  pty.screen.parser.registerOscHandler(11, (text) => {
    if (text === "?") pty.type(`\x1b]11;rgb:${red}${red}/${green}${green}/${blue}${blue}\x1b\\`);
    return true;
  });
}

async function untilQuiet(pty: Pty): Promise<void> {
  for (let length = -1; length !== pty.written.length; ) {
    length = pty.written.length;
    await Bun.sleep(QUIET_MS);
  }
}

if (import.meta.main) {
  mkdirSync(PICTURES, { recursive: true });
  for (const [name, svg] of await drawPictures()) writeFileSync(join(PICTURES, name), svg);
}
