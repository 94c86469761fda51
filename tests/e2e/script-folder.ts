/** A person's scripts, and what they see of them: with the script client.ts, and with the binary. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ko } from "../../lib/app/i18n/ko.ts";
import type { startServer } from "./house.ts";
import { Person } from "./person.ts";
import type { Folder } from "./program.ts";

const { rooms, scripts } = ko;

const SOURCES: Readonly<Record<string, string>> = {
  "greet.ts": `
import type { Sodam } from "./sodam.d.ts";
import { greeting } from "./words.ts";

enum Count { First = 1 }

export default (sodam: Sodam): void => {
  sodam.command({ name: "greet", help: "say hello", run: (rest, place) => place.say(\`\${greeting} \${rest}\`) });
  sodam.beforeSent((text) => text.replaceAll(":tea:", "🍵"));
  sodam.beforeShown(({ text }) => (text.includes("비밀") ? { fold: "접음" } : undefined));
  sodam.status(\`인사 \${Count.First}\`);
  console.log("출력", { a: 1 });
};
`,
  "words.ts": `export const greeting: string = "안녕,";\nexport default (): void => {};\n`,
  "stray.ts": `
import type { Sodam } from "./sodam.d.ts";

export default (sodam: Sodam): void => {
  sodam.command({
    name: "stray",
    help: "throw where nobody awaits",
    run: () => void setTimeout(() => {
      throw new Error("stray timer");
    }, 1),
  });
};
`,
  "broken.ts": "export default () => {\n  const = 3;\n};\n",
};

/** Puts scripts into a person's folder, opens the chat and looks at what they do. */
export async function usesScripts(
  server: Awaited<ReturnType<typeof startServer>>,
  folder: Folder,
  program?: readonly string[],
  /** A room that is there, as links name it; null: the person makes one. */
  room: string | null = null,
): Promise<void> {
  const path = join(folder.at("home of 수아"), "sodam", "scripts");
  mkdirSync(path, { recursive: true, mode: 0o700 });
  for (const [name, source] of Object.entries(SOURCES)) {
    writeFileSync(join(path, name), source, { mode: 0o600 });
  }
  writeFileSync(join(path, "open.ts"), SOURCES["words.ts"] ?? "");
  chmodSync(join(path, "open.ts"), 0o666);
  const link = room === null ? server.link : `${server.link}/room64-${room}`;
  using sua = new Person("수아", link, folder, {}, [], program);
  await sua.signsUp();
  if (room === null) {
    await sua.answers(rooms.title("수아"), "");
    await sua.answers(rooms.newName, "차");
    await sua.answers(rooms.topicOf, "");
    await sua.answers(rooms.publicly, "");
  }
  await sua.reads(/greet: 출력 \{ a: 1 \}/);
  await sua.reads(/broken.*\(broken\.ts:2\)/);
  await sua.reads(/스크립트 open: .*고칠 수 있어서/);
  await sua.reads(/인사 1/);
  sua.types("/greet 지은");
  await sua.reads(/나 +안녕, 지은/);
  sua.types(":tea: 마실래요?");
  await sua.reads(/🍵 마실래요\?/);
  sua.types("비밀이에요");
  await sua.reads(new RegExp(RegExp.escape(scripts.folded("접음"))));
  sua.types("/스크립트");
  await sua.reads(new RegExp(`broken: ${scripts.states.failed}`));
  await sua.reads(new RegExp(`greet: ${scripts.states.on} · /greet`));
  // An error that no call of ours is around: the script is named, and the chat goes on.
  sua.types("/stray");
  await sua.reads(new RegExp(RegExp.escape(scripts.failed("stray", "stray timer (stray.ts:"))));
  sua.types("아직 있어요");
  await sua.reads(/✓ .*아직 있어요/);
  // What was changed is loaded anew, with what it imports.
  writeFileSync(
    join(path, "words.ts"),
    `export const greeting = "반가워,";\nexport default () => {};\n`,
  );
  sua.types("/스크립트 다시 greet");
  await sua.reads(new RegExp(RegExp.escape(scripts.running("greet"))));
  sua.types("/greet 지은");
  await sua.reads(/✓ .*반가워, 지은/);
  sua.types("/스크립트 끄기 greet");
  await sua.reads(new RegExp(RegExp.escape(scripts.stopped("greet"))));
  sua.types(":tea:");
  await sua.reads(/✓ .*:tea:/);
  await sua.reads(/✓ .*비밀이에요/);
}
