/** Sentences of items of the timeline: quotes, and who came and went. */

import type { ChatLine } from "../../../chat-client/client-state.ts";
import { textOrFileName } from "../../../protocol/file-facts.ts";
import { plainRow } from "../../../protocol/message-markup.ts";
import { fold } from "../../../protocol/names.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import type { Words } from "../../i18n/words.ts";
import { authorName } from "../people/person-name.ts";
import { rankOf } from "../people/ranks.ts";
import type { DrawContext } from "./draw-context.ts";

/** UTF-16 units of a quoted message, of which one row is shown: any number of replies may quote a long one. */
const QUOTE_UNITS_MAX = 2000;

/** Returns a message's text on one row, as far as one shows it, sanitized and with its spoilers hidden. */
export function oneRowOf(text: string, { words }: DrawContext): string {
  const isCut = text.length > QUOTE_UNITS_MAX;
  return sanitize(plainRow(text.slice(0, QUOTE_UNITS_MAX), words.screen.spoiler, isCut));
}

/** Returns the row that quotes the message that another replies to; null: it isn't loaded. */
export function quoteText(message: ChatLine | null, context: DrawContext): string {
  const { words } = context;
  if (message === null) return words.screen.replyToUnknown;
  if (message.folded !== null) return `↳ ${words.screen.hiddenMessage[message.folded]}`;
  const text = message.redacted ? words.screen.deleted : oneRowOf(textOrFileName(message), context);
  return words.screen.replyTo(authorName(message, words), text);
}

/** Returns what stands behind a message's text: for whom alone it is, and that it was edited. */
export function messageMarks({ toRank, edited }: ChatLine, { ranks, screen }: Words): string[] {
  const rank = rankOf(toRank ?? "");
  return [
    ...(rank === null ? [] : [screen.toRank(ranks[rank])]),
    ...(edited ? [screen.edited] : []),
  ];
}

/** Sums up joins and leaves: "alice and 3 more came in" names users who are present now and weren't before. */
export function membershipSentence(lines: readonly ChatLine[], context: DrawContext): string {
  const { screen } = context.words;
  const changes = new Map<string, { name: string; firstJoined: boolean; lastJoined: boolean }>();
  for (const line of lines) {
    const key = fold(line.nick);
    const isJoin = line.kind === "joined";
    const firstJoined = changes.get(key)?.firstJoined ?? isJoin;
    changes.set(key, { name: sanitize(line.nick), firstJoined, lastJoined: isJoin });
  }
  const joined: string[] = [];
  const left: string[] = [];
  const joinedAndLeft: string[] = [];
  for (const { name, firstJoined, lastJoined } of changes.values()) {
    if (firstJoined && !lastJoined) joinedAndLeft.push(name);
    else (lastJoined ? joined : left).push(name);
  }
  const sentences: string[] = [];
  const [firstToJoin = "", ...moreJoined] = joined;
  if (moreJoined.length > 0) sentences.push(screen.joinedMany(firstToJoin, moreJoined.length));
  else if (firstToJoin !== "") sentences.push(screen.joined(firstToJoin));
  const [firstToLeave = "", ...moreLeft] = left;
  if (moreLeft.length > 0) sentences.push(screen.leftMany(firstToLeave, moreLeft.length));
  else if (firstToLeave !== "") sentences.push(screen.left(firstToLeave));
  const [firstToPass = "", ...morePassed] = joinedAndLeft;
  if (morePassed.length > 0)
    sentences.push(screen.joinedAndLeftMany(firstToPass, morePassed.length));
  else if (firstToPass !== "") sentences.push(screen.joinedAndLeft(firstToPass));
  return sentences.join(` ${context.glyphs.dot} `);
}

/** Draws a sentence of the room, the server or the screen, in the column of the messages. */
