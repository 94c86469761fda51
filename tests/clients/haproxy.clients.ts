import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { RunningServer } from "./running-server.ts";
import { until } from "./until.ts";

/** haproxy in front of the server: it ends TLS, and says by PROXY v1 or v2 whose connections it passes on. */

/** A client's own address on loopback, which only the PROXY header can tell the server. */
const CLIENT = "127.0.0.7";

let folder: string;
let server: RunningServer;
let haproxy: Bun.Subprocess;
const ports = { v1: freePort(), v2: freePort() };

function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

function frontend(name: "v1" | "v2", target: string, options: string): string {
  return `
frontend ${name}
  bind 127.0.0.1:${ports[name]} ssl crt ${join(folder, "both.pem")}
  default_backend to-${name}
backend to-${name}
  server sodam ${target} ${options}
`;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sodam-haproxy-"));
  server = new RunningServer(folder, ["--proxy", "127.0.0.1:0"]);
  await server.start();
  const started = readFileSync(join(folder, "server.log"), "utf8");
  const port = /Proxies connect to 127\.0\.0\.1 port (\d+)/.exec(started)?.[1] ?? "";
  const pem = ["cert.pem", "key.pem"].map((name) => readFileSync(join(folder, "certs", name)));
  writeFileSync(join(folder, "both.pem"), pem.join("\n"));
  const config = join(folder, "haproxy.cfg");
  writeFileSync(
    config,
    `defaults
  mode tcp
  timeout connect 5s
  timeout client 30s
  timeout server 30s
${frontend("v1", `127.0.0.1:${port}`, "send-proxy")}
${frontend("v2", `127.0.0.1:${port}`, "send-proxy-v2-ssl check check-send-proxy inter 500ms")}`,
  );
  haproxy = Bun.spawn(["haproxy", "-db", "-f", config], { stdout: "ignore", stderr: "ignore" });
});
afterAll(async () => {
  haproxy.kill();
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** Connects by TLS to haproxy and sends lines; resolves to what was received before the connection ended. */
async function through(port: number, lines: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let received = "";
  const options = { port, host: "127.0.0.1", localAddress: CLIENT, rejectUnauthorized: false };
  const socket = connect(options, () => socket.write(lines.map((line) => `${line}\r\n`).join("")));
  socket.on("data", (bytes) => {
    received += bytes.toString();
  });
  socket.on("error", reject);
  socket.on("close", () => resolve(received));
  return promise;
}

test.each(["v1", "v2"] as const)(
  "by PROXY %s the server knows the client's address",
  async (name) => {
    const failures = (): number =>
      readFileSync(join(folder, "server.log.errors"), "utf8").split(
        `log-in failed: from ${CLIENT} by password as "": wrong password`,
      ).length - 1;
    const before = failures();
    const lines = ["NICK eve", "USER eve 0 * :eve", `NS IDENTIFY ${name} guess`, "QUIT"];
    const received = await until(
      () => through(ports[name], lines).catch(() => null),
      () => "haproxy never passed a connection on",
    );
    expect(received).toContain("Wrong name or password");
    expect(failures()).toBe(before + 1);
    const log = readFileSync(join(folder, "server.log.errors"), "utf8");
    expect(log).not.toMatch(/PROXY (header|line)/);
  },
);
