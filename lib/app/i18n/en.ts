import type { NotificationLevel } from "../../chat-client/preferences/preferences.ts";
import { FINGERPRINT_END_DIGITS } from "../../protocol/fingerprint.ts";
import { agree, formatCount } from "../../protocol/plural.ts";
import { durationWords } from "./date-format.ts";
import { ENGLISH_FILES } from "./file-words.ts";
import { ENGLISH_PICTURES } from "./picture-words.ts";
import { ENGLISH_REFUSALS } from "./refusal-words.ts";
import { ENGLISH_REPLIES } from "./reply-words.ts";
import { ENGLISH_FILE_FAILURES, ENGLISH_TRANSFERS } from "./transfer-words.ts";

const ASK_OWNER =
  "Either its owner made a new one, or somebody is intercepting the connection. Ask the owner in another way, by phone for example, for a new link or for the end of the new fingerprint: the server prints it when it starts.";

const UNIT_WORDS = { s: "second", m: "minute", h: "hour", d: "day", w: "week" } as const;

function englishDuration(duration: string): string {
  return durationWords(duration, (count, unit) => formatCount(count, UNIT_WORDS[unit]));
}

/** English: every sentence of the client. ko.ts has the same keys; words.ts says how they are used. */
export const en = {
  languageName: "English",
  yes: "Yes",
  no: "No",
  back: "Back",
  you: "you",

  menu: {
    title: (host: string) => `Sodam · ${host}`,
    choose: "What would you like to do?",
    logIn: "Log in",
    logInAs: (account: string) => `Log in as ${account}`,
    logInByPassword: "Log in with ID and password",
    signUp: "Sign up",
    guest: "Join as a guest (no account)",
    settings: "Settings",
    quit: "Quit",
    goodbye: "Goodbye.",
    connecting: (host: string) => `Connecting to ${host} …`,
    tryAgain: "Try again",
    askServer: "Which server? (HOST, HOST:PORT, or the link you were given)",
    whenRead: "When you have read it:",
    goOn: "Go on",
    copy: "Copy it and go back to the chat",
    cutLink: "Part of that link is missing. Copy all of it, from sodam:// to its end.",
    badServer: "That is not a server address. Type HOST or HOST:PORT, or paste a sodam:// link.",
    lost: "No answer came: the connection broke, or the server is busy. Try again.",
    filter: "Part of the name (empty: all)",
  },

  /** Menus by numbered lines (--append). */
  plain: {
    number: (count: number, preset: number) => `(1-${count}, 0: back) [${preset}]`,
    noSuchNumber: (count: number) => `Type a number from 1 to ${count}, or 0 to go back.`,
  },

  firstContact: {
    title: "First time on this server",
    explain: (host: string, fingerprint: string) =>
      `No authority vouches for ${host}. It identifies itself by this fingerprint. If somebody gave you a fingerprint, compare the two:\n\n${fingerprint}`,
    ask: "Is this the server you want?",
    trust: "Yes, remember it",
    leave: "No, disconnect",
    remembered: "Remembered. You won't be asked again.",
  },

  /** Two conversations side by side. */
  split: {
    narrow: (name: string, columns: number) =>
      `${name} stands beside this as soon as the window has ${columns} columns.`,
    noPlace: (name: string) => `You are not in ${name}. /join a room first, or /msg a person.`,
    same: "That conversation is on screen already. Name another one.",
    off: "One conversation again.",
    none: "Nothing stands beside this conversation: /split #room.",
  },

  /** The user's scripts, and what became of them. `name` and `why` are sanitized where they are shown. */
  scripts: {
    title: (folder: string) => `Scripts in ${folder}:`,
    empty: (folder: string) =>
      `There are no scripts yet. A script is a file NAME.ts in ${folder}; /script types writes there what one can do.`,
    states: {
      on: "on",
      off: "off",
      new: "new, not loaded yet",
      loading: "loading",
      failed: "failed",
      writable: "refused: others can change it",
      foreign: "refused: it isn't yours",
    },
    refused: {
      writable: (name: string, folder: string) =>
        `The script ${name} isn't loaded: other users of this machine can change it, or the folder ${folder} (chmod go-w).`,
      foreign: (name: string, folder: string) =>
        `The script ${name} isn't loaded: it, or the folder ${folder}, belongs to another user of this machine.`,
    },
    none: (name: string, folder: string) => `There is no script ${name} in ${folder}.`,
    running: (name: string) => `The script ${name} is running.`,
    stopped: (name: string) => `The script ${name} is off, also next time.`,
    failed: (name: string, why: string) =>
      `The script ${name} failed and is off until /script reload ${name}: ${why}`,
    likely: (name: string, why: string) =>
      `A script failed, most likely ${name}, which is off until /script reload ${name}: ${why}`,
    slow: (name: string, ms: number) => `The script ${name} held up the chat for ${ms} ms.`,
    tooSlow: "it held up the chat too often",
    noFunction: "it exports no function (export default)",
    takenCommand: (name: string) => `there is a command /${name} already`,
    takenKey: (key: string) => `another script has the key ${key} already`,
    noKey: (key: string) => `there is no key ${key}`,
    folded: (why: string) => `${why === "" ? "Folded by a script" : why} · Enter shows it`,
    notSent: (name: string) => `Not sent: the script ${name} kept it back.`,
    typesWritten: (path: string) => `Written: ${path}`,
    notHere: "Scripts don't run here.",
  },

  /** The server's certificate isn't the expected one. */
  changed: {
    title: "This server's certificate has changed",
    link: (host: string, known: string, now: string) =>
      `${host} has another certificate than the link says.\n\nlink\n${known}\n\nnow\n${now}\n\n${ASK_OWNER} Nothing was sent.`,
    memory: (host: string, known: string, now: string) =>
      `${host} has another certificate than before.\n\nbefore\n${known}\n\nnow\n${now}\n\n${ASK_OWNER} Nothing was sent.`,
    conflict: (host: string, known: string, now: string) =>
      `The link names another certificate for ${host} than the one that this device remembers.\n\nremembered\n${known}\n\nlink, and now\n${now}\n\nA forged link does the same. ${ASK_OWNER} Nothing was sent.`,
    authority: (host: string, _known: string, now: string) =>
      `An authority vouched for ${host} before. Nobody vouches for the certificate that it shows now:\n\n${now}\n\n${ASK_OWNER} Nothing was sent.`,
    meanwhile: (host: string, known: string, now: string) =>
      `${host} has another certificate than before.\n\nbefore\n${known}\n\nnow\n${now}\n\nEither it was changed on purpose, or somebody is intercepting the connection. Ask whoever runs the server in another way, by phone for example: the server prints the end of the new fingerprint when it starts.\n\nIf it is right, type /trust and its last ${FINGERPRINT_END_DIGITS} characters, or /trust and a new link.\n\nIf the old certificate comes back, you are reconnected: it is tried once a minute, and at once by /reconnect. Nothing was sent.`,
    unknown: (host: string, now: string) =>
      `${host} has a certificate that you have not confirmed yet:\n\n${now}\n\nIf it is right, type /trust and its last ${FINGERPRINT_END_DIGITS} characters. Nothing was sent.`,
  },

  /** Confirming a changed certificate, in the menu and by `/trust`. */
  confirm: {
    ask: `Paste the new link, or type the last ${FINGERPRINT_END_DIGITS} characters of the fingerprint that the owner reads out (empty: back)`,
    askLink: "Has the owner told you that the certificate changed? Trust the new one from now on?",
    trustLink: "Yes, trust the new one",
    leave: "No, disconnect",
    wrong: "That doesn't match the certificate that was shown. Ask the owner again.",
    "too-short": `Type at least the last ${FINGERPRINT_END_DIGITS} characters of the fingerprint.`,
    "no-fingerprint": `That link has no fingerprint. Type the last ${FINGERPRINT_END_DIGITS} characters of the fingerprint instead.`,
    "other-server": "That link is for another server. Choose that server in the menu.",
    done: "Remembered. Connecting …",
    nothing: "There is no certificate to confirm.",
  },

  /** Why a connection failed: each `ConnectProblem`, and what the menu itself refuses. */
  connection: {
    refused: (host: string) =>
      `${host} refuses the connection: nothing listens there. Is the server running? Check the port.`,
    "no-such-host": (host: string) => `There is no host called ${host}. Check the spelling.`,
    timeout: (host: string) => `${host} didn't answer in time. Check the network and try again.`,
    "no-handshake": (host: string) =>
      `${host} takes the connection, but doesn't answer in TLS. The port with TLS is usually 6697.`,
    "not-tls": (host: string) =>
      `${host} doesn't speak TLS on that port. The port with TLS is usually 6697.`,
    unreachable: (host: string) => `${host} can't be reached. Is this machine online?`,
    untrusted: (_host: string) => "Disconnected; nothing was sent.",
    closed: (host: string) =>
      `${host} closed the connection without a word. It may be full, take no more connections from your address, or have no TLS on that port.`,
    ended: (host: string) => `${host} closed the connection.`,
    plainClosed: (host: string) =>
      `${host} closed the connection without a word. That port may take only encrypted connections.`,
    "not-irc": (host: string) =>
      `Something answers at ${host}, but it is no chat server: a web server, perhaps. The port with TLS is usually 6697.`,
    silent: (host: string) =>
      `${host} took the connection and said nothing for a minute. Is it a chat server's port?`,
    noAnswerYet: (host: string, seconds: number) =>
      `No answer from ${host} for ${seconds} s. Still waiting; Ctrl-C stops.`,
    stopped: (host: string) => `Stopped connecting to ${host}.`,
    tryPort: (port: number) => `Try port ${port}`,
    tryPlainPort: (port: number) => `Try port ${port}, without encryption`,
    givePassword: "Give the server's password",
    backToPort: (port: number) => `Back to port ${port}`,
    "no-way-in": (host: string) => `${host} takes neither log-ins nor guests. Ask its owner why.`,
    serverPassword: (host: string, isOurs: boolean) =>
      `${host} has a password of its own. Its owner can tell you${isOurs ? "" : "; for a bouncer it is USER/NETWORK:PASSWORD"} (empty: back)`,
    passwordRefused: (host: string) => `${host} didn't accept that password.`,
    storePassword: (host: string, path: string) =>
      `Store the password of ${host} in ${path}? Only you can read the file.`,
    passwordStored: "Stored. Next time it isn't asked for.",
  },

  /** Why a server closed the connection: see closing-reasons.ts. `said` quotes its own words. */
  closing: {
    said: (text: string) => `(${text})`,
    killed: "An operator of the server disconnected you.",
    banned: "You are banned from this server.",
    proxy: "The server takes nobody from your address: it is a proxy's, or looks like one.",
    accountNeeded: "The server takes only people with an account from your address.",
    password: "The server's password is missing or wrong.",
    tlsNeeded: "The server takes only encrypted connections. Use its port with TLS (usually 6697).",
    throttled: "You connected too often. Wait a minute.",
    tooMany: "There are too many connections from your address. Close one, or try again later.",
    full: "The server is full. Try again later.",
    flood: "That was too much at once for the server.",
    tooSlow: "The server heard nothing for too long.",
    nickTaken: "Another connection has taken your name.",
    stopping: "The server is stopping or restarting.",
    notAllowed: "The server doesn't take you.",
  },

  /** Connections without TLS. */
  plainText: {
    header: "not encrypted",
    title: "This connection would not be encrypted",
    explain: (host: string) =>
      `Everybody between you and ${host} could read what is said, your password too, and could change it. Use the server's port with TLS if it has one (usually 6697).`,
    ask: "Connect all the same?",
    yes: "Yes, without encryption",
    no: "No",
    without: "Connect without encryption",
    withTls: "Connect with encryption",
    now: (host: string) => `Not encrypted: others can read what you say to ${host}.`,
  },

  /** Servers of other makes: their services, names and texts. */
  elsewhere: {
    nick: "Your name there (letters A-Z, digits, - _ [ ] { } \\ | ` ^)",
    howToRegister:
      "The name isn't yours yet. To keep it, write REGISTER PASSWORD EMAIL to NickServ (Direct message).",
    noNickServ:
      "This server has no NickServ that it vouches for, so your password was not sent. You can enter as a guest.",
    nickServSilent: "NickServ didn't answer in words that this program knows.",
    nickServSaid: (text: string) => `NickServ: ${text}`,
    rememberPassword: (path: string) =>
      `Store the password in ${path}? Only you can read the file.`,
    passwordStored: "Stored. Next time you are logged in by it.",
    passwordOutdated: "The stored password isn't right any more. Log in again.",
    byPassword: (account: string) => `Logging in as ${account} by the stored password …`,
    nickInUse: (account: string) =>
      `Somebody is called ${account} there, perhaps you on another device, and NickServ recognizes this device only by that name. Log in by password, or come back later.`,
    notLoggedIn: "You are not logged in: NickServ didn't answer. /msg NickServ identifies you.",
    network: "Which of the bouncer's networks?",
    networkDown: "not connected",
    networkCalled: "What is the network called on the bouncer?",
    noNetwork: (name: string) => `The bouncer has no network called ${name}.`,
    noOtherNetwork: "All networks of this bouncer are open.",
    dccOffered: (who: string) =>
      `${who} wants to send you something from device to device (DCC). This program takes nothing that way: ask for a link.`,
    encodingGuessed: (name: string) =>
      `This text isn't UTF-8: it is read as ${name}. /encoding NAME reads and writes another one on this server.`,
    encodingSet: (name: string) => `Text on this server is read and written as ${name} now.`,
    encodingUnset: "Text on this server is written as UTF-8; what isn't UTF-8 is guessed.",
    noEncoding: (name: string) =>
      `There is no encoding called ${name}. Try windows-949, latin1, shift_jis, gbk or koi8-r.`,
    nickTooLong: (bytes: number) => `Names have at most ${bytes} letters on this server.`,
    nickLetters:
      "This server takes only the letters A-Z, digits (not first) and - _ [ ] { } \\ | ` ^ in names.",
    roomTooLong: (bytes: number) => `Room names have at most ${bytes} letters on this server.`,
    roomLetters: "A room's name has no spaces, commas or control characters.",
    textTooLong: (bytes: number) => `This server takes at most ${bytes} bytes there.`,
    forget: "Forget this server",
    forgetExplain: (host: string) =>
      `Its certificate, your log-in, drafts, settings and everything that was said on ${host} and stored on this device are removed. The server itself is told nothing.`,
    forgetAsk: "Forget it?",
    forgotten: (host: string) => `${host} is forgotten on this device.`,
  },

  terminal: {
    none: (program: string) =>
      `This needs a terminal. In a script use: ${program} send|tail|export|my-data --help`,
  },

  logIn: {
    account: "ID",
    password: "Password",
    noPassword: "Type your password.",
    working: "Logging in …",
    done: (account: string) => `Welcome, ${account}.`,
    wrong: "Wrong ID or password. Try again.",
    remembered: (account: string) => `This device is remembered: logging in as ${account} …`,
    forgotten: "The server doesn't remember this device any more. Log in with your password.",
    lockedOut:
      "You have to log in again: the password was changed, a code is needed, this session was ended from another device, or the account was deleted.",
    remember: "Remember this device, so that you need no password next time?",
    rememberedNow: "Done. Next time this device logs in by itself.",
    rememberFailed: "This device couldn't be remembered. You need the password next time.",
    slow: (seconds: number) => `Too many attempts. Try again in ${formatCount(seconds, "second")}.`,
  },

  guest: {
    name: "Your name here (others see it; it is free again when you leave)",
    closed: "This server doesn't take guests any more. Sign up, or log in.",
  },

  signUp: {
    account: "ID (others see it; letters of any language, digits, - _)",
    password: (minimum: number) => `Password (at least ${formatCount(minimum, "character")})`,
    again: "The same password again",
    different: "The two passwords are not the same. Try again.",
    tooShort: (minimum: number) => `Use at least ${formatCount(minimum, "character")}.`,
    tooLong: "That password is too long. Choose a shorter one.",
    wrongCharacters:
      "That password has a character that not every keyboard types the same, such as an invisible one. Leave it out.",
    invitation: "Invitation code (from the server's owner)",
    invitationWrong: "That invitation is wrong, used up or expired. Ask the owner for a new one.",
    tooManyNames: "Too many names were asked about from your network. Try again in an hour.",
    invitationNeeded: "You need an invitation to sign up on this server.",
    closed: "This server takes no new accounts. Ask its owner for one.",
    working: "Signing up …",
    done: (account: string) => `Done. You are ${account}.`,
    owner:
      'You own this server now. "Invite people" in the menu makes a line to send to the others.',
    verify: "The server sent you a code. Enter it here.",
  },

  nameProblem: {
    empty: "Type a name.",
    "too-long": "That name is too long. Choose a shorter one.",
    letters: "That name has a character that isn't allowed. Use letters, digits, - and _.",
    invisible: "That name has invisible characters. Type it again.",
    mixed: "That name mixes alphabets whose letters look alike. Use one alphabet.",
    reserved: "That name is reserved. Choose another.",
  },

  rooms: {
    title: (nick: string) => `Rooms · ${nick}`,
    open: "Back to the chat",
    unread: (messages: number, mentions: number) =>
      mentions > 0 ? `${messages} new, ${mentions} for you` : `${messages} new`,
    find: "Find a room",
    create: "Create a room",
    direct: "Direct message",
    invite: "Invite people",
    invited: (room: string, by: string | null) =>
      by === null ? `${room} — you are invited` : `${room} — ${by} invites you`,
    profile: "Profile",
    logOut: "Log out",
    leave: "Leave this server",
    quit: "Quit",
    none: "No rooms yet. Find one or create one.",
    searching: "Loading the list of rooms …",
    quitAsk: "Quit Sodam?",
    unsentKept: (count: number) =>
      `${formatCount(count, "message")} ${agree(count, "wasn't sent. It", "weren't sent. They")} will be in the input line next time.`,
    noneFound: "There is no public room yet. Create the first one.",
    which: "Which room?",
    newName: "The room's name (without #)",
    existed: (room: string) =>
      `${room} was there already. You have joined it, and nothing of it was changed.`,
    topicOf: "What is it about? (optional)",
    publicly: "May everybody find and join it?",
    publicRoom: "Yes, open to all",
    privateRoom: "No, hidden and by invitation",
    whom: "To whom? (ID)",
  },

  /** Logging out. `has`: what this device has of the user there. */
  logOut: {
    title: (host: string) => `Log out of ${host}`,
    explain: (traces: string) => `This device has: ${traces}.`,
    has: {
      device: "a log-in without a password",
      password: "a stored password",
      drafts: "drafts that weren't sent",
      history: "messages that were said",
    },
    ask: "Should this device forget that?",
    remember: "Log out, and keep it",
    forget: "Log out, and forget it",
    /** Of a guest, who isn't logged in. */
    leaving: {
      title: (host: string) => `Leave ${host}`,
      remember: "Leave, and keep it",
      forget: "Leave, and forget it",
    },
    forgotten: (host: string) => `This device has nothing of yours on ${host} any more.`,
    stillListed: (device: string) =>
      `The server couldn't be told: ${device} is still among your devices there. Remove it from another one, under Profile, Devices.`,
    nextByItself: (account: string) => `The next start logs you in as ${account} by itself.`,
    nextAsks: "Next time you are asked for ID and password.",
    nextAsGuest: "You have left. The name is free again.",
  },

  /** The profile menu. */
  profile: {
    title: "Profile",
    password: "Change password",
    currentPassword: "Current password",
    newPassword: "New password",
    passwordChanged: "The password was changed.",
    wrongPassword: "Wrong password.",
    devices: "Devices",
    noDevices: "No device is remembered.",
    thisDevice: "Remember this device",
    dropDevice: "Forget which device?",
    deviceDropped: "Forgotten. That device needs the password again.",
    forget: "Delete everything that I said",
    forgetWarning:
      "Everything that you ever said here is deleted for everybody: in rooms, in direct messages, and in the server's files. Only backups still have it. This can't be undone. /my-data gives you a copy first.",
    forgetAsk: (account: string) => `Type ${account} to delete all of it`,
    forgetting: "Deleting …",
    delete: "Delete the account",
    deleteWarning:
      "Your account, your devices and your memberships are deleted. What you said in rooms stays. This can't be undone.",
    deleteAsk: (account: string) => `Type ${account} to delete it`,
    deleteMismatch: "That isn't the name. Nothing was deleted.",
    deleted: "The account was deleted. Take care.",
    invitations: "Invitations",
    invitationNew: "Make an invitation",
    invitationUses: "How many people may use it? (empty: one)",
    invitationHours: "For how many hours? (empty: as long as the server allows)",
    invitationMade: (link: string, code: string) =>
      `Send this line to the people you invite. It is shown only now.\n\n${link}\n\nIn another IRC client, use the code as the server password: ${code}`,
    invitationBroken:
      "The server answered with something that can't be an invitation. Nothing of it is shown.",
    invitationEntry: (id: string, used: string, until: string) => `${id} · used ${used} · ${until}`,
    invitationUntil: (moment: string) => `until ${moment}`,
    invitationForever: "no expiry",
    invitationNone: "There is no open invitation.",
    invitationWithdraw: (id: string) => `Withdraw the invitation ${id}?`,
    invitationWithdrawn: "Withdrawn. Nobody can use it any more.",
    invitationsHint: "/invitations new [uses or *] [hours or *] · /invitations drop ID",
    language: "Language",
    languageChanged: "The client speaks English now.",
    number: "Type a whole number.",
  },

  /** Where the user is logged in. */
  sessions: {
    title: "Where I am logged in",
    entry: (name: string, address: string, since: string) =>
      `${name} · ${address} · since ${since}`,
    current: "this one",
    byDevice: "remembered device",
    byPassword: "by password",
    byToken: "a bot, by its token",
    otherClient: "another IRC client",
    own: "That is this session.",
    endAsk: (address: string) =>
      `End the session from ${address}? A remembered device there then needs the password again.`,
    endOthers: "End all others",
    endOthersAsk: (count: number) =>
      `End ${formatCount(count, "other session")}, and forget all other devices?`,
    ended: (count: number) =>
      `${formatCount(count, "session")} ended. If somebody else may know your password, change it.`,
    dropDevices: "Should your other remembered devices need the new password?",
    drop: "Yes, all of them",
    keep: "No, keep them",
  },

  /** A new password by a link from the server's owner. */
  reset: {
    explain:
      "With this link you set a new password. All sessions and remembered devices of your account are ended.",
    done: "Your new password is set.",
  },

  /** What happened to the account, by the kind that the server says. */
  security: {
    password:
      "Your password was changed. If that wasn't you, ask the server's owner for a reset link.",
    device:
      "A device can now log in without a password. If that wasn't you, change your password; /devices lists them.",
    email: "Your e-mail address was changed. If that wasn't you, change your password.",
    "second-factor":
      "Your second factor was switched on or off, or got new recovery codes. If that wasn't you, change your password.",
    "bot-token":
      "A bot of yours was made or changed. If that wasn't you, change your password; /bots lists them.",
    address:
      "Somebody logged in with your password from a new address. If that wasn't you, change your password; /sessions shows who is in.",
    code: "Somebody knows your password, and gave a wrong code of your second factor. If that wasn't you, change your password.",
    "reset-link":
      "The server's staff made a link that sets a new password for you. If you didn't ask for it, tell them.",
    reset:
      "Your password was set by a reset link, and all sessions and devices were ended. If that wasn't you, tell the server's owner.",
  },

  secondFactor: {
    title: "Second factor",
    explain:
      "With a second factor, a log-in by password also needs a code of an authenticator app on your phone. A stolen password alone lets nobody in. Remembered devices go on without it.",
    ask: "Set it up now?",
    scanKey: (key: string) =>
      `Scan this with your authenticator app, or type the key there: ${key}`,
    typeKey: (key: string) =>
      `This window is too small for a QR code. Type this key into your authenticator app: ${key}`,
    firstCode: "The six digits that the app shows",
    code: "Code of your authenticator app (or a recovery code)",
    wrongCode: "That code is wrong, or was used already. Wait for the next one.",
    done: "The second factor is on.",
    isOn: (since: string, left: number) =>
      `The second factor is on${since === "" ? "" : ` since ${since}`}. Recovery codes left: ${left}.`,
    isOff: "The second factor is off. Your password is enough to log in.",
    newCodes: "Make new recovery codes",
    switchOff: "Switch it off",
    codesTitle: "Recovery codes",
    codesHint:
      "Write these down and keep them where your phone isn't. Each is good once, in place of the app's code. They are shown only now.",
    required: "This server asks for a second factor.",
  },

  bots: {
    title: "Bots",
    none: "You have no bots. A bot is an account for a program, which logs in with a token.",
    add: "Make a bot",
    name: "Name of the bot",
    rooms: "Rooms that it may enter, with commas",
    rights:
      "What it may do: read (the history), speak, react, direct (messages to people), moderate",
    tokenTitle: (name: string) => `Token of ${name}`,
    noSuchRight: (word: string) =>
      `There is no right "${word}". They are read, speak, react, direct and moderate.`,
    tokenHint: (name: string, program: string) =>
      `It is shown only now. Keep it in a file that only the program can read, and use it as the password: ${program} HOST send '#room' --account ${name} --password-file FILE`,
    badToken: "The server answered with something that can't be a token. Nothing of it is shown.",
    newToken: "Make a new token",
    remove: "Remove it",
    removeAsk: (name: string) => `Remove ${name}? Its name rests, and its token is worth nothing.`,
    removed: (name: string) => `${name} was removed.`,
  },

  unsaved: {
    notice: (path: string, why: string) =>
      `You can chat, but nothing is remembered on this computer after the program ends: no log-in, no trusted server, no draft and no setting. ${path} can't be written: ${why}.`,
    "no-folder": "the folder above it doesn't exist",
    "is-folder": "it is a folder",
    forbidden: "permission is missing",
    "read-only": "the disk is read-only",
    full: "the disk is full",
    "too-large": "files may not be that large there",
    "bad-name": "the disk doesn't allow that name",
    "disk-error": "the disk reported an error",
    other: "the system refuses it",
  },

  notWritten: {
    "no-folder": (path: string) => `${path} couldn't be written: the folder doesn't exist.`,
    "is-folder": (path: string) => `${path} is a folder. Give the name of a file in it.`,
    forbidden: (path: string) => `You have no permission to write ${path}. Choose another place.`,
    "read-only": (path: string) => `${path} couldn't be written: the disk is read-only.`,
    full: (path: string) => `${path} couldn't be written: the disk is full.`,
    "too-large": (path: string) =>
      `${path} couldn't be written: files may not be that large there.`,
    "bad-name": (path: string) => `${path} couldn't be written: the disk doesn't allow that name.`,
    "disk-error": (path: string) => `${path} couldn't be written: the disk reported an error.`,
    endless: (path: string) =>
      `${path} wasn't written: the server sent 4 GB, and there was no end to it. Choose a shorter time (--from, --to).`,
    other: (path: string) => `${path} couldn't be written. Choose another place.`,
  },

  receipts: {
    ask: "Show others how far you have read? Then you also see how many haven't read a message yet.",
    yes: "Yes",
    no: "No, neither",
    label: "Read receipts",
  },

  settings: {
    title: "Settings",
    language: "Language · 언어",
    server: "Another server",
    bell: "Bell when somebody mentions you",
    on: "on",
    off: "off",
  },

  serviceLanguage: {
    label: (language: string | null) => `Language of services: ${language ?? "left alone"}`,
    ask: "In which language are NickServ and its like to speak to you? (a code such as de_DE; empty: leave it)",
    asking: "Asking NickServ …",
    accepted: (language: string, text: string) =>
      `Services here speak ${language} to you from now on. NickServ: ${text}`,
    unknown: (language: string, list: string) =>
      `Services here don't speak ${language}. They speak: ${list}`,
    refused: (language: string, text: string) =>
      `NickServ doesn't take ${language}, and nothing has changed. It says: ${text}`,
    noNickServ: "This server has no NickServ that it vouches for, so nothing was sent.",
    silent: "NickServ didn't answer. It is told the next time that you log in.",
    later: (language: string) =>
      `NickServ is told ${language} the next time that you log in there.`,
    leftAlone: "Services there are left alone: they go on as your account has it.",
    chosen: (language: string) => `The language of services here: ${language}`,
    notChosen: "No language is chosen for the services here: they speak as your account has it.",
    badName: "A language is one word here: a code such as de_DE, fr or es_ES.UTF-8.",
    ours: "On this server there is nothing to choose: answers to this program's commands are in its own language (/set lang), and what NickServ and ChanServ write to you themselves is in English.",
  },
  servers: {
    title: "Servers",
    which: "Which server?",
    another: "Another server …",
    otherNetwork: (host: string) => `Another network of ${host} …`,
    closed: "not connected",
    logInAgain: "log in again",
    certificate: "another certificate",
    atStart: "at each start",
    connect: "Connect",
    show: "Show it",
    disconnect: "Disconnect",
    startOn: "Connect at each start",
    startOff: "Don't connect at the start",
    onlyOne: "Without a screen the chat has one server at a time.",
    notOpen: (name: string) => `You are not connected to ${name}. /connect lists your servers.`,
    connectingAll: (count: number) => `Connecting to ${formatCount(count, "server")} …`,
    needsLogIn: (host: string) => `${host} asks you to log in: choose it under Servers.`,
    waitsForYou: (host: string) => `${host} asks you to log in: /connect ${host}`,
    disconnected: (host: string) => `Disconnected from ${host}.`,
    triesAgain: (host: string) => `It is tried again by itself, and at once by /connect ${host}`,
    goOnBy: (host: string) => `To go on: /connect ${host}`,
    lockedOut: (host: string) =>
      `${host} doesn't let you in any more. Log in again: /connect ${host}`,
  },
  screen: {
    rooms: "Rooms",
    altNumber: "Alt-number",
    members: (count: number) => formatCount(count, "member"),
    presence: (here: number, all: number) => `Online ${here}/${all}`,
    /** Who was in the room when the connection was lost. */
    membersBefore: (count: number) => `Before: ${count}`,
    more: (count: number) => `and ${count} more`,
    moreRooms: (count: number) => `and ${count} more`,
    away: "away",
    ago: (amount: number, unit: "minute" | "hour" | "day") => `${amount}${unit.slice(0, 1)}`,
    noRoom: "You are not in a room.",
    noRoomHint: "/join #name joins one · Esc opens the menu",
    moreRows: (count: string) => `${count} more rows · Enter opens`,
    spoiler: "[spoiler]",
    readToNew: (count: number) => `read up to here · ${count} new`,
    joined: (who: string) => `${who} joined`,
    joinedMany: (who: string, others: number) => `${who} and ${others} more joined`,
    left: (who: string) => `${who} left`,
    leftMany: (who: string, others: number) => `${who} and ${others} more left`,
    joinedAndLeft: (who: string) => `${who} joined and left`,
    joinedAndLeftMany: (who: string, others: number) => `${who} and ${others} more joined and left`,
    kicked: (whom: string, by: string, reason: string) =>
      `${by} removed ${whom}${reason === "" ? "" : `: ${reason}`}`,
    /** Our server's reason where somebody was banned without one. */
    banned: "banned",
    topicSet: (by: string, topic: string) =>
      topic === "" ? `${by} removed the topic` : `${by} set the topic: ${topic}`,
    modeSet: (by: string, modes: string) => `${by} set ${modes}`,
    nickChanged: (from: string, to: string) => `${from} is now ${to}`,
    renamed: (by: string, name: string) => `${by} renamed the room to ${name}`,
    invited: (by: string, room: string) => `${by} invites you to ${room} (/join ${room})`,
    hasInvited: (whom: string, room: string) => `You invited ${whom} to ${room}`,
    forgotten: (messages: string) =>
      `Everything that you said was deleted: ${formatCount(Number(messages), "message")}.`,
    asksToJoin: (who: string, room: string) =>
      `${who} asks to join ${room}: /approve ${room} ${who} or /decline ${room} ${who}`,
    requestSent: (room: string) => `The moderators of ${room} were asked to let you in.`,
    requestWaits: (room: string) => `You have asked to join ${room}. Its moderators will answer.`,
    wasInvited: (whom: string) => `${whom} was invited`,
    sending: "sending",
    failed: "failed",
    retryBy: (sentence: string, key: string) => `${sentence} · ${key} sends it again`,
    edited: "(edited)",
    toRank: (rank: string) => `(only to each ${rank} and above)`,
    deleted: "This message was deleted",
    replyTo: (who: string, text: string) => `↳ ${who}: ${text}`,
    replies: (count: number) => `⤷ ${formatCount(count, "reply", "replies")}`,
    replyCount: (count: number) => formatCount(count, "reply", "replies"),
    threadUnknown: "an earlier message",
    threadCut: "The beginning of this thread couldn't be loaded.",
    threadBack: (room: string) => `Esc: ${room}`,
    detachedBack: "Esc: newest",
    replyBack: "Esc: no reply",
    replyToUnknown: "↳ an earlier message",
    hiddenMessage: {
      blocked: "a message of somebody you blocked",
      spared: "a message with a word you are spared",
    },
    hidden: {
      blocked: (count: number) =>
        count === 1 ? "1 message of a blocked person" : `${count} messages of blocked people`,
      spared: (count: number) => `${formatCount(count, "message")} with a word you are spared`,
    },
    typingOne: (who: string) => `${who} is typing …`,
    typingTwo: (one: string, two: string) => `${one} and ${two} are typing …`,
    typingMany: (count: number) =>
      `${formatCount(count, "person", "people")} ${agree(count, "is", "are")} typing …`,
    nextUnread: (key: string) => `${key} next unread`,
    connected: "connected",
    connecting: "connecting …",
    noAnswer: (seconds: number) => `no answer for ${seconds} s`,
    checking: "checking the connection …",
    waiting: (seconds: number) => `reconnecting in ${seconds} s`,
    offline: "offline",
    /** Of a server that is connected. */
    silent: "no answer",
    stayedOut: "offline · /reconnect",
    peerLeft: (nick: string) =>
      `${nick} has gone. Somebody else has that name now, and a conversation of their own.`,
    notSent: (text: string) => `Not sent: ${text}`,
    unheardCall: {
      rank: (word: string) =>
        `Only a moderator's ${word} notifies the whole room. Yours is an ordinary message.`,
      size: (word: string) =>
        `In a room of more than 1,000 people ${word} notifies nobody. It is an ordinary message.`,
    },
    notSentYet: (text: string) => `Not sent yet: ${text}`,
    trouble: {
      changed: "certificate changed · /trust",
      unknown: "unknown certificate · /trust",
      "refused-file": "a file can't be used · /reconnect",
    },
    loggedInAs: (account: string) => `logged in as ${account}`,
    guest: (nick: string) => `${nick} (guest)`,
    up: (rows: string) => `↑${rows}`,
    past: "older messages",
    newBelow: (count: number) => `${count} new`,
    help: "/help · Esc menu",
    toBottom: "End: newest",
    pasteAsk: (lines: number) => `Paste ${formatCount(lines, "line")}? Enter yes · Esc no`,
    tooSmall: "Please make the window larger.",
    switchTo: "Go to",
    switchHint: "Enter opens · Esc closes",
    switchNone: "no match",
    replying: (who: string, text: string) => `↳ ${who}: ${text}`,
    editedIsGone: (text: string) =>
      `The message that you were changing was deleted. Not sent: ${text}`,
    editing: "Changing a sent message · Esc leaves it as it is",
    direct: "direct message",
    serverSays: "server",
  },

  /** Above the oldest message: what is known of the time before. */
  history: {
    loading: "loading earlier messages …",
    beginning: "The beginning of this conversation",
    "since-joining": "You see what is said since you joined.",
    "not-kept": "Earlier messages aren't kept here.",
    refused: "The server doesn't show earlier messages here.",
    lost: "Earlier messages couldn't be loaded. PgUp tries again.",
  },

  /** Where no message is shown. */
  emptyHere: {
    beginning: "Nothing was said here yet. Say hello!",
    loading: "loading earlier messages …",
    "since-joining": "Nothing was said here since you joined. Say hello!",
    "not-kept": "No history here: you see what is said from now on.",
    refused: "The server doesn't show what was said here before.",
    lost: "What was said here couldn't be loaded. PgUp tries again.",
    offline: "Not connected: what was said here isn't loaded yet.",
    outside: (room: string) => `You are not in ${room}: /join ${room}`,
    gone: "This person has gone.",
    nobody: (name: string) => `Nobody is called ${name} here. Check the name.`,
    unknown: "No message is loaded. PgUp loads earlier ones.",
  },

  /** What `--append` says of a message besides its text. */
  appended: {
    answers: (who: string, text: string) => `answering ${who} "${text}"`,
    answersEarlier: "answering an earlier message",
    edited: (who: string, text: string) => `${who} edited a message: ${text}`,
    deleted: (who: string, time: string, by: string | null) => {
      const message = `${who === "you" ? "your" : `${who}'s`} message of ${time}`;
      return by === null || by === who ? `${message} was deleted` : `${by} deleted ${message}`;
    },
    reacted: (by: string, reaction: string, who: string, text: string) =>
      `${by} reacted with ${reaction} to ${who}: ${text}`,
    unreacted: (by: string, reaction: string, who: string, text: string) =>
      `${by} took back ${reaction} from ${who}: ${text}`,
  },

  /** In a room in which nothing was said. */
  quietRoom: {
    open: (room: string) => `Anybody on this server can come in: /join ${room}`,
    inviteOnly: "Only people who are invited can come in.",
    needsKey: (room: string) => `Who knows the room's password can come in: /join ${room} PASSWORD`,
    invite: "/invite NAME invites somebody.",
  },

  finder: {
    prompt: "Find",
    /** By where Tab searches. */
    hint: {
      server: "Enter opens · Tab: server · Esc closes",
      stored: "Enter opens · Tab: stored · Esc closes",
      loaded: "Enter opens · Esc closes",
    },
    /** The same while nothing is found. */
    hintNone: {
      server: "Tab: server · Esc closes",
      stored: "Tab: stored · Esc closes",
      loaded: "Fewer or other words · Esc closes",
    },
    nothing: "Fewer or other words · Esc closes",
    type: "Type what you look for · Esc closes",
    none: {
      server: "not among the loaded messages; Tab asks the server",
      stored: "not among the loaded messages; Tab searches all that is stored here",
      loaded: "not among the loaded messages",
    },
    noneAnywhere: "nothing found",
    noneLoaded: "not among the loaded messages",
    asking: "searching on the server …",
    onServer: (count: number) => `${count} found · Enter opens · Esc closes`,
    failed: "The server can't search right now. Only loaded messages are shown.",
    notOffered: "This server has no search. Only loaded messages are shown.",
    gone: "That message is no longer available.",
    key: (key: string) => `${key} search`,
  },

  /** While a message is selected: what each key does. */
  pointing: {
    actions: {
      expand: "show all",
      view: "look",
      collapse: "fold",
      follow: "original",
      reply: "reply",
      retry: "send again",
      edit: "edit",
      delete: "delete",
      react: "react",
      thread: "thread",
      pin: "pin",
      unpin: "unpin",
      save: "save",
      copy: "copy",
      open: "open",
      details: "info",
      person: "person",
    },
    toThread: "replies",
    leave: "leave",
    back: "back",
    hint: "↑↓ or j k · Esc: back to typing",
    deleteAsk: "Delete this message for everybody?",
    reactPrompt: "React with a name (tada) or text",
    copied: "Copied.",
    copiedInTmux: "Copied. If it can't be pasted outside: tmux set -s set-clipboard on",
    notOpened: (link: string) => `No browser here. The address was copied: ${link}`,
    detailsHint: "↑↓ scroll · Esc back",
  },

  files: ENGLISH_FILES,
  pictures: ENGLISH_PICTURES,
  transfers: ENGLISH_TRANSFERS,

  /** Who said a message when, and what became of it. */
  details: {
    said: (who: string, when: string) => `${who}, ${when}`,
    account: (account: string) => `account ${account}`,
    noAccount: "no account",
    edited: (when: string) =>
      when === "" ? "Edited by the author" : `Edited by the author, ${when}`,
    deleted: (by: string | null) =>
      by === null ? "This message was deleted" : `${by} deleted this message`,
    reaction: (reaction: string, who: string) => `${reaction}  ${who}`,
    read: (who: string) => `Read by ${who}`,
    unread: (who: string) => `Not read yet by ${who}`,
  },

  /** A person's menu. */
  person: {
    acts: {
      message: "Direct message",
      mention: "Mention in the input line",
      about: "Who is it?",
      block: "Block: fold their messages away",
      unblock: "Unblock",
      mute: "Mute …",
      unmute: "Let talk again",
      kick: "Remove from the room …",
      ban: "Ban …",
      makeAdmin: "Make an admin",
      makeModerator: "Make a moderator",
      makeHelper: "Make a helper",
      makeSpeaker: "Make a speaker",
      takeRank: "Take the rank away",
    },
    isBlocked: "blocked by you",
    localTime: (time: string) => `${time} where they are`,
    idle: (minutes: number) =>
      minutes === 0 ? "active now" : `idle for ${formatCount(minutes, "minute")}`,
    lastSaid: (moment: string) => `last message ${moment}`,
    roomsInCommon: (rooms: string) => `Rooms in common: ${rooms}`,
    /** The menu is longer than the window: which of its entries are shown. */
    shown: (first: number, last: number, count: number) =>
      `${first}–${last} of ${count}, more by ↑↓`,
    howLong: (act: string) => `${act.replace(" …", "")}: for how long?`,
    duration: (duration: string) => (duration === "0" ? "for good" : englishDuration(duration)),
    summary: (act: "mute" | "ban" | "kick", who: string, duration: string): string => {
      const time = duration === "0" ? "for good" : `for ${englishDuration(duration)}`;
      if (act === "kick") return `${who} is removed from the room, and may come back.`;
      return act === "mute"
        ? `${who} can read, and can't talk, ${time}.`
        : `${who} is removed from the room, and can't come back, ${time}.`;
    },
    reason: (_who: string) => "Reason (or just Enter)",
    hint: "↑↓ or a number · Enter takes · Esc back",
    aboutHint: "Enter or Esc back",
    realName: (name: string) => `Real name: ${name}`,
    role: (rank: string) => `Here: ${rank}`,
    nothingElse: "Nothing else is known of them.",
  },

  /** Ranks in a room, the highest first. */
  ranks: {
    owner: "owner",
    admin: "admin",
    moderator: "moderator",
    helper: "helper",
    speaker: "speaker",
  },

  /** The page that /help opens. */
  help: {
    prompt: "Find in the help",
    hint: "Type to search · ↑↓ · Enter puts a command into the input line · Esc closes",
    none: "Nothing here has these words.",
    groups: {
      talking: "Talking",
      keys: "Keys",
      rooms: "Rooms",
      people: "People and your account",
      moderation: "Moderation",
      server: "Server and program",
      own: "Your own commands",
      pointing: "On a selected message",
      line: "In the input line",
      signs: "Signs",
    },
    pointing: {
      "r e d + t p c s o i u":
        "on the selected message: reply, edit, delete, react, thread, pin, copy, save its file, open its link or file, info, its author",
      Enter:
        "on the selected message: all of a long one, what its spoilers hide; else its replies, or what it quotes",
      f: "on the selected message: fold it again",
    },
    signs: {
      "✓ ⏳ ✗": "left of your own messages: sent, being sent, failed",
      "12": "a number there: how many haven't read the message yet",
      "@2 12": "beside a room: messages that mention you, and unread ones",
      "● ◐": "beside a person: here, away",
      "`code` *bold* _italic_ ||spoiler|| > quote":
        "in a message; ``` before and after a code block",
    },
  },

  /** Keys: /keys, /bind and /unbind, and [bind] in client.toml. */
  keys: {
    hint: "Type to search · ↑↓ · /bind KEY ACTION changes a key · Esc closes",
    prompt: "Find a key",
    own: "Your own keys",
    off: "does nothing",
    rooms: "the room with that number",
    room: (number: string) => `room number ${number}`,
    sources: { own: "· your own", style: "· by the setting keys", script: "· by a script" },
    when: {
      empty: (text: string) => `in an empty field: ${text}`,
      "text-after": (text: string) => `with text behind the cursor: ${text}`,
      completing: (text: string) => `while Tab has candidates: ${text}`,
      composing: (text: string) => `while you reply or edit: ${text}`,
      scrolled: (text: string) => `while you are scrolled up: ${text}`,
    },
    otherwise: (text: string) => `otherwise: ${text}`,
    bound: (keys: string, text: string) => `${keys}: ${text}`,
    unbound: (keys: string) => `${keys} does nothing now.`,
    backToDefault: (keys: string, text: string) => `${keys} is as usual again: ${text}`,
    notBound: (keys: string) => `${keys} isn't bound to anything.`,
    noKey: (typed: string) =>
      `"${typed}" is no key. Write it like ctrl-g, alt-x, shift-up, f5, or "ctrl-x ctrl-g" for one after the other.`,
    typesText: (typed: string) =>
      `${typed} types a letter. Put ctrl- or alt- before it, or another key: "ctrl-x ${typed}".`,
    stops: "Ctrl-Z stops the program, and can't do anything else.",
    suspend: "stop the program for now; fg in the shell comes back to it",
    sentAs: (typed: string, sentAs: string) =>
      `A terminal sends ${typed} as ${sentAs}: bind ${sentAs}, or take another key.`,
    noAction: (typed: string, nearest: string | null) =>
      `There is no action "${typed}". ${nearest === null ? "/keys lists them, and a command begins with a slash." : `Did you mean "${nearest}"?`}`,
    nothingToEdit: "There is no message of yours here that can be edited.",
    groups: {
      talking: "Talking",
      messages: "Messages",
      rooms: "Rooms",
      screen: "Screen",
      line: "In the input line",
    },
    actions: {
      send: "send",
      newline: "a new line in the message",
      complete: "complete a name, a command, a room or an :emoji:",
      "complete-back": "the completion before",
      "complete-end": "the word as you typed it, without a completion",
      "previous-line": "the line above, or what you sent before",
      "next-line": "the line below, or what you sent after that",
      "edit-last": "edit your last message",
      editor: "write the message in your editor ($VISUAL, $EDITOR)",
      retry: "send failed messages again",
      "clear-input": "empty the line, or give up an edit or a reply",
      "attach-picture": "attach the picture in the clipboard",
      "stop-transfer": "stop the file that is being sent or saved",
      select: "select a message; then ↑↓ or j k",
      search: "search in messages",
      "page-up": "a page up",
      "page-down": "a page down",
      "scroll-up": "a few rows up",
      "scroll-down": "a few rows down",
      "scroll-top": "to the oldest message",
      "scroll-bottom": "to the newest message",
      "scroll-to-unread": "to where the unread messages begin",
      "next-unread": "the next unread room",
      "previous-unread": "the unread room before",
      "next-room": "the next room",
      "previous-room": "the room before",
      "last-room": "the room where you were last",
      "move-up": "move this room up in the list",
      "move-down": "move this room down in the list",
      profile: "who wrote this: profile, and what can be done",
      switcher: "find a room",
      help: "the help",
      keys: "the list of keys",
      back: "one step back; the status bar says where to",
      menu: "the menu",
      "other-pane": "go over to the conversation beside this one (/split)",
      redraw: "draw the screen again",
      quit: "quit Sodam",
      "backward-char": "a character to the left",
      "forward-char": "a character to the right",
      "backward-word": "a word to the left",
      "forward-word": "a word to the right",
      "beginning-of-line": "to the beginning of the line",
      "end-of-line": "to the end of the line",
      "delete-char": "delete the character at the cursor",
      "backward-delete-char": "delete the character before the cursor",
      "kill-line": "cut to the end of the line",
      "unix-line-discard": "cut to the beginning of the line",
      "unix-word-rubout": "cut back to a space",
      "backward-kill-word": "cut the word before the cursor",
      "kill-word": "cut the word behind the cursor",
      yank: "put in what was cut",
      "yank-pop": "what was cut before that, instead",
      undo: "undo",
      "self-insert-space": "a space",
    },
  },

  /** /set and client.toml. */
  set: {
    hint: (path: string) =>
      `/set NAME explains one, /set NAME VALUE changes it (Tab completes). Kept in ${path}`,
    sources: { flag: "command line", file: "client.toml", default: "default" },
    nothing: "not set",
    later: (value: string) => `from the next start: ${value}`,
    now: (name: string, value: string) => `${name} = ${value}`,
    fromNextStart: (name: string, value: string) =>
      `${name} = ${value} from the next start of Sodam on.`,
    flagComesFirst: (value: string) =>
      `The command line says ${value}, and comes first when Sodam starts like this again.`,
    valid: (expected: string, byDefault: string) => `Values: ${expected} (${byDefault})`,
    byDefault: (value: string) => `default: ${value}`,
    restart: "A new value counts from the next start on.",
    unknown: (name: string, nearest: string | null) =>
      `There is no setting "${name}". ${nearest === null ? "/set lists them all." : `Did you mean "${nearest}"?`}`,
    invalid: (name: string, value: string, expected: string) =>
      `${name} can't be "${value}". Values: ${expected}`,
    empty: (path: string) => `${path} can't be read, or its first line is empty.`,
    unclear: (path: string) =>
      `${path} is written in a way that can't be changed from here. Change it by hand, please.`,
  },

  /** /alias and [alias] in client.toml. */
  alias: {
    list: (name: string, text: string) => `/${name} = ${text}`,
    none: "You have no alias. /alias lunch = /away at lunch until $1 makes one.",
    set: (name: string, text: string) => `/${name} = ${text}`,
    inPlace: (name: string) => `It comes in place of the program's own /${name}.`,
    removed: (name: string) => `/${name} is no alias any more.`,
    unknown: (name: string) => `There is no alias /${name}.`,
    badName: (name: string) => `"${name}" can't be an alias: take letters, digits, - and _.`,
    loop: (name: string) => `The alias /${name} leads to itself.`,
    tooMany: "That alias stands for too many lines.",
  },

  /** The editor program for a long message. */
  editor: {
    none: "There is no editor. Put one into $VISUAL or $EDITOR, for example: export EDITOR=nano",
    missing: (program: string) => `There is no program ${program}. Check $VISUAL and $EDITOR.`,
    failed: (program: string) => `${program} ended with an error, so the message stays as it was.`,
  },

  notify: {
    mention: (who: string, room: string) => `${who} in ${room}`,
    direct: (who: string) => `${who} (direct)`,
  },

  attention: {
    /** `isStored`: the server stores the list for all devices. */
    blocked: (who: string, isStored: boolean) =>
      `${who} is blocked: their messages are folded away${isStored ? ", on all your devices" : ""}. To undo: /unblock ${who}`,
    unblocked: (who: string) => `${who} is no longer blocked.`,
    alreadyBlocked: (who: string) => `${who} is blocked already. To undo: /unblock ${who}`,
    notBlocked: (who: string) => `You haven't blocked ${who}. /block lists whom you have.`,
    notYourself: "You can't block yourself.",
    nobodyBlocked: "You have blocked nobody. /block NAME blocks somebody.",
    blockedList: (names: string) => `Blocked: ${names} · to undo: /unblock NAME`,
    words: {
      highlight: {
        none: "There are no words to tell you about. /highlight WORD adds one.",
        list: (words: string) => `You are told about: ${words}`,
        tooLong: "These are too many words. Remove some first: /highlight -WORD",
      },
      spare: {
        none: "You are spared no words. /spare WORD adds one.",
        list: (words: string) => `Messages with these words are folded away: ${words}`,
        tooLong: "These are too many words. Remove some first: /spare -WORD",
      },
    },
    noSuchWord: (word: string) => `That isn't on the list: ${word}`,
    levels: { all: "every message", mentions: "mentions", nothing: "nothing" },
    levelIs: (name: string, level: NotificationLevel) =>
      `${name} notifies of: ${en.attention.levels[level]}. To change it: /notify all, mentions or nothing`,
    levelSet: (name: string, level: NotificationLevel) =>
      `${name} notifies of: ${en.attention.levels[level]}.`,
    zoneShown: (zone: string) => `Others see what time it is where you are (${zone}).`,
    zoneHidden: "Others no longer see what time it is where you are.",
    notMoved: "It can't be moved any further.",
  },

  slash: {
    unknown: (typed: string) => `Unknown command /${typed}. /help lists all commands.`,
    unknownSuggest: (typed: string, meant: string) =>
      `Unknown command /${typed}. Did you mean /${meant}?`,
    usage: (usage: string) => `Usage: ${usage}`,
    needsRoom: "That works in a room only. Go to a room, or join one first.",
    needsTarget: "There is no message here to do that with.",
    noSuchNumber: (count: number) =>
      `There is no message with that number: ${count === 1 ? "only 1" : `1–${count}`}, counted from the newest.`,
    notOffered: "This server doesn't support that.",
    notOnScreen: "That works on the screen only, not with --append.",
    notConnected: "Not connected. Reconnecting by itself.",
    noAnswer: "The server didn't answer. Try again in a moment.",
    namesHidden: (room: string) => `You can't see who is in ${room}.`,
    members: (room: string, count: number) => `${room}: ${count}`,
    exported: (path: string, lines: number) => `${formatCount(lines, "line")} written to ${path}.`,
    exporting: (count: number, until: string) =>
      `${formatCount(count, "line")} so far, up to ${until}`,
    exportExists: (path: string) => `${path} already exists. Add --force to replace it.`,
    exportIncomplete: (name: string) =>
      `The server didn't send everything, so nothing was written to ${name}. Try again.`,
    exportOffline: (name: string) =>
      `You are offline, so nothing was written to ${name}. Try again when you are connected.`,
    cannotMute: "This server can't mute a single person. /ban NAME keeps somebody out of the room.",
    noMaskOf: (who: string, isMute: boolean) =>
      isMute
        ? `Nothing here mutes ${who}. /bans shows who is muted.`
        : `Nothing here bans ${who}. /bans shows who is banned.`,
    bansEmpty: "Nobody is banned or muted here.",
    banLine: (who: string, isMute: boolean, end: string, by: string, reason: string) =>
      `${who}: ${isMute ? "muted" : "banned"} ${end === "" ? "for good" : `until ${end}`}, by ${by}${reason === "" ? "" : ` (${reason})`}`,
    on: "on",
    roomSettings: (names: string) =>
      `Settings: ${names}. /room slow 10, /room talk-age 2h, /room joins 5:60, /room approval on, /room slow off`,
    roomSettingsElsewhere: (names: string) =>
      `Settings: ${names}. /room moderated on, /room limit 30, /room limit off`,
    logUntil: (end: string) => `(until ${end})`,
    logEmpty: "Nobody has moderated this room yet.",
    suspended: (who: string, until: string) =>
      until === "" ? `${who} is suspended for good.` : `${who} is suspended until ${until}.`,
    unsuspended: (who: string) => `${who} may log in again.`,
    accountRenamed: (who: string, name: string) => `${who} is called ${name} now.`,
    accountRemoved: (who: string) => `The account ${who} is gone.`,
    accountRemoving: (who: string) =>
      `${who} is locked out. The account goes as soon as its messages are deleted.`,
    confirmRemoval: (who: string) =>
      `The account ${who} would be gone for good. To confirm: /remove-account ${who} yes (yes messages deletes all that it wrote, too)`,
    confirmDrop: (room: string) =>
      `Everybody would be removed from ${room}, and nobody could read it any more. To confirm: /drop ${room} yes`,
    graded: (who: string, grade: string) =>
      grade === ""
        ? `${who} is no operator of the server any more.`
        : `${who} is an operator of the server now, with the grade ${grade}.`,
    reported: (who: string) =>
      `Reported: the room's moderators and the server's owner see this message of ${who} as it is now.`,
    reportDone: (id: string) => `The report ${id} is handled.`,
    moreReports: (count: number) =>
      count === 1
        ? "1 more report waits: handle these first."
        : `${count} more reports wait: handle these first.`,
    reportsEmpty: "No report waits for you.",
    reportLine: (
      id: string,
      when: string,
      room: string,
      author: string,
      by: string,
      reason: string,
    ) =>
      `${id} · ${when} · ${room === "*" ? "direct message" : room} · ${author}, reported by ${by === "*" ? "somebody who has gone" : by}${reason === "" ? "" : `: ${reason}`}`,
    muted: (room: string) => `${room} is muted.`,
    unmuted: (room: string) => `${room} is no longer muted.`,
    awaySet: "You are away.",
    awayOff: "You are back.",
    noTopic: "No topic yet. /topic TEXT sets one.",
    noModes: "No letter is set for this room.",
    modesAre: (letters: string) => `Letters set: ${letters}`,
    topicIs: (topic: string) => `Topic: ${topic}`,
    whoLine: (who: string, text: string) => `${who}: ${text}`,
    listTitle: (count: number) => `Rooms: ${count}`,
    listEmpty: "There are no public rooms.",
    searchNone: (words: string) => `Nothing found for "${words}".`,
    searchIncomplete: "The server didn't get through everything. More words make it faster.",
    searchTitle: (words: string, count: number) => `"${words}": ${count} found`,
    roomName: (text: string) => `${text} can't be a room's name. Room names begin with #.`,
    linkMade: (command: string, room: string | null) =>
      `This line leads ${room === null ? "to this server" : `into ${room}`}. Whoever has no account here needs an invitation too, unless the server takes guests.\n\n${command}`,
    linkClosed: (room: string) =>
      `${room} lets in only people who were invited: once they have an account, /invite NAME does that.`,
    linkKey: (room: string) => `${room} has a password, which isn't in the link.`,
    arguments: {
      split: "[#room | NAME | off]",
      script: "[on | off | reload NAME] [types]",
      serverOptional: "[SERVER]",
      room: "#room",
      roomOptional: "[#room]",
      roomReason: "[#room] [reason]",
      dropRoom: "[#room] yes [reason]",
      roomKey: "#room [password]",
      nick: "NAME",
      nickOptional: "[NAME]",
      wordList: "[WORD, WORD | -WORD]",
      level: "[#room] all|mentions|nothing|default",
      move: "up|down|top|bottom",
      timeZone: "on|off|Asia/Seoul",
      text: "TEXT",
      nickRoom: "NAME [#room]",
      nickText: "NAME TEXT",
      nickReason: "NAME [reason]",
      mask: "NAME",
      nickTimeReason: "NAME [30m|2h|7d] [reason]",
      renameAccount: "NAME NEW-NAME [free]",
      removeAccount: "NAME yes [messages] [reason]",
      grade: "NAME helper|moderator|admin|maker|none",
      mute: "[#room] | NAME [30m|2h|7d] [reason]",
      secondsOrOff: "SECONDS|10m|off",
      filter: "[+WORD | -WORD] [hide|replace]",
      report: "[n] [reason]",
      reports: "[done ID]",
      roomSetting: "[#room] [SETTING VALUE|on|off]",
      reason: "[reason]",
      topic: "[#room] [TEXT]",
      key: "[password]",
      onOff: "on|off",
      modes: "[+im-t …]",
      search: "WORDS [--by NAME] [--in #room | --everywhere] [--from 2026-11-01] [--to 2026-11-30]",
      export:
        "[#room] [FILE | search WORDS [--by NAME] [--everywhere] [--file FILE]] [--from 2026-11-01] [--to 2026-11-30] [--format txt|md|html|json] [--force]",
      myData: "[FILE] [--force]",
      reply: "[n] TEXT",
      react: "[n] EMOJI",
      edit: "TEXT",
      file: "PATH [caption]",
      files: "[words] [from:NAME] [type:picture|film|sound|text]",
      stop: "[n|all]",
      nth: "[n]",
      command: "[command]",
      invitations: "[new [uses] [hours] | drop ID]",
      encoding: "windows-949|latin1|…|utf-8",
      serviceLanguage: "[de_DE|fr|… | none]",
      confirmation: "LAST-CHARACTERS | LINK",
      setting: "[SETTING [VALUE | default]]",
      words: "[WORDS]",
      bind: "KEY ACTION | KEY /COMMAND | KEY default",
      keyName: "KEY",
      alias: "[NAME = TEXT]",
      aliasName: "NAME",
      none: "",
    },
    help: {
      split: "show another conversation beside this one, or one alone again",
      clear: "take away the answers and notes that only you see here",
      script:
        "your scripts: list them, load one anew, switch it on or off, write the file of types",
      set: "the program's settings: show, explain and change them",
      keys: "what each key does, to search in",
      bind: "let a key do something else",
      unbind: "let a key do nothing",
      alias: "a command of your own for others ($1, $2-, $* stand for what you type behind it)",
      unalias: "remove a command of your own",
      connect: "connect to another server as well, or list yours",
      disconnect: "disconnect from this server, or from another one",
      link: "a link that leads into this room",
      trust: "accept the server's new certificate",
      encoding: "read and write another encoding than UTF-8 on this server",
      serviceLanguage: "in which language NickServ and its like speak to you on this server",
      join: "join a room",
      leave: "leave this room",
      create: "create a room",
      msg: "send a direct message",
      me: "say what you are doing",
      topic: "show or set the topic",
      pin: "pin something at the top (nothing: unpin)",
      invite: "invite somebody into this room",
      kick: "remove somebody from this room",
      block: "fold away what somebody writes, wherever they write it (nothing: list)",
      unblock: "show again what somebody writes",
      highlight: "words that you are told about, as of your name (nothing: list)",
      spare: "words: messages with one of them are folded away (nothing: list)",
      notify: "what this room notifies you of: every message, mentions or nothing",
      timeZone: "let others see what time it is where you are, or not",
      move: "move this room up or down in the list",
      ban: "remove somebody and keep them out, for a time or for good",
      unban: "let somebody in again",
      unmute: "let somebody talk again",
      bans: "who is banned or muted, for how long and why",
      slow: "slow mode: one message every so many seconds",
      filter: "refuse, hide or replace a word (nothing: list)",
      approval: "let moderators approve who joins",
      requests: "who asks to join",
      approve: "let somebody in who asked",
      decline: "turn somebody's request down",
      log: "who moderated this room, and how",
      report: "report a message to the moderators and the owner (n: counted from the newest)",
      reports: "the reports that wait for you, or remove one that is handled",
      close: "close a room: people can read it, and nobody can talk or join",
      reopen: "open a closed room again",
      takeover: "operators of the server: become the owner of a room without one",
      drop: "remove everybody from a room and give it up for good",
      suspend: "operators of the server: lock an account out, for a time or until /unsuspend",
      unsuspend: "operators of the server: let an account log in again",
      renameAccount:
        "operators of the server: give an account another name (free: others may take the old one)",
      removeAccount:
        "operators of the server: remove an account for good (messages: all it wrote, too)",
      grade: "the server's owner: make somebody an operator of the server, or take that away",
      op: "make somebody a moderator",
      deop: "take the rank of a moderator away again",
      key: "set or remove the room's password",
      inviteOnly: "let only invited people in",
      mode: "show or set the room's settings by IRC's letters",
      room: "show or set the room's settings: who may join and talk, and how fast",
      names: "who is in this room",
      whois: "who somebody is",
      person:
        "what you can do with somebody: message, block, mute, remove, ban, give a rank (admin, moderator, helper, speaker)",
      list: "the public rooms",
      nick: "change your name",
      away: "say that you are away",
      back: "say that you are back",
      search: "search messages",
      file: "send a file: a path, or drop the file onto the window; Ctrl-V attaches the picture in the clipboard",
      files: "the files of this conversation, by name, person or kind",
      save: "save the newest file, or the n-th, into your folder for downloads",
      stop: "stop a file that is being sent or saved",
      export: "write this room, or search results, to a file",
      myData: "write everything that the server keeps about you to a file",
      forgetMe: "delete everything that you ever said",
      select: "select a message, or read number n whole",
      reply: "reply to a message (Ctrl-↑ selects one; n: counted from the newest)",
      retry: "send again what could not be sent",
      thread: "a message and its replies as a place of their own (n: counted from the newest)",
      react: "react to a message",
      edit: "edit your last message",
      delete: "delete one of your messages",
      invitations: "invitations to this server (owner)",
      password: "change your password",
      devices: "devices that log in by themselves",
      sessions: "where you are logged in, and ending that",
      secondFactor: "codes of an authenticator app for your log-ins",
      bots: "accounts for programs, which log in with a token",
      mute: "mute or unmute this room; with a name: stop somebody from talking",
      menu: "the menu",
      reconnect: "reconnect now",
      quit: "quit Sodam",
      help: "commands and keys, to search in",
    },
  },

  /** What ChanServ answers; see service-sentences.ts. */
  services: {
    muted: (who: string, duration: string) => `${who} can't talk for ${englishDuration(duration)}.`,
    mutedForGood: (who: string, _: string) => `${who} can't talk any more: /unmute ${who} ends it.`,
    banned: (who: string, duration: string) =>
      `${who} can't come back for ${englishDuration(duration)}.`,
    bannedForGood: (who: string, _: string) => `${who} can't come back: /unban ${who} ends it.`,
    notMuted: (who: string, _: string) => `${who} isn't muted here.`,
    notBanned: (who: string, _: string) => `${who} isn't banned here.`,
    rankTooLow: (_who: string, _: string) => "Your rank in this room doesn't allow that.",
    outranked: (who: string, _: string) => `${who} has a higher rank than you.`,
    notMutable: (who: string, _: string) =>
      `${who} has a rank that talks in spite of a mute. Take the rank away first.`,
    yourself: (_who: string, _: string) => "You can't do that to yourself.",
    nobody: (_who: string, _: string) => "There is nobody of that name.",
    bansFull: (_who: string, _: string) => "The list of bans is full: /bans shows it.",
    badTime: (_who: string, _: string) => "Write the time as 30m, 2h, 7d or 1w.",
    nothingFiltered: (_who: string, _: string) => "No word is filtered in this room.",
    notFiltered: (word: string, _: string) => `${word} isn't filtered in this room.`,
    filterSign: (_who: string, _: string) => "Write + or - in front of the word.",
    asks: (who: string, _: string) => `${who} asks to join.`,
    nobodyAsks: (room: string, _: string) => `Nobody asks to join ${room}.`,
    answerRequests: (room: string, _: string) =>
      `/approve ${room} NAME lets somebody in, /decline ${room} NAME turns the request down.`,
    hasNotAsked: (who: string, _: string) => `${who} hasn't asked to join.`,
    declined: (who: string, _: string) => `The request of ${who} was turned down.`,
    closed: (room: string, _: string) => `${room} is closed.`,
    open: (room: string, _: string) => `${room} is open.`,
    hasOwner: (room: string, who: string) => `${room} has an owner: ${who}.`,
    youOwn: (room: string, _: string) => `You are the owner of ${room} now.`,
    noRoom: (room: string, _: string) => `There is no room ${room}.`,
  },

  whois: {
    nobody: (nick: string) => `There is nobody called ${nick}.`,
    rooms: (rooms: string) => `in ${rooms}`,
    operator: "server operator",
    bot: "a bot",
    away: (why: string) => `away: ${why}`,
  },

  failed: {
    refused: "The server refused.",
    unknown: (code: string) => `The server refused (${code}).`,
    notSent: "Not sent.",
  },

  /** Room modes with a sentence of their own, by sign and letter. `what` is the mode's argument. */
  modes: {
    "+o": (by: string, what: string) => `${by} made ${what} a moderator`,
    "-o": (by: string, what: string) => `${by} took the rank of moderator away from ${what}`,
    "+h": (by: string, what: string) => `${by} made ${what} a helper`,
    "-h": (by: string, what: string) => `${by} took the rank of helper away from ${what}`,
    "+v": (by: string, what: string) => `${by} made ${what} a speaker`,
    "-v": (by: string, what: string) => `${by} took the rank of speaker away from ${what}`,
    "+b": (by: string, what: string) => `${by} banned ${what}`,
    "-b": (by: string, what: string) => `${by} unbanned ${what}`,
    "+k": (by: string, _: string) => `${by} set a password for the room`,
    "-k": (by: string, _: string) => `${by} removed the room's password`,
    "+i": (by: string, _: string) => `${by} made the room invitation-only`,
    "-i": (by: string, _: string) => `${by} opened the room to everybody`,
    "+m": (by: string, _: string) => `${by}: only speakers and those above them can talk now`,
    "-m": (by: string, _: string) => `${by}: everybody can speak again`,
    "+s": (by: string, _: string) =>
      `${by} hid the room from the public list. Who knows its name still finds it`,
    "-s": (by: string, _: string) => `${by} put the room on the public list`,
    "+t": (by: string, _: string) =>
      `${by}: only helpers and those above them can set the topic now`,
    "-t": (by: string, _: string) => `${by}: everybody can set the topic`,
    "+l": (by: string, what: string) => `${by} set the limit of members to ${what}`,
    "-l": (by: string, _: string) => `${by} removed the limit on members`,
    "+n": (by: string, _: string) => `${by}: only people in the room can speak now`,
    "-n": (by: string, _: string) => `${by}: people outside the room can speak, too`,
    "+e": (by: string, what: string) => `${by} exempted ${what} from bans`,
    "-e": (by: string, what: string) => `${by}: bans hold for ${what} again`,
    "+I": (by: string, what: string) => `${by} lets ${what} in without an invitation`,
    "-I": (by: string, what: string) => `${by}: ${what} needs an invitation again`,
    "+mute": (by: string, what: string) => `${by} muted ${what}`,
    "-mute": (by: string, what: string) => `${by} lets ${what} talk again`,
    "+q": (by: string, what: string) => `${by} made ${what} an owner`,
    "-q": (by: string, what: string) => `${by} took the rank of owner away from ${what}`,
    "+a": (by: string, what: string) => `${by} made ${what} an admin`,
    "-a": (by: string, what: string) => `${by} took the rank of admin away from ${what}`,
  },
  ownModes: {
    "+A": (by: string, _: string) => `${by}: moderators approve who joins now`,
    "-A": (by: string, _: string) => `${by}: joining needs no approval any more`,
    "+C": (by: string, _: string) => `${by}: the room takes no CTCP requests now`,
    "-C": (by: string, _: string) => `${by}: the room takes CTCP requests again`,
    "+H": (by: string, _: string) => `${by}: members now see only what came since they joined`,
    "-H": (by: string, _: string) => `${by}: members can read everything earlier again`,
    "+M": (by: string, _: string) => `${by}: only people with an account can speak now`,
    "-M": (by: string, _: string) => `${by}: guests can speak again`,
    "+R": (by: string, _: string) => `${by}: only people with an account can join now`,
    "-R": (by: string, _: string) => `${by}: guests can join again`,
    "+U": (by: string, _: string) => `${by}: only moderators see what the others say now`,
    "-U": (by: string, _: string) => `${by}: everybody sees what is said again`,
    "+u": (by: string, _: string) => `${by}: only moderators see who is in the room now`,
    "-u": (by: string, _: string) => `${by}: everybody sees who is in the room again`,
    "+W": (by: string, what: string) => `${by} turned slow mode on: one message every ${what} s`,
    "-W": (by: string, _: string) => `${by} turned slow mode off`,
    "+f": (by: string, what: string) => `${by}: whoever can't join is sent to ${what}`,
    "-f": (by: string, _: string) => `${by}: whoever can't join is sent nowhere else`,
    "+g": (by: string, what: string) => `${by} filters: ${what}`,
    "-g": (by: string, what: string) => `${by} no longer filters: ${what}`,
    "+j": (by: string, what: string) => `${by} limited joins to ${what.replace(":", " in ")} s`,
    "-j": (by: string, _: string) => `${by} removed the limit on joins`,
    "+y": (by: string, what: string) => `${by}: accounts younger than ${what} can't speak now`,
    "-y": (by: string, _: string) => `${by}: new accounts can speak again`,
    "+Y": (by: string, what: string) => `${by}: accounts younger than ${what} can't join now`,
    "-Y": (by: string, _: string) => `${by}: new accounts can join again`,
  },
  roomSettings: {
    A: "approval",
    H: "since-joining",
    W: "slow",
    Y: "join-age",
    i: "invite-only",
    j: "joins",
    l: "limit",
    m: "moderated",
    s: "secret",
    y: "talk-age",
  },
  audit: {
    kick: "removed",
    mode: "set",
    topic: "set the topic:",
    rename: "renamed the room to",
    redact: "deleted a message of",
    approve: "let in",
    decline: "turned down",
    close: "closed the room",
    reopen: "opened the room again",
    "auto-rank": "set the rank on joining",
  },

  /** What the items of /my-data are, by their kind. */
  accountData: {
    account: "your account",
    id: "the id of your account, which stays when its name changes",
    "former-name": "a name that you had, and may take back",
    device: "a device that logs in without a password",
    address: "when you logged in from an address that was remembered, as a code made of it",
    invitation: "an invitation that you made",
    nick: "your nick and real name",
    seen: "when you were last here",
    modes: "your settings, as letters",
    setting: "something that you set about yourself",
    blocked: "somebody whom you blocked",
    preference: "something that you set for yourself: only your own devices see it",
    room: "a room that you are in",
    invited: "a room that you are invited to",
    rank: "a rank that a room keeps for you",
    request: "a room that you asked to join",
    report: "a message that you reported",
    direct: "somebody with whom you have direct messages",
    "device-seen": "when one of your devices was last here",
    "second-factor": "your second factor, and how many recovery codes are left",
    notice: "what you will be told about your account when you come back",
    reset: "a link that sets a new password, made by the owner",
    bot: "a bot account that you made",
    grade: "your grade as an operator",
    suspension: "that your account is suspended, and why",
    more: "there is more than the server's answer can hold",
    other: "something of a newer server",
  },

  /** The end of a suspension, behind "Your account is suspended". */
  suspendedUntil: (until: string) => ` until ${until}`,

  /** Replies of the server, by numeric. */
  replies: ENGLISH_REPLIES,

  /** Errors of the server, by the code of the standard reply or the numeric. */
  failures: {
    ...ENGLISH_REFUSALS,
    ...ENGLISH_FILE_FAILURES,
    ACCOUNT_EXISTS: (_: string) => "That name is taken. Choose another.",
    USERNAME_EXISTS: (_: string) => "That name is taken. Choose another.",
    ACCOUNT_NAME_LOOKALIKE: (_: string) => "That name looks like somebody else's. Choose another.",
    BAD_ACCOUNT_NAME: (_: string) => "That name isn't allowed. Use letters, digits, - and _.",
    ACCOUNT_NAME_MUST_BE_NICK: (_: string) => "The ID and your name must be the same.",
    WEAK_PASSWORD: (_: string) =>
      "That password is too easy to guess: it is your name, a common password, or one with a few digits or signs added. Try a whole sentence.",
    UNACCEPTABLE_PASSWORD: (_: string) => "That password isn't allowed. Choose another.",
    INVITATION_REQUIRED: (_: string) => "You need an invitation to sign up on this server.",
    INVITATION_WRONG: (_: string) =>
      "That invitation is wrong, used up or expired. Ask the owner for a new one.",
    SIGN_UP_CLOSED: (_: string) => "This server takes no new accounts. Ask its owner for one.",
    TEMPORARILY_UNAVAILABLE: (_: string) => "The server can't do that right now. Try again soon.",
    ACCOUNT_REQUIRED: (_: string) => "Log in first.",
    EDIT_WINDOW_EXPIRED: (_: string) => "It is too late to edit that message.",
    CANNOT_EDIT: (_: string) => "That message can't be edited.",
    CONFIRMATION_REQUIRED: (_: string) => "Enter your password first.",
    WRONG_PASSWORD: (_: string) => "Wrong password.",
    CERT_EXPIRED: (_: string) =>
      "This device's certificate has expired. Log in with your password, and remember the device anew.",
    CERT_NOT_YET_VALID: (_: string) =>
      "This device's certificate isn't valid yet. Is the clock right? Log in with your password.",
    RESET_WRONG: (_: string) =>
      "That link is wrong, used or expired. Ask the server's owner for another one.",
    SESSION_ENDED: (_: string) => "This session was ended from another of your devices.",
    NO_SUCH_BOT: (_: string) => "You have no bot of that name.",
    BOT_NOT_ALLOWED: (_: string) => "This bot may not do that.",
    CERT_YOURS: (_: string) => "This device is remembered already.",
    CERT_EXISTS: (_: string) =>
      "This device logs in to another account. Remove it from that account's devices first.",
    LIMIT_REACHED: (_: string) => "That list is full. Remove something first.",
    CHANNEL_NAME_IN_USE: (_: string) => "There is already a room with that name. Choose another.",
    CANNOT_RENAME: (_: string) => "This room can't be renamed.",
    NICKNAME_RESERVED: (_: string) => "That name is taken. Choose another.",
    DISABLED: (_: string) => "The owner of this server has switched that off.",
    INTERNAL_ERROR: (_: string) => "Something broke in the server. Try again later.",
    MESSAGE_ERROR: (_: string) => "The server couldn't read the messages. Try again later.",
    PEER_CHANGED: (who: string) =>
      `Not sent: this may be another ${who} than before. /retry sends it to them`,
    PEER_LEFT: (_: string) =>
      "This person has gone, and somebody else has the name now. They have a conversation of their own.",
    INVALID_TARGET: (who: string) => `${who} can't be reached.`,
    NOT_OWNER: (_: string) => "Only the owner of the server may do that.",
    RATE_LIMITED: (_: string) => "That was too fast. Wait a moment.",
    KEY_NOT_SET: (_: string) => "There was nothing to remove.",
    KEY_NO_PERMISSION: (_: string) => "Only moderators of the room may do that.",
    VALUE_INVALID: (_: string) => "That is too long, or has characters that aren't allowed.",
    NOT_INVITED: (_: string) => "There was no invitation for them.",
    NO_CERTIFICATE: (_: string) => "This device has no certificate to log in with.",
    NO_SUCH_CERT: (_: string) => "That device isn't on your list.",
    NO_SUCH_INVITATION: (_: string) =>
      "There is no such invitation. It may be used up or withdrawn.",
    OWN_TARGET: (_: string) => "That is you.",
    INVALID_UTF8: (_: string) => "That text couldn't be sent.",
    REACT_FORBIDDEN: (_: string) => "You may not react here.",
    REDACT_FORBIDDEN: (_: string) => "You may not delete that message.",
    ACCOUNT_SUSPENDED: (details: string) => `Your account is suspended${details}.`,
    NO_SUCH_ACCOUNT: (who: string) => `There is no account ${who}.`,
    OWN_ACCOUNT: (_: string) => "That is your own account.",
    PROTECTED_ACCOUNT: (_: string) => "Only the owner of the server may do that with this account.",
    NOT_SUSPENDED: (who: string) => `${who} isn't suspended.`,
    NO_SUCH_GRADE: (_: string) =>
      "Operators of the server have the grade helper, moderator, admin or maker, others none. Ranks in a room (admin, moderator, helper, speaker) are given by /person NAME.",
    FORGET_INCOMPLETE: (_: string) => "Not everything could be deleted. Try again later.",
    REDACT_WINDOW_EXPIRED: (_: string) => "It is too late to delete that message.",
    EDIT_FORBIDDEN: (_: string) => "You can't edit that message, or not to that text.",
    ALREADY_REPORTED: (_: string) => "You have reported that message already.",
    NO_SUCH_REPORT: (_: string) => "There is no such report.",
    UNKNOWN_MSGID: (_: string) => "That message doesn't exist any more.",
    MULTILINE_MAX_BYTES: (_: string) => "That message is too long.",
    MULTILINE_MAX_LINES: (_: string) => "That message has too many lines.",
    "263": (_: string) => "That was too fast. Wait a moment.",
    "401": (who: string) => `There is nobody called ${who}.`,
    "403": (room: string) => `There is no room ${room}.`,
    "404": (room: string) => `You may not speak in ${room}.`,
    "404+b": (room: string) => `A moderator of ${room} has muted you. Until when and why: /bans`,
    "404+m": (room: string) => `Only speakers and those above them may speak in ${room}.`,
    "404+M": (room: string) => `Only people who are logged in may speak in ${room}.`,
    "404+n": (room: string) => `Only people in ${room} may speak there: /join ${room}`,
    "405": (_: string) => "You are in as many rooms as you may be. Leave one first.",
    "405founder": (_: string) =>
      "You are the owner of as many rooms as one person may have here. Give one up first.",
    "417": (_: string) => "That message is too long.",
    "421": (_: string) => "This server doesn't know that command.",
    "432": (who: string) => `${who} can't be a name. Choose another.`,
    "437": (_: string) => "That can't be had now. Try again later.",
    "433": (_: string) => "That name is taken. Choose another.",
    "441": (who: string) => `${who} isn't in this room.`,
    "442": (room: string) => `You aren't in ${room}.`,
    "443": (who: string) => `${who} is here already.`,
    "461": (_: string) => "Something is missing. /help shows how to write it.",
    "464": (_: string) =>
      "This server has a password of its own, and didn't get it. Write it into a file, and start again with --server-password-file FILE. Its owner can tell you the password.",
    "471": (room: string) => `${room} is full.`,
    "473": (room: string) => `${room} is by invitation only.`,
    "474": (room: string) => `You are banned from ${room}.`,
    "475": (room: string) => `You need the right password for ${room}: /join ${room} PASSWORD`,
    "476": (room: string) => `${room} can't be a room's name.`,
    // In a room without modes it is ERR_NOCHANMODES.
    "477": (a: string) =>
      a.startsWith("+") ? `${a} has no settings.` : "Only people with an account may do that.",
    "479": (room: string) =>
      `A room can't be called ${room}: it looks like a room that exists, mixes alphabets, or has letters that aren't shown.`,
    "481": (_: string) => "Only operators of the server may do that.",
    "481right": (right: string) => `Your operator's grade doesn't allow that: it takes "${right}".`,
    "404+W": (_: string) => "The room is in slow mode. Wait a moment, and send it again.",
    "404+g": (_: string) => "That has a word which is filtered in this room.",
    "404+y": (room: string) => `Your account is too new to speak in ${room}.`,
    "473+A": (room: string) => `The moderators of ${room} approve who joins.`,
    "474+Y": (room: string) => `Your account is too new to join ${room}.`,
    "480": (room: string) => `Too many people are joining ${room}. Try again in a while.`,
    "482": (_: string) => "Your rank in this room doesn't allow that.",
    // Other servers' refusals.
    "402": (server: string) => `There is no server or person called ${server}.`,
    "407": (_: string) => "That went to too many at once. Send it to one after the other.",
    "412": (_: string) => "There was nothing to send.",
    "431": (_: string) => "Type a name.",
    "435": (_: string) => "You can't take another name while you are banned in a room.",
    "436": (_: string) => "That name is taken. Choose another.",
    "438": (_: string) => "You changed your name too often. Wait a moment.",
    "439": (_: string) => "You wrote to too many people at once. Wait a moment.",
    "447": (room: string) => `Nobody may change their name in ${room}.`,
    "470": (room: string) => `${room} leads you to another room.`,
    "472": (letter: string) => `This server has no mode ${letter}.`,
    "478": (room: string) => `The list of ${room} is full. Remove something first.`,
    "484": (_: string) => "Your connection is restricted: you can't do that here.",
    "485": (_: string) => "Only the owner of the room may do that.",
    "486": (who: string) => `${who} takes messages only from people who are logged in.`,
    "489": (room: string) => `Only encrypted connections may join ${room}.`,
    "492": (_: string) => "Such messages aren't allowed here.",
    "494": (who: string) => `You can't write to ${who} as long as you take no answers from them.`,
    "502": (_: string) => "You can change only your own settings.",
    "520": (room: string) => `Only operators of the server may join ${room}.`,
    "531": (who: string) => `${who} takes no messages from you.`,
    "716": (who: string) => `${who} takes messages only from people on their list.`,
    "902": (_: string) => "Your name can't be changed here.",
    "904": (_: string) => "Wrong ID or password. Try again.",
  },
};
