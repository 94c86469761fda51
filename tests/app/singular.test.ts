import { expect, test } from "bun:test";
import { en } from "../../lib/app/i18n/en.ts";
import { pipeWordsFor } from "../../lib/app/pipe/pipe-words.ts";

/** Every sentence of the client that a single number stands in. */
type Sentence = (...values: never[]) => string;

function* sentencesIn(words: object): Iterable<Sentence> {
  for (const value of Object.values(words)) {
    if (typeof value === "function") yield value as Sentence;
    else if (typeof value === "object" && value !== null) yield* sentencesIn(value);
  }
}

const PLURAL =
  /\b1 (?:more )?(?:lines|messages|people|members|replies|seconds|minutes|hours|days|rooms|characters|files|uses|invitations)\b/;

/** Returns a sentence for a 1; `null` for one that takes no numbers. */
function sentenceForOne(sentence: Sentence): string | null {
  try {
    const text: unknown = sentence(...([1, 1, 1] as never[]));
    return typeof text === "string" ? text : null;
  } catch {
    return null;
  }
}

test("no English sentence of the client has a plural behind a 1", () => {
  const texts = [...sentencesIn(en), ...sentencesIn(pipeWordsFor("en"))]
    .map(sentenceForOne)
    .filter((text) => text !== null);
  expect(texts).toContain("1 member");
  expect(texts.filter((text) => PLURAL.test(text))).toEqual([]);
});
