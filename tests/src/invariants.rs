//! The invariants of all stored items and objects. They hold after every sequence of faults.

use crate::{
    app::App,
    frozen::{check_frozen, check_status},
    unpaid::check_unpaid,
};
use credits::{Balance, Entry, EntryKind, Place};
use generations::{Generation, GenerationStatus};
use kernel::{AccountId, Credits, GenerationId, limits, sha256_hex};
use std::collections::{BTreeMap, BTreeSet};
use testkit::{ACCOUNTS_TABLE, GENERATIONS_TABLE, MEDIA_BUCKET, StoredObject};

/// Versions of objects that no item names. Some belong to uploads that lost their slot: the next
/// upload that reuses a slot deletes them, or the bucket's lifecycle does. Others belong to a
/// generation that is not at rest.
#[derive(Debug, Clone)]
pub struct Strays(pub Vec<StoredObject>);

impl Strays {
    /// Checks that there is none.
    ///
    /// # Panics
    /// When there is one.
    pub fn none(&self) {
        assert!(self.0.is_empty(), "an object may stay behind only where its writer died: {:#?}", self.0);
    }
}

impl App {
    /// Checks every invariant. Returns the objects that no generation delivered.
    ///
    /// # Panics
    /// When an invariant does not hold.
    pub fn check_invariants(&self) -> Strays {
        let uploads = self.world().open_uploads(MEDIA_BUCKET);
        assert!(uploads.is_empty(), "an upload must be completed or aborted: {uploads:?}");
        self.check_invariants_but_open_uploads()
    }

    /// Checks every invariant but one: a multipart upload may be open, because its process may have
    /// died. The bucket's lifecycle aborts it after a day.
    ///
    /// # Panics
    /// When another invariant does not hold.
    pub fn check_invariants_but_open_uploads(&self) -> Strays {
        for account in self.accounts() {
            self.check_ledger(account);
        }
        for generation in self.all_generations() {
            check_generation(&generation);
        }
        self.check_requests();
        self.check_identities();
        self.check_objects()
    }

    /// The entries fold to the balance, one for each version. A hold exists exactly while its
    /// generation is under way, and ends exactly once. A deleted generation had ended.
    fn check_ledger(&self, account: AccountId) {
        let (balance, entries) = (self.balance(account), self.entries(account));
        if let Err(flaw) = balance.prove(&entries) {
            panic!("{account}: the entries must fold to the balance, but {flaw}: {entries:#?}");
        }
        self.check_debts(account, &balance, &entries);
        check_frozen(account, &balance, &entries);
        check_status(account, &balance, &entries);
        assert!(balance.holds.len() <= limits::PARALLEL_GENERATIONS_MAX as usize, "{account}: too many holds");
        assert!(balance.lots.len() <= limits::LOTS_MAX, "{account}: too many lots");

        let generations = self.generations(account);
        let held: BTreeMap<_, _> = balance.holds.iter().map(|hold| (hold.generation, hold.amount())).collect();
        let open = generations.iter().filter(|generation| !generation.status.is_final());
        let open: BTreeMap<_, _> = open.map(|generation| (generation.id, generation.price)).collect();
        assert_eq!(held, open, "{account}: each generation under way must hold its price, and no other");
        let counted = |id: GenerationId| {
            let of = |kind: EntryKind| entries.iter().filter(|it| it.generation == Some(id) && it.kind == kind).count();
            (of(EntryKind::Hold), of(EntryKind::Settle), of(EntryKind::Release))
        };
        let deleted = |id: &GenerationId| generations.iter().all(|generation| generation.id != *id);
        for id in entries.iter().filter_map(|entry| entry.generation).filter(deleted) {
            let counts = counted(id);
            assert!(counts == (1, 1, 0) || counts == (1, 0, 1), "{id} was deleted before it had ended");
        }
        let moved = |id: GenerationId, kind: EntryKind, to: Place| -> Credits {
            let of = entries.iter().filter(|entry| entry.generation == Some(id) && entry.kind == kind);
            of.flat_map(|entry| &entry.moves).filter(|step| step.to == to).map(|step| step.amount).sum()
        };
        for id in entries.iter().filter_map(|entry| entry.generation) {
            let (held, spent) = (moved(id, EntryKind::Hold, Place::Held), moved(id, EntryKind::Settle, Place::Spent));
            assert!(spent <= held, "{id}: {spent} credits were spent, and only {held} were held");
        }
        for generation in &generations {
            let counts = counted(generation.id);
            let wanted = match generation.status {
                status if status.is_final() && generation.cost.is_some() => (1, 1, 0),
                status if status.is_final() => (1, 0, 1),
                _ => (1, 0, 0),
            };
            assert_eq!(
                counts, wanted,
                "{}: its hold must begin once and end once: {:?}",
                generation.id, generation.status
            );
        }
        check_usage(account, &balance, &entries, &generations);
        check_unpaid(account, &balance, &entries, &generations);
    }

