import { join } from "node:path";
import type { ServerLink } from "../../lib/protocol/server-link.ts";
import { type Client, type ClientKind, certificateFile, PASSWORD } from "./client.ts";
import type { Screen } from "./screen.ts";
import type { Stage } from "./stage.ts";

/** WeeChat 3.8, in which the options of TLS are still called ssl. */
export const WEECHAT: ClientKind = {
  name: "WeeChat",
  nick: "서연",
  capabilities: [
    ...["cap-notify", "sasl", "message-tags", "server-time", "extended-join", "multi-prefix"],
    ...["userhost-in-names", "away-notify", "account-notify", "chghost", "setname"],
    "invite-notify",
  ],
  tellsSeconds: true,
  start: (stage, link) => start(stage, link, "weechat"),
  mistrust: async (stage, link) => {
    const wary = await start(stage, { ...link, fingerprint: "0".repeat(64) }, "weechat-wary");
    return await wary.screen.shows("fingerprint does NOT match");
  },
};

/** To keep the test short: reconnecting after a second, no pause between lines, and no side bars. */
const FOR_PLAYS = [
  "/set irc.server_default.autoreconnect_delay 1",
  "/set irc.server_default.anti_flood_prio_high 0",
  "/set irc.look.server_buffer independent",
  "/bar hide buflist",
  "/bar hide nicklist",
];

async function start(stage: Stage, link: ServerLink, name: string): Promise<Client> {
  // Typed by a machine, several lines come at once: that is no paste to ask about.
  const typed = "/set weechat.look.paste_max_lines -1";
  const command = ["weechat", "-d", join(stage.folder, name), "-r", typed];
  const weechat = new WeeChat(await stage.terminal.run(name, command));
  await weechat.connect(link, await certificateFile(stage));
  return weechat;
}

class WeeChat implements Client {
  readonly screen: Screen;

  constructor(screen: Screen) {
    this.screen = screen;
  }

  async connect(
    { host, port, fingerprint, invitation }: ServerLink,
    certificate: string,
  ): Promise<void> {
    await this.screen.shows("WeeChat 3");
    await this.screen.types(
      ...FOR_PLAYS,
      `/server add sodam ${host}/${port} -ssl -nicks=${WEECHAT.nick}`,
      `/set irc.server.sodam.ssl_fingerprint ${fingerprint}`,
      `/set irc.server.sodam.ssl_cert ${certificate}`,
      ...(invitation === null ? [] : [`/set irc.server.sodam.password ${invitation}`]),
      "/connect sodam",
    );
    await this.goTo("server");
  }

  async signUp(): Promise<void> {
    await this.screen.shows("ACCOUNT_REQUIRED");
    await this.screen.types(`/quote REGISTER * * ${PASSWORD}`);
    await this.screen.shows("Welcome to Sodam");
  }

  async willLogIn(by: "PLAIN" | "EXTERNAL"): Promise<void> {
    await this.screen.types(
      `/set irc.server.sodam.sasl_mechanism ${by.toLowerCase()}`,
      ...(by === "PLAIN"
        ? [
            `/set irc.server.sodam.sasl_username ${WEECHAT.nick}`,
            `/set irc.server.sodam.sasl_password ${PASSWORD}`,
          ]
        : ['/set irc.server.sodam.sasl_password ""']),
    );
  }

  async quote(line: string): Promise<void> {
    await this.goTo("server");
    await this.screen.types(`/quote ${line}`);
  }

  async goTo(window: string | "server"): Promise<void> {
    // The searched text is in the bar at the bottom of the screen.
    if (window === "server") {
      await this.screen.typesUntil("/buffer irc.server.sodam", "2:server[sodam]");
    } else if (window.startsWith("#")) {
      await this.screen.typesUntil(`/buffer irc.sodam.${window}`, `:${window}`);
    } else {
      await this.screen.typesUntil(`/query -server sodam ${window}`, `:${window}`);
    }
  }

  async clear(): Promise<void> {
    await this.screen.types("/buffer clear");
  }

  async leave(): Promise<void> {
    await this.goTo("server");
    await this.screen.types("/disconnect sodam");
    await this.screen.shows("irc: disconnected from server");
  }

  async comeBack(): Promise<void> {
    await this.clear();
    await this.screen.types("/connect sodam");
    await this.screen.shows("You are now logged in");
    await this.screen.shows("Welcome to Sodam");
  }
}
