/** What the chat screen keeps of its drawing between two frames. */
import type { ClientConversation, ClientMember } from "../../../chat-client/client-state.ts";
import type { WordList } from "../../../chat-client/preferences/word-list.ts";
import type { Folded } from "../../../protocol/names.ts";
import type { Disclosure } from "../messages/message-actions.ts";
import type { ShownAsOf } from "../messages/shown-lines.ts";
import { type TimelineItem, timelineItems } from "../messages/timeline-items.ts";
import type { FilePreviews, PreviewInView } from "../pictures/file-previews.ts";
import type { ConversationView } from "../ui-state.ts";
import type { DrawContext, Viewer } from "./draw-context.ts";
import { drawHelpBlocks, type HelpBlock, type OpenHelp } from "./help-page.ts";
import { membersInOrder } from "./sidebar.ts";
import { RowCache } from "./timeline.ts";

/**
 * Keeps timeline items, sorted members and drawn rows between frames. Make one for each DrawContext,
 * and call `invalidate` for every session event that names a conversation.
 */
export class ScreenCache {
  readonly rows: RowCache;
  /** What is in view below the files of messages since the frame was begun; the screen empties and reads it. */
  inView: PreviewInView[] = [];
  readonly #items = new Map<
    Folded,
    {
      readonly view: ConversationView;
      readonly today: string;
      readonly items: TimelineItem[];
    }
  >();
  readonly #members = new Map<Folded, ClientMember[]>();
  readonly #context: DrawContext;
  /** What the help showed last: only moving in it must not draw all of it. */
  #help: { readonly of: readonly unknown[]; readonly blocks: readonly HelpBlock[] } | null = null;

  /**
   * @param shownAs how scripts have this server's messages shown
   * @param highlights the words that count as a mention on this server
   */
  constructor(
    context: DrawContext,
    shownAs: ShownAsOf = () => null,
    highlights: () => WordList | null = () => null,
  ) {
    this.#context = context;
    this.rows = new RowCache(context, shownAs, highlights);
  }

  /** What is shown below the files of this server's messages; null: nothing. */
  get previews(): FilePreviews | null {
    return this.#context.previews ?? null;
  }

  /** Drops the cache of a conversation that changed. */
  invalidate(key: Folded): void {
    this.#items.delete(key);
    this.#members.delete(key);
  }

  /** Returns the conversation's timeline as this view shows it. */
  itemsOf(conversation: ClientConversation, view: ConversationView): TimelineItem[] {
    const entry = this.#items.get(conversation.key);
    const isSame = (["readAt", "thread", "notes", "highlighted", "opened"] as const).every(
      (field) => entry?.view[field] === view[field],
    );
    const { calendar, now } = this.#context;
    const nowMs = now();
    const today = calendar.dayKey(nowMs);
    if (entry !== undefined && isSame && entry.today === today) return entry.items;
    const items = timelineItems(conversation, view, calendar, nowMs);
    this.#items.set(conversation.key, { view, today, items });
    return items;
  }

  /**
   * Returns the end of the timeline, as it follows from the newest lines alone. Null where these are all, or all of it is
   * known already.
   */
  newestItemsOf(
    conversation: ClientConversation,
    view: ConversationView,
    newest: number,
  ): TimelineItem[] | null {
    const isAtEnd = view.anchor === null && view.thread === null && conversation.detached === null;
    const isAll = conversation.lines.length <= newest;
    if (!isAtEnd || isAll || this.#items.has(conversation.key)) return null;
    const { calendar, now } = this.#context;
    return timelineItems(conversation, view, calendar, now(), newest);
  }

  /** Returns whether a message has something to open. */
  disclosureOf(
    conversation: ClientConversation,
    view: ConversationView,
    lineKey: string,
    width: number,
    viewer: Viewer,
  ): Disclosure {
    const item = this.itemsOf(conversation, view).find(({ key }) => key === lineKey);
    return item === undefined ? "none" : this.rows.drawnOf(item, width, viewer).disclosure;
  }

  /** Returns the drawn help. */
  helpBlocks(page: OpenHelp, width: number): readonly HelpBlock[] {
    const { part, editor } = page;
    const { keyMap, aliases } = this.#context.input;
    const of = [part, editor.text, width, keyMap, aliases];
    const isSame = this.#help?.of.every((each, index) => each === of[index]) ?? false;
    const blocks =
      isSame && this.#help !== null
        ? this.#help.blocks
        : drawHelpBlocks(page, width, this.#context);
    this.#help = { of, blocks };
    return blocks;
  }

  /** Returns the members in the order of the sidebar. */
  membersOf(conversation: ClientConversation): ClientMember[] {
    const members =
      this.#members.get(conversation.key) ?? membersInOrder(conversation.members.values());
    this.#members.set(conversation.key, members);
    return members;
  }
}