    /// Every stored request names a generation of the same account. That generation may have been
    /// deleted since.
    fn check_requests(&self) {
        let paid = self.accounts().into_iter().flat_map(|account| {
            let ids = self.entries(account).into_iter().filter_map(|entry| entry.generation);
            ids.map(move |id| (account.to_string(), id.to_string()))
        });
        let known: BTreeSet<_> = paid.collect();
        for item in self.world().items(GENERATIONS_TABLE) {
            let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
            if text("sk").starts_with("request#") {
                assert!(
                    known.contains(&(text("pk"), text("generation"))),
                    "a stored request names no generation of its account: {item}"
                );
            }
        }
    }

    /// The keys of the uploads that have a slot. An object under another key belongs to no upload.
    fn placed_uploads(&self) -> BTreeSet<String> {
        let items = self.world().items(GENERATIONS_TABLE).into_iter();
        let places = items.filter(|item| item["sk"].as_str().is_some_and(|key| key.starts_with("upload#")));
        let mut of_each: BTreeMap<String, usize> = BTreeMap::new();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let keys = places.map(|place| {
            let account = text(&place["pk"]);
            *of_each.entry(account.clone()).or_default() += 1;
            format!("uploads/{account}/{}", text(&place["upload"]))
        });
        let keys = keys.collect();
        assert!(of_each.values().all(|count| *count <= limits::UPLOADS_MAX), "too many uploads: {of_each:?}");
        keys
    }

    /// Key and version of the copy of each person's picture that a profile names.
    fn named_pictures(&self) -> BTreeSet<(String, String)> {
        let items = self.world().items(ACCOUNTS_TABLE).into_iter();
        let files = items.filter(|item| item["sk"] == "profile").map(|profile| profile["picture"]["file"].clone());
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let named = files.filter(|file| !file.is_null());
        named.map(|file| (text(&file["key"]), text(&file["version_id"]))).collect()
    }

    /// Checks that every delivered file is stored, byte for byte. Returns all other objects. A
    /// generation at rest has none: it names every version of every object.
    fn check_objects(&self) -> Strays {
        let mut objects = self.objects();
        let placed = self.placed_uploads();
        objects.retain(|object| !placed.contains(&object.key));
        for (key, version) in self.named_pictures() {
            let at = objects.iter().position(|it| (&it.key, &it.version) == (&key, &version));
            objects.swap_remove(at.unwrap_or_else(|| panic!("{key} is named by a profile and is not stored")));
        }
        for generation in self.all_generations() {
            // The objects of a generation are being deleted once nobody can bring it back.
            let is_kept = generation.deleted_at.is_none() || generation.undo_until.is_some();
            for output in generation.outputs.iter().filter(|_| is_kept) {
                let at = objects.iter().position(|it| it.key == output.key && it.version == output.version_id);
                let at = at.unwrap_or_else(|| panic!("{} was delivered and is not stored", output.key));
                let object = objects.swap_remove(at);
                let bytes = object.bytes.expect("the newest version of a delivered file is no delete marker");
                let prefix = format!("generations/{}/{}/", generation.account, generation.id);
                assert!(output.key.starts_with(&prefix), "{} must lie below {prefix}", output.key);
                assert_eq!(output.sha256, sha256_hex(&bytes), "{}: the stored hash must match the bytes", output.key);
                assert_eq!(output.bytes, bytes.len() as u64, "{}: the stored size must match the bytes", output.key);
                assert_eq!(
                    output.content_type, object.content_type,
                    "{}: the item and the object must have the same type",
                    output.key
                );
                let Some(thumbnail) = &output.thumbnail else { continue };
                let named = |it: &StoredObject| it.key == thumbnail.key && it.version == thumbnail.version_id;
                let at = objects.iter().position(named);
                let at = at.unwrap_or_else(|| panic!("{} is named and is not stored", thumbnail.key));
                let object = objects.swap_remove(at);
                assert!(thumbnail.key.starts_with(&prefix), "{} must lie below {prefix}", thumbnail.key);
                assert_eq!(object.content_type, "image/webp", "{}", thumbnail.key);
                let size =
                    imagesize::blob_size(&object.bytes.expect("the newest version of a thumbnail is no delete marker"));
                let size = size.expect("a thumbnail is a picture");
                assert!(size.width.max(size.height) <= limits::THUMBNAIL_SIDE as usize, "{}: {size:?}", thumbnail.key);
            }
        }
        let all = self.all_generations();
        for stray in objects.iter().filter(|stray| stray.key.starts_with("generations/")) {
            let of = all.iter().find(|it| stray.key.starts_with(&format!("generations/{}/{}/", it.account, it.id)));
            let is_looked_after = of.is_some_and(|generation| generation.open.is_some());
            assert!(is_looked_after, "{}: its generation is at rest and does not name it: {of:#?}", stray.key);
        }
        Strays(objects)
    }
}

