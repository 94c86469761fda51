import { fold } from "../../lib/protocol/names.ts";
import { type Message, nickOf, parseMessage } from "../../lib/protocol/wire/message.ts";

/** What a client believes of the rooms it is in, from the lines it hears and nothing else. */
export class Listener {
  nick: string;
  /** Folded room → folded nicks. */
  readonly rooms = new Map<string, Set<string>>();
  /** Folded room → ids of what was said, in order, since this client joined. */
  readonly said = new Map<string, string[]>();
  /** Folded room → what it says under the key `mood`. */
  readonly moods = new Map<string, string>();
  readonly #listing = new Map<string, Set<string>>();

  constructor(nick: string) {
    this.nick = nick;
  }

  hear(lines: readonly string[]): void {
    for (const line of lines) {
      const message = parseMessage(line);
      if (message === null) continue;
      // A room's metadata comes in a batch; whatever else does is of the past, or a part of one message.
      const isMetadata = message.verb === "METADATA" || message.verb === "761";
      if (isMetadata || !message.tags.has("batch")) this.#take(message);
    }
  }

  #take(message: Message): void {
    const { verb, params, source } = message;
    const who = fold(nickOf(source ?? ""));
    const [first = "", second = ""] = params;
    const room = fold(first);
    switch (verb) {
      case "001":
        this.nick = first;
        return;
      case "JOIN":
        if (who === fold(this.nick)) {
          this.rooms.set(room, new Set());
          this.said.set(room, []);
          this.moods.delete(room);
        }
        this.rooms.get(room)?.add(who);
        return;
      case "PART":
        return this.#gone(room, who);
      case "KICK":
        return this.#gone(room, fold(second));
      case "QUIT":
        for (const members of this.rooms.values()) members.delete(who);
        return;
      case "NICK":
        if (who === fold(this.nick)) this.nick = first;
        for (const members of this.rooms.values()) {
          if (members.delete(who)) members.add(fold(first));
        }
        return;
      case "353":
        return this.#names(fold(params[2] ?? ""), params[3] ?? "");
      case "366": {
        const listed = this.#listing.get(fold(second));
        this.#listing.delete(fold(second));
        if (listed !== undefined && this.rooms.has(fold(second)))
          this.rooms.set(fold(second), listed);
        return;
      }
      case "BATCH":
        if (second === "draft/multiline") this.#heard(fold(params[2] ?? ""), message);
        return;
      case "PRIVMSG":
        return this.#heard(room, message);
      case "METADATA":
        return this.#mood(params);
      case "761":
      case "766":
        return this.#mood(verb === "761" ? params.slice(1) : params.slice(1, 3));
      default:
        return;
    }
  }

  /** Lines behind the first of a message have no id. */
  #heard(room: string, { tags }: Message): void {
    const msgid = tags.get("msgid");
    if (msgid !== undefined) this.said.get(room)?.push(msgid);
  }

  #mood([target = "", , , value]: readonly string[]): void {
    if (value === undefined) this.moods.delete(fold(target));
    else this.moods.set(fold(target), value);
  }

  #gone(room: string, who: string): void {
    if (who === fold(this.nick)) {
      this.rooms.delete(room);
      this.said.delete(room);
    } else this.rooms.get(room)?.delete(who);
  }

  #names(room: string, names: string): void {
    const listed = this.#listing.get(room) ?? new Set<string>();
    for (const name of names.split(" ")) listed.add(fold(name.replace(/^[~&@%+]+/, "")));
    this.#listing.set(room, listed);
  }
}
