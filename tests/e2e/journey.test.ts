import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ko } from "../../lib/app/i18n/ko.ts";
import { Pty } from "./pty.ts";

/** The real scripts in a real terminal: from the link to the first message, and back to the shell. */

const ROOT = resolve(import.meta.dir, "../..");
const folder = mkdtempSync(join(tmpdir(), "sodam-journey-"));
let server: Bun.Subprocess<"ignore", "pipe", "inherit">;
let link = "";
let place = "";

beforeAll(async () => {
  const places = ["--data", join(folder, "data"), "--certs", join(folder, "certs")];
  server = Bun.spawn(["bun", "server.ts", "--host", "127.0.0.1", "--port", "0", ...places], {
    cwd: ROOT,
    stdout: "pipe",
    stderr: "inherit",
    stdin: "ignore",
  });
  let printed = "";
  const decoder = new TextDecoder();
  for await (const bytes of server.stdout) {
    printed += decoder.decode(bytes, { stream: true });
    link = /sodam:\/\/\S+(?=\n)/.exec(printed)?.[0] ?? "";
    if (link !== "") break;
  }
  if (link === "") throw new Error(`the server gave no link: ${printed}`);
  place = /\/\/([^/]+)\//.exec(link)?.[1] ?? "";
});

afterAll(async () => {
  server.kill();
  await server.exited;
  rmSync(folder, { recursive: true, force: true });
});

function client(who: string, ...more: string[]): Pty {
  const command = ["bun", join(ROOT, "client.ts"), "--config-dir", join(folder, who), ...more];
  const pty = new Pty(command, { LC_ALL: "ko_KR.UTF-8" });
  pty.resize(100, 30);
  return pty;
}

/** Waits for the question and types. */
async function answers(pty: Pty, question: string, typed: string): Promise<void> {
  await pty.sees(question);
  pty.type(typed);
}

describe("the interactive client", () => {
  test("sign up by the link, create a room, talk, and leave the terminal as it was", async () => {
    const mina = client("mina", link);
    try {
      await answers(mina, "● 회원가입", "\r");
      await answers(mina, "◆  아이디", "민아\r");
      await answers(mina, "◆  비밀번호 (8자 이상)", "correct horse\r");
      await answers(mina, "◆  비밀번호 확인", "correct horse\r");
      await answers(mina, "이 기기를 기억할까요?", "\r");
      await answers(mina, "어디까지 읽었는지", "\r");
      await mina.sees("이제 이 서버의 주인입니다.");
      await answers(mina, "● 방 만들기", "\r");
      await answers(mina, "◆  방 이름", "수다방\r");
      await answers(mina, "◆  무엇에 관한", "\r");
      await answers(mina, "◆  누구나 찾아서", "\r");
      await mina.sees("[수다방]");
      mina.type("안녕하세요\r");
      const row = await mina.sees("안녕하세요");
      expect(row).toBeGreaterThan(0);
      await mina.until(() => mina.cursor().column === 9 && mina.cursor().visible);
      mina.type("/종료\r");
      expect(await mina.exited).toBe(0);
      expect(mina.written).toContain("\x1b[?1049l");
      expect(mina.rows().join("\n")).toContain("안녕히 가세요.");
    } finally {
      mina.end();
    }
  }, 60_000);

  test("a remembered device logs in without a password, and finds messages and drafts", async () => {
    const mina = client("mina");
    try {
      await answers(mina, "● #수다방", "\r");
      await mina.sees("안녕하세요");
      await mina.sees("민아 님으로 로그인");
      mina.type("아직 안 보낸 말");
      await mina.sees("[수다방] 아직 안 보낸 말");
      mina.type("\x1b");
      await mina.sees("방 · 민아");
    } finally {
      mina.end();
    }
    // The client was killed, and its draft is restored.
    const again = client("mina");
    try {
      await answers(again, "● #수다방", "\r");
      await again.sees("[수다방] 아직 안 보낸 말");
      expect(statSync(join(folder, "mina", "drafts.json")).mode & 0o777).toBe(0o600);
    } finally {
      again.end();
    }
  }, 60_000);

  test("writes the account's data to a file, and then erases all its messages", async () => {
    const mina = client("mina");
    const file = join(folder, "me.jsonl");
    try {
      await answers(mina, "● #수다방", "\r");
      await mina.sees("[수다방] 아직 안 보낸 말");
      mina.type(`\x15/내자료 ${file}\r`);
      await mina.sees("저장했습니다");
      const text = readFileSync(file, "utf8");
      expect(text).toContain('"kind":"account","about":"내 계정","name":"민아"');
      expect(text).toContain('"text":"안녕하세요"');
      mina.type("/forget-me\r");
      await answers(mina, "그대로 입력해 주세요", "민아\r");
      await answers(mina, "◆  현재 비밀번호", "correct horse\r");
      await mina.sees("보낸 메시지 1개를 모두 삭제했습니다.");
      await answers(mina, "● 대화로 돌아가기", "\r");
      await mina.until(() => !mina.rows().join("\n").includes("안녕하세요"));
      mina.type("/종료\r");
      expect(await mina.exited).toBe(0);
    } finally {
      mina.end();
    }
  }, 60_000);

  test("without a link shows the fingerprint once; reports an empty and a wrong password", async () => {
    const jun = client("jun", place);
    try {
      const shown = /fp-([0-9a-f]{4})/.exec(link)?.[1] ?? "none";
      await answers(jun, "접속하려던 서버가 맞나요?", "");
      await jun.sees(shown);
      jun.type("\r");
      await answers(jun, "● 로그인", "\r");
      await answers(jun, "◆  아이디", "민아\r");
      await answers(jun, "◆  비밀번호", "\r");
      await answers(jun, "└  비밀번호를 입력해 주세요.", "wrong horse\r");
      await jun.sees("아이디 또는 비밀번호가 맞지 않습니다");
      await answers(jun, "◆  아이디", "\x03");
      await answers(jun, "● 로그인", "\x03");
      await answers(jun, ko.rooms.quitAsk, "\x03");
      expect(await jun.exited).toBe(0);
    } finally {
      jun.end();
    }
    // The server was trusted once and is known, though nobody has logged in.
    const again = client("jun");
    try {
      await answers(again, "● 로그인", "\x03");
      await answers(again, ko.rooms.quitAsk, "\x03");
      expect(await again.exited).toBe(0);
    } finally {
      again.end();
    }
  }, 60_000);

  test("accepts the whole pasted command where it asks for a server", async () => {
    const sora = client("sora");
    try {
      await answers(sora, "◆  어느 서버에 연결할까요?", `bun client.ts '${link}'\r`);
      await answers(sora, "● 회원가입", "\x03");
      await answers(sora, ko.rooms.quitAsk, "\x03");
      expect(await sora.exited).toBe(0);
    } finally {
      sora.end();
    }
  }, 60_000);

  test("a link with another fingerprint is refused, and nothing is sent", async () => {
    const wrong = link.replace(/fp-.{4}/, "fp-0000");
    const jun = client("other", wrong);
    try {
      await jun.sees("인증서가 링크에 있는 것과 다릅니다");
      await answers(jun, "◆  새 링크를 붙여 넣거나", "12345678\r");
      await jun.sees("지금 보이는 인증서와 맞지 않습니다");
      jun.type("\x03");
      await answers(jun, "● 다시 시도", "\x03");
      await answers(jun, ko.rooms.quitAsk, "\x03");
      expect(await jun.exited).toBe(1);
    } finally {
      jun.end();
    }
  }, 60_000);
});
