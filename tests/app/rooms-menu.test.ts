import { expect, test } from "bun:test";
import type { App } from "../../lib/app/app-context.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { chooseRoom } from "../../lib/app/menu/rooms-menu.ts";
import { fold } from "../../lib/protocol/names.ts";
import { openChat } from "./open-chat.ts";

/** Chooses "Direct message", types a text, and returns what the prompt says to it and where the menu leads. */
async function writesTo(typed: string) {
  const { connection } = await openChat();
  let problem = null as string | null;
  const choices = ["direct", "quit"];
  const prompts = {
    info: () => {},
    confirm: () => Promise.resolve(true),
    select: () => Promise.resolve(choices.shift()),
    text: (_: string, options: { problem: (text: string) => string | null }) => {
      problem = options.problem(typed);
      return Promise.resolve(problem === null ? typed : null);
    },
  };
  const app = { prompts, words: wordsFor("en") } as unknown as App;
  const account = { isOwner: false, invitedRooms: [] };
  return { choice: await chooseRoom(app, connection, fold("#tea"), account), problem };
}

test("a direct message goes to a nick, also to a service and with an @", async () => {
  for (const typed of ["jun", "@jun", " 민수 ", "NickServ"]) {
    const { choice, problem } = await writesTo(typed);
    expect(problem).toBeNull();
    expect(choice).toEqual({ kind: "chat", to: fold(typed.trim().replace(/^@/, "")) });
  }
});

test("a direct message to what is no nick is refused where it is typed", async () => {
  for (const typed of ["/join #vault", "#vault", "jun, mina", "jun!j@h"]) {
    expect(await writesTo(typed)).toEqual({
      choice: { kind: "quit" },
      problem: wordsFor("en").nameProblem.letters,
    });
  }
  expect((await writesTo(" @ ")).problem).toBe(wordsFor("en").nameProblem.empty);
});

test("a guest leaves, and only somebody with an account logs out", async () => {
  for (const [account, label] of [
    [null, "Leave this server"],
    ["mina", "Log out"],
  ]) {
    const { connection, hears } = await openChat();
    if (account !== null) hears(`:s 900 mina mina!m@h ${account} :You are now logged in`);
    let labels: string[] = [];
    const prompts = {
      info: () => {},
      select: (_: string, choices: { value: unknown; label: string }[]) => {
        labels = choices.map((choice) => choice.label);
        return Promise.resolve("log-out");
      },
    };
    const app = { prompts, words: wordsFor("en") } as unknown as App;
    const info = { isOwner: false, invitedRooms: [] };
    expect(await chooseRoom(app, connection, fold("#tea"), info)).toEqual({ kind: "log-out" });
    expect(labels.filter((each) => each.startsWith("Lo") || each.startsWith("Le"))).toEqual([
      label ?? "",
    ]);
  }
});
