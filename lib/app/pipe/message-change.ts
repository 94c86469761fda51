/** What `send` does to a message that was sent before: it replies to it, replaces its text, or deletes it. */
import { relaysTag } from "../../chat-client/registration/capability-requests.ts";
import type { Answer } from "../../chat-client/session.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { awaitCallback } from "../app-context.ts";
import { readPage } from "../history/history-pages.ts";
import { failureSentence } from "../i18n/words.ts";
import type { PipeContext, PipeSession } from "./pipe-context.ts";

/** Events around a message that are asked for, to see whether it exists. */
const AROUND_LINES = 3;

/** Replaces the text of one's own message. Resolves to null, or to the sentence for what failed. */
export async function editMessage(
  context: PipeContext,
  pipeSession: PipeSession,
  msgid: string,
  text: string,
): Promise<string | null> {
  const { words, pipeWords } = context;
  const { session, target } = pipeSession;
  if (!session.state.caps.has("sodam.chat/edit")) return words.slash.notOffered;
  if (text === "") return pipeWords.nothingToEdit;
  if (text.includes("\n")) return pipeWords.editOneLine;
  return change(context, pipeSession, "EDIT", [target, msgid, text.normalize("NFC")]);
}

/** Deletes a message. Resolves to null, or to the sentence for what failed. */
export async function deleteMessage(
  context: PipeContext,
  pipeSession: PipeSession,
  msgid: string,
  reason: string,
): Promise<string | null> {
  const { session, target } = pipeSession;
  const { caps } = session.state;
  if (!caps.has("draft/message-redaction")) return context.words.slash.notOffered;
  const params = [target, msgid, ...(reason === "" ? [] : [reason.replaceAll(/\s+/g, " ")])];
  return change(context, pipeSession, "REDACT", params);
}

/** Resolves to null when the server takes replies and has this message, as far as it tells; otherwise to a sentence. */
export async function replyProblem(
  context: PipeContext,
  pipeSession: PipeSession,
  msgid: string,
): Promise<string | null> {
  if (!relaysTag(pipeSession.session.state, "+reply")) return context.words.slash.notOffered;
  return missingMessage(context, pipeSession, msgid);
}

/**
 * Resolves to null when the target has this message, as far as the server tells; otherwise to a sentence. A misspelt id
 * in a script would go unnoticed: servers relay a reply to any, and a page behind none is empty.
 */
export async function missingMessage(
  { pipeWords, ports }: PipeContext,
  { session, target }: PipeSession,
  msgid: string,
): Promise<string | null> {
  if (!session.state.caps.has("draft/chathistory")) return null;
  const point = { kind: "msgid", msgid } as const;
  const page = await readPage({ session, target, ports }, "AROUND", point, AROUND_LINES);
  if (page.kind === "lost") return pipeWords.lost;
  // A bot without the right to read can't ask, and may reply all the same.
  const isThere = page.kind === "failed" || page.messages.some(({ line }) => line.msgid === msgid);
  return isThere ? null : pipeWords.noMessage(sanitize(msgid), sanitize(target));
}

async function change(
  { words, pipeWords }: PipeContext,
  { session, target }: PipeSession,
  verb: string,
  params: readonly string[],
): Promise<string | null> {
  const answer = await awaitCallback<Answer>((done) => session.ask(verb, params, done));
  if (answer.kind === "answered") return null;
  if (answer.kind === "lost") return pipeWords.lost;
  return failureSentence(words, answer.code, sanitize(target), sanitize(answer.text));
}
