//! The answers of the mock of AWS: one account that has credits and sessions, and nothing else. The mock
//! accepts every write and stores none, so each call finds the same state.

use serde_json::{Map, Value, json};

/// The caller's account.
#[derive(Debug, Clone)]
pub struct MockAccount {
    /// The id, which is the partition with the balance.
    pub id: String,
    /// The secrets, by the last part of their names.
    pub secrets: Vec<(&'static str, String)>,
}

/// An answer of AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MockAnswer {
    /// The status line without the version.
    pub status: &'static str,
    /// The content type.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl MockAccount {
    /// The answer to a request. `target` is the header `x-amz-target`, which names the
    /// operation in the JSON protocols of DynamoDB, SQS and SSM.
    #[must_use]
    pub fn answer(&self, target: Option<&str>, path: &str, body: &[u8]) -> MockAnswer {
        if path.ends_with("/sping") {
            return MockAnswer { status: "200 OK", content_type: "text/plain", body: b"healthy".to_vec() };
        }
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let operation = target.and_then(|target| target.rsplit('.').next()).unwrap_or_default();
        let answer = match operation {
            "GetItem" => self.item(&asked["Key"]).map_or_else(|| json!({}), |item| json!({"Item": item})),
            "BatchGetItem" => json!({"Responses": self.batch(&asked["RequestItems"]), "UnprocessedKeys": {}}),
            "Query" => json!({"Items": self.partition(), "Count": 4, "ScannedCount": 4}),
            "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems" => json!({}),
            "SendMessage" => {
                json!({"MessageId": "5fea7756-0ea4-451a-a703-a558b933e274", "MD5OfMessageBody": "fafb00f5732ab283681e124bf8747ed1"})
            }
            "GetParameters" => self.parameters(&asked["Names"]),
            _ => {
                let body = json!({"__type": "UnknownOperationException", "message": format!("no answer to {operation} {path}")});
                return json_answer("400 Bad Request", &body);
            }
        };
        json_answer("200 OK", &answer)
    }

    fn item(&self, key: &Value) -> Option<Value> {
        let named = |name: &str| key[name]["S"].as_str().unwrap_or_default();
        let (partition, sort) = (named("pk"), named("sk"));
        match sort.strip_prefix("session#") {
            _ if partition != self.id => None,
            Some(id) => Some(session(&self.id, id)),
            None => (sort == "balance").then(|| balance(&self.id)),
        }
    }

    fn batch(&self, tables: &Value) -> Value {
        let tables = tables.as_object().into_iter().flatten();
        let found = tables.map(|(table, asked)| {
            let keys = asked["Keys"].as_array().into_iter().flatten();
            (table.clone(), keys.filter_map(|key| self.item(key)).collect())
        });
        Value::Object(found.collect::<Map<_, _>>())
    }

    /// The balance and three entries, newest first.
    fn partition(&self) -> Vec<Value> {
        let entries = (1..=3).rev().map(|version| entry(&self.id, version));
        std::iter::once(balance(&self.id)).chain(entries).collect()
    }

    fn parameters(&self, names: &Value) -> Value {
        let names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
        let found = names.filter_map(|name| {
            let (_, value) = self.secrets.iter().find(|(known, _)| name.rsplit('/').next() == Some(known))?;
            Some(json!({"Name": name, "Type": "SecureString", "Value": value, "Version": 1}))
        });
        json!({"Parameters": found.collect::<Vec<_>>(), "InvalidParameters": []})
    }
}

fn json_answer(status: &'static str, body: &Value) -> MockAnswer {
    MockAnswer { status, content_type: "application/x-amz-json-1.0", body: body.to_string().into_bytes() }
}

/// A balance of two lots and one hold, as `credits` stores it.
fn balance(account: &str) -> Value {
    let lot = |id: &str, source: &str, remaining: &str| {
        json!({"M": {
            "id": {"S": id}, "source": {"S": source}, "remaining": {"N": remaining},
            "priority": {"N": "10"}, "effective_at": {"N": "1700000000000"},
        }})
    };
    json!({
        "pk": {"S": account}, "sk": {"S": "balance"},
        "status": {"S": "active"}, "version": {"N": "3"}, "valid_from": {"N": "1700000000000"},
        "parallel_limit": {"N": "3"}, "debt": {"N": "0"},
        "lots": {"L": [lot("welcome", "welcome", "12"), lot("payment#stripe#pi_1", "pack", "480")]},
        "holds": {"L": [{"M": {
            "generation": {"S": "01929e6b-6c02-7000-8000-0123456789ab"}, "expires_at": {"N": "4000000000000"},
            "parts": {"L": [lot("welcome", "welcome", "4")]},
        }}]},
        "usage": {"M": {"2026-11": {"M": {"flux-schnell": {"M": {"generations": {"N": "2"}, "credits": {"N": "8"}}}}}}},
    })
}

