import { Prng } from "../prng.ts";

/** Random Unicode for the fuzz tests, from a seed: `SEED=48 bun test ./tests/terminal` plays one again. */
export class TextPrng extends Prng {
  /** Text of up to `most` pieces of every kind that has ever been measured wrong. */
  text(most: number): string {
    let text = "";
    for (let left = this.below(most + 1); left > 0; left--) text += this.#piece();
    return text;
  }

  #piece(): string {
    switch (this.below(9)) {
      case 0:
        return this.pick(EMOJI);
      case 1:
        return this.pick(MARKS);
      case 2:
        return String.fromCharCode(this.below(0x100));
      case 3:
        return String.fromCharCode(0xac00 + this.below(11172));
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
    return String.fromCodePoint(this.below(below));
  }
}

const EMOJI = ["❤️", "👍🏽", "1️⃣", "👨‍👩‍👧‍👦", "🇰🇷", "🇰", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👁️‍🗨️", "☎️", "⌚", "🏽", "©️"];
const MARKS = [
  "\u0301",
  "\u0300".repeat(40),
  "\u200d",
  "\u200c",
  "\ufe0f",
  // What follows would be cut with them.
  `${"\u0600".repeat(40)}\n`,
  "한".normalize("NFD"),
];
