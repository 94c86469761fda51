import type {
  ConversationId,
  EventBody,
  RoomEvent,
  UserIdentity,
} from "../../lib/chat-server/event.ts";
import type { HistoryRequest } from "../../lib/chat-server/server-ports.ts";
import type { AccountName, Nick, RoomName } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";

/** Names in these tests need no checking. */
export const TEA = "tea-1" as ConversationId;
export const LUNCH = "점심-2" as ConversationId;
export const NOON = Date.UTC(2026, 10, 22, 12);
export const DAY_MS = 86_400_000;

export function who(nick: string): UserIdentity {
  return {
    nick: nick as Nick,
    user: nick,
    host: "k3x9.sodam",
    account: nick as AccountName,
    accountId: accountId(nick),
    realname: "",
    bot: false,
  };
}

/** A conversation as its server would make it: positions and times follow each other. */
export class EventScript {
  readonly conversation: ConversationId;
  readonly events: RoomEvent[] = [];
  #time: number;

  constructor(conversation: ConversationId = TEA, from: number = NOON) {
    this.conversation = conversation;
    this.#time = from;
  }

  next(happening: EventBody, by = "민수", laterMs = 1000): RoomEvent {
    this.#time += laterMs;
    const at = this.events.length + 1;
    const event = {
      conversation: this.conversation,
      position: at,
      time: this.#time,
      msgid: `${this.conversation.replaceAll(/[^a-z0-9]/g, "")}id${at}`,
      by: who(by),
      // As the server notes it of every message.
      ...(happening.kind === "said" && { named: [] }),
      ...happening,
    } as RoomEvent;
    this.events.push(event);
    return event;
  }

  created(): RoomEvent {
    return this.next({ kind: "created", room: "#tea" as RoomName, pair: null });
  }

  said(text: string, laterMs = 1000): RoomEvent {
    return this.next({ kind: "said", verb: "PRIVMSG", text, tags: {} }, "민수", laterMs);
  }

  joined(by: string): RoomEvent {
    return this.next({ kind: "joined" }, by);
  }

  edited(target: RoomEvent, text: string, isWithheld = false) {
    const withheld = isWithheld && ({ withheld: true } as const);
    const event = this.next({ kind: "edited", target: target.msgid, text, ...withheld });
    if (event.kind !== "edited") throw new Error("not an edit");
    return event;
  }

  redacted(target: RoomEvent) {
    const event = this.next({ kind: "redacted", target: target.msgid, reason: "" });
    if (event.kind !== "redacted") throw new Error("not a redaction");
    return event;
  }
}

/** A request with what a test doesn't care about filled in. */
export function asking(part: Partial<HistoryRequest>): HistoryRequest {
  return {
    direction: "latest",
    from: { kind: "latest" },
    to: null,
    limit: 50,
    since: 0,
    kinds: "all",
    ...part,
  };
}
