//! The state of the fake Replicate.

use super::{
    deliveries::{self, ReplicateWebhook},
    prediction::Prediction,
    problem::ReplicateProblem,
};
use crate::fakes::{
    deliveries::Deliveries,
    knobs::{JobCounts, Knobs},
    media::files,
};
use bytes::Bytes;
use http::Response;
use jiff::Timestamp;

/// Knobs, counts, predictions and webhooks.
#[derive(Debug, Default)]
pub struct ReplicateState {
    pub(super) knobs: Knobs,
    pub(super) counts: JobCounts,
    /// Oldest first.
    pub(super) predictions: Vec<Prediction>,
    pub(super) deliveries: Deliveries<ReplicateWebhook>,
}

impl ReplicateState {
    /// Moves every prediction to its status at `now`, and queues the webhooks of its changes.
    pub(super) fn advance(&mut self, now: Timestamp, public_base: &str) {
        for prediction in &mut self.predictions {
            for event in prediction.advance(now, public_base) {
                deliveries::queue(&mut self.deliveries, prediction, event);
            }
        }
    }

    pub(super) fn prediction(&mut self, id: &str) -> Option<&mut Prediction> {
        self.predictions.iter_mut().find(|prediction| prediction.id == id)
    }

    /// Loses every prediction, file and webhook.
    pub(super) fn forget(&mut self) {
        self.predictions.clear();
        self.deliveries = Deliveries::default();
    }

    /// An output file. Its address is secret, so it needs no token, as at
    /// `replicate.delivery`.
    pub(super) fn file(&mut self, path: &str) -> Result<Response<Bytes>, ReplicateProblem> {
        let id = path.trim_start_matches("/files/").split('/').next().unwrap_or_default();
        let file = self.predictions.iter().find(|prediction| prediction.id == id).and_then(|it| it.file(path));
        let answer = files::answer(&file.ok_or_else(ReplicateProblem::not_found)?);
        self.counts.downloads += 1;
        Ok(answer)
    }
}
