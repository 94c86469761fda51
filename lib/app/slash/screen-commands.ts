/** Commands for the client itself: menu pages, invitations, reconnect, quit. */
import {
  createInvitation,
  type InvitationFailure,
  listInvitations,
  withdrawInvitation,
} from "../../member-client/invitations.ts";
import { parseExistingRoomName, type RoomName } from "../../protocol/names.ts";
import { encodingName, parseEncoding } from "../../protocol/text-encoding.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { refusalSentence } from "../app-context.ts";
import { answerProblem } from "../chat-screen/draw/system-line.ts";
import { confirmProblem } from "../connection/confirm-certificate.ts";
import { knownRoom } from "./room-query.ts";
import { firstWord, type SlashCommand, type SlashContext } from "./slash-command.ts";

/** A number of uses or hours, "*" or nothing. */
const AMOUNT = /^(?:\d*|\*)$/;

/** /invitations, /link, /trust, the pages of the menu, /reconnect and /quit. */
export const SCREEN_COMMANDS: readonly SlashCommand[] = [
  {
    name: "invitations",
    aliases: ["초대장"],
    arguments: "invitations",
    help: "invitations",
    needsConnection: false,
    run(context, rest) {
      const [action, more] = firstWord(rest);
      switch (action.toLowerCase()) {
        case "":
          return context.openMenu("invitations");
        case "list":
        case "목록":
          return list(context);
        case "new":
        case "create":
        case "만들기":
          return create(context, more);
        case "drop":
        case "withdraw":
        case "취소":
          return withdraw(context, more);
        default:
          return context.showUsage();
      }
    },
  },
  {
    name: "encoding",
    aliases: ["인코딩", "charset"],
    arguments: "encoding",
    help: "encoding",
    needsConnection: false,
    run(context, rest) {
      const { note, words, showUsage } = context;
      const [name, more] = firstWord(rest);
      if (name === "" || more !== "") return showUsage();
      const encoding = parseEncoding(name);
      if (encoding === null) return note(words.elsewhere.noEncoding(sanitize(name)), "bad");
      // UTF-8 is what it is without a choice.
      const isUtf8 = encoding === "utf-8";
      context.setEncoding(isUtf8 ? null : encoding);
      const { encodingSet, encodingUnset } = words.elsewhere;
      note(isUtf8 ? encodingUnset : encodingSet(encodingName(encoding)));
    },
  },
  {
    name: "link",
    aliases: ["링크"],
    arguments: "roomOptional",
    help: "link",
    needsConnection: false,
    run(context, rest) {
      const [name, more] = firstWord(rest);
      const room = parseExistingRoomName(name === "" ? context.conversation.name : name);
      if (more !== "" || (room === null && name !== "")) return context.showUsage();
      const { slash } = context.words;
      const shownRoom = room === null ? null : sanitize(room);
      const command = context.linkCommand({ room });
      const explanation = slash.linkMade(command, shownRoom);
      context.reveal([explanation, ...entryHints(context, room)].join("\n\n"), command);
    },
  },
  {
    name: "trust",
    aliases: ["신뢰"],
    arguments: "confirmation",
    help: "trust",
    needsConnection: false,
    run(context, rest) {
      if (rest === "") return context.showUsage();
      const { words, note } = context;
      const confirmation = context.confirmCertificate(rest);
      if (confirmation === null) note(words.confirm.nothing, "bad");
      else if (confirmation.kind === "confirmed") note(words.confirm.done);
      else note(confirmProblem(words, confirmation), "bad");
    },
  },
  {
    name: "password",
    aliases: ["비밀번호"],
    arguments: "none",
    help: "password",
    needsConnection: false,
    run: ({ openMenu }) => openMenu("password"),
  },
  {
    name: "devices",
    aliases: ["기기"],
    arguments: "none",
    help: "devices",
    needsConnection: false,
    run: ({ openMenu }) => openMenu("devices"),
  },
  {
    name: "sessions",
    aliases: ["로그인목록", "접속목록"],
    arguments: "none",
    help: "sessions",
    needsConnection: true,
    run: ({ openMenu }) => openMenu("sessions"),
  },
  {
    name: "second-factor",
    aliases: ["2단계인증", "이중인증", "otp"],
    arguments: "none",
    help: "secondFactor",
    needsConnection: true,
    run: ({ openMenu }) => openMenu("second-factor"),
  },
  {
    name: "bots",
    aliases: ["봇"],
    arguments: "none",
    help: "bots",
    needsConnection: true,
    run: ({ openMenu }) => openMenu("bots"),
  },
  {
    name: "forget-me",
    aliases: ["내말삭제", "내말지우기", "전부삭제"],
    arguments: "none",
    help: "forgetMe",
    needsConnection: false,
    run: ({ openMenu }) => openMenu("forget"),
  },
  {
    name: "clear",
    aliases: ["정리"],
    arguments: "none",
    help: "clear",
    needsConnection: false,
    run({ clearNotes, note, words, showUsage }, rest) {
      if (rest !== "") return showUsage();
      if (clearNotes === null) return note(words.slash.notOnScreen, "bad");
      clearNotes();
    },
  },
  {
    name: "menu",
    aliases: ["메뉴"],
    arguments: "none",
    help: "menu",
    needsConnection: false,
    run: ({ openMenu }) => openMenu("rooms"),
  },
  {
    name: "reconnect",
    aliases: ["다시연결", "재연결"],
    arguments: "none",
    help: "reconnect",
    needsConnection: false,
    run: ({ reconnect }) => reconnect(),
  },
  {
    name: "quit",
    aliases: ["종료", "exit"],
    arguments: "none",
    help: "quit",
    needsConnection: false,
    run: ({ quit }) => quit(),
  },
];

