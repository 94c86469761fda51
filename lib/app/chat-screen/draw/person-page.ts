/** A person's menu: who it is, and what can be done. */

import { isPersonBlocked } from "../../../chat-client/attention.ts";
import type { ClientConversation, ClientState } from "../../../chat-client/client-state.ts";
import { fitRow, type ScreenRow, type Span, span, wrapRow } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { cellsOf } from "../../../terminal/width.ts";
import { DURATIONS, personActs } from "../person-actions.ts";
import { nameStyle } from "../person-name.ts";
import { lastSaidAt, roomsInCommon } from "../person-profile.ts";
import { rankOf } from "../ranks.ts";
import type { PersonPage } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";

/** Rows of the name and of the question, around what is known of the person. */
const TITLE_ROWS = 2;
/** In a low window the choices come first. */
const CHOICE_ROWS_MIN = 4;
/** A room's name in the list of those in common is a hint: nobody reads fifty. */
const ROOMS_SHOWN_MAX = 8;
/** Choices that a digit takes. */
const DIGIT_CHOICES_MAX = 9;

/** Draws the menu, with the selected choice in view. */
export function drawPerson(
  page: PersonPage,
  conversation: ClientConversation,
  state: ClientState,
  width: number,
  height: number,
  context: DrawContext,
): ScreenRow[] {
  const { widths, glyphs, words } = context;
  if (page.step.kind === "about") {
    const texts = knownOf(page, conversation, state, context);
    const rows = texts.flatMap((text) => wrapRow([span(` ${text}`)], width, { widths, hang: 3 }));
    const name = [nameSpan(page.nick, state)];
    return [name, ...rows].map((row) => fitRow(row, width, widths)).slice(0, height);
  }
  const choices = choicesOf(page, conversation, state, context).map((label, index) => {
    const isSelected = index === page.index;
    const style = isSelected ? ({ role: "selected" } as const) : undefined;
    const mark = ` ${isSelected ? glyphs.selected : " "} `;
    return fitRow(
      [span(mark), span(numberOf(index), { role: "faint" }), span(` ${label} `, style)],
      width,
      widths,
    );
  });
  const facts = factRows(page, conversation, state, width, height, context);
  const first = firstChoiceShown(page.index, choices.length, height - facts.length);
  const { title } = titleOfPerson(page, conversation, state, width, context);
  if (page.step.kind === "reason") {
    const { act, duration } = page.step;
    const sentence = words.person.summary(act, sanitize(page.nick), duration);
    const rows = wrapRow([span(` ${sentence}`)], width, { widths });
    return [title, ...facts, ...rows.map((row) => fitRow(row, width, widths))].slice(0, height);
  }
  const question =
    page.step.kind === "duration" ? words.person.howLong(words.person.acts[page.step.act]) : "";
  const last = Math.min(choices.length, first + Math.max(1, height - facts.length - TITLE_ROWS));
  const isCut = last - first < choices.length;
  const position = isCut ? words.person.shown(first + 1, last, choices.length) : "";
  const hint = [question, position].filter((text) => text !== "").join(` ${glyphs.dot} `);
  return [
    title,
    ...facts,
    fitRow([span(` ${hint}`, { role: "faint" })], width, widths),
    ...choices.slice(first),
  ].slice(0, height);
}

/** Returns the digit that takes a choice; the tenth and those after it have none. */
function numberOf(index: number): string {
  return index < DIGIT_CHOICES_MAX ? `${index + 1}` : " ";
}

/** Returns the index of the choice at a row of the menu; null for its title. */
export function personChoiceAt(
  page: PersonPage,
  conversation: ClientConversation,
  state: ClientState,
  row: number,
  width: number,
  height: number,
  context: DrawContext,
): number | null {
  const facts = factRows(page, conversation, state, width, height, context).length;
  const titleRows = TITLE_ROWS + facts;
  if (page.step.kind === "reason" || page.step.kind === "about" || row < titleRows) return null;
  const { length } =
    page.step.kind === "duration"
      ? DURATIONS[page.step.act]
      : personActs(page.nick, conversation, state, page.isMuted);
  const index = row - titleRows + firstChoiceShown(page.index, length, height - facts);
  return index < length ? index : null;
}

function firstChoiceShown(selected: number, count: number, height: number): number {
  const rows = Math.max(1, height - TITLE_ROWS);
  return Math.max(0, Math.min(selected - rows + 1, count - rows));
}

function choicesOf(
  { step, nick, isMuted }: PersonPage,
  conversation: ClientConversation,
  state: ClientState,
  { words }: DrawContext,
): string[] {
  const { person } = words;
  switch (step.kind) {
    case "act":
      return personActs(nick, conversation, state, isMuted).map((act) => person.acts[act]);
    case "duration":
      return DURATIONS[step.act].map((duration) => person.duration(duration));
    case "about":
    case "reason":
      return [];
  }
}

function nameSpan(nick: string, { fold, me }: Pick<ClientState, "fold" | "me">): Span {
  const isOwn = fold(nick) === fold(me.nick);
  return span(` ${sanitize(nick)}`, { ...nameStyle(nick, isOwn), bold: true });
}

