//! The deployed roles, read through the IAM API.

use super::root::{query, texts};
use local::LocalPlatform;
use serde_json::{Value, json};

/// The version of the IAM API in every request.
const VERSION: (&str, &str) = ("Version", "2010-05-08");

/// The condition key of a list's prefix.
const PREFIX: &str = "s3:prefix";

/// One action on one resource that a role allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Such as `dynamodb:GetItem`.
    pub action: String,
    /// An ARN, or `*`. Those of objects end with `/*`.
    pub resource: String,
    /// The prefix of a list, such as `generations/*`, if it has a condition on one.
    pub prefix: Option<String>,
}

impl Permission {
    /// Whether it covers this resource.
    pub fn covers(&self, resource: &str) -> bool {
        self.resource == resource
            || self.resource.strip_suffix('*').is_some_and(|beginning| resource.starts_with(beginning))
    }

    /// The statement that allows it alone.
    fn statement(&self) -> Value {
        let mut statement = json!({ "Effect": "Allow", "Action": self.action, "Resource": self.resource });
        if let Some(prefix) = &self.prefix {
            statement["Condition"] = json!({ "StringLike": { PREFIX: prefix } });
        }
        statement
    }
}

/// A role with its policies as they were deployed.
#[derive(Debug)]
pub struct Role {
    /// Its physical name.
    pub name: String,
    /// Names and documents of its own policies.
    inline: Vec<(String, Value)>,
    /// ARNs and documents of its attached policies.
    pub managed: Vec<(String, Value)>,
}

impl Role {
    /// The role of this logical id.
    pub async fn read(platform: &LocalPlatform, logical_id: &str) -> Self {
        let resource = platform.resource(logical_id).unwrap_or_else(|| panic!("{logical_id} was not deployed"));
        let name = resource.id.clone();
        let role = ("RoleName", name.as_str());
        let (mut inline, mut managed) = (Vec::new(), Vec::new());
        let listed = query(platform, "iam", &[("Action", "ListRolePolicies"), VERSION, role]).await;
        for policy in texts(&listed, "member") {
            let asked = [("Action", "GetRolePolicy"), VERSION, role, ("PolicyName", policy)];
            inline.push((policy.to_owned(), document(&query(platform, "iam", &asked).await, "PolicyDocument")));
        }
        let attached = query(platform, "iam", &[("Action", "ListAttachedRolePolicies"), VERSION, role]).await;
        for arn in texts(&attached, "PolicyArn") {
            let policy = query(platform, "iam", &[("Action", "GetPolicy"), VERSION, ("PolicyArn", arn)]).await;
            let version = ("VersionId", texts(&policy, "DefaultVersionId")[0]);
            let asked = [("Action", "GetPolicyVersion"), VERSION, ("PolicyArn", arn), version];
            managed.push((arn.to_owned(), document(&query(platform, "iam", &asked).await, "Document")));
        }
        Self { name, inline, managed }
    }

    /// Every statement of its own policies.
    pub fn statements(&self) -> impl Iterator<Item = &Value> {
        self.inline.iter().flat_map(|(_, document)| statements(document))
    }

    /// The single permissions of its own policies.
    pub fn permissions(&self) -> Vec<Permission> {
        self.statements().flat_map(permissions).collect()
    }

    /// Rewrites the deployed role so that it lacks one permission.
    pub async fn without(&self, platform: &LocalPlatform, missing: &Permission) {
        for (policy, document) in &self.inline {
            let allowed = statements(document).flat_map(permissions).filter(|permission| permission != missing);
            let allowed = allowed.map(|permission| permission.statement());
            let denied = statements(document).filter(|statement| statement["Effect"] == "Deny").cloned();
            let rest: Vec<Value> = allowed.chain(denied).collect();
            self.write(platform, policy, &json!({ "Version": "2012-10-17", "Statement": rest })).await;
        }
    }

    /// Restores the deployed policies.
    pub async fn restore(&self, platform: &LocalPlatform) {
        for (policy, document) in &self.inline {
            self.write(platform, policy, document).await;
        }
    }

