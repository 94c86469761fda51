import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientCertificate } from "../../lib/file-manager/certificates/certificates.ts";
import type { ServerLink } from "../../lib/protocol/server-link.ts";
import type { Screen } from "./screen.ts";
import type { Stage } from "./stage.ts";

/** How a play handles one kind of client: what a person would type, and what they would wait for. */
export interface Client {
  /** Its present screen; a new one after the client was restarted. */
  readonly screen: Screen;
  /** Types REGISTER on a connection without an account, and waits until it is welcome. */
  signUp(): Promise<void>;
  /** Sets up how it logs in the next time that it connects. */
  willLogIn(by: "PLAIN" | "EXTERNAL"): Promise<void>;
  /** Types a line where its answer is seen. */
  quote(line: string): Promise<void>;
  /** Turns to the window of a room, of a person, or of the server, and waits until it is there. */
  goTo(window: string | "server"): Promise<void>;
  /** Empties the window, so that what it shows afterwards is new. */
  clear(): Promise<void>;
  leave(): Promise<void>;
  /** Connects, and waits until it is logged in and welcome. */
  comeBack(): Promise<void>;
}

/** A kind of client, as plays know it. */
export interface ClientKind {
  readonly name: string;
  /** The person in front of it. */
  readonly nick: string;
  /** The capabilities that it enables, in the order of CAP LIST after SASL. */
  readonly capabilities: readonly string[];
  /** Whether a row begins with its time to the second, in UTC. */
  readonly tellsSeconds?: boolean;
  /** Starts it with nothing but the link, an invitation in it or not. It connects at once. */
  start(stage: Stage, link: ServerLink): Promise<Client>;
  /** Starts it with a pin that doesn't fit, and answers what it then shows. */
  mistrust(stage: Stage, link: ServerLink): Promise<string>;
}

export const PASSWORD = "매운-떡볶이-2인분";

/** A client certificate with its key in one file, as all of them want it. */
export async function certificateFile(stage: Stage): Promise<string> {
  const made = clientCertificate(join(stage.folder, "device"), "laptop");
  if ("refused" in made) throw new Error(made.refused);
  const path = join(stage.folder, "device.pem");
  writeFileSync(path, made.cert + made.key);
  return path;
}
