import { particle } from "./particles.ts";
import type { Words } from "./words.ts";

/** 서버로 가는 길에 생길 수 있는 일. */
export const connection: Words["connection"] = {
  refused: (host) => `${host}에서 대답이 없습니다. 서버가 켜져 있나요? 포트도 확인해 주세요.`,
  "no-such-host": (host) =>
    `${particle(host, "이라/라")}는 컴퓨터를 찾지 못했습니다. 철자를 확인해 주세요.`,
  timeout: (host) =>
    `${particle(host, "이/가")} 제때 대답하지 않았습니다. 네트워크를 확인하고 다시 해 주세요.`,
  "not-tls": (host) => `${host}의 그 포트는 TLS를 쓰지 않습니다. 소담은 보통 6697번입니다.`,
  unreachable: (host) => `${host}에 닿을 길이 없습니다. 인터넷이 되나요?`,
  "not-loopback": (host) =>
    `${particle(host, "은/는")} 다른 컴퓨터입니다. 암호 없는 연결은 이 컴퓨터 안에서만 됩니다. --plain 을 빼 주세요.`,
  untrusted: () => "연결하지 않고 나왔습니다.",
  closed: (host) => `${particle(host, "이/가")} 연결을 닫았습니다.`,
  other: (host) => `${host}에 연결하지 못했습니다. 다시 해 주세요.`,
  "too-old": (host) =>
    `${particle(host, "은/는")} 너무 오래된 서버라 SASL 로그인이 없습니다. 주인에게 새 버전을 부탁하세요.`,
};

/** 알던 것과 다른 인증서. */
export const changed: Words["changed"] = {
  title: "알던 서버가 아닙니다",
  link: (host, known, now) =>
    `${particle(host, "은/는")} 그 링크의 서버가 아닙니다. 다른 인증서를 보였습니다.\n\n링크 ${known}\n지금 ${now}\n\n링크를 준 사람에게 새 링크를 받으세요. 아무것도 보내지 않았습니다.`,
  explain: (host, known, now, file) =>
    `${particle(host, "이/가")} 전과 다른 인증서를 보였습니다.\n\n전   ${known}\n지금 ${now}\n\n주인이 새로 만들었거나, 누군가 사이에 끼어 있습니다. 다른 길로 주인에게 물어보세요. 새 인증서가 맞다면 아래 파일에서 ${host} 항목을 지우고 다시 오세요.\n${file}\n아무것도 보내지 않았습니다.`,
  meanwhile: (host, known, now, file) =>
    `${particle(host, "이/가")} 전과 다른 인증서를 보입니다.\n\n전   ${known}\n지금 ${now}\n\n일부러 바꾸었거나, 누군가 사이에 끼어 있습니다. 서버를 운영하는 사람에게 다른 길로 물어보세요.\n\n${file === null ? "새 인증서가 맞다면 /종료 하고 새 링크로 다시 오세요." : `새 인증서가 맞다면 아래 파일에서 ${host} 항목을 지운 뒤 /종료 하고 다시 오세요.\n${file}`}\n\n전의 인증서가 돌아오면 다시 연결됩니다. 1분마다 해 보고, /다시연결 하면 바로 해 봅니다. 아무것도 보내지 않았습니다.`,
  unknown: (host, now) =>
    `${particle(host, "이/가")} 여기서 아무도 확인하지 않은 인증서를 보입니다: ${now}\n/종료 하고 다시 오면 물어봅니다. 아무것도 보내지 않았습니다.`,
};
