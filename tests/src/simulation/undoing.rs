//! Deletions that can be undone: people undo them, too late or beside the sweep, or leave them to it.

use super::{Simulation, coverage};
use generations::Generation;
use kernel::{later, limits};
use serde_json::json;
use std::time::Duration;

/// So shortly before its end somebody still undoes a deletion.
const LAST_MOMENT: Duration = Duration::from_secs(1);

impl Simulation {
    /// A person deletes a generation that is at its end, in a way that can be undone, and then undoes that at
    /// once, beside the sweep, too late, later, or never.
    pub(super) async fn somebody_deletes_with_undo(&mut self, at: usize) {
        self.renew_token(at).await;
        let account = self.people[at].person.account();
        let is_there = |it: &&Generation| it.account == account && it.status.is_final() && it.deleted_at.is_none();
        let there: Vec<_> = self.last.values().filter(is_there).collect();
        let owing: Vec<_> = there.iter().copied().filter(|it| it.owes_thumbnails).collect();
        let among = if owing.is_empty() || self.undo.random.chance(0.5) { there } else { owing };
        let Some(id) = self.undo.random.pick(&among).map(|it| it.id.to_string()) else { return };
        let event = self.people[at].person.event("DELETE", &format!("/v1/generations/{id}?undo=true"));
        match self.undo.random.chance(0.2) {
            true => drop(tokio::join!(self.request(event.clone()), self.request(event))),
            false => drop(self.request(event).await),
        }
        match self.undo.random.below(7) {
            0 => self.somebody_undoes(at, &id, false).await,
            1 => self.somebody_undoes(at, &id, true).await,
            late @ (2 | 3) => {
                self.app.world().advance(limits::UNDO_WINDOW);
                self.somebody_undoes(at, &id, late == 2).await;
            }
            4 => {
                self.app.world().advance(limits::UNDO_WINDOW.saturating_sub(LAST_MOMENT));
                self.somebody_undoes(at, &id, true).await;
            }
            _ => self.undo.open.push((at, id)),
        }
    }

    /// A person remembers a deletion of before, and undoes it if there is still time.
    pub(super) async fn somebody_remembers(&mut self) {
        if self.undo.open.is_empty() || !self.undo.random.chance(0.3) {
            return;
        }
        let n = self.undo.random.below(self.undo.open.len());
        let (at, id) = self.undo.open.swap_remove(n);
        self.somebody_undoes(at, &id, false).await;
    }

    /// A person undoes a deletion, sometimes beside the sweep, and sometimes makes a favourite of it.
    async fn somebody_undoes(&mut self, at: usize, id: &str, beside_the_sweep: bool) {
        self.check_writes();
        let body = match self.undo.random.chance(0.5) {
            true => json!({ "deleted": false }),
            false => json!({ "deleted": false, "favourite": true }),
        };
        let event = self.people[at].person.event("PATCH", &format!("/v1/generations/{id}")).json_body(&body);
        let answer = match beside_the_sweep {
            true => tokio::join!(self.request(event), Box::pin(self.app.sweep())).0,
            false => self.request(event).await,
        };
        if answer.is_some_and(|answer| answer.status() == 404) {
            coverage::count_refusal_of_undo(&mut self.events);
        }
        self.check_writes();
    }

    /// At the end of the service's work, what was deleted is gone. What was brought back has its thumbnails,
    /// unless they could not be made for a day. `check_invariants` looks for the objects of both.
    pub(super) fn every_deletion_is_done_or_undone(&self) {
        let now = self.app.world().now();
        for last in self.last.values().filter(|last| !self.deleted.contains(&last.id)) {
            assert!(last.deleted_at.is_none(), "a deleted generation is still there: {last:?}");
            let tried_until = last.finished_at.map(|finished| later(finished, limits::THUMBNAILS_TRIED_FOR));
            if !self.undo.brought_back.contains(&last.id) || tried_until.is_some_and(|until| until <= now) {
                continue;
            }
            let has_all = last.outputs.iter().all(|output| output.thumbnail.is_some() || !output.is_picture());
            assert!(has_all && !last.owes_thumbnails, "it was brought back without its thumbnails: {last:?}");
        }
    }
}
