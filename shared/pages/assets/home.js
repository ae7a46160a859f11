// The prompt on the home page: the text that is typed there is the draft of the composer.

import { $ } from "./dom.js";
import { account } from "./person.js";
import { keep, kept, own } from "./store.js";

const prompt = $("prompt");
// Until the account is known, the draft belongs to nobody yet, and then to the account.
let key = own("draft");
const save = () => keep(key, prompt.value);
prompt.addEventListener("input", save);
const person = await account().catch(() => null);
key = own("draft", person?.id);
prompt.value ||= kept(key) ?? "";
if (prompt.value) save();
