/** A user at the chat screen: types bytes and clicks, sees rows, and collects effects. */
import { type ChatView, drawChat } from "../../lib/app/chat-screen/draw/chat-view.ts";
import type { DrawContext } from "../../lib/app/chat-screen/draw/draw-context.ts";
import { ScreenCache } from "../../lib/app/chat-screen/draw/screen-cache.ts";
import { handleKey } from "../../lib/app/chat-screen/keys/key-bindings.ts";
import type { Effect, KeyContext } from "../../lib/app/chat-screen/keys/key-context.ts";
import type { KeyStyle } from "../../lib/app/chat-screen/keys/key-table.ts";
import { syncCurrent } from "../../lib/app/chat-screen/keys/navigation.ts";
import { withSelectionInView } from "../../lib/app/chat-screen/keys/selection.ts";
import type { FilePreviews } from "../../lib/app/chat-screen/pictures/file-previews.ts";
import {
  type ConversationView,
  EMPTY_UI,
  type UiState,
  viewOf,
} from "../../lib/app/chat-screen/ui-state.ts";
import { type Words, wordsFor } from "../../lib/app/i18n/words.ts";
import { InputTable } from "../../lib/app/input-table.ts";
import type { ClientState } from "../../lib/chat-client/client-state.ts";
import type { Language } from "../../lib/protocol/language.ts";
import { type Key, KeyReader } from "../../lib/terminal/key-reader.ts";
import { elapsedMs } from "../elapsed.ts";
import { drawContextFor } from "./team.ts";

interface TypistOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly language?: Language;
  readonly keys?: KeyStyle;
  readonly bind?: Readonly<Record<string, string>>;
  readonly alias?: Readonly<Record<string, string>>;
  /** The files of this device, by path. */
  readonly files?: Readonly<Record<string, number>>;
  /** What the arguments of a command can be, for Tab. */
  readonly candidates?: (line: string) => readonly string[] | null;
  readonly previews?: FilePreviews;
}

export class Typist {
  ui: UiState;
  readonly effects: Effect[] = [];
  readonly state: ClientState;
  readonly #reader = new KeyReader();
  #size: { readonly columns: number; readonly rows: number };
  readonly #context: DrawContext;
  readonly #cache: ScreenCache;
  readonly #words: Words;
  readonly #candidates: (line: string) => readonly string[] | null;
  readonly input: InputTable;
  readonly #files: Readonly<Record<string, number>>;

  constructor(state: ClientState, options: TypistOptions = {}) {
    const { columns = 100, rows = 14, language = "en" } = options;
    const { keys = "sodam", bind = {}, alias = {}, candidates = () => null } = options;
    const { previews = null } = options;
    this.input = new InputTable({ keys, bind, alias });
    this.#candidates = candidates;
    this.#files = options.files ?? {};
    this.state = state;
    this.ui = syncCurrent(state, EMPTY_UI);
    this.#size = { columns, rows };
    this.#context = { ...drawContextFor(language), input: this.input, previews };
    // The state never changes, so nothing has to be invalidated.
    this.#cache = new ScreenCache(this.#context);
    this.#words = wordsFor(language);
  }

  /** Draws, and says to the previews what is in view, as the screen does. */
  shows(): this {
    this.#cache.inView = [];
    void this.rows;
    this.#cache.previews?.show(this.#cache.inView);
    return this;
  }

  types(bytes: string): this {
    const keys = this.#reader.push(new TextEncoder().encode(bytes));
    if (this.#reader.pending) keys.push(...this.#reader.timeout());
    for (const key of keys) this.presses(key);
    return this;
  }

  presses(key: Key | "timeout"): this {
    const result = handleKey(this.#keyContext(), key);
    this.ui = result.ui;
    this.effects.push(...result.effects);
    return this;
  }

  /** Gives the window another size, as the chat screen follows it. */
  resizes(columns: number, rows: number): this {
    this.#size = { columns, rows };
    this.ui = withSelectionInView(this.#keyContext());
    return this;
  }

  #keyContext(): KeyContext {
    const { view, cache } = this.#draw();
    return {
      ...{ state: this.state, ui: this.ui, chatView: view, cache, holdSubmit: true },
      ...{ words: this.#words, input: this.input },
      argumentCandidates: this.#candidates,
      fileAt: (path) => {
        const size = this.#files[path];
        const name = path.split("/").at(-1) ?? "";
        return size === undefined ? null : { name, size, content: path };
      },
    };
  }

  /** Presses the left button on the first place where this text is on screen. */
  clicks(text: string): this {
    const row = this.rows.findIndex((shown) => shown.includes(text));
    if (row < 0) throw new Error(`"${text}" isn't on screen:\n${this.screen}`);
    const before = this.rows[row]?.slice(0, this.rows[row]?.indexOf(text)) ?? "";
    const column = Bun.stringWidth(before);
    return this.types(`\x1b[<0;${column + 1};${row + 1}M`);
  }

  get frame(): ChatView["frame"] {
    return this.#draw().view.frame;
  }

  get rows(): string[] {
    return this.frame.rows.map((row) =>
      row
        .map((piece) => piece.text)
        .join("")
        .trimEnd(),
    );
  }

  get screen(): string {
    return this.rows.join("\n");
  }

  get view(): ConversationView {
    return viewOf(this.ui, this.ui.current);
  }

  get text(): string {
    return this.view.editor.text;
  }

  get room(): string {
    return this.ui.current;
  }

  /** The effects except typing notices. */
  get done(): Effect[] {
    return this.effects.filter(({ kind }) => kind !== "typing");
  }

  /** The effects except typing notices and those of holding lines in memory. */
  get acts(): Effect[] {
    return this.done.filter(({ kind }) => kind !== "hold-lines");
  }

  #draw(): { readonly view: ChatView; readonly cache: ScreenCache } {
    const cache = this.#cache;
    const view = drawChat(this.state, this.ui, this.#size, elapsedMs(0), cache, this.#context);
    return { view, cache };
  }
}
