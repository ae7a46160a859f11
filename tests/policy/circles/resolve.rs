//! From a path in the code to the file that defines the item.

use super::scan::{Files, Module, Scope, Use, scan};
use std::collections::{BTreeMap, BTreeSet};

/// Longest chain of re-exports that is followed.
const MOST_STEPS: usize = 16;

/// The modules of a crate, each with its file.
pub(super) struct Crate<'a> {
    modules: BTreeMap<Vec<String>, (&'a str, Module)>,
}

/// The imports between the files of a crate.
#[derive(Default)]
pub(super) struct Imports<'a> {
    /// The names that the first file imports from the second.
    pub(super) edges: BTreeMap<(&'a str, &'a str), BTreeSet<String>>,
    pub(super) detours: BTreeSet<Detour<'a>>,
}

/// An import through a module that holds the importing file.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Detour<'a> {
    pub(super) file: &'a str,
    /// The file whose `use` declaration has the item.
    pub(super) through: &'a str,
    /// The path as written.
    pub(super) path: String,
    /// The file that defines the item; `None` for items of other crates.
    pub(super) defined: Option<&'a str>,
}

/// The end of a path.
enum Target {
    /// A module itself.
    Module(Vec<String>),
    /// An item that is defined in this module.
    Item(Vec<String>),
    /// An item of another crate.
    Foreign,
}

impl<'a> Crate<'a> {
    /// Reads the files of a crate; with a `lib.rs`, its `main.rs` belongs to another crate.
    pub(super) fn read(files: &'a Files, scope: Scope) -> Self {
        let (mut modules, mut of_tests) = (BTreeMap::new(), Vec::new());
        for (file, text) in files {
            let is_other_root = file.starts_with("bin/") || file == "main.rs" && files.contains_key("lib.rs");
            let path = module_path(file);
            let is_of_tests = scope == Scope::WithoutTests && path.iter().any(|name| name == "tests");
            if is_other_root || is_of_tests {
                continue;
            }
            let (found, tests) = scan(text, &path, scope);
            of_tests.extend(tests.into_iter().map(|name| [path.as_slice(), &[name]].concat()));
            modules.extend(found.into_iter().map(|module| (module.path.clone(), (file.as_str(), module))));
        }
        modules.retain(|path, _| !of_tests.iter().any(|test| path.starts_with(test)));
        Self { modules }
    }

    /// All edges and detours.
    pub(super) fn imports(&self) -> Imports<'a> {
        let mut imports = Imports::default();
        for (file, module) in self.modules.values() {
            for declared in &module.uses {
                if !(declared.is_public && self.is_room(module)) {
                    self.import(file, module, &declared.path, true, &mut imports);
                }
            }
            for path in &module.paths {
                self.import(file, module, path, false, &mut imports);
            }
        }
        imports
    }

    /// Whether a module is the crate root or has modules in files of their own.
    fn is_room(&self, module: &Module) -> bool {
        let own = self.modules[&module.path].0;
        let has_files = || self.modules.iter().any(|(path, (file, _))| path.starts_with(&module.path) && *file != own);
        module.path.is_empty() || has_files()
    }

    fn import(&self, file: &'a str, module: &Module, path: &[String], is_use: bool, imports: &mut Imports<'a>) {
        let Some((start, rest)) = self.start(module, path, is_use) else { return };
        let mut through = None;
        let target = self.walk(&start, rest, module, &mut through, MOST_STEPS);
        let defined = match &target {
            Target::Module(path) | Target::Item(path) => Some(self.modules[path].0),
            Target::Foreign => None,
        };
        if let Some(through) = through.filter(|through| *through != file) {
            imports.detours.insert(Detour { file, through, path: path.join("::"), defined });
        }
        let is_glob = path.last().is_some_and(|name| name == "*");
        match (target, defined) {
            (Target::Module(_), _) if !is_glob => {}
            (_, Some(defined)) if defined != file => {
                let names = imports.edges.entry((file, defined)).or_default();
                names.insert(path.last().cloned().unwrap_or_default());
            }
            _ => {}
        }
    }

    /// The module in which a path begins, and the segments that follow. None for paths into
    /// other crates and for names of the module itself.
    fn start<'p>(&self, module: &Module, path: &'p [String], is_use: bool) -> Option<(Vec<String>, &'p [String])> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some((Vec::new(), rest)),
            "self" => self.up(module.path.clone(), rest),
            "super" => self.up(module.path.clone(), path),
            name => {
                let child = [module.path.as_slice(), &[name.to_owned()]].concat();
                if self.modules.contains_key(&child) {
                    return Some((child, rest));
                }
                // A `use` declaration's first segment is otherwise a crate or its own import.
                let imported = module.uses.iter().find(|it| it.name == name && !is_use)?;
                let (start, inner) = self.start(module, &imported.path, true)?;
                match self.walk(&start, inner, module, &mut None, MOST_STEPS) {
                    Target::Module(path) => Some((path, rest)),
                    _ => None,
                }
            }
        }
    }

    fn up<'p>(&self, mut module: Vec<String>, mut path: &'p [String]) -> Option<(Vec<String>, &'p [String])> {
        while let Some((_, rest)) = path.split_first().filter(|(first, _)| *first == "super") {
            module.pop()?;
            path = rest;
        }
        Some((module, path))
    }

    /// Follows a path from a module on. `through` becomes the file of the first module that
    /// holds the importing module and has the name from a `use` declaration.
    fn walk(
        &self,
        module: &[String],
        path: &[String],
        user: &Module,
        through: &mut Option<&'a str>,
        steps: usize,
    ) -> Target {
        let (Some((file, this)), Some(steps)) = (self.modules.get(module), steps.checked_sub(1)) else {
            return Target::Foreign;
        };
        let Some((name, rest)) = path.split_first().filter(|(name, _)| *name != "*") else {
            return Target::Module(module.to_owned());
        };
        let child = [module, std::slice::from_ref(name)].concat();
        if self.modules.contains_key(&child) && !(rest.is_empty() && this.items.contains(name)) {
            return self.walk(&child, rest, user, through, steps);
        }
        let declared = this.uses.iter().find(|it| it.name == *name).cloned().or_else(|| self.glob(this, name, steps));
        let Some(declared) = declared.filter(|_| !this.items.contains(name)) else {
            return Target::Item(module.to_owned());
        };
        if user.path.starts_with(module) && user.path != module {
            through.get_or_insert(file);
        }
        match self.start(this, &declared.path, true) {
            Some((start, inner)) => self.walk(&start, &[inner, rest].concat(), user, through, steps),
            None => Target::Foreign,
        }
    }

    /// The import of a name by a `use …::*`.
    fn glob(&self, module: &Module, name: &str, steps: usize) -> Option<Use> {
        module.uses.iter().filter(|it| it.name == "*").find_map(|it| {
            let (start, inner) = self.start(module, &it.path, true)?;
            let Target::Module(path) = self.walk(&start, inner, module, &mut None, steps) else { return None };
            let is_there = self.modules[&path].1.items.contains(name);
            let mut path = it.path.clone();
            path.pop();
            path.push(name.to_owned());
            is_there.then(|| Use { path, name: name.to_owned(), is_public: it.is_public })
        })
    }
}

/// The path of a file's module: `store/slot.rs` and `store/slot/mod.rs` are `store::slot`.
fn module_path(file: &str) -> Vec<String> {
    let mut path: Vec<_> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    let is_root = path.len() == 1 && ["lib", "main"].contains(&path[0].as_str());
    if is_root || path.last().is_some_and(|name| name == "mod") {
        path.pop();
    }
    path
}
