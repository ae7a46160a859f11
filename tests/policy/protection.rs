//! Least privilege and encryption in the template.

use crate::{
    assert_found, assert_none,
    template::{API, BUCKET, BUCKET_POLICY, FUNCTION, QUEUE, Resource, TABLE, Template, target},
    yaml::Node,
};

/// The fields of the access log. They contain no personal data.
const LOGGED: [&str; 4] = ["$context.requestId", "$context.routeKey", "$context.status", "$context.responseLatency"];

/// The actions that SAM allows a queue's worker on every queue.
const RECEIVING: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

/// The one action that lists keys. S3 checks its prefix.
const LIST_VERSIONS: &str = "s3:ListBucketVersions";
/// S3 has no condition key for the prefix of this list, by its service authorization reference. A condition
/// on `s3:prefix` would never hold, and every call would be refused.
const LIST_UPLOADS: &str = "s3:ListBucketMultipartUploads";

/// Policies are `Allow` statements that name each action and each resource in full. A queue's
/// worker has one `Deny` beside them.
fn policies(template: &Template) -> Vec<String> {
    let mut findings = Vec::new();
    for function in template.all(FUNCTION) {
        let name = function.name;
        let managed = function.get(&["Policies"]).map_or(&[][..], Node::items).iter();
        if managed.filter(|policy| policy.keys().collect::<Vec<_>>() != ["Statement"]).count() > 0 {
            findings.push(format!("{name}: write the statements out instead of using a managed policy or a template"));
        }
        if function.get(&["Role"]).is_some() {
            findings.push(format!("{name}: let its role be made from its policies"));
        }
        let denies = |statement: &&Node| statement.at(&["Effect"]).and_then(Node::text) == Some("Deny");
        let (denied, allowed): (Vec<_>, Vec<_>) = function.statements().partition(denies);
        for statement in allowed {
            findings.extend(statement_findings(template, statement).into_iter().map(|what| format!("{name}: {what}")));
        }
        let queue = function.trigger().filter(|(kind, _)| *kind == "SQS");
        let queue = queue.and_then(|(_, event)| target(event?.at(&["Queue"])?));
        let expected = match (&denied[..], queue) {
            ([], None) => true,
            ([denied], Some(queue)) => leaves_only(denied, queue),
            _ => false,
        };
        if !expected {
            findings.push(format!("{name}: deny {RECEIVING:?} with NotResource to a worker of {queue:?}, and no more"));
        }
    }
    findings
}

/// Whether a statement denies every queue except this one.
fn leaves_only(denied: &Node, queue: &str) -> bool {
    denied.keys().collect::<Vec<_>>() == ["Effect", "Action", "NotResource"]
        && denied.at(&["Action"]).map_or_else(Vec::new, Node::texts) == RECEIVING
        && denied.at(&["NotResource"]).and_then(|it| it.behind("!GetAtt")) == Some(&format!("{queue}.Arn"))
}

/// Whether a statement allows to list versions, and nothing else, below named prefixes of the bucket.
fn lists_below_prefixes(statement: &Node) -> bool {
    let below = |prefix: &&str| {
        let beginning = prefix.strip_suffix("/*").unwrap_or_default();
        !beginning.is_empty() && beginning.chars().all(|c| c.is_ascii_lowercase())
    };
    let condition = statement.at(&["Condition"]);
    let prefixes = condition.and_then(|it| it.at(&["StringLike", "s3:prefix"])).map_or_else(Vec::new, Node::texts);
    let texts = condition.map_or_else(Vec::new, Node::texts);
    statement.keys().collect::<Vec<_>>() == ["Effect", "Action", "Resource", "Condition"]
        && statement.at(&["Action"]).map_or_else(Vec::new, Node::texts) == [LIST_VERSIONS]
        && !prefixes.is_empty()
        && prefixes == texts
        && prefixes.iter().all(below)
}