    /// Writes a policy, or deletes it when it has no statements, because IAM accepts no empty policy.
    async fn write(&self, platform: &LocalPlatform, policy: &str, document: &Value) {
        let (text, is_empty) = (document.to_string(), statements(document).next().is_none());
        let named = [VERSION, ("RoleName", &self.name), ("PolicyName", policy)];
        let asked = match is_empty {
            true => vec![("Action", "DeleteRolePolicy")],
            false => vec![("Action", "PutRolePolicy"), ("PolicyDocument", &text)],
        };
        query(platform, "iam", &[&asked[..], &named].concat()).await;
    }
}

/// The document of a policy, which IAM returns URL-encoded.
fn document(xml: &str, name: &str) -> Value {
    let encoded = texts(xml, name)[0].replace('+', "%2B");
    let pair = format!("document={encoded}");
    let (_, text) = url::form_urlencoded::parse(pair.as_bytes()).next().expect("there is one pair");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text} is no policy: {error}"))
}

/// The statements of a document. A document with a single statement may have no list.
pub fn statements(document: &Value) -> impl Iterator<Item = &Value> {
    many(&document["Statement"])
}

/// The single permissions of a statement. A list below two prefixes is two permissions.
pub fn permissions(statement: &Value) -> Vec<Permission> {
    if statement["Effect"] != "Allow" {
        return Vec::new();
    }
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{value} should be a text")).to_owned();
    let prefixes = prefixes(&statement["Condition"]);
    let pairs = many(&statement["Action"])
        .flat_map(|action| many(&statement["Resource"]).map(move |resource| (text(action), text(resource))));
    let permissions = pairs.flat_map(|(action, resource)| {
        let one = move |prefix| Permission { action: action.clone(), resource: resource.clone(), prefix };
        prefixes.iter().cloned().map(one)
    });
    permissions.collect()
}

/// The prefixes of a condition, or `None` once where a statement has no condition.
fn prefixes(condition: &Value) -> Vec<Option<String>> {
    if condition.is_null() {
        return vec![None];
    }
    let named = &condition["StringLike"][PREFIX];
    let is_known = condition.as_object().is_some_and(|it| it.len() == 1) && !named.is_null();
    assert!(is_known, "{condition} is no condition on a prefix alone: teach this test what it allows");
    many(named).map(|prefix| Some(prefix.as_str().expect("a prefix is a text").to_owned())).collect()
}

/// The values of a list. A policy with a single value may have no list.
pub fn many(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(all) => all.as_slice(),
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
    .iter()
}

#[test]
fn a_statement_is_as_many_permissions_as_it_has_pairs() {
    let permission =
        |action: &str, resource: &str| Permission { action: action.into(), resource: resource.into(), prefix: None };
    let one = json!({ "Effect": "Allow", "Action": "a:A", "Resource": "r" });
    assert_eq!(permissions(&one), [permission("a:A", "r")]);
    let four = json!({ "Effect": "Allow", "Action": ["a:A", "a:B"], "Resource": ["r", "s"] });
    let pairs = [("a:A", "r"), ("a:A", "s"), ("a:B", "r"), ("a:B", "s")];
    assert_eq!(permissions(&four), pairs.map(|(action, resource)| permission(action, resource)));
    let denied = json!({ "Effect": "Deny", "Action": "a:A", "NotResource": "r" });
    assert_eq!(permissions(&denied), []);
    let below = json!({ "StringLike": { "s3:prefix": ["p/*", "q/*"] } });
    let two = permissions(&json!({ "Effect": "Allow", "Action": "a:A", "Resource": "r", "Condition": below }));
    let prefixed = |prefix: &str| Permission { prefix: Some(prefix.into()), ..permission("a:A", "r") };
    assert_eq!(two, [prefixed("p/*"), prefixed("q/*")]);
    assert_eq!(two.iter().flat_map(|one| permissions(&one.statement())).collect::<Vec<_>>(), two);
}

#[test]
fn a_permission_covers_its_resource_and_objects_below_its_prefix() {
    for (allowed, resource, covered) in [
        ("table/a", "table/a", true),
        ("table/a", "table/a/index/b", false),
        ("b/g/*", "b/g/1", true),
        ("b/g/*", "b/x", false),
    ] {
        let permission = Permission { action: "a:A".to_owned(), resource: allowed.to_owned(), prefix: None };
        assert_eq!(permission.covers(resource), covered, "{allowed} and {resource}");
    }
}
