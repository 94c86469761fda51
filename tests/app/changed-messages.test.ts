import { describe, expect, test } from "bun:test";
import { beginEdit } from "../../lib/app/chat-screen/input-places.ts";
import { composeReply } from "../../lib/app/chat-screen/slash-host.ts";
import { type SearchResults, viewOf, withView } from "../../lib/app/chat-screen/ui-state.ts";
import { EMPTY_EDITOR, replaceText } from "../../lib/terminal/editor.ts";
import { openChat } from "./open-chat.ts";
import { line, SATURDAY } from "./team.ts";

/** What the user does with a message that is edited or deleted meanwhile. */

const CAPS = "message-tags sodam.chat/edit draft/message-redaction sodam.chat/unread";

async function inTea() {
  const chat = await openChat(CAPS);
  chat.hears(
    "@msgid=a :jun!j@h PRIVMSG #tea :one",
    "@msgid=b :mina!m@h PRIVMSG #tea :two",
    "@msgid=c :jun!j@h PRIVMSG #tea :three",
  );
  const { controller } = chat;
  const key = controller.ui.current;
  const view = () => viewOf(controller.ui, key);
  const said = (msgid: string) => {
    const found = controller.conversation?.lines.find((each) => each.msgid === msgid);
    if (found === undefined) throw new Error(`no message ${msgid}`);
    return found;
  };
  return { ...chat, key, view, said };
}

describe("a selected message", () => {
  test("stays selected when it is deleted, and what was asked about it is taken back", async () => {
    const { controller, key, view, said, hears } = await inTea();
    const selection = {
      lineKey: said("a").key,
      question: { kind: "delete" } as const,
      returnTo: null,
    };
    controller.ui = withView(controller.ui, key, { selection });
    hears("@msgid=d :bo!b@h PRIVMSG #tea :four");
    expect(view().selection).toEqual(selection);
    hears(":jun!j@h REDACT #tea a");
    expect(view().selection).toEqual({ ...selection, question: null });
  });

  test("that is dropped ends the selection with a word, where the user was before", async () => {
    const { controller, key, view, hears, notes } = await inTea();
    const selection = { lineKey: "gone", question: null, returnTo: null };
    const anchor = { itemKey: "gone", rowsBelow: 0, time: SATURDAY };
    controller.ui = withView(controller.ui, key, { selection, anchor });
    hears("@msgid=d :bo!b@h PRIVMSG #tea :four");
    expect([view().selection, view().anchor]).toEqual([null, null]);
    expect(notes()).toEqual(["That message is no longer available."]);
  });
});

test("a reply quotes what its message says now, and nothing of a deleted one", async () => {
  const { controller, key, view, said, hears } = await inTea();
  composeReply(controller, key, said("a"));
  hears(":jun!j@h EDIT #tea a :one, again");
  expect(view().replyTarget?.text).toBe("one, again");
  hears(":jun!j@h REDACT #tea a");
  expect(view().replyTarget?.text).toBe("This message was deleted");
  expect(view().replyTarget?.msgid).toBe("a");
});

test("an edit ends when its message is deleted, and what was typed stays readable", async () => {
  const { controller, key, view, said, hears, notes } = await inTea();
  const draft = { ...view(), editor: replaceText(EMPTY_EDITOR, "before") };
  const editing = { ...draft, ...beginEdit(draft, "b", said("b").text) };
  controller.ui = withView(controller.ui, key, {
    ...editing,
    editor: replaceText(editing.editor, "two, better"),
  });
  hears(":op!o@h REDACT #tea b");
  expect([view().editTarget, view().editor.text]).toEqual([null, "before"]);
  expect(notes()).toEqual([
    "The message that you were changing was deleted. Not sent: two, better",
  ]);
});

test("the results of a search follow edits and deletions, also of messages that aren't loaded", async () => {
  const { controller, hears } = await inTea();
  const lines = [line(SATURDAY, "jun", "old tea"), line(SATURDAY, "jun", "older tea")];
  const [old, older] = lines.map(({ msgid }) => msgid);
  const results: SearchResults = {
    ...{ kind: "found", lines, places: new Map(), incomplete: false, problem: "" },
  };
  controller.ui = { ...controller.ui, search: { editor: EMPTY_EDITOR, index: 0, results } };
  hears(`:jun!j@h EDIT #tea ${old} :green tea`, `:jun!j@h REDACT #tea ${older}`);
  const shown = controller.ui.search?.results?.lines ?? [];
  expect(shown.map(({ text, edited }) => [text, edited])).toEqual([["green tea", true]]);
});
