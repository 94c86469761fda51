import { afterAll, beforeAll, expect, test } from "bun:test";
import { en } from "../../lib/app/i18n/en.ts";
import { type Running, startServer } from "./house.ts";
import { CLIENT, Folder } from "./program.ts";
import { JOB_SHELL, Pty } from "./pty.ts";

/** Ctrl-Z stops the client on each of its screens, and `fg` shows the same screen again. */

const { finder, help, keys, menu, person, pointing, rooms, screen, signUp, logIn } = en;
const ALTERNATE_ON = "\x1b[?1049h";

const folder = new Folder();
let server: Running;
let stops = 0;

beforeAll(async () => {
  await Bun.write(
    folder.at("editor.sh"),
    'echo "in the editor"; read -r line; echo "$line" > "$1"',
  );
  server = await startServer(folder);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

function start(home: string, ...args: string[]): Pty {
  const env = { XDG_CONFIG_HOME: folder.at(home), LC_ALL: "en_US.UTF-8", TMUX: "" };
  const editor = { VISUAL: "", EDITOR: `sh '${folder.at("editor.sh")}'` };
  return new Pty([...JOB_SHELL, ...CLIENT, server.link, "--lang", "en", ...args], {
    ...env,
    ...editor,
  });
}

/** Presses Ctrl-Z, waits for the shell, makes the window `columns` wide, and goes on. */
async function stopsAndGoesOn(pty: Pty, columns: number): Promise<void> {
  const before = pty.written.length;
  pty.type("\x1a");
  await pty.until(() => pty.written.slice(before).includes("stopped"));
  expect(pty.screen.buffer.active.type).toBe("normal");
  if (pty.written.includes("\x1b[?25l")) expect(pty.cursor().visible).toBe(true);
  expect(pty.written.lastIndexOf("\x1b[?1000l")).toBeGreaterThanOrEqual(
    pty.written.lastIndexOf("\x1b[?1000h"),
  );
  pty.resize(columns, 24);
  pty.type("\r");
}

async function answers(pty: Pty, question: string, typed: string): Promise<void> {
  await pty.until(
    () => pty.rows().some((row) => row.startsWith("◆") && row.includes(question)),
    question,
  );
  pty.type(`${typed}\r`);
}

test("Ctrl-Z stops and comes back in the menus, on the chat, and on everything over the chat", async () => {
  const pty = start("mina");
  pty.resize(80, 24);
  /** A menu's question, which is drawn again below. */
  const stopsInMenu = async (question: string): Promise<void> => {
    const isAsked = (): boolean =>
      pty.rows().some((row) => row.startsWith("◆") && row.includes(question));
    await pty.until(isAsked, question);
    const before = pty.written.length;
    await stopsAndGoesOn(pty, 70 + (stops++ % 10));
    await pty.until(() => pty.written.slice(before).includes(question));
    await pty.until(isAsked, question);
  };
  /** A view of the chat screen, which is drawn again whole, as wide as the window. */
  const stopsOnScreen = async (keys: string, shown: string, leave = "\x1b"): Promise<void> => {
    pty.type(keys);
    await pty.sees(shown);
    const columns = 70 + (stops++ % 10);
    const before = pty.written.length;
    await stopsAndGoesOn(pty, columns);
    await pty.until(() => pty.written.slice(before).includes(ALTERNATE_ON));
    await pty.sees(shown);
    expect(pty.screen.buffer.active.type).toBe("alternate");
    if (leave === "") return;
    pty.type(leave);
    await pty.until(() => !pty.rows().some((row) => row.includes(shown)));
  };
  try {
    await stopsInMenu(menu.title("127.0.0.1"));
    await answers(pty, menu.title("127.0.0.1"), "");
    await stopsInMenu("ID");
    await answers(pty, "ID", "mina");
    await stopsInMenu(signUp.password(8));
    await answers(pty, signUp.password(8), "correct horse");
    await answers(pty, signUp.again, "correct horse");
    await stopsInMenu(logIn.remember);
    await answers(pty, logIn.remember, "");
    await answers(pty, "Show others", "");
    await stopsInMenu(rooms.title("mina"));
    await answers(pty, rooms.title("mina"), "");
    await answers(pty, rooms.newName, "tea");
    await answers(pty, rooms.topicOf, "");
    await answers(pty, rooms.publicly, "");
    await pty.sees("[tea]");
    pty.type("hello there\r");
    await pty.sees("hello there");
    await stopsOnScreen("draft", "[tea] draft", "\x15");
    await stopsOnScreen("\x1b[1;5A", pointing.actions.reply);
    await stopsOnScreen("\x1b[1;5Ad", pointing.deleteAsk, "\x1b");
    pty.type("\x1b");
    await pty.until(() => !pty.rows().some((row) => row.includes("▸ hello")));
    await stopsOnScreen("\x1b[1;5Ai", pointing.detailsHint);
    pty.type("\x1b");
    await pty.until(() => !pty.rows().some((row) => row.includes("▸ hello")));
    await stopsOnScreen("/person mina\r", person.acts.mention);
    await stopsOnScreen("/person mina\r3", person.aboutHint);
    pty.type("\x1b");
    await pty.until(() => !pty.rows().some((row) => row.includes(person.acts.mention)));
    await stopsOnScreen("/keys\r", keys.prompt);
    await stopsOnScreen("\x1bf", `${finder.prompt}:`);
    await stopsOnScreen("\x1bk", screen.switchTo);
    await stopsOnScreen("\x1bOP", help.prompt);
    // The terminal is the editor's, which stops together with the client.
    pty.type("\x18\x05");
    await pty.sees("in the editor");
    await stopsAndGoesOn(pty, 75);
    pty.type("written there\r");
    await pty.sees("[tea] written there");
    expect(pty.screen.buffer.active.type).toBe("alternate");
    pty.type("\x15");
    await stopsOnScreen("\x1b[200~a\nb\nc\nd\ne\x1b[201~", "Paste 5 lines?");
    pty.type("\x1b");
    await stopsInMenu(rooms.title("mina"));
    pty.kill("SIGKILL");
  } finally {
    pty.end();
  }
}, 60_000);

test("Ctrl-Z stops and comes back in the questions of --append, where the password stays hidden", async () => {
  const pty = start("jun", "--append");
  try {
    const asks = (question: string): (() => boolean) => {
      const from = pty.written.length;
      return () => pty.written.slice(from).includes(question);
    };
    await pty.until(asks(menu.title("127.0.0.1")), "the menu");
    let isAskedAgain = asks(menu.title("127.0.0.1"));
    await stopsAndGoesOn(pty, 100);
    await pty.until(isAskedAgain, "the menu again");
    const isPasswordAsked = asks(`${logIn.password}: `);
    pty.type("1\r");
    await pty.sees(`${logIn.account}`);
    pty.type("mina\r");
    await pty.until(isPasswordAsked, "the password");
    pty.type("wrong");
    isAskedAgain = asks(`${logIn.password}: `);
    await stopsAndGoesOn(pty, 90);
    await pty.until(isAskedAgain, "the password again");
    const isRefused = asks(logIn.wrong);
    pty.type("horse\r");
    await pty.until(isRefused, "the refusal");
    expect(pty.written).not.toContain("horse");
  } finally {
    pty.end();
  }
}, 60_000);
