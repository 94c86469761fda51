/** The room switcher: a few letters, and the rooms that they may mean. */
import type { ClientConversation, ClientState } from "../../../chat-client/client-state.ts";
import { inputView } from "../../../terminal/input-view.ts";
import { fitRow, type ScreenRow, span } from "../../../terminal/layout.ts";
import { cellsOf } from "../../../terminal/width.ts";
import { bestMatches } from "../fuzzy-match.ts";
import { listedConversations, type Switcher } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";
import type { InputArea } from "./input-area.ts";
import { countSpans, listName, spread } from "./sidebar.ts";

/** What fits, best first; without a letter those with something unread come first. */
export function switcherChoices(state: ClientState, query: string): ClientConversation[] {
  const all = listedConversations(state);
  if (query.trim() !== "") return bestMatches(query, all, (one) => one.name);
  const weight = (one: ClientConversation): number =>
    one.mentions > 0 ? 2 : one.unread > 0 && !one.muted ? 1 : 0;
  return all.toSorted((one, other) => weight(other) - weight(one));
}

/** It stands where the conversation was: `height` rows with the choices, the best one lowest. */
export function drawChoices(
  state: ClientState,
  switcher: Switcher,
  width: number,
  height: number,
  pen: DrawContext,
): ScreenRow[] {
  const { words, widths, signs } = pen;
  const choices = switcherChoices(state, switcher.editor.text).slice(0, Math.max(1, height - 1));
  const chosen = Math.min(switcher.index, choices.length - 1);
  const rows = choices.map((one, at) => {
    const sign = at === chosen ? signs.selected : " ";
    const style = at === chosen ? ({ role: "selected" } as const) : undefined;
    return spread(
      [span(` ${sign} `), span(` ${listName(one, pen)} `, style)],
      [...countSpans(one, pen), span(" ")],
      width,
      pen,
    );
  });
  if (rows.length === 0) rows.push(fitRow([span(`   ${words.screen.switchNone}`)], width, widths));
  const hint = fitRow([span(` ${words.screen.switchHint}`, { role: "faint" })], width, widths);
  const all = [hint, ...rows.toReversed()];
  return all.slice(Math.max(0, all.length - height));
}

export function drawSwitcherInput(switcher: Switcher, width: number, pen: DrawContext): InputArea {
  const prompt = `${pen.words.screen.switchTo}: `;
  const view = inputView(switcher.editor, width, 1, cellsOf(prompt, pen.widths), pen.widths);
  const text = view.rows[0] ?? "";
  return {
    rows: [fitRow([span(prompt, { role: "accent" }), span(text)], width, pen.widths)],
    cursor: view.cursor,
  };
}
