import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ServerLink } from "../../lib/protocol/server-link.ts";
import { type Client, type ClientKind, certificateFile, PASSWORD } from "./client.ts";
import type { Screen } from "./screen.ts";
import type { Stage } from "./stage.ts";
import { until } from "./until.ts";

/** catgirl 2.1. It pins the certificate itself, not its fingerprint, and ends when it loses its server. */
export const CATGIRL: ClientKind = {
  name: "catgirl",
  nick: "하나",
  capabilities: [
    ...["sasl", "chghost", "extended-join", "invite-notify", "message-tags", "multi-prefix"],
    ...["server-time", "setname", "userhost-in-names"],
  ],
  start: async (stage, link) => {
    const { host, port } = link;
    const pin = join(stage.folder, "catgirl-server.pem");
    await stage.terminal.run("pin", ["sh", "-c", `catgirl -o -h ${host} -p ${port} >${pin}`]);
    await until(
      async () => {
        const there = await Bun.file(pin).exists();
        return there && (await Bun.file(pin).text()).includes("END CERTIFICATE") ? true : null;
      },
      () => "catgirl -o wrote no certificate",
    );
    const catgirl = new Catgirl(stage, link, pin);
    await catgirl.start([]);
    return catgirl;
  },
  mistrust: async (stage, link) => {
    const wary = new Catgirl(stage, link, await certificateFile(stage));
    await wary.start([]);
    return await wary.screen.shows("certificate verification failed");
  },
};

class Catgirl implements Client {
  #screen: Screen | null = null;
  readonly #stage: Stage;
  readonly #link: ServerLink;
  readonly #pin: string;
  #logIn: readonly string[] = [];

  constructor(stage: Stage, link: ServerLink, pin: string) {
    this.#stage = stage;
    this.#link = link;
    this.#pin = pin;
  }

  get screen(): Screen {
    if (this.#screen === null) throw new Error("catgirl was never started");
    return this.#screen;
  }

  /** A lost connection ends it, with a status that says so: a shell starts it again. */
  async start(logIn: readonly string[]): Promise<void> {
    this.#logIn = logIn;
    const { host, port, invitation } = this.#link;
    const path = join(this.#stage.folder, "catgirl.conf");
    const settings = [
      "debug",
      ...[`host = ${host}`, `port = ${port}`, `nick = ${CATGIRL.nick}`],
      `trust = ${this.#pin}`,
      `cert = ${await certificateFile(this.#stage)}`,
      ...(invitation === null || logIn.length > 0 ? [] : [`pass = ${invitation}`]),
      ...logIn,
    ];
    writeFileSync(path, `${settings.join("\n")}\n`);
    const again = `until catgirl ${path}; do sleep 1; done`;
    this.#screen = await this.#stage.terminal.run("catgirl", ["sh", "-c", again]);
  }

  async signUp(): Promise<void> {
    await this.screen.shows("Log in or sign up");
    await this.screen.types(`/quote REGISTER * * ${PASSWORD}`);
    await this.screen.shows("You arrive in Sodam");
  }

  async willLogIn(by: "PLAIN" | "EXTERNAL"): Promise<void> {
    this.#logIn = by === "PLAIN" ? [`sasl-plain = ${CATGIRL.nick}:${PASSWORD}`] : ["sasl-external"];
  }

  /** Only the debug window shows what catgirl has no words for. */
  async quote(line: string): Promise<void> {
    await this.screen.types(`/quote ${line}`);
    await this.goTo("<debug>");
  }

  async goTo(window: string | "server"): Promise<void> {
    const name = window === "server" ? "<network>" : window;
    const verb = name.startsWith("<") || name.startsWith("#") ? "window" : "query";
    // The bar at the head of the screen tells the window of now, and the others that have news: once it is
    // there at all, it can be turned to.
    await this.screen.typesUntil(`/${verb} ${name}`, new RegExp(`^ ?\\d+[-+=]* .*${name}`));
    await this.screen.types(`/${verb} ${name}`);
  }

  /** It can't clear the screen. After a restart the screen is new anyway. */
  async clear(): Promise<void> {}

  async leave(): Promise<void> {
    await this.screen.types("/quit");
    await this.screen.ends();
  }

  async comeBack(): Promise<void> {
    await this.start(this.#logIn);
    await this.screen.shows("You arrive in Sodam");
  }
}
