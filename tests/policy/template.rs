//! `infra/template.yaml`, as the checks read it.

use crate::{tree, yaml::Node};
use std::collections::BTreeSet;

/// The type of a function.
pub const FUNCTION: &str = "AWS::Serverless::Function";
/// The type of the HTTP API.
pub const API: &str = "AWS::Serverless::HttpApi";
/// The type of a log group.
pub const LOGS: &str = "AWS::Logs::LogGroup";
/// The type of a table.
pub const TABLE: &str = "AWS::DynamoDB::Table";
/// The type of a bucket.
pub const BUCKET: &str = "AWS::S3::Bucket";
/// The type of a bucket's policy.
pub const BUCKET_POLICY: &str = "AWS::S3::BucketPolicy";
/// The type of a queue.
pub const QUEUE: &str = "AWS::SQS::Queue";
/// The type of an alarm.
pub const ALARM: &str = "AWS::CloudWatch::Alarm";
/// The type of a filter that counts lines of a log group.
pub const METRIC_FILTER: &str = "AWS::Logs::MetricFilter";

/// The route of every path without a route of its own.
const DEFAULT: &str = "$default";

/// The beginning of the path of every webhook.
const WEBHOOKS: &str = "/v1/webhooks/";

/// The functions that a browser comes back to in two ways, with the method of the second.
const SECOND: [(&str, &str); 1] = [("LoginCallback", "POST")];

/// The path of the secrets inside their ARNs, as the template writes it.
const SECRETS: &str = ":parameter/cinemaxsai/${Stage}/";

/// The template, or a changed copy of it.
pub struct Template {
    text: String,
    root: Node,
}

/// One resource.
#[derive(Clone, Copy)]
pub struct Resource<'a> {
    /// Its logical id.
    pub name: &'a str,
    node: &'a Node,
}

impl Template {
    /// The template of the tree.
    #[must_use]
    pub fn read() -> Self {
        Self::parse(tree::read("infra/template.yaml"))
    }

    /// A copy in which the first `from` is `to`, to show that a check fails on it.
    ///
    /// # Panics
    /// When the template has no `from`.
    #[must_use]
    pub fn with(from: &str, to: &str) -> Self {
        let text = tree::read("infra/template.yaml");
        assert!(text.contains(from), "infra/template.yaml no longer has `{from}`: change another place in this test");
        Self::parse(text.replacen(from, to, 1))
    }

    fn parse(text: String) -> Self {
        Self { root: Node::parse(&text), text }
    }

    /// The text that it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value below these keys.
    #[must_use]
    pub fn at(&self, keys: &[&str]) -> Option<&Node> {
        self.root.at(keys)
    }

    /// The parameters, in order.
    #[must_use]
    pub fn parameters(&self) -> &[(String, Node)] {
        self.root.at(&["Parameters"]).map_or(&[], Node::entries)
    }

    /// All resources, in order.
    pub fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        let resources = self.root.at(&["Resources"]).map_or(&[][..], Node::entries);
        resources.iter().map(|(name, node)| Resource { name, node })
    }

    /// The resources of one type, in order.
    pub fn all(&self, r#type: &str) -> impl Iterator<Item = Resource<'_>> {
        self.resources().filter(move |resource| resource.is(r#type))
    }

    /// The resource of this name, if it has this type.
    #[must_use]
    pub fn find(&self, r#type: &str, name: &str) -> Option<Resource<'_>> {
        self.all(r#type).find(|resource| resource.name == name)
    }

    /// The variables of a function with their values: its own and those of `Globals`. A
    /// variable of its own replaces one of `Globals` that has the same name.
    pub fn variables<'a>(&'a self, function: Resource<'a>) -> impl Iterator<Item = &'a (String, Node)> {
        let own = function.own_variables();
        let shared = self.at(&["Globals", "Function", "Environment", "Variables"]);
        let shared = shared.map_or(&[][..], Node::entries).iter();
        own.iter().chain(shared.filter(|(name, _)| own.iter().all(|(other, _)| other != name)))
    }

    /// The resources that texts of the template name: `Media` in `${Media.Arn}/uploads/*`.
    #[must_use]
    pub fn named_in(&self, texts: &[&str]) -> Vec<Resource<'_>> {
        let words: Vec<_> = texts.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric())).collect();
        self.resources().filter(|resource| words.contains(&resource.name)).collect()
    }

    /// The lines of a resource in the template, without blank ones.
    #[must_use]
    pub fn lines(&self, resource: Resource<'_>) -> usize {
        let head = format!("  {}:", resource.name);
        let resources = self.text.lines().skip_while(|line| *line != "Resources:");
        let rest = resources.skip_while(|line| *line != head).skip(1);
        let own = rest.take_while(|line| line.is_empty() || line.starts_with("   "));
        1 + own.filter(|line| !line.is_empty()).count()
    }

    /// A property of a function, or that of `Globals`.
    #[must_use]
    pub fn setting<'a>(&'a self, function: Resource<'a>, key: &str) -> Option<&'a Node> {
        function.get(&[key]).or_else(|| self.at(&["Globals", "Function", key]))
    }
}

impl<'a> Resource<'a> {
    /// Whether it has this type.
    #[must_use]
    pub fn is(self, r#type: &str) -> bool {
        self.r#type() == r#type
    }

