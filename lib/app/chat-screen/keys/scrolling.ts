/** Moving the window over what was said. */

import { scrolled } from "../draw/timeline.ts";
import type { Effect } from "../effect.ts";
import { viewOf, withView } from "../ui-state.ts";
import type { KeyContext, KeyResult } from "./key-context.ts";

/** Up by so many rows (down when negative). At the top, older lines are asked for. */
export function scrollBy(scene: KeyContext, rows: number): KeyResult {
  const { state, ui, view, cache } = scene;
  const one = state.conversations.get(ui.current);
  if (one === undefined) return { ui, effects: [] };
  const look = viewOf(ui, one.key);
  const items = cache.items(one, look);
  const moved = scrolled(
    items,
    (item) => cache.rows.rowsOf(item, view.pageWidth, state.me),
    view.pageRows,
    look.anchor,
    rows,
  );
  const effects: Effect[] = [];
  const last = items.at(-1);
  let { anchor } = moved;
  if (anchor === null && one.detached !== null && last !== undefined) {
    // The end of a part further up: what came behind it isn't here yet.
    anchor = { item: last.key, rowsUnder: 0, time: last.time };
    if (rows < 0 && !one.detached.loadingNewer) effects.push({ kind: "load-newer", key: one.key });
  }
  if ((look.anchor === null) !== (anchor === null)) {
    effects.push({ kind: "hold-lines", key: one.key, held: anchor !== null });
  }
  const { oldestReached, loadingOlder } = one.detached ?? one;
  if (moved.atTop && rows > 0 && !oldestReached && !loadingOlder && one.kind !== "server") {
    effects.push({ kind: "load-older", key: one.key });
  }
  // What comes while one looks further up is new, and stands under the read line.
  const readAt = look.readAt ?? (anchor === null ? null : (one.lines.at(-1)?.time ?? null));
  return { ui: withView(ui, one.key, { anchor, readAt }), effects };
}

export function toBottom({ ui }: KeyContext): KeyResult {
  const look = viewOf(ui, ui.current);
  if (look.anchor === null) return { ui, effects: [] };
  return {
    ui: withView(ui, ui.current, { anchor: null, highlighted: null }),
    effects: [{ kind: "hold-lines", key: ui.current, held: false }],
  };
}
