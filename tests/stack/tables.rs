//! Direct access to the tables as root, for states that a test would need a day to reach.

use aws::{ClientConfig, Clients, Credentials, Table};
use credits::Balance;
use kernel::Credits;
use local::LocalPlatform;
use serde_json::{Value, json};

/// The tables of one platform.
pub struct Tables {
    accounts: Table,
    credits: Table,
    generations: Table,
    receipts: Table,
}

impl Tables {
    /// The tables of this platform.
    pub fn of(platform: &LocalPlatform) -> Self {
        let db = root(platform).dynamodb();
        let table = |name| db.table(&platform.resource(name).expect("the template has this table").id);
        Self {
            accounts: table("Accounts"),
            credits: table("Credits"),
            generations: table("Generations"),
            receipts: table("DeletionReceipts"),
        }
    }

    /// Gives an account an identity at Facebook in place of its identity at Google, which is `who`.
    pub async fn moves_to_facebook(&self, account: &str, who: &str, user_id: &str) {
        let (of_google, of_facebook) = (format!("google#{who}"), format!("facebook#{user_id}"));
        let identity = json!({
            "provider": "facebook", "issuer": "https://www.facebook.com", "subject": user_id, "linked_at": 0,
        });
        for write in [
            self.accounts.put(&of_facebook, "account", &json!({ "account": account })),
            self.accounts.put(account, "identity#facebook", &identity),
            self.accounts.delete(account, "identity#google"),
            self.accounts.delete(&of_google, "account"),
        ] {
            write.apply().await.expect("an identity can be written");
        }
    }

    /// The stored identity of an account at a partner.
    pub async fn identity(&self, account: &str, provider: &str) -> Option<Value> {
        self.accounts.get(account, &format!("identity#{provider}")).await.expect("the identity reads")
    }

    /// The balance of an account.
    pub async fn balance(&self, account: &str) -> Balance {
        self.credits.get(account, "balance").await.expect("the balance reads").expect("the account has a balance")
    }

    /// Sets the available credits and the parallel limit of an account.
    pub async fn endow(&self, account: &str, available: u64, parallel_limit: u32) {
        let mut balance = self.balance(account).await;
        let [lot] = balance.lots.as_mut_slice() else { panic!("a new account has one lot") };
        lot.remaining = Credits(available);
        balance.parallel_limit = parallel_limit;
        self.credits.put(account, "balance", &balance).apply().await.expect("the balance can be written");
    }

    /// Removes a generation's hold, as if another function had ended the generation.
    pub async fn forget_hold(&self, account: &str, generation: &str) {
        let mut balance = self.balance(account).await;
        balance.holds.retain(|hold| hold.generation.to_string() != generation);
        self.credits.put(account, "balance", &balance).apply().await.expect("the balance can be written");
    }

    /// A generation that is under way, and the balance with its hold.
    pub async fn under_way(&self, account: &str, generation: &str) -> (Value, Balance) {
        let stored = self.stored(account, generation).await.expect("the generation is stored");
        (stored, self.balance(account).await)
    }

    /// Restores both, as if the generation had not ended since.
    pub async fn is_again_under_way(&self, account: &str, generation: &str, before: (Value, Balance)) {
        let mut balance = self.balance(account).await;
        balance.holds = before.1.holds;
        self.credits.put(account, "balance", &balance).apply().await.expect("the balance can be written");
        let put = self.generations.put(account, generation, &before.0);
        put.apply().await.expect("the generation can be written");
    }

    /// A deletion, as its work item or its receipt.
    pub async fn deletion(&self, code: &str) -> Value {
        self.receipts.get(code, "deletion").await.expect("the deletion reads").expect("there is such a deletion")
    }

    /// Moves a time of a deletion into the past.
    pub async fn make_past(&self, code: &str, time: &'static str) {
        let write = self.receipts.update(code, "deletion").set(time, 0).when(aws::Condition::Exists);
        write.apply().await.expect("the deletion can be written");
    }

    /// Makes a generation due for the next sweep.
    pub async fn make_due(&self, account: &str, generation: &str) {
        self.set(account, generation, "next_check").await;
    }

    /// Makes the thumbnails of a generation due for the next sweep, if it still owes them.
    pub async fn make_thumbnails_due(&self, account: &str, generation: &str) {
        let owing = aws::Condition::one_of("open", &["0", "1", "2", "3"]);
        let write = self.generations.update(account, generation).set("next_check", 0).when(owing);
        write.apply().await.expect("the generation can be written");
    }

    /// Marks a generation as deleted, as if the deletion had then died.
    pub async fn half_delete(&self, account: &str, generation: &str) {
        let write = self.generations.update(account, generation).set("deleted_at", 0).set("next_check", 0);
        let write = write.set("open", "0").when(aws::Condition::Exists);
        write.apply().await.expect("the generation can be written");
    }

    /// Moves a generation's deadline into the past.
    pub async fn end_the_time_of(&self, account: &str, generation: &str) {
        self.set(account, generation, "deadline").await;
        self.make_due(account, generation).await;
    }

    /// The sort keys of an account in the table of generations.
    pub async fn kept(&self, account: &str) -> Vec<String> {
        self.generations.sort_keys(account).await.expect("the partition reads")
    }

    /// Fills every slot with an old upload. Returns the id of the oldest.
    pub async fn has_ten_uploads(&self, account: &str) -> String {
        let id = |n: usize| format!("01929e6b-6c00-7000-8000-00000000000{n}");
        for n in 0..kernel::limits::UPLOADS_MAX {
            let place = json!({ "upload": id(n), "version": 1, "open_until": 0, "expires_at": 32_503_680_000_u64 });
            let put = self.generations.put(account, &format!("upload#{n}"), &place);
            put.apply().await.expect("a place can be written");
        }
        id(0)
    }

    /// Forgets that jobs of a model have failed. Enough failures of several accounts pause it.
    pub async fn forget_failures(&self, model: &str) {
        let write = self.generations.delete(&format!("health#{model}"), "health");
        write.apply().await.expect("the health of a model can be deleted");
    }

    /// A stored generation.
    pub async fn stored(&self, account: &str, generation: &str) -> Option<Value> {
        self.generations.get(account, generation).await.expect("the generation reads")
    }

    /// Moves a time of a generation into the past, if it is still open. A final generation must not
    /// return to the index.
    async fn set(&self, account: &str, generation: &str, name: &'static str) {
        let open = aws::Condition::one_of("status", &["queued", "submitting", "running", "canceling", "collecting"]);
        let write = self.generations.update(account, generation).set(name, 0).when(open);
        write.apply().await.expect("the generation can be written");
    }
}

/// The clients of the platform's root.
pub fn root(platform: &LocalPlatform) -> Clients {
    let settings = ClientConfig {
        region: "eu-central-1".to_owned(),
        credentials: Credentials::from_keys("test", "test", None),
        endpoint: Some(platform.cloud().to_owned()),
        retries: true,
    };
    Clients::new(settings, aws::https_client().expect("the client can be built"))
}
