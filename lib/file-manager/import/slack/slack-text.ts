/** Names for the ids that a Slack text refers to; `null` for one that the export doesn't list. */
export interface SlackNames {
  readonly user: (id: string) => string | null;
  readonly channel: (id: string) => string | null;
}

const ENTITIES: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };

/**
 * Converts a text in Slack's mrkdwn to one as people type it: names for ids, links as they are, and `<`, `>`
 * and `&`, which Slack escapes. `*bold*`, `` `code` `` and `:emoji:` stay as typed. See
 * https://docs.slack.dev/messaging/formatting-message-text
 */
export function slackText(text: string, names: SlackNames): string {
  return text
    .replace(/<([^<>\n]+)>/g, (_, reference: string) => referenceText(reference, names))
    .replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity);
}

function referenceText(reference: string, names: SlackNames): string {
  const bar = reference.indexOf("|");
  const target = bar < 0 ? reference : reference.slice(0, bar);
  const label = bar < 0 ? "" : reference.slice(bar + 1);
  const id = target.slice(1);
  switch (target[0]) {
    case "@":
      return `@${names.user(id) ?? (label === "" ? id : label.replace(/^@/, ""))}`;
    case "#":
      return `#${names.channel(id) ?? (label === "" ? id : label.replace(/^#/, ""))}`;
    case "!":
      return commandText(id, label);
    default:
      return /^\w[\w+.-]*:/.test(target) ? linkText(target, label) : `<${reference}>`;
  }
}

/** `<!here>`, `<!subteam^S123|@devs>` and `<!date^1700000000^{date}|22 November>`. */
function commandText(command: string, label: string): string {
  if (label !== "" && command.startsWith("date^")) return label;
  if (label !== "") return `@${label.replace(/^@/, "")}`;
  const [name = "", id = name] = command.split("^");
  return `@${name === "subteam" ? id : name}`;
}

/** A label that only repeats the link is left out: `<https://a.example|a.example>`. */
function linkText(url: string, label: string): string {
  const isAddress = /^(?:mailto|tel):/.test(url);
  const shown = isAddress ? url.replace(/^\w+:/, "") : url;
  const isRepeated = label === "" || withoutScheme(label) === withoutScheme(url);
  return isRepeated ? shown : `${label} (${shown})`;
}

function withoutScheme(url: string): string {
  return url.replace(/^(?:https?:\/\/|mailto:|tel:)/, "").replace(/\/$/, "");
}
