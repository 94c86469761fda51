/**
 * Files that are dropped onto the terminal arrive as a pasted text, in a form of each terminal's own. What such a text may
 * mean is read here; whether the files exist decides.
 */

/** No path is longer than some thousand letters; a longer text is no list of dropped files. */
const TEXT_UNITS_MAX = 100_000;
/** More files than anybody means to send at once are pasted as a text. */
const FILES_MAX = 100;

/** One way of writing paths. Returns null for a text that isn't written so. */
interface DropForm {
  /** Terminals that write them so. */
  readonly terminals: string;
  readonly read: (text: string) => readonly string[] | null;
}

const FORMS: readonly DropForm[] = [
  {
    terminals: "those that hand over what a file manager gives (text/uri-list): Tilix, Terminology",
    read: (text) => pathsOf(text.split(/\s+/), pathOfUri),
  },
  {
    // GNOME Terminal, Konsole, foot, Xfce and VS Code quote; macOS Terminal, iTerm2, Ghostty, WezTerm and kitty at a
    // prompt put backslashes.
    terminals: "those that write for a shell",
    read: (text) => pathsOf(shellWords(text), (word) => (isPosixPath(word) ? word : null)),
  },
  {
    terminals: "Windows Terminal and WezTerm on Windows, in quotes where there are spaces",
    read: (text) => pathsOf(windowsWords(text), (word) => (isWindowsPath(word) ? word : null)),
  },
  {
    terminals:
      "an older Windows Terminal in front of WSL, which knows the same file by another path",
    read: (text) => pathsOf(windowsWords(text), pathInWsl),
  },
  {
    terminals: "kitty within a program, one a line; Alacritty and PuTTY, as the path is",
    read: (text) => pathsOf(text.split(/\r\n|\r|\n/), (line) => plainPath(line)),
  },
];

/**
 * Returns the lists of paths that a pasted text may mean, each once, the likeliest first; none for what can't be dropped
 * files. Paths are absolute.
 *
 * @example droppedPaths("'/home/mina/our plan.pdf' ") // [["/home/mina/our plan.pdf"]]
 */
export function droppedPaths(text: string): readonly (readonly string[])[] {
  if (text.length > TEXT_UNITS_MAX) return [];
  const trimmed = text.trim();
  const readings = new Map<string, readonly string[]>();
  for (const { read } of FORMS) {
    const paths = trimmed === "" ? null : read(trimmed);
    if (paths !== null && paths.length <= FILES_MAX) readings.set(paths.join("\n"), paths);
  }
  return [...readings.values()];
}

/** Returns the path of each part; null where one is none, or there are no parts. */
function pathsOf(
  parts: readonly string[] | null,
  pathOf: (part: string) => string | null,
): readonly string[] | null {
  const paths: string[] = [];
  for (const part of parts ?? []) {
    if (part === "") continue;
    const path = pathOf(part);
    if (path === null) return null;
    paths.push(path);
  }
  return paths.length === 0 ? null : paths;
}

function pathOfUri(uri: string): string | null {
  const [, path] = /^file:\/\/(?:localhost)?(\/.*)$/i.exec(uri) ?? [];
  if (path === undefined) return null;
  try {
    const decoded = decodeURIComponent(path);
    // "file:///C:/Users/mina": the slash in front of the drive belongs to the address.
    return /^\/[A-Za-z]:\//.test(decoded) ? decoded.slice(1) : decoded;
  } catch {
    return null;
  }
}

/** Splits a text into words as a POSIX shell does; null where a quote doesn't end. */
function shellWords(text: string): readonly string[] | null {
  const words: string[] = [];
  const part = /\s+|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/gy;
  let word = "";
  let end = 0;
  for (const match of text.matchAll(part)) {
    end = match.index + match[0].length;
    const [whole, single, double, escaped, plain] = match;
    const piece = single ?? double?.replaceAll(/\\([\\"$`])/g, "$1") ?? escaped ?? plain;
    if (piece !== undefined) word += piece;
    else if (whole !== "") {
      words.push(word);
      word = "";
    }
  }
  return end === text.length ? [...words, word] : null;
}

/** Splits a text at spaces, but for those between double quotes. */
function windowsWords(text: string): readonly string[] | null {
  const isQuoted = (text.match(/"/g)?.length ?? 0) % 2 === 0;
  return isQuoted
    ? (text.match(/"[^"]*"|[^\s"]+/g) ?? []).map((word) => word.replaceAll('"', ""))
    : null;
}

function plainPath(line: string): string | null {
  const path = line.trim();
  return isPosixPath(path) || isWindowsPath(path) ? path : null;
}

function isPosixPath(path: string): boolean {
  return /^(?:\/|~\/)./.test(path);
}

function isWindowsPath(path: string): boolean {
  return /^(?:[A-Za-z]:[\\/]|\\\\)./.test(path);
}

function pathInWsl(word: string): string | null {
  const [, drive = "", rest = ""] = /^([A-Za-z]):[\\/](.+)$/.exec(word) ?? [];
  return drive === "" ? null : `/mnt/${drive.toLowerCase()}/${rest.replaceAll("\\", "/")}`;
}