fn statement_findings(template: &Template, statement: &Node) -> Vec<String> {
    let mut findings = Vec::new();
    let actions = statement.at(&["Action"]).map_or_else(Vec::new, Node::texts);
    let keys: Vec<_> = statement.keys().collect();
    if actions.iter().any(|action| action.starts_with("s3:List") && *action != LIST_UPLOADS) {
        if !lists_below_prefixes(statement) {
            findings.push(format!("{LIST_VERSIONS} stands alone, with a condition on s3:prefix such as generations/*"));
        }
    } else if keys != ["Effect", "Action", "Resource"] {
        findings.push("a statement has an effect, actions and resources, and nothing else".to_owned());
    }
    if statement.at(&["Effect"]).and_then(Node::text) != Some("Allow") {
        findings.push("a function's policy allows".to_owned());
    }
    for action in statement.at(&["Action"]).map_or(&[][..], Node::items) {
        if !action.text().is_some_and(|action| action.contains(':') && !action.contains(['*', '?'])) {
            findings.push(format!("name each action in full instead of {action:?}"));
        }
    }
    for resource in statement.at(&["Resource"]).map_or(&[][..], Node::items) {
        let written = resource.behind("!GetAtt").or_else(|| resource.behind("!Sub"));
        // The resource of an object is its key, so a policy names a prefix of the bucket.
        let objects = written.and_then(|written| written.strip_suffix("/*"));
        let is_bucket = target(resource).is_some_and(|name| template.find(BUCKET, name).is_some());
        let exact = match (written, objects) {
            (Some(_), Some(objects)) => is_bucket && !objects.contains(['*', '?']) && objects.contains("}/"),
            (Some(written), None) => !written.contains(['*', '?']),
            (None, _) => false,
        };
        if !exact {
            findings.push(format!("name the resource exactly instead of {resource:?}"));
        }
    }
    findings
}

/// Data is encrypted at rest, kept when a stack is deleted, and closed to the public.
fn at_rest(template: &Template) -> Vec<String> {
    let mut findings = Vec::new();
    let mut demand = |name: &str, holds: bool, what: &str| {
        if !holds {
            findings.push(format!("{name}: {what}"));
        }
    };
    let is_true = |resource: Resource<'_>, keys: &[&str]| resource.get(keys).is_some_and(Node::is_true);
    for resource in template.all(TABLE).chain(template.all(BUCKET)) {
        for attribute in ["DeletionPolicy", "UpdateReplacePolicy"] {
            let kept = resource.attribute(attribute).and_then(Node::text) == Some("Retain");
            demand(
                resource.name,
                kept,
                &format!("set {attribute}: Retain, so that deleting a stack deletes no data of people"),
            );
        }
    }
    for table in template.all(TABLE) {
        demand(table.name, is_true(table, &["SSESpecification", "SSEEnabled"]), "set SSEEnabled");
        let protected = table.get(&["DeletionProtectionEnabled"]);
        let protected = protected.is_some_and(|it| {
            it.is_true() || matches!(it.items(), [on, yes, _] if on.text() == Some("OnAws") && yes.is_true())
        });
        demand(table.name, protected, "set DeletionProtectionEnabled: !If [OnAws, true, false]");
    }
    for queue in template.all(QUEUE) {
        demand(queue.name, is_true(queue, &["SqsManagedSseEnabled"]), "set SqsManagedSseEnabled");
    }
    for bucket in template.all(BUCKET) {
        let encryption = bucket.get(&["BucketEncryption", "ServerSideEncryptionConfiguration"]);
        let algorithms = encryption.map_or_else(Vec::new, Node::texts);
        demand(bucket.name, matches!(algorithms[..], ["AES256" | "aws:kms"]), "set ServerSideEncryptionByDefault");
        for closed in ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"] {
            demand(bucket.name, is_true(bucket, &["PublicAccessBlockConfiguration", closed]), &format!("set {closed}"));
        }
    }
    findings
}

