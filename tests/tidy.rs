//! The rules that the repository keeps: layers, sizes, names, and what must not be in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::program::TOP;

/// Lines that a file may have before it wants a second noun.
const MAX_LINES: usize = 500;

/// Names that say nothing of what is inside.
const NAMES_OF_NOTHING: [&str; 6] = ["utils", "helpers", "common", "misc", "core", "types"];

#[test]
fn a_crate_uses_only_crates_above_it() {
    let workspace = toml_of("Cargo.toml");
    let members: Vec<&str> = workspace["workspace"]["members"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|m| m.as_str())
        .collect();
    let mut place = BTreeMap::new();
    let crates: Vec<toml::Table> =
        members.iter().map(|member| toml_of(&format!("{member}/Cargo.toml"))).collect();
    for (i, krate) in crates.iter().enumerate() {
        place.insert(krate["package"]["name"].as_str().unwrap().to_owned(), i);
    }
    assert!(place.len() > 1);
    for krate in &crates {
        let name = krate["package"]["name"].as_str().unwrap();
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let used = krate.get(section).and_then(|section| section.as_table());
            for used in used.iter().flat_map(|used| used.keys()) {
                let above = place.get(used).is_none_or(|used| *used < place[name]);
                assert!(above, "{name} uses {used}, which does not stand above it in `members`");
            }
        }
    }
}

#[test]
fn no_file_wants_a_second_noun() {
    for path in code() {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= MAX_LINES, "{} has {lines} lines, over {MAX_LINES}", path.display());
    }
}

#[test]
fn names_say_what_is_inside() {
    for path in code() {
        let below = path.strip_prefix(TOP).unwrap();
        for part in below.with_extension("").components() {
            let part = part.as_os_str().to_str().unwrap();
            assert!(!NAMES_OF_NOTHING.contains(&part), "{}", below.display());
        }
    }
}

#[test]
fn every_sample_has_a_row_that_tells_where_it_is_from() {
    let samples = Path::new(TOP).join("samples");
    let readme = fs::read_to_string(samples.join("README.md")).unwrap();
    for path in files_below(&samples) {
        let name = path.strip_prefix(&samples).unwrap().to_str().unwrap();
        let folder = path.parent().unwrap().join("README.md");
        let of_folder = fs::read_to_string(folder).unwrap_or_default();
        let of_itself = path.file_name().unwrap().to_str().unwrap();
        let told = name.ends_with("README.md")
            || readme.contains(&format!("| `{name}` |"))
            || path.parent() != Some(&*samples) && of_folder.contains(&format!("`{of_itself}`"));
        assert!(told, "samples/{name} has no row in samples/README.md or in its folder's");
    }
}

#[test]
fn nothing_names_the_machine_that_it_was_written_on() {
    let mut own: Vec<String> = vec![TOP.to_owned()];
    // A folder at the root, such as /home, may stand in an example.
    let above = Path::new(TOP).parent().filter(|above| above.components().count() > 2);
    own.extend(above.map(|above| format!("{}/", above.display())));
    own.extend(
        std::env::var("HOME").ok().filter(|home| home.len() > 1).map(|home| format!("{home}/")),
    );
    for path in texts() {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for own in &own {
            assert!(!text.contains(own.as_str()), "{} names {own}", path.display());
        }
    }
}

#[test]
fn no_address_leads_to_a_private_host() {
    for path in texts() {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let scheme = ["http", "s://"].concat();
        for rest in text.split(&scheme).skip(1) {
            let host: String = rest
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || ".-:@".contains(*c))
                .collect();
            let host = host.trim_end_matches(['.', ':']);
            let private =
                [".internal", ".local", ".lan", ".corp"].iter().any(|end| host.ends_with(end))
                    || host.contains(['@', ':'])
                    || host.split('.').all(|part| part.parse::<u8>().is_ok());
            assert!(host.is_empty() || !private, "{} names the host {host}", path.display());
        }
    }
}

fn toml_of(path: &str) -> toml::Table {
    fs::read_to_string(Path::new(TOP).join(path)).unwrap().parse().unwrap()
}

/// Rust sources of crates, tests and benchmarks.
fn code() -> Vec<PathBuf> {
    let is_rust = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "rs");
    let folders = ["crates", "tests", "benches"].map(|folder| Path::new(TOP).join(folder));
    let code: Vec<_> =
        folders.iter().flat_map(|folder| files_below(folder)).filter(is_rust).collect();
    assert!(code.len() > 50);
    code
}

/// What a person wrote: everything but the lock file, which cargo writes.
fn texts() -> Vec<PathBuf> {
    let top = Path::new(TOP);
    let folders = ["crates", "tests", "benches", "docs", "samples", "scripts", ".ci"];
    let mut texts: Vec<PathBuf> =
        folders.iter().flat_map(|folder| files_below(&top.join(folder))).collect();
    for entry in fs::read_dir(top).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && !path.ends_with("Cargo.lock") {
            texts.push(path);
        }
    }
    texts
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_below(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}
