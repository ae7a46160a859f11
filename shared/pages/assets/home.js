// The prompt on the home page: what is typed there is the draft of the composer.

import { $ } from "./dom.js";
import { account } from "./person.js";
import { keep, kept, own } from "./store.js";

const prompt = $("prompt");
const person = await account().catch(() => null);
const key = own("draft", person?.id);
prompt.value ||= kept(key) ?? "";
prompt.addEventListener("input", () => keep(key, prompt.value));
if (prompt.value) keep(key, prompt.value);
