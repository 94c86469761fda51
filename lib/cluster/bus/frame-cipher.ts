import { createCipheriv, createDecipheriv } from "node:crypto";
import {
  BUS_HEAD_BYTES,
  type BusConnectionNumbers,
  type BusMessage,
  type BusMessageKind,
  nonceOf,
  writeHead,
} from "./bus-message.ts";
import type { ConnectionKeys } from "./frame-secret.ts";

/*
 * What follows the head of a connection's message: a tag, and the body, encrypted (AES-256-GCM). The tag is of the head as
 * well, so none of it can be changed. The nonce is the message's number, which each end counts up and never uses twice:
 * what is sent again is another message.
 */

const CIPHER = "aes-256-gcm";
const TAG_BYTES = 16;
/** What a message has besides its body. */
export const SEALED_HEAD_BYTES = BUS_HEAD_BYTES + TAG_BYTES;

/** One end of a connection's seal. */
export class FrameCipher {
  readonly #numbers: BusConnectionNumbers;
  readonly #sendKey: Uint8Array;
  readonly #receiveKey: Uint8Array;
  #sentNumber = 0;
  #receivedNumber = 0;

  constructor(numbers: BusConnectionNumbers, sendKey: Uint8Array, receiveKey: Uint8Array) {
    this.#numbers = numbers;
    this.#sendKey = sendKey;
    this.#receiveKey = receiveKey;
  }

  /** Returns the leader's end. */
  static ofLeader(numbers: BusConnectionNumbers, keys: ConnectionKeys): FrameCipher {
    return new FrameCipher(numbers, keys.toGateway, keys.toLeader);
  }

  /** Returns the gateway's end. */
  static ofGateway(numbers: BusConnectionNumbers, keys: ConnectionKeys): FrameCipher {
    return new FrameCipher(numbers, keys.toLeader, keys.toGateway);
  }

  /** Returns a message. Each is another one, though the body may be the same. */
  seal(
    kind: BusMessageKind,
    { acknowledged, offset }: Pick<BusMessage, "acknowledged" | "offset">,
    body: Uint8Array,
  ): Uint8Array {
    this.#sentNumber += 1;
    const number = this.#sentNumber;
    const message = Buffer.allocUnsafe(SEALED_HEAD_BYTES + body.length);
    writeHead(message, { kind, ...this.#numbers, number, acknowledged, offset });
    const cipher = createCipheriv(CIPHER, this.#sendKey, nonceOf(message));
    cipher.setAAD(message.subarray(0, BUS_HEAD_BYTES));
    message.set(cipher.update(body), SEALED_HEAD_BYTES);
    cipher.final();
    message.set(cipher.getAuthTag(), BUS_HEAD_BYTES);
    return message;
  }

  /** Whether a message comes late, or again: one with a higher number was opened already. */
  isLate({ number }: BusMessage): boolean {
    return number <= this.#receivedNumber;
  }

  /** Returns the body of a message of the other end. `null`: the other end didn't make it, or it {@link isLate is late}. */
  open(message: BusMessage): Uint8Array | null {
    const { head, body } = message;
    if (this.isLate(message) || body.length < TAG_BYTES) return null;
    const decipher = createDecipheriv(CIPHER, this.#receiveKey, nonceOf(head));
    decipher.setAAD(head);
    decipher.setAuthTag(body.subarray(0, TAG_BYTES));
    try {
      const opened = decipher.update(body.subarray(TAG_BYTES));
      decipher.final();
      this.#receivedNumber = message.number;
      return opened;
    } catch {
      return null;
    }
  }
}
