/** The tables of docs/keys.md, as the table of keys has them; `bun tests/app/keys-page.ts` prints them. */
import {
  type KeyRow,
  type KeyStyle,
  rowsOfStyle,
} from "../../lib/app/chat-screen/keys/key-table.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { type KeyName, showKeys } from "../../lib/terminal/key-names.ts";

const { actions, when } = wordsFor("en").keys;
const ROOM = /^room-\d+$/;

function textOf(target: string): string {
  const code = `\`${target}\``;
  return ROOM.test(target) ? code : `${actions[target as keyof typeof actions]} (${code})`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function rowsText(rows: readonly KeyRow[]): string {
  return rows
    .map(({ target, when: condition }, index) => {
      const text = textOf(target);
      if (condition !== null) return when[condition](text);
      return index === 0 ? text : `otherwise: ${text}`;
    })
    .join("; ");
}

/** Returns the lines of a style's table: of the usual keys, or of those that differ. */
export function tableOf(style: KeyStyle): string[] {
  const usual = rowsOfStyle("sodam");
  return Object.entries(rowsOfStyle(style))
    .filter(([key, rows]) => key !== "space" && (style === "sodam" || rows !== usual[key]))
    .map(([key, rows]) => `| ${cell(showKeys(key as KeyName))} | ${cell(rowsText(rows))} |`);
}

if (import.meta.main) {
  for (const style of ["sodam", "slack", "weechat"] as const) {
    process.stdout.write(`\n${style}\n${tableOf(style).join("\n")}\n`);
  }
}
