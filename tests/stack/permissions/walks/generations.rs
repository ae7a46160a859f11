//! Generations, from the request to the file.

use super::people::{Walked, newcomer};
use crate::{
    journey::{self, download},
    permissions::quiet::Quiet,
    person::{Person, client, done, id, order, secret, send, unique},
    upload_form::{made_of, uploads},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use local::fakes::replicate::{OutputMode, SubmitMode};
use providers::{CallbackKeys, ProviderName};
use reqwest::Method;
use ring::hmac;
use serde_json::{Value, json};

/// The walk of a function of this file; `None` for another function.
pub async fn walk(quiet: &Quiet, function: &str) -> Option<Walked> {
    Some(match function {
        "CancelGeneration" => cancel_generation(quiet).await,
        "CollectMedia" => collect_media(quiet).await,
        "DeleteGeneration" => delete_generation(quiet).await,
        "Generate" => generate(quiet).await,
        "GetGeneration" => get_generation(quiet).await,
        "ListGenerations" => list_generations(quiet).await,
        "MakeThumbnails" => make_thumbnails(quiet).await,
        "ProviderWebhook" => provider_webhook(quiet).await,
        "Quote" => quote(quiet).await,
        "RunGeneration" => run_generation(quiet).await,
        "SweepGenerations" => sweep_generations(quiet).await,
        "UpdateGeneration" => update_generation(quiet).await,
        "Upload" => upload(quiet).await,
        _ => return None,
    })
}

/// A person with a generation.
struct Ordered<'a> {
    quiet: &'a Quiet,
    person: Person,
    id: String,
}

impl<'a> Ordered<'a> {
    /// A generation that waits to be submitted.
    async fn by(quiet: &'a Quiet, person: &Person, order: &Value) -> Result<Self, String> {
        let accepted = person.generate(&format!("key-{}", unique()), order).await.when(202)?;
        Ok(Self { quiet, person: person.clone(), id: id(&accepted) })
    }

    async fn new(quiet: &'a Quiet) -> Result<Self, String> {
        Self::by(quiet, &newcomer(quiet).await?, &order()).await
    }

    /// A generation with an upload as its input.
    async fn of_a_picture(quiet: &'a Quiet, person: &Person) -> Result<Self, String> {
        let upload = uploads(person, "image/png", &tests::pictures::png([1, 2, 3])).await?;
        Self::by(quiet, person, &made_of("flux-kontext-dev", &upload)).await
    }

    async fn submitted(self) -> Result<Self, String> {
        self.quiet.work("RunGeneration", &self.message()).await?;
        self.is("running").await?;
        Ok(self)
    }

    async fn collected(self) -> Result<Self, String> {
        let mut message = self.message();
        message["job"] = self.stored().await["provider_job"].clone();
        self.quiet.work("CollectMedia", &message).await?;
        Ok(self)
    }

    /// The message of the queues: account and generation.
    fn message(&self) -> Value {
        json!({ "account": self.person.account, "generation": self.id })
    }

    fn path(&self) -> String {
        format!("/v1/generations/{}", self.id)
    }

    async fn stored(&self) -> Value {
        let stored = self.quiet.tables().stored(&self.person.account, &self.id).await;
        stored.unwrap_or_else(|| panic!("the generation {} is not stored", self.id))
    }

    async fn is(&self, status: &str) -> Walked {
        match self.stored().await["status"].as_str() {
            Some(found) if found == status => Ok(()),
            found => Err(format!("the generation is {}, not {status}", found.unwrap_or_default())),
        }
    }

    async fn loses_its_hold(&self) {
        self.quiet.tables().forget_hold(&self.person.account, &self.id).await;
    }
}

/// An upload into an empty slot, and one that replaces an older upload and deletes its picture.
async fn upload(quiet: &Quiet) -> Walked {
    let person = newcomer(quiet).await?;
    uploads(&person, "image/png", b"a picture").await?;
    let older = quiet.tables().has_ten_uploads(&person.account).await;
    quiet.leave_objects(&format!("uploads/{}/{older}", person.account)).await;
    uploads(&person, "image/png", b"a picture").await?;
    match quiet.count_objects(&format!("uploads/{}/{older}", person.account)).await {
        0 => Ok(()),
        left => Err(format!("{left} versions of the older picture stay in the bucket")),
    }
}

/// A request, its repetition after the delivery, whose answer has links to the outputs, and a request
/// with a picture.
async fn generate(quiet: &Quiet) -> Walked {
    let (person, order, key) = (newcomer(quiet).await?, order(), format!("key-{}", unique()));
    let accepted = person.generate(&key, &order).await.when(202)?;
    let message = json!({ "account": person.account, "generation": accepted["id"] });
    if !quiet.messages("GenerationQueue").await.contains(&message) {
        return Err("no message for run-generation was queued".to_owned());
    }
    let made = Ordered { quiet, person, id: id(&accepted) }.submitted().await?.collected().await?;
    let repeated = made.person.generate(&key, &order).await.when(202)?;
    download(&repeated).await?;
    Ordered::of_a_picture(quiet, &newcomer(quiet).await?).await.map(drop)
}

