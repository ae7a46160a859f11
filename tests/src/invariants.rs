//! What must hold of everything that is stored, whatever happened.

use crate::{app::App, stored::hex_sha256};
use credits::{EntryKind, Place};
use generations::{Generation, GenerationStatus};
use kernel::{AccountId, Credits, GenerationId, limits};
use std::collections::{BTreeMap, BTreeSet};
use testkit::{GENERATIONS_TABLE, MEDIA_BUCKET, StoredObject};

/// Versions that nobody names: those of uploads that lost their place, which the next who takes
/// a place over deletes, or the bucket's lifecycle; and what belongs to a generation that is
/// not at rest.
#[derive(Debug, Clone)]
pub struct Strays(pub Vec<StoredObject>);

impl Strays {
    /// Fails when there is one.
    ///
    /// # Panics
    /// When there is one.
    pub fn none(&self) {
        assert!(self.0.is_empty(), "an object may stay behind only where its writer died: {:#?}", self.0);
    }
}

impl App {
    /// Checks every invariant. Answers the objects that no generation delivered.
    ///
    /// # Panics
    /// When one does not hold.
    pub fn check_invariants(&self) -> Strays {
        let uploads = self.world().open_uploads(MEDIA_BUCKET);
        assert!(uploads.is_empty(), "an upload must be completed or aborted: {uploads:?}");
        self.check_invariants_but_open_uploads()
    }

    /// The same where somebody may have died in the middle of an upload in parts: the bucket's
    /// lifecycle aborts it after a day.
    ///
    /// # Panics
    /// When another one does not hold.
    pub fn check_invariants_but_open_uploads(&self) -> Strays {
        for account in self.accounts() {
            self.check_ledger(account);
        }
        for generation in self.all_generations() {
            check_generation(&generation);
        }
        self.check_requests();
        self.check_objects()
    }

    /// Entries fold to the balance, one for each version; a hold is there exactly while
    /// its generation is under way, and ended exactly once. What was deleted had ended.
    fn check_ledger(&self, account: AccountId) {
        let (balance, entries) = (self.balance(account), self.entries(account));
        if let Err(flaw) = balance.prove(&entries) {
            panic!("{account}: the entries must fold to the balance, but {flaw}: {entries:#?}");
        }
        self.check_debts(account, &balance, &entries);
        assert!(balance.holds.len() <= limits::PARALLEL_GENERATIONS_MAX as usize, "{account}: too many holds");
        assert!(balance.lots.len() <= limits::LOTS_MAX, "{account}: too many lots");

        let generations = self.generations(account);
        let held: BTreeMap<_, _> = balance.holds.iter().map(|hold| (hold.generation, hold.amount())).collect();
        let open = generations.iter().filter(|generation| !generation.status.is_final());
        let open: BTreeMap<_, _> = open.map(|generation| (generation.id, generation.price)).collect();
        assert_eq!(held, open, "{account}: exactly the generations under way hold their price");
        let counted = |id: GenerationId| {
            let of = |kind: EntryKind| entries.iter().filter(|it| it.generation == Some(id) && it.kind == kind).count();
            (of(EntryKind::Hold), of(EntryKind::Settle), of(EntryKind::Release))
        };
        let deleted = |id: &GenerationId| generations.iter().all(|generation| generation.id != *id);
        for id in entries.iter().filter_map(|entry| entry.generation).filter(deleted) {
            let counts = counted(id);
            assert!(counts == (1, 1, 0) || counts == (1, 0, 1), "{id} was deleted, and only what has ended may be");
        }
        let moved = |id: GenerationId, kind: EntryKind, to: Place| -> Credits {
            let of = entries.iter().filter(|entry| entry.generation == Some(id) && entry.kind == kind);
            of.flat_map(|entry| &entry.moves).filter(|step| step.to == to).map(|step| step.amount).sum()
        };
        for id in entries.iter().filter_map(|entry| entry.generation) {
            let (held, spent) = (moved(id, EntryKind::Hold, Place::Held), moved(id, EntryKind::Settle, Place::Spent));
            assert!(spent <= held, "{id}: {held} were held for it, and {spent} were spent on it");
        }
        for generation in &generations {
            let counts = counted(generation.id);
            let wanted = match generation.status {
                status if status.is_final() && generation.cost.is_some() => (1, 1, 0),
                status if status.is_final() => (1, 0, 1),
                _ => (1, 0, 0),
            };
            assert_eq!(counts, wanted, "{}: held once and ended once: {:?}", generation.id, generation.status);
        }
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
            models
                .iter()
                .map(move |(model, used)| ((month.to_owned(), model.clone()), (used.generations, used.credits)))
        });
        assert_eq!(counted.collect::<BTreeMap<_, _>>(), used, "{account}: usage must be counted by month and model");
    }

    /// Every remembered request leads to a generation of the same account, which may have
    /// been deleted since.
    fn check_requests(&self) {
        let paid = self.accounts().into_iter().flat_map(|account| {
            let ids = self.entries(account).into_iter().filter_map(|entry| entry.generation);
            ids.map(move |id| (account.to_string(), id.to_string()))
        });
        let known: BTreeSet<_> = paid.collect();
        for item in self.world().items(GENERATIONS_TABLE) {
            let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
            if text("sk").starts_with("request#") {
                assert!(known.contains(&(text("pk"), text("generation"))), "a request leads nowhere: {item}");
            }
        }
    }

    /// The keys of the uploads that have a place. What lies below another key belongs to
    /// nobody.
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

    /// What was delivered is there, byte for byte; what else is there comes back. Of a generation
    /// that is at rest, that is nothing: no version of any object that it does not name.
    fn check_objects(&self) -> Strays {
        let mut objects = self.objects();
        let placed = self.placed_uploads();
        objects.retain(|object| !placed.contains(&object.key));
        for generation in self.all_generations() {
            // What was deleted is being cleared away.
            for output in generation.outputs.iter().filter(|_| generation.deleted_at.is_none()) {
                let at = objects.iter().position(|it| it.key == output.key && it.version == output.version_id);
                let at = at.unwrap_or_else(|| panic!("{} was delivered and is not there", output.key));
                let object = objects.swap_remove(at);
                let bytes = object.bytes.expect("what was delivered is no delete marker");
                let prefix = format!("generations/{}/{}/", generation.account, generation.id);
                assert!(output.key.starts_with(&prefix), "{} must lie below {prefix}", output.key);
                assert_eq!(output.sha256, hex_sha256(&bytes), "{}: the hash must be the bytes'", output.key);
                assert_eq!(output.bytes, bytes.len() as u64, "{}: the size must be the bytes'", output.key);
                assert_eq!(output.content_type, object.content_type, "{}: one type everywhere", output.key);
                let Some(thumbnail) = &output.thumbnail else { continue };
                let named = |it: &StoredObject| it.key == thumbnail.key && it.version == thumbnail.version_id;
                let at = objects.iter().position(named);
                let at = at.unwrap_or_else(|| panic!("{} is named and is not there", thumbnail.key));
                let object = objects.swap_remove(at);
                assert!(thumbnail.key.starts_with(&prefix), "{} must lie below {prefix}", thumbnail.key);
                assert_eq!(object.content_type, "image/webp", "{}", thumbnail.key);
                let size = imagesize::blob_size(&object.bytes.expect("what is named is no delete marker"));
                let size = size.expect("a thumbnail is a picture");
                assert!(size.width.max(size.height) <= limits::THUMBNAIL_SIDE as usize, "{}: {size:?}", thumbnail.key);
            }
        }
        let all = self.all_generations();
        for stray in objects.iter().filter(|stray| stray.key.starts_with("generations/")) {
            let of = all.iter().find(|it| stray.key.starts_with(&format!("generations/{}/{}/", it.account, it.id)));
            let is_looked_after = of.is_some_and(|generation| generation.open.is_some());
            assert!(is_looked_after, "{} is at rest, and nobody names it: {of:#?}", stray.key);
        }
        Strays(objects)
    }
}

