import { fieldOf, textIn } from "../../disk/json-fields.ts";

/** The people and bots of a Slack export, by their ids. */
export interface SlackUsers {
  readonly nameOf: (id: string) => string | null;
}

/**
 * Reads users.json. A person is called as in Slack's own screen, by the display name, without spaces since a
 * nick has none; two people with one display name by the name that they log in with.
 */
export function readSlackUsers(records: readonly unknown[]): SlackUsers {
  const people = records.flatMap((record) => {
    const id = textIn(record, "id");
    if (id === null) return [];
    return [{ id, botId: textIn(fieldOf(record, "profile"), "bot_id"), ...namesOf(record) }];
  });
  const counts = new Map<string, number>();
  for (const { display } of people) counts.set(display, (counts.get(display) ?? 0) + 1);
  const names = new Map<string, string>();
  for (const { id, botId, display, login } of people) {
    const name = (counts.get(display) ?? 0) > 1 ? login : display;
    names.set(id, name);
    if (botId !== null) names.set(botId, name);
  }
  return { nameOf: (id) => names.get(id) ?? (id === "USLACKBOT" ? "slackbot" : null) };
}

/** Returns the name in a message's own `user_profile`, for people of another workspace; `null` for none. */
export function profileName(message: unknown): string | null {
  const profile = fieldOf(message, "user_profile");
  return firstName(
    textIn(profile, "display_name"),
    textIn(profile, "real_name"),
    textIn(profile, "name"),
  );
}

function namesOf(record: unknown): { readonly display: string; readonly login: string } {
  const profile = fieldOf(record, "profile");
  const id = textIn(record, "id");
  const login = firstName(textIn(record, "name"), id) ?? "";
  return { display: firstName(textIn(profile, "display_name")) ?? login, login };
}

function firstName(...names: readonly (string | null)[]): string | null {
  const name = names.find((candidate) => (candidate ?? "").trim() !== "") ?? null;
  return name === null ? null : nameWithoutSpaces(name);
}

/** Makes a name one word, as a nick is, so that a mention of it is one. */
export function nameWithoutSpaces(name: string): string {
  return name.trim().replace(/\s+/g, "_");
}
