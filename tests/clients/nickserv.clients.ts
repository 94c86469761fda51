/** The real client on InspIRCd with Anope's NickServ in place of SASL, over TLS. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { en } from "../../lib/app/i18n/en.ts";
import { CLIENT, Folder } from "../e2e/program.ts";
import { Pty } from "../e2e/pty.ts";
import { ForeignServer } from "./foreign-server.ts";
import { until } from "./until.ts";

const { menu, logIn, elsewhere, firstContact, rooms } = en;
const PASSWORD = "correct-horse-7";
const folder = new Folder();
let server: ForeignServer;
let screen: Pty;

beforeAll(async () => {
  server = await ForeignServer.start("inspircd with Anope");
  screen = openClient();
});
afterAll(async () => {
  screen.end();
  await server.end();
  folder[Symbol.dispose]();
});

function openClient(): Pty {
  const pty = new Pty([...CLIENT, `127.0.0.1:${server.port}`], {
    ...{ XDG_CONFIG_HOME: folder.path, LC_ALL: "C.UTF-8", LANG: "en_US.UTF-8" },
  });
  pty.resize(100, 40);
  return pty;
}

function shows(pattern: string | RegExp): boolean {
  return screen.rows().some((row) => row.search(pattern) !== -1);
}

async function answer(question: string, typed: string): Promise<void> {
  const isAsked = () => screen.rows().some((row) => row.startsWith("◆") && row.includes(question));
  await screen.until(isAsked, `to be asked "${question}"`);
  screen.type(`${typed}\r`);
  await screen.until(() => !isAsked(), `the answer to "${question}"`);
}

test("a guest registers the nick with NickServ, and what is said to it is stored nowhere", async () => {
  await answer(firstContact.ask, "");
  await answer(menu.title(`127.0.0.1:${server.port}`), "");
  await answer(elsewhere.nick, "mina");
  // Services may come later than the server.
  await answer("Rooms · ", "\x1b[B\x1b[B");
  await answer(rooms.whom, "NickServ");
  const registered = until(
    async () => {
      if (shows(/registered/)) return true;
      screen.type(`REGISTER ${PASSWORD} mina@example.test\r`);
      await Bun.sleep(500);
      return null;
    },
    () => `NickServ never registered the nick:\n${screen.rows().join("\n")}`,
  );
  await registered;
  screen.type("/quit\r");
  await screen.exited;
  screen.end();
  expect(await textOf("sodam")).not.toContain(PASSWORD);
});

test("a wrong password is told, and the right one logs in after the welcome", async () => {
  screen = openClient();
  await answer(menu.title(`127.0.0.1:${server.port}`), "\x1b[A");
  await answer(logIn.account, "mina");
  await answer(logIn.password, "wrong");
  await screen.sees(logIn.wrong);
  await answer(logIn.account, "");
  await answer(logIn.password, PASSWORD);
  await screen.sees(logIn.done("mina"));
});

test("NickServ remembers this device by its certificate, which then logs in without a password", async () => {
  await answer(logIn.remember, "");
  await screen.sees(logIn.rememberedNow);
  await screen.sees("Rooms · mina");
  screen.end();
  screen = openClient();
  await screen.sees(logIn.remembered("mina"));
  await screen.sees("Rooms · mina");
  expect(await textOf("sodam")).not.toContain(PASSWORD);
});

test("NickServ speaks the language that was chosen, and names those that it has", async () => {
  await answer("Rooms · ", "\x1b[B\x1b[B");
  await answer(rooms.whom, "NickServ");
  screen.type("/service-language de\r");
  await screen.sees("Sprache wurde geändert zu Deutsch.");
  screen.type("HELP SET\r");
  await screen.sees("Verbindet eine eMail-Adresse");
  screen.type("/service-language ko_KR\r");
  await screen.sees("Services here don't speak ko_KR. They speak: en_US");
  expect(JSON.parse(await Bun.file(folder.at("sodam", "kept.json")).text())).toMatchObject({
    serviceLanguages: {
      [`127.0.0.1:${server.port}`]: { language: "de_DE.UTF-8", toldBy: "mina" },
    },
  });
  screen.type("/quit\r");
  await screen.exited;
});

/** Everything that the client has written into its folder. */
async function textOf(name: string): Promise<string> {
  const glob = new Bun.Glob("**/*");
  const texts: string[] = [];
  for await (const path of glob.scan({ cwd: folder.at(name), dot: true })) {
    texts.push(await Bun.file(folder.at(name, path)).text());
  }
  return texts.join("\n");
}
