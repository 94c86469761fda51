/** Where this system keeps downloads. */
import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";

/**
 * Returns the folder for downloads: the desktop's own (`다운로드` on a Korean one), else `Downloads` in the home folder.
 * https://www.freedesktop.org/wiki/Software/xdg-user-dirs/
 */
export function downloadFolder(
  home: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const usual = join(home, "Downloads");
  if (process.platform === "darwin" || process.platform === "win32") return usual;
  const file = join(environment["XDG_CONFIG_HOME"] || join(home, ".config"), "user-dirs.dirs");
  const named = environment["XDG_DOWNLOAD_DIR"] || folderIn(textOf(file));
  const folder = named.replace(/^\$HOME(?=\/|$)/, home);
  // A desktop without such a folder names the home folder itself.
  return isAbsolute(folder) && folder !== home && folder !== `${home}/` ? folder : usual;
}

function folderIn(text: string): string {
  return (
    /^\s*XDG_DOWNLOAD_DIR="((?:[^"\\]|\\.)*)"/m.exec(text)?.[1]?.replaceAll(/\\(.)/g, "$1") ?? ""
  );
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
