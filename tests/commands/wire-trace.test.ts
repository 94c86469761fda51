import { expect, test } from "bun:test";
import type { Command } from "../../lib/chat-server/command.ts";
import { COMMANDS } from "../../lib/chat-server/commands.ts";
import type { TracePort } from "../../lib/chat-server/wire-trace.ts";
import { SECRET_PARAMS } from "../../lib/protocol/wire/secret-params.ts";
import { Scene } from "../scene.ts";
import { testWithOneServer } from "../takeover-stage.ts";

/** A server whose trace is collected as text. */
function tracedScene(...options: ConstructorParameters<typeof Scene>) {
  const scene = new Scene(...options);
  const lines: string[] = [];
  const port: TracePort = (session, direction, line) => {
    lines.push(`${session} ${direction}: ${line}`);
  };
  scene.server.setTracing(port);
  return { scene, lines, port };
}

testWithOneServer(
  "every line is traced as it is read and written, with the session's number",
  () => {
    const { scene, lines } = tracedScene();
    const mina = scene.connect();
    mina.says("PING tea", "@label=1 NICK mina");
    mina.vanishes();
    expect(lines).toEqual([
      "1 open: TLS",
      "1 in: PING tea",
      "1 out: :tea.test PONG tea.test tea",
      "1 in: @label=1 NICK mina",
      "1 end: Connection lost",
      "1 out: ERROR :Connection lost",
    ]);
  },
);

test("a command that secret-params.ts does not know does not compile", () => {
  // @ts-expect-error: without a decision on its parameters, POUR is no verb of a command.
  const command: Command = { verb: "POUR", params: 1, phase: "any", handle: () => {} };
  expect(Object.keys(SECRET_PARAMS)).not.toContain(command.verb);
  expect([...COMMANDS.keys()].filter((verb) => !Object.hasOwn(SECRET_PARAMS, verb))).toEqual([]);
});

testWithOneServer("an unreadable line is traced by its problem", () => {
  const { scene, lines } = tracedScene();
  const mina = scene.connect();
  mina.sends(Buffer.from([0x50, 0xff, 0x0d, 0x0a]));
  mina.sends(Buffer.from("PASS \0secret\r\n"));
  mina.sends(Buffer.from(`PASS ${"x".repeat(600)}\r\n`));
  expect(lines.filter((line) => line.includes(" in: "))).toEqual([
    "1 in: *** (not-utf8)",
    "1 in: *** (nul)",
    "1 in: *** (too-long)",
  ]);
});

test("tracing starts and stops for sessions that are open", () => {
  const { scene, lines, port } = tracedScene();
  const mina = scene.guest("mina");
  scene.server.setTracing(null);
  lines.length = 0;
  mina.says("PING a");
  expect(lines).toEqual([]);
  scene.server.setTracing(port);
  mina.says("PING b");
  expect(lines).toEqual(["1 open: TLS", "1 in: PING b", "1 out: :tea.test PONG tea.test b"]);
  expect(mina.hears()).toHaveLength(2);
});

test("no trace shows a secret, neither of a command nor of its reply", () => {
  const secret = "Zq7marker";
  const { scene, lines } = tracedScene({ guests: true });
  scene.signUp("boss", true);
  const boss = scene.connect();
  boss.logsIn("boss", ["labeled-response", "batch", "echo-message", "standard-replies"]);
  const mina = scene.guest("mina", "echo-message", "standard-replies");
  for (const verb of COMMANDS.keys()) {
    // An owner who gives the rights of an operator up can't invite any more.
    if (verb === "QUIT" || verb === "DEOPER") continue;
    // Unregistered, as a guest, and logged in: each is answered in another way.
    for (const actor of [scene.connect(), mina, boss]) {
      actor.says(`${verb}${secret} x`, `${verb} sodam://h:1/#invite=${secret}`);
    }
  }
  for (const actor of [scene.connect(), mina, boss]) {
    actor.says(`PASS ${secret}`, `OPER boss ${secret}`, `REGISTER * * ${secret}`);
    actor.says(`AUTHENTICATE ${secret}`, `VERIFY x ${secret}`, secret, `PAS ${secret}`);
    actor.says(`NS ${secret}`, `CS ${secret} x`, `NICKSERV IDENTIFY x ${secret}`);
    actor.says(`PRIVMSG NickServ :${secret}`, `@label=1 NOTICE chanserv@x :${secret}`);
    actor.says(`PRIVMSG #tea,NickServ :REGISTER ${secret}`);
    actor.says(`ACCOUNT CONFIRM ${secret}`, `ACCOUNT PASSWORD ${secret}`, `ACCOUNT ${secret}`);
    actor.says(`INVITATION ${secret}`, `INVITATION WITHDRAW ${secret}`);
    actor.says("JOIN #tea", `MODE #tea +k ${secret}`, "MODE #tea", `JOIN #tea,#x ${secret}`);
    actor.says(`MODE #tea -k ${secret}`, `MODE #tea +k ${secret},${secret}`);
  }
  boss.says("INVITATION CREATE 1 1");
  const code = /INVITATION CREATED \S+ (\S+)/.exec(boss.hears().join("\n"))?.[1] ?? "";
  expect(code).not.toBe("");
  const text = lines.join("\n").toLowerCase();
  expect(text).not.toContain(secret.toLowerCase());
  expect(text).not.toContain(code.toLowerCase());
});
