import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfSigned } from "../../lib/file-manager/certificates/self-signed.ts";
import { until } from "./until.ts";

/** Servers of other makes, as Debian has them. */
export type ForeignKind =
  | "inspircd"
  | "inspircd with IRCv3"
  /** Over TLS, and with NickServ in place of SASL. */
  | "inspircd with Anope"
  | "ngircd"
  | "ircd-hybrid";

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
/** What Anope asks of InspIRCd, and how clients' certificates get to it. */
const SERVICES_MODULES =
  "spanningtree services_account hidechans svshold chghost chgident cban sslinfo ssl_gnutls globops";
/** Their daemons refuse to run as root. */
const HOUR_MS = 3_600_000;
const NOBODY = 65_534;

/** A server of another make on this machine, in plain text and with a folder of its own. */
export class ForeignServer {
  readonly port: number;
  readonly #processes: readonly Bun.Subprocess[];
  readonly #folder: string;

  private constructor(port: number, processes: readonly Bun.Subprocess[], folder: string) {
    this.port = port;
    this.#processes = processes;
    this.#folder = folder;
  }

  static async start(kind: ForeignKind): Promise<ForeignServer> {
    const folder = mkdtempSync(join(tmpdir(), "sodam-foreign-"));
    mkdirSync(join(folder, "log"));
    for (const path of [folder, join(folder, "log")]) chmodSync(path, 0o777);
    const port = freePort();
    const servicesPort = freePort();
    const settings = join(folder, "server.conf");
    writeFileSync(settings, settingsOf(kind, port, folder, servicesPort));
    if (kind === "inspircd with Anope") {
      const now = Date.now();
      const { cert, key } = selfSigned({
        ...{ commonName: "irc.example.test", names: ["127.0.0.1"], use: "server" },
        ...{ from: now - HOUR_MS, until: now + HOUR_MS },
      });
      writeFileSync(join(folder, "cert.pem"), cert);
      writeFileSync(join(folder, "key.pem"), key);
      writeServicesFiles(folder, servicesPort);
      // Anope translates only under the locale en_US, which bare machines don't have.
      cpSync("/usr/lib/locale/C.utf8", join(folder, "locales", "en_US"), { recursive: true });
    }
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (statSync(path).isFile()) chmodSync(path, 0o644);
    }
    const processes = [run(commandOf(kind, settings, folder), folder)];
    const started = new ForeignServer(port, processes, folder);
    await until(
      () => isListening(port),
      () => `${kind} never listened`,
    );
    if (kind === "inspircd with Anope") {
      const folders = [`--confdir=${folder}`, `--dbdir=${folder}`, `--logdir=${folder}`];
      processes.push(
        run(
          [
            program("anope"),
            "--nofork",
            "--nothird",
            "--localedir=/usr/share/anope/locale",
            ...folders,
            "--modulesdir=/usr/lib/anope",
          ],
          folder,
        ),
      );
    }
    return started;
  }

  async end(): Promise<void> {
    for (const process of this.#processes) process.kill("SIGKILL");
    await Promise.all(this.#processes.map((process) => process.exited));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Runs a daemon, which refuses to be root's. */
function run(command: readonly string[], folder: string): Bun.Subprocess {
  const asNobody =
    process.getuid?.() === 0
      ? ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"]
      : [];
  return Bun.spawn([...asNobody, ...command], {
    cwd: folder,
    env: { ...process.env, LOCPATH: join(folder, "locales") },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
}

/** Debian's settings of NickServ, and around them as little as Anope starts with. */
function writeServicesFiles(folder: string, port: number): void {
  copyFileSync("/etc/anope/nickserv.conf", join(folder, "nickserv.conf"));
  writeFileSync(join(folder, "services.motd"), "");
  writeFileSync(
    join(folder, "services.conf"),
    `
define { name = "services.host"; value = "services.example.test" }
uplink { host = "127.0.0.1"; ipv6 = no; port = ${port}; password = "link" }
serverinfo { name = "services.example.test"; description = "Services"; pid = "${join(folder, "services.pid")}"; motd = "services.motd" }
module { name = "inspircd3"; use_server_side_mlock = no; use_server_side_topiclock = no }
networkinfo { networkname = "Example"; nicklen = 31; userlen = 10; hostlen = 64; chanlen = 32; modelistsize = 100; vhost_chars = "ABC"; allow_undotted_vhosts = no; disallow_start_or_end = "-." }
options { casemap = "ascii"; seed = 9866235; badpasslimit = 5; badpasstimeout = 1h; updatetimeout = 5m; expiretimeout = 30m; readtimeout = 5s; warningtimeout = 4h; timeoutcheck = 3s; retrywait = 1s; defaultlanguage = "en"; languages = "de_DE.UTF-8 es_ES.UTF-8" }
module { name = "db_flatfile"; database = "anope.db"; keepbackups = 0 }
module { name = "enc_sha256" }
module { name = "help" }
include { type = "file"; name = "nickserv.conf" }
`,
  );
}

function commandOf(kind: ForeignKind, settings: string, folder: string): string[] {
  switch (kind) {
    case "inspircd":
    case "inspircd with IRCv3":
    case "inspircd with Anope":
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

function settingsOf(kind: ForeignKind, port: number, folder: string, servicesPort: number): string {
  switch (kind) {
    case "inspircd":
    case "inspircd with IRCv3":
    case "inspircd with Anope": {
      const hasServices = kind === "inspircd with Anope";
      const modules = hasServices
        ? SERVICES_MODULES.split(" ")
        : kind === "inspircd"
          ? []
          : IRCV3_MODULES;
      const services = `
<bind address="127.0.0.1" port="${servicesPort}" type="servers">
<link name="services.example.test" ipaddr="127.0.0.1" port="${servicesPort}" allowmask="127.0.0.1" sendpass="link" recvpass="link">
<uline server="services.example.test" silent="yes">
<sslprofile name="tls" provider="gnutls" certfile="${join(folder, "cert.pem")}" keyfile="${join(folder, "key.pem")}" requestclientcert="yes" hash="sha256">`;
      return `
<server name="irc.example.test" description="InspIRCd" network="Example">
<admin name="admin" nick="admin" email="admin@example.test">
<bind address="127.0.0.1" port="${port}" type="clients"${hasServices ? ' sslprofile="tls"' : ""}>
<connect allow="*" timeout="30" pingfreq="120" hardsendq="1M" softsendq="8192" recvq="16K" localmax="50" globalmax="50" threshold="1000" commandrate="10000" fakelag="no">
<options defaultmodes="nt" casemapping="${hasServices ? "ascii" : "rfc1459"}">
<path configdir="${folder}" datadir="${folder}" logdir="${folder}" runtimedir="${folder}">
<pid file="${join(folder, "pid")}">
${modules.map((name) => `<module name="${name}">`).join("\n")}
${hasServices ? services : ""}
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

/** Returns a port on which nothing listens now. */
export function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

/** Resolves to true when something listens on a port, and else to null. */
export async function isListening(port: number): Promise<true | null> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return null;
  }
}
