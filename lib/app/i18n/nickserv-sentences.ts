/**
 * What our server's NickServ says, in Korean: about accounts, and what the commands behind it answer. "{}" stands
 * for a word that the sentence is about; see service-translation.ts.
 */
export const KOREAN_NICKSERV_SENTENCES: Readonly<Record<string, string>> = {
  "NickServ manages accounts. Once you have registered, your nick is yours.":
    "NickServ는 계정을 관리합니다. 가입하면 지금 이름이 내 것이 됩니다.",
  "Creates an account with your current nick, and logs you in.":
    "지금 이름으로 계정을 만들고 로그인합니다.",
  "Logs you in. Without an account name, to the account of your nick. See 2FA for the code.":
    "로그인합니다. 계정 이름이 없으면 지금 이름의 계정으로 합니다. 코드는 2FA에서 볼 수 있습니다.",
  "Confirms your password, which some commands require first.":
    "비밀번호를 확인합니다. 먼저 확인해야 하는 명령이 있습니다.",
  "Changes your password, ends your other sessions, and makes other devices need the password; with KEEP they stay.":
    "비밀번호를 바꾸고 다른 접속을 끝냅니다. 다른 기기는 비밀번호가 다시 필요합니다. KEEP을 붙이면 그대로 둡니다.",
  "Changes your password or e-mail address, after CONFIRM. For your real name use SETNAME, for other settings MODE.":
    "CONFIRM 다음에 비밀번호나 이메일 주소를 바꿉니다. 실명은 SETNAME, 다른 설정은 MODE로 바꿉니다.",
  "Manages devices that log in by certificate, without a password (SASL EXTERNAL).":
    "비밀번호 없이 인증서로 로그인하는 기기를 관리합니다(SASL EXTERNAL).",
  "Sets up codes of an authenticator app, which a log-in by password then needs. CONFIRM comes first.":
    "비밀번호로 로그인할 때 인증 앱의 코드도 쓰게 합니다. CONFIRM을 먼저 해야 합니다.",
  "Makes bots: accounts that log in with a token, in these rooms and with these rights alone.":
    "봇을 만듭니다. 봇은 토큰으로 로그인하고, 정한 방에서 정한 권한만 씁니다.",
  "Deletes your account and your messages for good.": "내 계정과 메시지를 완전히 지웁니다.",
  "Logs this device out, or another of SESSIONS, or all others. It closes the connection.":
    "이 기기나 SESSIONS에 있는 다른 기기, 또는 나머지 모두를 로그아웃하고 연결을 끊습니다.",
  "Lists your connections (number, since, last line, address, log-in, program) and devices (added, last here).":
    "내 접속(번호, 시작, 마지막 줄, 주소, 로그인, 프로그램)과 기기(추가한 때, 마지막 접속)를 보여 줍니다.",
  "Sets a new password by a code that the server's owner gave you. It ends all your sessions and devices.":
    "서버 주인에게 받은 코드로 새 비밀번호를 정합니다. 모든 접속과 기기의 로그인이 끝납니다.",
  "For operators: makes a link that sets a new password, for somebody who has lost theirs.":
    "운영자용: 비밀번호를 잃어버린 사람이 새로 정할 수 있는 링크를 만듭니다.",
  "Closes other connections that use your nick.": "내 이름을 쓰는 다른 연결을 끊습니다.",
  "Gives you the nick of your account, even if another user has it.":
    "다른 사람이 쓰고 있어도 내 계정의 이름을 되찾습니다.",
  "Shows what is known about an account, and more about your own.":
    "계정 정보를 보여 줍니다. 내 계정은 더 자세히 보여 줍니다.",
  "For operators. Removes an account for good, with all its messages if you say so.":
    "운영자용: 계정을 완전히 지웁니다. 원하면 메시지도 모두 지웁니다.",
  "For operators. Ends an account's connections and keeps it from logging in, for 2h or 7d, or until UNSUSPEND.":
    "운영자용: 계정의 연결을 끊고 2h나 7d 동안, 또는 UNSUSPEND를 할 때까지 로그인을 막습니다.",
  "For operators. Lets an account log in again.": "운영자용: 계정이 다시 로그인할 수 있게 합니다.",
  "For operators. Gives an account another name. The former one rests, or with FREE can be taken at once.":
    "운영자용: 계정의 이름을 바꿉니다. 이전 이름은 쉬게 되며, FREE를 붙이면 바로 쓸 수 있습니다.",
  "For operators. Makes an account an operator: helper, moderator or admin; or a maker of rooms.":
    "운영자용: 계정을 운영자(helper, moderator, admin)나 방을 만드는 사람(maker)으로 정합니다.",
  "The account will be gone for good. SUSPEND can be lifted again.":
    "계정이 완전히 없어집니다. SUSPEND는 다시 풀 수 있습니다.",
  "To confirm: /msg NickServ DELETE {} YES": "확인하려면: /msg NickServ DELETE {1} YES",
  "With all its messages: /msg NickServ DELETE {} YES MESSAGES":
    "메시지까지 모두 지우려면: /msg NickServ DELETE {1} YES MESSAGES",
  "You are already logged in as {}": "이미 {1} 계정으로 로그인되어 있습니다.",
  "Give two passwords without spaces in them": "빈칸이 없는 비밀번호 두 개를 적어 주세요.",
  "Only PASSWORD and EMAIL can be set here": "여기서는 PASSWORD와 EMAIL만 정할 수 있습니다.",
  "You can only delete your own account": "내 계정만 지울 수 있습니다.",
  "You are not logged in": "로그인하지 않았습니다.",
  "You are logged out": "로그아웃했습니다.",
  "Logged out": "로그아웃했습니다.",
  "Good once, until {}: {}": "{1:time}까지 한 번 쓸 수 있습니다: {2}",
  "In other clients: /msg NickServ RESET {} {} <new password>":
    "다른 프로그램에서는: /msg NickServ RESET {1} {2} <새 비밀번호>",
  "Give your password, too, or log in: IDENTIFY":
    "비밀번호도 적거나 먼저 로그인해 주세요: IDENTIFY",
  "That is not your nick": "내 이름이 아닙니다.",
  "{} was taken back by its owner": "주인이 {1:을/를} 되찾았습니다.",
  "No other connection uses {}": "{1:을/를} 쓰는 다른 연결이 없습니다.",
  "Closed {} of {}": "{2:을/를} 쓰던 {1:count}를 끊었습니다.",
  "Your nick is already {}": "지금 이름이 이미 {1}입니다.",
  "That nick has a word that is filtered in that room (+g): {}":
    "{1} 방에서 거르는 말이 있는 이름입니다.",
  "You can't change your nick in a room where you may not talk (+b): {}":
    "{1} 방에서 말할 수 없는 동안에는 이름을 바꿀 수 없습니다.",
  "That nick is taken": "다른 사람이 쓰는 이름입니다.",
  "Log in first": "먼저 로그인해 주세요.",
  "There is no account {}": "{1:이라/라}는 계정이 없습니다.",
  "{} was registered at {}": "{1} 계정은 {2:time}에 만들어졌습니다.",
  "{} owns this server": "{1} 님이 이 서버의 주인입니다.",
  "Online as {}": "{1:이라/라}는 이름으로 접속해 있습니다.",
  Offline: "접속해 있지 않습니다.",
  "Grade: {}": "등급: {1}",
  "Your e-mail address: none": "이메일 주소: 없음",
  "Your e-mail address: {} (unverified)": "이메일 주소: {1} (확인되지 않음)",
  "Your connections: {}": "내 연결: {1}개",
  "Devices that log in by certificate: {}": "인증서로 로그인하는 기기: {1}대",
  "Suspended by {} at {}, until that is lifted":
    "{1} 님이 {2:time}에 정지했습니다. 풀 때까지 정지됩니다.",
  "Suspended by {} at {}, until that is lifted: {}":
    "{1} 님이 {2:time}에 정지했습니다. 풀 때까지 정지됩니다. 이유: {3}",
  "Suspended by {} at {}, until {}": "{1} 님이 {2:time}에 정지했습니다. {3:time}까지 정지됩니다.",
  "Suspended by {} at {}, until {}: {}":
    "{1} 님이 {2:time}에 정지했습니다. {3:time}까지 정지됩니다. 이유: {4}",
  "Your account is suspended": "계정이 정지되었습니다.",
  "Your account is suspended: {}": "계정이 정지되었습니다. 이유: {1}",
  "Your account is suspended until {}": "계정이 {1:time}까지 정지되었습니다.",
  "Your account is suspended until {}: {}": "계정이 {1:time}까지 정지되었습니다. 이유: {2}",
  "Say your password first: CONFIRM <password>":
    "먼저 비밀번호를 확인해 주세요: CONFIRM <비밀번호>",
  "This server is by invitation: REGISTER <password> <e-mail or *> <invitation>":
    "초대받아야 가입할 수 있는 서버입니다: REGISTER <비밀번호> <이메일 또는 *> <초대 코드>",
  "Say a nick first": "먼저 이름을 정해 주세요.",
  "Log in first: IDENTIFY [account] <password>": "먼저 로그인해 주세요: IDENTIFY [계정] <비밀번호>",
  // The commands behind it.
  "Ended from another of your devices": "내 다른 기기에서 끝냈습니다.",
  "That is this session: QUIT ends it": "지금 쓰고 있는 접속입니다. QUIT으로 끝냅니다.",
  "You have no such session": "그런 접속이 없습니다.",
  "Ended {}. Who has the bot's token can log in again: BOT TOKEN makes another":
    "{1:count}를 끝냈습니다. 봇의 토큰을 가진 사람은 다시 로그인할 수 있습니다. BOT TOKEN으로 새 토큰을 만듭니다.",
  "Ended {}. Who knows your password can log in again":
    "{1:count}를 끝냈습니다. 비밀번호를 아는 사람은 다시 로그인할 수 있습니다.",
  "Ended {}; such a device needs your password again":
    "{1:count}를 끝냈습니다. 그 기기는 비밀번호가 다시 필요합니다.",
  "This server requires a password: send it with PASS":
    "비밀번호가 필요한 서버입니다. PASS로 보내 주세요.",
  "Confirm your password first: ACCOUNT CONFIRM": "먼저 비밀번호를 확인해 주세요: ACCOUNT CONFIRM",
  "The server can't do that right now. Try again in a moment":
    "서버가 지금은 할 수 없습니다. 잠시 뒤에 다시 해 주세요.",
  "2FA takes STATUS, SETUP, ON, OFF or CODES":
    "2FA 뒤에는 STATUS, SETUP, ON, OFF, CODES 가운데 하나를 적습니다.",
  "You have no second factor, and this server asks for one: 2FA SETUP":
    "2단계 인증이 필요한 서버인데 아직 없습니다: 2FA SETUP",
  "You have no second factor: 2FA SETUP begins to set it up":
    "2단계 인증을 쓰고 있지 않습니다. 2FA SETUP으로 설정합니다.",
  "Your second factor is on. You have {} recovery codes left":
    "2단계 인증이 켜져 있습니다. 복구 코드가 {1}개 남았습니다.",
  "Enter this key into an authenticator app, and then its code: 2FA ON <code>":
    "이 키를 인증 앱에 넣고, 앱의 코드를 적어 주세요: 2FA ON <코드>",
  "The server was replaced meanwhile, and your key isn't good any more: remove it from your app, and ask for another by 2FA SETUP":
    "그사이 서버가 바뀌어 키를 쓸 수 없습니다. 앱에서 지우고 2FA SETUP으로 다시 받아 주세요.",
  "Ask for a key first: 2FA SETUP": "먼저 키를 받아 주세요: 2FA SETUP",
  "Your second factor is on: log in with your password, a space and a code":
    "2단계 인증을 켰습니다. 비밀번호, 빈칸, 코드를 이어 적어 로그인합니다.",
  "This server asks for a second factor: it can't be switched off":
    "2단계 인증이 필요한 서버라 끌 수 없습니다.",
  "Your second factor is off": "2단계 인증을 껐습니다.",
  "You have no second factor": "2단계 인증을 쓰고 있지 않습니다.",
  "Each of these codes is good once in place of the app's. They are shown only now":
    "코드마다 앱의 코드 대신 한 번씩 쓸 수 있습니다. 지금만 보여 줍니다.",
  "Your second factor is on already: 2FA OFF <code> switches it off":
    "2단계 인증이 이미 켜져 있습니다. 끄려면: 2FA OFF <코드>",
  "That code is wrong, or was used already. Wait for the next one":
    "코드가 틀렸거나 이미 쓴 코드입니다. 다음 코드를 기다려 주세요.",
  "This server asks for a second factor. Set it up before: 2FA SETUP":
    "2단계 인증이 필요한 서버입니다. 먼저 설정해 주세요: 2FA SETUP",
  "This server asks for a second factor: set it up first, by 2FA SETUP":
    "2단계 인증이 필요한 서버입니다. 먼저 설정해 주세요: 2FA SETUP",
  "Unknown ACCOUNT subcommand": "서버가 모르는 ACCOUNT 명령입니다.",
  "That name is free": "쓸 수 있는 이름입니다.",
  "That is not your password": "비밀번호가 맞지 않습니다.",
  "Your password is confirmed": "비밀번호를 확인했습니다.",
  "Your account was deleted": "계정을 지웠습니다.",
  "This device can now log in without a password":
    "이제 이 기기는 비밀번호 없이 로그인할 수 있습니다.",
  "That device can no longer log in without a password":
    "그 기기는 이제 비밀번호 없이 로그인할 수 없습니다.",
  "End of the list": "목록이 끝났습니다.",
  "CERT takes ADD, DEL or LIST": "CERT 뒤에는 ADD, DEL, LIST 가운데 하나를 적습니다.",
  "This connection has no client certificate": "이 연결에는 인증서가 없습니다.",
  "This device is already on your list": "이 기기는 이미 목록에 있습니다.",
  "That certificate belongs to another account": "다른 계정의 인증서입니다.",
  "Your list of devices is full": "기기 목록이 가득 찼습니다.",
  "That device is not on your list": "목록에 없는 기기입니다.",
  "Your password was changed": "비밀번호를 바꿨습니다.",
  "Your e-mail address was changed": "이메일 주소를 바꿨습니다.",
  "BOT takes ADD, SET, TOKEN, DEL or LIST":
    "BOT 뒤에는 ADD, SET, TOKEN, DEL, LIST 가운데 하나를 적습니다.",
  "You have as many bots as this server allows": "이 서버에서 만들 수 있는 봇을 모두 만들었습니다.",
  "You made many bots lately. Try again in an hour":
    "최근에 봇을 많이 만들었습니다. 한 시간 뒤에 다시 해 주세요.",
  "This token is shown only now. The bot logs in with its name and the token":
    "이 토큰은 지금만 보여 줍니다. 봇은 이름과 토큰으로 로그인합니다.",
  "The bot's limits were changed": "봇이 할 수 있는 일을 바꿨습니다.",
  "This token is shown only now. The former one is worth nothing any more":
    "이 토큰은 지금만 보여 줍니다. 이전 토큰은 이제 쓸 수 없습니다.",
  "This bot has another token now": "이 봇의 토큰이 바뀌었습니다.",
  "The bot is gone. Its name rests": "봇을 지웠습니다. 그 이름은 당분간 쓸 수 없습니다.",
  "You have no bot of that name": "그런 이름의 내 봇이 없습니다.",
  "Give rooms=#room,#room and rights= of read, speak, react, direct and moderate":
    "rooms=#방,#방과 rights=를 적어 주세요. 권한은 read, speak, react, direct, moderate입니다.",
  "Bots can't use the services": "봇은 이 서비스를 쓸 수 없습니다.",
  "That code is wrong, used or expired. Ask the server's owner for another one":
    "코드가 틀렸거나, 이미 썼거나, 기한이 지났습니다. 서버 주인에게 새로 받아 주세요.",
  "Your password was set by a reset link": "재설정 링크로 비밀번호를 정했습니다.",
  "Your password is set. Log in with it": "비밀번호를 정했습니다. 새 비밀번호로 로그인해 주세요.",
  "Finish connecting first: NICK and USER": "먼저 연결을 마쳐 주세요: NICK과 USER",
  "Finish connecting first": "먼저 연결을 마쳐 주세요.",
  "Good once, for a day: {}": "하루 동안 한 번 쓸 수 있습니다: {1}",
  "Wrong name or password. Try again": "이름이나 비밀번호가 맞지 않습니다. 다시 해 주세요.",
  "Your second factor is missing: give your password, a space, and the code of your app":
    "2단계 인증이 빠졌습니다. 비밀번호, 빈칸, 앱의 코드를 이어 적어 주세요.",
  "That code is wrong, or was used already. Give your password, a space, and the next code":
    "코드가 틀렸거나 이미 쓴 코드입니다. 비밀번호, 빈칸, 다음 코드를 이어 적어 주세요.",
  "This server asks for a second factor: connect again, and log in while connecting to set it up":
    "2단계 인증이 필요한 서버입니다. 다시 연결하면서 로그인해 설정해 주세요.",
  "Your client certificate has expired. Log in with your password, and add a new certificate":
    "인증서의 기한이 지났습니다. 비밀번호로 로그인해 새 인증서를 더해 주세요.",
  "Your client certificate isn't valid yet. See whether your clock is right, or log in with your password":
    "인증서를 아직 쓸 수 없습니다. 시계가 맞는지 보거나 비밀번호로 로그인해 주세요.",
  "Log-in cancelled": "로그인을 취소했습니다.",
  "Log-in failed": "로그인하지 못했습니다.",
  "The log-in message is too long": "로그인 메시지가 너무 깁니다.",
  "are the available mechanisms": "로그인하는 방법의 목록입니다.",
  "That mechanism is not supported": "서버가 모르는 로그인 방법입니다.",
  "You are logged in": "로그인했습니다.",
  "Too many wrong passwords": "틀린 비밀번호가 너무 많습니다.",
  "Usage: {}": "사용법: {1:usage}",
  "{} is suspended until that is lifted": "{1} 계정을 풀 때까지 정지했습니다.",
  "{} is suspended until {}": "{1} 계정을 {2:time}까지 정지했습니다.",
  "{} is no longer suspended": "{1} 계정의 정지를 풀었습니다.",
  "{} is called {} now; the former name is free":
    "{1} 계정의 이름이 {2:으로/로} 바뀌었습니다. 이전 이름은 누구나 쓸 수 있습니다.",
  "{} is called {} now; the former name rests":
    "{1} 계정의 이름이 {2:으로/로} 바뀌었습니다. 이전 이름은 당분간 쓸 수 없습니다.",
  "The account {} is removed": "{1} 계정을 지웠습니다.",
  "Not all messages of {} could be deleted. It stays suspended; try again later":
    "{1} 계정의 메시지를 모두 지우지는 못했습니다. 계정은 정지된 채로 둡니다. 나중에 다시 해 주세요.",
  "{} is suspended, and removed as soon as its messages are deleted":
    "{1} 계정을 정지했습니다. 메시지가 지워지는 대로 계정도 지웁니다.",
  "{} has no grade any more": "{1} 계정의 등급을 거두었습니다.",
  "{} has the grade {} now": "{1} 계정의 등급을 {2:으로/로} 정했습니다.",
  "There is no such account": "그런 계정이 없습니다.",
  "That is your own account": "내 계정입니다.",
  "Only the server's owner may do that with this account":
    "이 계정에는 서버 주인만 할 수 있습니다.",
  "That is a bot: whoever made it renews its token":
    "봇 계정입니다. 토큰은 만든 사람이 새로 정합니다.",
  "Write the duration as 30m, 2h, 7d or 1w": "기간은 30m, 2h, 7d, 1w처럼 적어 주세요.",
  "That account isn't suspended": "정지된 계정이 아닙니다.",
  "There are the grades {}, and none": "등급은 {1} 가운데 하나이거나 none입니다.",
  "Its messages are already being deleted": "이 계정의 메시지를 이미 지우고 있습니다.",
  "The server can't store that right now. Try again":
    "서버가 지금은 저장할 수 없습니다. 다시 해 주세요.",
  "Give a name": "이름을 적어 주세요.",
  "That name is too long": "이름이 너무 깁니다.",
  "A name can have letters and digits of any language, and - _ [ ] \\ ` ^ { } |":
    "이름에는 글자와 숫자, 그리고 - _ [ ] \\ ` ^ { } | 를 쓸 수 있습니다.",
  "That name contains invisible characters": "이름에 보이지 않는 문자가 있습니다.",
  "That name mixes alphabets that look alike": "이름에 서로 닮은 여러 나라 글자가 섞여 있습니다.",
  "That name is reserved": "쓸 수 없도록 정해진 이름입니다.",
  "That password is too short. Try a whole sentence":
    "비밀번호가 너무 짧습니다. 문장으로 적어 보세요.",
  "A password can have at most {} bytes": "비밀번호는 {1}바이트까지 쓸 수 있습니다.",
  "Your password can't be your name": "이름을 비밀번호로 쓸 수 없습니다.",
  "That password is one of those that are guessed first. Try a whole sentence":
    "가장 먼저 짐작할 만한 비밀번호입니다. 문장으로 적어 보세요.",
  "That password contains a control character": "비밀번호에 제어 문자가 있습니다.",
  "That password contains a character that not every keyboard types the same, such as an invisible one":
    "비밀번호에 보이지 않는 문자처럼 자판마다 다르게 입력되는 문자가 있습니다.",
  "Give a name, an e-mail address or *, and a password":
    "이름, 이메일 주소나 *, 비밀번호를 적어 주세요.",
  "You are already logged in": "이미 로그인되어 있습니다.",
  "Choose a nick first": "먼저 이름을 정해 주세요.",
  "This server requires an e-mail address": "이메일 주소가 필요한 서버입니다.",
  "There is nothing to verify": "확인할 것이 없습니다.",
  "Too many accounts were created from your address. Try again in a few minutes":
    "같은 주소에서 계정이 너무 많이 만들어졌습니다. 몇 분 뒤에 다시 해 주세요.",
  "Welcome. You are signed up and logged in": "환영합니다. 가입하고 로그인했습니다.",
  "The server can't sign you up right now. Try again in a few seconds":
    "서버가 지금은 가입을 받을 수 없습니다. 몇 초 뒤에 다시 해 주세요.",
  "This server accepts no new accounts": "새 계정을 받지 않는 서버입니다.",
  "You need an invitation to sign up: send its code with PASS":
    "가입하려면 초대가 필요합니다. 초대 코드를 PASS로 보내 주세요.",
  "That invitation is not valid, or no longer": "쓸 수 없거나 기한이 지난 초대입니다.",
  "That name is taken. Try another": "다른 사람이 쓰는 이름입니다. 다른 이름을 골라 주세요.",
  "That name looks like one that is taken. Try another":
    "다른 사람의 이름과 비슷합니다. 다른 이름을 골라 주세요.",
  "That is not a valid e-mail address": "이메일 주소가 아닙니다.",
};
