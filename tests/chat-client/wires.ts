/** Our client and our server together, in memory: both ends of every promise. */
import type { ClientEvent } from "../../lib/chat-client/client-event.ts";
import type { ClientConversation } from "../../lib/chat-client/client-state.ts";
import { ClientSession, type SessionOptions } from "../../lib/chat-client/session.ts";
import type { LogInAttempt } from "../../lib/member-client/log-in.ts";
import { fold } from "../../lib/protocol/names.ts";
import { type Actor, Scene } from "../scene.ts";

/** A server with its clients, and the wires between them. */
export class Wires {
  readonly scene: Scene;
  readonly devices: Device[] = [];

  constructor(options: ConstructorParameters<typeof Scene>[0] = {}) {
    this.scene = new Scene({ guests: false, ...options });
  }

  device(options: Partial<SessionOptions>): Device {
    const device = new Device(this, options);
    this.devices.push(device);
    device.connect();
    return device;
  }

  /** Connects a user with an account, logged in and registered. */
  person(name: string, options: Partial<SessionOptions> = {}): Device {
    const known = [...this.scene.members.accounts()].some((account) => account.name === name);
    if (!known) this.scene.signUp(name);
    const logIn = { kind: "password", account: name, password: `${name}-password` } as const;
    return this.device({ logIn, ...options });
  }

  /** Transports lines both ways until neither side sends any more. */
  carry(): void {
    // The clock moves a little, so that no two messages have the same time.
    for (let moved = true; moved; this.scene.now += 1) {
      moved = false;
      for (const device of this.devices) moved = device.carry() || moved;
    }
  }
}

export class Device {
  readonly session: ClientSession;
  readonly events: ClientEvent[] = [];
  attempt: LogInAttempt | null = null;
  /** Called after each event; a test may replace it. */
  onEvent = (): void => {};
  readonly #wires: Wires;
  #actor: Actor | null = null;
  #sent: string[] = [];
  #ids = 0;

  constructor(wires: Wires, options: Partial<SessionOptions>) {
    this.#wires = wires;
    this.session = new ClientSession(
      { logIn: null, ...options },
      {
        send: (line) => this.#sent.push(line),
        now: () => wires.scene.now,
        elapsed: () => wires.scene.elapsedMs,
        id: () => {
          this.#ids += 1;
          return `d${wires.devices.indexOf(this)}x${this.#ids}`;
        },
        emit: (event) => {
          this.events.push(event);
          this.attempt?.onSessionEvent(event);
          this.onEvent();
        },
      },
    );
  }

  connect(): void {
    this.#actor = this.#wires.scene.connect();
    this.session.connecting();
    this.session.opened();
    this.#wires.carry();
  }

  /** Breaks the connection: what the server sends from now on is lost. */
  breaks(): void {
    this.#actor?.vanishes();
    this.#actor = null;
    this.#sent = [];
    this.session.closed("reset");
    this.#wires.carry();
  }

  /** Sends what is queued, and breaks the connection before the answer arrives. */
  breaksBeforeAnswer(): void {
    for (const line of this.#sent.splice(0)) this.#actor?.says(line);
    this.breaks();
  }

  carry(): boolean {
    const lines = this.#sent.splice(0);
    for (const line of lines) this.#actor?.says(line);
    const heard = this.#actor?.hears() ?? [];
    for (const text of heard) this.session.receive({ kind: "text", text });
    return lines.length > 0 || heard.length > 0;
  }

  does(action: (session: ClientSession) => void): this {
    action(this.session);
    this.#wires.carry();
    return this;
  }

  at(name: string): ClientConversation {
    const conversation = this.session.state.conversations.get(fold(name));
    if (conversation === undefined) throw new Error(`no conversation ${name}`);
    return conversation;
  }

  said(name: string): string[] {
    return this.at(name)
      .lines.filter((line) => line.kind === "said")
      .map((line) => line.text);
  }

  statuses(name: string): string[] {
    return this.at(name).lines.map((line) => line.status);
  }
}
