/** Who said a message when, what became of it, and who reacted to it or hasn't read it. */
import type {
  ChatLine,
  ClientConversation,
  ClientState,
} from "../../../chat-client/client-state.ts";
import type { SharedFile } from "../../../protocol/file-facts.ts";
import { withoutSpoilers } from "../../../protocol/message-markup.ts";
import { fitRow, type ScreenRow, span, wrapRow } from "../../../terminal/layout.ts";
import { sanitize, sanitizeLines } from "../../../terminal/sanitize.ts";
import { fileFactsText } from "../../files/file-text.ts";
import { serviceNotice } from "../../slash/service-sentences.ts";
import { visibleLines } from "../messages/message-lines.ts";
import { repliesByThread } from "../messages/threads.ts";
import { authorNick } from "../people/person-name.ts";
import { rankOf } from "../people/ranks.ts";
import type { ScreenPage } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";

type DetailsPage = Extract<ScreenPage, { kind: "details" }>;

/** Draws the details of a message, from the row `page.top` on. */
export function drawDetails(
  page: DetailsPage,
  conversation: ClientConversation,
  state: ClientState,
  width: number,
  height: number,
  context: DrawContext,
): ScreenRow[] {
  const { widths, words } = context;
  const line = visibleLines(conversation).find(({ key }) => key === page.lineKey);
  const texts =
    line === undefined
      ? [words.finder.gone]
      : detailsOf(line, page.isOpened, conversation, state, context);
  const rows = texts.flatMap((text) =>
    wrapRow([span(` ${text}`)], width, { widths, hang: 3 }).map((row) =>
      fitRow(row, width, widths),
    ),
  );
  const top = Math.max(0, Math.min(page.top, rows.length - height));
  return rows.slice(top, top + height);
}

function detailsOf(
  line: ChatLine,
  isOpened: boolean,
  conversation: ClientConversation,
  state: ClientState,
  { words, calendar }: DrawContext,
): string[] {
  const { details } = words;
  const member = conversation.members.values().find(({ nick }) => nick === line.nick);
  const rank = rankOf(member?.ranks ?? "");
  const author = [
    authorNick(line, words),
    ...(rank === null ? [] : [words.ranks[rank]]),
    line.account === null ? details.noAccount : details.account(sanitize(line.account)),
  ];
  const replies =
    line.msgid === null ? [] : (repliesByThread(visibleLines(conversation)).get(line.msgid) ?? []);
  const readers = readersOf(line, conversation, state.fold);
  const whole = serviceNotice(state, line, words);
  const text = isOpened ? whole : withoutSpoilers(whole, words.screen.spoiler);
  const rows = text === "" && line.file !== null ? [] : sanitizeLines(text);
  return [
    details.said(author.join(" · "), calendar.moment(line.time)),
    ...(line.redacted
      ? [details.deleted(line.redactedBy === null ? null : sanitize(line.redactedBy))]
      : rows.map((row) => `  ${row}`)),
    ...(line.file === null || line.redacted
      ? []
      : [words.files.details(sanitize(line.file.name), factsOf(line.file, words))]),
    ...(line.edited
      ? [details.edited(line.editedAt === null ? "" : calendar.moment(line.editedAt))]
      : []),
    ...[...line.reactions].map(([reaction, nicks]) =>
      details.reaction(sanitize(reaction), nicks.map((nick) => sanitize(nick)).join(", ")),
    ),
    ...(replies.length === 0 ? [] : [words.screen.replies(replies.length)]),
    ...(readers.read.length === 0 ? [] : [details.read(readers.read.join(", "))]),
    ...(readers.unread.length === 0 ? [] : [details.unread(readers.unread.join(", "))]),
  ];
}

function factsOf(file: SharedFile, words: DrawContext["words"]): string {
  return `${fileFactsText(file, words)}, ${sanitize(file.type)}`;
}

/** Returns the members who share how far they have read, by whether they have read this message. */
function readersOf(
  { time, nick, status, redacted }: ChatLine,
  { readers, members }: ClientConversation,
  fold: ClientState["fold"],
): { read: string[]; unread: string[] } {
  const read: string[] = [];
  const unread: string[] = [];
  if (status !== "sent" || redacted) return { read, unread };
  for (const [key, readAt] of readers) {
    if (key === fold(nick)) continue;
    (readAt >= time ? read : unread).push(sanitize(members.get(key)?.nick ?? key));
  }
  return { read, unread };
}
