/** The pictures that a terminal has been sent by kitty's protocol, and where it shows them. Owns their numbers. */
import {
  forgetKittyPicture,
  placeKittyPicture,
  placeVirtually,
  removePlacement,
  sendKittyPicture,
} from "./kitty.ts";
import type { DecodablePicture, DrawnPicture } from "./picture.ts";
import { isSamePlace, type PicturePlace } from "./picture-places.ts";
import { placeholderId } from "./placeholders.ts";

/** The terminal is to forget those that were out of view for longest. */
const PICTURES_MAX = 32;
/** Their files are in this program's memory as well, as long as the terminal has them. */
const PNG_BYTES_MAX = 16 << 20;

interface Placement {
  readonly place: PicturePlace;
  readonly id: number;
  readonly placement: number;
}

/** Sends pictures to a terminal, and shows them there. */
export class KittyPictures {
  readonly #salt: number;
  readonly #wrap: (sequence: string) => string;
  /** The numbers of those that the terminal has; the one that was in view last is last. */
  readonly #ids = new Map<DrawnPicture, number>();
  #lastIndex = 0;
  #placements: Placement[] = [];
  #lastPlacement = 0;

  /**
   * @param salt another one for each program that shows pictures in the same terminal
   * @param wrap a sequence for the terminal outside of a program in between
   */
  constructor(salt: number, wrap: (sequence: string) => string) {
    this.#salt = salt;
    this.#wrap = wrap;
  }

  /** Returns the number of a picture that was sent. */
  idOf(picture: DrawnPicture): number | null {
    return this.#ids.get(picture) ?? null;
  }

  /** Returns what the terminal needs before it can show these pictures, and what it no longer needs. */
  send(pictures: readonly DrawnPicture[]): string {
    let sequences = "";
    for (const picture of pictures) {
      const { kind } = picture.image;
      if (kind !== "kitty" && kind !== "placeholders") continue;
      const id = this.#ids.get(picture);
      const newId = id ?? placeholderId(this.#lastIndex++, this.#salt);
      this.#ids.delete(picture);
      this.#ids.set(picture, newId);
      if (id !== undefined) continue;
      const parts = sendKittyPicture(newId, picture.image.source.png);
      if (kind === "placeholders") parts.push(placeVirtually(newId, picture));
      sequences += parts.map(this.#wrap).join("");
    }
    return sequences + this.#forgetOldest(new Set(pictures));
  }

  /** Returns what shows pictures that have no placeholders at these places, and at no others. It moves the cursor. */
  place(places: readonly PicturePlace[]): string {
    const direct = places.filter(({ picture }) => picture.image.kind === "kitty");
    const stays = this.#placements.filter(({ place }) =>
      direct.some((next) => isSamePlace(next, place)),
    );
    const goes = this.#placements.filter((placement) => !stays.includes(placement));
    const comes = direct.filter((next) => !stays.some(({ place }) => isSamePlace(next, place)));
    const placed = comes.flatMap((place) => this.#placed(place));
    this.#placements = [...stays, ...placed];
    return [
      ...goes.map(({ id, placement }) => this.#wrap(removePlacement(id, placement))),
      ...placed.map((placement) => this.#show(placement)),
    ].join("");
  }

  /** Returns what lets the terminal forget all pictures: whether it still has them isn't known. */
  forget(): string {
    const sequences = [...this.#ids.values()].map((id) => this.#wrap(forgetKittyPicture(id)));
    this.#ids.clear();
    this.#placements = [];
    return sequences.join("");
  }

  #placed(place: PicturePlace): Placement[] {
    const id = this.#ids.get(place.picture);
    if (id === undefined) return [];
    this.#lastPlacement++;
    return [{ place, id, placement: this.#lastPlacement }];
  }

  #show({ place, id, placement }: Placement): string {
    const { picture, top, column, firstRow, rowCount } = place;
    if (picture.image.kind !== "kitty") return "";
    const area = { columns: picture.columns, rows: rowCount };
    const part = partOf(picture, picture.image.source, firstRow, rowCount);
    return `\x1b[${top + 1};${column + 1}H${this.#wrap(placeKittyPicture(id, placement, area, part))}`;
  }

  #forgetOldest(inView: ReadonlySet<DrawnPicture>): string {
    let sequences = "";
    let bytes = [...this.#ids.keys()].reduce((sum, picture) => sum + pngBytesOf(picture), 0);
    for (const [picture, id] of this.#ids) {
      if (this.#ids.size <= PICTURES_MAX && bytes <= PNG_BYTES_MAX) break;
      if (inView.has(picture)) continue;
      this.#ids.delete(picture);
      bytes -= pngBytesOf(picture);
      sequences += this.#wrap(forgetKittyPicture(id));
    }
    return sequences;
  }
}

function pngBytesOf({ image }: DrawnPicture): number {
  return "source" in image ? image.source.png.length : 0;
}

/** Returns the pixels of some rows of a picture. */
function partOf(
  { rows }: DrawnPicture,
  source: Omit<DecodablePicture, "pixels">,
  firstRow: number,
  rowCount: number,
) {
  const top = Math.round((firstRow * source.height) / rows);
  const bottom = Math.round(((firstRow + rowCount) * source.height) / rows);
  return { width: source.width, top, height: Math.max(1, bottom - top) };
}
