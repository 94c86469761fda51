/** What the screen keeps when the other person of direct messages gets another nick, or is replaced. */
import { expect, test } from "bun:test";
import { viewOf, withView } from "../../lib/app/chat-screen/ui-state.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { fold } from "../../lib/protocol/names.ts";
import { replaceText } from "../../lib/terminal/editor.ts";
import { openChat } from "./open-chat.ts";

const CAPS = "message-tags account-tag";
const TARGET = { msgid: "m1", author: "jun", text: "hi" };

async function chatWithJun() {
  const chat = await openChat(CAPS);
  chat.hears(":s 005 mina MONITOR=100 :are supported", "@msgid=m1 :jun!j@h PRIVMSG mina :hi");
  chat.controller.goTo(fold("jun"));
  const editor = replaceText(viewOf(chat.controller.ui, fold("jun")).editor, "half a sentence");
  const view = { editor, replyTarget: TARGET };
  chat.controller.ui = withView(chat.controller.ui, fold("jun"), view);
  return chat;
}

test("what is being typed, and the reply, follow to the new nick, which stays on screen", async () => {
  const { controller, hears } = await chatWithJun();
  hears(":jun!j@h NICK june");
  expect(String(controller.ui.current)).toBe("june");
  const { editor, replyTarget } = viewOf(controller.ui, controller.ui.current);
  expect([editor.text, replyTarget]).toEqual(["half a sentence", TARGET]);
});

test("what was being typed to one person isn't in the input line for another", async () => {
  const { controller, hears, sent } = await chatWithJun();
  hears(":s 731 mina :jun", "@account=other :jun!o@h PRIVMSG mina :hello");
  expect(String(controller.ui.current)).toBe("jun (1)");
  expect(viewOf(controller.ui, controller.ui.current).editor.text).toBe("half a sentence");
  expect(viewOf(controller.ui, fold("jun")).editor.text).toBe("");
  const before = sent.length;
  const { current } = controller.ui;
  controller.perform({ kind: "say", key: current, text: "for your eyes", replyTo: null });
  expect(sent.slice(before).filter((line) => /PRIVMSG|TAGMSG|MARKREAD/.test(line))).toEqual([]);
  expect(controller.conversation?.lines.at(-1)).toMatchObject({ code: "PEER_LEFT" });
});

test("a held message is sent by /retry, and by Alt-r", async () => {
  for (const retry of ["/retry", "/재전송", "Alt-r"]) {
    const { controller, hears, sent } = await chatWithJun();
    const { current } = controller.ui;
    hears(":s 731 mina :jun");
    controller.perform({ kind: "say", key: current, text: "for your eyes", replyTo: null });
    hears(":s 311 mina jun o h * :Other", ":s 318 mina jun :End of WHOIS");
    expect(controller.conversation?.lines.at(-1)).toMatchObject({ code: "PEER_CHANGED" });
    expect(sent.filter((line) => line.includes("PRIVMSG"))).toEqual([]);
    controller.perform(
      retry === "Alt-r" ? { kind: "retry", key: current } : { kind: "slash", text: retry },
    );
    expect(sent.at(-1)).toEndWith("PRIVMSG jun :for your eyes");
  }
});

test("both languages say what became of the person", () => {
  for (const language of ["en", "ko"] as const) {
    const { failures, screen } = wordsFor(language);
    expect(failures.PEER_CHANGED("jun")).toContain("jun");
    expect(screen.peerLeft("jun")).toContain("jun");
  }
});
