/**
 * Plays seeds until one says of a rule that was broken on purpose what it is to say. Returns that sentence; what others
 * said, if none does.
 *
 * @param first a seed that has found it, where most don't: it is played first
 */
export async function noticedBy(
  play: (seed: number) => Promise<unknown>,
  seedCount: number,
  findings: RegExp,
  first?: number,
): Promise<string> {
  const others = new Set<string>();
  const all = Array.from({ length: seedCount }, (_, index) => index + 1);
  for (const seed of first === undefined ? all : [first, ...all]) {
    const sentence = await play(seed).then(() => null, sentenceOf);
    if (sentence === null) continue;
    if (findings.test(sentence)) return sentence;
    others.add(sentence.split("\n", 1)[0] ?? "");
  }
  return [...others].join("\n");
}

/** What it is about is in the innermost cause. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : sentenceOf(error.cause);
}
