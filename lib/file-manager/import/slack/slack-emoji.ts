import { nameToEmoji } from "gemoji";

/** Names in Slack that GitHub's table has under another one, or not at all. */
const SLACK_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ thinking_face: "🤔", hugging_face: "🤗", face_palm: "🤦", robot_face: "🤖" },
    ...{ rolling_on_the_floor_laughing: "🤣", face_with_rolling_eyes: "🙄", the_horns: "🤘" },
    ...{ smiling_face_with_3_hearts: "🥰", face_with_hand_over_mouth: "🤭" },
    ...{ face_with_raised_eyebrow: "🤨", face_with_monocle: "🧐", face_with_cowboy_hat: "🤠" },
    ...{ hand_with_index_and_middle_fingers_crossed: "🤞", first_place_medal: "🥇" },
    ...{ "man-raising-hand": "🙋‍♂️", "woman-raising-hand": "🙋‍♀️" },
    ...{ large_green_circle: "🟢", large_yellow_circle: "🟡", large_orange_circle: "🟠" },
  }),
);
const REGIONAL_INDICATOR_A = 0x1f1e6;
/** Slack numbers skin tones from 2 to 6. */
const SKIN_TONES = ["🏻", "🏼", "🏽", "🏾", "🏿"];

/**
 * Returns the emoji that Slack calls by a name, such as "tada", "+1::skin-tone-2" or "flag-kr". A workspace's
 * own emoji stays a name: ":party-parrot:".
 */
export function slackEmoji(name: string): string {
  const [base = "", tone = ""] = name.split("::");
  const emoji = SLACK_NAMES.get(base) ?? flagEmoji(base) ?? gemojiNamed(base);
  if (emoji === null) return `:${base}:`;
  const skinTone = SKIN_TONES[Number(/^skin-tone-([2-6])$/.exec(tone)?.[1] ?? 0) - 2] ?? "";
  // A skin tone stands behind the hand or person, before what is joined to it.
  const [first = "", ...joined] = emoji.split("\u200d");
  return [first.replace(/\ufe0f$/, skinTone === "" ? "$&" : "") + skinTone, ...joined].join(
    "\u200d",
  );
}

/** GitHub writes "shrug" and "bowing_man" where Slack writes "man-shrugging" and "man-bowing". */
function gemojiNamed(name: string): string | null {
  const names = [name, name.replaceAll("-", "_"), name.replace(/^(man|woman)-(.+)$/, "$2_$1")];
  const known = names.find((candidate) => Object.hasOwn(nameToEmoji, candidate));
  return known === undefined ? null : (nameToEmoji[known] ?? null);
}

function flagEmoji(name: string): string | null {
  const country = /^flag-([a-z]{2})$/.exec(name)?.[1];
  if (country === undefined) return null;
  const letters = [...country].map((letter) => letter.charCodeAt(0) - "a".charCodeAt(0));
  return String.fromCodePoint(...letters.map((letter) => REGIONAL_INDICATOR_A + letter));
}
