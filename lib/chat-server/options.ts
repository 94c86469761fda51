/** Who may look after the server: logs in with OPER. */
export interface OperatorEntry {
  readonly name: string;
  /** argon2, in the PHC string form. */
  readonly passwordHash: string;
}

/** How the owner wants the conversation to be. The settings file and the flags end here. */
export interface ServerOptions {
  /** The server's name: the source of its lines. */
  readonly name: string;
  /** What people call this place. */
  readonly network: string;
  /** A picture that clients show for this place: an https address, or `null`. */
  readonly networkIcon: string | null;
  /** For how long clients that came by TLS are to use nothing else; 0 takes it back, `null` says nothing. */
  readonly stsSeconds: number | null;
  readonly version: string;
  /** May people without an account talk? */
  readonly guests: boolean;
  readonly signUp: "invite" | "open" | "closed";
  /** At "test" passwords may be weak: nobody but this machine can try them. */
  readonly passwordCost: "normal" | "test";
  readonly registerBeforeConnect: boolean;
  readonly email: "none" | "optional" | "required";
  /** SHA-256 of the server's password, lower-case hexadecimal, or `null`. */
  readonly passwordDigest: string | null;
  /** Message of the day, by lines. */
  readonly motd: readonly string[];
  readonly floodControl: boolean;
  /** How many lines a client without CHATHISTORY is shown on joining. */
  readonly replayLines: number;
  /** How long a new invitation is good for, unless its maker says otherwise. */
  readonly inviteHours: number;
  /** How long somebody may be connected without logging in. */
  readonly registrationTimeoutMs: number;
  /** Silence after which a session is asked whether it is there… */
  readonly pingAfterMs: number;
  /** …and how long it has to answer. */
  readonly pingTimeoutMs: number;
  /** For how long people may take back or edit what they said. */
  readonly redactWithinMs: number;
  /** For how many days what was said is kept; 0: for ever. A room may say less. */
  readonly keepDays: number;
  readonly operators: readonly OperatorEntry[];
}
