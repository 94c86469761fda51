import type { Link } from "../../chat-server/server-ports.ts";
import type { LinkHandlers } from "../../transport/socket-link.ts";
import type { OpenedLink } from "../frames/link-entries.ts";
import type { InputTrials } from "./input-trials.ts";
import type { InputPosition } from "./line-offsets.ts";
import type { GatewayPlace, GatewaysLink } from "./link-notes.ts";
import type { RemoteLinks } from "./remote-links.ts";

const CONNECTION_LOST = "Connection lost";
const NOTHING = new Uint8Array(0);
const NOT_TOLD = new TextEncoder().encode(
  "ERROR :The server can't say any more what you have missed: connect again\r\n",
);

/** A link of another leader, as the log has it. */
export interface NotedLink extends OpenedLink {
  readonly gateway: string;
  /** Where that runs, as far as that leader knew. */
  readonly place?: GatewayPlace;
  /** Up to where that leader has consumed its input. */
  readonly position: InputPosition;
  /** What that leader's server wrote of the session. */
  readonly note: unknown;
}

/** What {@link LinkTakeover} needs of a new leader. */
export interface LinkTakeoverOptions {
  /** Those that the log has, in the order in which they were opened. */
  readonly noted: readonly NotedLink[];
  /** Whether their gateways have ended, so that there is nobody to wait for. */
  readonly areGone?: boolean;
  /** Whether a machine's node says nothing any more, though others are heard. Left out where there is one machine. */
  isSilent?(node: string): boolean;
  /** Those that were closed, and whose gateways may not know it. */
  readonly closed?: readonly { readonly gateway: string; readonly link: number }[];
  readonly handlers: LinkHandlers;
  /** Tries input that other leaders were given. Left out: it is run as any other. */
  readonly trials?: InputTrials;
  /** Returns `Link.host` for an address. */
  hostOf(address: string): string;
  /** All sessions are taken up: the server leads from now on. */
  lead(): void;
  /** Tells the links what is in the records after one again. Returns whether all of that is known. */
  retell(links: readonly Link[], afterRecord: number): boolean;
  /**
   * Fetches what is needed to {@link retell} the records after one: resolves when that was tried. `null`: all of it is here.
   * Left out where it always is.
   */
  recall?(afterRecord: number): Promise<void> | null;
  /** All links were told again: nothing more is asked for, and what that needed may go. */
  takenOver?(): void;
}

/**
 * Takes over the links of a leader that is gone. It waits until all gateways have come that the log names, or until it is
 * to {@link begin}; what they tell meanwhile waits. Then all sessions are taken up, and the input comes after that.
 */
export class LinkTakeover {
  readonly #options: Omit<LinkTakeoverOptions, "noted">;
  /** Nobody needs them after the takeover. */
  #noted: readonly NotedLink[];
  /** The gateways that the log names, and that aren't ready, with where they run. */
  readonly #missing: Map<string, GatewayPlace | undefined>;
  /** All gateways that the log names. */
  readonly #named: ReadonlySet<string>;
  /** Those that have connected, and of these those that have said who they are. */
  readonly #connected = new Set<RemoteLinks>();
  readonly #gateways = new Set<RemoteLinks>();
  readonly #closed: ReadonlySet<string>;
  /** Whether nobody waits for gateways that seem to have ended. */
  #givesUpEnded = false;
  #isOver = false;
  /** Whether those that are missing are waited for no longer. */
  #isDue = false;
  #isRecalling = false;
  /** After this record, all that can be recalled was. */
  #recalledAfter = Number.POSITIVE_INFINITY;

