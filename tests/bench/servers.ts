import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onServerCore } from "./cores.ts";
import { connect, Peer, type Target } from "./load.ts";
import { family } from "./procfs.ts";

/** A running server, on loopback, with its own empty state. */
export interface Running {
  readonly name: string;
  readonly pid: number;
  readonly tls: Target;
  readonly plain: Target;
  /** Ends the process, and waits for its end. */
  stop(): Promise<void>;
}

/** How to start one kind of server: everything that its configuration needs stands in `files`. */
interface ServerKind {
  /** Whether this machine has it; the reason when not. */
  missing(): string | null;
  /** The largest burst that can be measured with it. */
  readonly burstMax: number;
  prepare(place: Place): void;
  command(place: Place): string[];
}

/** Where one server lives: a temporary folder, two free ports, a certificate. */
export interface Place {
  readonly folder: string;
  readonly tlsPort: number;
  readonly plainPort: number;
  /** How many gateways Sodam has, where it is measured with gateways. */
  readonly gateways: number;
  /** A data folder that Sodam begins with, which is copied; `null` for none. */
  readonly data: string | null;
  /** Whether Sodam can be told to collect its garbage: see collect.ts. */
  readonly collects: boolean;
  /** Whether Sodam hashes passwords at its normal cost. */
  readonly hashes: boolean;
}

/** How Sodam is measured. */
export type PlaceOptions = Partial<Pick<Place, "gateways" | "collects" | "data" | "hashes">>;

/** More connections than the largest scenario opens; every server is allowed this many. */
const CONNECTIONS_MAX = 100_000;
const COLLECT_CHECK_MS = 50;
/** The name of the cluster that is measured. */
export const BENCH_CLUSTER = "bench";

export const SERVERS = {
  sodam: {
    burstMax: Infinity,
    missing: () => null,
    prepare: () => {},
    command: sodamCommand,
  },
  "sodam-gateways": {
    burstMax: Infinity,
    missing: () => null,
    prepare: () => {},
    command: (place) => [...sodamCommand(place), "--gateways", String(place.gateways)],
  },
  "sodam-nats": {
    burstMax: Infinity,
    missing: () => natsProgram(),
    prepare: () => {},
    command: (place) => withNats(place, 1),
  },
  "sodam-nats-3": {
    burstMax: Infinity,
    missing: () => natsProgram(),
    prepare: () => {},
    command: (place) => withNats(place, 3),
  },
  bare: {
    burstMax: Infinity,
    missing: () => null,
    prepare: ({ folder }) => makeCertificate(folder),
    command: ({ folder, tlsPort, plainPort }) => [
      process.execPath,
      join(import.meta.dir, "bare.ts"),
      ...[folder, String(tlsPort), String(plainPort)],
    ],
  },
  inspircd: {
    burstMax: Infinity,
    missing: () => program("/usr/sbin/inspircd"),
    prepare: (place) => {
      makeCertificate(place.folder);
      writeFileSync(join(place.folder, "inspircd.conf"), inspircdConfiguration(place));
    },
    // Running as root must be allowed explicitly; only this machine can connect.
    command: ({ folder }) => [
      "/usr/sbin/inspircd",
      ...["--nofork", "--nopid", "--config", join(folder, "inspircd.conf")],
      ...(process.getuid?.() === 0 ? ["--runasroot"] : []),
    ],
  },
  ngircd: {
    // It takes three lines of a client a turn, and lets the others wait until it wakes for something
    // else: of a burst of 50 in a quiet server some 14 were delivered in 30 s.
    burstMax: 10,
    missing: () => program("/usr/sbin/ngircd"),
    prepare: (place) => {
      makeCertificate(place.folder);
      writeFileSync(join(place.folder, "ngircd.conf"), ngircdConfiguration(place));
    },
    command: ({ folder }) => [
      "/usr/sbin/ngircd",
      ...["--nodaemon", "--config", join(folder, "ngircd.conf")],
    ],
  },
} as const satisfies Record<string, ServerKind>;

export type ServerName = keyof typeof SERVERS;

export function isServerName(name: string): name is ServerName {
  return Object.hasOwn(SERVERS, name);
}

