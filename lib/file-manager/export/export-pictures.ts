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

/** The folder of an export's pictures, beside it: `tea.files` beside `tea.html`. */
export class PictureFolder {
  readonly path: string;

  /** @param page the export's path */
  constructor(page: string) {
    this.path = join(dirname(page), `${basename(page, extname(page))}.files`);
  }

  /**
   * Returns the name of a picture there, and its URL from the export on; `null` for what browsers don't show. The name
   * says what it is by the server's word, and not by the sender's.
   */
  placeOf(id: string, type: string): { readonly name: string; readonly url: string } | null {
    const extension = SHOWN.get(type);
    if (extension === undefined) return null;
    const name = `${id}${extension}`;
    return { name, url: `${encodeURIComponent(basename(this.path))}/${name}` };
  }

  make(): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
  }
}

/** Puts the pictures of an export into its folder. */
export class ExportPictures {
  readonly #files: string;
  readonly #folder: PictureFolder;
  readonly #copied = new Set<string>();

  /**
   * @param files the data folder's folder of files
   * @param page the export's path
   */
  constructor(files: string, page: string) {
    this.#files = files;
    this.#folder = new PictureFolder(page);
  }

  /** How many pictures lie there. */
  get count(): number {
    return this.#copied.size;
  }

  /** Says where they lie, as a sentence behind another one. */
  get sentence(): string {
    return ` ${formatCount(this.count, "picture")} of it: in ${this.#folder.path}.`;
  }

  /**
   * Copies a picture there, once, and returns its URL from the export on; `null` for what is no picture, or isn't on the
   * disk any more. Throws file-system errors.
   */
  copy({ path, type }: Pick<StoredFile, "path" | "type">): string | null {
    const [id = ""] = basename(path).split("-");
    const place = this.#folder.placeOf(id, type);
    if (place === null) return null;
    const { name, url } = place;
    const source = join(this.#files, path);
    if (!this.#copied.has(name)) {
      if (!isThere(source)) return null;
      this.#folder.make();
      try {
        copyFileSync(source, join(this.#folder.path, name), constants.COPYFILE_EXCL);
      } catch (error) {
        // An earlier export has left it there: an id names the same bytes for ever.
        if (!alreadyExists(error)) throw error;
      }
      this.#copied.add(name);
    }
    return url;
  }
}
