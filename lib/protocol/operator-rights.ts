/** The rights of operators, and the grades that every server has. */

/**
 * What an operator may do, as settings and the owner's console name it: `see` addresses, statistics and rooms' audit
 * logs; `reports` of messages; `kick` people off; `ban` them; close, drop and take over `rooms`; `create-rooms` where
 * not everybody may; suspend, rename and remove `accounts`, and erase their messages; `invite` people to sign up;
 * `announce` to all operators; reload the settings of the `server`; give `grades`.
 */
export const OPERATOR_RIGHTS = [
  "see",
  "reports",
  "kick",
  "ban",
  "rooms",
  "create-rooms",
  "accounts",
  "invite",
  "announce",
  "server",
  "grades",
] as const;

/** One thing that an operator may do. */
export type OperatorRight = (typeof OPERATOR_RIGHTS)[number];

/** Rights by the name of a grade. */
export type OperatorGrades = Readonly<Record<string, readonly OperatorRight[]>>;

const HELPER_RIGHTS = ["see", "reports"] as const;
const MODERATOR_RIGHTS = [...HELPER_RIGHTS, "kick", "ban", "rooms", "create-rooms"] as const;
const ADMIN_RIGHTS = [...MODERATOR_RIGHTS, "accounts", "invite", "announce"] as const;

/** The grades that need no setting, from the least to all rights. A maker is no operator. */
export const OPERATOR_GRADES = {
  maker: ["create-rooms"],
  helper: HELPER_RIGHTS,
  moderator: MODERATOR_RIGHTS,
  admin: ADMIN_RIGHTS,
  owner: OPERATOR_RIGHTS,
} as const satisfies OperatorGrades;

/** Returns the right of that name, or `null`. */
export function operatorRight(name: unknown): OperatorRight | null {
  return OPERATOR_RIGHTS.find((right) => right === name) ?? null;
}

/** Returns the rights of a grade, one of the settings or one that every server has; `null` for an unknown one. */
export function rightsOfGrade(
  grades: OperatorGrades | undefined,
  name: string,
): readonly OperatorRight[] | null {
  for (const table of [OPERATOR_GRADES as OperatorGrades, grades ?? {}]) {
    if (Object.hasOwn(table, name)) return table[name] ?? null;
  }
  return null;
}

/** Returns whether a text can be the name of a grade: it is a value of a message tag, and a word of the console. */
export function isGradeName(name: unknown): name is string {
  return typeof name === "string" && /^[a-z][a-z0-9-]{0,19}$/.test(name);
}
