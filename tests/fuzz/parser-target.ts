import { replaceHarmful } from "../../lib/protocol/harmful-characters.ts";
import type { Prng } from "../prng.ts";
import { mutateBytes, mutateJson, mutateText } from "./mutate.ts";

/** A parser, or several that read the same, with inputs that they understand and what must hold for any input. */
export type ParserTarget = {
  /** The parsers that `check` calls: `lib/protocol/names.ts parseNick`. */
  readonly parsers: readonly string[];
  /** Only so many of a thousand inputs go to this target, since it is slow; all others share the rest. */
  readonly isSlow?: true;
} & (
  | {
      readonly kind: "text";
      readonly examples: readonly string[];
      readonly check: (text: string, prng: Prng) => void;
    }
  | {
      readonly kind: "json";
      readonly examples: readonly unknown[];
      readonly check: (value: unknown) => void;
    }
  | {
      readonly kind: "bytes";
      readonly examples: readonly Uint8Array[];
      readonly check: (bytes: Uint8Array, prng: Prng) => void;
    }
);

/** Checks one input of chance. Throws when something doesn't hold; the error's message has the input. */
export function checkOnce(target: ParserTarget, prng: Prng): void {
  if (target.kind === "text") {
    const text = mutateText(prng, target.examples);
    guard(target, text, () => target.check(text, prng));
  } else if (target.kind === "json") {
    const value = mutateJson(prng, prng.pick(target.examples));
    guard(target, value, () => target.check(value));
  } else {
    const bytes = mutateBytes(prng, target.examples);
    guard(target, Buffer.from(bytes).toString("base64"), () => target.check(bytes, prng));
  }
}

/** Checks an input that once failed. */
export function checkAgain(target: ParserTarget, input: unknown, prng: Prng): void {
  if (target.kind === "text") target.check(String(input), prng);
  else if (target.kind === "json") target.check(input);
  else target.check(Buffer.from(String(input), "base64"), prng);
}

/** What must hold. `detail` is shown when it doesn't. */
export function claim(isTrue: boolean, sentence: string, detail: unknown = ""): asserts isTrue {
  if (!isTrue) throw new Error(`not true: ${sentence}: ${JSON.stringify(detail)?.slice(0, 500)}`);
}

/** Claims that two values are the same, field by field. */
export function same(actual: unknown, expected: unknown, sentence: string): void {
  if (!Bun.deepEquals(actual, expected)) {
    claim(false, sentence, { actual, expected });
  }
}

/** Claims that a terminal shows a text as it is: nothing in it is obeyed or draws nothing. */
export function claimHarmless(text: string, what: string): void {
  claim(
    replaceHarmful(text, () => "") === text && text.isWellFormed(),
    `${what} is harmless`,
    text,
  );
}

function guard(target: ParserTarget, input: unknown, check: () => void): void {
  try {
    check();
  } catch (error) {
    const shown = JSON.stringify(input)?.slice(0, 2000);
    throw new Error(`${target.parsers.join(", ")} with ${shown}`, { cause: error });
  }
}
