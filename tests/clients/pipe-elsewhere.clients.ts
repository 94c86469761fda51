/** The commands for scripts, as a guest on servers of other makes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CLIENT, Folder, Program, run } from "../e2e/program.ts";
import { type ForeignKind, ForeignServer } from "./foreign-server.ts";
import { PlainPeer } from "./plain-peer.ts";

const ROOM = "#tea";

describe.each([
  { kind: "inspircd", relaysReplies: false },
  { kind: "inspircd with IRCv3", relaysReplies: true },
  { kind: "ngircd", relaysReplies: false },
  { kind: "ircd-hybrid", relaysReplies: false },
] as const satisfies { kind: ForeignKind; relaysReplies: boolean }[])(
  "commands for scripts on $kind",
  ({ kind, relaysReplies }) => {
    const folder = new Folder();
    let server: ForeignServer;
    let jun: PlainPeer;

    beforeAll(async () => {
      server = await ForeignServer.start(kind);
      jun = await PlainPeer.enter(server.port, "jun", ROOM);
    });
    afterAll(async () => {
      jun.end();
      await server.end();
      folder[Symbol.dispose]();
    });

    const command = (nick: string, ...args: string[]) => [
      ...[...CLIENT, `127.0.0.1:${server.port}`, "--plain", "--guest", nick, ...args],
    ];
    const runs = (...args: string[]) => run(command("robot", ...args), { cwd: folder.path });

    test("send speaks in a room and to a person, and says when nobody is there", async () => {
      expect(await runs("send", ROOM, "build 7 is done")).toEqual({
        ...{ code: 0, stdout: "", stderr: "" },
      });
      expect(await jun.hears(`PRIVMSG ${ROOM} :`)).toMatch(/^\S*:robot!.*:build 7 is done$/);
      expect((await runs("send", "jun", "for you")).code).toBe(0);
      expect(await jun.hears("PRIVMSG jun :")).toEndWith(":for you");
      const nobody = await runs("send", "nobody", "hello?");
      expect([nobody.code, nobody.stderr]).toEqual([1, "There is nobody called nobody.\n"]);
      const nowhere = await runs("send", "#nowhere", "hello?");
      expect([nowhere.code, nowhere.stderr]).toEqual([
        1,
        expect.stringContaining("There is no room #nowhere"),
      ]);
    });

    test("a name that somebody has is refused in words", async () => {
      const sent = await run(command("jun", "send", ROOM, "x"), { cwd: folder.path });
      expect([sent.code, sent.stderr]).toEqual([
        3,
        expect.stringMatching(/That name is taken|is in use/),
      ]);
    });

    test("tail prints what is said from now on", async () => {
      await using tail = new Program(command("robot", "tail", ROOM), { cwd: folder.path });
      await jun.hears(new RegExp(`:robot\\S* JOIN :?${ROOM}`));
      jun.says(`PRIVMSG ${ROOM} :차 마실래요?`);
      await tail.sees("jun 차 마실래요?");
    });

    test("on runs a command for a message that fits, and says its output", async () => {
      await using on = new Program(
        command(
          "robot",
          ...["on", ROOM, "--match", "^!deploy (\\w+)$", "--arguments"],
          ...["--", "/bin/echo", "deployed"],
        ),
        { cwd: folder.path },
      );
      await on.sees(`Listening to ${ROOM} as robot.`);
      jun.says(`PRIVMSG ${ROOM} :!deploy`, `PRIVMSG ${ROOM} :!deploy web`);
      const answer = await jun.hears(`PRIVMSG ${ROOM} :`);
      if (relaysReplies) expect(answer).toEndWith(`PRIVMSG ${ROOM} :deployed web`);
      else expect(answer).toEndWith(`PRIVMSG ${ROOM} :jun: “!deploy web” deployed web`);
      // Its own words start nothing.
      jun.says(`PRIVMSG ${ROOM} :!deploy docs`);
      expect(await jun.hears(`PRIVMSG ${ROOM} :`)).toContain("deployed docs");
      on.kill("SIGINT");
      await on.exited;
    });
  },
);
