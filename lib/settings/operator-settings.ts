import {
  isGradeName,
  OPERATOR_GRADES,
  OPERATOR_RIGHTS,
  type OperatorGrades,
  type OperatorRight,
  operatorRight,
  rightsOfGrade,
} from "../protocol/operator-rights.ts";
import type { OperatorSetting } from "./server-settings.ts";

/** The tables [[operator]] and [[grade]] of the settings file. */

const ARGON2 = String.raw`argon2(?:id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+(?:\$[A-Za-z0-9+/]+){2}`;
const BCRYPT = String.raw`2[aby]\$\d\d\$[./A-Za-z0-9]{53}`;
const HASH = new RegExp(String.raw`^\$(?:${ARGON2}|${BCRYPT})$`);

type Table = Readonly<Record<string, unknown>>;
type Refuse = (sentence: string) => void;

/** Returns the grades of the settings file, besides those that every server has. */
export function parseGrades(tables: readonly Table[], refuse: Refuse): OperatorGrades {
  const grades: Record<string, readonly OperatorRight[]> = {};
  for (const table of tables) {
    const { name, rights: texts, ...others } = table;
    const rights = parseRights(texts);
    const [unknown] = Object.keys(others);
    const say = (sentence: string): void => refuse(`[[grade]]: ${sentence}`);
    if (unknown !== undefined) say(`unknown setting "${unknown}"; name and rights are known`);
    else if (!isGradeName(name)) say("name must be one word of small letters, up to 20 of them");
    else if (Object.hasOwn(OPERATOR_GRADES, name)) say(`${name} is a grade that every server has`);
    else if (name === "none") say("none takes a grade back, and can't be the name of one");
    else if (Object.hasOwn(grades, name)) say(`there are two grades ${name}`);
    else if (typeof rights === "string") say(rights);
    else grades[name] = rights;
  }
  return grades;
}

/** Returns the operators of the settings file. */
export function parseOperators(
  tables: readonly Table[],
  grades: OperatorGrades,
  refuse: Refuse,
): OperatorSetting[] {
  const names = new Set<string>();
  return tables.flatMap((table) => {
    const read = parseOperator(table, grades);
    const isSecond = typeof read !== "string" && names.has(read.name);
    const operator = isSecond ? `there are two operators ${read.name}` : read;
    if (typeof operator === "string") {
      refuse(`[[operator]]: ${operator}`);
      return [];
    }
    names.add(operator.name);
    return [operator];
  });
}

/** Returns an operator, or a sentence about the problem with the table. */
function parseOperator(table: Table, grades: OperatorGrades): OperatorSetting | string {
  const { name, "password-hash": passwordHash, grade = null, rights: texts, ...others } = table;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    return `unknown setting "${unknown}"; name, password-hash, grade and rights are known`;
  }
  if (typeof name !== "string" || !/^\S+$/.test(name)) return "name must be one word";
  if (typeof passwordHash !== "string" || !HASH.test(passwordHash)) {
    return "password-hash must be a whole argon2 or bcrypt hash, and never the password itself";
  }
  const ofGrade = typeof grade === "string" ? rightsOfGrade(grades, grade) : [];
  if (ofGrade === null || (grade !== null && typeof grade !== "string")) {
    const known = [...Object.keys(OPERATOR_GRADES), ...Object.keys(grades)].join(", ");
    return `there is no grade ${JSON.stringify(grade)}; there are ${known}`;
  }
  const rights = texts === undefined ? [] : parseRights(texts);
  if (typeof rights === "string") return rights;
  // Before there were rights an operator had all of them.
  const hasAll = grade === null && texts === undefined;
  const named = OPERATOR_RIGHTS.filter((right) => [...ofGrade, ...rights].includes(right));
  return { name, passwordHash, grade, rights: hasAll ? OPERATOR_RIGHTS : named };
}

/** Returns a list of rights, or a sentence about what is wrong with it. */
function parseRights(value: unknown): OperatorRight[] | string {
  const known = OPERATOR_RIGHTS.join(", ");
  if (!Array.isArray(value)) return `rights must be a list of some of ${known}`;
  const wrong = value.find((text) => operatorRight(text) === null);
  if (wrong !== undefined) return `there is no right ${JSON.stringify(wrong)}; there are ${known}`;
  return value.flatMap((text) => operatorRight(text) ?? []);
}
