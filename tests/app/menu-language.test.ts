import { expect, test } from "bun:test";
import { chooseLanguage } from "../../lib/app/menu/profile-menu.ts";
import { openChat } from "./open-chat.ts";

async function chooses(language: "en" | "ko", toml: string, trouble: "forbidden" | null = null) {
  const { app, memory } = await openChat("", { toml });
  memory.trouble = trouble;
  const warnings: string[] = [];
  const prompts = {
    select: async () => language,
    success() {},
    warn: (text: string) => warnings.push(text),
  };
  await chooseLanguage(Object.assign(Object.create(app), { prompts }));
  return { language: app.language, toml: memory.text, warnings };
}

test.each([
  ["", 'lang = "ko"\n'],
  ['lang = "en"\nmouse = false\n', 'lang = "ko"\nmouse = false\n'],
])(
  "the language that is chosen in the menu holds in later runs, too (client.toml: %j)",
  async (before, after) => {
    expect(await chooses("ko", before)).toEqual({ language: "ko", toml: after, warnings: [] });
  },
);

test("where client.toml can't be written the language holds for this run, and the user is told", async () => {
  const { language, toml, warnings } = await chooses("ko", 'lang = "en"\n', "forbidden");
  expect([language, toml]).toEqual(["ko", 'lang = "en"\n']);
  expect(warnings[0]).toContain("/home/mina/client.toml");
});
