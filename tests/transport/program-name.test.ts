import { expect, test } from "bun:test";
import { programName } from "../../lib/transport/program-name.ts";

const BINARY = "/$bunfs/root/sodam";

test("a script is started by Bun", () => {
  expect(programName("server.ts")).toBe("bun server.ts");
  expect(programName("server.ts", "client.ts")).toBe("bun client.ts");
});

/** [how it was called, its own name, the client's] */
test.each([
  ["./sodam-server-linux-x64", "./sodam-server-linux-x64", "./sodam-client-linux-x64"],
  ["/opt/sodam/sodam-server", "./sodam-server", "./sodam-client"],
  ["sodam-server", "sodam-server", "sodam-client"],
  ["./chat", "./chat", "./sodam-client"],
  ["./my server", './"my server"', './"my client"'],
  // What a shell could take for itself is no part of a line that is to be copied.
  ["./$(id) server", "./sodam-server", "./sodam-client"],
  ["./a';id;'", "./sodam-server", "./sodam-client"],
])("%s names itself %s and the client %s", (argv0, own, client) => {
  const started = { main: BINARY, argv0, isWindows: false };
  expect(programName("server.ts", "server.ts", started)).toBe(own);
  expect(programName("server.ts", "client.ts", started)).toBe(client);
});

test("a binary on Windows has backslashes", () => {
  const started = {
    ...{ main: "B:\\~BUN\\root\\sodam.exe", isWindows: true },
    argv0: "C:\\sodam\\sodam-server-windows-x64.exe",
  };
  expect(programName("server.ts", "client.ts", started)).toBe(".\\sodam-client-windows-x64.exe");
});
