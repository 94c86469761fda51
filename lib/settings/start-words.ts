import type { Language } from "../protocol/language.ts";

/** What the server prints at its start and end, and by `--check`, in one language. Its log is English. */
export interface StartWords {
  listening(version: string, host: string, port: number): string;
  plainText(host: string, port: number): string;
  proxies(host: string, port: number): string;
  gateways(count: number): string;
  /** The start of a node of a cluster. */
  node(cluster: string, host: string, port: number): string;
  nodeStops(cluster: string): string;
  /** The start of gateways without a node. */
  gatewaysAlone(count: number, cluster: string, host: string, port: number): string;
  readonly gatewaysChecked: string;
  readonly gatewayNeedsNats: string;
  gatewayNeedsCertificate(certs: string): string;
  fetchesFolder(data: string, cluster: string): string;
  folderFetched(data: string): string;
  fingerprintEnds(end: string): string;
  noOwner: string;
  goingDown(sessions: number): string;
  portInUse(port: number, flag: string): string;
  portNotAllowed(port: number, flag: string): string;
  noSuchAddress(host: string, flag: string): string;
  readonly gatewaysNeedLinux: string;
  badCertificate: string;
  otherFailure(message: string, cause: string): string;
  stsNeedsAuthority: string;
  dataInUse(pid: number, data: string): string;
  allChecked: string;
  checkedWhileRunning(pid: number, data: string, program: string): string;
}

const ENGLISH_START: StartWords = {
  listening: (version, host, port) =>
    `Sodam ${version} is listening on ${host} port ${port} (TLS).`,
  plainText: (host, port) => `Plain text on ${host} port ${port}.`,
  proxies: (host, port) => `Proxies connect to ${host} port ${port}.`,
  gateways: (count) =>
    count === 1 ? "1 gateway holds the connections." : `${count} gateways hold the connections.`,
  node: (cluster, host, port) =>
    `This is a node of the cluster ${cluster}. Its gateways listen on ${host} port ${port} (TLS) as soon as a node leads.`,
  nodeStops: (cluster) => `This node leaves the cluster ${cluster} to the others.`,
  gatewaysAlone: (count, cluster, host, port) =>
    `${count === 1 ? "1 gateway" : `${count} gateways`} of the cluster ${cluster}, on ${host} port ${port} (TLS) as soon as a node leads.`,
  gatewaysChecked: "Settings and certificate are good.",
  gatewayNeedsNats: "A gateway needs --nats: where its cluster is reached.",
  gatewayNeedsCertificate: (certs) =>
    `There is no certificate in ${certs}. People know this server by its certificate: copy the folder of --certs from a node of the cluster.`,
  fetchesFolder: (data, cluster) =>
    `The data folder ${data} is fetched anew from the leader of the cluster ${cluster}, and what it had is replaced. Ctrl-C stops it; the next time it goes on there.`,
  folderFetched: (data) => `${data} has everything. Start this node again.`,
  fingerprintEnds: (end) => `The fingerprint of its certificate ends in ${end}.`,
  noOwner: "Nobody owns this server yet. Sign up with this link to own it and to invite others:",
  goingDown: (sessions) =>
    `The server is going down; ${sessions === 1 ? "1 session was" : `${sessions} sessions were`} told so.`,
  portInUse: (port, flag) =>
    `Another program listens on port ${port} already. Stop it, or choose another port with ${flag}.`,
  portNotAllowed: (port, flag) =>
    `This user account may not listen on port ${port}. Choose a port above 1023 with ${flag}.`,
  gatewaysNeedLinux:
    "--gateways works on Linux alone: other systems don't share a port's connections out among processes. Start the server without it.",
  noSuchAddress: (host, flag) =>
    `This machine has no address ${host}. Choose another with ${flag}.`,
  badCertificate:
    "The certificate can't be used. Move it away, and the next start makes a new one.",
  otherFailure: (message, cause) => `${message} (${cause})`,
  stsNeedsAuthority: "--sts-days needs a certificate from an authority in the folder of --certs.",
  dataInUse: (pid, data) =>
    `Another server (process ${pid}) uses the data folder ${data}. Stop it, or choose another by --data.`,
  allChecked: "Settings, certificate and data folder are good.",
  checkedWhileRunning: (pid, data, program) =>
    `Settings and certificate are good. A server (process ${pid}) uses ${data}: its accounts and rooms were read, and are good.\nThe history was not checked: "${program} doctor" does that.`,
};