/** Returns what else somebody needs who comes into a room by a link. */
function entryHints(context: SlashContext, room: RoomName | null): string[] {
  if (room === null) return [];
  const { slash } = context.words;
  const { modes = "" } = knownRoom(context, room) ?? {};
  return [
    ...(modes.includes("i") ? [slash.linkClosed(sanitize(room))] : []),
    ...(modes.includes("k") ? [slash.linkKey(sanitize(room))] : []),
  ];
}

/** Runs `/invitations new [uses] [hours]`; "*" is no limit. */
function create(context: SlashContext, rest: string): void {
  const [uses, hours] = firstWord(rest);
  if (!AMOUNT.test(uses) || !AMOUNT.test(hours)) return context.showUsage();
  const amount = (text: string): number | null => (text === "*" ? null : Number(text));
  const limits = {
    ...(uses === "" ? {} : { uses: amount(uses) }),
    ...(hours === "" ? {} : { hours: amount(hours) }),
  };
  createInvitation(context.session, limits, (outcome) => {
    if (outcome.kind === "bad-code") {
      return context.note(context.words.profile.invitationBroken, "bad");
    }
    if (outcome.kind !== "created") return noteFailure(context, outcome);
    const { code } = outcome.invitation;
    // Typed in a room, the invitation leads into it.
    const room = parseExistingRoomName(context.conversation.name);
    const command = context.linkCommand({ invitation: code, room });
    const explanation = context.words.profile.invitationMade(command, code);
    context.reveal([explanation, ...entryHints(context, room)].join("\n\n"), command);
  });
}

function list(context: SlashContext): void {
  const { words, calendar, note } = context;
  listInvitations(context.session, (outcome) => {
    if (outcome.kind !== "invitations") return noteFailure(context, outcome);
    if (outcome.invitations.length === 0) return note(words.profile.invitationNone);
    const lines = outcome.invitations.map(({ id, used, uses, expiresAt }) =>
      words.profile.invitationEntry(
        sanitize(id),
        `${used}/${uses ?? "∞"}`,
        expiresAt === null
          ? words.profile.invitationForever
          : words.profile.invitationUntil(calendar.moment(expiresAt)),
      ),
    );
    note([...lines, words.profile.invitationsHint].join("\n"));
  });
}

function withdraw(context: SlashContext, rest: string): void {
  const { words, note } = context;
  const [id] = firstWord(rest);
  if (id === "") return context.showUsage();
  withdrawInvitation(context.session, id, (outcome) => {
    if (outcome.kind === "withdrawn") note(words.profile.invitationWithdrawn);
    else if (outcome.kind === "unknown") note(words.failures.NO_SUCH_INVITATION(""), "bad");
    else noteFailure(context, outcome);
  });
}

function noteFailure({ session, words, note }: SlashContext, failure: InvitationFailure): void {
  if (failure.kind === "not-owner") note(words.failures.NOT_OWNER(""), "bad");
  else if (failure.kind === "lost") note(answerProblem(failure, session.state, words), "bad");
  else note(refusalSentence(words, failure), "bad");
}
