/**
 * What our server's ChanServ says, in Korean: about rooms, what the commands behind it answer, and what both services
 * say. "{}" stands for a word that the sentence is about; see service-translation.ts.
 */
export const KOREAN_CHANSERV_SENTENCES: Readonly<Record<string, string>> = {
  "ChanServ manages rooms. A room belongs to its creator.":
    "ChanServ는 방을 관리합니다. 방은 만든 사람의 것입니다.",
  "HELP <command> explains a command. The commands are:":
    "HELP <명령>으로 명령의 설명을 봅니다. 명령은 다음과 같습니다.",
  "Unknown command: HELP lists the commands": "없는 명령입니다. HELP로 명령을 볼 수 있습니다.",
  "Unknown command {}: try HELP": "{1:이라/라}는 명령은 없습니다. HELP로 명령을 볼 수 있습니다.",
  "Only the room's founder can do that": "방장만 할 수 있습니다.",
  "Only the room's ops can do that": "방의 관리자만 할 수 있습니다.",
  "Only the room's ops may do that": "방의 관리자만 할 수 있습니다.",
  "Only the room's ops can see that": "방의 관리자만 볼 수 있습니다.",
  // Help.
  "Makes you the founder of your room for good, even when you leave it and come back.":
    "나갔다 와도 계속 내 방의 방장이 되게 합니다.",
  "Gives op in a room.": "방의 관리자로 지정합니다.",
  "Gives voice in a room.": "방의 발언자로 지정합니다.",
  "Takes op away in a room.": "방의 관리자 등급을 거둡니다.",
  "Takes voice away in a room.": "방의 발언자 등급을 거둡니다.",
  "Sets the ranks (q, a, o, h, v) that an account gets when it joins. Alone: lists them.":
    "계정이 들어올 때 받을 등급(q, a, o, h, v)을 정합니다. 방만 적으면 목록을 보여 줍니다.",
  "Makes another member the founder in your place. You stay an op.":
    "다른 사람에게 방장을 넘깁니다. 나는 관리자로 남습니다.",
  "Kicks everybody whom you can kick out of the room.":
    "내보낼 수 있는 사람을 모두 방에서 내보냅니다.",
  "Kicks everybody and gives up the room. Nobody can read its history any more.":
    "모두 내보내고 방을 없앱니다. 방의 기록은 더 이상 읽을 수 없습니다.",
  "Shows what is known about a room.": "방 정보를 보여 줍니다.",
  "Lets somebody read but not talk, for a time such as 30m, 2h or 7d, or for good.":
    "읽을 수는 있지만 말은 못 하게 합니다. 30m, 2h, 7d 같은 동안이나 기한 없이 합니다.",
  "Removes somebody and keeps them out, for a time such as 30m, 2h or 7d, or for good.":
    "내보내고 다시 못 들어오게 합니다. 30m, 2h, 7d 같은 동안이나 기한 없이 합니다.",
  "Lets somebody talk again.": "다시 말할 수 있게 합니다.",
  "Lets somebody in again.": "다시 들어올 수 있게 합니다.",
  "Removes somebody from a room. They can come back: see BAN.":
    "방에서 내보냅니다. 다시 들어올 수 있습니다. 막으려면 BAN을 씁니다.",
  "Lists who is banned or muted, for how much longer, by whom and why.":
    "출입이나 말하기가 금지된 사람, 남은 시간, 금지한 사람과 이유를 보여 줍니다.",
  "Lets people without a rank talk only once in so many seconds.":
    "등급이 없는 사람은 정한 시간에 한 번만 말하게 합니다.",
  "Refuses messages with a word, shows them to ops alone, or replaces the word.":
    "어떤 말이 든 메시지를 막거나, 관리자에게만 보이거나, 그 말을 가립니다.",
  "Lists who asks to join a room whose ops approve it (+A).":
    "승인을 받아야 들어오는 방(+A)에 들어오려는 사람을 보여 줍니다.",
  "Lets somebody join who asked for it. They get an invitation.":
    "들어오려는 사람을 승인합니다. 그 사람은 초대를 받습니다.",
  "Turns somebody's request to join down. They aren't told, and may ask again.":
    "들어오겠다는 신청을 거절합니다. 알리지는 않으며, 다시 신청할 수 있습니다.",
  "Shows who moderated a room lately, and how.": "최근에 누가 방을 어떻게 관리했는지 보여 줍니다.",
  "Shows somebody's newest message there to the room's ops and the owner, as it is now.":
    "그 사람의 가장 새로운 메시지를 지금 그대로 방의 관리자와 서버 주인에게 신고합니다.",
  "Lists the reports that you may handle, or removes one that is handled.":
    "내가 처리할 수 있는 신고를 보여 주거나, 처리한 신고를 지웁니다.",
  "Closes a room: its members can read it, and nobody can talk or join.":
    "방을 닫습니다. 있던 사람은 읽을 수 있고, 아무도 말하거나 들어올 수 없습니다.",
  "Opens a closed room again.": "닫힌 방을 다시 엽니다.",
  "Makes an operator of the server the founder of a room whose founder has gone.":
    "방장이 없는 방의 방장을 서버 운영자가 맡습니다.",
  // Answers.
  "Log in first, so that you can be recognized again":
    "다시 알아볼 수 있도록 먼저 로그인해 주세요.",
  "{} exists as long as a user with an account is in it":
    "{1:은/는} 계정이 있는 사람이 있는 동안 남아 있습니다.",
  "You stay its founder when you leave it and come back": "나갔다 와도 방장입니다.",
  "You have your rank in {}": "{1}에서 내 등급을 받았습니다.",
  "{} has automatic ranks for {}": "{1}에서 {2:count}의 등급이 자동으로 정해집니다.",
  "Give + or -, and ranks out of q, a, o, h and v, such as +o":
    "+나 - 뒤에 등급 q, a, o, h, v를 적어 주세요. 예: +o",
  "You can't give or take that rank in this room": "이 방에서 그 등급을 주거나 거둘 수 없습니다.",
  "{} has no automatic rank any more": "{1} 계정에 자동으로 주던 등급을 거두었습니다.",
  "{} gets +{} when joining": "{1} 계정은 들어올 때 +{2} 등급을 받습니다.",
  "The room has too many automatic ranks": "이 방에 자동으로 정한 등급이 너무 많습니다.",
  "The new founder must be another member with an account":
    "방장은 방에 있고 계정이 있는 다른 사람에게 넘길 수 있습니다.",
  "{} is now the founder of {}": "{1} 님이 이제 {2}의 방장입니다.",
  "Only USERS can be cleared": "USERS만 내보낼 수 있습니다.",
  "Cleared by {}": "{1} 님이 모두 내보냈습니다.",
  "There is nobody to kick": "내보낼 사람이 없습니다.",
  "Everybody will be kicked, and nobody can read the room's history any more.":
    "모두 내보내며, 방의 기록은 더 이상 아무도 읽을 수 없습니다.",
  "To confirm: /msg ChanServ DROP {} YES": "확인하려면: /msg ChanServ DROP {1} YES",
  "The room was dropped": "방을 없앴습니다.",
  "Not everybody could be kicked. Try again": "모두 내보내지는 못했습니다. 다시 해 주세요.",
  "{} was dropped": "{1:을/를} 없앴습니다.",
  "{} was created at {}": "{1:은/는} {2:time}에 만들어졌습니다.",
  "Founder: nobody": "방장: 없음",
  "Founder: {}": "방장: {1}",
  "Members: {}": "사람: {1}명",
  "Topic: {}": "주제: {1}",
  "Write the time as 30m, 2h, 7d or 1w, and a reason behind it":
    "기간은 30m, 2h, 7d, 1w처럼 적고 그 뒤에 이유를 적어 주세요.",
  "That is not a valid nick or mask": "이름이나 마스크가 아닙니다.",
  "You can't do that to yourself": "자기 자신에게는 할 수 없습니다.",
  "{} has a higher rank than you": "{1} 님의 등급이 더 높습니다.",
  "{} is an op, whom no mute holds: take the rank away first":
    "{1} 님의 등급은 말하지 못하게 할 수 없습니다. 먼저 등급을 거두세요.",
  "The list of bans is full (+b)": "출입 금지 목록이 가득 찼습니다.",
  Banned: "출입이 금지되었습니다.",
  "No reason given": "이유 없음",
  "{} is muted in {} for good": "{1} 님은 {2}에서 이제 말할 수 없습니다.",
  "{} is muted in {} for {}": "{1} 님은 {2}에서 {3:duration} 동안 말할 수 없습니다.",
  "{} is banned in {} for good": "{1} 님은 {2}에 이제 들어올 수 없습니다.",
  "{} is banned in {} for {}": "{1} 님은 {2}에 {3:duration} 동안 들어올 수 없습니다.",
  "{} isn't muted in {}": "{1} 님은 {2}에서 말할 수 있습니다.",
  "{} isn't muted in {} any more": "{1} 님은 {2}에서 다시 말할 수 있습니다.",
  "{} isn't banned in {}": "{1} 님은 {2}에 출입이 금지되어 있지 않습니다.",
  "{} isn't banned in {} any more": "{1} 님은 {2}에 다시 들어올 수 있습니다.",
  "Nobody is banned or muted in {}": "{1}에는 출입이나 말하기가 금지된 사람이 없습니다.",
  "{} is muted for good, by {}: No reason given": "{1}: 말하기 금지, 기한 없음, {2} 님이 지정",
  "{} is muted for good, by {}: {}": "{1}: 말하기 금지, 기한 없음, {2} 님이 지정, 이유: {3}",
  "{} is muted for another {}, by {}: No reason given":
    "{1}: 말하기 금지, {2:duration} 남음, {3} 님이 지정",
  "{} is muted for another {}, by {}: {}":
    "{1}: 말하기 금지, {2:duration} 남음, {3} 님이 지정, 이유: {4}",
  "{} is banned for good, by {}: No reason given": "{1}: 출입 금지, 기한 없음, {2} 님이 지정",
  "{} is banned for good, by {}: {}": "{1}: 출입 금지, 기한 없음, {2} 님이 지정, 이유: {3}",
  "{} is banned for another {}, by {}: No reason given":
    "{1}: 출입 금지, {2:duration} 남음, {3} 님이 지정",
  "{} is banned for another {}, by {}: {}":
    "{1}: 출입 금지, {2:duration} 남음, {3} 님이 지정, 이유: {4}",
  "Nothing is filtered": "거르는 말이 없습니다.",
  "Give + or - before the word": "말 앞에 +나 -를 붙여 주세요.",
  "{} isn't filtered in {}": "{2}에서 거르지 않는 말입니다: {1}",
  "{} asked at {}": "{1} 님이 {2:time}에 신청했습니다.",
  "Nobody asks to join {}": "{1}에 들어오려고 신청한 사람이 없습니다.",
  "Answer by APPROVE {} <nick> or DECLINE {} <nick>":
    "승인: APPROVE {1} <이름>, 거절: DECLINE {2} <이름>",
  "{} hasn't asked to join": "{1} 님은 들어오겠다고 신청하지 않았습니다.",
  "The request of {} is declined": "{1} 님의 신청을 거절했습니다.",
  "Nobody has moderated {} yet": "{1:을/를} 관리한 기록이 아직 없습니다.",
  "There is no such report": "그런 신고가 없습니다.",
  "The report {} is handled": "신고 {1:을/를} 처리했습니다.",
  "There are more reports: handle these first": "신고가 더 있습니다. 먼저 이것부터 처리해 주세요.",
  "No report waits for you": "처리할 신고가 없습니다.",
  "REPORTS DONE <id> removes a report that is handled":
    "처리한 신고는 REPORTS DONE <번호>로 지웁니다.",
  "{} is closed already": "{1:은/는} 이미 닫혀 있습니다.",
  "{} is open": "{1:은/는} 열려 있습니다.",
  "{} is closed": "{1:을/를} 닫았습니다.",
  "{} is open again": "{1:을/를} 다시 열었습니다.",
  "{} closed this room": "{1} 님이 이 방을 닫았습니다.",
  "{} closed this room: {}": "{1} 님이 이 방을 닫았습니다. 이유: {2}",
  "{} opened this room again": "{1} 님이 이 방을 다시 열었습니다.",
  "There is no room {}": "{1:이라/라}는 방이 없습니다.",
  "{} has a founder: {}": "{1}에는 방장이 있습니다: {2}",
  "{}, an operator of this server, is now the founder": "서버 운영자 {1} 님이 이제 방장입니다.",
  "You are now the founder of {}": "이제 {1}의 방장입니다.",
  "An operator of this server has closed that room. Only operators can change that":
    "서버 운영자가 닫은 방입니다. 운영자만 바꿀 수 있습니다.",
  "That room is closed": "닫힌 방입니다.",
  "Only the operators of this server may do that": "서버 운영자만 할 수 있습니다.",
  'That takes the right "{}", which the grade {} doesn\'t have':
    '"{1}" 권한이 필요합니다. {2} 등급에는 없습니다.',
  'That takes the right "{}", which your OPER name doesn\'t have':
    '"{1}" 권한이 필요합니다. 내 OPER 이름에는 없습니다.',
  // The commands behind it.
  "Give one nick for each room": "방마다 이름을 하나씩 적어 주세요.",
  "They aren't in that room": "그 방에 없는 사람입니다.",
  "Unknown room mode": "서버가 모르는 방 설정입니다.",
  "That is not a valid filter": "거를 말로 쓸 수 없습니다.",
  "That is not a valid mask": "마스크로 쓸 수 없습니다.",
  "That list is full (+{})": "목록이 가득 찼습니다 (+{1}).",
  "Give a nick": "이름을 적어 주세요.",
  "A key has 1 to {} bytes, and no space or comma":
    "방 비밀번호는 1~{1}바이트이고, 빈칸이나 쉼표를 쓸 수 없습니다.",
  "The limit must be a number of members": "정원은 사람 수로 적어 주세요.",
  "There is no such room": "그런 방이 없습니다.",
  "A room can't forward to itself": "방을 그 방 자신으로 넘길 수 없습니다.",
  "Give a number of seconds from 1 to {}": "1초부터 {1}초까지 적어 주세요.",
  "Give joins and seconds, such as 5:60 for five joins a minute":
    "들어오는 사람 수와 초를 적어 주세요. 예: 1분에 5명이면 5:60",
  "Give the age of an account, such as 30m, 2h or 7d, at most 90d":
    "계정의 나이를 30m, 2h, 7d처럼 90d까지 적어 주세요.",
  "They are already in that room": "이미 그 방에 있는 사람입니다.",
  "There is no such room or person": "그런 방이나 사람이 없습니다.",
  "There is no such message": "그런 메시지가 없습니다.",
  "Your report was sent to those who can do something about it":
    "신고했습니다. 처리할 수 있는 사람에게 전해졌습니다.",
  "You have reported that message": "이미 신고한 메시지입니다.",
  "Too many reports are waiting. Report it later":
    "기다리는 신고가 너무 많습니다. 나중에 신고해 주세요.",
  "That report is about an op of the room: the server's operators handle it":
    "방의 관리자에 대한 신고입니다. 서버 운영자가 처리합니다.",
  "{} reports a direct message by {}, sent at {}: see REPORTS, {}":
    "{1} 님이 {2} 님의 1:1 메시지를 신고했습니다 ({3:time}). REPORTS에서 볼 수 있습니다: {4}",
  "{} reports a direct message by {} ({}), sent at {}: see REPORTS, {}":
    "{1} 님이 {2} 님의 1:1 메시지를 신고했습니다 ({4:time}, 이유: {3}). REPORTS에서 볼 수 있습니다: {5}",
  "{} reports a message in {} by {}, sent at {}: see REPORTS, {}":
    "{1} 님이 {2}에서 {3} 님의 메시지를 신고했습니다 ({4:time}). REPORTS에서 볼 수 있습니다: {5}",
  "{} reports a message in {} by {} ({}), sent at {}: see REPORTS, {}":
    "{1} 님이 {2}에서 {3} 님의 메시지를 신고했습니다 ({5:time}, 이유: {4}). REPORTS에서 볼 수 있습니다: {6}",
  "1 report waits to be handled: see REPORTS":
    "신고 1개가 처리를 기다립니다. REPORTS에서 볼 수 있습니다.",
  "{} reports wait to be handled: see REPORTS":
    "신고 {1}개가 처리를 기다립니다. REPORTS에서 볼 수 있습니다.",
  "That is not a valid room name": "방 이름으로 쓸 수 없습니다.",
  "You are in too many rooms": "들어가 있는 방이 너무 많습니다.",
  "You are forwarded to another room": "다른 방으로 넘겨졌습니다.",
  "That room was renamed": "이름이 바뀐 방입니다.",
  "The server has too many rooms": "서버에 방이 너무 많습니다.",
  "There is no such room, and bots don't create rooms":
    "그런 방이 없으며, 봇은 방을 만들 수 없습니다.",
  "There is no such room, and only people with an account may create one":
    "그런 방이 없으며, 계정이 있는 사람만 방을 만들 수 있습니다.",
  "There is no such room, and only the server's owner, and whom they named, may create one":
    "그런 방이 없으며, 서버 주인과 주인이 정한 사람만 방을 만들 수 있습니다.",
  "You are the founder of as many rooms as one person may have here":
    "이 서버에서 한 사람이 가질 수 있는 방을 모두 가지고 있습니다.",
  "You created too many rooms. Try again in a minute":
    "방을 너무 많이 만들었습니다. 1분 뒤에 다시 해 주세요.",
  "{} is not one of this bot's rooms": "{1:은/는} 이 봇의 방이 아닙니다.",
  "You aren't in that room": "그 방에 들어가 있지 않습니다.",
  "Nobody here has that name": "그런 이름을 가진 사람이 없습니다.",
  "That is not a valid nick": "이름으로 쓸 수 없습니다.",
  "Somebody has that name. Try another": "다른 사람이 쓰는 이름입니다. 다른 이름을 골라 주세요.",
  "You asked about too many names. Try again later":
    "너무 많은 이름을 물었습니다. 나중에 다시 해 주세요.",
  "Not enough parameters": "빠진 것이 있습니다.",
  "There is no such server": "그런 서버가 없습니다.",
  "Too many devices of this account are connected": "이 계정으로 접속한 기기가 너무 많습니다.",
  "The server is busy. Try again in a moment": "서버가 바쁩니다. 잠시 뒤에 다시 해 주세요.",
  "Too many tries. Try again in {}": "너무 여러 번 했습니다. {1:count} 뒤에 다시 해 주세요.",
  "The server can't store that right now. Try again in a moment":
    "서버가 지금은 저장할 수 없습니다. 잠시 뒤에 다시 해 주세요.",
  // Joining.
  "That room is closed: {}": "닫힌 방입니다: {1}",
  "You are banned from that room (+b)": "출입이 금지된 방입니다 (+b).",
  "Your name, away message or metadata has a word that is filtered in that room (+g)":
    "이름, 자리 비움 메시지, 메타데이터에 그 방에서 거르는 말이 있습니다 (+g).",
  "That room is invite-only (+i)": "초대받은 사람만 들어갈 수 있는 방입니다 (+i).",
  "Log in to join that room (+R)": "로그인해야 들어갈 수 있는 방입니다 (+R).",
  "Only accounts that are at least {} old may join that room (+Y)":
    "만든 지 {1:duration}이 지난 계정만 들어갈 수 있는 방입니다 (+Y).",
  "The ops of that room approve who joins (+A)":
    "관리자의 승인을 받아야 들어갈 수 있는 방입니다 (+A).",
  "That room needs the right key (+k)": "맞는 비밀번호가 필요한 방입니다 (+k).",
  "That room is full (+l)": "정원이 찬 방입니다 (+l).",
  "Too many people are joining that room. Try again in a while (+j)":
    "들어오는 사람이 너무 많습니다. 잠시 뒤에 다시 해 주세요 (+j).",
  "You may not talk in that room (+b)": "그 방에서 말할 수 없습니다 (+b).",
  "That nick has a word that is filtered in that room (+g)":
    "그 방에서 거르는 말이 있는 이름입니다 (+g).",
  "You can't change your nick in a room where you may not talk (+b)":
    "말할 수 없는 방에 있는 동안에는 이름을 바꿀 수 없습니다 (+b).",
  "You have already asked. The room's ops will answer":
    "이미 신청했습니다. 관리자가 답할 것입니다.",
  "Too many people are waiting to join that room. Ask again later":
    "기다리는 사람이 너무 많습니다. 나중에 다시 신청해 주세요.",
  "You asked a moment ago. Wait a minute": "조금 전에 신청했습니다. 1분만 기다려 주세요.",
  "Your request was sent to the room's ops": "방의 관리자에게 신청을 보냈습니다.",
};
