import { describe, expect, test } from "bun:test";
import { signUp, startServer } from "../e2e/house.ts";
import { Folder, SERVER } from "../e2e/program.ts";

/**
 * A few of the errors of tests/faults, given by the kernel itself: strace lets system calls fail. The server
 * starts, and two people talk.
 */

/** The server with a system call that fails. By -D it is the process itself, and strace its child. */
function straced(call: string, code: string, when = "1+"): readonly string[] {
  const inject = `inject=${call}:error=${code}:when=${when}`;
  return [
    "strace",
    "-D",
    "-f",
    "-qq",
    "-o",
    "/dev/null",
    "-e",
    `trace=${call}`,
    "-e",
    inject,
    ...SERVER,
  ];
}

/** Returns what the server logs besides the log-ins. */
async function talk(command: readonly string[]): Promise<string> {
  using folder = new Folder();
  await using server = await startServer(folder, ["--sign-up", "open"], command);
  await using mina = await signUp(server, "mina");
  await using jun = await signUp(server, "jun");
  for (const person of [mina, jun]) {
    person.says("JOIN #tea");
    await person.hears(/ 366 /);
  }
  mina.says("PRIVMSG #tea :hello");
  await jun.hears(/PRIVMSG #tea :hello$/);
  return server.program.stderr.replaceAll(/^.* info: log-in: from .*\n/gm, "");
}

describe("a server starts, and people talk", () => {
  test.each(["EINVAL", "EOPNOTSUPP", "EACCES"])(
    "where no folder can be synced (%s)",
    async (code) => {
      // Files are synced by fdatasync.
      const log = await talk(straced("fsync", code));
      expect(log.match(/can't sync folders/g)).toHaveLength(1);
    },
  );

  test("where no file can be synced", async () => {
    const log = await talk(straced("fdatasync", "EINVAL"));
    expect(log.match(/can't sync files/g)).toHaveLength(1);
  });

  test.each(["EPERM", "EOPNOTSUPP", "EMLINK", "ENOSYS"])(
    "where there are no hard links (%s)",
    async (code) => {
      expect(await talk(straced("link,linkat", code))).toBe("");
    },
  );

  test.each(["EPERM", "EOPNOTSUPP", "EINVAL"])(
    "where a folder can have no sockets (%s)",
    async (code) => {
      // The first socket is the lock's; later ones are the server's ports.
      expect(await talk(straced("bind", code, "1"))).toBe("");
    },
  );

  test("where the machine's addresses can't be listed", async () => {
    // Listing them is the first thing for which a start opens a netlink socket.
    expect(await talk(straced("sendto", "EPERM", "1"))).toBe("");
  });
});