fn check_generation(generation: &Generation) {
    let Generation { id, status, open, next_check, finished_at, outputs, failure, cost, price, batch, .. } = generation;
    let final_state = status.is_final();
    let deleted = generation.deleted_at.is_some();
    assert!(final_state || !deleted, "{id} is {status:?}: only what has ended may be deleted");
    let is_done = final_state && !deleted && generation.orphan_risk == 0 && !generation.owes_thumbnails;
    assert_eq!(open.is_none(), is_done, "{id} is {status:?}: `open` is there as long as something is to be done");
    let may_owe = outputs.iter().any(|output| output.is_picture() && output.thumbnail.is_none());
    assert!(may_owe || !generation.owes_thumbnails, "{id} has all its thumbnails and owes some");
    assert_eq!(next_check.is_some(), open.is_some(), "{id} is {status:?}: `next_check` is there as `open` is");
    assert_eq!(finished_at.is_some(), final_state, "{id} is {status:?}: `finished_at` is there from the end on");
    let delivered = *status == GenerationStatus::Succeeded;
    assert_eq!(!outputs.is_empty(), delivered, "{id} is {status:?}: outputs are there when delivered");
    let charge = match status {
        GenerationStatus::Succeeded => Some(generation.cost_of(outputs.len())),
        GenerationStatus::Canceled => {
            cost.filter(|cost| *cost == generation.cancel_price && generation.provider_job.is_some())
        }
        _ => None,
    };
    assert_eq!(*cost, charge, "{id} is {status:?}: it costs its price when delivered, or what calling it off costs");
    assert!(*cost <= Some(*price), "{id} is {status:?}: it never costs more than what was held");
    assert!(outputs.len() <= *batch as usize, "{id} is {status:?}: no more than was asked for");
    let released = failure.as_ref().map(|failure| failure.released);
    let rest = price.saturating_sub(cost.unwrap_or_default());
    assert_eq!(released, (final_state && !delivered).then_some(rest), "{id} is {status:?}: the rest is released");
    if let Some(failure) = failure {
        assert_eq!(failure.code.status(), *status, "{id}: the failure belongs to its state");
    }
}
