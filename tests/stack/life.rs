//! An account that uses every route and every job, and leaves a canary at every possible place.

use crate::{
    canaries::Canary,
    consents::chooses,
    identity_message::facebook_says,
    journey::{self, buys, download, finished, refresh},
    linked::Linked,
    person::{Person, client, id, secret, send, unique, unique_address},
    stack::{Stack, eventually},
    tables::root,
    upload_form::{made_of, uploads},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{AccountId, Caller, SessionId};
use local::fakes::replicate::{JobOutcome, Knobs};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Event, changing};

/// A family of devices that no other test uses.
const DEVICE: &str = "Opera on ChromeOS";

/// The number of webhooks that Stripe sends at once for one payment.
const TOLD: usize = 10;

/// The credits of a pack.
const PACK: u64 = 500;

/// The account and its data.
pub struct Life {
    /// The person's subject at Google.
    pub subject: String,
    /// The person, signed in.
    pub person: Person,
    /// Texts of the person and of the payment.
    pub canaries: Vec<Canary>,
    /// Our ids of the account and its data.
    pub ids: Vec<Canary>,
    /// The name of the account in logs, on the days of its life.
    pub pseudonym: Canary,
    /// The identities at Apple and Facebook.
    pub linked: Linked,
    /// Every generation with its job at the provider.
    pub jobs: Vec<(String, String)>,
}

impl Life {
    /// Uses the whole service. At the end one job is under way.
    pub async fn lived(stack: &Stack) -> Self {
        let began = stack.platform.now();
        let (subject, person, mut canaries) = arrives(stack).await;
        let mut ids = vec![Canary::new("account", &person.account), Canary::new("first session", &session_of(&person))];
        canaries.push(introduces_itself(&person).await);
        canaries.push(consents(&person).await);
        let (person, jobs, prompts) = creates(stack, person).await;
        canaries.extend(prompts);
        let (variation, of_a_picture, upload) = brings_a_picture(stack, &person).await;
        canaries.extend(of_a_picture);
        ids.push(Canary::new("upload", &upload));
        canaries.push(pays(stack, &person).await);
        let mut person = person;
        let linked = Linked::of(stack, &mut person).await;
        canaries.extend(linked.canaries.iter().cloned());
        let (messages, cases) = writes_to_us(&person).await;
        canaries.extend(messages);
        ids.extend(cases);
        linked.partners_speak(stack, &subject).await;
        let person = Person::sign_in(stack.base(), &subject).await.unwrap_or_else(|error| panic!("{error}"));
        let person = comes_and_goes(stack, &subject, person).await;
        ids.push(Canary::new("last session", &session_of(&person)));
        let (open, prompt) = leaves_something_open(stack, &person).await;
        canaries.push(prompt);
        let jobs: Vec<_> = jobs.into_iter().chain([variation, open]).collect();
        ids.extend(jobs.iter().map(|(generation, _)| Canary::new("generation", generation)));
        ids.extend(jobs.iter().map(|(_, job)| Canary::new("job", job)));
        litters(stack, &person.account).await;
        let pseudonym = |at| stack.pseudonym(&person.account, at);
        let pseudonym = Canary::new("pseudonym", &pseudonym(began)).or(&pseudonym(stack.platform.now()));
        Self { subject, person, canaries, ids, pseudonym, linked, jobs }
    }

    /// A token of the last session, as if that had neither ended nor expired. A real token would be
    /// refused.
    pub fn undead(&self, stack: &Stack) -> String {
        let seed = stack.platform.secret("session-signing-key").expect("the platform has this secret");
        let caller = Caller {
            account: self.person.account.parse::<AccountId>().unwrap(),
            session: session_of(&self.person).parse::<SessionId>().unwrap(),
            issued_at: stack.platform.now(),
        };
        let token = stack.signer(seed, stack.base()).issue(&caller).unwrap();
        secret(token.as_str());
        token.as_str().to_owned()
    }
}

