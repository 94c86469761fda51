/**
 * Counts the steps of a piece of code without a clock: what it reads from maps and sets, each turn of a loop over a
 * collection, the entries of an array that a method looks at, and the bytes that become text or buffers. It is done
 * by wrapping the methods of the built-in classes while the code runs, so the code must not wait.
 */

/** Bytes that count as one step: copying is cheap. */
const BYTES_PER_STEP = 64;

// biome-ignore lint/suspicious/noExplicitAny: methods of built-in classes, each with its own type
type Method = (this: any, ...args: any[]) => unknown;

const ITERATORS: readonly object[] = [
  new Map().values(),
  new Set().values(),
  [].values(),
  "".matchAll(/x/g),
  (function* () {})(),
].map((iterator) => protoWithNext(iterator));

const BY_LENGTH =
  "map filter forEach some every find findIndex findLast findLastIndex includes indexOf reduce flatMap flat " +
  "slice concat join sort toSorted toReversed splice shift unshift";

let steps = 0;

/** Returns how many steps `run` takes: the same number each time. */
export function countSteps(run: () => void): number {
  const undo: (() => void)[] = [];
  const wrap = (target: object, name: string, cost: (self: never, args: never) => number): void => {
    const original = Reflect.get(target, name) as Method | undefined;
    if (original === undefined) return;
    const wrapped: Method = function (...args) {
      steps += cost(this as never, args as never);
      return original.apply(this, args);
    };
    Object.defineProperty(target, name, { value: wrapped, writable: true, configurable: true });
    undo[undo.length] = () =>
      Object.defineProperty(target, name, { value: original, writable: true, configurable: true });
  };
  for (const name of ["get", "set", "has", "delete", "add"]) {
    for (const type of [Map, Set, WeakMap]) wrap(type.prototype, name, () => 1);
  }
  for (const type of [Map, Set]) wrap(type.prototype, "forEach", ({ size }: Set<unknown>) => size);
  for (const iterator of ITERATORS) wrap(iterator, "next", () => 1);
  for (const name of BY_LENGTH.split(" ")) {
    wrap(Array.prototype, name, ({ length }: readonly unknown[]) => length);
  }
  wrap(Array, "from", (_, [list]: [ArrayLike<unknown>]) => list.length ?? 0);
  wrap(Buffer, "from", (_, [bytes]: [ArrayLike<number>]) => bytes.length / BYTES_PER_STEP);
  for (const name of ["split", "replace", "replaceAll", "normalize", "toLowerCase"]) {
    wrap(String.prototype, name, ({ length }: string) => length / BYTES_PER_STEP);
  }
  steps = 0;
  try {
    run();
  } finally {
    for (let i = undo.length - 1; i >= 0; i -= 1) undo[i]?.();
  }
  return Math.round(steps);
}

function protoWithNext(iterator: object): object {
  let proto: object = Object.getPrototypeOf(iterator);
  while (!Object.hasOwn(proto, "next")) proto = Object.getPrototypeOf(proto);
  return proto;
}
