import { Prng } from "../prng.ts";

/** Letters that names and texts trip over, and ordinary ones. */
const ALPHABET = [
  ..."abcIl1m0OZ _-[]{}\\|.,:;!@*?#",
  ..."ßẞςσΣİıſŉǰΐᾳﬁéñÅ",
  ..."민수가힣ㅋㅠ漢字かカｱﾡ",
  ..."рауӏЁйїαβΩ",
  ..."\u0301\u0307\u0345\u0323\u1100\u1161\u11a8\u200b\u200d\ufe0f\u3164\u202e",
  ..."👍🏽👨👩🇰🇷❤𝐦\u{e0061}",
  "\ud800",
  "\udc00",
];

/** Makes texts of `length` letters; the same texts for the same seed. */
export function letters(seed: number): (length: number) => string {
  const prng = new Prng(seed);
  return (length) => Array.from({ length }, () => prng.pick(ALPHABET)).join("");
}
