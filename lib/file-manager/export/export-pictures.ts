import { constants, copyFileSync, mkdirSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import type { StoredFile } from "../../chat-server/event.ts";
import { formatCount } from "../../protocol/plural.ts";
import { isThere } from "../disk/folder-entries.ts";
import { alreadyExists } from "../disk/fs-errors.ts";

/** What browsers show. SVG isn't among them: it may have scripts, and would be opened by a click. */
const SHOWN: ReadonlyMap<string, string> = new Map([
  ["image/png", ".png"],
  ["image/jpeg", ".jpg"],
  ["image/gif", ".gif"],
  ["image/webp", ".webp"],
]);

/** Puts the pictures of an export into a folder beside it: `tea.files` beside `tea.html`. */
export class ExportPictures {
  readonly #files: string;
  readonly #folder: string;
  readonly #copied = new Set<string>();

  /**
   * @param files the data folder's folder of files
   * @param page the export's path
   */
  constructor(files: string, page: string) {
    this.#files = files;
    this.#folder = join(dirname(page), `${basename(page, extname(page))}.files`);
  }

  /** How many pictures lie there. */
  get count(): number {
    return this.#copied.size;
  }

  /** Says where they lie, as a sentence behind another one. */
  get sentence(): string {
    return ` ${formatCount(this.count, "picture")} of it: in ${this.#folder}.`;
  }

  /**
   * Copies a picture there, once, and returns its URL from the export on; `null` for what is no picture, or isn't on the
   * disk any more. Its name says what it is by the server's word, and not by the sender's. Throws file-system errors.
   */
  copy({ path, type }: Pick<StoredFile, "path" | "type">): string | null {
    const extension = SHOWN.get(type);
    if (extension === undefined) return null;
    const [id = ""] = basename(path).split("-");
    const name = `${id}${extension}`;
    const source = join(this.#files, path);
    if (!this.#copied.has(name)) {
      if (!isThere(source)) return null;
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      try {
        copyFileSync(source, join(this.#folder, name), constants.COPYFILE_EXCL);
      } catch (error) {
        // An earlier export has left it there: an id names the same bytes for ever.
        if (!alreadyExists(error)) throw error;
      }
      this.#copied.add(name);
    }
    return `${encodeURIComponent(basename(this.#folder))}/${name}`;
  }
}
