import { nullable, number, object, oneOf, string } from "../protocol/json-decoder.ts";

/** The variable by which a supervisor tells its children what they are. */
const VARIABLE = "SODAM_PROCESS";

/** The ports that the gateways share; the supervisor has made sure that they were free. */
export interface SharedPorts {
  readonly tls: number;
  readonly plain: number | null;
  readonly proxy: number | null;
}

/** What a child of a supervisor is, and the path of the socket between leader and gateways. */
export interface LocalRole {
  readonly role: "leader" | "gateway";
  readonly socket: string;
  readonly ports: SharedPorts;
}

const decodeRole = object({
  role: oneOf("leader", "gateway"),
  socket: string,
  ports: object({ tls: number, plain: nullable(number), proxy: nullable(number) }),
});

/** Returns the environment that makes a child what it is. */
export function roleEnvironment(role: LocalRole): Record<string, string> {
  return { [VARIABLE]: JSON.stringify(role) };
}

/** Returns what the supervisor made of this process; `null` for one that people started. */
export function localRole(
  environment: Readonly<Record<string, string | undefined>>,
): LocalRole | null {
  const text = environment[VARIABLE];
  if (text === undefined) return null;
  try {
    return decodeRole(JSON.parse(text)) ?? null;
  } catch {
    return null;
  }
}