const KOREAN_START: StartWords = {
  listening: (version, host, port) =>
    `Sodam ${version} 서버를 시작했습니다: ${host}, 포트 ${port} (TLS)`,
  plainText: (host, port) => `TLS 없는 연결: ${host}, 포트 ${port}`,
  proxies: (host, port) => `프록시 연결: ${host}, 포트 ${port}`,
  gateways: (count) => `연결을 맡은 게이트웨이: ${count}개`,
  node: (cluster, host, port) =>
    `${cluster} 클러스터의 노드를 시작했습니다. 이끄는 노드가 정해지면 게이트웨이가 연결을 받습니다: ${host}, 포트 ${port} (TLS)`,
  nodeStops: (cluster) => `이 노드는 클러스터 ${cluster}에서 빠지고, 나머지 노드가 이어 갑니다.`,
  gatewaysAlone: (count, cluster, host, port) =>
    `${cluster} 클러스터의 게이트웨이 ${count}개를 시작했습니다. 이끄는 노드가 정해지면 연결을 받습니다: ${host}, 포트 ${port} (TLS)`,
  gatewaysChecked: "설정과 인증서에 문제가 없습니다.",
  gatewayNeedsNats: "게이트웨이에는 클러스터에 닿을 곳을 알려 주는 --nats가 있어야 합니다.",
  gatewayNeedsCertificate: (certs) =>
    `인증서가 없습니다: ${certs}. 사람들은 인증서로 이 서버를 알아봅니다. 클러스터의 노드에서 --certs 폴더를 복사하세요.`,
  fetchesFolder: (data, cluster) =>
    `데이터 폴더를 ${cluster} 클러스터를 이끄는 노드에서 새로 받습니다. 폴더에 있던 것은 바뀝니다: ${data}\nCtrl-C로 멈출 수 있고, 다시 실행하면 이어서 받습니다.`,
  folderFetched: (data) => `모두 받았습니다: ${data}. 이 노드를 다시 시작하세요.`,
  fingerprintEnds: (end) => `인증서 지문의 끝자리: ${end}`,
  noOwner:
    "아직 서버의 주인이 없습니다. 이 링크로 가입하면 주인이 되어 다른 사람을 초대할 수 있습니다:",
  goingDown: (sessions) => `서버를 끝냅니다. 세션 ${sessions}개에 알렸습니다.`,
  portInUse: (port, flag) =>
    `다른 프로그램이 이미 포트 ${port}번을 쓰고 있습니다. 그 프로그램을 끝내거나 ${flag}로 다른 포트를 고르세요.`,
  portNotAllowed: (port, flag) =>
    `이 사용자는 포트 ${port}번을 쓸 수 없습니다. ${flag}로 1023보다 큰 포트를 고르세요.`,
  gatewaysNeedLinux:
    "--gateways는 Linux에서만 쓸 수 있습니다. 다른 시스템은 한 포트의 연결을 여러 프로세스에 나누어 주지 않습니다. 이 설정 없이 시작하세요.",
  noSuchAddress: (host, flag) =>
    `이 컴퓨터에는 그런 주소가 없습니다: ${host}. ${flag}로 다른 주소를 고르세요.`,
  badCertificate: "인증서를 쓸 수 없습니다. 다른 곳으로 옮기면 다음에 시작할 때 새로 만듭니다.",
  otherFailure: (message, cause) => `연결을 받을 수 없습니다: ${message} (${cause})`,
  stsNeedsAuthority: "--sts-days에는 --certs 폴더에 인증 기관의 인증서가 있어야 합니다.",
  dataInUse: (pid, data) =>
    `다른 서버(프로세스 ${pid})가 이 데이터 폴더를 쓰고 있습니다: ${data}. 그 서버를 끝내거나 --data로 다른 폴더를 고르세요.`,
  allChecked: "설정, 인증서, 데이터 폴더에 문제가 없습니다.",
  checkedWhileRunning: (pid, data, program) =>
    `설정과 인증서에 문제가 없습니다. 서버(프로세스 ${pid})가 쓰고 있는 폴더의 계정과 방도 읽어 보았고 문제가 없습니다: ${data}\n대화 기록은 검사하지 않았습니다. "${program} doctor"로 검사하세요.`,
};

/** Returns what the server prints in a language. */
export function startWords(language: Language): StartWords {
  return language === "ko" ? KOREAN_START : ENGLISH_START;
}