    /// Its type.
    #[must_use]
    pub fn r#type(self) -> &'a str {
        self.node.at(&["Type"]).and_then(Node::text).unwrap_or_default()
    }

    /// An attribute beside `Properties`, such as `DeletionPolicy`.
    #[must_use]
    pub fn attribute(self, name: &str) -> Option<&'a Node> {
        self.node.at(&[name])
    }

    /// The value below these keys of `Properties`.
    #[must_use]
    pub fn get(self, keys: &[&str]) -> Option<&'a Node> {
        self.node.at(&["Properties"])?.at(keys)
    }

    /// The variables that a function has beside those of `Globals`.
    #[must_use]
    pub fn own_variables(self) -> &'a [(String, Node)] {
        self.get(&["Environment", "Variables"]).map_or(&[], Node::entries)
    }

    /// All texts in it, keys not included.
    #[must_use]
    pub fn texts(self) -> Vec<&'a str> {
        self.node.texts()
    }

    /// The statements of a function's policies.
    pub fn statements(self) -> impl Iterator<Item = &'a Node> {
        let policies = self.get(&["Policies"]).map_or(&[][..], Node::items);
        policies.iter().filter_map(|policy| policy.at(&["Statement"])).flat_map(Node::items)
    }

    /// The secrets that a function's policies let it read, by name. A resource that is no secret
    /// of ours is returned as the template writes it.
    #[must_use]
    pub fn secrets(self) -> BTreeSet<String> {
        let name = |resource: &Node| Some(resource.behind("!Sub")?.split_once(SECRETS)?.1.to_owned());
        self.allowed(true).map(|resource| name(resource).unwrap_or_else(|| format!("{resource:?}"))).collect()
    }

    /// The resources of the template that a function's policies allow an action on, by name. A
    /// resource that the template does not have is returned as it is written.
    #[must_use]
    pub fn touched(self) -> BTreeSet<String> {
        self.allowed(false).map(|it| target(it).map_or_else(|| format!("{it:?}"), str::to_owned)).collect()
    }

    /// The resources of its `Allow` statements: of those for SSM, or of the others.
    fn allowed(self, ssm: bool) -> impl Iterator<Item = &'a Node> {
        let list = |statement: &'a Node, key: &str| statement.at(&[key]).map_or(&[][..], Node::items);
        let is_of_ssm = move |statement: &'a Node| {
            list(statement, "Action").iter().filter_map(Node::text).any(|action| action.starts_with("ssm:"))
        };
        let allows = |statement: &&Node| statement.at(&["Effect"]).and_then(Node::text) == Some("Allow");
        let statements = self.statements().filter(allows).filter(move |statement| is_of_ssm(statement) == ssm);
        statements.flat_map(move |statement| list(statement, "Resource"))
    }

    /// The events of a function, each as type and properties.
    fn events(self) -> impl Iterator<Item = (&'a str, Option<&'a Node>)> {
        let events = self.get(&["Events"]).map_or(&[][..], Node::entries).iter();
        events.filter_map(|(_, event)| Some((event.at(&["Type"])?.text()?, event.at(&["Properties"]))))
    }

    /// The trigger of a function: its one event, as type and properties. The event for `HEAD` beside `GET` is no
    /// trigger of its own, and neither is the second way back from a sign-in. Neither is a route of the function that
    /// gets every path without a route: it has the route for its throttle alone.
    #[must_use]
    pub fn trigger(self) -> Option<(&'a str, Option<&'a Node>)> {
        let is_beside = |event: Option<&Node>| {
            let method = event.and_then(|event| event.at(&["Method"])?.text());
            method.is_some_and(|method| method == "HEAD" || SECOND.contains(&(self.name, method)))
        };
        let gets_any_path = self.routes().iter().any(|route| route == DEFAULT);
        let has_path = |event: Option<&Node>| event.is_some_and(|event| event.at(&["Path"]).is_some());
        let mut triggers = self.events().filter(|(_, event)| !(is_beside(*event) || gets_any_path && has_path(*event)));
        triggers.next().filter(|_| triggers.next().is_none())
    }

    /// The routes of a function as API Gateway names them: `GET /v1/account`, or `$default`.
    #[must_use]
    pub fn routes(self) -> Vec<String> {
        let routes = self.events().filter(|(kind, _)| *kind == "HttpApi").map(|(_, event)| {
            let text = |key: &str| event?.at(&[key])?.text();
            let route = text("Method").zip(text("Path")).map(|(method, path)| format!("{method} {path}"));
            route.unwrap_or_else(|| DEFAULT.to_owned())
        });
        routes.collect()
    }

    /// Whether a function is called by a partner's webhook, a queue or a schedule: by nobody who waits
    /// for its answer.
    #[must_use]
    pub fn is_webhook_or_job(self) -> bool {
        self.trigger().is_some_and(|(kind, event)| match kind {
            "HttpApi" => {
                event.and_then(|event| event.at(&["Path"])?.text()).is_some_and(|path| path.starts_with(WEBHOOKS))
            }
            _ => true,
        })
    }
}

/// The resource that a value names: `!Ref X`, `!GetAtt X.Arn`, `!Sub "${X}…"` or
/// `!Sub "${X.Arn}…"`.
#[must_use]
pub fn target(value: &Node) -> Option<&str> {
    let named = value.behind("!Ref").or_else(|| value.behind("!GetAtt")).or_else(|| {
        let (name, _) = value.behind("!Sub")?.strip_prefix("${")?.split_once('}')?;
        Some(name)
    })?;
    Some(named.split_once('.').map_or(named, |(resource, _)| resource))
}

/// `get-credits` is the resource `GetCredits`, `MEDIA_QUEUE` is `MediaQueue`.
#[must_use]
pub fn pascal_case(name: &str) -> String {
    let words = name.split(['-', '_']).map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_uppercase() + &rest.to_lowercase()
    });
    words.collect()
}
