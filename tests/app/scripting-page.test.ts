import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ScriptFiles } from "../../lib/file-manager/client/script-files.ts";
import { openWithScripts, textsSent } from "./script-stage.ts";

/** The examples of docs/scripting.md, taken out of the page and run as they stand there. */

const PAGE = readFileSync(resolve(import.meta.dir, "../../docs/scripting.md"), "utf8");
const NAMES = ["auto-reply", "translate", "log-to-file", "poll", "highlight-rules", "clock"];
const home = mkdtempSync(join(tmpdir(), "sodam-page-"));
const { HOME, PATH } = process.env;

/** Returns the code of each example, by the name of its file. */
function examples(): Map<string, string> {
  const parts = PAGE.matchAll(/^### .*`([a-z-]+)\.ts`\n[\s\S]*?^```ts\n([\s\S]*?)^```$/gm);
  return new Map([...parts].map(([, name = "", code = ""]) => [name, code]));
}

beforeAll(() => {
  process.env["HOME"] = home;
  process.env["PATH"] = `${home}:${PATH}`;
});

afterAll(() => {
  process.env["HOME"] = HOME;
  process.env["PATH"] = PATH;
  rmSync(home, { recursive: true });
});

/** Opens the chat with this example alone, from a real file. */
async function open(name: string) {
  const folder = mkdtempSync(join(home, "config-"));
  const files = new ScriptFiles(folder);
  mkdirSync(files.folder, { mode: 0o700 });
  writeFileSync(join(files.folder, `${name}.ts`), examples().get(name) ?? "", { mode: 0o600 });
  const stage = await openWithScripts({}, { real: files });
  expect(stage.notes()).toEqual([]);
  expect(stage.host.list()).toMatchObject([{ name, state: "on" }]);
  return stage;
}

test("the page has the six examples", () => {
  expect([...examples().keys()]).toEqual(NAMES);
});

test("every example fits the types that /script types writes", async () => {
  const folder = mkdtempSync(join(home, "types-"));
  const files = new ScriptFiles(folder);
  const { host } = await openWithScripts({}, { real: files });
  expect(host.writeTypes()).toEqual({ path: join(files.folder, "sodam.d.ts"), why: null });
  const first = /^```ts\n([\s\S]*?)^```$/m.exec(PAGE)?.[1] ?? "";
  for (const [name, code] of new Map([...examples(), ["first", first]])) {
    writeFileSync(join(files.folder, `${name}.ts`), code);
  }
  const root = resolve(import.meta.dir, "../..");
  const options = {
    ...{ strict: true, noEmit: true, target: "esnext", module: "preserve", lib: ["esnext"] },
    ...{ types: ["bun-types"], typeRoots: [join(root, "node_modules")], skipLibCheck: true },
    ...{ allowImportingTsExtensions: true, verbatimModuleSyntax: true },
  };
  const config = { compilerOptions: options, include: ["./*.ts"] };
  writeFileSync(join(files.folder, "tsconfig.json"), JSON.stringify(config));
  const compiler = Bun.spawn([process.execPath, "x", "tsc", "-p", files.folder], { cwd: root });
  expect(await compiler.stdout.text()).toBe("");
}, 60_000);

describe("the example", () => {
  test("auto-reply answers each person once, while it is wanted", async () => {
    const { types, hears, sent, notes } = await open("auto-reply");
    hears(":jun!j@h PRIVMSG #tea :mina, lunch?");
    expect(textsSent(sent)).toEqual([]);
    types("/auto-reply back at two");
    hears(
      "@msgid=m1 :jun!j@h PRIVMSG #tea :mina, lunch?",
      ":jun!j@h PRIVMSG #tea :mina??",
      ":bo!b@h PRIVMSG #tea :hello mina",
      ":bot!b@h NOTICE #tea :mina is away",
      ":jun!j@h PRIVMSG #tea :nobody meant",
    );
    expect(textsSent(sent)).toEqual(["#tea jun: back at two", "#tea bo: back at two"]);
    expect(sent.find((line) => line.includes("jun: back"))).toContain("reply=m1");
    types("/auto-reply");
    hears(":eun!e@h PRIVMSG mina :hello");
    expect(textsSent(sent)).toHaveLength(2);
    expect(notes().at(-1)).toBe("Nobody is answered any more.");
  });

  test("translate says what the program answers, and hands the text over as one argument", async () => {
    const { types, sent, notes, connection } = await open("translate");
    types("/translate xx hello");
    expect(notes()).toEqual(["/translate LANGUAGE TEXT"]);
    writeFileSync(join(home, "trans"), '#!/bin/sh\necho "$# [$4]"\n');
    chmodSync(join(home, "trans"), 0o700);
    const said = new Promise<void>((done) => {
      connection.listen((event) => event.kind === "line-added" && done());
    });
    types("/번역 ko good morning; rm -rf $HOME");
    await said;
    expect(textsSent(sent)).toEqual(["#tea 4 [good morning; rm -rf $HOME]"]);
    rmSync(join(home, "trans"));
  });

  test("log-to-file writes down the rooms that are wanted", async () => {
    const { types, hears } = await open("log-to-file");
    hears(":jun!j@h PRIVMSG #tea :not yet");
    types("/record");
    hears(
      "@time=2026-11-21T09:41:00.000Z :jun!j@h PRIVMSG #tea :written",
      ":bo!b@h PRIVMSG mina :not here",
    );
    types("/record");
    hears(":jun!j@h PRIVMSG #tea :no longer");
    const file = join(home, "sodam-records", "chat.example_6697 #tea.log");
    expect(readFileSync(file, "utf8")).toBe("2026-11-21T09:41:00.000Z <jun> written\n");
  });

  test("poll counts each person's last vote", async () => {
    const { types, hears, sent, notes, passes } = await open("poll");
    types("/poll Lunch?");
    expect(notes()).toEqual(["/poll QUESTION | CHOICE | CHOICE …"]);
    types("/poll Lunch? | soup | rice");
    hears(
      ":jun!j@h PRIVMSG #tea :1",
      ":jun!j@h PRIVMSG #tea :2",
      ":bo!b@h PRIVMSG #tea : 2",
      ":eun!e@h PRIVMSG #tea :3",
      ":eun!e@h PRIVMSG #tea :1 of you",
      ":eun!e@h PRIVMSG mina :1",
    );
    passes(119_000);
    expect(textsSent(sent)).toEqual(["#tea Lunch? 1 soup, 2 rice"]);
    passes(2000);
    expect(textsSent(sent).at(-1)).toBe("#tea Lunch? soup: 0, rice: 2");
    passes(500_000);
    expect(textsSent(sent)).toHaveLength(2);
  });

  test("highlight-rules marks, folds and forgets, and leaves what can't be a pattern", async () => {
    const { types, hears, says, sent, notes, connection, host } = await open("highlight-rules");
    types("/rule mark deploy.*failed");
    types("/rule fold ^Build #\\d+");
    types("/rule mark (");
    hears(":ci!c@h PRIVMSG #tea :Deploy 7 FAILED", ":ci!c@h PRIVMSG #tea :Build #12 is green");
    const room = connection.session.state.conversations.get(connection.session.state.fold("#tea"));
    expect(room?.mentions).toBe(1);
    const shown = () => room?.lines.map((line) => host.hooks.shownAs(connection, room, line)?.fold);
    expect(shown()?.slice(-2)).toEqual([null, "Folded by a rule"]);
    types("/rule drop 2");
    expect(shown()?.slice(-2)).toEqual([null, null]);
    expect(notes()).toContain("That is no pattern: (");
    expect(notes().at(-1)).toBe("1 mark deploy.*failed");
    says("who knows :shrug:");
    expect(textsSent(sent)).toEqual(["#tea who knows ¯\\_(ツ)_/¯"]);
  });

  test("clock shows the time of a place, and goes on", async () => {
    const { types, host, notes, passes } = await open("clock");
    types("/clock Nowhere/Atlantis");
    expect(notes()).toEqual(["There is no time zone Nowhere/Atlantis."]);
    types("/시계 UTC");
    const before = host.statuses();
    expect(before[0]).toMatch(/\d\d:\d\d/);
    passes(60_000);
    expect(host.statuses()).not.toEqual(before);
  });
});