  constructor({ noted, ...options }: LinkTakeoverOptions) {
    this.#options = options;
    this.#noted = noted;
    this.#missing = new Map();
    for (const { gateway, place } of options.areGone === true ? [] : noted) {
      // The first links of a gateway may have been noted before its place was known.
      if (place !== undefined || !this.#missing.has(gateway)) this.#missing.set(gateway, place);
    }
    this.#named = new Set(noted.map(({ gateway }) => gateway));
    this.#closed = new Set(options.closed?.map(({ gateway, link }) => `${gateway}:${link}`));
  }

  /** Whether links are opened and heard as they come. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether gateways are named that aren't ready. */
  get isWaiting(): boolean {
    return this.#missing.size > 0 && !this.#isOver;
  }

  /** Tries input that another leader was given; `null` where it is run as any other. */
  get trials(): InputTrials | null {
    return this.#options.trials ?? null;
  }

  /** Whether another leader has closed a link. A gateway that comes after the takeover may not know it. */
  isClosed(gateway: string | null, link: number): boolean {
    return this.#closed.has(`${gateway}:${link}`);
  }

  /** A gateway has connected. */
  connected(gateway: RemoteLinks): void {
    if (!this.#isOver) this.#connected.add(gateway);
  }

  /** A gateway has said who it is, or where it runs. */
  came(gateway: RemoteLinks): void {
    this.#gateways.add(gateway);
    if (this.#givesUpEnded) this.giveUpEnded();
  }

  /** A gateway has told all its links. */
  ready(gateway: RemoteLinks): void {
    this.#missing.delete(gateway.gateway ?? "");
    if (this.#missing.size === 0) this.#begin();
  }

  /** A gateway is gone: what it told doesn't count. */
  left(gateway: RemoteLinks): void {
    this.#connected.delete(gateway);
    if (this.#gateways.delete(gateway) && gateway.gateway !== null && !this.#isOver) {
      // It may come again; if not, its links are closed as those of one that didn't come.
      if (this.#named.has(gateway.gateway)) {
        this.#missing.set(gateway.gateway, gateway.place ?? undefined);
      }
    }
  }

  /**
   * From now on nobody waits for a gateway that seems to have ended: another process has come that has its place, or its
   * machine is silent. One that lives and reaches the leader has come before it is called.
   */
  giveUpEnded(): void {
    if (this.#isOver) return;
    this.#givesUpEnded = true;
    for (const [gateway, place] of this.#missing) {
      if (place !== undefined && this.#seemsEnded(gateway, place)) this.#missing.delete(gateway);
    }
    if (this.#missing.size === 0) this.#begin();
  }

  #seemsEnded(id: string, { node, number }: GatewayPlace): boolean {
    const onMachine = [...this.#connected].filter(({ place }) => place?.node === node);
    const there = onMachine.filter(({ place }) => place?.number === number);
    if (there.some(({ gateway }) => gateway === id || gateway === null)) return false;
    if (there.length > 0) return true;
    // Where a gateway speaks, the machine runs, and only its node is silent.
    if (node === undefined || onMachine.length > 0) return false;
    return this.#options.isSilent?.(node) === true;
  }

  /** Takes up what has come. Links that are noted and aren't there are closed. A second call does nothing. */
  begin(): void {
    this.#isDue = true;
    this.#begin();
  }

  #begin(): void {
    if (this.#isOver || this.#isRecalling || this.#recall()) return;
    this.#isOver = true;
    const { closed = [], handlers, hostOf, lead, takenOver } = this.#options;
    const byId = new Map([...this.#gateways].map((gateway) => [gateway.gateway, gateway]));
    for (const { gateway, link } of closed) byId.get(gateway)?.closeAgain(link);
    const linksOf = new Map<RemoteLinks, Link[]>();
    const lost: Link[] = [];
    for (const entry of this.#noted) {
      const gateway = byId.get(entry.gateway);
      const link = gateway?.takeUp(entry) ?? null;
      if (gateway !== undefined && link !== null) {
        const links = linksOf.get(gateway) ?? [];
        links.push(link);
        linksOf.set(gateway, links);
        this.#takeUp(link, entry, link.unheard());
      } else {
        const closed = closedLink(entry, hostOf(entry.address));
        lost.push(closed);
        this.#takeUp(closed, entry, NOTHING);
      }
    }
    lead();
    for (const [gateway, links] of linksOf) this.#retell(links, gateway.heardRecord);
    for (const link of lost) handlers.close(link, CONNECTION_LOST);
    for (const gateway of this.#gateways) gateway.goOn();
    this.#gateways.clear();
    this.#connected.clear();
    this.#noted = [];
    takenOver?.();
  }

  /** Begins when everything is here that gateways have missed. Returns whether that takes longer than this call. */
  #recall(): boolean {
    // Others have no links to tell anything again, and may have been away for hours.
    const named = [...this.#gateways].filter(({ gateway }) => this.#named.has(gateway ?? ""));
    const heard = named.map(({ heardRecord }) => heardRecord).sort((a, b) => a - b);
    for (const after of heard) {
      if (after >= this.#recalledAfter) return false;
      const recalled = this.#options.recall?.(after) ?? null;
      if (recalled === null) continue;
      this.#recalledAfter = after;
      this.#isRecalling = true;
      // What can't be fetched can't be told again: it costs the links that have missed it.
      const failed = (error: unknown): void => this.#options.handlers.failed?.(null, error);
      void recalled.catch(failed).then(() => {
        this.#isRecalling = false;
        // A gateway may have left meanwhile: then it is waited for as before.
        if (this.#isDue || this.#missing.size === 0) this.#begin();
      });
      return true;
    }
    return false;
  }

  /** What can't be told again costs the links that have missed it: their people connect again, and read it. */
  #retell(links: readonly Link[], afterRecord: number): void {
    const { handlers, retell } = this.#options;
    try {
      if (!retell(links, afterRecord)) for (const link of links) link.close(NOT_TOLD);
    } catch (error) {
      for (const link of links) {
        link.close();
        handlers.failed?.(link, error);
      }
    }
  }

  /** One note that can't be read costs its link alone. */
  #takeUp(link: Link, { note, position }: NotedLink, unheard: Uint8Array): void {
    const { handlers } = this.#options;
    try {
      handlers.takeUp?.(link, note, position.isInLine, unheard);
    } catch (error) {
      link.close();
      handlers.failed?.(link, error);
    }
  }
}

/** The link of a session whose connection has ended. */
function closedLink(noted: NotedLink, host: string): GatewaysLink {
  const { gateway, link, address, secure, certificate, validity, place } = noted;
  return {
    ...{ gateway, number: link, address, host, secure, certificate },
    ...{ certificateValidity: validity, place: place ?? null },
    send() {},
    close() {},
  };
}
