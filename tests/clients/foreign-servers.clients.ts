/** The real client on servers of other makes: as a guest in a room, with and without capabilities. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { en } from "../../lib/app/i18n/en.ts";
import { TextEncoderFor } from "../../lib/protocol/text-encoding.ts";
import { CLIENT, Folder } from "../e2e/program.ts";
import { Pty } from "../e2e/pty.ts";
import { type ForeignKind, ForeignServer } from "./foreign-server.ts";
import { PlainPeer } from "./plain-peer.ts";

const ROOM = "#tea";
const { menu, rooms, elsewhere } = en;

describe.each([
  { kind: "inspircd", relaysReplies: false },
  { kind: "inspircd with IRCv3", relaysReplies: true },
  { kind: "ngircd", relaysReplies: false },
  { kind: "ircd-hybrid", relaysReplies: false },
] as const satisfies { kind: ForeignKind; relaysReplies: boolean }[])(
  "a visit to $kind",
  ({ kind, relaysReplies }) => {
    const folder = new Folder();
    let server: ForeignServer;
    let jun: PlainPeer;
    let screen: Pty;

    beforeAll(async () => {
      server = await ForeignServer.start(kind);
      jun = await PlainPeer.enter(server.port, "jun", ROOM);
      screen = openClient();
    });
    afterAll(async () => {
      screen.end();
      jun.end();
      await server.end();
      folder[Symbol.dispose]();
    });

    function openClient(): Pty {
      const pty = new Pty([...CLIENT, `127.0.0.1:${server.port}`, "--plain"], {
        ...{ XDG_CONFIG_HOME: folder.path, LC_ALL: "C.UTF-8", LANG: "en_US.UTF-8" },
      });
      pty.resize(100, 30);
      return pty;
    }

    async function answer(question: string, typed: string): Promise<void> {
      const isAsked = () =>
        screen.rows().some((row) => row.startsWith("◆") && row.includes(question));
      await screen.until(isAsked, `to be asked "${question}"`);
      screen.type(`${typed}\r`);
      await screen.until(() => !isAsked(), `the answer to "${question}"`);
    }

    const sees = (pattern: RegExp): boolean => screen.rows().some((row) => pattern.test(row));

    /** Types a nick. The same question may follow, so that what comes of it is waited for. */
    async function tryNick(nick: string, outcome: RegExp): Promise<void> {
      await screen.until(() => sees(/^[◆▲] {2}Your name there/), "the question for the nick");
      screen.type(`\x15${nick}\r`);
      await screen.until(() => sees(outcome), `what comes of ${nick}`);
    }

    test("a nick that somebody has is told, and another lets the guest in", async () => {
      await answer(menu.title(`127.0.0.1:${server.port}`), "");
      if (kind === "ngircd") await tryNick("minaminamina", /at most 9 letters/);
      // Some servers' guests try a similar nick before the welcome.
      await tryNick("jun", /Rooms · jun_|That name is taken/);
      if (sees(/That name is taken/)) await tryNick("mina", /Rooms · mina/);
      await screen.sees(rooms.find);
    });

    test("the guest finds the room in the list, and sees who is there", async () => {
      const row = await screen.sees(rooms.find);
      expect(row).toBeGreaterThan(0);
      await answer("Rooms · ", "");
      await answer(rooms.which, "");
      await screen.sees(ROOM);
      await screen.sees("2 members");
      await jun.hears(/ JOIN :?#tea/);
    });

    test("messages go both ways, Korean ones too", async () => {
      screen.type("안녕하세요\r");
      expect(await jun.hears(`PRIVMSG ${ROOM} :`)).toEndWith(":안녕하세요");
      jun.says(`PRIVMSG ${ROOM} :반가워요, 차 마실래요?`);
      await screen.sees("반가워요, 차 마실래요?");
    });

    test("an answer is a reply where the server relays one, and else a quote", async () => {
      screen.type("/reply 네 좋아요\r");
      const heard = await jun.hears("좋아요");
      if (relaysReplies) expect(heard).toEndWith(`PRIVMSG ${ROOM} :네 좋아요`);
      else expect(heard).toEndWith(`PRIVMSG ${ROOM} :jun: “반가워요, 차 마실래요?” 네 좋아요`);
    });

    test("text in Windows-949 is read, and said so once", async () => {
      const korean = new TextEncoderFor("euc-kr");
      jun.saysBytes(korean.encode(`PRIVMSG ${ROOM} :오래된 클라이언트입니다\r\n`));
      await screen.sees("오래된 클라이언트입니다");
      await screen.sees("it is read as Windows-949");
    });

    test("a refusal is told in words", async () => {
      screen.type("/topic 우리 방\r");
      await screen.until(
        () =>
          screen
            .rows()
            .some((row) => row.includes(en.failures["482"]("")) || /set the topic/.test(row)),
        "the refusal of the topic, or the topic",
      );
      screen.type("/nick 민수\r");
      await screen.until(
        () => screen.rows().some((row) => /takes only the letters A-Z|can't be a name/.test(row)),
        "the refusal of the nick",
      );
    });

    test("what was said is stored here, for its owner alone, and shown after a restart", async () => {
      screen.type("/quit\r");
      await screen.exited;
      const history = join(folder.path, "sodam", "history");
      const [host = ""] = readdirSync(history);
      const [day = ""] = readdirSync(join(history, host, ROOM));
      const path = join(history, host, ROOM, day);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(join(history, host)).mode & 0o777).toBe(0o700);
      expect(readFileSync(path, "utf8")).toContain("반가워요, 차 마실래요?");
      jun.says(`PRIVMSG ${ROOM} :나중에 봐요`);
      screen.end();
      screen = openClient();
      await answer(menu.title(`127.0.0.1:${server.port}`), "");
      // The nick of the last time.
      await answer(elsewhere.nick, "");
      await answer("Rooms · ", "");
      await screen.sees("반가워요, 차 마실래요?");
      await screen.sees("오래된 클라이언트입니다");
      jun.says(`PRIVMSG ${ROOM} :다시 왔네요`);
      await screen.sees("다시 왔네요");
    });

    test("stored messages are searched", async () => {
      screen.type("/search 클라이언트\r");
      await screen.sees("1 found · Enter opens");
      await screen.until(
        () => sees(/ jun 오래된 클라이언트입니다/),
        "the message among those found",
      );
      screen.type("\x1b");
    });
  },
);
