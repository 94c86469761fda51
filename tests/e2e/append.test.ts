import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { en } from "../../lib/app/i18n/en.ts";
import { startServer } from "./house.ts";
import { CLIENT, Folder } from "./program.ts";
import { Pty } from "./pty.ts";

/** The client with --append in a terminal. */

test("--append: a user signs up and talks by lines, and Ctrl-C goes one step back everywhere", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  const editor =
    'echo "editing: $(cat "$1")"; read -r line; echo "$line" >> "$1"; test "$line" != no';
  writeFileSync(folder.at("editor.sh"), editor);
  const EDITOR = `sh '${folder.at("editor.sh")}'`;
  const env = { XDG_CONFIG_HOME: folder.at("home"), LC_ALL: "en_US.UTF-8", VISUAL: "", EDITOR };
  const mina = new Pty([...CLIENT, server.link, "--append"], env);
  mina.resize(120, 60);
  /** Waits for the last line to be this question. */
  const isAsked = (question: string) =>
    mina.until(() => {
      const { row } = mina.cursor();
      return mina.rows()[row]?.startsWith(question) === true;
    }, question);
  const answers = async (question: string, typed: string) => {
    await isAsked(question);
    mina.type(typed);
  };
  const { menu, signUp, logIn, receipts, rooms, screen } = en;
  try {
    // Leaving the question shows the menu again.
    await answers(menu.title("127.0.0.1"), "2\r");
    await answers(signUp.account, "\x03");
    await answers(menu.title("127.0.0.1"), "2\r");
    await answers(signUp.account, "mina\r");
    await answers(signUp.password(8), "\x03");
    await answers(menu.title("127.0.0.1"), "2\r");
    await answers(signUp.account, "mina\r");
    await answers(signUp.password(8), "correct horse\r");
    await answers(signUp.again, "correct horse\r");
    await answers(logIn.remember, "\r");
    await answers(receipts.ask, "\r");
    await answers(rooms.title("mina"), "2\r");
    await answers(rooms.newName, "tea\r");
    await answers(rooms.topicOf, "\r");
    await answers(rooms.publicly, "\r");
    await mina.sees("== #tea ==");
    mina.type("hello\r");
    await mina.sees("hello");
    // Ctrl-X Ctrl-E: the editor has the terminal, and what it has written is said.
    mina.type("first\x18\x05\r");
    await mina.sees("editing: first");
    mina.type("second\r");
    await mina.sees("you: first");
    mina.type("third\x18\x05\r");
    await mina.sees("editing: third");
    mina.type("no\r");
    await mina.sees(screen.notSentYet("third"));
    mina.type("/search second\r");
    await mina.until(() => mina.rows().filter((row) => row.includes("second")).length >= 3);
    // Ctrl-C leaves the chat; then the question whether to quit.
    mina.type("\x03");
    await answers(rooms.title("mina"), "\x03");
    await answers(rooms.quitAsk, "1\r");
    expect(await mina.exited).toBe(0);
    expect(mina.written).not.toContain("\x1b[?1049h");
  } finally {
    mina.end();
  }
  // The draft of another run is printed on entering its room.
  const place = `mina@127.0.0.1:${server.port}`;
  const drafts = { format: 1, [place]: { "#tea": "half a word" } };
  writeFileSync(folder.at("home", "sodam", "drafts.json"), JSON.stringify(drafts));
  const again = new Pty([...CLIENT, "--append"], env);
  try {
    await again.sees(rooms.title("mina"));
    again.type("1\r");
    await again.sees(screen.notSentYet("half a word"));
    again.type("/quit\r");
    expect(await again.exited).toBe(0);
  } finally {
    again.end();
  }
}, 60_000);
