/**
 * Owns what is shown below the files of one server's messages: pictures as they are drawn, and first lines of texts. The
 * screen says what is in view; that is fetched and read one after the other, and everything else is left alone.
 */
import type { FilePart } from "../../../chat-client/files/file-download.ts";
import { PREVIEW_BYTES_MAX, type SharedFile } from "../../../protocol/file-facts.ts";
import { isPictureType, isTextType } from "../../../protocol/media-type.ts";
import {
  type CellArea,
  type CellPixels,
  type DrawnPicture,
  drawPicture,
  type PictureLook,
  pictureCells,
} from "../../../terminal/pictures/picture.ts";
import type { Slices } from "../../../terminal/pictures/pixels.ts";
import type { PicturePort, PictureTrouble } from "./picture-port.ts";
import { type TextPreview, textPreview } from "./text-preview.ts";

/** What is shown of a file, besides its name. */
export type FilePreview =
  | { readonly kind: "none" }
  /** It is being fetched, and will take at most so many cells. */
  | { readonly kind: "waiting"; readonly area: CellArea }
  /** `bytes`: about what it takes in memory. */
  | { readonly kind: "picture"; readonly picture: DrawnPicture; readonly bytes: number }
  | { readonly kind: "text"; readonly text: TextPreview }
  | { readonly kind: "failed"; readonly why: PreviewTrouble };

/** Why nothing can be shown. Each is a key of `Words["pictures"]["failed"]`. */
export type PreviewTrouble = PictureTrouble | "not-fetched" | "too-many-bytes";

/** A preview that is in view. */
export interface PreviewInView {
  readonly file: SharedFile;
  /** Cells that it may take. */
  readonly area: CellArea;
  /** Whether the file itself is shown, and not its thumbnail. */
  readonly isWhole: boolean;
}

/** Bytes that are being fetched. `bytes` resolves to null if that failed; it never rejects. */
export interface Fetch {
  readonly bytes: Promise<Uint8Array | null>;
  cancel(): void;
}

/** What the previews need. */
export interface PreviewPorts {
  /** Fetches a file's preview, its beginning, or all of it. */
  begin(file: SharedFile, part: FilePart): Fetch;
  /** Reads a picture; one is read at a time. */
  readonly read: PicturePort["read"];
  /** Does a long work in slices, between which keys are heard. */
  slice<Result>(work: Slices<Result>): Promise<Result>;
  readonly thumbnails: {
    load(file: SharedFile): Promise<Uint8Array | null>;
    store(file: SharedFile, bytes: Uint8Array): Promise<void>;
    drop(file: SharedFile): Promise<void>;
  };
  /** Called when something else is to be drawn. */
  changed(): void;
}

/** A picture in a conversation leaves room for talk. */
const COLUMNS_MAX = 60;
/** Without a preview, a picture is fetched whole up to here. Our clients send a preview with each. */
const SMALL_PICTURE_BYTES_MAX = 2 << 20;
/** All of it is in memory while it is looked at. */
const WHOLE_PICTURE_BYTES_MAX = 16 << 20;
/** More pixels can't be told apart, and each takes time and memory. */
const BOX_PIXELS_MAX = 2_500_000;
/** As many of a cell are enough to make its half blocks of. */
const BLOCK_PIXELS: CellPixels = { width: 4, height: 8 };
/** Pictures in memory that aren't in view: scrolling back shows them at once. */
const DRAWN_BYTES_MAX = 24 << 20;
/** Of files that were in view, also those of which there is nothing to show. */
const ENTRIES_MAX = 1000;
/** A picture whose sides say something else than its sender did is drawn as it is. */
const RATIO_SLACK = 0.06;
/** Fetched at once. */
const RUNNING_MAX = 2;

interface Entry {
  readonly view: FilePreview;
  readonly bytes: number;
}

