import type { ClientEvent } from "../client-event.ts";
import type { ClientStore } from "../client-store.ts";
import type { HandlerContext } from "../handler-context.ts";

/** What the negotiation needs of its session. */
export interface NegotiationPorts {
  readonly store: ClientStore;
  send(verb: string, params: readonly string[]): void;
  emit(event: ClientEvent): void;
  /** Requests ISUPPORT before registration ends; calls `done` whether an answer came or not. */
  requestIsupport(done: () => void): void;
  /** What the server has announced about guests on this connection; null: nothing yet. */
  allowsGuests(): boolean | null;
  /** Returns letters and digits that differ each time. */
  id(): string;
}

/** Returns what a Negotiation needs of its session. */
export function negotiationPorts(context: HandlerContext): NegotiationPorts {
  return {
    store: context.store,
    send: (verb, params) => context.send(verb, params),
    emit: (event) => context.emit(event),
    requestIsupport: (done) =>
      context.request("ISUPPORT", [], {
        quiet: true,
        isAnswer: ({ verb, params }) => verb === "BATCH" && params[0] === "draft/isupport",
        onAnswer: done,
      }),
    allowsGuests: () =>
      context.isupport.has("DRAFT/ACCOUNTREQUIRED")
        ? false
        : context.isupport.has("CHANTYPES") || null,
    id: () => context.id(),
  };
}