/// A session that is alive, as `accounts` stores it. Its times are far in the future.
fn session(account: &str, id: &str) -> Value {
    json!({
        "pk": {"S": account}, "sk": {"S": format!("session#{id}")},
        "session": {"S": id}, "device": {"S": "Firefox on Linux"}, "current_hash": {"S": "hash"},
        "created_at": {"N": "4000000000000"}, "rotated_at": {"N": "4000000000000"}, "expires_at": {"N": "4000000000"},
    })
}

fn entry(account: &str, version: u64) -> Value {
    json!({
        "pk": {"S": account}, "sk": {"S": format!("entry#{:020}", u64::MAX - version)},
        "version": {"N": version.to_string()}, "at": {"N": "1700000000000"}, "kind": {"S": "hold"},
        "moves": {"L": [{"M": {
            "lot": {"S": "welcome"}, "amount": {"N": "4"}, "from": {"S": "free"}, "to": {"S": "held"},
        }}]},
        "generation": {"S": "01929e6b-6c02-7000-8000-0123456789ab"}, "deadline": {"N": "4000000000000"},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(operation: &str, body: &Value) -> Value {
        let account = MockAccount { id: "a".into(), secrets: vec![("order-mac-key", "AAAA".into())] };
        let answer = account.answer(Some(&format!("Service.{operation}")), "/", body.to_string().as_bytes());
        assert_eq!(answer.status, "200 OK", "{operation}");
        serde_json::from_slice(&answer.body).unwrap()
    }

    #[test]
    fn only_the_account_has_a_balance_and_sessions() {
        let key = |pk: &str, sk: &str| json!({"pk": {"S": pk}, "sk": {"S": sk}});
        assert_eq!(ask("GetItem", &json!({"Key": key("a", "balance")}))["Item"]["pk"]["S"], "a");
        assert_eq!(ask("GetItem", &json!({"Key": key("a", "session#1")}))["Item"]["session"]["S"], "1");
        for (pk, sk) in [("b", "balance"), ("b", "session#1"), ("a", "request#1")] {
            assert_eq!(ask("GetItem", &json!({"Key": key(pk, sk)})), json!({}));
        }
        let asked = json!({"RequestItems": {
            "Credits": {"Keys": [key("a", "balance"), key("a", "payment#1")]},
            "Generations": {"Keys": [key("a", "request#1")]},
        }});
        let found = ask("BatchGetItem", &asked);
        assert_eq!(found["Responses"]["Credits"].as_array().unwrap().len(), 1);
        assert_eq!(found["Responses"]["Generations"], json!([]));
    }

    #[test]
    fn a_statement_begins_with_the_balance_and_has_the_newest_entry_first() {
        let items = ask("Query", &json!({}))["Items"].clone();
        let sort: Vec<&str> = items.as_array().unwrap().iter().map(|item| item["sk"]["S"].as_str().unwrap()).collect();
        assert!(sort.is_sorted() && sort[0] == "balance", "{sort:?}");
    }

    #[test]
    fn secrets_are_found_by_name_and_an_unknown_operation_is_refused() {
        let found = ask("GetParameters", &json!({"Names": ["/cinemaxsai/measure/order-mac-key", "/x/unknown"]}));
        assert_eq!(found["Parameters"].as_array().unwrap().len(), 1);
        assert_eq!(found["Parameters"][0]["Value"], "AAAA");
        let account = MockAccount { id: "a".into(), secrets: Vec::new() };
        assert_eq!(account.answer(Some("DynamoDB_20120810.Scan"), "/", b"{}").status, "400 Bad Request");
        assert_eq!(account.answer(None, "/sping", b"").body, b"healthy");
    }
}
