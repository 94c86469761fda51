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
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return (length) => {
    let text = "";
    for (let i = 0; i < length; i += 1)
      text += ALPHABET[Math.floor(next() * ALPHABET.length)] ?? "";
    return text;
  };
}
