import { particle } from "./particles.ts";
import type { Words } from "./words.ts";

/** 내 정보 화면의 말. */
export const profile: Words["profile"] = {
  title: "내 정보",
  password: "비밀번호 바꾸기",
  currentPassword: "지금 비밀번호",
  newPassword: "새 비밀번호",
  passwordChanged: "비밀번호를 바꾸었습니다.",
  wrongPassword: "비밀번호가 맞지 않습니다.",
  devices: "기기",
  noDevices: "기억된 기기가 없습니다.",
  thisDevice: "이 기기 기억하기",
  dropDevice: "어느 기기를 잊을까요?",
  deviceDropped: "잊었습니다. 그 기기는 다시 비밀번호가 필요합니다.",
  delete: "계정 삭제",
  forget: "내가 한 말 모두 삭제",
  forgetWarning:
    "여기서 한 말이 모두, 모두에게서 사라집니다. 방에서도, 1:1 대화에서도, 서버의 파일에서도요. 백업에만 남습니다. 되돌릴 수 없습니다. 먼저 /내자료 로 사본을 받아 둘 수 있습니다.",
  forgetAsk: (account) => `모두 삭제하려면 ${particle(account, "을/를")} 그대로 써 주세요`,
  forgetting: "삭제하는 중 …",
  deleteWarning:
    "계정과 기기, 들어간 방이 모두 사라집니다. 방에서 한 말은 남습니다. 되돌릴 수 없습니다.",
  deleteAsk: (account) => `삭제하려면 ${particle(account, "을/를")} 그대로 써 주세요`,
  deleteMismatch: "이름이 다릅니다. 아무것도 삭제하지 않았습니다.",
  deleted: "계정을 삭제했습니다. 안녕히 가세요.",
  invitations: "초대",
  invitationNew: "초대 만들기",
  invitationUses: "몇 사람이 쓸 수 있나요? (비우면 한 사람)",
  invitationHours: "몇 시간 동안인가요? (비우면 서버가 정한 만큼)",
  invitationMade: (link, code) =>
    `초대할 사람에게 이 줄을 주세요. 지금만 보입니다.\n\n${link}\n\n다른 IRC 클라이언트에서는 서버 비밀번호로: ${code}`,
  invitationEntry: (id, used, until) => `${id} · ${used} 사용 · ${until}`,
  invitationUntil: (moment) => `${moment}까지`,
  invitationForever: "끝없음",
  invitationNone: "열린 초대가 없습니다.",
  invitationWithdraw: (id) => `초대 ${particle(id, "을/를")} 거둘까요?`,
  invitationWithdrawn: "거두었습니다. 이제 아무도 쓸 수 없습니다.",
  invitationsHint: "/초대장 new [몇 명] [몇 시간] · /초대장 drop ID",
  language: "언어",
  languageChanged: "이제부터 한국어로 보입니다.",
  number: "숫자로만 써 주세요.",
};
