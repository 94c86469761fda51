/** Commands for the program itself. */
import {
  createInvitation,
  listInvitations,
  withdrawInvitation,
} from "../../member-client/invitations.ts";
import { clientCommand } from "../../protocol/server-link.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { firstWord, type Slash, type SlashCommand } from "./slash-command.ts";

export const SCREEN_COMMANDS: readonly SlashCommand[] = [
  {
    name: "invitations",
    aliases: ["초대장"],
    arguments: "invitations",
    help: "invitations",
    run(slash, rest) {
      const [word, more] = firstWord(rest);
      switch (word.toLowerCase()) {
        case "":
          return slash.menu("invitations");
        case "list":
        case "목록":
          return list(slash);
        case "new":
        case "create":
        case "만들기":
          return create(slash, more);
        case "drop":
        case "withdraw":
        case "취소":
          return drop(slash, more);
        default:
          return slash.usage();
      }
    },
  },
  {
    name: "password",
    aliases: ["비밀번호"],
    arguments: "none",
    help: "password",
    run: ({ menu }) => void menu("password"),
  },
  {
    name: "devices",
    aliases: ["기기"],
    arguments: "none",
    help: "devices",
    run: ({ menu }) => void menu("devices"),
  },
  {
    name: "forget-me",
    aliases: ["내말삭제", "내말지우기", "전부삭제"],
    arguments: "none",
    help: "forgetMe",
    run: ({ menu }) => void menu("forget"),
  },
  {
    name: "menu",
    aliases: ["메뉴"],
    arguments: "none",
    help: "menu",
    run: ({ menu }) => void menu("rooms"),
  },
  {
    name: "reconnect",
    aliases: ["다시연결", "재연결"],
    arguments: "none",
    help: "reconnect",
    run: ({ reconnect }) => void reconnect(),
  },
  {
    name: "quit",
    aliases: ["종료", "exit"],
    arguments: "none",
    help: "quit",
    run: ({ quit }) => void quit(),
  },
];

function refused(slash: Slash, outcome: { kind: string; text?: string }): void {
  const { words, note } = slash;
  if (outcome.kind === "not-owner") note(words.failures.NOT_OWNER(""), "bad");
  else if (outcome.kind === "not-offered") note(words.slash.notOffered, "bad");
  else if (outcome.kind === "lost") note(words.slash.notConnected, "bad");
  else
    note(outcome.text ? sanitize(outcome.text) : words.failures.TEMPORARILY_UNAVAILABLE(""), "bad");
}

function create(slash: Slash, rest: string): void {
  const [uses, hours] = firstWord(rest);
  if (!/^\d*$/.test(uses) || !/^\d*$/.test(hours)) return slash.usage();
  const asked = {
    ...(uses === "" ? {} : { uses: Number(uses) }),
    ...(hours === "" ? {} : { hours: Number(hours) }),
  };
  createInvitation(slash.session, asked, (outcome) => {
    if (outcome.kind !== "created") return refused(slash, outcome);
    const code = sanitize(outcome.invitation.code);
    const line = clientCommand(slash.linkWith(code));
    slash.reveal(slash.words.profile.invitationMade(line, code));
  });
}

function list(slash: Slash): void {
  const { words, calendar } = slash;
  listInvitations(slash.session, (outcome) => {
    if (outcome.kind !== "invitations") return refused(slash, outcome);
    if (outcome.invitations.length === 0) return slash.note(words.profile.invitationNone);
    const lines = outcome.invitations.map(({ id, used, uses, expiresAt }) =>
      words.profile.invitationEntry(
        sanitize(id),
        `${used}/${uses ?? "∞"}`,
        expiresAt === null
          ? words.profile.invitationForever
          : words.profile.invitationUntil(calendar.moment(expiresAt)),
      ),
    );
    slash.note([...lines, words.profile.invitationsHint].join("\n"));
  });
}

function drop(slash: Slash, rest: string): void {
  const [id] = firstWord(rest);
  if (id === "") return slash.usage();
  withdrawInvitation(slash.session, id, (outcome) => {
    if (outcome.kind === "withdrawn") slash.note(slash.words.profile.invitationWithdrawn);
    else if (outcome.kind === "unknown")
      slash.note(slash.words.failures.NO_SUCH_INVITATION(""), "bad");
    else refused(slash, outcome);
  });
}
