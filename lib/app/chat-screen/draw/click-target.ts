/** What is under the mouse: rooms and people in the sidebar, messages and their parts, and choices. */
import type { ListedPlace } from "../listed-places.ts";
import type { TimelineItem } from "../messages/timeline-items.ts";
import type { drawChoices } from "./choice-row.ts";
import { type DrawnItem, type MessagePart, messagePartAt } from "./item-rows.ts";
import type { drawSidebar } from "./sidebar.ts";
import type { RowOwner } from "./timeline.ts";

/** What a click is about. */
export type ClickTarget =
  | { readonly kind: "conversation"; readonly place: ListedPlace }
  | { readonly kind: "member"; readonly nick: string }
  | {
      readonly kind: "message";
      readonly lineKey: string;
      readonly nick: string;
      readonly part: MessagePart;
    }
  /** A choice in the free row: the key that takes it. */
  | { readonly kind: "choice"; readonly key: string }
  /** The conversation beside the one with the cursor. */
  | { readonly kind: "other-pane" }
  /** An entry of a person's menu, counted from 0. */
  | { readonly kind: "person-choice"; readonly index: number };

/** What stands where in a frame. */
export interface ClickTargets {
  readonly sidebar: ReturnType<typeof drawSidebar> | null;
  readonly sidebarWidth: number;
  /** The first column and the cells of the page. */
  readonly left: number;
  readonly width: number;
  readonly isOtherPane: (row: number, column: number) => boolean;
  /** The first row of the page, below the header. */
  readonly pageTop: number;
  readonly owners: readonly (RowOwner | null)[];
  readonly choices: ReturnType<typeof drawChoices> | null;
  /** The first row of the choices. */
  readonly choicesTop: number;
  readonly personChoiceAt: (row: number) => number | null;
  readonly drawnOf: (item: TimelineItem) => DrawnItem;
}

/** Returns what a click on a cell is about, or null. */
export function clickTargetAt(
  targets: ClickTargets,
  row: number,
  column: number,
): ClickTarget | null {
  const { choices, choicesTop, pageTop, sidebar, sidebarWidth, left } = targets;
  if (targets.isOtherPane(row, column)) return { kind: "other-pane" };
  if (row >= choicesTop) {
    const place = choices?.places.find(
      (choice) => choice.row === row - choicesTop && column >= choice.start && column < choice.end,
    );
    return place === undefined ? null : { kind: "choice", key: place.key };
  }
  if (column < sidebarWidth) {
    const place = sidebar?.targets.get(row);
    const nick = sidebar?.nicks.get(row);
    if (place !== undefined) return { kind: "conversation", place };
    return nick === undefined ? null : { kind: "member", nick };
  }
  return onPage(targets, row - pageTop, column - left);
}

function onPage(
  { owners, personChoiceAt, drawnOf, width }: ClickTargets,
  row: number,
  column: number,
): ClickTarget | null {
  const index = personChoiceAt(row);
  if (index !== null) return { kind: "person-choice", index };
  const owner = owners[row] ?? null;
  if (owner === null || owner.item.kind !== "line") return null;
  const { item } = owner;
  const { key: lineKey, line } = item;
  const part = messagePartAt(item, owner.index, drawnOf(item), column, width);
  return { kind: "message", lineKey, nick: line.own ? "" : line.nick, part };
}
