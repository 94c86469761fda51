/**
 * Finds the markup that people type in messages: `code`, *bold*, _italic_, ||spoilers||, quotes and code blocks. What
 * isn't closed is no markup, and neither is a star, a line or a bar within a word: snake_case, 2*3 and a||b stay.
 */

/** Text between two markers in one row of a message. */
export interface Markup {
  readonly kind: "bold" | "italic" | "code" | "spoiler";
  /** [start, end) in UTF-16 units, with both markers, which have `marker` units each. */
  readonly start: number;
  readonly end: number;
  readonly marker: number;
  /** What is marked within it, in order; nothing within code. */
  readonly inner: readonly Markup[];
}

/** A part of a message that is drawn in one way. `text` has no markers of its own, and may hold "\n". */
export interface TextBlock {
  readonly kind: "text" | "quote" | "code";
  readonly text: string;
}

const MAY_HAVE_MARKUP = /[`*_|]/;
const MAY_HAVE_BLOCKS = /```|(?:^|\n)>/;
const FENCE = "```";
/** The word behind an opening fence that names the language. */
const LANGUAGE = /^[\w+#.-]{0,20}$/;
const QUOTE = /^>(?: |$|(?=\p{L}))/u;

/** What may stand before an opening marker: no letter, and no sign that joins a word. */
const BEFORE = /^(?:\s|[^\p{L}\p{N}\p{M}\p{C}/\\@#&%=+$^])$/u;
/** Before ` and || words of scripts that are written without spaces may end, too: 명령은`ls`. */
const BEFORE_CJK = /^[\p{sc=Hangul}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]$/u;
/** What marked text may begin and end with: faces like ^_^ and (*^^*) don't. */
const FIRST = /^[\p{L}\p{N}\p{Ps}\p{Pi}\p{Extended_Pictographic}"'`*_|#@$%&+/~.<]$/u;
const LAST = /^[\p{L}\p{N}\p{M}\p{Pe}\p{Pf}\p{Extended_Pictographic}"'`*_|%+.,!?…~>]$/u;
const WORD = /[\p{L}\p{N}]/gu;
/** What may not follow a closing marker. Korean particles may: *중요*합니다. */
const AFTER =
  /^(?:[\p{N}\p{M}\p{Cf}/\\@=]|(?![\p{sc=Hangul}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}])\p{L})$/u;
const MARK = /^\p{M}/u;

/**
 * Returns what is marked in one row of a message, in order.
 *
 * @param mask returns the row with spaces in place of what holds no markers: addresses and names. As long as the row.
 */
export function findMarkup(row: string, mask: (row: string) => string = (same) => same): Markup[] {
  return MAY_HAVE_MARKUP.test(row) ? scan(row, mask(row), 0, row.length) : [];
}

function scan(row: string, masked: string, from: number, to: number): Markup[] {
  const markups: Markup[] = [];
  /** Markers for which no end was found: there is none further on, either. */
  const unclosed = new Set<string>();
  let index = from;
  while (index < to) {
    const sign = masked[index] ?? "";
    const length = "`*_|".includes(sign) && sign !== "" ? runLength(masked, index, to) : 0;
    const kind = kindOf(sign, length);
    const marker = sign.repeat(length);
    if (kind === null || unclosed.has(marker) || !canOpen(row, index, length, kind)) {
      index += Math.max(1, length);
      continue;
    }
    const close = findClose(row, masked, index + length, to, marker, kind);
    if (close === null) {
      unclosed.add(marker);
      index += length;
      continue;
    }
    const inner = kind === "code" ? [] : scan(row, masked, index + length, close);
    markups.push({ kind, start: index, end: close + length, marker: length, inner });
    index = close + length;
  }
  return markups;
}

function runLength(text: string, index: number, to: number): number {
  let end = index + 1;
  while (end < to && text[end] === text[index]) end += 1;
  return end - index;
}

function kindOf(sign: string, length: number): Markup["kind"] | null {
  if (sign === "`") return "code";
  if (sign === "*" && length <= 2) return "bold";
  if (sign === "_" && length === 1) return "italic";
  return sign === "|" && length === 2 ? "spoiler" : null;
}

/** Whether marked text may begin behind the marker at `index`. */
function canOpen(row: string, index: number, length: number, kind: Markup["kind"]): boolean {
  const before = characterBefore(row, index);
  const after = characterAt(row, index + length);
  const isLiteral = kind === "code" || kind === "spoiler";
  if (before !== "" && !BEFORE.test(before) && !(isLiteral && BEFORE_CJK.test(before))) {
    return false;
  }
  if (kind === "code") return after !== "" && !MARK.test(after);
  return kind === "spoiler" ? after.trim() !== "" && !MARK.test(after) : FIRST.test(after);
}

/** Returns where the closing marker of a text that begins at `from` stands; null for nowhere. */
function findClose(
  row: string,
  masked: string,
  from: number,
  to: number,
  marker: string,
  kind: Markup["kind"],
): number | null {
  // Faces have no letter. Looked for once: at each marker it would take the square of the length.
  WORD.lastIndex = from;
  const firstWord = kind === "code" || kind === "spoiler" ? from : (WORD.exec(row)?.index ?? to);
  let index = masked.indexOf(marker, from);
  while (index >= 0 && index + marker.length <= to) {
    const length = runLength(masked, index, to);
    const isClose = length === marker.length && canClose(row, from, index, length, kind);
    if (isClose && firstWord < index) return index;
    index = masked.indexOf(marker, index + length);
  }
  return null;
}

function canClose(
  row: string,
  from: number,
  index: number,
  length: number,
  kind: Markup["kind"],
): boolean {
  if (index === from || AFTER.test(characterAt(row, index + length))) return false;
  if (kind === "code") return row.slice(from, index).trim() !== "";
  const last = characterBefore(row, index);
  if (kind === "spoiler") return last.trim() !== "";
  return LAST.test(last) || last === "\ufe0f";
}

function characterAt(text: string, index: number): string {
  const code = text.codePointAt(index);
  return code === undefined ? "" : String.fromCodePoint(code);
}

function characterBefore(text: string, index: number): string {
  const unit = text.charCodeAt(index - 1);
  return text.slice(Math.max(0, index - (unit >= 0xdc00 && unit <= 0xdfff ? 2 : 1)), index);
}

/** Parts a message into text, quotes (`> text`) and code blocks (between two lines of ```), in order. */
export function textBlocks(text: string): TextBlock[] {
  if (!MAY_HAVE_BLOCKS.test(text)) return [{ kind: "text", text }];
  const blocks: TextBlock[] = [];
  let plain: string[] = [];
  const flush = (): void => {
    if (plain.length > 0) blocks.push(...quoteBlocks(plain));
    plain = [];
  };
  let start = 0;
  while (start <= text.length) {
    const lineEnd = text.indexOf("\n", start);
    const end = lineEnd < 0 ? text.length : lineEnd;
    const block = text.startsWith(FENCE, start) ? codeBlockAt(text, start) : null;
    if (block === null) {
      plain.push(text.slice(start, end));
      start = end + 1;
      continue;
    }
    flush();
    blocks.push({ kind: "code", text: block.code });
    // What stands behind the closing fence is text.
    start = text[block.end] === "\n" || block.end === text.length ? block.end + 1 : block.end;
  }
  flush();
  return blocks;
}

/** Returns the code between the fence at `start` and the next one, and where that ends; null for none. */
function codeBlockAt(text: string, start: number): { code: string; end: number } | null {
  const close = text.indexOf(FENCE, start + FENCE.length);
  if (close < 0) return null;
  const content = text.slice(start + FENCE.length, close);
  const firstEnd = content.indexOf("\n");
  const hasLanguage = firstEnd >= 0 && LANGUAGE.test(content.slice(0, firstEnd).trim());
  const code = (hasLanguage ? content.slice(firstEnd + 1) : content).replace(/\n[ \t]*$/, "");
  return code.trim() === "" ? null : { code, end: close + FENCE.length };
}

/** Joins lines to blocks, those of a quote without their signs. */
function quoteBlocks(lines: readonly string[]): TextBlock[] {
  const blocks: { kind: "text" | "quote"; lines: string[] }[] = [];
  for (const line of lines) {
    const quote = QUOTE.exec(line);
    const kind = quote === null ? "text" : "quote";
    const content = quote === null ? line : line.slice(quote[0].length);
    const last = blocks.at(-1);
    if (last?.kind === kind) last.lines.push(content);
    else blocks.push({ kind, lines: [content] });
  }
  return blocks.map(({ kind, lines: joined }) => ({ kind, text: joined.join("\n") }));
}

/** Returns a text with `label` in place of each spoiler. */
function hideSpoilers(text: string, label: string): string {
  if (!text.includes("||")) return text;
  return text
    .split("\n")
    .map((row) => hideInRow(row, findMarkup(row), label))
    .join("\n");
}

/**
 * Returns a message's text as it was written, with `label` in place of each spoiler.
 *
 * @example withoutSpoilers("> ||he dies||\nno!", "[spoiler]") // "> [spoiler]\nno!"
 */
export function withoutSpoilers(text: string, label: string): string {
  if (!hasSpoiler(text)) return text;
  return textBlocks(text)
    .map((block) => {
      if (block.kind === "code") return `${FENCE}\n${block.text}\n${FENCE}`;
      const hidden = hideSpoilers(block.text, label);
      return block.kind === "quote" ? hidden.replace(/^/gm, "> ") : hidden;
    })
    .join("\n");
}

/**
 * Returns a message's text for one plain row, where nothing can be opened: without the signs of quotes and code blocks,
 * and with `label` in place of each spoiler. A text that was cut may end within a block.
 *
 * @example plainRow("look:\n```\nls -l\n```", "spoiler") // "look: ls -l"
 */
export function plainRow(text: string, label: string, isCut = false): string {
  // A fence at the end closes the block that was cut; behind any other text nobody sees it.
  return textBlocks(isCut ? `${text}\n${FENCE}` : text)
    .map((block) => (block.kind === "code" ? block.text : hideSpoilers(block.text, label)))
    .join(" ")
    .replace(/\s+/g, " ")
    .trim();
}

/** Returns whether a message has a spoiler, in its text or in a quote. */
export function hasSpoiler(text: string): boolean {
  return text.includes("||") && textBlocks(text).some(hasSpoilerIn);
}

function hasSpoilerIn({ kind, text }: TextBlock): boolean {
  return kind !== "code" && hideSpoilers(text, "") !== text;
}

function hideInRow(row: string, markups: readonly Markup[], label: string): string {
  let shown = "";
  let end = 0;
  const hide = (found: readonly Markup[]): void => {
    for (const markup of found) {
      if (markup.kind !== "spoiler") {
        hide(markup.inner);
        continue;
      }
      shown += row.slice(end, markup.start) + label;
      end = markup.end;
    }
  };
  hide(markups);
  return shown + row.slice(end);
}