/// Signs in for the first time. Everything that Google sends has a canary, and the device has one in
/// its name.
async fn arrives(stack: &Stack) -> (String, Person, Vec<Canary>) {
    let number = unique();
    let subject = format!("canary-subject-{number}-");
    let [name, email, picture, device] = [
        format!("Canary-Name-{number}-"),
        format!("canary-mail-{number}-@people.example"),
        format!("{}/_local/pictures/canary-picture-{number}-", stack.platform.google()),
        format!("Mozilla/5.0 (X11; CrOS x86_64) OPR/124 canary-device-{number}-"),
    ];
    let claims = json!({ "email": email, "email_verified": true, "name": name, "picture": picture });
    let told = client().put(format!("{}/users/{subject}", stack.platform.google())).body(claims.to_string());
    let told = send(told.header("content-type", "application/json"), "PUT /users".to_owned()).await;
    assert_eq!(told.status, 204, "{told}");
    let address = unique_address();
    let person = Person::at(stack.base(), address).with_device(&device);
    assert_eq!(person.get("/").await.status, 200);
    let person = person.signed_in(&subject).await.unwrap_or_else(|error| panic!("{error}"));
    let account = person.get("/v1/account").await.ok(200);
    assert_eq!((&account["name"], &account["email"]), (&json!(name), &json!(email)));
    journey::pictured(&person).await.unwrap();
    let address = address.to_string();
    let network = address.strip_suffix('1').expect("the address ends with 1");
    let canaries = vec![
        // Where its network is counted, only a hash is stored.
        Canary::new("address", &address).or(network),
        Canary::new("name", &name),
        Canary::new("e-mail", &email),
        Canary::new("picture", &picture),
        Canary::new("copy of the picture", &format!("pictures/{}/", person.account)),
        Canary::new("subject", &subject),
        Canary::new("user agent", &device),
        Canary::new("device", DEVICE),
    ];
    (subject, person, canaries)
}

/// Consents and withdraws.
async fn consents(person: &Person) -> Canary {
    let hash = format!("{:016x}", 0xcafe_0000_0000_0000_u64 + unique() as u64);
    chooses(person, &hash).await.unwrap();
    Canary::new("hash of a text", &hash)
}

/// Sets another name than the one that Google sent. The identity keeps the latter.
async fn introduces_itself(person: &Person) -> Canary {
    let name = format!("Canary-Own-Name-{}-", unique());
    journey::introduces(person, &name).await.unwrap();
    Canary::new("own name", &name)
}

/// Requests a picture twice under the same key, a film, and a picture that fails.
async fn creates(stack: &Stack, person: Person) -> (Person, Vec<(String, String)>, Vec<Canary>) {
    person.get("/v1/models").await.ok(200);
    person.get("/v1/status").await.ok(200);
    journey::quoted(&person, &json!({ "model": "flux-schnell" })).await.ok(200);
    let number = unique();
    let key = format!("canary-key-{number}-");
    let mut canaries = vec![Canary::new("key", &key)];
    let mut jobs = Vec::new();
    for (what, model, outcome) in [
        ("prompt of a picture", "flux-schnell", JobOutcome::Succeed),
        ("prompt of a film", "wan-2.2-t2v-fast", JobOutcome::Succeed),
        ("prompt of a failure", "flux-schnell", JobOutcome::Fail),
    ] {
        stack.platform.replicate().knobs(|knobs| *knobs = Knobs { outcome, ..Knobs::default() });
        let prompt = format!("{what}: canary-prompt-{}-", unique());
        secret(&prompt);
        canaries.push(Canary::new(what, &prompt));
        let key = if jobs.is_empty() { key.clone() } else { format!("key-{}", unique()) };
        let order = json!({ "model": model, "prompt": prompt });
        let accepted = person.generate(&key, &order).await.ok(202);
        assert_eq!(id(&person.generate(&key, &order).await.ok(202)), id(&accepted));
        let generation = finished(&person, &id(&accepted)).await.unwrap();
        let good = outcome == JobOutcome::Succeed;
        assert_eq!(generation["status"], if good { "succeeded" } else { "failed" }, "{generation}");
        if good {
            download(&generation).await.unwrap();
        }
        jobs.push((id(&accepted), job(stack, &person, &id(&accepted)).await));
    }
    stack.platform.replicate().knobs(|knobs| *knobs = Knobs::default());
    // While it owes its thumbnail it is in the index too.
    journey::drawn(&person, &jobs[0].0).await.unwrap();
    let title = format!("canary-title-{}-", unique());
    secret(&title);
    let path = format!("/v1/generations/{}", jobs[0].0);
    journey::notes(&person, &path, &json!({ "title": title })).await.unwrap();
    canaries.push(Canary::new("title", &title));
    journey::drops_one(&person).await.unwrap();
    person.get("/v1/generations?text=canary-title").await.ok(200);
    person.get("/v1/usage").await.ok(200);
    person.get("/v1/sessions").await.ok(200);
    (person, jobs, canaries)
}

