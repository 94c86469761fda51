import { defaultText, type SettingRow, type SettingsTable } from "./setting.ts";

/** The version that `--version` shows. Equal to the version in package.json, which a compiled binary does not carry. */
export const VERSION = "0.1.0";

/** Width of the help. */
const COLUMNS = 80;
/** Column of the explanations; a flag that reaches it gets its own line. */
const INDENT = 30;

/** Lists all settings under their headings, each with its default, in lines of at most 80 columns. */
export function settingsHelp(table: SettingsTable): string {
  const groups = new Map<string, string[]>();
  for (const [name, row] of Object.entries(table)) {
    const lines = groups.get(row.group) ?? [];
    groups.set(row.group, lines);
    const usual = row.flagOnly === true && row.type === "yes-no" ? null : defaultText(row);
    const text = usual === null ? row.help : `${row.help} [${usual}]`;
    lines.push(...entry(flagUsage(name, row), text));
  }
  return [...groups].map(([group, lines]) => [`${group}:`, ...lines, ""].join("\n")).join("\n");
}

function flagUsage(name: string, row: SettingRow): string {
  const letter = row.alias !== undefined && row.alias.length === 2 ? `${row.alias}, ` : "";
  switch (row.type) {
    case "yes-no":
      return row.flagOnly === true ? `${letter}--${name}` : `${letter}--[no-]${name}`;
    case "choice":
      return `${letter}--${name} ${row.choices.join("|")}`;
    case "number":
      return `${letter}--${name} ${row.keyword === undefined ? "" : `${row.keyword}|`}${row.placeholder}`;
    case "text":
    case "list":
      return `${letter}--${name} ${row.placeholder}`;
  }
}

function entry(flag: string, text: string): string[] {
  const lines = wrap(text, COLUMNS - INDENT);
  const start = `  ${flag}`;
  const fits = start.length + 2 <= INDENT;
  const rest = (fits ? lines.slice(1) : lines).map((line) => " ".repeat(INDENT) + line);
  return [fits ? start.padEnd(INDENT) + (lines[0] ?? "") : start, ...rest];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && Bun.stringWidth(line) + 1 + Bun.stringWidth(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}
