//! The units that cargo compiles: one target of one package with one set of features.

use crate::{
    error::ProveError,
    workspace::{Cargo, Workspace},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A unit is compiled once for each different text: its package, target, features, profile,
/// and the same of everything that it depends on.
type Identity = String;

/// The units of one command by identity, each with its package.
type Units = BTreeMap<Identity, Unit>;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Unit {
    package: String,
    target: String,
    ours: bool,
}

/// Compares the units of `cargo dev` and of `cargo slice` with those of `cargo test`.
pub fn run() -> Result<(), ProveError> {
    let workspace = Workspace::read()?;
    let mut dev = units(&["build", "--bin", "local"])?;
    // The command of infra/local/src/programs.rs.
    let mut build = vec!["build", "--workspace", "--features", "runtime/local-clock"];
    build.extend(workspace.functions().into_iter().flat_map(|name| ["--bin", name]));
    dev.extend(units(&build)?);
    let test = units(&["test", "--no-run"])?;
    print!("{}", summary(&dev, &test));
    let stray = stray(&dev, &workspace);
    if !stray.is_empty() {
        return Err(ProveError::new(format!("cargo dev compiles {}, which it does not run", stray.join(", "))));
    }
    refuse("cargo test", again(&dev, &test), "Name the features in a manifest of a member")?;
    let slices = workspace.members.iter().filter(|member| member.folder.starts_with("shared"));
    for slice in slices.map(|member| member.name.as_str()) {
        let slice_units = units(&["slice", "-p", slice, "--no-run"])?;
        let command = format!("cargo slice -p {slice}");
        refuse(&command, again(&slice_units, &test), "Name a member with the features in .cargo/config.toml")?;
    }
    Ok(())
}

/// An error if a command compiles dependencies a second time.
fn refuse(command: &str, again: BTreeSet<String>, help: &str) -> Result<(), ProveError> {
    if again.is_empty() {
        return Ok(());
    }
    let again = again.into_iter().collect::<Vec<_>>().join(", ");
    Err(ProveError::new(format!("{command} compiles again, with other features below them: {again}. {help}")))
}

fn summary(dev: &Units, test: &Units) -> String {
    let line = |name: &str, units: &mut dyn Iterator<Item = &Unit>| {
        let (ours, others): (Vec<&Unit>, Vec<&Unit>) = units.partition(|unit| unit.ours);
        format!("| {name} | {} | {} |\n", others.len(), ours.len())
    };
    let mut text = "| compiled by | units of dependencies | of ours |\n|---|---|---|\n".to_owned();
    text += &line("cargo dev", &mut dev.values());
    text += &line("cargo test alone", &mut test.values());
    let more = test.iter().filter(|(identity, _)| !dev.contains_key(*identity));
    text += &line("cargo test after cargo dev", &mut more.map(|(_, unit)| unit));
    text
}

/// Members that `cargo dev` compiles and does not need.
fn stray(dev: &Units, workspace: &Workspace) -> Vec<String> {
    let ours: BTreeSet<&str> = dev.values().filter(|unit| unit.ours).map(|unit| unit.package.as_str()).collect();
    let stray = workspace.members.iter().filter(|member| {
        let compiled = ours.contains(member.folder.to_string_lossy().as_ref());
        compiled && !member.is_deployed() && member.name != "local"
    });
    stray.map(|member| member.name.clone()).collect()
}

/// Dependencies that one of the two commands compiles, and the other a second time.
fn again(dev: &Units, test: &Units) -> BTreeSet<String> {
    let of = |units: &Units| {
        let mut count: BTreeMap<Unit, BTreeSet<Identity>> = BTreeMap::new();
        for (identity, unit) in units.iter().filter(|(_, unit)| !unit.ours) {
            count.entry(unit.clone()).or_default().insert(identity.clone());
        }
        count
    };
    let test = of(test);
    let twice = of(dev).into_iter().filter(|(unit, identities)| {
        // A package may have several builds on purpose: for this machine and for build scripts.
        test.get(unit).is_some_and(|those| !identities.is_subset(those))
    });
    twice.map(|(unit, _)| unit.package).collect()
}

/// The units that a command would compile.
fn units(arguments: &[&str]) -> Result<Units, ProveError> {
    let arguments = [arguments, &["--unit-graph", "-Z", "unstable-options"]].concat();
    // The graph of units is not stable yet. The variable allows it to a stable cargo.
    let text = Cargo::output(&arguments, &[("RUSTC_BOOTSTRAP", "1")])?;
    let graph: Value = serde_json::from_str(&text).map_err(ProveError::during("reading the graph of units"))?;
    let graph = graph["units"].as_array().ok_or_else(|| ProveError::new("cargo prints no graph of units"))?;
    Ok(read(graph))
}

fn read(graph: &[Value]) -> Units {
    let mut known = vec![None; graph.len()];
    // A unit of this mode runs a build script. The script itself is a unit of its own.
    let compiled = graph.iter().enumerate().filter(|(_, unit)| unit["mode"] != "run-custom-build");
    compiled.map(|(at, unit)| (identity(graph, at, &mut known), described(unit))).collect()
}

fn described(unit: &Value) -> Unit {
    let id = unit["pkg_id"].as_str().unwrap_or_default();
    let root = format!("path+file://{}/", crate::workspace::root().display());
    let folder = id.strip_prefix(&root).and_then(|rest| rest.split('#').next());
    let package = folder.unwrap_or_else(|| id.rsplit('#').next().unwrap_or(id));
    let target = format!("{} {} {}", unit["mode"], unit["target"]["kind"], unit["target"]["name"]);
    Unit { package: package.to_owned(), target, ours: folder.is_some() }
}

fn identity(graph: &[Value], at: usize, known: &mut Vec<Option<Identity>>) -> Identity {
    if let Some(known) = &known[at] {
        return known.clone();
    }
    let unit = &graph[at];
    let mut profile = unit["profile"].clone();
    // Cargo names the profile after the command and compiles the same.
    profile["name"] = Value::Null;
    let dependencies = unit["dependencies"].as_array().into_iter().flatten();
    let dependencies = dependencies.filter_map(|dependency| dependency["index"].as_u64());
    let below: BTreeSet<Identity> = dependencies.map(|index| identity(graph, index as usize, known)).collect();
    let text = format!(
        "{} {} {} {} {} {profile} {below:?}",
        unit["pkg_id"], unit["target"], unit["mode"], unit["platform"], unit["features"]
    );
    let identity = hash(&text);
    known[at] = Some(identity.clone());
    identity
}

fn hash(text: &str) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Member;
    use serde_json::json;

    /// getrandom with a feature, and an SDK above it.
    fn graph(feature: &str, profile: &str) -> Units {
        let unit = |id: &str, features: &[&str], below: &[u64]| {
            let below: Vec<Value> = below.iter().map(|index| json!({ "index": index })).collect();
            json!({
                "pkg_id": id, "target": {"kind": ["lib"], "name": id}, "mode": "build", "platform": null,
                "profile": {"name": profile, "opt_level": "0"}, "features": features, "dependencies": below,
            })
        };
        let ours = format!("path+file://{}/shared/kernel#0.1.0", crate::workspace::root().display());
        read(&[
            unit("registry+x#getrandom@0.4.3", &[feature], &[]),
            unit("registry+x#aws-sdk-s3@1.0.0", &[], &[0]),
            unit(&ours, &[], &[1]),
        ])
    }

    #[test]
    fn a_feature_more_compiles_all_dependencies_above_it_again() {
        let again = again(&graph("sys_rng", "dev"), &graph("std", "test"));
        assert_eq!(again.into_iter().collect::<Vec<_>>(), ["aws-sdk-s3@1.0.0", "getrandom@0.4.3"]);
    }

    #[test]
    fn the_name_of_the_profile_changes_nothing() {
        assert_eq!(again(&graph("std", "dev"), &graph("std", "test")), BTreeSet::new());
    }

    #[test]
    fn members_that_are_not_run_are_found() {
        let member = |name: &str, folder: &str| Member {
            name: name.to_owned(),
            folder: folder.into(),
            features: Vec::new(),
            uses: Vec::new(),
        };
        let members = vec![member("kernel", "shared/kernel"), member("measure", "infra/measure")];
        let workspace = Workspace { target: "/t".into(), members };
        let mut dev = graph("std", "dev");
        assert_eq!(stray(&dev, &workspace), Vec::<String>::new());
        let measure = Unit { package: "infra/measure".to_owned(), target: "lib".to_owned(), ours: true };
        dev.insert("another".to_owned(), measure);
        assert_eq!(stray(&dev, &workspace), ["measure"]);
    }
}
