//! The metrics of an alarm: one metric, or several in an expression.

use crate::{
    template::{ALARM, Resource, Template, target},
    yaml::Node,
};

/// One metric of an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched<'a> {
    /// Its name in the expression. Empty where the alarm has no expression.
    pub id: &'a str,
    /// Its namespace. That of a filter is written with the stage in it.
    pub namespace: &'a str,
    /// Its name.
    pub metric: &'a str,
    /// Name and value of each dimension. A value is the resource that it names, or a text.
    pub dimensions: Vec<(&'a str, &'a str)>,
    /// Such as `Sum`.
    pub statistic: &'a str,
    /// Seconds.
    pub period: i64,
}

impl Watched<'_> {
    /// Whether it is this metric.
    pub fn is(&self, namespace: &str, metric: &str) -> bool {
        (self.namespace, self.metric) == (namespace, metric)
    }

    /// The value of a dimension.
    pub fn of(&self, dimension: &str) -> Option<&str> {
        self.dimensions.iter().find_map(|(name, value)| (*name == dimension).then_some(*value))
    }
}

/// A text of an alarm, or nothing.
pub fn text<'a>(alarm: Resource<'a>, key: &str) -> &'a str {
    alarm.get(&[key]).and_then(Node::text).unwrap_or_default()
}

/// The number at which an alarm rings.
pub fn threshold(alarm: Resource<'_>) -> Option<i64> {
    alarm.get(&["Threshold"]).and_then(Node::number)
}

/// The metrics of an alarm.
pub fn watched(alarm: Resource<'_>) -> Vec<Watched<'_>> {
    let Some(metrics) = alarm.get(&["Metrics"]) else {
        return alarm.get(&[]).and_then(|properties| of("", properties, properties, "Statistic")).into_iter().collect();
    };
    let metrics = metrics.items().iter().filter_map(|metric| {
        let (id, data) = (metric.at(&["Id"])?.text()?, metric.at(&["MetricStat"])?);
        of(id, data.at(&["Metric"])?, data, "Stat")
    });
    metrics.collect()
}

fn of<'a>(id: &'a str, metric: &'a Node, data: &'a Node, statistic: &str) -> Option<Watched<'a>> {
    let namespace = metric.at(&["Namespace"])?;
    let dimensions = metric.at(&["Dimensions"]).map_or(&[][..], Node::items).iter().filter_map(|dimension| {
        let value = dimension.at(&["Value"])?;
        Some((dimension.at(&["Name"])?.text()?, target(value).or_else(|| value.text())?))
    });
    Some(Watched {
        id,
        namespace: namespace.text().or_else(|| namespace.behind("!Sub"))?,
        metric: metric.at(&["MetricName"])?.text()?,
        dimensions: dimensions.collect(),
        statistic: data.at(&[statistic])?.text()?,
        period: data.at(&["Period"])?.number()?,
    })
}

/// The alarms that watch a metric.
pub fn on<'a>(template: &'a Template, namespace: &'a str, metric: &'a str) -> impl Iterator<Item = Resource<'a>> {
    template.all(ALARM).filter(move |alarm| watched(*alarm).iter().any(|it| it.is(namespace, metric)))
}

/// Whether an alarm rings on the sum of all its metrics. A metric without a value counts as 0.
pub fn is_summed(alarm: Resource<'_>) -> bool {
    let metrics = alarm.get(&["Metrics"]).map_or(&[][..], Node::items);
    let expressions: Vec<_> = metrics.iter().filter_map(|it| it.at(&["Expression"])?.text()).collect();
    expressions == ["SUM(FILL(METRICS(), 0))"]
}

/// The expression of an alarm, which is the one value that rings.
pub fn expression(alarm: Resource<'_>) -> Option<&str> {
    let mut rings = alarm.get(&["Metrics"])?.items().iter().filter_map(|it| it.at(&["Expression"])?.text());
    rings.next().filter(|_| rings.next().is_none())
}

/// A number of an alarm.
pub fn number(alarm: Resource<'_>, key: &str) -> Option<i64> {
    alarm.get(&[key]).and_then(Node::number)
}
