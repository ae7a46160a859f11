//! The sizes that CloudFormation and Lambda limit, and the one that we limit ourselves.

use crate::{
    assert_found, assert_none,
    template::{API, BUCKET, FUNCTION, QUEUE, Resource, TABLE, Template},
    tree,
    yaml::Node,
};
use std::collections::BTreeSet;

/// The most lines of a function's resource, so that a reader sees its permissions at once.
const FUNCTION_LINES: usize = 30;

/// The most resources of a stack are 500, by the quotas of CloudFormation. The rest is room
/// for the change that splits the stack.
const RESOURCES: usize = 450;

/// The most bytes of a function's environment, names and values together, by the quotas of
/// Lambda.
const ENVIRONMENT_BYTES: usize = 4 * 1_024;

/// Bytes around a name and its value, where Lambda counts the environment as JSON.
const ENTRY_BYTES: usize = r#""":"","#.len();

/// A generous name of a stack. CloudFormation puts it before the names that it makes.
const STACK: usize = 32;
/// The random end of a name that CloudFormation makes, with its hyphens.
const SUFFIX: usize = 15;
/// The address of a queue without its name, in a region with a long name.
const QUEUE_URL: usize = "https://sqs.ap-southeast-2.amazonaws.com/123456789012/".len();
/// The domain of a bucket after its name, in a region with a long name.
const BUCKET_DOMAIN: usize = ".s3.ap-southeast-2.amazonaws.com".len();
/// The longest value of most parameters. A longer default counts twice.
const PARAMETER: usize = 64;
/// Parameters of another length: three keys of 43 characters, names of models, names of all AI providers, ids at Apple,
/// which have ten characters, and an address in one line.
const OTHER_PARAMETERS: [(&str, usize); 6] = [
    ("SessionPublicKeys", 3 * 44),
    ("Paused", 256),
    ("AllowTrainingVendors", 24),
    ("AppleTeamId", 10),
    ("AppleKeyId", 10),
    ("OperatorAddress", 128),
];

/// The properties of a function from which SAM makes no resource but the function, its role
/// and the resources of its events.
const PLAIN: [&str; 8] = [
    "CodeUri",
    "MemorySize",
    "Timeout",
    "ReservedConcurrentExecutions",
    "LoggingConfig",
    "Environment",
    "Policies",
    "Events",
];

fn long_functions(template: &Template) -> Vec<String> {
    let functions = template.all(FUNCTION).map(|function| (function.name, template.lines(function)));
    let long = functions.filter(|(_, lines)| *lines > FUNCTION_LINES);
    long.map(|(name, lines)| {
        format!("{name} has {lines} lines, more than {FUNCTION_LINES}: write its statements in one line each")
    })
    .collect()
}

/// How many resources CloudFormation gets from one of the template, or why this test does
/// not know it.
fn made_of(resource: Resource<'_>) -> Result<usize, String> {
    let name = resource.name;
    match resource.r#type() {
        // The API and its stage.
        API => Ok(2),
        FUNCTION => {
            let properties = resource.get(&[]).map_or(&[][..], Node::entries);
            let mut made = 2;
            for (property, _) in properties.iter().filter(|(property, _)| !PLAIN.contains(&property.as_str())) {
                if property != "EventInvokeConfig" {
                    return Err(format!("{name}: teach the count of resources {property}"));
                }
                made += 1;
            }
            for (event, node) in resource.get(&["Events"]).map_or(&[][..], Node::entries) {
                made += match node.at(&["Type"]).and_then(Node::text) {
                    // The permission to call the function, or the mapping from the queue.
                    Some("HttpApi" | "SQS") => 1,
                    // The schedule and its role.
                    Some("ScheduleV2") => 2,
                    other => return Err(format!("{name}.{event}: teach the count of resources {other:?}")),
                };
            }
            Ok(made)
        }
        other if other.starts_with("AWS::Serverless::") => Err(format!("{name}: teach the count of resources {other}")),
        _ => Ok(1),
    }
}

fn resources(template: &Template, most: usize) -> Vec<String> {
    let (mut made, mut findings) = (0, Vec::new());
    for resource in template.resources() {
        match made_of(resource) {
            Ok(count) => made += count,
            Err(finding) => findings.push(finding),
        }
    }
    if made > most {
        findings.push(format!("the stack has {made} resources, more than {most}: split it into two stacks"));
    }
    findings
}

/// The generous length of a name that `!Ref`, or a `${…}` of `!Sub`, stands for.
fn length_of_name(template: &Template, name: &str) -> Result<usize, String> {
    let physical = |most: usize| (STACK + name.len() + SUFFIX).min(most);
    if let Some((bucket, "RegionalDomainName")) = name.split_once('.') {
        return Ok(length_of_name(template, bucket)? + BUCKET_DOMAIN);
    }
    if let Some(parameter) = template.at(&["Parameters", name]) {
        let default = parameter.at(&["Default"]).and_then(Node::text).unwrap_or_default();
        let other = OTHER_PARAMETERS.iter().find(|(other, _)| *other == name);
        return Ok(other.map_or(PARAMETER.max(2 * default.len()), |(_, most)| *most));
    }
    match template.resources().find(|resource| resource.name == name).map(Resource::r#type) {
        Some(TABLE) => Ok(physical(255)),
        Some(BUCKET) => Ok(physical(63)),
        Some(QUEUE) => Ok(QUEUE_URL + physical(80)),
        _ => Err(format!("teach the size of the environment how long {name} is")),
    }
}

