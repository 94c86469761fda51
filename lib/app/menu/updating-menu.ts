import type { Choice } from "./prompts.ts";

/**
 * Choices that may change while a menu stands: `show` draws others. What comes back is called when
 * the question is answered.
 */
export type MenuUpdate<Value> = (show: (choices: readonly Choice<Value>[]) => void) => () => void;

/** The keys and the window's size, as far as an open menu listens to them. */
interface Streams {
  readonly input: { emit(event: "keypress", typed: undefined, key: { name: string }): boolean };
  readonly output: { emit(event: "resize"): boolean };
}

interface Option<Value> {
  readonly value: Value;
  readonly label: string;
  readonly hint: string | undefined;
}

/**
 * An open menu of @clack/prompts that can be given other choices. The package draws from the list
 * that it was given and has no door to its mark, so the list itself changes, and the mark is led
 * after its choice by the keys that a person would press.
 */
export class UpdatingMenu<Value> {
  readonly options: Option<Value>[];
  readonly #streams: Streams;
  #marked: Value | undefined;

  constructor(choices: readonly Choice<Value>[], streams: Streams) {
    this.#streams = streams;
    this.options = choices.map((choice) => this.#option(choice));
  }

  /** The same value stays marked; where it is gone, the choice that has its place. */
  show(choices: readonly Choice<Value>[]): void {
    const { input, output } = this.#streams;
    const isMarked = ({ value }: { readonly value: Value }): boolean => value === this.#marked;
    const was = Math.max(0, this.options.findIndex(isMarked));
    const now = choices.findIndex(isMarked);
    this.options.splice(0, this.options.length, ...choices.map((choice) => this.#option(choice)));
    const press = (name: string): void => void input.emit("keypress", undefined, { name });
    if (now === -1) {
      // Up and down again: the package looks at what is marked only when the mark moves.
      press("up");
      if (was < this.options.length) press("down");
    }
    for (let at = was; at < now; at++) press("down");
    for (let at = was; at > now && now !== -1; at--) press("up");
    output.emit("resize");
  }

  #option({ value, label, hint }: Choice<Value>): Option<Value> {
    const mark = (): void => {
      this.#marked = value;
    };
    return {
      value,
      label,
      // Asked for when the marked choice is drawn, and of no other.
      get hint() {
        mark();
        return hint;
      },
    };
  }
}
