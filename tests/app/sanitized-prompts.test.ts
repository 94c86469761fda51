import { expect, test } from "bun:test";
import type { Choice, Prompts, TextOptions } from "../../lib/app/menu/prompts.ts";
import { sanitizedPrompts } from "../../lib/app/menu/sanitized-prompts.ts";
import type { MenuUpdate } from "../../lib/app/menu/updating-menu.ts";

test("no text in a menu can steer the terminal", async () => {
  const heard: unknown[] = [];
  const record =
    (verb: string) =>
    (...given: unknown[]) => {
      heard.push([verb, ...given]);
      return Promise.resolve(null);
    };
  const verbs = [
    ...["select", "text", "password", "confirm", "askLeave"],
    ...["intro", "info", "success", "warn", "note", "forCopying", "outro"],
  ];
  const inner = Object.fromEntries(verbs.map((verb) => [verb, record(verb)])) as unknown as Prompts;
  const prompts = sanitizedPrompts(inner);
  const evil = "a\x1b]0;b\x07\u009b2J\u202ec";
  await prompts.select(evil, [
    { value: evil, label: evil },
    { value: "plain", label: "녹차", hint: evil },
  ]);
  // The name that is offered may be one that a server gave.
  await prompts.text(evil, { initial: evil, hint: evil });
  await prompts.password(evil);
  await prompts.confirm(evil, evil, evil, false);
  await prompts.askLeave(evil, evil, evil);
  for (const verb of ["intro", "info", "success", "warn", "outro"] as const) prompts[verb](evil);
  prompts.note(evil, `${evil}\nsecond`);
  prompts.forCopying(`${evil}\nsecond`, evil);
  const shown = "a␛]0;b␇�2J�c";
  expect(heard).toEqual([
    // The value is for the program.
    [
      "select",
      shown,
      [
        { value: evil, label: shown },
        { value: "plain", label: "녹차", hint: shown },
      ],
      undefined,
    ],
    ["text", shown, { initial: shown, hint: shown }],
    ["password", shown, undefined],
    ["confirm", shown, shown, shown, false],
    ["askLeave", shown, shown, shown],
    ["intro", shown],
    ["info", shown],
    ["success", shown],
    ["warn", shown],
    ["outro", shown],
    ["note", shown, `${shown}\nsecond`],
    ["forCopying", `${shown}\nsecond`, shown],
  ]);
});

test("what is wrong with a typed text is said in text that can't steer the terminal either", async () => {
  const problems: (string | null | undefined)[] = [];
  const inner = {
    text: (_: string, options?: TextOptions) => {
      problems.push(options?.problem?.("typed"), options?.problem?.("fine"));
      return Promise.resolve(null);
    },
    password: (_: string, problem?: (typed: string) => string | null) => {
      problems.push(problem?.("typed"));
      return Promise.resolve(null);
    },
  } as unknown as Prompts;
  const prompts = sanitizedPrompts(inner);
  const problem = (typed: string) => (typed === "fine" ? null : `${typed}\x1b[2J`);
  await prompts.text("?", { problem });
  await prompts.password("?", problem);
  expect(problems).toEqual(["typed␛[2J", null, "typed␛[2J"]);
});

test("a list of choices without end is cut, and keeps the way back at its end", async () => {
  const shown: (readonly Choice<number>[])[] = [];
  const inner = {
    select: (
      _: string,
      choices: readonly Choice<number>[],
      __: unknown,
      update?: MenuUpdate<number>,
    ) => {
      shown.push(choices);
      update?.((changed) => shown.push(changed));
      return Promise.resolve(null);
    },
  } as unknown as Prompts;
  const choices = Array.from({ length: 20_000 }, (_, value) => ({ value, label: `${value}` }));
  await sanitizedPrompts(inner).select("?", choices, undefined, (show) => {
    show(choices);
    return () => {};
  });
  for (const list of shown) {
    expect(list).toHaveLength(500);
    expect([list[0]?.value, list.at(-1)?.value]).toEqual([0, 19_999]);
  }
  expect(shown).toHaveLength(2);
});
