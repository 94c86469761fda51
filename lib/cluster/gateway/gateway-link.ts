import type { Link } from "../../chat-server/server-ports.ts";
import type { OpenedLink } from "../frames/link-entries.ts";
import { UnconsumedInput } from "./unconsumed-input.ts";

/** What a gateway has of a connection. */
export interface GatewayLink {
  readonly link: Link;
  readonly opened: OpenedLink;
  readonly input: UnconsumedInput;
  /** Whether a leader was told of it. */
  isKnown: boolean;
  /** Whether a leader was given what it hasn't consumed. */
  isGiven: boolean;
  /** Whether it is being closed: another leader has nothing to do with it. */
  isClosing: boolean;
  /** Whether it carries a file: nothing but its leader's bytes may be sent to it. */
  isRaw: boolean;
}

/** Returns what a gateway has of a connection that has just come, under its number. */
export function newLink(link: Link, number: number, isKnown: boolean): GatewayLink {
  const { address, secure, certificate, certificateValidity = null } = link;
  return {
    link,
    opened: {
      ...{ link: number, address, secure, certificate, validity: certificateValidity },
      ...(link.isUnlimited === true && { isUnlimited: true }),
    },
    input: new UnconsumedInput(),
    ...{ isKnown, isGiven: false, isClosing: false, isRaw: false },
  };
}
