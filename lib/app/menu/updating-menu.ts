import type { Choice } from "./prompts.ts";

/**
 * Changes the choices of an open menu. It is called once when the menu opens, and calls `show` with the new list
 * whenever it changes; the function that it returns is called when the question was answered.
 */
export type MenuUpdate<Value> = (show: (choices: readonly Choice<Value>[]) => void) => () => void;

/** The streams of an open menu, through which keys can be pressed and the menu redrawn. */
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
 * Lets an open @clack/prompts menu show other choices. The package draws from the array that it was given and
 * has no way to move the selection, so the array is changed in place, and the selection follows its choice by
 * the keys that a user would press. Owns `options`; no other code may change it.
 */
export class UpdatingMenu<Value> {
  readonly options: Option<Value>[];
  readonly #streams: Streams;
  #selected: Value | undefined;

  constructor(choices: readonly Choice<Value>[], streams: Streams) {
    this.#streams = streams;
    this.options = choices.map((choice) => this.#option(choice));
  }

  /** Replaces the choices. The same value stays selected; if it is gone, the choice at its index is. */
  show(choices: readonly Choice<Value>[]): void {
    const { input, output } = this.#streams;
    const isSelected = ({ value }: { readonly value: Value }): boolean => value === this.#selected;
    const oldIndex = Math.max(0, this.options.findIndex(isSelected));
    const newIndex = choices.findIndex(isSelected);
    this.options.splice(0, this.options.length, ...choices.map((choice) => this.#option(choice)));
    const press = (name: string): void => void input.emit("keypress", undefined, { name });
    if (newIndex === -1) {
      // Up and down again: the package reads the selected option only when the selection moves.
      press("up");
      if (oldIndex < this.options.length) press("down");
    }
    for (let index = oldIndex; index < newIndex; index++) press("down");
    for (let index = oldIndex; index > newIndex && newIndex !== -1; index--) press("up");
    output.emit("resize");
  }

  #option({ value, label, hint }: Choice<Value>): Option<Value> {
    const select = (): void => {
      this.#selected = value;
    };
    return {
      value,
      label,
      // The package reads the hint of the selected option only, each time that it draws.
      get hint() {
        select();
        return hint;
      },
    };
  }
}
