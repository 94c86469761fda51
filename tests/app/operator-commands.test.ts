import { describe, expect, test } from "bun:test";
import { refusal } from "../../lib/app/chat-screen/draw/system-line.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { openChat } from "./open-chat.ts";

const OURS = "batch labeled-response message-tags echo-message sodam.chat/account";

type Chat = Awaited<ReturnType<typeof openChat>>;

function lastSent({ sent }: Chat): string {
  return (sent.at(-1) ?? "").replace(/^@\S+ /, "");
}

/** Answers the last line that was sent, by its label. */
function answer({ sent, hears }: Chat, line: string): void {
  const label = /label=([^; ]+)/.exec(sent.at(-1) ?? "")?.[1] ?? "";
  hears(`@label=${label} :s ${line}`);
}

describe("commands for operators of the server", () => {
  test.each([
    ["/suspend jun 2h too loud", "ACCOUNT SUSPEND jun 2h too loud"],
    ["/계정정지 @jun", "ACCOUNT SUSPEND jun"],
    ["/unsuspend jun", "ACCOUNT UNSUSPEND jun"],
    ["/rename-account jun june", "ACCOUNT RENAME jun june"],
    ["/계정이름 jun june 바로", "ACCOUNT RENAME jun june FREE"],
    ["/remove-account jun yes", "ACCOUNT REMOVE jun"],
    ["/계정삭제 jun 예 메시지 spam", "ACCOUNT REMOVE jun MESSAGES spam"],
    ["/grade jun helper", "ACCOUNT GRADE jun helper"],
    ["/등급 jun 없음", "ACCOUNT GRADE jun none"],
  ])("%s sends %p", async (typed, sent) => {
    const chat = await openChat(OURS);
    chat.types(typed);
    expect(lastSent(chat)).toBe(sent);
  });

  test("removing asks first, and says how to confirm", async () => {
    const chat = await openChat(OURS);
    const before = chat.sent.length;
    chat.types("/remove-account jun");
    expect(chat.sent.length).toBe(before);
    expect(chat.notes()).toEqual([
      "The account jun would be gone for good. To confirm: /remove-account jun yes (yes messages deletes all that it wrote, too)",
    ]);
  });

  test("the outcome is said in the user's language", async () => {
    for (const [language, typed, line, said] of [
      ["en", "/suspend jun", "NOTE ACCOUNT SUSPENDED jun * :…", "jun is suspended for good."],
      ["ko", "/계정정지 jun", "NOTE ACCOUNT SUSPENDED jun * :…", "jun 님의 계정을 정지했습니다."],
      [
        "en",
        "/grade jun none",
        "NOTE ACCOUNT GRADED jun none :…",
        "jun is no operator of the server any more.",
      ],
      [
        ...(["ko", "/등급 jun helper", "NOTE ACCOUNT GRADED jun helper :…"] as const),
        "jun 님의 서버 운영자 등급을 정했습니다: helper",
      ],
      [
        ...(["ko", "/등급 jun 부방장", "FAIL ACCOUNT NO_SUCH_GRADE jun :…"] as const),
        "서버 운영자의 등급은 helper, moderator, admin, maker, 없음입니다. 방의 등급(부방장, 관리자, 부관리자, 발언자)은 /프로필 이름에서 정합니다.",
      ],
      ["en", "/unsuspend jun", "FAIL ACCOUNT NOT_SUSPENDED jun :…", "jun isn't suspended."],
      [
        ...(["ko", "/정지해제 jun"] as const),
        'That takes the right "accounts", which the grade helper doesn\'t have',
        '운영자 등급에 그 권한이 없습니다: "accounts" 권한이 필요합니다.',
      ],
    ] as const) {
      const chat = await openChat(OURS, { language });
      chat.types(typed);
      answer(chat, line.startsWith("That") ? `481 mina :${line}` : line);
      expect(chat.notes()).toEqual([said]);
    }
  });
});

test("a refused log-in of a suspended account says until when and why, in both languages", () => {
  const text = "Your account is suspended until 2026-11-22T02:30:00.000Z: too loud";
  const say = (language: "en" | "ko", sentence: string) =>
    refusal(wordsFor(language), "ACCOUNT_SUSPENDED", [], sentence);
  expect(say("en", text)).toBe("Your account is suspended until 2026-11-22 02:30 UTC: too loud.");
  expect(say("ko", text)).toBe("계정이 정지되었습니다 (2026-11-22 02:30 UTC까지): too loud.");
  expect(say("en", "Your account is suspended")).toBe("Your account is suspended.");
});
