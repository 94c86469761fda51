/**
 * Writes frames, and what they hold of pictures. It owns what is known of the screen's content. Pictures of iTerm2's
 * protocol and of sixel are slow to draw and vanish under text: they are drawn where they haven't moved for a while, and
 * are blocks until then.
 */
import { itermPicture } from "./pictures/iterm.ts";
import { KittyPictures } from "./pictures/kitty-pictures.ts";
import type { PictureStrip } from "./pictures/picture.ts";
import {
  isSamePlace,
  type PicturePlace,
  type PlacedStrip,
  placesOf,
  stripsOf,
} from "./pictures/picture-places.ts";
import type { Slices } from "./pictures/pixels.ts";
import { placeholderRow } from "./pictures/placeholders.ts";
import { type Deflate, encodePng } from "./pictures/png-file.ts";
import { encodeSixel } from "./pictures/sixel.ts";
import { diffFrames, type Frame, moveTo, UPDATE_END, UPDATE_START } from "./screen-frame.ts";
import type { Theme } from "./theme.ts";
import type { Widths } from "./width.ts";

/** So long a view rests before its pictures are drawn. */
const REST_MS = 100;
/** Of work on pictures at a time: keys are read in between. */
const SLICE_MS = 4;

/** What {@link ScreenPainter} needs. */
interface PainterPorts {
  /** Returns whether the terminal's driver has taken it all. */
  write(bytes: string | Uint8Array): boolean;
  /** Whether the terminal has yet to read what was written. */
  isBlocked(): boolean;
  /** Milliseconds, monotonic. */
  now(): number;
  /** Calls `action` after so many milliseconds. The returned function stops that. */
  after(ms: number, action: () => void): () => void;
  /** Wraps a sequence for the terminal outside of a program in between. */
  wrap(sequence: string): string;
  /** Another one for each program in the same terminal. */
  readonly salt: number;
  readonly deflate: Deflate;
}

/** Draws frames on a screen. */
export class ScreenPainter {
  readonly #ports: PainterPorts;
  readonly #kitty: KittyPictures;
  /** null: the screen's content is unknown. */
  #shown: Frame | null = null;
  /** What is drawn of pictures that vanish under text, by the screen's rows. */
  #drawn: readonly (readonly PlacedStrip[])[] = [];
  /** Pictures that are to be drawn when they have rested. */
  #resting: readonly PicturePlace[] = [];
  #stopRest: () => void = () => {};

  constructor(ports: PainterPorts) {
    this.#ports = ports;
    this.#kitty = new KittyPictures(ports.salt, ports.wrap);
  }

