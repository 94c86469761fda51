/** Commands that write files: an export of a conversation or of a search, and the own account's data. */
import type { ClientConversation } from "../../chat-client/client-state.ts";
import type { SharedFile } from "../../protocol/file-facts.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import type { ExportLine, SaveFormat, SaveOutcome } from "../app-ports.ts";
import { numberedMessages, searchPlaceOf } from "../chat-screen/messages/message-lines.ts";
import { accountDataLines } from "../history/account-data-lines.ts";
import { HistoryFailure, historyRecords } from "../history/history-pages.ts";
import { parseTimeRange, type TimeRange } from "../history/history-range.ts";
import { searchRecords } from "../history/search-pages.ts";
import { toExportLine } from "../saved/chat-log.ts";
import { parseOptions, withoutQuotes } from "./parse-options.ts";
import { findConversation } from "./room-query.ts";
import {
  firstWord,
  isRoomWord,
  type ProgressNote,
  type SlashCommand,
  type SlashContext,
} from "./slash-command.ts";

/** With fewer lines the file is written before anybody wonders how far it is. */
const PROGRESS_LINES_MIN = 1000;
/** Progress that changes more often is restless. */
const PROGRESS_EVERY_MS = 500;

const DEFAULT_DATA_FILE = "my-data.jsonl";

/** Formats by the value of --format, and by a file's extension. */
const FORMATS: Readonly<Record<string, SaveFormat>> = {
  ...{ txt: "text", text: "text", md: "markdown", markdown: "markdown" },
  html: "html",
  ...{ json: "jsonl", jsonl: "jsonl" },
};

const SEARCH_WORDS: readonly string[] = ["search", "찾기"];
const OPTIONS_WITH_VALUE: readonly string[] = ["--format", "--from", "--to", "--by", "--file"];
const FLAGS: readonly string[] = ["--force", "--everywhere"];

interface ExportRequest {
  /** null: a name made from the title. */
  readonly path: string | null;
  readonly format: SaveFormat;
  /** Whether an existing file is replaced. */
  readonly force: boolean;
  readonly range: TimeRange;
  /** Words to search for; null: the whole conversation. */
  readonly search: string | null;
  readonly by: string | null;
  readonly everywhere: boolean;
}

/** /export and /my-data. */
export const FILE_COMMANDS: readonly SlashCommand[] = [
  {
    name: "export",
    aliases: ["저장", "내보내기"],
    arguments: "export",
    help: "export",
    needsConnection: false,
    run(context, rest) {
      const [word, more] = firstWord(rest);
      const room = isRoomWord(context, word) ? word : null;
      const request = parseExport(room === null ? rest : more);
      if (request === null) return context.showUsage();
      const { session, ports, note, words, files } = context;
      const fetchPicture = (file: SharedFile, to: string) => files.fetchTo(file, to);
      const conversation = room === null ? context.conversation : findConversation(context, room);
      if (conversation === null) return note(words.failures["442"](sanitize(word)), "bad");
      const { path, format, force, range, search } = request;
      const progress = new SaveProgress(context);
      if (search === null) {
        if (conversation.kind === "server") return note(words.slash.needsRoom, "bad");
        const lines = exportedLines(context, conversation, range, progress.update);
        const saving = ports.saveExport(
          path,
          conversation.name,
          format,
          lines,
          force,
          fetchPicture,
        );
        progress.finish(saving, path ?? conversation.name);
        return;
      }
      if (!session.state.caps.has("soju.im/search")) return note(words.slash.notOffered, "bad");
      const target = request.everywhere ? null : searchPlaceOf(conversation);
      const query = { words: search, target, by: request.by };
      const lines = searchRecords(context, query, range, progress.update);
      const { by } = request;
      // For a search everywhere it begins with a space, so that the file's default name isn't that of a
      // person.
      const searched = [search, by === null ? "" : `by:${by}`].filter((part) => part !== "");
      const title = [target ?? "", ...searched].join(" ");
      const saving = ports.saveExport(path, title, format, lines, force, fetchPicture);
      progress.finish(saving, path ?? title.trim());
    },
  },
  {
    name: "my-data",
    aliases: ["내자료"],
    arguments: "myData",
    help: "myData",
    needsConnection: false,
    run(context, rest) {
      const parsed = parseOptions(rest, [], ["--force"]);
      if (parsed === null || parsed.words.length > 1) return context.showUsage();
      const path = withoutQuotes(parsed.words[0] ?? DEFAULT_DATA_FILE);
      const { session, ports, note, words } = context;
      if (session.state.me.account === null || !session.state.caps.has("soju.im/search")) {
        return note(words.slash.notOffered, "bad");
      }
      const progress = new SaveProgress(context);
      const lines = accountDataLines(context, progress.update);
      progress.finish(ports.saveLines(path, lines, parsed.options.has("--force")), path);
    },
  },
];

