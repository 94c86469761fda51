import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { passwordOf, pipe, type Running, serverLink, signUp, startServer } from "./house.ts";
import { CLIENT, Folder, Program } from "./program.ts";
import type { Stranger } from "./stranger.ts";

/** What scripts do with the msgids that `tail --json` and `send --json` print. */

const folder = new Folder();
let server: Running;
let mina: Stranger;

beforeAll(async () => {
  server = await startServer(folder, ["--sign-up", "open", "--no-flood-control"]);
  mina = await signUp(server, "mina");
  await (await signUp(server, "jun"))[Symbol.asyncDispose]();
  mina.says("JOIN #ops");
  await mina.hears(/ 366 \S+ #ops/);
});

afterAll(async () => {
  await mina[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

interface Printed {
  readonly msgid: string;
  readonly text: string;
  readonly time: string;
  readonly replyTo?: string;
  readonly edited?: boolean;
}

function printed(stdout: string): Printed[] {
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line));
}

const send = (...args: string[]) => pipe(server, folder, "jun", ["send", "#ops", ...args]);

/** Every message of a room, oldest first. */
async function exported(room = "#ops"): Promise<Printed[]> {
  const args = ["export", room, "--format", "jsonl"];
  return printed((await pipe(server, folder, "jun", args)).stdout);
}

describe("send", () => {
  test("prints the msgid of what it has sent, by which it is edited and deleted", async () => {
    const sent = await send("--json", "deploying …");
    expect({ ...sent, stdout: "" }).toEqual({ code: 0, stdout: "", stderr: "" });
    const [{ msgid, text } = { msgid: "", text: "" }] = printed(sent.stdout);
    expect(text).toBe("deploying …");
    expect(await send("--edit", msgid, "deployed")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await exported()).at(-1)).toMatchObject({ msgid, text: "deployed", edited: true });
    const fromInput = ["send", "#ops", "--edit", msgid];
    const input = "from standard input\n";
    expect(await pipe(server, folder, "jun", fromInput, input)).toMatchObject({ code: 0 });
    expect((await exported()).at(-1)).toMatchObject({ msgid, text: "from standard input" });
    expect(await send("--delete", msgid, "a mistake")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await exported()).some((line) => line.msgid === msgid)).toBe(false);
  });

  test("replies to a message, with each line of standard input", async () => {
    mina.says("PRIVMSG #ops :who deploys?");
    const asked = await mina.hears(/PRIVMSG #ops :who deploys\?/);
    const msgid = /msgid=([^;\s]+)/.exec(asked)?.[1] ?? "";
    const args = ["send", "#ops", "--reply-to", msgid];
    expect(await pipe(server, folder, "jun", args, "I do\nnow\n")).toMatchObject({ code: 0 });
    const replies = (await exported()).slice(-2);
    expect(replies.map(({ text, replyTo }) => [text, replyTo])).toEqual([
      ["I do", msgid],
      ["now", msgid],
    ]);
  });

  test.each([
    [["--reply-to", "no-such-id", "x"], "There is no message no-such-id in #ops.\n"],
    [["--edit", "no-such-id", "x"], /doesn't exist|no message|isn't there/i],
    [["--delete", "no-such-id"], /doesn't exist|no message|isn't there/i],
    [["--edit", "no-such-id", ""], /no text to replace/],
    [["--edit", "no-such-id", "a\nb"], /by one line/],
  ])("%j fails with a sentence: exit code 1, and nothing is sent", async (args, sentence) => {
    const before = await exported();
    const sent = await send(...args);
    expect([sent.code, sent.stdout]).toEqual([1, ""]);
    expect(sent.stderr).toMatch(sentence);
    expect(await exported()).toEqual(before);
  });

  test("nobody edits or deletes what somebody else has said", async () => {
    const [first] = await exported();
    const { msgid } = (await exported()).find(({ text }) => text === "who deploys?") ?? first ?? {};
    for (const act of [
      ["--edit", msgid ?? "", "x"],
      ["--delete", msgid ?? ""],
    ]) {
      const { code, stderr } = await send(...act);
      expect(code).toBe(1);
      expect(stderr.length).toBeGreaterThan(10);
    }
    expect((await exported()).some(({ text }) => text === "who deploys?")).toBe(true);
  });
});

describe("tail --follow-from", () => {
  const said = (count: number, from = 0): string[] =>
    Array.from({ length: count }, (_, index) => `line ${from + index}`);
  const textsOf = (tail: Program): string[] => printed(tail.stdout).map(({ text }) => text);

  test("prints everything from a time or behind a message, over many pages, and goes on", async () => {
    mina.says("JOIN #long");
    await mina.hears(/ 366 \S+ #long/);
    const lines = said(450);
    for (const text of lines) mina.says(`PRIVMSG #long :${text}`);
    await mina.hears(/PRIVMSG #long :line 449$/);
    const all = await exported("#long");
    const { time = "", msgid = "" } = all[20] ?? {};
    for (const [from, first] of [
      [time, 20],
      [msgid, 21],
      ["2020-01-01", 0],
    ] as const) {
      await using tail = new Program(
        [...CLIENT, serverLink(server), "tail", "#long", "--json", "--follow-from", from].concat(
          ...["--account", "jun"],
        ),
        { cwd: folder.path, env: { SODAM_PASSWORD: passwordOf("jun") } },
      );
      await tail.sees(/"line 449"/);
      const next = `behind ${first}`;
      mina.says(`PRIVMSG #long :${next}`);
      await tail.sees(`"${next}"`);
      tail.kill("SIGTERM");
      expect(await tail.exited).toBe(0);
      const texts = textsOf(tail).filter((text) => text.startsWith("line"));
      expect(texts).toEqual(lines.slice(first));
    }
  }, 60_000);

  test("leaves no hole and repeats nothing when the connection breaks", async () => {
    using other = new Folder();
    const args = ["--sign-up", "open", "--no-flood-control"];
    const first = await startServer(other, args);
    const port = `${first.port}`;
    const sora = await signUp(first, "sora");
    sora.says("JOIN #tail");
    for (const text of said(3)) sora.says(`PRIVMSG #tail :${text}`);
    await sora.hears(/PRIVMSG #tail :line 2$/);
    const command = [...CLIENT, serverLink(first), "tail", "#tail", "--json", "--account", "sora"];
    await using tail = new Program([...command, "--follow-from", "2020-01-01"], {
      ...{ cwd: other.path, env: { SODAM_PASSWORD: passwordOf("sora") } },
    });
    await tail.sees(/"line 2"/);
    tail.kill("SIGSTOP");
    await first[Symbol.asyncDispose]();
    await using again = await startServer(other, [...args, "--port", port]);
    const meanwhile = said(450, 3).join("\n");
    expect((await pipe(again, other, "sora", ["send", "#tail"], meanwhile)).code).toBe(0);
    tail.kill("SIGCONT");
    await tail.sees(/"line 452"/);
    expect((await pipe(again, other, "sora", ["send", "#tail", "line 453"])).code).toBe(0);
    await tail.sees(/"line 453"/);
    tail.kill("SIGTERM");
    expect(await tail.exited).toBe(0);
    expect(textsOf(tail)).toEqual(said(454));
  }, 60_000);

  test.each([
    ["2026-13-45", 2, /write a day like/],
    [": x", 2, /write a day like/],
    ["17:30", 2, /write a day like/],
    ["2h", 2, /write a day like/],
    ["no-such-id", 1, /There is no message no-such-id in #ops/],
  ])("%j ends with exit code %d and a sentence", async (from, code, sentence) => {
    const args = ["tail", "#ops", "--follow-from", from];
    const tail = await pipe(server, folder, "jun", args);
    expect([tail.code, tail.stdout]).toEqual([code, ""]);
    expect(tail.stderr).toMatch(sentence);
  });
});
