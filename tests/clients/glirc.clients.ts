import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Screen } from "./screen.ts";
import { ROOM } from "./stage.ts";
import { playVisit, type Visit, type Visitor } from "./visit.ts";

const STARTS_MAX = 5;

playVisit({
  name: "glirc",
  nick: "민수",
  mechanisms: ["PLAIN", "EXTERNAL"],
  start: (visit) => start(visit, "glirc"),
  mistrust: async (visit) => {
    const link = { ...visit.link, fingerprint: "0".repeat(64) };
    const wary = await start({ ...visit, link }, "glirc-wary");
    return await wary.screen.shows("Expected certificate fingerprint");
  },
});

/**
 * Starts glirc, and again when it dies of a segmentation fault while it connects: with a client certificate
 * version 2.39 does so in about one of ten starts.
 */
async function start(visit: Visit, name: string): Promise<Visitor> {
  const path = join(visit.stage.folder, `${name}-${visit.mechanism}.conf`);
  writeFileSync(path, settings(visit));
  for (let startsLeft = STARTS_MAX; ; startsLeft -= 1) {
    const screen = await visit.stage.terminal.run(name, ["glirc", "--config", path]);
    const outcome = await screen.shows(
      /Welcome to Sodam|Expected certificate fingerprint|Pane is dead/,
    );
    if (startsLeft === 1 || !outcome.includes("signal 11")) return new Glirc(screen);
  }
}

/** As in docs/clients.md. To keep the test short, lines aren't delayed. */
function settings({ link, mechanism, nick, password, device }: Visit): string {
  const pinned = (link.fingerprint ?? "").match(/../g)?.join(":");
  const sasl =
    mechanism === "PLAIN"
      ? `{ username: "${nick}", password: "${password}" }`
      : "{ mechanism: external }";
  return `
servers:
  * name: "sodam"
    hostname: "${link.host}"
    port: ${link.port}
    nick: "${nick}"
    username: "glirc"
    realname: "${nick}"
    tls: yes
    tls-verify: no
    tls-cert-fingerprint: "${pinned}"
    tls-client-cert: "${device}"
    sasl: ${sasl}
    autoconnect: yes
    reconnect-attempts: 1000
    reconnect-error: "."
    flood-penalty: 0
`;
}

class Glirc implements Visitor {
  readonly screen: Screen;

  constructor(screen: Screen) {
    this.screen = screen;
  }

  async join(): Promise<void> {
    await this.screen.shows("Welcome to Sodam");
    await this.screen.types(`/join ${ROOM}`);
    await this.screen.shows(`sodam:${ROOM}`);
  }

  async goTo(window: string): Promise<void> {
    // The searched text is in the bar above the input line.
    await this.screen.typesUntil(`/focus sodam ${window}`, `sodam:${window}`);
  }

  async quote(line: string): Promise<void> {
    await this.screen.types(`/quote ${line}`);
  }

  /** A connection that broke without a word of TLS may be an error to it after which it doesn't try again. */
  async comeBack(): Promise<void> {
    await this.goTo("mina");
    await this.screen.types("/reconnect");
  }
}