/// Jobs with an upload and with a base; a job that the provider refuses for good; a generation that
/// another function has ended.
async fn run_generation(quiet: &Quiet) -> Walked {
    let person = newcomer(quiet).await?;
    let made = Ordered::of_a_picture(quiet, &person).await?.submitted().await?.collected().await?;
    let larger = json!({ "model": "clarity-upscaler", "prompt": "larger", "based_on": made.id });
    Ordered::by(quiet, &person, &larger).await?.submitted().await?;
    quiet.knobs(|knobs| knobs.submit = SubmitMode::Retired);
    let refused = Ordered::new(quiet).await?;
    quiet.work("RunGeneration", &refused.message()).await?;
    refused.is("failed").await?;
    let ended = Ordered::new(quiet).await?;
    ended.loses_its_hold().await;
    quiet.work("RunGeneration", &ended.message()).await
}

/// A delivery; a copy of a generation that another function has ended; a film that breaks off in its
/// second part.
async fn collect_media(quiet: &Quiet) -> Walked {
    let made = Ordered::new(quiet).await?.submitted().await?.collected().await?;
    made.is("succeeded").await?;
    if !quiet.messages("ThumbnailQueue").await.contains(&made.message()) {
        return Err("no message for make-thumbnails was queued".to_owned());
    }
    let ended = Ordered::new(quiet).await?.submitted().await?;
    ended.loses_its_hold().await;
    let ended = ended.collected().await?;
    if quiet.count_media(&ended.person.account).await != (0, 0) {
        return Err("the copies of an ended generation stay in the bucket".to_owned());
    }
    quiet.knobs(|knobs| knobs.output = OutputMode::CutOff);
    let prompt = format!("a canary-{} on a wire", unique());
    secret(&prompt);
    let film = json!({ "model": "wan-2.2-t2v-fast", "prompt": prompt });
    let film = Ordered::by(quiet, &newcomer(quiet).await?, &film).await?.submitted().await?.collected().await?;
    match quiet.count_media(&film.person.account).await {
        (0, 0) => Ok(()),
        _ => Err("an interrupted upload stays open".to_owned()),
    }
}

/// A delivered generation, and a deleted one with the thumbnail of a run that died.
async fn make_thumbnails(quiet: &Quiet) -> Walked {
    let made = Ordered::new(quiet).await?.submitted().await?.collected().await?;
    quiet.work("MakeThumbnails", &made.message()).await?;
    let shown = made.person.get(&made.path()).await.when(200)?;
    let url = shown["outputs"][0]["thumbnail_url"].as_str().ok_or(format!("{shown} has no thumbnail"))?;
    secret(url.split_once("X-Amz-Signature=").map_or(url, |(_, rest)| rest.split('&').next().unwrap_or(rest)));
    let small = send(client().get(url), "the thumbnail's link".to_owned()).await;
    if (small.status, small.header("content-type")) != (200, "image/webp") {
        return Err(format!("{small}, not a thumbnail"));
    }
    done(&made.person.ask(Method::DELETE, &made.path()).await)?;
    quiet.leave_media(&format!("{}/{}", made.person.account, made.id)).await;
    quiet.work("MakeThumbnails", &made.message()).await?;
    match quiet.count_media(&made.person.account).await {
        (0, _) => Ok(()),
        left => Err(format!("{left:?} of the deleted generation stay in the bucket")),
    }
}

/// A queued generation, and a submitted one.
async fn cancel_generation(quiet: &Quiet) -> Walked {
    let queued = Ordered::new(quiet).await?;
    queued.person.ask(Method::POST, &format!("{}/cancel", queued.path())).await.when(200)?;
    let running = Ordered::new(quiet).await?.submitted().await?;
    running.person.ask(Method::POST, &format!("{}/cancel", running.path())).await.when(202)?;
    let woken = quiet.messages("MediaQueue").await;
    match woken.iter().any(|message| message["generation"] == running.id.as_str()) {
        true => Ok(()),
        false => Err("no message for collect-media was queued".to_owned()),
    }
}

/// A delivered generation, with an older version and an open upload below its prefix.
async fn delete_generation(quiet: &Quiet) -> Walked {
    let made = Ordered::new(quiet).await?.submitted().await?.collected().await?;
    quiet.leave_media(&format!("{}/{}", made.person.account, made.id)).await;
    done(&made.person.ask(Method::DELETE, &made.path()).await)?;
    match quiet.count_media(&made.person.account).await {
        (0, 0) => Ok(()),
        left => Err(format!("{left:?} of the deleted generation stay in the bucket")),
    }
}

/// A favourite, and a generation that is brought back.
async fn update_generation(quiet: &Quiet) -> Walked {
    let made = Ordered::new(quiet).await?.submitted().await?.collected().await?;
    let shown = journey::notes(&made.person, &made.path(), &json!({ "favourite": true })).await?;
    download(&shown).await?;
    made.person.ask(Method::DELETE, &format!("{}?undo=true", made.path())).await.when(202)?;
    let shown = journey::notes(&made.person, &made.path(), &json!({ "deleted": false })).await?;
    download(&shown).await.map(drop)
}

