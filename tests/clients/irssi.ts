import { join } from "node:path";
import type { ServerLink } from "../../lib/protocol/server-link.ts";
import { type Client, type ClientKind, certificateFile, PASSWORD } from "./client.ts";
import type { Screen } from "./screen.ts";
import type { Stage } from "./stage.ts";

/** irssi 1.4. */
export const IRSSI: ClientKind = {
  name: "irssi",
  nick: "지훈",
  capabilities: [
    ...["cap-notify", "sasl", "multi-prefix", "extended-join", "setname", "invite-notify"],
    ...["away-notify", "chghost", "account-notify", "server-time"],
  ],
  tellsSeconds: true,
  start: (stage, link) => start(stage, link, "irssi"),
  mistrust: async (stage, link) => {
    const wary = await start(stage, { ...link, fingerprint: "0".repeat(64) }, "irssi-wary");
    return await wary.screen.shows("Pinned certificate mismatch");
  },
};

/**
 * To keep the test short: reconnecting after a second, and no detection of pastes. And seconds,
 * for a play is over within minutes.
 */
const FOR_PLAYS = [
  ...["/set server_reconnect_time 1s", "/set paste_detect_time 0"],
  "/set timestamp_format %H:%M:%S",
];

async function start(stage: Stage, link: ServerLink, name: string): Promise<Client> {
  const command = ["irssi", `--home=${join(stage.folder, name)}`, "--noconnect"];
  const irssi = new Irssi(await stage.terminal.run(name, command));
  await irssi.connect(link, await certificateFile(stage));
  return irssi;
}

class Irssi implements Client {
  readonly screen: Screen;

  constructor(screen: Screen) {
    this.screen = screen;
  }

  async connect(
    { host, port, fingerprint, invitation }: ServerLink,
    certificate: string,
  ): Promise<void> {
    const pinned = (fingerprint ?? "").match(/../g)?.join(":");
    const tls = `-tls -notls_verify -tls_pinned_cert ${pinned} -tls_cert ${certificate}`;
    await this.screen.shows("Irssi v1");
    await this.screen.types(
      ...FOR_PLAYS,
      `/set nick ${IRSSI.nick}`,
      "/set show_server_time on",
      "/network add sodam",
      `/server add -network sodam ${tls} -cmdspeed 1 ${host} ${port} ${invitation ?? ""}`,
      "/connect sodam",
    );
  }

  async signUp(): Promise<void> {
    await this.screen.shows(/Welcome to Sodam|ACCOUNT_REQUIRED/);
    await this.screen.types(`/quote REGISTER * * ${PASSWORD}`);
    await this.screen.shows("REGISTER SUCCESS");
  }

  async willLogIn(by: "PLAIN" | "EXTERNAL"): Promise<void> {
    const secret = by === "PLAIN" ? `-sasl_password ${PASSWORD}` : "";
    await this.screen.types(
      `/network modify -sasl_mechanism ${by} -sasl_username ${IRSSI.nick} ${secret} sodam`,
    );
  }

  async quote(line: string): Promise<void> {
    await this.goTo("server");
    await this.screen.types(`/quote ${line}`);
  }

  async goTo(window: string | "server"): Promise<void> {
    // The searched text is in the bar above the input line.
    if (window === "server") {
      await this.screen.typesUntil("/window goto 1", /\[1[:\]]/);
    } else if (window.startsWith("#")) {
      await this.screen.typesUntil(`/window goto ${window}`, `:sodam/${window}`);
    } else {
      await this.screen.typesUntil(`/query ${window}`, `:sodam/${window}`);
    }
  }

  async clear(): Promise<void> {
    await this.screen.types("/clear");
  }

  async leave(): Promise<void> {
    await this.goTo("server");
    await this.screen.types("/clear", "/disconnect sodam");
    await this.screen.shows("Connection lost");
  }

  async comeBack(): Promise<void> {
    await this.clear();
    await this.screen.types("/connect sodam");
    await this.screen.shows("SASL authentication succeeded");
    await this.screen.shows("Welcome to Sodam");
  }
}