/// Every request uses TLS, and the access log has no personal data.
fn in_transit(template: &Template) -> Vec<String> {
    let mut findings = Vec::new();
    for bucket in template.all(BUCKET) {
        let refuses = template.all(BUCKET_POLICY).any(|policy| {
            let is_ours = policy.get(&["Bucket"]).and_then(target) == Some(bucket.name);
            let on_aws = policy.attribute("Condition").is_none_or(|condition| condition.text() == Some("OnAws"));
            let statements = policy.get(&["PolicyDocument", "Statement"]).map_or(&[][..], Node::items);
            is_ours && on_aws && statements.iter().any(|statement| refuses_plain_http(statement, bucket.name))
        });
        if !refuses {
            findings.push(format!("{}: deny every request without aws:SecureTransport", bucket.name));
        }
    }
    for policy in template.all(BUCKET_POLICY) {
        let statements = policy.get(&["PolicyDocument", "Statement"]).map_or(&[][..], Node::items);
        if statements.iter().any(|statement| statement.at(&["Effect"]).and_then(Node::text) != Some("Deny")) {
            findings.push(format!("{}: a bucket's policy only denies; roles allow", policy.name));
        }
    }
    for api in template.all(API) {
        let format = api.get(&["AccessLogSettings", "Format"]).and_then(Node::text).unwrap_or_default();
        let variables = format.split('"').filter(|part| part.contains('$'));
        let stray: Vec<_> = variables.filter(|variable| !LOGGED.contains(variable)).collect();
        if format.is_empty() || !stray.is_empty() {
            findings.push(format!("{}: the access log may hold {LOGGED:?} and not {stray:?}", api.name));
        }
    }
    for (name, parameter) in template.parameters() {
        let default = parameter.at(&["Default"]).and_then(Node::text).unwrap_or_default();
        if default.starts_with("http:") {
            findings.push(format!("{name}: its default must be https"));
        }
    }
    findings
}

fn refuses_plain_http(statement: &Node, bucket: &str) -> bool {
    let is = |key: &str, value: &str| statement.at(&[key]).and_then(Node::text) == Some(value);
    let condition = statement.at(&["Condition", "Bool", "aws:SecureTransport"]).and_then(Node::text);
    let resources = statement.at(&["Resource"]).map_or_else(Vec::new, Node::texts);
    let whole = [format!("{bucket}.Arn"), format!("${{{bucket}.Arn}}/*")];
    is("Effect", "Deny")
        && is("Principal", "*")
        && is("Action", "s3:*")
        && condition == Some("false")
        && resources == whole
}

#[test]
fn a_policy_names_each_action_and_each_resource() {
    assert_none(policies(&Template::read()));
}

#[test]
fn data_at_rest_is_encrypted_closed_and_kept() {
    assert_none(at_rest(&Template::read()));
}

#[test]
fn data_in_transit_is_encrypted_and_the_access_log_names_nobody() {
    assert_none(in_transit(&Template::read()));
}

/// The condition of the first list.
const LIST_PREFIX: &str = ", Condition: {StringLike: {s3:prefix: [\"generations/*\"]}}";

