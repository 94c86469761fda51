/** Random Unicode for the fuzz tests, from a seed: `SEED=48 bun test tests/terminal` plays one again. */
export function seedOfRun(): number {
  const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 1e9));
  process.stderr.write(`SEED=${seed}\n`);
  return seed;
}

/** mulberry32: 32 bits of state, good enough to roam in, and the same on every machine. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `below` - 1. */
  roll(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000) * below);
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.roll(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  /** Text of up to `most` pieces of every kind that has ever been measured wrong. */
  text(most: number): string {
    let text = "";
    for (let left = this.roll(most + 1); left > 0; left--) text += this.#piece();
    return text;
  }

  #piece(): string {
    switch (this.roll(9)) {
      case 0:
        return this.pick(EMOJI);
      case 1:
        return this.pick(MARKS);
      case 2:
        return String.fromCharCode(this.roll(0x100));
      case 3:
        return String.fromCharCode(0xac00 + this.roll(11172));
      case 4:
        return this.#point(0x10000);
      case 5:
        return this.#point(0x110000);
      case 6:
        return this.pick([
          "\x1b[2J",
          "\x1b]0;x\x07",
          "\u202e",
          "\n",
          "\t",
          "https://ci.example/412/",
        ]);
      default:
        return this.pick([..."abc def 가나 ,.()"]);
    }
  }

  /** Any UTF-16 unit or code point, lone surrogates among them. */
  #point(below: number): string {
    return String.fromCodePoint(this.roll(below));
  }
}

const EMOJI = ["❤️", "👍🏽", "1️⃣", "👨‍👩‍👧‍👦", "🇰🇷", "🇰", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👁️‍🗨️", "☎️", "⌚", "🏽", "©️"];
const MARKS = [
  "\u0301",
  "\u0300".repeat(40),
  "\u200d",
  "\u200c",
  "\ufe0f",
  "\u0600",
  "한".normalize("NFD"),
];
