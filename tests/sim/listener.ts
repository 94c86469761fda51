import { fold } from "../../lib/protocol/names.ts";
import { type Message, nickOf, parseMessage } from "../../lib/protocol/wire/message.ts";

/** A client's state of the rooms it is in, from the lines it receives and nothing else. */
export class Listener {
  nick: string;
  /** Folded room → folded nicks. */
  readonly rooms = new Map<string, Set<string>>();
  /** Folded room → msgids of the messages since this client joined, in order. */
  readonly messages = new Map<string, string[]>();
  /** Folded room → its metadata of the key `mood`. */
  readonly moods = new Map<string, string>();
  /** Members of the NAMES replies under way. */
  readonly #listing = new Map<string, Set<string>>();

  constructor(nick: string) {
    this.nick = nick;
  }

  receive(lines: readonly string[]): void {
    for (const line of lines) {
      const message = parseMessage(line);
      if (message === null) continue;
      // Metadata comes in a batch. Other lines in batches are history, or parts of one message.
      const isMetadata = message.verb === "METADATA" || message.verb === "761";
      if (isMetadata || !message.tags.has("batch")) this.#apply(message);
    }
  }

  #apply(message: Message): void {
    const { verb, params, source } = message;
    const nick = fold(nickOf(source ?? ""));
    const [first = "", second = ""] = params;
    const room = fold(first);
    switch (verb) {
      case "001":
        this.nick = first;
        return;
      case "JOIN":
        if (nick === fold(this.nick)) {
          this.rooms.set(room, new Set());
          this.messages.set(room, []);
          this.moods.delete(room);
        }
        this.rooms.get(room)?.add(nick);
        return;
      case "PART":
        return this.#removeMember(room, nick);
      case "KICK":
        return this.#removeMember(room, fold(second));
      case "QUIT":
        for (const members of this.rooms.values()) members.delete(nick);
        return;
      case "NICK":
        if (nick === fold(this.nick)) this.nick = first;
        for (const members of this.rooms.values()) {
          if (members.delete(nick)) members.add(fold(first));
        }
        return;
      case "353":
        return this.#addNames(fold(params[2] ?? ""), params[3] ?? "");
      case "366": {
        const listed = this.#listing.get(fold(second));
        this.#listing.delete(fold(second));
        if (listed !== undefined && this.rooms.has(fold(second)))
          this.rooms.set(fold(second), listed);
        return;
      }
      case "BATCH":
        if (second === "draft/multiline") this.#addMessage(fold(params[2] ?? ""), message);
        return;
      case "PRIVMSG":
        return this.#addMessage(room, message);
      case "METADATA":
        return this.#setMood(params);
      case "761":
      case "766":
        return this.#setMood(verb === "761" ? params.slice(1) : params.slice(1, 3));
      default:
        return;
    }
  }

  /** Only the first line of a message has a msgid. */
  #addMessage(room: string, { tags }: Message): void {
    const msgid = tags.get("msgid");
    if (msgid !== undefined) this.messages.get(room)?.push(msgid);
  }

  #setMood([target = "", , , value]: readonly string[]): void {
    if (value === undefined) this.moods.delete(fold(target));
    else this.moods.set(fold(target), value);
  }

  #removeMember(room: string, nick: string): void {
    if (nick === fold(this.nick)) {
      this.rooms.delete(room);
      this.messages.delete(room);
    } else this.rooms.get(room)?.delete(nick);
  }

  #addNames(room: string, names: string): void {
    const listed = this.#listing.get(room) ?? new Set<string>();
    for (const name of names.split(" ")) listed.add(fold(name.replace(/^[~&@%+]+/, "")));
    this.#listing.set(room, listed);
  }
}
