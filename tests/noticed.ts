/**
 * Plays seeds until one says of a rule that was broken on purpose what it is to say. Returns that sentence; what others
 * said, if none does.
 */
export async function noticedBy(
  play: (seed: number) => Promise<unknown>,
  seedCount: number,
  findings: RegExp,
): Promise<string> {
  const others = new Set<string>();
  for (let seed = 1; seed <= seedCount; seed += 1) {
    const sentence = await play(seed).then(
      () => null,
      (error: Error) => String((error.cause as Error | undefined)?.message ?? error.message),
    );
    if (sentence === null) continue;
    if (findings.test(sentence)) return sentence;
    others.add(sentence.split("\n", 1)[0] ?? "");
  }
  return [...others].join("\n");
}