/// The generous length of a variable's value.
fn length(template: &Template, value: &Node) -> Result<usize, String> {
    if let Some(name) = value.behind("!Ref") {
        return length_of_name(template, name);
    }
    if let Some(text) = value.behind("!Sub") {
        let parts = text.split("${").skip(1).filter_map(|part| part.split_once('}'));
        let fixed = text.split("${").next().map_or(0, str::len);
        return parts
            .map(|(name, rest)| Ok(length_of_name(template, name)? + rest.len()))
            .sum::<Result<usize, _>>()
            .map(|sum| fixed + sum);
    }
    match value.items() {
        // `!If [Condition, one, other]`
        [_, one, other] => Ok(length(template, one)?.max(length(template, other)?)),
        _ => value.text().map(str::len).ok_or_else(|| format!("teach the size of the environment {value:?}")),
    }
}

/// The bytes of a function's environment.
fn environment(template: &Template, function: Resource<'_>) -> Result<usize, String> {
    let entries = template.variables(function);
    entries.map(|(name, value)| Ok(name.len() + length(template, value)? + ENTRY_BYTES)).sum()
}

fn large_environments(template: &Template) -> Vec<String> {
    let findings = template.all(FUNCTION).filter_map(|function| match environment(template, function) {
        Ok(bytes) if bytes < ENVIRONMENT_BYTES => None,
        Ok(bytes) => Some(format!("{}: its environment takes {bytes} of {ENVIRONMENT_BYTES} bytes", function.name)),
        Err(finding) => Some(finding),
    });
    findings.collect()
}

/// CloudFormation makes the resources that `Globals` names before every function. One that
/// refers to a function, itself or through others, closes a cycle.
fn cycles(template: &Template) -> Vec<String> {
    let variables = template.at(&["Globals", "Function", "Environment", "Variables"]);
    let mut next: Vec<_> = variables.map_or_else(Vec::new, |variables| template.named_in(&variables.texts()));
    let mut seen = BTreeSet::new();
    while let Some(resource) = next.pop() {
        if seen.insert(resource.name) {
            next.extend(template.named_in(&resource.texts()));
        }
    }
    let functions = template.all(FUNCTION).filter(|function| seen.contains(function.name));
    functions
        .map(|function| format!("{}: a resource that Globals names refers to it, which is a cycle", function.name))
        .collect()
}

#[test]
fn a_function_fits_on_one_screen_of_the_template() {
    assert_none(long_functions(&Template::read()));
    let code = "      CodeUri: ../target/lambda/get-account/\n";
    let longer = Template::with(code, &format!("{code}{}", "      # A comment.\n".repeat(FUNCTION_LINES)));
    assert_found(&long_functions(&longer), "GetAccount has ");
}

#[test]
fn the_stack_has_fewer_resources_than_cloudformation_takes() {
    let template = Template::read();
    assert_none(resources(&template, RESOURCES));
    // A function of the smallest kind is three: itself, its role, and its route's permission.
    let least = 3 * tree::functions().len();
    assert_found(&resources(&template, least), &format!("more than {least}"));
    let alias = Template::with("      Timeout: 300\n", "      Timeout: 300\n      AutoPublishAlias: live\n");
    assert_found(&resources(&alias, RESOURCES), "CollectMedia: teach the count of resources AutoPublishAlias");
    let event = Template::with("Type: SQS\n", "Type: SNS\n");
    assert_found(&resources(&event, RESOURCES), "CollectMedia.Queued: teach the count of resources");
    let kind = Template::with("Type: AWS::S3::BucketPolicy", "Type: AWS::Serverless::Api");
    assert_found(&resources(&kind, RESOURCES), "MediaPolicy: teach the count of resources");
}

#[test]
fn an_environment_is_smaller_than_lambda_takes() {
    assert_none(large_environments(&Template::read()));
    let long = Template::with("PAUSED: !Ref Paused", &format!("PAUSED: {}", "x".repeat(ENVIRONMENT_BYTES)));
    assert_found(&large_environments(&long), "Site: its environment takes");
    let own = format!("    Environment: {{Variables: {{OWN: {}}}}}\n", "x".repeat(ENVIRONMENT_BYTES));
    let code = "      CodeUri: ../target/lambda/list-plans/\n";
    assert_found(
        &large_environments(&Template::with(code, &format!("{code}  {own}"))),
        "ListPlans: its environment takes",
    );
    let unknown = Template::with("PAUSED: !Ref Paused", "PAUSED: !GetAtt Api.Id");
    assert_found(&large_environments(&unknown), "teach the size of the environment");
}

#[test]
fn nothing_that_globals_names_refers_to_a_function() {
    assert_none(cycles(&Template::read()));
    let site = Template::with("PAUSED: !Ref Paused", "PAUSED: !GetAtt Site.Arn");
    assert_found(&cycles(&site), "Site: a resource that Globals names");
    let dead_letters = "  ThumbnailDeadLetters:\n    Type: AWS::SQS::Queue\n    Properties: {";
    let through = Template::with(dead_letters, &format!("{dead_letters}Tags: [{{Key: for, Value: !Ref Site}}], "));
    assert_found(&cycles(&through), "Site: a resource that Globals names");
}
