/** The name that was most likely meant, or null when none is close enough to be a slip. */
export function didYouMean(given: string, names: readonly string[]): string | null {
  let best: string | null = null;
  // A slip is a letter or two, and a third only in a long name.
  let least = Math.min(3, Math.floor(given.length / 3)) + 1;
  for (const name of names) {
    const steps = distance(given, name);
    if (steps < least) {
      least = steps;
      best = name;
    }
  }
  return best ?? names.find((name) => given.length > 4 && name.startsWith(given)) ?? null;
}

/** How many letters are added, dropped, changed or swapped with their neighbour between two words. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let steps = Math.min(change, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) steps = Math.min(steps, (before[j - 2] ?? 0) + 1);
      row.push(steps);
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
}
