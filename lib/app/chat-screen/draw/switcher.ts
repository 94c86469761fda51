/** The room switcher (Alt-k): a few letters, and the conversations that match them. */
import { inputView } from "../../../terminal/input-view.ts";
import { fitRow, type ScreenRow, span } from "../../../terminal/layout.ts";
import { cellsOf } from "../../../terminal/width.ts";
import { bestMatches } from "../fuzzy-match.ts";
import { type ListedPlace, type ListedServer, listedPlaces, serverName } from "../listed-places.ts";
import type { Switcher } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";
import type { InputArea } from "./input-area.ts";
import { countSpans, listName, spread } from "./sidebar.ts";

/**
 * Returns the conversations of all servers that match, best first; without a query, those with mentions and unread
 * first. A server's name among the letters leaves only its conversations.
 */
export function switcherChoices(servers: readonly ListedServer[], query: string): ListedPlace[] {
  const all = listedPlaces(servers);
  if (query.trim() !== "") {
    const byName = bestMatches(query, all, ({ conversation }) => conversation.name);
    if (servers.length === 1) return byName;
    const withServer = ({ server, conversation }: ListedPlace): string =>
      `${serverName(server, servers)} ${conversation.name}`;
    const others = bestMatches(query, all, withServer).filter((place) => !byName.includes(place));
    return [...byName, ...others];
  }
  const weight = ({ conversation: { mentions, unread, muted } }: ListedPlace): number =>
    mentions > 0 ? 2 : unread > 0 && !muted ? 1 : 0;
  return all.toSorted((a, b) => weight(b) - weight(a));
}

/** Draws the choices in place of the conversation: at most `height` rows, the best match lowest. */
export function drawSwitcherChoices(
  servers: readonly ListedServer[],
  switcher: Switcher,
  width: number,
  height: number,
  context: DrawContext,
): ScreenRow[] {
  const { words, widths, glyphs } = context;
  const choices = switcherChoices(servers, switcher.editor.text).slice(0, Math.max(1, height - 1));
  const selected = Math.min(switcher.index, choices.length - 1);
  const rows = choices.map(({ server, conversation }, index) => {
    const glyph = index === selected ? glyphs.selected : " ";
    const style = index === selected ? ({ role: "selected" } as const) : undefined;
    const isOfSeveral = servers.length > 1;
    return spread(
      [
        span(` ${glyph} `),
        span(` ${listName(conversation, context)} `, style),
        ...(isOfSeveral ? [span(` ${serverName(server, servers)}`, { role: "faint" })] : []),
      ],
      [...countSpans(conversation, context), span(" ")],
      width,
      context,
    );
  });
  if (rows.length === 0) rows.push(fitRow([span(`   ${words.screen.switchNone}`)], width, widths));
  const hint = fitRow([span(` ${words.screen.switchHint}`, { role: "faint" })], width, widths);
  const all = [hint, ...rows.toReversed()];
  return all.slice(Math.max(0, all.length - height));
}

/** Draws the input line of the switcher. */
export function drawSwitcherInput(
  switcher: Switcher,
  width: number,
  context: DrawContext,
): InputArea {
  const prompt = `${context.words.screen.switchTo}: `;
  const promptCells = cellsOf(prompt, context.widths);
  const view = inputView(switcher.editor, width, 1, promptCells, context.widths);
  const text = view.rows[0] ?? "";
  return {
    rows: [fitRow([span(prompt, { role: "accent" }), span(text)], width, context.widths)],
    cursor: view.cursor,
  };
}