/// Uploads a picture with canaries in its pixels and its description, and requests a picture made
/// from it. The provider gets only the pixels, encoded again.
async fn brings_a_picture(stack: &Stack, person: &Person) -> ((String, String), Vec<Canary>, String) {
    let number = unique();
    let (pixels, description) = (format!("canary-pixels-{number}-"), format!("canary-exif-{number}-"));
    secret(&pixels);
    secret(&description);
    let upload = uploads(person, "image/png", &written(&pixels, &description)).await.unwrap();
    let order = made_of("flux-kontext-dev", &upload);
    let accepted = person.generate(&format!("key-{}", unique()), &order).await.ok(202);
    let generation = finished(person, &id(&accepted)).await.unwrap();
    assert_eq!(generation["status"], "succeeded", "{generation}");
    let counts = stack.platform.replicate().counts();
    assert_eq!((counts.pictures, counts.talking_pictures), (1, 0), "the provider must get only pixels");
    let inputs = stack.platform.replicate().inputs();
    let told = inputs.iter().filter(|input| input.contains("canary-exif") || input.contains("canary-pixels"));
    assert_eq!(told.count(), 0, "the provider must not get the uploaded file");
    let canaries = vec![
        Canary::new("pixels of a picture", &pixels),
        Canary::new("description of a picture", &description),
        Canary::new("prompt of a variation", order["prompt"].as_str().unwrap()),
    ];
    let job = job(stack, person, &id(&accepted)).await;
    ((id(&accepted), job), canaries, upload)
}

/// A picture whose file has one text as its pixels and another as its EXIF.
fn written(pixels: &str, description: &str) -> Vec<u8> {
    let width = u32::try_from(pixels.len()).unwrap();
    // The pixels of each row are the text; nothing is compressed.
    let rows: Vec<u8> = pixels.bytes().cycle().take(pixels.len() * 16).flat_map(|byte| [byte; 3]).collect();
    let mut rows = rows;
    for (at, byte) in pixels.bytes().enumerate() {
        rows[at] = byte;
    }
    tests::pictures::uncompressed(width, 16, &rows, description)
}

/// Buys a pack. Stripe sends ten webhooks at once, and the credits are granted once.
async fn pays(stack: &Stack, person: &Person) -> Canary {
    let before = person.credits().await.0;
    let checkout = buys(person).await.unwrap();
    let told = stack.told("StripeWebhook").await;
    let sent: usize = (0..TOLD).map(|_| stack.platform.stripe().resend(stack.platform.now())).sum();
    assert!(sent >= TOLD, "Stripe has something to tell");
    eventually("Stripe's repetitions", async || (stack.told("StripeWebhook").await >= told + sent).then_some(())).await;
    assert_eq!(person.credits().await, (before + PACK, 0), "one payment is granted once");
    let session = stack.platform.stripe().session(stack.platform.now(), checkout["id"].as_str().unwrap()).unwrap();
    Canary::new("payment", session["payment_intent"].as_str().unwrap())
}

/// Writes to support and reports a work, signed in. Returns the texts, and the numbers of the cases.
async fn writes_to_us(person: &Person) -> ([Canary; 2], [Canary; 2]) {
    let (message, report) = (format!("canary-message-{}-", unique()), format!("canary-report-{}-", unique()));
    let body = json!({ "kind": "complaint", "text": message });
    let complaint = journey::writes(person, "/v1/contact", &body).await.unwrap();
    let body = json!({ "what": report, "where": "https://cinemaxsai.example/works/1", "good_faith": true });
    let notice = journey::writes(person, "/v1/reports", &body).await.unwrap();
    let number = |what, case: &Value| Canary::new(what, case["number"].as_str().expect("a case has a number"));
    (
        [Canary::new("message", &message), Canary::new("report", &report)],
        [number("number of the message", &complaint), number("number of the report", &notice)],
    )
}

