import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";

/** Servers of other makes, as Debian has them. */
export type ForeignKind = "inspircd" | "inspircd with IRCv3" | "ngircd" | "ircd-hybrid";

/** Of InspIRCd's modules, those by which its clients have capabilities, accounts and services. */
const IRCV3_MODULES = [
  ..."cap ircv3 ircv3_accounttag ircv3_batch ircv3_capnotify ircv3_chghost ircv3_ctctags".split(
    " ",
  ),
  ..."ircv3_echomessage ircv3_invitenotify ircv3_labeledresponse ircv3_msgid ircv3_servertime".split(
    " ",
  ),
  ..."monitor namesx uhnames services_account".split(" "),
];
/** Their daemons refuse to run as root. */
const NOBODY = 65_534;

/** A server of another make on this machine, in plain text and with a folder of its own. */
export class ForeignServer {
  readonly port: number;
  readonly #process: Bun.Subprocess;
  readonly #folder: string;

  private constructor(port: number, process: Bun.Subprocess, folder: string) {
    this.port = port;
    this.#process = process;
    this.#folder = folder;
  }

  static async start(kind: ForeignKind): Promise<ForeignServer> {
    const folder = mkdtempSync(join(tmpdir(), "sodam-foreign-"));
    mkdirSync(join(folder, "log"));
    for (const path of [folder, join(folder, "log")]) chmodSync(path, 0o777);
    const port = freePort();
    const settings = join(folder, "server.conf");
    writeFileSync(settings, settingsOf(kind, port, folder));
    chmodSync(settings, 0o644);
    const asNobody =
      process.getuid?.() === 0
        ? ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"]
        : [];
    const server = Bun.spawn([...asNobody, ...commandOf(kind, settings, folder)], {
      cwd: folder,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const started = new ForeignServer(port, server, folder);
    await until(
      () => isListening(port),
      () => `${kind} never listened`,
    );
    return started;
  }

  async end(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function commandOf(kind: ForeignKind, settings: string, folder: string): string[] {
  switch (kind) {
    case "inspircd":
    case "inspircd with IRCv3":
      return [program("inspircd"), "--nofork", "--config", settings];
    case "ngircd":
      return [program("ngircd"), "-n", "-f", settings];
    case "ircd-hybrid":
      return [
        ...[program("ircd-hybrid"), "-foreground", "-configfile", settings],
        ...["-logfile", join(folder, "log", "ircd.log"), "-pidfile", join(folder, "pid")],
      ];
  }
}

function settingsOf(kind: ForeignKind, port: number, folder: string): string {
  switch (kind) {
    case "inspircd":
    case "inspircd with IRCv3": {
      const modules = kind === "inspircd" ? [] : IRCV3_MODULES;
      return `
<server name="irc.example.test" description="InspIRCd" network="Example">
<admin name="admin" nick="admin" email="admin@example.test">
<bind address="127.0.0.1" port="${port}" type="clients">
<connect allow="*" timeout="30" pingfreq="120" hardsendq="1M" softsendq="8192" recvq="16K" localmax="50" globalmax="50" fakelag="no">
<options defaultmodes="nt">
<path configdir="${folder}" datadir="${folder}" logdir="${folder}" runtimedir="${folder}">
<pid file="${join(folder, "pid")}">
${modules.map((name) => `<module name="${name}">`).join("\n")}
`;
    }
    case "ngircd":
      return `
[Global]
Name = irc.example.test
Info = ngIRCd
Listen = 127.0.0.1
Ports = ${port}
AdminInfo1 = admin
MotdPhrase = hello
[Limits]
MaxNickLength = 9
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
`;
    case "ircd-hybrid":
      return `
serverinfo { name = "irc.example.test"; description = "hybrid"; network_name = "Example"; network_description = "Example"; max_clients = 50; max_nick_length = 9; };
admin { name = "admin"; description = "admin"; email = "admin@example.test"; };
class { name = "users"; ping_time = 90 seconds; number_per_ip_local = 50; number_per_ip_global = 50; max_number = 50; sendq = 1 mbytes; recvq = 8000 bytes; };
auth { user = "*@*"; class = "users"; flags = exceed_limit, can_flood; };
listen { host = "127.0.0.1"; port = ${port}; };
general { disable_auth = yes; throttle_count = 1000; throttle_time = 1 second; };
`;
  }
}

/** Daemons are where only root's shells look. */
function program(name: string): string {
  const path = Bun.which(name, { PATH: `${process.env["PATH"]}:/usr/sbin:/usr/local/sbin` });
  if (path === null) throw new Error(`${name} is not installed: .ci/run says from where`);
  return path;
}

function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

async function isListening(port: number): Promise<true | null> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return null;
  }
}