  /** Writes what changes the screen into a frame. Returns whether the terminal's driver has taken it all. */
  show(frame: Frame, theme: Theme, widths: Widths): boolean {
    const isKnown = this.#shown?.width === frame.width;
    const strips = frame.rows.map((row) => stripsOf(row, widths));
    const places = placesOf(strips);
    const forgotten = isKnown ? "" : this.#kitty.forget();
    const drawn = isKnown ? this.#drawn : [];
    this.#drawn = strips.map((row, index) =>
      row.filter((strip) => drawn[index]?.some((old) => isSameStrip(old, strip))),
    );
    const sent = this.#kitty.send([...new Set(places.map(({ picture }) => picture))]);
    const text = diffFrames(this.#shown, frame, theme, widths, {
      textOf: (strip) => this.#textOf(strip),
      isDrawn: (row, column, strip) =>
        this.#drawn[row]?.some((old) => isSameStrip(old, { ...strip, column })) === true,
      placed: this.#kitty.place(places),
    });
    this.#shown = frame;
    this.#awaitRest(places);
    const bytes = forgotten + sent + text;
    return bytes === "" || this.#ports.write(bytes);
  }

  /** Draws everything anew with the next frame: the screen's content isn't known, nor what is where. */
  forget(): void {
    this.#stopRest();
    this.#stopRest = () => {};
    this.#resting = [];
    this.#shown = null;
  }

  /** Takes the pictures away that the terminal would keep, and draws no more. */
  leave(): void {
    this.forget();
    const bytes = this.#kitty.forget();
    if (bytes !== "") this.#ports.write(bytes);
  }

  #textOf({ picture, row }: PictureStrip): string {
    const id = picture.image.kind === "placeholders" ? this.#kitty.idOf(picture) : null;
    if (id !== null) return placeholderRow(id, row, picture.columns);
    return picture.blocks[row] ?? " ".repeat(picture.columns);
  }

  /** Draws what isn't drawn of these pictures when it has stood there for a while. */
  #awaitRest(places: readonly PicturePlace[]): void {
    const resting = places.filter((place) => isDrawnAtRest(place) && !this.#isDrawn(place));
    const isSame =
      resting.length === this.#resting.length &&
      resting.every((place, index) => isSamePlace(place, this.#resting[index] ?? place));
    this.#resting = resting;
    if (isSame) return;
    this.#stopRest();
    this.#stopRest = () => {};
    if (resting.length > 0) this.#startRest();
  }

  #startRest(): void {
    this.#stopRest = this.#ports.after(REST_MS, () => {
      // A slow connection gets them when it has got the frame.
      if (this.#ports.isBlocked()) this.#startRest();
      else this.#draw(drawPlaces(this.#resting, this.#ports.deflate));
    });
  }

  /** Goes on with drawing. */
  #draw(work: Slices<Uint8Array[]>): void {
    const endMs = this.#ports.now() + SLICE_MS;
    do {
      const step = work.next();
      if (step.done) return this.#finishDrawing(step.value);
    } while (this.#ports.now() < endMs);
    this.#stopRest = this.#ports.after(0, () => this.#draw(work));
  }

  #finishDrawing(pieces: readonly Uint8Array[]): void {
    const places = this.#resting;
    this.#resting = [];
    const { cursor = { row: 0, column: 0 } } = this.#shown ?? {};
    const end = moveTo(cursor.row, cursor.column) + UPDATE_END;
    for (const bytes of [UPDATE_START, ...pieces, end]) this.#ports.write(bytes);
    const drawn = this.#drawn.map((row) => [...row]);
    for (const { picture, top, column, firstRow, rowCount } of places) {
      for (let index = 0; index < rowCount; index++) {
        drawn[top + index]?.push({ picture, column, row: firstRow + index });
      }
    }
    this.#drawn = drawn;
  }

  #isDrawn({ picture, top, column, firstRow, rowCount }: PicturePlace): boolean {
    return Array.from({ length: rowCount }, (_, index) => index).every((index) =>
      this.#drawn[top + index]?.some((old) =>
        isSameStrip(old, { picture, column, row: firstRow + index }),
      ),
    );
  }
}

function isSameStrip(a: PlacedStrip, b: PlacedStrip): boolean {
  return a.picture === b.picture && a.row === b.row && a.column === b.column;
}

function isDrawnAtRest({ picture }: PicturePlace): boolean {
  return picture.image.kind === "iterm" || picture.image.kind === "sixel";
}

function* drawPlaces(places: readonly PicturePlace[], deflate: Deflate): Slices<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for (const place of places) {
    pieces.push(Buffer.from(moveTo(place.top, place.column)));
    pieces.push(...(yield* drawPlace(place, deflate)));
    yield;
  }
  return pieces;
}

function* drawPlace(
  { picture, firstRow, rowCount }: PicturePlace,
  deflate: Deflate,
): Slices<Uint8Array[]> {
  const { image, rows, columns } = picture;
  if (image.kind !== "iterm" && image.kind !== "sixel") return [];
  const part = ({ height }: { readonly height: number }) =>
    [(firstRow * height) / rows, ((firstRow + rowCount) * height) / rows] as const;
  if (image.kind === "sixel") return yield* encodeSixel(image.pixels, ...part(image.pixels));
  let { png } = image;
  if (rowCount < rows) {
    const pixels = yield* image.pixels();
    png = yield* encodePng(pixels, ...part(pixels), deflate);
  }
  return yield* itermPicture(png, { columns, rows: rowCount });
}