/** See the head of the file. */
export class FilePreviews {
  readonly #ports: PreviewPorts;
  #look: PictureLook | null = null;
  #rowsMax = 0;
  /** By file and area, the one that was in view last at the end. */
  readonly #entries = new Map<string, Entry>();
  #entryBytes = 0;
  #revision = 0;
  /** What was the revision when something of a file changed last, by its id. */
  readonly #revisions = new Map<string, number>();
  readonly #running = new Map<string, { fetch: Fetch | null; isDropped: boolean }>();
  #inView: readonly PreviewInView[] = [];
  /** Ends when nothing is being read. */
  #reading: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(ports: PreviewPorts) {
    this.#ports = ports;
  }

  /**
   * Sets how pictures are drawn.
   *
   * @param look null: not at all
   * @param rowsMax of a picture in a conversation
   */
  setLook(look: PictureLook | null, rowsMax: number): void {
    if (look === this.#look && rowsMax === this.#rowsMax) return;
    this.#look = look;
    this.#rowsMax = rowsMax;
    this.#entries.clear();
    this.#entryBytes = 0;
    for (const run of this.#running.values()) run.isDropped = true;
  }

  get look(): PictureLook | null {
    return this.#look;
  }

  /** Returns what stands below a file's name, in a conversation of so many cells. */
  below(file: SharedFile, width: number): FilePreview {
    return this.viewOf(this.inConversation(file, width));
  }

  /** Returns which preview a conversation of this width shows. */
  inConversation(file: SharedFile, width: number): PreviewInView {
    const columns = Math.max(1, Math.min(width, COLUMNS_MAX));
    return { file, area: { columns, rows: this.#rowsMax }, isWhole: false };
  }

  /** Returns what is shown of a file as far as it is there. Asks for nothing: see {@link FilePreviews.show}. */
  viewOf(preview: PreviewInView): FilePreview {
    if (this.#sourceOf(preview) === null) return NONE;
    const entry = this.#entries.get(keyOf(preview));
    if (entry !== undefined) return entry.view;
    const { file } = preview;
    if (isTextType(file.type) || file.width === undefined || file.height === undefined) return NONE;
    return { kind: "waiting", area: this.#cellsOf(preview, file.width, file.height) };
  }

  /** Returns a number that is another one whenever something of a file is drawn in another way. */
  revisionOf({ id }: SharedFile): number {
    return this.#revisions.get(id) ?? 0;
  }

  /** Says what is in view now: it is fetched, in this order, and what was begun for others is given up. */
  show(inView: readonly PreviewInView[]): void {
    this.#inView = inView;
    const keys = new Set(inView.map(keyOf));
    for (const [key, run] of this.#running) {
      if (keys.has(key)) continue;
      run.isDropped = true;
      run.fetch?.cancel();
    }
    for (const key of keys) this.#touch(key);
    this.#startNext();
  }

  /** Tries again what couldn't be fetched: the user is connected again. */
  retry(): void {
    for (const [key, { view }] of this.#entries) {
      if (view.kind === "failed" && view.why === "not-fetched") this.#remove(key);
    }
    this.#startNext();
  }

  /** Forgets a file whose message was deleted. */
  forget(file: SharedFile): void {
    for (const key of this.#entries.keys()) {
      if (key.startsWith(`${file.id} `)) this.#remove(key);
    }
    void this.#ports.thumbnails.drop(file);
  }

  /** Fetches nothing any more. */
  close(): void {
    this.#isClosed = true;
    this.show([]);
  }

  /** Where the bytes of a preview are from; null where nothing is shown. */
  #sourceOf({ file, isWhole }: PreviewInView): FilePart | null {
    if (isTextType(file.type)) return isWhole ? null : textPartOf(file);
    if (this.#look === null || !isPictureType(file.type)) return null;
    if (isWhole) return "file";
    if (file.preview !== undefined) return "preview";
    return file.size <= SMALL_PICTURE_BYTES_MAX ? "file" : null;
  }

  #startNext(): void {
    if (this.#isClosed) return;
    for (const preview of this.#inView) {
      const key = keyOf(preview);
      if (this.#running.size >= RUNNING_MAX) return;
      if (this.#entries.has(key) || this.#running.has(key)) continue;
      if (this.#sourceOf(preview) !== null) void this.#run(key, preview);
    }
  }

  async #run(key: string, preview: PreviewInView): Promise<void> {
    const run: { fetch: Fetch | null; isDropped: boolean } = { fetch: null, isDropped: false };
    this.#running.set(key, run);
    const view = await this.#load(preview, run);
    this.#running.delete(key);
    if (!run.isDropped && view !== null) {
      this.#add(key, view);
      this.#ports.changed();
    }
    this.#startNext();
  }

  /** Resolves to null for what was given up. */
  async #load(
    preview: PreviewInView,
    run: { fetch: Fetch | null; isDropped: boolean },
  ): Promise<FilePreview | null> {
    const { file, isWhole } = preview;
    const { thumbnails } = this.#ports;
    if (isWhole && file.size > WHOLE_PICTURE_BYTES_MAX) return failed("too-many-bytes");
    const stored = isWhole ? null : await thumbnails.load(file);
    if (run.isDropped) return null;
    run.fetch =
      stored === null ? this.#ports.begin(file, this.#sourceOf(preview) ?? "preview") : null;
    const bytes = stored ?? (await run.fetch?.bytes) ?? null;
    if (run.isDropped) return null;
    if (bytes === null) return failed("not-fetched");
    if (stored === null && !isWhole) void thumbnails.store(file, bytes);
    if (isTextType(file.type)) {
      const text = textPreview(bytes, textPartOf(file) === "beginning");
      return text === null ? NONE : { kind: "text", text };
    }
    const reading = this.#reading.then(() => (run.isDropped ? null : this.#draw(preview, bytes)));
    this.#reading = reading;
    const view = await reading;
    if (view?.kind === "failed" && !isWhole) void thumbnails.drop(file);
    return view;
  }

  async #draw(preview: PreviewInView, bytes: Uint8Array): Promise<FilePreview | null> {
    const look = this.#look;
    if (look === null) return null;
    const { file, area } = preview;
    const { width = area.columns * look.cell.width, height = area.rows * look.cell.height } = file;
    const cells = this.#cellsOf(preview, width, height);
    const isKnown = file.width !== undefined && file.height !== undefined;
    // Half blocks show two pixels of a cell. Of an unknown size all pixels say how large it is.
    const cell = isKnown && look.protocol === "blocks" ? BLOCK_PIXELS : look.cell;
    const isFile = look.protocol === "kitty" || look.protocol === "iterm";
    const read = await this.#ports.read(bytes, boxOf(isKnown ? cells : area, cell), isFile);
    if (read.kind === "failed") return failed(read.why);
    const isAsSaid =
      isKnown && Math.abs((read.width / read.height) * (height / width) - 1) < RATIO_SLACK;
    const drawnArea = isAsSaid ? cells : pictureCells(read, cell, area);
    const picture = await this.#ports.slice(drawPicture(read, drawnArea, look));
    return { kind: "picture", picture, bytes: bytesOf(picture, read) };
  }

  #cellsOf({ area }: PreviewInView, width: number, height: number): CellArea {
    return this.#look === null ? area : pictureCells({ width, height }, this.#look.cell, area);
  }

  #add(key: string, view: FilePreview): void {
    this.#remove(key);
    const bytes = view.kind === "picture" ? view.bytes : 0;
    this.#entries.set(key, { view, bytes });
    this.#entryBytes += bytes;
    this.#noteChange(key);
    const shown = new Set(this.#inView.map(keyOf));
    for (const old of this.#entries.keys()) {
      if (this.#entryBytes <= DRAWN_BYTES_MAX && this.#entries.size <= ENTRIES_MAX) break;
      if (!shown.has(old)) this.#remove(old);
    }
  }

  #remove(key: string): void {
    this.#entryBytes -= this.#entries.get(key)?.bytes ?? 0;
    if (this.#entries.delete(key)) this.#noteChange(key);
  }

  #noteChange(key: string): void {
    if (this.#revisions.size >= 2 * ENTRIES_MAX) this.#revisions.clear();
    this.#revision += 1;
    this.#revisions.set(key.split(" ", 1)[0] ?? "", this.#revision);
  }

  /** Makes an entry the last one to go. */
  #touch(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }
}

const NONE: FilePreview = { kind: "none" };

function textPartOf({ size }: SharedFile): FilePart {
  return size <= PREVIEW_BYTES_MAX ? "file" : "beginning";
}

function failed(why: PreviewTrouble): FilePreview {
  return { kind: "failed", why };
}

function keyOf({ file, area, isWhole }: PreviewInView): string {
  return `${file.id} ${area.columns}x${area.rows}${isWhole ? " whole" : ""}`;
}

/** Returns the pixels of an area, fewer where that would be very many. */
function boxOf({ columns, rows }: CellArea, cell: CellPixels) {
  const [width, height] = [columns * cell.width, rows * cell.height];
  const scale = Math.min(1, Math.sqrt(BOX_PIXELS_MAX / (width * height)));
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

/** What a drawn picture takes in memory. `read`: what it was drawn from. */
function bytesOf(
  { blocks, image }: DrawnPicture,
  read: { readonly width: number; readonly height: number },
): number {
  const text = blocks.reduce((sum, row) => sum + row.length, 0);
  switch (image.kind) {
    case "blocks":
      return text;
    case "kitty":
    case "placeholders":
      return text + image.source.png.length;
    case "iterm":
      return text + image.png.length + 4 * read.width * read.height;
    case "sixel":
      return text + image.pixels.data.length;
  }
}