fn check_generation(generation: &Generation) {
    let Generation { id, status, open, next_check, finished_at, outputs, failure, cost, price, batch, .. } = generation;
    let final_state = status.is_final();
    let deleted = generation.deleted_at.is_some();
    assert!(final_state || !deleted, "{id} is {status:?}: only a final generation may be deleted");
    let is_done = final_state && !deleted && generation.orphan_risk == 0 && !generation.owes_thumbnails;
    assert_eq!(open.is_none(), is_done, "{id} is {status:?}: `open` must be set exactly while work is left");
    if generation.undo_until.is_some() {
        assert!(deleted, "{id} is not deleted, and nobody may undo its deletion");
        assert_eq!(generation.undo_until, *next_check, "{id}: the sweep must come when its deletion cannot be undone");
    }
    let may_owe = outputs.iter().any(|output| output.is_picture() && output.thumbnail.is_none());
    assert!(may_owe || !generation.owes_thumbnails, "{id} has all its thumbnails and still owes some");
    assert_eq!(
        next_check.is_some(),
        open.is_some(),
        "{id} is {status:?}: `next_check` must be set exactly while `open` is"
    );
    assert_eq!(
        finished_at.is_some(),
        final_state,
        "{id} is {status:?}: `finished_at` must be set exactly when the generation is final"
    );
    let delivered = *status == GenerationStatus::Succeeded;
    assert_eq!(
        !outputs.is_empty(),
        delivered,
        "{id} is {status:?}: there must be outputs exactly when it is delivered"
    );
    let charge = match status {
        GenerationStatus::Succeeded => Some(generation.cost_of(outputs.len())),
        GenerationStatus::Canceled => cost.filter(|cost| cost == price && generation.cancel_requested.is_some()),
        _ => None,
    };
    assert_eq!(
        *cost, charge,
        "{id} is {status:?}: the cost must be the price when delivered, or when canceled beyond the free cancellations"
    );
    assert!(*cost <= Some(*price), "{id} is {status:?}: the cost must not exceed the hold");
    assert!(outputs.len() <= *batch as usize, "{id} is {status:?}: there must be no more outputs than requested");
    let released = failure.as_ref().map(|failure| failure.released);
    let rest = price.saturating_sub(cost.unwrap_or_default());
    assert_eq!(
        released,
        (final_state && !delivered).then_some(rest),
        "{id} is {status:?}: the rest of the hold must be released"
    );
    if let Some(failure) = failure {
        assert_eq!(failure.code.status(), *status, "{id}: the failure code must match the status");
    }
}

/// The usage in the balance is the sum of the settlements, by month and model.
fn check_usage(account: AccountId, balance: &Balance, entries: &[Entry], generations: &[Generation]) {
    let mut used: BTreeMap<(String, String), (u64, Credits)> = BTreeMap::new();
    for it in entries.iter().filter(|entry| entry.kind == EntryKind::Settle) {
        let stored = generations.iter().find(|generation| Some(generation.id) == it.generation);
        let spent = it.moves.iter().filter(|step| step.to == Place::Spent).map(|step| step.amount).sum();
        let (model, cost) = match stored {
            Some(generation) => (generation.model.clone(), generation.cost.unwrap_or_default()),
            None => (it.model.clone().unwrap_or_default(), spent),
        };
        let (count, sum) = used.entry((it.at.strftime("%Y-%m").to_string(), model)).or_default();
        (*count, *sum) = (*count + 1, sum.saturating_add(cost));
    }
    let counted = balance.usage.months().flat_map(|(month, models)| {
        models.iter().map(move |(model, used)| ((month.to_owned(), model.clone()), (used.generations, used.credits)))
    });
    assert_eq!(counted.collect::<BTreeMap<_, _>>(), used, "{account}: usage must be counted by month and model");
}
