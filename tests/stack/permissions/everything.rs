//! No permission applies to all resources, except those listed here with their reasons.

use super::{
    roles::{self, Permission, Role},
    root::{query, texts},
};
use crate::stack::together;
use aws::{ClientConfig, Clients, Credentials};
use local::LocalPlatform;
use std::collections::BTreeSet;

/// The policies on every resource, which SAM attaches by itself.
const ON_EVERYTHING: [(&str, &[&str], &str); 2] = [
    (
        "AWSLambdaBasicExecutionRole",
        &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        "every function writes its own lines; whose group it is can be written and not read",
    ),
    (
        "AWSLambdaSQSQueueExecutionRole",
        &[
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ],
        "Lambda receives for a queue's worker; a Deny in the template leaves it its own queue",
    ),
];

#[test]
fn every_role_allows_only_what_it_names() {
    together(async |stack| {
        let platform = &stack.platform;
        let mut findings = Vec::new();
        let roles = platform.resources().iter().filter(|(_, resource)| resource.kind == "AWS::IAM::Role");
        for (name, _) in roles {
            let role = Role::read(platform, name).await;
            let wide = role.permissions().into_iter().filter(is_wide);
            findings.extend(wide.map(|permission| format!("{name} allows {permission:?}: name both in full")));
            for (arn, document) in &role.managed {
                let allowed: Vec<_> = roles::statements(document).flat_map(roles::permissions).collect();
                findings.extend(attached(arn, &allowed).into_iter().map(|finding| format!("{name}: {finding}")));
            }
        }
        assert!(findings.is_empty(), "{} to put right:\n- {}", findings.len(), findings.join("\n- "));
    });
}

/// A wildcard action, or the resource `*`.
fn is_wide(permission: &Permission) -> bool {
    permission.action.contains(['*', '?']) || permission.resource == "*"
}

/// The finding about an attached policy, if there is one.
fn attached(arn: &str, allowed: &[Permission]) -> Vec<String> {
    let known = ON_EVERYTHING.iter().find(|(name, ..)| arn.ends_with(&format!("/{name}")));
    let Some((name, actions, _)) = known else { return vec![format!("{arn} is attached, and no reason is given")] };
    let stray = allowed.iter().filter(|permission| !actions.contains(&permission.action.as_str()));
    stray.map(|permission| format!("{name} allows {permission:?} as well: give a reason")).collect()
}

/// Checks the reason in [`ON_EVERYTHING`] about queues, with a worker's own credentials.
#[test]
fn a_worker_receives_from_its_own_queue_alone() {
    together(async |stack| {
        let of_type = |kind| stack.platform.resources().iter().filter(move |(_, resource)| resource.kind == kind);
        let mut open = BTreeSet::new();
        for (role, _) in of_type("AWS::IAM::Role") {
            let sqs = assumed(&stack.platform, role).await.sqs();
            for (queue, resource) in of_type("AWS::SQS::Queue") {
                // A role that may read the attributes may also receive. The test does not receive, because
                // that would take messages from the tests that run at the same time.
                if sqs.get_queue_attributes().queue_url(&resource.id).send().await.is_ok() {
                    open.insert((role.as_str(), queue.as_str()));
                }
            }
        }
        let expected = [
            ("CollectMediaRole", "MediaQueue"),
            ("CopyPictureRole", "PictureQueue"),
            ("MakeThumbnailsRole", "ThumbnailQueue"),
            ("PurgeAccountRole", "PurgeQueue"),
            ("RunGenerationRole", "GenerationQueue"),
        ];
        assert_eq!(open, expected.into());
    });
}

/// A list of versions is refused without a prefix, and below a prefix that the function does not need.
#[test]
fn a_role_lists_only_below_the_prefixes_of_its_function() {
    together(async |stack| {
        let bucket = &stack.platform.resource("Media").expect("the bucket is deployed").id;
        let roles = stack.platform.resources().iter().filter(|(_, resource)| resource.kind == "AWS::IAM::Role");
        let mut open = BTreeSet::new();
        for (role, _) in roles {
            let s3 = assumed(&stack.platform, role).await.s3();
            let below = ["", "generations", "generations/a/", "pictures/a/", "uploads/a/", "other/"];
            for prefix in below.map(Some).into_iter().chain([None]) {
                let list = s3.list_object_versions().bucket(bucket).set_prefix(prefix.map(str::to_owned));
                if list.send().await.is_ok() {
                    open.insert((role.as_str(), prefix));
                }
            }
        }
        let expected = [
            ("CopyPictureRole", Some("pictures/a/")),
            ("DeleteGenerationRole", Some("generations/a/")),
            ("GenerateRole", Some("uploads/a/")),
            ("MakeThumbnailsRole", Some("generations/a/")),
            ("PurgeAccountRole", Some("generations/a/")),
            ("PurgeAccountRole", Some("pictures/a/")),
            ("PurgeAccountRole", Some("uploads/a/")),
            ("SweepGenerationsRole", Some("generations/a/")),
            ("UploadRole", Some("uploads/a/")),
        ];
        assert_eq!(open, expected.into());
    });
}

/// Clients with the credentials of this role.
async fn assumed(platform: &LocalPlatform, logical_id: &str) -> Clients {
    let name = &platform.resource(logical_id).expect("the role is deployed").id;
    let arn = format!("arn:aws:iam::000000000000:role/{name}");
    let asked = [("Action", "AssumeRole"), ("Version", "2011-06-15"), ("RoleArn", &arn), ("RoleSessionName", "test")];
    let answer = query(platform, "sts", &asked).await;
    let text = |name: &str| texts(&answer, name).first().copied().unwrap_or_else(|| panic!("no {name}"));
    let (key, secret, token) = (text("AccessKeyId"), text("SecretAccessKey"), text("SessionToken").to_owned());
    let settings = ClientConfig {
        region: "eu-central-1".to_owned(),
        credentials: Credentials::from_keys(key, secret, Some(token)),
        endpoint: Some(platform.cloud().to_owned()),
        retries: false,
    };
    Clients::new(settings, aws::https_client().expect("the client can be built"))
}