/** A folder, ports and a configuration for a server that can then be started several times. */
export function prepare(
  name: ServerName,
  { gateways = 1, collects = false, data = null, hashes = false }: PlaceOptions = {},
): Place {
  const kind: ServerKind = SERVERS[name];
  const why = kind.missing();
  if (why !== null) throw new Error(`${name} can't be measured here: ${why}`);
  const folder = mkdtempSync(join(tmpdir(), `bench-${name}-`));
  // ngIRCd gives up root before it reads its certificate.
  chmodSync(folder, 0o755);
  const ports = { tlsPort: freePort(), plainPort: freePort() };
  const place = { folder, ...ports, gateways, collects, data, hashes };
  if (data !== null) cpSync(data, join(folder, "data"), { recursive: true });
  kind.prepare(place);
  return place;
}

/**
 * Starts a server and waits until it serves both ports. Fails, with what the server
 * said, when it ends before that.
 */
export async function start(name: ServerName, place: Place): Promise<Running> {
  const kind: ServerKind = SERVERS[name];
  mkdirSync(place.folder, { recursive: true });
  const log = join(place.folder, "server.log");
  // A shell raises the limit of open files and then becomes the server: the pid stays.
  const raised = `ulimit -n ${CONNECTIONS_MAX + 100} 2>/dev/null || ulimit -n "$(ulimit -Hn)"; exec "$@"`;
  const child = Bun.spawn(["sh", "-c", raised, "sh", ...onServerCore(kind.command(place))], {
    cwd: place.folder,
    // What it leaves behind goes with the folder.
    env: {
      ...{ ...process.env, TMPDIR: place.folder },
      ...(place.collects && collectEnvironment(place)),
    },
    stdin: "ignore",
    stdout: Bun.file(log),
    stderr: Bun.file(`${log}.errors`),
  });
  // However this process ends, no server may be left behind to take the next run's CPU.
  const killAll = () => {
    for (const one of family(child.pid)) killQuietly(one);
  };
  const abandon = () => {
    killAll();
    clear(place);
  };
  process.once("exit", abandon);
  const tls = { host: "127.0.0.1", port: place.tlsPort, tls: true };
  const plain = { host: "127.0.0.1", port: place.plainPort, tls: false };
  while (!((await serves(tls)) && (await serves(plain)))) {
    if (child.exitCode !== null) {
      const said = (await Bun.file(log).text()) + (await Bun.file(`${log}.errors`).text());
      throw new Error(`${name} ended with ${child.exitCode}:\n${said}`);
    }
    // A refused connection fails at once; without a pause the asking would take the server's CPU.
    await Bun.sleep(1);
  }
  const stop = async () => {
    process.off("exit", abandon);
    killAll();
    await child.exited;
  };
  return { name, pid: child.pid, tls, plain, stop };
}

/** The children of a supervisor have it as well. */
function collectEnvironment({ folder }: Place): Record<string, string> {
  return {
    BUN_OPTIONS: `--preload ${join(import.meta.dir, "collect.ts")}`,
    BENCH_FOLDER: folder,
  };
}

/** Tells each process of a server to collect its garbage. Resolves when all have. */
export async function collectGarbage({ folder }: Place, pid: number): Promise<void> {
  const all = family(pid);
  const said = (one: number) => join(folder, `collected-${one}`);
  for (const one of all) {
    rmSync(said(one), { force: true });
    process.kill(one, "SIGWINCH");
  }
  for (const one of all) while (!existsSync(said(one))) await Bun.sleep(COLLECT_CHECK_MS);
}

/** Removes what `prepare` made. */
export function clear(place: Place): void {
  rmSync(place.folder, { recursive: true, force: true });
}

/** Over TLS this is a handshake: a supervisor takes the port for a moment before its gateways do. */
async function serves(target: Target): Promise<boolean> {
  const peer = new Peer("first");
  try {
    await connect(target, peer);
    peer.terminate();
    return true;
  } catch {
    return false;
  }
}

