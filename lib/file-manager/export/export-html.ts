import type { ExportRecord } from "./export-format.ts";

/**
 * A room as one page: opened from the disk, it needs nothing else. Whatever people wrote is text: the five
 * letters that are markup are written as references, and the page forbids itself scripts and everything from
 * outside.
 */
export function htmlStart(title: string): string {
  return `<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
h2 { font-size: 1rem; border-bottom: 1px solid #8886; margin: 2rem 0 .5rem; }
p { margin: .15rem 0; padding-left: 4rem; text-indent: -4rem; white-space: pre-wrap; overflow-wrap: anywhere; }
time { display: inline-block; width: 4rem; text-indent: 0; color: #888; font-variant-numeric: tabular-nums; }
b { font-weight: 600; }
.deed, small { color: #888; }
small { display: block; }
@media (prefers-color-scheme: dark) { body { background: #16181d; color: #e6e6e6; } }
</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
`;
}

/** Behind a text that first read otherwise. */
export const EDITED = " (edited)";

export const HTML_END = "</body>\n</html>\n";

export function htmlHeading(day: string): string {
  return `<h2>${escapeHtml(day)}</h2>\n`;
}

/**
 * @param deed what somebody did besides talking, in words; `null` for what was said
 * @param answers what it answers, in one line; `null` when it stands for itself
 */
export function htmlLine(
  record: ExportRecord,
  clock: string,
  nick: string,
  text: string,
  { deed, answers }: { readonly deed: string | null; readonly answers: string | null },
): string {
  const time = `<time>${escapeHtml(clock)}</time>`;
  const who = `<b>${escapeHtml(nick)}</b>`;
  const edited = record.edited === true ? `<span class="deed">${EDITED}</span>` : "";
  const end = `${edited}${answers === null ? "" : `<small>↳ ${escapeHtml(answers)}</small>`}</p>\n`;
  if (deed === null) return `<p>${time}${who} ${escapeHtml(text)}${end}`;
  const words = [deed, text].filter((part) => part !== "").map(escapeHtml);
  const kind = record.kind === "action" ? "action" : "deed";
  return `<p class="${kind}">${time}${[who, ...words].join(" ")}${end}`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
