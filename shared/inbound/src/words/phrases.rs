//! The phrases that are read, by language. All are compared after [`fold`](super::fold::fold).

use crate::words::kind::RequestKind;

/// Translations of "Delete Account" as subjects, as the common services show them on their buttons.
pub(crate) const DELETE: [&[&str]; 30] = [
    // English
    &["delete account", "delete my account"],
    // German
    &["konto löschen", "konto loeschen", "mein konto löschen", "account löschen", "benutzerkonto löschen"],
    // French
    &["supprimer le compte", "supprimer mon compte", "suppression de compte", "suppression du compte"],
    // Spanish
    &["eliminar cuenta", "eliminar mi cuenta", "eliminar la cuenta", "borrar cuenta", "borrar mi cuenta"],
    // Portuguese
    &["excluir conta", "excluir minha conta", "eliminar conta", "eliminar a minha conta", "apagar conta"],
    // Italian
    &["elimina account", "eliminare account", "elimina il mio account", "cancella account", "eliminazione account"],
    // Dutch
    &["account verwijderen", "mijn account verwijderen", "verwijder account"],
    // Swedish
    &["radera konto", "radera mitt konto", "ta bort konto"],
    // Danish
    &["slet konto", "slet min konto"],
    // Norwegian
    &["slett konto", "slett kontoen min"],
    // Finnish
    &["poista tili", "poista tilini"],
    // Polish
    &["usuń konto", "usuń moje konto", "usuwanie konta"],
    // Czech and Slovak
    &["smazat účet", "odstranit účet", "zmazať účet", "odstrániť účet"],
    // Hungarian
    &["fiók törlése", "fiókom törlése"],
    // Romanian
    &["șterge contul", "ştergere cont", "ștergere cont", "sterge contul"],
    // Croatian and Serbian
    &["izbriši račun", "obriši račun", "obriši nalog", "избриши налог"],
    // Turkish
    &["hesabı sil", "hesabi sil", "hesabımı sil", "hesabimi sil", "hesap silme"],
    // Greek
    &["διαγραφή λογαριασμού"],
    // Russian
    &["удалить аккаунт", "удалить учетную запись", "удалить учётную запись", "удаление аккаунта"],
    // Ukrainian
    &["видалити акаунт", "видалити обліковий запис"],
    // Bulgarian
    &["изтриване на акаунт", "изтрий акаунта"],
    // Arabic
    &["حذف الحساب", "حذف حسابي"],
    // Hebrew
    &["מחיקת חשבון", "מחק חשבון", "מחק את החשבון"],
    // Persian
    &["حذف حساب", "حذف حساب کاربری"],
    // Hindi
    &["खाता हटाएं", "खाता हटाएँ", "अकाउंट हटाएं"],
    // Chinese
    &["删除帐号", "删除账号", "删除帐户", "删除账户", "注销账号", "刪除帳號", "刪除帳戶"],
    // Japanese
    &["アカウント削除", "アカウントを削除", "アカウントの削除", "退会"],
    // Korean
    &["계정 삭제", "계정삭제", "회원 탈퇴"],
    // Vietnamese, Indonesian, Malay
    &["xóa tài khoản", "xoá tài khoản", "hapus akun", "padam akaun"],
    // Thai
    &["ลบบัญชี"],
];

/// Further phrases that ask for a deletion where they stand in a text. A person looks at what has them.
pub(crate) const DELETE_INSIDE: [&str; 34] = [
    "account deletion",
    "deletion of my account",
    "deletion of my data",
    "delete the account",
    "delete this account",
    "delete our account",
    "delete my data",
    "delete my personal data",
    "delete all my data",
    "delete everything",
    "delete me",
    "erase my account",
    "erase my data",
    "erase my personal data",
    "erase all my data",
    "remove my account",
    "remove my data",
    "close my account",
    "right to erasure",
    "right to be forgotten",
    "article 17",
    "art 17",
    "account deleted",
    "account be deleted",
    "account gelöscht",
    "daten löschen",
    "löschung meiner daten",
    "löschung meines kontos",
    "konto schließen",
    "effacer mes données",
    "supprimer mes données",
    "eliminar mis datos",
    "borrar mis datos",
    "cancellare i miei dati",
];

/// Phrases of a person who wants to keep an account.
pub(crate) const KEEP: [&str; 40] = [
    "keep account",
    "keep my account",
    "keep the account",
    "keep this account",
    "want to keep it",
    "do not delete",
    "dont delete",
    "not delete my account",
    "not want to delete",
    "not want my account deleted",
    "cancel deletion",
    "cancel the deletion",
    "cancel my deletion",
    "cancel account deletion",
    "cancel my account deletion",
    "stop the deletion",
    "stop deletion",
    "undo the deletion",
    "undelete",
    "konto behalten",
    "nicht löschen",
    "löschung abbrechen",
    "löschung stoppen",
    "garder mon compte",
    "conserver mon compte",
    "ne supprimez pas",
    "ne pas supprimer",
    "annuler la suppression",
    "conservar mi cuenta",
    "mantener mi cuenta",
    "no eliminar",
    "no borrar",
    "manter minha conta",
    "não excluir",
    "non eliminare",
    "niet verwijderen",
    "не удалять",
    "不要删除",
    "不要刪除",
    "削除しないで",
];

/// Words of the other requests, in the order in which they are looked for.
pub(crate) const OTHERS: [(RequestKind, &[&str]); 6] = [
    (
        RequestKind::Access,
        &[
            "access request",
            "subject access",
            "copy of my data",
            "copy of my personal data",
            "data export",
            "article 15",
            "art 15",
            "dsar",
            "auskunft",
            "datenauskunft",
            "accès à mes données",
            "acceso a mis datos",
        ],
    ),
    (
        RequestKind::Rectification,
        &[
            "rectification",
            "rectify",
            "correct my data",
            "correct my name",
            "article 16",
            "berichtigung",
            "rectificación",
        ],
    ),
    (
        RequestKind::Objection,
        &["objection", "i object", "object to the processing", "article 21", "art 21", "widerspruch", "opposition"],
    ),
    (
        RequestKind::Refund,
        &[
            "refund",
            "refunded",
            "money back",
            "chargeback",
            "rückerstattung",
            "erstattung",
            "remboursement",
            "reembolso",
        ],
    ),
    (RequestKind::Complaint, &["complaint", "complain", "beschwerde", "réclamation", "reclamación", "plainte"]),
    (
        RequestKind::Report,
        &["illegal content", "report content", "report a work", "copyright", "dmca", "infringement", "abuse report"],
    ),
];

/// The prefixes of replies before a subject, up to the colon.
pub(crate) const REPLIES: [&str; 31] = [
    "re", "aw", "antw", "antwort", "sv", "svar", "odp", "ynt", "yan", "rif", "ris", "r", "res", "resp", "vs", "vá",
    "atb", "bls", "απ", "σχετ", "ha", "回复", "回覆", "答复", "答覆", "返信", "답장", "회신", "رد", "השב", "отв",
];

/// The prefixes of forwards before a subject, up to the colon.
pub(crate) const FORWARDS: [&str; 26] = [
    "fwd",
    "fw",
    "wg",
    "rv",
    "tr",
    "i",
    "enc",
    "vb",
    "vl",
    "doorst",
    "trs",
    "továbbítás",
    "továbbított",
    "pd",
    "ilt",
    "iml",
    "πρθ",
    "转发",
    "轉寄",
    "轉發",
    "転送",
    "전달",
    "إعادة توجيه",
    "הועבר",
    "пересл",
    "prosl",
];
