//! Which file of a crate imports which, read by a Rust parser.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use syn::{
    Attribute, Item, ItemMod, ItemUse, Macro, UseTree, Visibility,
    visit::{self, Visit},
};

/// The path of a module in its crate: `["event", "body"]`.
pub(crate) type Module = Vec<String>;

/// Which module imports from which others.
pub(crate) type Graph = BTreeMap<Module, BTreeSet<Module>>;

/// Every Rust file below a folder with its text.
pub(crate) fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return found;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

/// The modules of a crate with their texts, without its tests and programs.
pub(crate) fn sources(folder: &Path) -> BTreeMap<Module, String> {
    let mut modules = BTreeMap::new();
    for (file, text) in files(folder) {
        let place = file.strip_prefix(folder).unwrap().with_extension("");
        let mut module: Module = place
            .iter()
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        if module
            .last()
            .is_some_and(|name| ["mod", "lib"].contains(&name.as_str()))
        {
            module.pop();
        }
        if !module
            .iter()
            .any(|name| ["main", "tests", "bin"].contains(&name.as_str()))
        {
            modules.insert(module, text);
        }
    }
    modules
}

/// Which module imports from which others. A name that a module re-exports counts as an import of
/// the module that has it.
pub(crate) fn graph(sources: &BTreeMap<Module, String>) -> Graph {
    let mut imports = BTreeMap::new();
    let mut exports: BTreeMap<Module, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for (module, text) in sources {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{module:?}: {error}"));
        let mut reader = Reader {
            module,
            exports: BTreeMap::new(),
            imports: Vec::new(),
        };
        reader.visit_file(&file);
        exports.insert(module.clone(), reader.exports);
        imports.insert(module.clone(), reader.imports);
    }
    let mut graph = Graph::new();
    for (module, paths) in imports {
        let targets = paths
            .iter()
            .filter_map(|path| owner(path, sources, &exports, 0));
        let targets = targets.filter(|target| *target != module).collect();
        graph.insert(module, targets);
    }
    graph
}

/// The module that has the item at a path from the root of the crate.
fn owner(
    path: &[String],
    sources: &BTreeMap<Module, String>,
    exports: &BTreeMap<Module, BTreeMap<String, Vec<String>>>,
    depth: usize,
) -> Option<Module> {
    let mut module = Module::new();
    for name in path {
        let child = [module.as_slice(), std::slice::from_ref(name)].concat();
        if sources.contains_key(&child) {
            module = child;
            continue;
        }
        return match exports.get(&module).and_then(|names| names.get(name)) {
            Some(target) if depth < 9 => owner(target, sources, exports, depth + 1),
            _ => Some(module),
        };
    }
    Some(module)
}

/// The pairs of files that import each other.
pub(crate) fn circles(graph: &Graph) -> Vec<String> {
    let name = |module: &Module| match module.is_empty() {
        true => "lib".to_owned(),
        false => module.join("::"),
    };
    let mut found = Vec::new();
    for (module, targets) in graph {
        for target in targets.iter().filter(|target| module < *target) {
            if graph.get(target).is_some_and(|back| back.contains(module)) {
                found.push(format!("{} and {}", name(module), name(target)));
            }
        }
    }
    found
}

struct Reader<'a> {
    module: &'a Module,
    /// What the module re-exports: each name with its path from the root of the crate.
    exports: BTreeMap<String, Vec<String>>,
    /// The paths from the root of the crate that the module uses.
    imports: Vec<Vec<String>>,
}

impl Reader<'_> {
    /// A path from the root of the crate; `None` for a path to another crate.
    fn resolve(&self, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        let base = match first.as_str() {
            "crate" => Module::new(),
            "self" => self.module.clone(),
            "super" => self.module[..self.module.len().checked_sub(1)?].to_vec(),
            _ => return None,
        };
        Some([base.as_slice(), rest].concat())
    }

    fn read_use(&mut self, tree: &UseTree, path: &mut Vec<String>, exported: bool) {
        match tree {
            UseTree::Path(part) => {
                path.push(part.ident.to_string());
                self.read_use(&part.tree, path, exported);
                path.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.read_use(tree, path, exported);
                }
            }
            UseTree::Name(name) => self.add(path, &name.ident.to_string(), None, exported),
            UseTree::Rename(renamed) => {
                let name = renamed.rename.to_string();
                self.add(path, &renamed.ident.to_string(), Some(name), exported);
            }
            UseTree::Glob(_) => self.add(path, "*", None, exported),
        }
    }

    fn add(&mut self, path: &[String], name: &str, renamed: Option<String>, exported: bool) {
        let mut full = path.to_vec();
        if name != "self" {
            full.push(name.to_owned());
        }
        if exported {
            // `pub use child::Name` names a child without `self`.
            let local = [self.module.as_slice(), &full].concat();
            let target = self.resolve(&full).unwrap_or(local);
            self.exports
                .insert(renamed.unwrap_or_else(|| name.to_owned()), target);
        } else if let Some(path) = self.resolve(&full) {
            self.imports.push(path);
        }
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let list = attribute.meta.require_list();
        list.is_ok_and(|list| list.path.is_ident("cfg") && list.tokens.to_string().contains("test"))
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let tests = matches!(item, Item::Mod(ItemMod { attrs, .. }) if is_test(attrs));
        if !tests {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let exported = !matches!(item.vis, Visibility::Inherited);
        self.read_use(&item.tree, &mut Vec::new(), exported);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<_> = path
            .segments
            .iter()
            .map(|part| part.ident.to_string())
            .collect();
        if let Some(path) = self.resolve(&names) {
            self.imports.push(path);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, _: &'ast Macro) {}
}
