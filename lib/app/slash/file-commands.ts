/** What goes into files of one's own: a conversation, what a search finds, everything of one's account. */
import { clean } from "../../terminal/width.ts";
import type { ExportLine, SaveFormat, SaveOutcome } from "../app-ports.ts";
import { accountDataLines } from "../history/account-data-lines.ts";
import { HistoryFailure, historyRecords } from "../history/history-pages.ts";
import { type Range, readRange } from "../history/history-range.ts";
import { searchRecords } from "../history/search-pages.ts";
import { toExportLine } from "../saved/chat-log.ts";
import { parseOptions, withoutQuotes } from "./parse-options.ts";
import { messageLines, type Slash, type SlashCommand } from "./slash-command.ts";

export const FILE_COMMANDS: readonly SlashCommand[] = [
  {
    name: "export",
    aliases: ["저장", "내보내기"],
    arguments: "export",
    help: "export",
    run(slash, rest) {
      const asked = readExport(rest);
      if (asked === null) return slash.usage();
      const { here, ports } = slash;
      const { path, format, force, range, search } = asked;
      const counter = new Counter(slash);
      if (search === null) {
        const lines = exportedLines(slash, range, counter.count);
        counter.end(ports.saveExport(path, here.name, format, lines, force), path ?? here.name);
        return;
      }
      if (!slash.session.state.caps.has("soju.im/search")) {
        slash.note(slash.words.slash.notOffered, "bad");
        return;
      }
      const target = asked.everywhere || here.kind === "server" ? null : here.name;
      const query = { words: search, target, by: asked.by };
      const lines = searchRecords(slash, query, range, counter.count);
      const title = [target ?? "", search].filter((part) => part !== "").join(" ");
      counter.end(ports.saveExport(path, title, format, lines, force), path ?? title);
    },
  },
  {
    name: "my-data",
    aliases: ["내자료"],
    arguments: "myData",
    help: "myData",
    run(slash, rest) {
      const words = rest.split(/\s+/).filter((word) => word !== "" && word !== "--force");
      const force = /(?:^|\s)--force(?:\s|$)/.test(rest);
      const [path = "my-data.jsonl", ...more] = words;
      if (more.length > 0 || path.startsWith("--")) return slash.usage();
      const { session, ports, words: sentences } = slash;
      if (session.state.me.account === null || !session.state.caps.has("soju.im/search")) {
        slash.note(sentences.slash.notOffered, "bad");
        return;
      }
      const counter = new Counter(slash);
      const lines = accountDataLines(slash, counter.count);
      counter.end(ports.saveLines(path, lines, force), path);
    },
  },
];

/** Fewer are written before anybody wonders. */
const COUNTED_MIN = 1000;
/** A line that changes more often is only restless. */
const COUNT_MS = 500;

/** Says how far it is, where it takes a while, and what came of it in the same place. */
class Counter {
  readonly #slash: Slash;
  readonly #telling: ReturnType<Slash["telling"]>;
  #toldAt = 0;

  constructor(slash: Slash) {
    this.#slash = slash;
    this.#telling = slash.telling();
  }

  count = (count: number, time: number): void => {
    const { ports, words, calendar } = this.#slash;
    const now = ports.now();
    if (count < COUNTED_MIN || now - this.#toldAt < COUNT_MS) return;
    this.#toldAt = now;
    this.#telling.soFar(words.slash.exporting(count, calendar.moment(time)));
  };

  /** @param asked the file's name, if it was given one */
  end(saving: Promise<SaveOutcome>, asked: string): void {
    const { words } = this.#slash;
    const { done } = this.#telling;
    saving.then(
      (saved) => {
        const name = clean(saved.path);
        if (saved.kind === "saved") done(words.slash.exported(name, saved.count));
        else if (saved.kind === "exists") done(words.slash.exportExists(name), "bad");
        else done(words.notWritten[saved.why](name), "bad");
      },
      (error: unknown) => {
        const isLost = error instanceof HistoryFailure && error.kind === "lost";
        const sentence = isLost ? words.slash.exportOffline : words.slash.exportIncomplete;
        done(sentence(clean(asked)), "bad");
      },
    );
  }
}

const FORMATS: Readonly<Record<string, SaveFormat>> = {
  ...{ txt: "text", text: "text", md: "markdown", markdown: "markdown" },
  html: "html",
  ...{ json: "jsonl", jsonl: "jsonl" },
};

/** The whole history in the range, as the server has it; without a history there, what is here. */
function exportedLines(
  { session, here, ports }: Slash,
  range: Range,
  count: (count: number, time: number) => void,
): Iterable<ExportLine> | AsyncIterable<ExportLine> {
  if (session.state.caps.has("draft/chathistory")) {
    return historyRecords({ session, target: here.name, ports }, range, count);
  }
  const lines = messageLines(here).toReversed().map(toExportLine);
  return lines.filter(({ time }) => time >= range.since && time < range.until);
}

interface Export {
  readonly path: string | null;
  readonly format: SaveFormat;
  readonly force: boolean;
  readonly range: Range;
  /** What is looked for; null: all of the conversation. */
  readonly search: string | null;
  readonly by: string | null;
  readonly everywhere: boolean;
}

/** Options that take a word. */
const WITH_WORD: readonly string[] = ["--format", "--from", "--to", "--by", "--file"];

/**
 * `[FILE] [--from DAY] [--to DAY] [--format txt|md|html|json] [--force]`, or in place of the file
 * `search WORDS [--by NAME] [--everywhere] [--file FILE]`. A file's ending tells its format.
 */
function readExport(rest: string): Export | null {
  const typed = parseOptions(rest, WITH_WORD, ["--force", "--everywhere"]);
  if (typed === null) return null;
  const { words, options } = typed;
  const isSearch = ["search", "찾기"].includes(words[0] ?? "");
  const plain = isSearch ? words.slice(1) : words;
  if (!isSearch && options.has("--everywhere")) return null;
  const by = options.get("--by") ?? null;
  const search = isSearch ? plain.join(" ") : null;
  if (isSearch ? search === "" && by === null : plain.length > 1 || by !== null) return null;
  const path = options.get("--file") ?? (isSearch ? null : withoutQuotes(plain[0] ?? "") || null);
  const range = readRange(options.get("--from") ?? null, options.get("--to") ?? null);
  const ending = /\.([a-z]+)$/.exec(path ?? "")?.[1] ?? "txt";
  const asked = options.get("--format");
  const format = asked === undefined ? (FORMATS[ending] ?? "text") : FORMATS[asked];
  if (range === null || format === undefined) return null;
  const [force, everywhere] = [options.has("--force"), options.has("--everywhere")];
  return { path, format, force, range, search, by, everywhere };
}