async fn get_generation(quiet: &Quiet) -> Walked {
    let made = Ordered::new(quiet).await?.submitted().await?.collected().await?;
    let shown = made.person.get(&format!("/v1/generations/{}", made.id)).await.when(200)?;
    download(&shown).await.map(drop)
}

async fn list_generations(quiet: &Quiet) -> Walked {
    let made = Ordered::new(quiet).await?.submitted().await?.collected().await?;
    let list = made.person.get("/v1/generations").await.when(200)?;
    download(&list["items"][0]).await.map(drop)
}

/// The price of canceling depends on the balance.
async fn quote(quiet: &Quiet) -> Walked {
    let quoted = journey::quoted(&newcomer(quiet).await?, &json!({ "model": "flux-schnell" })).await.when(200)?;
    match quoted["cancel_price"].as_u64() {
        Some(_) => Ok(()),
        None => Err(format!("a quote without the price of canceling: {quoted}")),
    }
}

async fn provider_webhook(quiet: &Quiet) -> Walked {
    let made = Ordered::new(quiet).await?.submitted().await?;
    let request = webhook(&made, made.stored().await["provider_job"].as_str().unwrap_or_default());
    done(&send(request, "POST /v1/webhooks/providers/replicate".to_owned()).await)
}

/// The webhook of a job that is done, as the provider sends it: `https://www.standardwebhooks.com`.
fn webhook(made: &Ordered<'_>, job: &str) -> reqwest::RequestBuilder {
    let platform = made.quiet.platform();
    let secret = |name: &str| platform.secret(name).expect("the platform has this secret");
    let callbacks = CallbackKeys::from_keys([secret("webhook-mac-key")]).expect("the key reads");
    let (account, generation) = (made.person.account.parse().unwrap(), made.id.parse().unwrap());
    let url = callbacks.webhook_url(made.quiet.base(), ProviderName::Replicate, account, generation);
    let (id, sent_at) = (format!("msg_{}", unique()), platform.now().as_second());
    let body = json!({ "id": job, "status": "succeeded" }).to_string();
    let key = BASE64_STANDARD.decode(secret("replicate-webhook-secret").trim_start_matches("whsec_")).unwrap();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), format!("{id}.{sent_at}.{body}").as_bytes());
    let signature = format!("v1,{}", BASE64_STANDARD.encode(tag));
    let request = client().post(url).header("webhook-id", id).header("webhook-timestamp", sent_at);
    request.header("webhook-signature", signature).body(body)
}

/// Generations with a lost message, with a lost webhook, beyond the deadline, ended by another
/// function, without thumbnails yet, and with an unfinished deletion.
async fn sweep_generations(quiet: &Quiet) -> Walked {
    let (person, other) = (newcomer(quiet).await?, newcomer(quiet).await?);
    let owing = Ordered::new(quiet).await?.submitted().await?.collected().await?;
    quiet.messages("ThumbnailQueue").await;
    quiet.tables().make_thumbnails_due(&owing.person.account, &owing.id).await;
    let made = Ordered::by(quiet, &person, &order()).await?.submitted().await?;
    let forgotten = Ordered::by(quiet, &person, &order()).await?;
    let late = Ordered::by(quiet, &other, &order()).await?;
    let ended = Ordered::by(quiet, &other, &order()).await?;
    let deleted = Ordered::new(quiet).await?;
    deleted.person.ask(Method::POST, &format!("{}/cancel", deleted.path())).await.when(200)?;
    quiet.leave_media(&format!("{}/{}", deleted.person.account, deleted.id)).await;
    quiet.tables().half_delete(&deleted.person.account, &deleted.id).await;
    quiet.messages("GenerationQueue").await;
    ended.loses_its_hold().await;
    for due in [&made, &forgotten] {
        quiet.tables().make_due(&due.person.account, &due.id).await;
    }
    for over in [&late, &ended] {
        quiet.tables().end_the_time_of(&over.person.account, &over.id).await;
    }
    quiet.call("SweepGenerations", &json!({})).await?;
    let left = quiet.logged("SweepGenerations").await;
    let left = left.iter().filter(|line| line["message"] == "left for the next sweep");
    let ours = [&made, &forgotten, &late, &ended, &owing, &deleted].map(|ordered| ordered.id.as_str());
    if left.filter_map(|line| line["generation"].as_str()).any(|id| ours.contains(&id)) {
        return Err("SweepGenerations leaves work for the next sweep".to_owned());
    }
    late.is("timed_out").await?;
    if quiet.count_media(&deleted.person.account).await != (0, 0) {
        return Err("the objects of a deleted generation stay in the bucket".to_owned());
    }
    if !quiet.messages("ThumbnailQueue").await.contains(&owing.message()) {
        return Err("no message for make-thumbnails was queued".to_owned());
    }
    if !quiet.messages("GenerationQueue").await.contains(&forgotten.message()) {
        return Err("no message for run-generation was queued".to_owned());
    }
    let woken = quiet.messages("MediaQueue").await;
    match woken.iter().any(|message| message["generation"] == made.id.as_str()) {
        true => Ok(()),
        false => Err("no message for collect-media was queued".to_owned()),
    }
}