/** Returns the row with the name and who that is, and the facts that don't fit in there. */
function titleOfPerson(
  page: PersonPage,
  conversation: ClientConversation,
  state: ClientState,
  width: number,
  context: DrawContext,
): { readonly title: ScreenRow; readonly more: readonly string[] } {
  const rank = rankOf(conversation.members.get(state.fold(page.nick))?.ranks ?? "");
  const facts = [
    ...(rank === null ? [] : [context.words.ranks[rank]]),
    ...standingOf(page, conversation, state, context),
  ];
  const { widths, glyphs } = context;
  const name = nameSpan(page.nick, state);
  const textOf = (count: number): string =>
    facts
      .slice(0, count)
      .map((fact) => ` ${glyphs.dot} ${fact}`)
      .join("");
  let count = facts.length;
  while (count > 0 && cellsOf(name.text + textOf(count), widths) > width) count -= 1;
  return {
    title: fitRow([name, span(textOf(count), { role: "faint" })], width, widths),
    more: facts.slice(count),
  };
}

/** Returns what the server says of a person's account, and whether they are away or blocked. */
function standingOf(
  { nick, profile }: PersonPage,
  { members }: ClientConversation,
  state: ClientState,
  { words }: DrawContext,
): string[] {
  const key = state.fold(nick);
  const here = members.get(key);
  // In a direct conversation there are no members; a room in common has them.
  const member = here ?? roomsInCommon(state, nick)[0]?.members.get(key);
  const account = member?.account ?? profile?.account ?? null;
  const awayText = sanitize(profile?.awayText ?? "");
  const isAway = member?.away === true || profile?.awayText != null;
  return [
    ...(profile?.isOperator === true ? [words.whois.operator] : []),
    ...(member?.bot === true || profile?.isBot === true ? [words.whois.bot] : []),
    ...(account === null ? [] : [words.details.account(sanitize(account))]),
    ...(isAway ? [awayText === "" ? words.screen.away : words.whois.away(awayText)] : []),
    ...(isPersonBlocked(state, nick, { members, lines: [] }) ? [words.person.isBlocked] : []),
  ];
}

/** Returns all that is known of a person, in whole sentences. */
function knownOf(
  page: PersonPage,
  conversation: ClientConversation,
  state: ClientState,
  context: DrawContext,
): string[] {
  const { nick, profile } = page;
  const { words, calendar } = context;
  const { person } = words;
  const key = state.fold(nick);
  const rank = rankOf(conversation.members.get(key)?.ranks ?? "");
  const rooms = roomsInCommon(state, nick).map(({ name, members }) => {
    const rankThere = rankOf(members.get(key)?.ranks ?? "");
    return rankThere === null ? sanitize(name) : `${sanitize(name)} (${words.ranks[rankThere]})`;
  });
  const saidAt = lastSaidAt(state, nick);
  const known = [
    ...(profile === null || profile.realName === ""
      ? []
      : [person.realName(sanitize(profile.realName))]),
    ...(profile?.localTime == null ? [] : [person.localTime(profile.localTime)]),
    ...(rank === null ? [] : [person.role(words.ranks[rank])]),
    ...standingOf(page, conversation, state, context),
    ...(profile?.idleSeconds == null ? [] : [person.idle(Math.floor(profile.idleSeconds / 60))]),
    ...(saidAt === null ? [] : [person.lastSaid(calendar.moment(saidAt))]),
    ...(rooms.length === 0 ? [] : [person.roomsInCommon(rooms.join(", "))]),
  ];
  return known.length === 0 ? [person.nothingElse] : known;
}

/**
 * Draws what else is known: what the title has no space for, real name and local time, when they last said something, and
 * rooms in common.
 */
function factRows(
  page: PersonPage,
  conversation: ClientConversation,
  state: ClientState,
  width: number,
  height: number,
  context: DrawContext,
): ScreenRow[] {
  const { words, glyphs, widths, calendar } = context;
  const { nick, profile } = page;
  const { person } = words;
  const saidAt = lastSaidAt(state, nick);
  const rooms = roomsInCommon(state, nick).map(({ name }) => sanitize(name));
  const shown = rooms.slice(0, ROOMS_SHOWN_MAX).join(", ");
  const more =
    rooms.length > ROOMS_SHOWN_MAX
      ? ` ${words.screen.moreRooms(rooms.length - ROOMS_SHOWN_MAX)}`
      : "";
  const idle = profile?.idleSeconds ?? null;
  const rows = [
    titleOfPerson(page, conversation, state, width, context).more,
    [
      ...(profile === null || profile.realName === "" ? [] : [sanitize(profile.realName)]),
      ...(profile?.localTime == null ? [] : [person.localTime(profile.localTime)]),
    ],
    [
      ...(idle === null ? [] : [person.idle(Math.floor(idle / 60))]),
      ...(saidAt === null ? [] : [person.lastSaid(calendar.moment(saidAt))]),
    ],
    rooms.length === 0 ? [] : [person.roomsInCommon(`${shown}${more}`)],
  ];
  const room = Math.max(0, height - TITLE_ROWS - CHOICE_ROWS_MIN);
  return rows
    .filter((facts) => facts.length > 0)
    .slice(0, room)
    .map((facts) => {
      // Half a time says nothing: what doesn't fit behind the first fact is left out whole.
      const texts = facts.map((_, index) =>
        facts.slice(0, facts.length - index).join(` ${glyphs.dot} `),
      );
      const text = texts.find((joined) => cellsOf(joined, widths) < width) ?? facts[0] ?? "";
      return fitRow([span(` ${text}`, { role: "faint" })], width, widths);
    });
}