/** Shows the progress of a file, if it takes a while, and in the same note the result. */
class SaveProgress {
  readonly #context: SlashContext;
  readonly #note: ProgressNote;
  #updatedElapsedMs = Number.NEGATIVE_INFINITY;

  constructor(context: SlashContext) {
    this.#context = context;
    this.#note = context.progressNote();
  }

  /** Takes the number of lines so far, and the time (ms) of the last one. */
  update = (count: number, time: number): void => {
    const { ports, words, calendar } = this.#context;
    const elapsedMs = ports.elapsed();
    if (count < PROGRESS_LINES_MIN || elapsedMs - this.#updatedElapsedMs < PROGRESS_EVERY_MS)
      return;
    this.#updatedElapsedMs = elapsedMs;
    this.#note.update(words.slash.exporting(count, calendar.moment(time)));
  };

  /** Shows the result when `saving` settles. `name` names the file, or what it would be made of. */
  finish(saving: Promise<SaveOutcome>, name: string): void {
    const { words } = this.#context;
    const { finish } = this.#note;
    saving.then(
      (outcome) => {
        const path = sanitize(outcome.path);
        if (outcome.kind === "saved") finish(words.slash.exported(path, outcome.count));
        else if (outcome.kind === "exists") finish(words.slash.exportExists(path), "bad");
        else finish(words.notWritten[outcome.why](path), "bad");
      },
      (error: unknown) => {
        const isOffline = error instanceof HistoryFailure && error.kind === "lost";
        const sentence = isOffline ? words.slash.exportOffline : words.slash.exportIncomplete;
        finish(sentence(sanitize(name)), "bad");
      },
    );
  }
}

/** Returns all lines of the range from the server, or the loaded ones where it has no history. */
function exportedLines(
  { session, ports }: SlashContext,
  conversation: ClientConversation,
  range: TimeRange,
  progress: (count: number, time: number) => void,
): Iterable<ExportLine> | AsyncIterable<ExportLine> {
  if (session.state.caps.has("draft/chathistory") && !conversation.former) {
    return historyRecords({ session, target: conversation.name, ports }, range, progress);
  }
  const lines = numberedMessages(conversation)
    .toReversed()
    .map((line) => toExportLine(line, conversation.name));
  return lines.filter(({ time }) => time >= range.since && time < range.until);
}

/**
 * Parses what follows the room: `[FILE] [--from DAY] [--to DAY] [--format txt|md|html|json] [--force]`, or in place of the file
 * `search WORDS [--by NAME] [--everywhere] [--file FILE]`. Without --format the file's extension decides.
 * Returns null when the arguments can't be right.
 */
function parseExport(rest: string): ExportRequest | null {
  const parsed = parseOptions(rest, OPTIONS_WITH_VALUE, FLAGS);
  if (parsed === null) return null;
  const { words, options } = parsed;
  const isSearch = SEARCH_WORDS.includes(words[0] ?? "");
  const by = options.get("--by") ?? null;
  const everywhere = options.has("--everywhere");
  const search = isSearch ? words.slice(1).join(" ") : null;
  if (search === "" && by === null) return null;
  if (!isSearch && (words.length > 1 || by !== null || everywhere)) return null;
  const firstPath = isSearch ? null : withoutQuotes(words[0] ?? "") || null;
  const path = options.get("--file") ?? firstPath;
  const range = parseTimeRange(options.get("--from") ?? null, options.get("--to") ?? null);
  const extension = /\.([a-z]+)$/.exec(path ?? "")?.[1] ?? "txt";
  const formatName = options.get("--format");
  const format = formatName === undefined ? (FORMATS[extension] ?? "text") : FORMATS[formatName];
  if (range === null || format === undefined) return null;
  return { path, format, force: options.has("--force"), range, search, by, everywhere };
}
