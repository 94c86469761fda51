import { expect, test } from "bun:test";
import { viewOf } from "../../lib/app/chat-screen/ui-state.ts";
import { openChat } from "./open-chat.ts";

const CAPS = "message-tags sodam.chat/edit draft/message-redaction draft/metadata-2";

/** mina in #tea, with a message of jun's and the answer to it. */
async function inTea() {
  const chat = await openChat(CAPS);
  chat.hears(
    "@msgid=m1 :jun!j@h PRIVMSG #tea :Shall we ship?",
    "@msgid=m2;+reply=m1 :bo!b@h PRIVMSG #tea :yes",
  );
  const key = chat.controller.ui.current;
  const view = () => viewOf(chat.controller.ui, key);
  return { ...chat, key, view };
}

test("what the keys ask for is sent to the server", async () => {
  const { controller, key, sent } = await inTea();
  const last = (effect: Parameters<typeof controller.perform>[0]): string => {
    controller.perform(effect);
    return (sent.at(-1) ?? "").replace(/label=[^; ]+;?/, "");
  };
  const react = { kind: "react", key, msgid: "m1", reaction: "👍" } as const;
  expect(last({ ...react, isOn: true })).toMatch(/^@.*react=👍.* TAGMSG #tea$/);
  expect(last({ ...react, isOn: false })).toMatch(/^@.*unreact=👍.* TAGMSG #tea$/);
  expect(last({ kind: "edit", key, msgid: "m1", text: "new text" })).toEndWith(
    "EDIT #tea m1 :new text",
  );
  expect(last({ kind: "redact", key, msgid: "m1" })).toEndWith("REDACT #tea m1");
  expect(last({ kind: "pin", key, text: "jun: Shall we ship?" })).toEndWith(
    "METADATA #tea SET sodam.chat/pinned :jun: Shall we ship?",
  );
  expect(last({ kind: "pin", key, text: "" })).toEndWith("METADATA #tea SET sodam.chat/pinned");
});

test("a reply gives up an edit, and a thread is opened with its root", async () => {
  const { controller, key, view } = await inTea();
  const lineKey = controller.conversation?.lines.at(-1)?.key ?? "";
  controller.perform({ kind: "reply", key, lineKey });
  expect(view().replyTarget).toEqual({ msgid: "m2", author: "bo", text: "yes" });
  controller.perform({ kind: "open-thread", key, lineKey });
  expect([view().thread, view().replyTarget]).toEqual(["m1", null]);
  expect(view().outside?.replyTarget?.msgid).toBe("m2");
});

test("effects on a message or a room that is gone do nothing", async () => {
  const { controller, key, sent, view } = await inTea();
  const count = sent.length;
  controller.perform({ kind: "reply", key, lineKey: "gone" });
  controller.perform({ kind: "open-thread", key, lineKey: "gone" });
  controller.perform({ kind: "retry-line", key, lineKey: "gone" });
  controller.perform({ kind: "pin", key: "#gone" as typeof key, text: "x" });
  expect([sent.length, view().replyTarget, view().thread]).toEqual([count, null, null]);
});

test("a note that comes while a message is selected doesn't move it", async () => {
  const { controller, key, view } = await inTea();
  const line = controller.conversation?.lines[0];
  const anchor = { itemKey: line?.key ?? "", rowsBelow: 0, time: line?.time ?? 0 };
  const selection = { lineKey: line?.key ?? "", question: null, returnTo: null };
  const views = new Map(controller.ui.views).set(key, { ...view(), anchor, selection });
  controller.ui = { ...controller.ui, views };
  controller.note("The server refused.", "bad");
  expect([view().anchor, view().notes.length]).toEqual([anchor, 1]);
});

test("/select with a number shows a message as it was written, in append mode also without one", async () => {
  for (const isAppended of [false, true]) {
    const { types, hears, notes } = await openChat(CAPS, { append: isAppended });
    hears("@msgid=a :jun!j@h PRIVMSG #tea :it was ||the cat||");
    types(isAppended ? "/select" : "/select 1");
    expect(notes()).toEqual(["jun: it was ||the cat||"]);
    types("/select 2");
    expect(notes().at(-1)).toStartWith("There is");
  }
});

test("/select begins at the newest message, and says when there is none", async () => {
  const { controller, types, view, notes } = await inTea();
  types("/고르기");
  expect(view().selection?.lineKey).toBe(controller.conversation?.lines.at(-1)?.key);
  expect(view().anchor).not.toBeNull();
  const empty = await openChat(CAPS);
  empty.types("/select");
  expect(empty.notes()).toEqual(["There is no message here to do that with."]);
  expect(notes()).toEqual([]);
  const append = await openChat(CAPS, { append: true });
  append.types("/select");
  expect(append.notes()).toEqual(["There is no message here to do that with."]);
});
