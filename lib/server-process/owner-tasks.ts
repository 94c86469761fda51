import { roomId } from "../chat-server/rooms/room.ts";
import { Server } from "../chat-server/server.ts";
import { PasswordQueue } from "../file-manager/accounts/password-queue.ts";
import { hasFolder } from "../file-manager/check-folder.ts";
import { openDataFolder } from "../file-manager/data-folder.ts";
import { fsErrorText } from "../file-manager/disk/fs-errors.ts";
import { readFirstLine } from "../file-manager/disk/text-file.ts";
import { runMaintenance } from "../file-manager/maintenance/maintenance.ts";
import { AccountStore } from "../member-server/account-store.ts";
import { type ServerSettings, serverHelp, serverOptions } from "../settings/server-settings.ts";
import { type ServerTask, tasksHelp } from "../settings/server-task.ts";
import { VERSION } from "../settings/settings-help.ts";
import { systemUser } from "../transport/admin-connection.ts";
import { elapsed } from "../transport/clock.ts";
import { makeIds } from "../transport/ids.ts";
import { programName } from "../transport/program-name.ts";
import { exitWithError } from "../transport/shutdown.ts";
import { languageOf, print } from "./process-output.ts";

const PROGRAM = programName("server.ts");

/** Prints what a flag such as `--help` asks for, in place of serving. */
export async function show(what: "help" | "version" | "hash-password"): Promise<void> {
  if (what === "help") return print(`${serverHelp(PROGRAM)}\n${tasksHelp()}`);
  if (what === "version") return print(`sodam ${VERSION}`);
  if (process.stdin.isTTY)
    process.stderr.write("Type the password and press Enter (it is shown): ");
  const hash = await new PasswordQueue().hash(await readFirstLine());
  if (hash === null)
    return exitWithError(
      ["A password has 1 to 300 bytes, and no control or invisible characters."],
      2,
    );
  print(hash);
}

/** Runs one of the owner's tasks in place of the server. */
export async function runTask(task: ServerTask, settings: ServerSettings): Promise<void> {
  const { data, certs } = settings;
  if (task.fromLeader === true) {
    const { restoreFromLeader } = await import("./node/restore-from-leader.ts");
    return restoreFromLeader(settings);
  }
  const random = makeIds();
  // Dates are moved in rooms.json and users.json alone.
  const problem = task.name === "mend-dates" && task.mend ? await foldJournals(settings) : null;
  if (problem !== null) return exitWithError([problem], 1);
  const { lines, ok } = await runMaintenance(task, {
    ...{ data, certs, makeStore: AccountStore.of, newId: random.id, now: Date.now },
    user: systemUser(),
    newRoomId: (room) => roomId(room, random.id()),
    language: languageOf(settings),
  });
  if (ok) print(lines.join("\n"));
  else exitWithError(lines, 1);
}

/** Starts and stops a server that nobody can reach, so that its files hold all of its state. Returns a problem. */
async function foldJournals(settings: ServerSettings): Promise<string | null> {
  if (!hasFolder(settings.data)) return `There is no folder ${settings.data}.`;
  let problem = `${settings.data}/rooms.json could not be written. Put that right, and try again.`;
  const onProblem = (text: string): void => {
    problem = text;
  };
  const data = await openDataFolder(settings.data, {
    ...{ ...settings, makeStore: AccountStore.of, onProblem },
  });
  if ("refused" in data) return data.refused;
  const random = makeIds();
  const server = new Server(
    serverOptions(settings, VERSION, random.digest),
    {
      ...{ clock: { now: Date.now, elapsed }, random, note: onProblem },
      ...{ append: () => false, appendPerson: () => false, ask: () => {} },
    },
    AccountStore.of(data.accountRecords),
    data.restored,
  );
  try {
    return (await data.saveAll(() => server.snapshotSource())) ? null : problem;
  } catch (error) {
    return `rooms.json could not be written: ${fsErrorText(error)}.`;
  } finally {
    await data.close();
  }
}