/** How a Sodam is started on a place of its own. */
export function sodamCommand({ folder, tlsPort, plainPort, hashes }: Place): string[] {
  return [
    process.execPath,
    join(import.meta.dir, "../../server.ts"),
    ...["--host", "127.0.0.1", "--port", String(tlsPort), "--plain", `127.0.0.1:${plainPort}`],
    ...["--data", join(folder, "data"), "--certs", join(folder, "certs")],
    ...["--guests", "--no-flood-control", "--sign-up", "open"],
    ...["--password-cost", hashes ? "normal" : "test"],
    ...["--file-size-max", "10000", "--files-per-account", "0", "--files-per-room", "0"],
    ...["--files-on-server", "0", "--max-connections", String(CONNECTIONS_MAX)],
    ...["--max-connections-per-address", String(CONNECTIONS_MAX)],
  ];
}

/** Where {@link withNats} writes the addresses of its NATS servers. */
export function natsAddresses({ folder }: Pick<Place, "folder">): string {
  return join(folder, "nats-addresses");
}

/** A node of a cluster, with `servers` NATS servers of its own. */
function withNats(place: Place, servers: 1 | 3): string[] {
  return [
    ...[process.execPath, join(import.meta.dir, "with-nats.ts")],
    ...[String(servers), natsAddresses(place), "--"],
    ...[...sodamCommand(place), "--cluster", BENCH_CLUSTER, "--node", "bench"],
    ...["--gateways", String(place.gateways)],
  ];
}

function natsProgram(): string | null {
  return Bun.which("nats-server", { PATH: `${process.env["PATH"]}:/usr/sbin` }) === null
    ? "nats-server is not installed"
    : null;
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

function program(path: string): string | null {
  return Bun.which(path) === null ? `${path} is not installed` : null;
}

/** ECDSA P-256, as Sodam makes its own: with RSA the rivals' handshakes would cost three times more. */
function makeCertificate(folder: string): void {
  const openssl = (...args: string[]) => {
    const made = Bun.spawnSync(["openssl", ...args], { cwd: folder });
    if (!made.success) throw new Error(`openssl: ${made.stderr.toString()}`);
  };
  openssl(
    ...["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    ...["-keyout", "key.pem", "-out", "cert.pem", "-days", "30", "-subj", "/CN=localhost"],
  );
  // Without a file of these, ngIRCd reckons its own at each start, for seconds.
  openssl(
    ...["genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048"],
    ...["-out", "dh.pem"],
  );
  chmodSync(join(folder, "key.pem"), 0o644);
}

function inspircdConfiguration({ folder, tlsPort, plainPort }: Place): string {
  return `
<config format="xml">
<server name="bench.example" description="bench" network="Bench">
<admin name="bench" nick="bench" email="bench@example.org">
<module name="cap">
<module name="ssl_gnutls">
<sslprofile name="bench" provider="gnutls" certfile="${folder}/cert.pem" keyfile="${folder}/key.pem">
<bind address="127.0.0.1" port="${tlsPort}" type="clients" sslprofile="bench">
<bind address="127.0.0.1" port="${plainPort}" type="clients">
<connect name="bench" allow="*" timeout="60" pingfreq="1h" hardsendq="1M" softsendq="1M" recvq="1M"
  threshold="1000000" commandrate="1000000000" fakelag="no" maxchans="1000" limit="${CONNECTIONS_MAX}"
  localmax="${CONNECTIONS_MAX}" globalmax="${CONNECTIONS_MAX}" maxconnwarn="no" resolvehostnames="no">
<performance somaxconn="4096" softlimit="${CONNECTIONS_MAX}" netbuffersize="65534" clonesonconnect="no">
<path configdir="${folder}" datadir="${folder}" logdir="${folder}" runtimedir="${folder}">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="inspircd.log">
`;
}

function ngircdConfiguration({ folder, tlsPort, plainPort }: Place): string {
  // As root it drops root; a server that runs as another user can't change.
  const user = process.getuid?.() === 0 ? "ServerUID = nobody\nServerGID = nogroup\n" : "";
  return `
[Global]
Name = bench.example
Info = bench
AdminEMail = bench@example.org
Listen = 127.0.0.1
Ports = ${plainPort}
MotdPhrase = bench
${user}
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 31
MaxPenaltyTime = 0
PingTimeout = 3600
PongTimeout = 3600

[Options]
DNS = no
Ident = no
PAM = no

[SSL]
CertFile = ${folder}/cert.pem
KeyFile = ${folder}/key.pem
DHFile = ${folder}/dh.pem
Ports = ${tlsPort}
`;
}
