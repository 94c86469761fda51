/** A person's menu: who it is, and what can be done. */
import type { ClientConversation, ClientState } from "../../../chat-client/client-state.ts";
import { fold } from "../../../protocol/names.ts";
import { fitRow, type ScreenRow, span, wrapRow } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { hueOf } from "../../../terminal/theme.ts";
import { DURATIONS, personActs } from "../person-actions.ts";
import { rankOf } from "../ranks.ts";
import type { ScreenPage } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";

/** Rows of the title, above the choices. */
const TITLE_ROWS = 2;

type PersonPage = Extract<ScreenPage, { kind: "person" }>;

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
  const choices = choicesOf(page, conversation, state, context).map((label, index) => {
    const isSelected = index === page.index;
    const style = isSelected ? ({ role: "selected" } as const) : undefined;
    const mark = ` ${isSelected ? glyphs.selected : " "} `;
    return fitRow(
      [span(mark), span(`${index + 1}`, { role: "faint" }), span(` ${label} `, style)],
      width,
      widths,
    );
  });
  const first = firstChoiceShown(page.index, choices.length, height);
  const title = fitRow(titleOfPerson(page.nick, conversation, context), width, widths);
  if (page.step.kind === "reason") {
    const { act, duration } = page.step;
    const sentence = words.person.summary(act, sanitize(page.nick), duration);
    const rows = wrapRow([span(` ${sentence}`)], width, { widths });
    return [title, ...rows.map((row) => fitRow(row, width, widths))].slice(0, height);
  }
  const question =
    page.step.kind === "duration" ? words.person.howLong(words.person.acts[page.step.act]) : "";
  return [
    title,
    fitRow([span(` ${question}`, { role: "faint" })], width, widths),
    ...choices.slice(first),
  ].slice(0, height);
}

/** Returns the index of the choice at a row of the menu; null for its title. */
export function personChoiceAt(
  page: PersonPage,
  conversation: ClientConversation,
  state: ClientState,
  row: number,
  height: number,
): number | null {
  if (page.step.kind === "reason" || row < TITLE_ROWS) return null;
  const { length } =
    page.step.kind === "duration"
      ? DURATIONS[page.step.act]
      : personActs(page.nick, conversation, state);
  const index = row - TITLE_ROWS + firstChoiceShown(page.index, length, height);
  return index < length ? index : null;
}

function firstChoiceShown(selected: number, count: number, height: number): number {
  const rows = Math.max(1, height - TITLE_ROWS);
  return Math.max(0, Math.min(selected - rows + 1, count - rows));
}

function choicesOf(
  { step, nick }: PersonPage,
  conversation: ClientConversation,
  state: ClientState,
  { words }: DrawContext,
): string[] {
  const { person } = words;
  switch (step.kind) {
    case "act":
      return personActs(nick, conversation, state).map((act) => person.acts[act]);
    case "duration":
      return DURATIONS[step.act].map((duration) => person.duration(duration));
    case "reason":
      return [];
  }
}

function titleOfPerson(
  nick: string,
  { members }: ClientConversation,
  { words, glyphs }: DrawContext,
): ScreenRow {
  const member = members.get(fold(nick));
  const rank = rankOf(member?.ranks ?? "");
  const facts = [
    ...(rank === null ? [] : [words.ranks[rank]]),
    ...(member?.bot === true ? [words.whois.bot] : []),
    ...(member?.account == null ? [] : [words.details.account(sanitize(member.account))]),
    ...(member?.away === true ? [words.screen.away] : []),
  ];
  const name = span(` ${sanitize(nick)}`, { hue: hueOf(fold(nick)), bold: true });
  return [name, span(facts.map((fact) => ` ${glyphs.dot} ${fact}`).join(""), { role: "faint" })];
}
