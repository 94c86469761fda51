/**
 * Text in place of which a terminal shows a picture of kitty's protocol: it scrolls and is overwritten as any text, also
 * by programs in between that know nothing of pictures, such as tmux.
 * https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders
 */

const PLACEHOLDER = "\u{10eeee}";

/**
 * The marks that count rows and columns, by their code points; "+2" are the two behind as well. They are the marks above
 * a letter of Unicode 6.0 that no letter is composed with.
 */
const MARK_RUNS = [
  "305 30d+1 310 312 33d+2 346 34a+2 350+2 357 35b 363+12 483+4 592+3 597+2 59c+5 5a8+1 5ab+1 5af",
  "5c4 610+7 657+4 65d+1 6d6+6 6df+3 6e4 6e7+1 6eb+1 730 732+1 735+1 73a 73d 73f+2 743 745 747 749+1",
  "7eb+6 7f3 816+3 81b+8 825+2 829+4 951 953+1 f82+1 f86+1 135d+2 17dd 193a 1a17 1a75+7 1b6b 1b6d+6",
  "1cd0+2 1cda+1 1ce0 1dc0+1 1dc3+6 1dcb+1 1dd1+21 1dfe 20d0+1 20d4+3 20db+1 20e1 20e7 20e9 20f0",
  "2cef+2 2de0+31 a66f a67c+1 a6f0+1 a8e0+17 aab0 aab2+1 aab7+1 aabe+1 aac1 fe20+6 10a0f 10a38",
  "1d185+4 1d1aa+3 1d242+2",
].join(" ");

/** Each counts by its place. */
const MARKS: readonly string[] = MARK_RUNS.split(" ").flatMap((run) => {
  const [first = "", more = "0"] = run.split("+");
  const length = Number(more) + 1;
  return Array.from({ length }, (_, index) =>
    String.fromCodePoint(Number.parseInt(first, 16) + index),
  );
});

/** The colours that tell a picture: those below are the palette's, which programs in between may say in other words. */
const COLOUR_MIN = 16;
const COLOURS = 256 - COLOUR_MIN;

/** Returns the number of the `index`-th picture, from 0: its lowest byte is a colour, its highest a mark. */
export function placeholderId(index: number, salt: number): number {
  const high = 1 + ((salt + Math.floor(index / COLOURS)) % 255);
  return high * 2 ** 24 + COLOUR_MIN + (index % COLOURS);
}

/** Returns the text of one row of a picture. */
export function placeholderRow(id: number, row: number, columns: number): string {
  const high = markOf(Math.floor(id / 2 ** 24));
  let text = `\x1b[38;5;${id % 256}m`;
  for (let column = 0; column < columns; column++) {
    // Behind the last mark a column counts from the one before.
    text += PLACEHOLDER;
    if (column < MARKS.length) text += markOf(row) + markOf(column) + high;
  }
  return `${text}\x1b[0m`;
}

function markOf(count: number): string {
  return MARKS[count] ?? "";
}
