import { expect, test } from "bun:test";
import { PassThrough, Writable } from "node:stream";
import * as clack from "@clack/prompts";
import type { Choice } from "../../lib/app/menu/prompts.ts";
import { UpdatingMenu } from "../../lib/app/menu/updating-menu.ts";

/** Opens a menu of the package itself, on streams without a terminal. */
function open(choices: readonly Choice<string>[], initialValue: string) {
  const input = Object.assign(new PassThrough(), { isTTY: false });
  const output = new Window();
  const menu = new UpdatingMenu(choices, { input, output });
  const answer = clack.select<string>({
    input,
    output,
    message: "Which?",
    options: menu.options as { value: string; label: string }[],
    initialValue,
    showInstructions: false,
  });
  const press = (name: string) => input.emit("keypress", undefined, { name });
  return { menu, answer, press, output };
}

class Window extends Writable {
  readonly columns = 80;
  readonly rows = 24;
  text = "";

  override _write(chunk: Uint8Array, _: string, done: () => void): void {
    this.text += new TextDecoder().decode(chunk);
    done();
  }
}

const named = (...names: string[]) => names.map((name) => ({ value: name, label: `a ${name}` }));

test("the selection stays on its choice when others appear and disappear above it", async () => {
  const { menu, answer, press, output } = open(named("apple", "pear", "plum"), "apple");
  press("down");
  menu.show(named("fig", "quince", "apple", "pear", "plum"));
  expect(output.text).toContain("a quince");
  menu.show(named("pear", "plum", "kiwi"));
  menu.show(named("apple", "kiwi", "plum", "pear"));
  press("return");
  expect(await answer).toBe("pear");
});

test("when the selected choice disappears, the answer is the one that is selected then", async () => {
  const { menu, answer, press } = open(named("apple", "pear", "plum"), "pear");
  menu.show(named("apple", "plum"));
  press("return");
  expect(await answer).toBe("plum");
});

test("when the last choice disappears, the one before it is selected", async () => {
  const { menu, answer, press } = open(named("apple", "pear"), "pear");
  menu.show(named("apple"));
  press("return");
  expect(await answer).toBe("apple");
});