#[test]
fn a_policy_that_is_too_wide_is_found() {
    let cases = [
        ("Action: [dynamodb:BatchGetItem]", "Action: [dynamodb:*]", "name each action in full"),
        ("Action: [dynamodb:BatchGetItem]", "Action: \"*\"", "name each action in full"),
        ("Resource: !GetAtt Accounts.Arn", "Resource: \"*\"", "name the resource exactly"),
        ("Resource: !GetAtt Accounts.Arn", "Resource: !Sub \"${Accounts.Arn}/*\"", "name the resource exactly"),
        ("${Media.Arn}/generations/*", "${Media.Arn}/*", "name the resource exactly"),
        ("${Stage}/replicate-api-token", "${Stage}/*", "name the resource exactly"),
        (
            "        - Statement:",
            "        - AmazonDynamoDBFullAccess\n        - Statement:",
            "write the statements out",
        ),
        (
            "        - Statement:",
            "        - DynamoDBCrudPolicy: {TableName: !Ref Accounts}\n        - Statement:",
            "write",
        ),
        ("- {Effect: Allow, ", "- {Effect: Allow, NotAction: [s3:GetObject], ", "nothing else"),
        ("NotResource: !GetAtt MediaQueue.Arn", "NotResource: !GetAtt PurgeQueue.Arn", "CollectMedia: deny"),
        ("Action: [sqs:ReceiveMessage, ", "Action: [", "CopyPicture: deny"),
        ("- {Effect: Allow, ", "- {Effect: Deny, ", "Contact: deny"),
        (LIST_PREFIX, "", "stands alone, with a condition"),
        ("s3:prefix: [\"generations/*\"]", "s3:prefix: [\"*\"]", "stands alone, with a condition"),
        ("s3:prefix: [\"generations/*\"]", "s3:prefix: [\"generations*\"]", "stands alone, with a condition"),
        ("StringLike: {s3:prefix", "StringLikeIfExists: {s3:prefix", "stands alone, with a condition"),
        ("[s3:ListBucketVersions]", "[s3:ListBucket]", "stands alone, with a condition"),
        ("[s3:ListBucketVersions]", "[s3:ListBucketVersions, s3:ListBucketMultipartUploads]", "stands alone"),
        (
            "[s3:ListBucketMultipartUploads], Resource: !GetAtt Media.Arn}",
            "[s3:ListBucketMultipartUploads], Resource: !GetAtt Media.Arn, Condition: {StringLike: {s3:prefix: [\"generations/*\"]}}}",
            "nothing else",
        ),
    ];
    for (from, to, found) in cases {
        assert_found(&policies(&Template::with(from, to)), found);
    }
}

#[test]
fn missing_protection_is_found() {
    let at_rest_cases = [
        ("SSESpecification: {SSEEnabled: true}", "SSESpecification: {SSEEnabled: false}", "Accounts: set SSEEnabled"),
        ("SqsManagedSseEnabled: true", "SqsManagedSseEnabled: false", "GenerationQueue: set Sqs"),
        ("SSEAlgorithm: AES256", "KMSMasterKeyID: x", "Media: set ServerSide"),
        ("BlockPublicPolicy: true", "BlockPublicPolicy: false", "Media: set BlockPublicPolicy"),
        ("    DeletionPolicy: Retain\n", "", "Accounts: set DeletionPolicy"),
        ("UpdateReplacePolicy: Retain", "UpdateReplacePolicy: Delete", "Accounts: set UpdateReplacePolicy"),
        ("!If [OnAws, true, false]", "!If [OnAws, false, true]", "Accounts: set DeletionProtectionEnabled"),
    ];
    for (from, to, found) in at_rest_cases {
        assert_found(&at_rest(&Template::with(from, to)), found);
    }
    let in_transit_cases = [
        ("aws:SecureTransport: \"false\"", "aws:SecureTransport: \"true\"", "Media: deny every request"),
        ("Resource: [!GetAtt Media.Arn, !Sub \"${Media.Arn}/*\"]", "Resource: [!GetAtt Media.Arn]", "Media: deny"),
        (
            "    Condition: OnAws\n    Properties:\n      Bucket",
            "    Condition: Never\n    Properties:\n      Bucket",
            "Media: deny",
        ),
        ("            Effect: Deny", "            Effect: Allow", "only denies"),
        ("$context.status", "$context.identity.sourceIp", "the access log may hold"),
        ("$context.routeKey", "$context.path", "the access log may hold"),
        ("Default: https://cinemaxsai.com", "Default: http://cinemaxsai.com", "PublicOrigin: its default"),
        ("Default: https://api.replicate.com", "Default: http://api.replicate.com", "ReplicateApi: its default"),
    ];
    for (from, to, found) in in_transit_cases {
        assert_found(&in_transit(&Template::with(from, to)), found);
    }
}
