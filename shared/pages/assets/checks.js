// The checks of a text before it is sent.

const ENDS = /^\p{White_Space}+|\p{White_Space}+$/gu;
// A character that can be seen, as kernel::text decides it.
const SEEN = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Co}\p{Noncharacter_Code_Point}\u2800\u{16FE4}\u{1D159}]/u;

// The text as it is sent: without white space at its ends, with one kind of line end, and without half a character.
export const clean = (text) => text.replace(/\r\n?/g, "\n").toWellFormed().replace(ENDS, "");

// The characters of a text as the API counts them: Unicode scalar values.
export const count = (text) => [...clean(text)].length;

// Whether nothing of a text can be seen.
export const isBlank = (text) => !SEEN.test(text);
