import type { ExportRecord } from "./export-format.ts";

/** Follows the text of a message that was edited. */
export const EDITED = " (edited)";

/** The end of the page that {@link htmlStart} begins. */
export const HTML_END = "</body>\n</html>\n";

/**
 * Returns the beginning of a page that shows an export. It needs nothing but the pictures that lie beside it. All
 * text is escaped, and the page's content security policy forbids scripts and anything from outside.
 */
export function htmlStart(title: string): string {
  return `<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
h2 { font-size: 1rem; border-bottom: 1px solid #8886; margin: 2rem 0 .5rem; }
p { margin: .15rem 0; padding-left: 4rem; text-indent: -4rem; white-space: pre-wrap; overflow-wrap: anywhere; }
time { display: inline-block; width: 4rem; text-indent: 0; color: #888; font-variant-numeric: tabular-nums; }
b { font-weight: 600; }
.deed, small { color: #888; }
small { display: block; text-indent: 0; }
img { display: block; max-width: 100%; max-height: 24rem; }
@media (prefers-color-scheme: dark) { body { background: #16181d; color: #e6e6e6; } }
</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
`;
}

/** Returns the heading of a day. */
export function htmlHeading(day: string): string {
  return `<h2>${escapeHtml(day)}</h2>\n`;
}

/**
 * Returns a record's line.
 *
 * @param action what the user did, in words, if it was no message; `null` for a message
 * @param quote start of the message that this replies to, on one line; `null` if this is no reply
 * @param file name and size of the file that was sent with it; "" for none
 */
export function htmlLine(
  record: ExportRecord,
  clock: string,
  nick: string,
  text: string,
  {
    action,
    quote,
    file,
  }: { readonly action: string | null; readonly quote: string | null; readonly file: string },
): string {
  const time = `<time>${escapeHtml(clock)}</time>`;
  const name = `<b>${escapeHtml(nick)}</b>`;
  const edited = record.edited === true ? `<span class="deed">${EDITED}</span>` : "";
  const end = `${edited}${fileHtml(record, file)}${quote === null ? "" : `<small>↳ ${escapeHtml(quote)}</small>`}</p>\n`;
  if (action === null) return `<p>${time}${name} ${escapeHtml(text)}${end}`;
  const words = [action, text].filter((part) => part !== "").map(escapeHtml);
  const kind = record.kind === "action" ? "action" : "deed";
  return `<p class="${kind}">${time}${[name, ...words].join(" ")}${end}`;
}

/** A picture is shown if it lies beside the page. */
function fileHtml({ picture }: ExportRecord, words: string): string {
  if (words === "") return "";
  const name = escapeHtml(words);
  if (picture === undefined) return `<small>${name}</small>`;
  const url = escapeHtml(picture);
  return `<small><a href="${url}"><img src="${url}" alt="${name}" loading="lazy"></a>${name}</small>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
