/** Sentences about pictures and texts that are shown below the files of messages, in both languages. */

/** English. */
export const ENGLISH_PICTURES = {
  /** In the place of a picture that is being fetched. */
  loading: "picture …",
  /** Why there is no picture, or text. */
  failed: {
    "too-large": "This picture has too many pixels to be shown. s saves it.",
    damaged: "This picture can't be shown: it is damaged.",
    "unknown-kind": "This picture can't be shown here. s saves it.",
    "not-fetched": "This picture couldn't be fetched.",
    "too-many-bytes": "This picture is too large to be shown here. s saves it.",
  },
  /** Below the lines of a text that is opened. */
  textGoesOn: "the text goes on · s saves it",
  /** Over the whole window. */
  fetching: "The picture is being fetched …",
  notShown: "Pictures aren't shown here (/set pictures). s saves this one.",
  /** The keys below it; those that there is no room for are left out from the end. */
  keys: { back: "Esc: back", save: "s saves", open: "o opens", others: "↑↓ other pictures" },
};

/** Korean, with the same keys. */
export const KOREAN_PICTURES: typeof ENGLISH_PICTURES = {
  loading: "사진 …",
  failed: {
    "too-large": "픽셀이 너무 많아 여기서 보여 줄 수 없는 사진입니다. s로 저장할 수 있습니다.",
    damaged: "사진이 손상되어 보여 줄 수 없습니다.",
    "unknown-kind": "여기서는 볼 수 없는 종류의 사진입니다. s로 저장할 수 있습니다.",
    "not-fetched": "사진을 받지 못했습니다.",
    "too-many-bytes": "여기서 보기에는 너무 큰 사진입니다. s로 저장할 수 있습니다.",
  },
  textGoesOn: "글이 더 있습니다 · s 저장",
  fetching: "사진을 받는 중 …",
  notShown: "여기서는 사진을 보여 주지 않습니다(/설정 pictures). s로 저장할 수 있습니다.",
  keys: { back: "Esc 뒤로", save: "s 저장", open: "o 열기", others: "↑↓ 다른 사진" },
};
