// Korean search: a text is found by a part of it or by its leading consonants ("ㅅㅇㅅ" finds 서울숲), as the server does it (src/device/search_text.cpp).

// The 19 leading consonants in the order of Unicode's Hangul syllables (chapter 3.12), as compatibility jamo.
const leads = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
/** What input methods make of two consonants that are typed one after the other. */
const pairs: Readonly<Record<string, string>> = {
  ㄳ: "ㄱㅅ", ㄵ: "ㄴㅈ", ㄶ: "ㄴㅎ", ㄺ: "ㄹㄱ", ㄻ: "ㄹㅁ", ㄼ: "ㄹㅂ", ㄽ: "ㄹㅅ", ㄾ: "ㄹㅌ", ㄿ: "ㄹㅍ", ㅀ: "ㄹㅎ", ㅄ: "ㅂㅅ",
};
const kSyllableFirst = 0xac00;
const kSyllableLast = 0xd7a3;
const kSyllablesPerLead = 21 * 28;
/** Conjoining leading consonants, which some systems type: the same 19. */
const kConjoiningFirst = 0x1100;

/** As people search: composed, in lower case, one space between words, pairs of consonants taken apart. */
export function folded(query: string): string {
  const letters = [...query.normalize("NFC").toLowerCase()].map((letter) => {
    const conjoining = leads[(letter.codePointAt(0) ?? 0) - kConjoiningFirst];
    return conjoining ?? pairs[letter] ?? letter;
  });
  return letters.join("").replace(/\s+/g, " ").trim();
}

/** Each syllable's leading consonant, other characters in lower case, spaces left out. */
export function leadingConsonants(text: string): string {
  return [...text.normalize("NFC").toLowerCase()]
    .map((letter) => {
      const code = letter.codePointAt(0) ?? 0;
      return code >= kSyllableFirst && code <= kSyllableLast ? leads[Math.floor((code - kSyllableFirst) / kSyllablesPerLead)] : letter;
    })
    .join("")
    .replace(/\s/g, "");
}

const isLeading = (query: string): boolean => query !== "" && [...query].every((letter) => letter === " " || leads.includes(letter));

/** Whether `query`, as folded() left it, finds `text`: all of it in one piece, or each of its words. */
export function finds(query: string, text: string): boolean {
  if (isLeading(query)) return leadingConsonants(text).includes(query.replaceAll(" ", ""));
  const plain = folded(text);
  return plain.includes(query) || query.split(" ").every((word) => plain.includes(word));
}
