import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import type { Screen } from "./screen.ts";
import { ROOM } from "./stage.ts";
import { playVisit, type Visit, type Visitor } from "./visit.ts";

playVisit({
  name: "EPIC5",
  // It doesn't start with a nick in other letters; once it is there, it takes one.
  nick: "yuna",
  mechanisms: ["PLAIN"],
  start: async (visit) => {
    const epic = await start(visit, "epic", join(visit.stage.folder, "certs", "cert.pem"));
    await epic.wakes("SSL negotiation complete");
    return epic;
  },
  mistrust: async (visit) => {
    const wary = await start(visit, "epic-wary", visit.device);
    await wary.wakes("is not acceptable");
    return await wary.screen.shows("SSL Certificate Verification for server 0 failed");
  },
});

/** @param trusted file with the server's certificate, as it was copied once */
async function start(visit: Visit, name: string, trusted: string): Promise<Epic> {
  const { stage, link, nick } = visit;
  const path = join(stage.folder, `${name}.rc`);
  writeFileSync(path, settings(visit));
  const server = `${link.host}:${link.port}::::irc-ssl`;
  const command = ["env", `SSL_CERT_FILE=${trusted}`, "epic5", "-n", nick, "-l", path, server];
  return new Epic(await stage.terminal.run(name, command));
}

/** As in docs/clients.md: the script for SASL that comes with it doesn't know a server by its address. */
function settings({ nick, password }: Visit): string {
  return `
set accept_invalid_ssl_cert off
on #-server_established 100 * { quote CAP REQ :sasl }
on ^odd_server_stuff "% CAP % ACK *sasl*" { quote AUTHENTICATE PLAIN }
on ^odd_server_stuff "% AUTHENTICATE +" { quote AUTHENTICATE ${encodePlain(nick, password)[0]} }
on #-903 100 * { quote CAP END }
`;
}

class Epic implements Visitor {
  readonly screen: Screen;

  constructor(screen: Screen) {
    this.screen = screen;
  }

  async join(): Promise<void> {
    await this.screen.shows("There is no message of the day");
    await this.goTo(ROOM);
  }

  async goTo(window: string): Promise<void> {
    // The searched text is in the bar above the input line.
    if (window.startsWith("#")) {
      await this.screen.types("/query");
      await this.screen.typesUntil(`/join ${window}`, `${window} (`);
      return;
    }
    // A second time it would be the end of it.
    await this.screen.types(`/query ${window}`);
    await this.screen.shows(`Starting conversation with ${window}`);
  }

  async quote(line: string): Promise<void> {
    await this.screen.types(`/quote ${line}`);
  }

  async comeBack(): Promise<void> {
    await this.screen.shows("Connection closed");
    await this.screen.types("/clear", "/reconnect");
    await this.wakes("SSL negotiation complete");
  }

  /** During a TLS handshake it sleeps until the user types a line for the server. */
  async wakes(what: string): Promise<void> {
    await this.screen.typesUntil("/quote PING me", what);
  }
}
