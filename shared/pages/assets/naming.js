// How a work is called, what it is, and where the API has it.

// A longer text does not help a reader of the screen to tell pictures apart.
const MOST_CHARACTERS = 250;

// The name of a work, for texts beside it and in place of its picture.
export const nameOf = ({ title, prompt }) => [...title ?? prompt].slice(0, MOST_CHARACTERS).join("");
export const isFilm = ({ kind }) => kind.endsWith("video");
export const pathOf = (id) => `/v1/generations/${id}`;
