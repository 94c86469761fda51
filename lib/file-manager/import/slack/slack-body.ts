import { fieldOf, textIn } from "../../disk/json-fields.ts";
import { type SlackNames, slackText } from "./slack-text.ts";

/** Blocks lie within each other: a list within a quote within a message. */
const BLOCK_DEPTH_MAX = 12;
/** Fields of blocks that hold further ones, in the order in which they are shown. */
const BLOCK_PARTS = ["title", "text", "fields", "elements", "accessory"];

/**
 * Returns everything that a message says: its text, what a bot attached, and a line for each file. What Slack
 * itself attaches, the preview of a link, is left out. "" for a message that says nothing.
 */
export function slackBody(record: unknown, names: SlackNames): string {
  const text = stringIn(record, "text");
  const said = text.trim() === "" ? blocksText(fieldOf(record, "blocks"), 0) : text;
  const attached = listIn(record, "attachments").map(attachmentText);
  const parts = [said, ...attached].map((part) => slackText(part, names).trimEnd());
  // Until 2018 a message had one file, and mostly named it in its text.
  const oldFile = [fieldOf(record, "file")].filter((file) => {
    const name = textIn(file, "name");
    return name !== null && !said.includes(name);
  });
  const files = [...listIn(record, "files"), ...oldFile].flatMap((file) => fileLine(file) ?? []);
  return [
    ...parts.filter((part, index) => part !== "" && parts.indexOf(part) === index),
    ...files,
  ].join("\n");
}

function attachmentText(attachment: unknown): string {
  const isPreview = ["from_url", "original_url"].some((key) => textIn(attachment, key) !== null);
  const isSharedMessage =
    fieldOf(attachment, "is_share") === true || fieldOf(attachment, "is_msg_unfurl") === true;
  if (isPreview && !isSharedMessage) return "";
  const fields = listIn(attachment, "fields").map((field) =>
    [stringIn(field, "title"), stringIn(field, "value")].filter((part) => part !== "").join(": "),
  );
  const title = stringIn(attachment, "title");
  const link = stringIn(attachment, "title_link");
  const parts = [
    stringIn(attachment, "pretext"),
    title !== "" && link !== "" ? `<${link}|${title}>` : title,
    stringIn(attachment, "text"),
    ...fields,
  ].filter((part) => part !== "");
  if (parts.length > 0) return parts.join("\n");
  const blocks = blocksText(fieldOf(attachment, "blocks"), 0);
  return blocks === "" ? stringIn(attachment, "fallback") : blocks;
}

/** Collects the texts of blocks, which newer bots send in place of a text. Each block is a line. */
function blocksText(block: unknown, depth: number): string {
  if (typeof block === "string") return block;
  if (depth > BLOCK_DEPTH_MAX) return "";
  if (Array.isArray(block)) {
    const isInline = block.some((part) =>
      /^(?:text|link|user|emoji)$/.test(stringIn(part, "type")),
    );
    return block
      .map((part) => blocksText(part, depth + 1))
      .filter((text) => text !== "")
      .join(isInline ? "" : "\n");
  }
  const id = ["user_id", "channel_id"].map((key) => textIn(block, key)).find((key) => key !== null);
  switch (textIn(block, "type")) {
    case "text":
      return escaped(stringIn(block, "text"));
    case "user":
      return `<@${id}>`;
    case "channel":
      return `<#${id}>`;
    case "broadcast":
      return `<!${stringIn(block, "range")}>`;
    case "emoji":
      return `:${stringIn(block, "name")}:`;
    case "link": {
      const label = stringIn(block, "text");
      return label === "" ? `<${stringIn(block, "url")}>` : `<${stringIn(block, "url")}|${label}>`;
    }
  }
  return blocksText(
    BLOCK_PARTS.flatMap((key) => fieldOf(block, key) ?? []),
    depth + 1,
  );
}

/** Files aren't part of an export, and their addresses need a log-in there. */
function fileLine(file: unknown): string | null {
  const name = textIn(file, "name") ?? textIn(file, "title");
  return name === null ? null : `[${name}]`;
}

/** A text within a block is plain, unlike a message's. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function stringIn(value: unknown, key: string): string {
  return textIn(value, key) ?? "";
}

function listIn(value: unknown, key: string): readonly unknown[] {
  const list = fieldOf(value, key);
  return Array.isArray(list) ? list : [];
}
