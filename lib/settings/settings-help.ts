import { defaultText, type SettingRow, type SettingsTable } from "./setting.ts";

const COLUMNS = 80;
/** Where the explanations begin; a longer flag has a line of its own. */
const INDENT = 30;

/** All settings under their headings, each with its default, at most 80 columns wide. */
export function settingsHelp(table: SettingsTable): string {
  const groups = new Map<string, string[]>();
  for (const [name, row] of Object.entries(table)) {
    const lines = groups.get(row.group) ?? [];
    groups.set(row.group, lines);
    const usual = row.flagOnly === true && row.type === "yes-no" ? null : defaultText(row);
    const text = usual === null ? row.help : `${row.help} [${usual}]`;
    lines.push(...entry(flagOf(name, row), text));
  }
  return [...groups].map(([group, lines]) => [`${group}:`, ...lines, ""].join("\n")).join("\n");
}

function flagOf(name: string, row: SettingRow): string {
  const short = row.alias !== undefined && row.alias.length === 2 ? `${row.alias}, ` : "";
  switch (row.type) {
    case "yes-no":
      return row.flagOnly === true ? `${short}--${name}` : `${short}--[no-]${name}`;
    case "choice":
      return `${short}--${name} ${row.of.join("|")}`;
    case "number":
      return `${short}--${name} ${row.word === undefined ? "" : `${row.word}|`}${row.as}`;
    case "text":
      return `${short}--${name} ${row.as}`;
  }
}

function entry(flag: string, text: string): string[] {
  const lines = wrap(text, COLUMNS - INDENT);
  const first = `  ${flag}`;
  const fits = first.length + 2 <= INDENT;
  const rest = (fits ? lines.slice(1) : lines).map((line) => " ".repeat(INDENT) + line);
  return [fits ? first.padEnd(INDENT) + (lines[0] ?? "") : first, ...rest];
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
