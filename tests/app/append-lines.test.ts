import { describe, expect, test } from "bun:test";
import { formatLine, LineChanges } from "../../lib/app/append-lines.ts";
import { makeDateFormat } from "../../lib/app/i18n/date-format.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import type { ChatLine } from "../../lib/chat-client/client-state.ts";
import type { Language } from "../../lib/protocol/language.ts";
import { line, SATURDAY, stateOf } from "./team.ts";

function sentences(language: Language = "en") {
  return { words: wordsFor(language), calendar: makeDateFormat(language, "Asia/Seoul") };
}

const HANA = { ...stateOf(), me: { ...stateOf().me, nick: "hana" } };
const question = line(SATURDAY, "jun", "shall we\nship?");

describe("--append", () => {
  test("says in a reply's line whom and what it answers", () => {
    const answer = line(SATURDAY + 60_000, "mina", "yes", { replyTo: question.msgid });
    expect(formatLine(sentences(), answer, question)).toBe(
      '09:42 mina (answering jun "shall we ship?"): yes',
    );
    expect(formatLine(sentences(), answer, null)).toBe(
      "09:42 mina (answering an earlier message): yes",
    );
    expect(formatLine(sentences("ko"), answer, { ...question, own: true })).toBe(
      '09:42 mina (나의 "shall we ship?"에 답장): yes',
    );
  });

  test("says what was edited and deleted in what it prints of the history", () => {
    expect(formatLine(sentences(), { ...question, text: "ship it", edited: true }, null)).toBe(
      "09:41 jun: ship it (edited)",
    );
    expect(formatLine(sentences(), { ...question, text: "", redacted: true }, null)).toBe(
      "09:41 jun: This message was deleted",
    );
  });

  test.each([
    ["en", "@", "09:41 jun: spam again (only to each moderator and above)"],
    ["ko", "+", "09:41 jun: spam again (발언자 이상에게만)"],
  ] as const)("says for whom alone a message is (%s, %s)", (language, toRank, shown) => {
    const aside = { ...question, text: "spam again", toRank };
    expect(formatLine(sentences(language), aside, null)).toBe(shown);
  });

  test("hides spoilers, in what is said, edited, answered and reacted to", () => {
    const secret = { ...question, text: "it was ||the cat||" };
    const memory = new LineChanges();
    memory.note([secret]);
    const printed = [
      formatLine(sentences(), secret, null),
      formatLine(sentences(), { ...question, replyTo: "m" }, secret),
      ...memory.changesOf({ ...secret, reactions: new Map([["👍", ["bo"]]]) }, HANA, sentences()),
      ...memory.changesOf({ ...secret, text: "||the dog||", edited: true }, HANA, sentences()),
    ].join("\n");
    expect(printed).toContain("09:41 jun: it was [spoiler]");
    expect(printed).toContain('answering jun "it was [spoiler]"');
    expect(printed).toContain("jun edited a message: [spoiler]");
    expect(printed).not.toMatch(/the cat|the dog/);
  });

  test("quotes nothing of a message that is folded away or deleted, and tells nothing of it", () => {
    const folded = { ...question, folded: "blocked" as const };
    const answer = line(SATURDAY, "mina", "yes", { replyTo: question.msgid });
    expect(formatLine(sentences(), answer, folded)).toContain("(answering an earlier message)");
    const deleted = { ...question, text: "", redacted: true };
    expect(formatLine(sentences(), answer, deleted)).toContain('"This message was deleted"');
    const memory = new LineChanges();
    memory.note([folded]);
    const edited = { ...folded, text: "ship it", edited: true };
    expect(memory.changesOf(edited, HANA, sentences())).toEqual([]);
  });

  /** What is printed when a message changes in these steps. */
  function changes(...steps: Partial<ChatLine>[]): string[] {
    const memory = new LineChanges();
    memory.note([question]);
    let now: ChatLine = question;
    return steps.flatMap((step) => {
      now = { ...now, ...step };
      return memory.changesOf(now, HANA, sentences());
    });
  }

  test("says an edit with its new text, and nothing when only the state of sending changed", () => {
    expect(changes({ status: "sending" }, { status: "sent" })).toEqual([]);
    expect(changes({ text: "ship it", edited: true }, { editedAt: SATURDAY })).toEqual([
      "jun edited a message: ship it",
    ]);
  });

  test("says a deletion by its time, never by the text that was deleted", () => {
    expect(changes({ text: "", redacted: true }, { redacted: true })).toEqual([
      "jun's message of 09:41 was deleted",
    ]);
    expect(changes({ text: "", redacted: true, redactedBy: "bo" })).toEqual([
      "bo deleted jun's message of 09:41",
    ]);
  });

  test("speaks of the user's own message as theirs", () => {
    const memory = new LineChanges();
    memory.note([{ ...question, own: true }]);
    const gone = { ...question, own: true, text: "", redacted: true };
    expect(memory.changesOf(gone, HANA, sentences())).toEqual([
      "your message of 09:41 was deleted",
    ]);
  });

  test("calls the user 'you' where they react or delete", () => {
    const memory = new LineChanges();
    memory.note([question]);
    const reactions = new Map([["👍", ["Hana"]]]);
    expect([
      ...memory.changesOf({ ...question, reactions }, HANA, sentences()),
      ...memory.changesOf({ ...question, redacted: true, redactedBy: "hana" }, HANA, sentences()),
    ]).toEqual([
      "you reacted with 👍 to jun: shall we ship?",
      "you deleted jun's message of 09:41",
    ]);
  });

  test("says each reaction that comes and goes once", () => {
    const one = new Map([["👍", ["bo"]]]);
    const two = new Map([
      ["👍", ["bo", "mina"]],
      ["🎉", ["bo"]],
    ]);
    expect(
      changes({ reactions: one }, { reactions: two }, { reactions: new Map([["🎉", ["bo"]]]) }),
    ).toEqual([
      "bo reacted with 👍 to jun: shall we ship?",
      "mina reacted with 👍 to jun: shall we ship?",
      "bo reacted with 🎉 to jun: shall we ship?",
      "bo took back 👍 from jun: shall we ship?",
      "mina took back 👍 from jun: shall we ship?",
    ]);
  });

  test("prints no control characters of others", () => {
    const hostile = { ...question, nick: "x\x1b[2J", text: "a\x07", edited: true };
    const memory = new LineChanges();
    memory.note([question]);
    const printed = [
      ...memory.changesOf(
        { ...hostile, reactions: new Map([["\x1b[m", ["b\x9b"]]]) },
        HANA,
        sentences(),
      ),
      formatLine(sentences(), { ...hostile, replyTo: "m" }, hostile),
    ];
    expect(printed).toHaveLength(3);
    expect(printed.join("")).not.toMatch(/\p{Cc}/u);
  });

  test("tells nothing of lines that it never knew, and remembers a bounded number", () => {
    const memory = new LineChanges();
    expect(memory.changesOf({ ...question, edited: true, text: "x" }, HANA, sentences())).toEqual(
      [],
    );
    const many = Array.from({ length: 6000 }, () => line(SATURDAY, "jun", "hi"));
    memory.note(many);
    const printed = many
      .toReversed()
      .filter(
        (each) =>
          memory.changesOf({ ...each, edited: true, text: "x" }, HANA, sentences()).length > 0,
      );
    expect(printed).toHaveLength(5000);
    expect(printed[0]).toBe(many.at(-1) as ChatLine);
  });
});
