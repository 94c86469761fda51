import { afterAll, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatLink } from "../../lib/protocol/server-link.ts";
import { CLIENT, ROOT, run } from "../e2e/program.ts";
import { PASSWORD } from "./client.ts";
import { MINAS_PASSWORD, ROOM, Stage } from "./stage.ts";
import { WEECHAT } from "./weechat.ts";

const stage = new Stage("--sign-up", "open");
afterAll(() => stage.end());

test("who reads a file's link in WeeChat fetches the file by it, on a machine that never knew the server", async () => {
  const mina = await stage.open();
  const { server, folder } = stage;
  const weechat = await WEECHAT.start(stage, { ...server.link, invitation: null });
  await weechat.signUp();
  await weechat.screen.types(`/join ${ROOM}`);
  await mina.hears(`:${WEECHAT.nick}!`);
  await weechat.goTo(ROOM);

  const path = join(folder, "고구마 굽는 법.txt");
  const recipe = "180도에서 40분.\n".repeat(5000);
  writeFileSync(path, recipe);
  const link = formatLink({ ...server.link, invitation: null, room: null });
  const sending = ["send", ROOM, "요리법이에요", "--file", path, "--account", "mina"];
  const minasHome = join(folder, "home of mina");
  mkdirSync(minasHome);
  const sent = await run([...CLIENT, link, ...sending], {
    cwd: minasHome,
    env: { HOME: minasHome, SODAM_PASSWORD: MINAS_PASSWORD },
  });
  expect(sent).toMatchObject({ code: 0 });

  const row = await weechat.screen.shows("sodam://");
  expect(row).toContain("요리법이에요 — 고구마 굽는 법.txt (");
  const [fileLink = ""] = /sodam:\/\/\S+/.exec(row) ?? [];

  const home = join(folder, "home");
  mkdirSync(home);
  const output = join(home, "recipe.txt");
  const options = { cwd: ROOT, env: { HOME: home, SODAM_PASSWORD: PASSWORD } };
  const getting = ["get", fileLink, "-o", output, "--account", WEECHAT.nick];
  const asked = await run([...CLIENT, ...getting], options);
  // It shows whose certificate that is, and the command that trusts it.
  expect(asked.code).toBe(3);
  const [, command = ""] = /^ {2}bun client\.ts (.*)$/m.exec(asked.stderr) ?? [];
  expect(command).toContain(server.link.fingerprint ?? "none");
  const line = [...CLIENT.map((word) => `'${word}'`), command].join(" ");
  const fetched = await run(["sh", "-c", line], options);
  expect(fetched).toMatchObject({ code: 0 });
  expect(readFileSync(output, "utf8")).toBe(recipe);
});
