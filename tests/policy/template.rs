//! The parts of infra/template.yaml that the checks read.

use crate::{tree, yaml::Node};

pub(crate) const FUNCTION: &str = "AWS::Serverless::Function";
pub(crate) const API: &str = "AWS::Serverless::HttpApi";
pub(crate) const LOGS: &str = "AWS::Logs::LogGroup";
pub(crate) const TABLE: &str = "AWS::DynamoDB::Table";
pub(crate) const BUCKET: &str = "AWS::S3::Bucket";
pub(crate) const BUCKET_POLICY: &str = "AWS::S3::BucketPolicy";
pub(crate) const QUEUE: &str = "AWS::SQS::Queue";
pub(crate) const ALARM: &str = "AWS::CloudWatch::Alarm";

/// The template, or a changed copy of it.
pub(crate) struct Template {
    text: String,
    root: Node,
}

/// One resource.
#[derive(Clone, Copy)]
pub(crate) struct Resource<'a> {
    pub(crate) name: &'a str,
    node: &'a Node,
}

impl Template {
    /// The template of the tree.
    pub(crate) fn read() -> Self {
        Self::parse(tree::read("infra/template.yaml"))
    }

    /// A copy that has `to` instead of the first `from`. A test shows with it that a check
    /// fails.
    pub(crate) fn with(from: &str, to: &str) -> Self {
        let text = tree::read("infra/template.yaml");
        assert!(text.contains(from), "infra/template.yaml no longer has `{from}`: change another place in this test");
        Self::parse(text.replacen(from, to, 1))
    }

    fn parse(text: String) -> Self {
        Self { root: Node::parse(&text), text }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The value below these keys.
    pub(crate) fn at(&self, keys: &[&str]) -> Option<&Node> {
        self.root.at(keys)
    }

    /// The parameters, in order.
    pub(crate) fn parameters(&self) -> &[(String, Node)] {
        self.root.at(&["Parameters"]).map_or(&[], Node::entries)
    }

    /// All resources, in order.
    pub(crate) fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        let resources = self.root.at(&["Resources"]).map_or(&[][..], Node::entries);
        resources.iter().map(|(name, node)| Resource { name, node })
    }

    /// The resources of one type, in order.
    pub(crate) fn all(&self, r#type: &str) -> impl Iterator<Item = Resource<'_>> {
        self.resources().filter(move |resource| resource.is(r#type))
    }

    /// The resource of this name, if it has this type.
    pub(crate) fn find(&self, r#type: &str, name: &str) -> Option<Resource<'_>> {
        self.all(r#type).find(|resource| resource.name == name)
    }

    /// The variables of a function with their values: its own and those of `Globals`. A
    /// variable of its own replaces one of `Globals` that has the same name.
    pub(crate) fn variables<'a>(&'a self, function: Resource<'a>) -> impl Iterator<Item = &'a (String, Node)> {
        let own = function.get(&["Environment", "Variables"]);
        let shared = self.at(&["Globals", "Function", "Environment", "Variables"]);
        let own = own.map_or(&[][..], Node::entries);
        let shared = shared.map_or(&[][..], Node::entries).iter();
        own.iter().chain(shared.filter(|(name, _)| own.iter().all(|(other, _)| other != name)))
    }

    /// The resources that texts of the template name: `Media` in `${Media.Arn}/uploads/*`.
    pub(crate) fn named_in(&self, texts: &[&str]) -> Vec<Resource<'_>> {
        let words: Vec<_> = texts.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric())).collect();
        self.resources().filter(|resource| words.contains(&resource.name)).collect()
    }

    /// The lines of a resource in the template, without blank ones.
    pub(crate) fn lines(&self, resource: Resource<'_>) -> usize {
        let head = format!("  {}:", resource.name);
        let resources = self.text.lines().skip_while(|line| *line != "Resources:");
        let rest = resources.skip_while(|line| *line != head).skip(1);
        let own = rest.take_while(|line| line.is_empty() || line.starts_with("   "));
        1 + own.filter(|line| !line.is_empty()).count()
    }

    /// A property of a function, or else that of `Globals`.
    pub(crate) fn setting<'a>(&'a self, function: Resource<'a>, key: &str) -> Option<&'a Node> {
        function.get(&[key]).or_else(|| self.at(&["Globals", "Function", key]))
    }
}

impl<'a> Resource<'a> {
    pub(crate) fn is(self, r#type: &str) -> bool {
        self.r#type() == r#type
    }

    pub(crate) fn r#type(self) -> &'a str {
        self.node.at(&["Type"]).and_then(Node::text).unwrap_or_default()
    }

    /// An attribute beside `Properties`, such as `DeletionPolicy`.
    pub(crate) fn attribute(self, name: &str) -> Option<&'a Node> {
        self.node.at(&[name])
    }

    /// The value below these keys of `Properties`.
    pub(crate) fn get(self, keys: &[&str]) -> Option<&'a Node> {
        self.node.at(&["Properties"])?.at(keys)
    }

    /// All texts in it, keys not included.
    pub(crate) fn texts(self) -> Vec<&'a str> {
        self.node.texts()
    }

    /// The statements of a function's policies.
    pub(crate) fn statements(self) -> impl Iterator<Item = &'a Node> {
        let policies = self.get(&["Policies"]).map_or(&[][..], Node::items);
        policies.iter().filter_map(|policy| policy.at(&["Statement"])).flat_map(Node::items)
    }

    /// The trigger of a function: its one event, as type and properties.
    pub(crate) fn trigger(self) -> Option<(&'a str, Option<&'a Node>)> {
        let [(_, event)] = self.get(&["Events"])?.entries() else { return None };
        Some((event.at(&["Type"])?.text()?, event.at(&["Properties"])))
    }
}

/// The resource that a value names: `!Ref X`, `!GetAtt X.Arn`, `!Sub "${X}…"` or
/// `!Sub "${X.Arn}…"`.
pub(crate) fn target(value: &Node) -> Option<&str> {
    let named = value.behind("!Ref").or_else(|| value.behind("!GetAtt")).or_else(|| {
        let (name, _) = value.behind("!Sub")?.strip_prefix("${")?.split_once('}')?;
        Some(name)
    })?;
    Some(named.split_once('.').map_or(named, |(resource, _)| resource))
}

/// `get-credits` is the resource `GetCredits`, `MEDIA_QUEUE` is `MediaQueue`.
pub(crate) fn pascal_case(name: &str) -> String {
    let words = name.split(['-', '_']).map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_uppercase() + &rest.to_lowercase()
    });
    words.collect()
}
