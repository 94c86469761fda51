import type { ServerOptions } from "../../lib/chat-server/server-options.ts";
import { type Actor, Scene } from "../scene.ts";

/** More than a play needs. */
const IDS_PER_WORLD = 100_000;

/**
 * Two servers that see the same, except for a secret that only one of them has. Whoever may not know the secret
 * hears the same from both, line by line; otherwise they could tell that there is one.
 */
export class TwinWorlds {
  readonly secret: Scene;
  readonly plain: Scene;

  constructor(options: Partial<ServerOptions> = {}) {
    this.secret = new Scene(options);
    this.plain = new Scene(options);
    // No id of one world is one of the other.
    const { random } = this.plain.server.state.ports;
    for (let used = 0; used < IDS_PER_WORLD; used += 1) random.id();
  }

  /** Connects somebody to both who says nothing yet. */
  stranger(): Twin {
    return new Twin(this.secret.connect(), this.plain.connect());
  }

  /** Connects a guest to both. */
  guest(nick: string, ...caps: string[]): Twin {
    return new Twin(this.secret.guest(nick, ...caps), this.plain.guest(nick, ...caps));
  }

  /** Connects a user with an account to both. */
  person(name: string, ...caps: string[]): Twin {
    return new Twin(this.secret.person(name, ...caps), this.plain.person(name, ...caps));
  }

  passes(ms: number): void {
    this.secret.passes(ms);
    this.plain.passes(ms);
  }
}

/** One user of both worlds. */
export class Twin {
  readonly secret: Actor;
  readonly plain: Actor;
  /** Message ids by their order: those of one world are others than those of the other. */
  readonly #orders = { secret: new Map<string, number>(), plain: new Map<string, number>() };

  constructor(secret: Actor, plain: Actor) {
    this.secret = secret;
    this.plain = plain;
  }

  /** Says a line in both worlds. */
  says(...lines: string[]): this {
    this.secret.says(...lines);
    this.plain.says(...lines);
    return this;
  }

  /** Says what the secret is made of; in the world without it, something that changes nothing, or `instead`. */
  saysSecretly(line: string, instead = "PING :x"): this {
    this.secret.says(line);
    this.plain.says(instead);
    return this;
  }

  /** Forgets what was heard so far. */
  ignores(): void {
    this.hears(new Set());
  }

  /** Returns what was heard in each world. Ids of messages are numbered, except those that one has `given`. */
  hears(given: ReadonlySet<string>): { readonly secret: string[]; readonly plain: string[] } {
    const numbered = (lines: readonly string[], order: Map<string, number>): string[] =>
      lines.map((line) =>
        line.replace(/\bid\d{14}\b/g, (id) => {
          if (given.has(id)) return id;
          if (!order.has(id)) order.set(id, order.size);
          return `message ${order.get(id)}`;
        }),
      );
    return {
      secret: numbered(this.secret.hears(), this.#orders.secret),
      plain: numbered(this.plain.hears(), this.#orders.plain),
    };
  }
}