/// Renews the session, requests and cancels the deletion, and ends another session.
async fn comes_and_goes(stack: &Stack, subject: &str, mut person: Person) -> Person {
    refresh(&mut person).await.unwrap();
    let person = journey::thinks_again(stack.base(), subject, &person).await.unwrap();
    journey::signs_in_elsewhere(stack.base(), subject, &person).await.unwrap();
    let unknown = facebook_says(&stack.platform, stack.base(), "facebook", "10220000000000099").await;
    assert_eq!(unknown.status, 204, "{unknown}");
    let elsewhere = Person::sign_in(stack.base(), subject).await.unwrap();
    assert_eq!(elsewhere.ask(Method::DELETE, "/v1/session").await.status, 204);
    person
}

/// A job that does not end without help.
async fn leaves_something_open(stack: &Stack, person: &Person) -> ((String, String), Canary) {
    stack.platform.replicate().knobs(|knobs| knobs.success_after_ms = 1_000_000_000);
    let prompt = format!("prompt of an open job: canary-prompt-{}-", unique());
    secret(&prompt);
    let accepted = person.generate("open", &json!({ "model": "flux-schnell", "prompt": prompt })).await.ok(202);
    let open = id(&accepted);
    let running = async || (person.generation(&open).await["status"] == "running").then_some(());
    eventually("the job's beginning", running).await;
    stack.platform.replicate().knobs(|knobs| *knobs = Knobs::default());
    let job = job(stack, person, &open).await;
    ((open, job), Canary::new("prompt of an open job", &prompt))
}

/// Stores the objects that a collector may leave when its process dies: an old version, a delete
/// marker and an open upload.
async fn litters(stack: &Stack, account: &str) {
    let (clients, bucket) = (root(&stack.platform), &stack.platform.resource("Media").unwrap().id);
    for prefix in ["generations", "uploads"] {
        let key = |n: u32| format!("{prefix}/{account}/stray/{n}.png");
        for n in [0, 0, 1] {
            let put = clients.s3().put_object().bucket(bucket).key(key(n)).body(b"stray".to_vec().into());
            put.send().await.unwrap();
        }
        clients.s3().delete_object().bucket(bucket).key(key(1)).send().await.unwrap();
        clients.s3().create_multipart_upload().bucket(bucket).key(key(2)).send().await.unwrap();
    }
}

/// The provider's id of the job of a generation.
async fn job(stack: &Stack, person: &Person, generation: &str) -> String {
    let stored = stack.tables.stored(&person.account, generation).await.expect("the generation is stored");
    stored["provider_job"].as_str().expect("the provider has it").to_owned()
}

/// The session that an access token names.
fn session_of(person: &Person) -> String {
    let claims = person.cookie(crate::person::SESSION).split('.').nth(1).expect("a token has claims");
    let claims: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    claims["sid"].as_str().unwrap().to_owned()
}

/// Tries every route that changes something with a token. Routes about one generation are tried on
/// this one. Returns the statuses.
pub async fn tries_everything(stack: &Stack, token: &str, refresh_token: &str, generation: &str) -> Vec<(String, u16)> {
    let mut statuses = Vec::new();
    for function in changing() {
        let event = Event::recorded(function);
        let route = event.route();
        assert!(stack.platform.routes().iter().any(|deployed| deployed.key == route), "{route} must be deployed");
        let (method, path) = route.split_once(' ').expect("a route is a method and a path");
        let body = match function {
            "generate" => json!({ "model": "flux-schnell", "prompt": "a canary-of the last hour" }).to_string(),
            "refresh-session" => json!({ "refresh_token": refresh_token }).to_string(),
            // The recorded choice is of another year than the platform's clock.
            "record-consent" => json!({
                "kind": "advertising", "choice": "given", "version": "2026-12-01", "hash": "9f86d081884c7d65",
                "chosen_at": stack.platform.now().to_string(),
            })
            .to_string(),
            _ => event.json()["body"].as_str().unwrap_or_default().to_owned(),
        };
        let stranger = Person::stranger(stack.base());
        let path = path.replace("{id}", generation).replace("{provider}", "google");
        let request =
            stranger.request(method.parse().unwrap(), &path).bearer_auth(token).header("idempotency-key", "late");
        let request = request.header("content-type", "application/json").body(body);
        statuses.push((route.to_owned(), send(request, route.to_owned()).await.status));
    }
    statuses
}
