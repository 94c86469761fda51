import type {
  AdminAnswer,
  AdminRow,
  AdminSentence,
  AdminTable,
} from "../protocol/admin/admin-answer.ts";
import {
  ADMIN_COMMANDS,
  type AdminCommandName,
  adminUsage,
} from "../protocol/admin/admin-commands.ts";
import { harmlessJson } from "../protocol/harmful-characters.ts";
import { sanitize } from "../terminal/sanitize.ts";
import { cellsOf, pad } from "../terminal/width.ts";
import type { AdminWords } from "./admin-words.ts";
import { formatValue } from "./format-value.ts";

const HELP_INDENT = 22;
const COLUMN_GAP = "  ";
const JSON_INDENT = 1;

/** Returns the help of the owner's console: every command, in 80 columns. */
export function adminHelp(program: string, words: AdminWords): string[] {
  const commands = Object.keys(ADMIN_COMMANDS) as AdminCommandName[];
  const rows = commands.flatMap((name) => {
    const usage = `  ${adminUsage(name)}`;
    const help = words.help[name];
    if (usage.length + 2 > HELP_INDENT) return [usage, " ".repeat(HELP_INDENT) + help];
    return [usage.padEnd(HELP_INDENT) + help];
  });
  return [...words.usage(program), ...rows, "", ...words.options];
}

/** Formats all rows of a list as a table, the titles first. */
export function formatTable(rows: readonly AdminRow[], words: AdminWords): string[] {
  const [first] = rows;
  if (first === undefined) return [words.nothing];
  const fields = Object.keys(first) as (keyof AdminRow)[];
  const table = [
    fields.map((field) => words.fields[field]),
    ...rows.map((row) => fields.map((field) => formatValue(field, row[field], words))),
  ];
  const widths = fields.map((_, column) =>
    Math.max(...table.map((cells) => cellsOf(cells[column] ?? ""))),
  );
  return table.map((cells) =>
    cells
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join(COLUMN_GAP)
      .trimEnd(),
  );
}

/** Formats the facts about one thing, one a line. */
function formatFacts(facts: AdminRow, words: AdminWords): string[] {
  const fields = Object.keys(facts) as (keyof AdminRow)[];
  const titles = fields.map((field) => words.fields[field] ?? field);
  const width = Math.max(...titles.map((title) => cellsOf(title)));
  return fields.map((field, index) => {
    const value = formatValue(field, facts[field], words);
    return `${pad(titles[index] ?? "", width)}${COLUMN_GAP}${value}`.trimEnd();
  });
}

/** Formats a sentence of the server. One that a newer server has is shown by its name. */
function formatSentence([name, ...values]: AdminSentence, words: AdminWords): string {
  // The cast: `AdminSentence` pairs each name with that sentence's values.
  const sentence = words.sentences[name] as ((...given: unknown[]) => string) | undefined;
  return sanitize(sentence?.(...values) ?? [name, ...values].join(" "));
}

/** Formats an answer other than a list in words. */
export function formatAnswer(
  answer: Exclude<AdminAnswer, { kind: "rows" }>,
  words: AdminWords,
): string[] {
  switch (answer.kind) {
    case "facts": {
      const { facts, sentences = [], tables = {} } = answer;
      const lists = Object.entries(tables).flatMap(([name, rows]) => [
        "",
        // The cast: a newer server may have a list that this console doesn't know.
        `${words.tables[name as AdminTable] ?? name}:`,
        ...formatTable(rows, words),
      ]);
      const above = sentences.map((sentence) => formatSentence(sentence, words));
      return [...(above.length > 0 ? [...above, ""] : []), ...formatFacts(facts, words), ...lists];
    }
    case "done":
    case "refused":
      return [
        formatSentence(answer.sentence, words),
        ...answer.notes.map((note) => `  ${sanitize(note)}`),
      ];
    case "log":
      return answer.line.trimEnd().split("\n").map(sanitize);
  }
}

/** Formats an answer for scripts: a list as an array, facts as an object, anything else with its sentence. */
export function answerToJson(answer: AdminAnswer, words: AdminWords): string {
  switch (answer.kind) {
    case "rows":
      return harmlessJson(answer.rows, JSON_INDENT);
    case "facts":
      return harmlessJson({ ...answer.facts, ...answer.tables }, JSON_INDENT);
    case "log":
      return harmlessJson(answer.line);
    case "done":
    case "refused": {
      const { kind, sentence, notes } = answer;
      const [name, ...values] = sentence;
      const text = formatSentence(sentence, words);
      return harmlessJson({ ok: kind === "done", name, values, text, notes }, JSON_INDENT);
    }
  }
}
