/**
 * A preload for pictures: the time of day is what the file that PICTURE_CLOCK names holds (ms), whichever process asks.
 * With PICTURE_PORT it is a client's: durations stand still, chance is none, and whatever host it connects to, it reaches
 * that port of this machine, so that a picture shows the same name wherever it is drawn.
 */
import { readFileSync } from "node:fs";

const clock = process.env["PICTURE_CLOCK"] ?? "";
const port = Number(process.env["PICTURE_PORT"] ?? 0);
const RealDate = Date;

function now(): number {
  return Number(readFileSync(clock, "utf8"));
}

class PictureDate extends RealDate {
  constructor(...values: [number?]) {
    // Without a value it is the present. More than one are years and months, which nobody here counts by.
    super(values[0] ?? now());
  }

  static override now = now;
}

globalThis.Date = PictureDate as unknown as DateConstructor;
if (port > 0) {
  const standing = performance.now();
  performance.now = () => standing;
  Math.random = () => 0;
  const { connect } = Bun;
  const connectHere = (options: Bun.TCPSocketConnectOptions) =>
    connect({ ...options, hostname: "127.0.0.1", port });
  Object.assign(Bun, { connect: connectHere });
}
