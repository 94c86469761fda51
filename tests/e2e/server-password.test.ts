import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { ko } from "../../lib/app/i18n/ko.ts";
import { passwordOf, type Running, serverLink, startServer } from "./house.ts";
import { CLIENT, Folder, run } from "./program.ts";
import { Pty } from "./pty.ts";

/** A server that requires a password to connect, and its clients' messages. */

const folder = new Folder();
const PASSWORD_FILE = folder.at("password");
let server: Running;

beforeAll(async () => {
  writeFileSync(PASSWORD_FILE, "열려라 참깨\n");
  server = await startServer(folder, [
    "--sign-up",
    "open",
    "--guests",
    "--server-password-file",
    PASSWORD_FILE,
  ]);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

function screen(...more: string[]): Pty {
  return new Pty([...CLIENT, serverLink(server), "--lang", "ko", ...more], {
    XDG_CONFIG_HOME: folder.at(".config"),
  });
}

async function choosesSignUp(pty: Pty): Promise<void> {
  await pty.sees("● 로그인");
  pty.type("\x1b[B\r");
}

async function signsUp(pty: Pty): Promise<void> {
  await choosesSignUp(pty);
  for (const [question, typed] of [
    ["◆  아이디", "민수\r"],
    ["◆  비밀번호", `${passwordOf("민수")}\r`],
    ["◆  비밀번호 확인", `${passwordOf("민수")}\r`],
  ] as const) {
    await pty.sees(question);
    pty.type(typed);
  }
}

test("who signs up is asked for the server's password where it is missing, or gives it by a file", async () => {
  const outside = screen();
  try {
    // What a sign-up needs isn't told without the server's password either.
    await choosesSignUp(outside);
    await outside.sees("접속 비밀번호가 있습니다");
    outside.type("틀린 것\r");
    await outside.sees("그 비밀번호를 받아들이지");
    outside.type("열려라 참깨\r");
    await outside.sees("◆  아이디");
  } finally {
    outside.end();
  }
  const inside = screen("--server-password-file", PASSWORD_FILE);
  try {
    await signsUp(inside);
    await inside.sees("가입되었습니다.");
  } finally {
    inside.end();
  }
}, 60_000);

test("a guest is asked for the server's password where it is missing, and enters by it", async () => {
  const guest = screen();
  try {
    for (const [question, typed] of [
      ["● 로그인", "\x1b[B"],
      ["● 회원가입", "\x1b[B"],
      ["● 계정 없이 손님", "\r"],
      ["◆  사용할 이름", "지나가는이\r"],
      ["접속 비밀번호가 있습니다", "열려라 참깨\r"],
      ["서버의 비밀번호를", "\r"],
      [ko.rooms.find, "\x03"],
      [ko.rooms.quitAsk, "\x03"],
    ] as const) {
      await guest.sees(question);
      guest.type(typed);
    }
    expect(await guest.exited).toBe(0);
  } finally {
    guest.end();
  }
}, 60_000);

test("pipe commands send the server's password too, and report a missing one", async () => {
  const send = [...CLIENT, serverLink(server), "send", "민수", "쉿", "--account", "민수"];
  const options = { cwd: folder.path, env: { SODAM_PASSWORD: passwordOf("민수") } };
  const withPassword = await run([...send, "--server-password-file", PASSWORD_FILE], options);
  expect(withPassword).toEqual({ code: 0, stdout: "", stderr: "" });
  const without = await run(send, options);
  expect(without).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("--server-password-file"),
  });
  const nowhere = await run([...send, "--server-password-file", "nowhere"], options);
  expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining("nowhere") });
}, 60_000);
