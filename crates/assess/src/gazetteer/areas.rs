//! Countries and their first-level areas, by code and name.

use std::collections::HashMap;
use std::sync::OnceLock;

use firstseen_model::Area;

use super::fold::{fold, skeleton};

/// One of the areas.
#[derive(Debug)]
pub(super) struct Line {
    /// ISO 3166-1.
    pub(super) country: &'static str,
    /// GeoNames' code of the first-level area; empty for a country.
    pub(super) region: &'static str,
    /// ISO 3166-1 or -2, empty where it is not known.
    iso: &'static str,
    name: &'static str,
    also: &'static str,
}

/// Words that say what sort of area it is, folded, in order.
const SORTS: &[&str] = &[
    "and",
    "autonomous",
    "avtonomnaya",
    "avtonomnyi",
    "canton",
    "county",
    "de",
    "departamento",
    "departement",
    "department",
    "des",
    "district",
    "division",
    "du",
    "emirate",
    "estado",
    "etat",
    "governorate",
    "i",
    "il",
    "ili",
    "kanton",
    "krai",
    "kray",
    "la",
    "le",
    "municipality",
    "obl",
    "oblasc",
    "oblast",
    "oblasti",
    "oblasts",
    "oblysy",
    "of",
    "okrug",
    "prefecture",
    "province",
    "provincia",
    "provincie",
    "provinsi",
    "provinz",
    "raion",
    "rayon",
    "region",
    "regions",
    "republic",
    "republica",
    "republika",
    "republique",
    "respublika",
    "state",
    "territory",
    "the",
    "vilayet",
    "voblasc",
    "voblasts",
    "voivodeship",
    "wilaya",
    "wojewodztwo",
];

/// Endings of adjectives that names of areas have in Slavic languages, as a skeleton has them.
const ADJECTIVES: &[&str] = &["skaia", "skoi", "skoe", "skogo", "ska", "ski", "sk"];

impl Line {
    /// The area as others see it.
    pub(super) fn area(&self) -> Area {
        Area {
            country: self.country.to_owned(),
            region: (!self.region.is_empty()).then(|| self.region.to_owned()),
            name: if self.name.is_empty() { self.region } else { self.name }.to_owned(),
        }
    }

    /// Whether this is that area or a part of it.
    pub(super) fn lies_in(&self, area: &Area) -> bool {
        self.country == area.country
            && area.region.as_deref().is_none_or(|region| region == self.region)
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.also.split(';')).filter(|name| !name.is_empty())
    }
}

/// All areas, a country before its parts.
pub(super) fn areas() -> &'static [Line] {
    static AREAS: OnceLock<Vec<Line>> = OnceLock::new();
    AREAS.get_or_init(|| {
        include_str!("../../data/areas.tsv")
            .lines()
            .map(|line| {
                let mut fields = line.split('\t').map(str::trim);
                let mut field = || fields.next().unwrap_or_default();
                Line {
                    country: field(),
                    region: field(),
                    iso: field(),
                    name: field(),
                    also: field(),
                }
            })
            .collect()
    })
}

/// The area of a place of which none is known.
pub(super) fn nowhere() -> Area {
    Area { country: String::new(), region: None, name: String::new() }
}

/// The area with an ISO code, such as `RU` or `RU-KRS`, or one of GeoNames, such as `RU.41`.
pub(super) fn coded(code: &str) -> Option<Area> {
    let is = |line: &&Line| {
        line.iso == code
            || code.split_once('.').is_some_and(|parts| parts == (line.country, line.region))
    };
    areas().iter().find(is).map(Line::area)
}

/// The areas that bear a name, with or without the word that says of which sort they are; and whether such a word was
/// there. A country's own name is the country's alone, unless areas elsewhere bear it as well.
pub(super) fn named(name: &str) -> (Vec<Area>, bool) {
    let (key, bare) = (key(name), bare(name));
    let has_sort = key != bare;
    let mut found: Vec<usize> = Vec::new();
    for (sort, wanted) in [(Sort::Whole, key), (Sort::Bare, bare.clone())] {
        if found.is_empty() {
            found = named_so(sort, wanted);
        }
    }
    if found.is_empty() && has_sort {
        found = named_so(Sort::Stem, stem(&bare).to_owned());
    }
    let areas = areas();
    let countries: Vec<&str> = (found.iter().map(|at| &areas[*at]))
        .filter(|line| line.region.is_empty())
        .map(|line| line.country)
        .collect();
    found.retain(|at| areas[*at].region.is_empty() || !countries.contains(&areas[*at].country));
    (found.into_iter().map(|at| areas[at].area()).collect(), has_sort)
}

/// In which form a name is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Sort {
    Whole,
    Bare,
    Stem,
}

fn named_so(sort: Sort, wanted: String) -> Vec<usize> {
    static NAMES: OnceLock<HashMap<(Sort, String), Vec<usize>>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let mut names: HashMap<(Sort, String), Vec<usize>> =
            HashMap::with_capacity(16 * areas().len());
        for (at, line) in areas().iter().enumerate() {
            for name in line.names() {
                let bare = bare(name);
                let stem = stem(&bare).to_owned();
                for key in [(Sort::Whole, key(name)), (Sort::Bare, bare), (Sort::Stem, stem)] {
                    let bearers = names.entry(key).or_default();
                    if !bearers.contains(&at) {
                        bearers.push(at);
                    }
                }
            }
        }
        names
    });
    if wanted.is_empty() {
        return Vec::new();
    }
    names.get(&(sort, wanted)).cloned().unwrap_or_default()
}

fn key(name: &str) -> String {
    skeleton(&fold(name))
}

/// The key of a name without the words that say of which sort it is.
fn bare(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’' | 'ʼ'));
    let words: String =
        words.map(fold).filter(|word| SORTS.binary_search(&word.as_str()).is_err()).collect();
    if words.is_empty() { key(name) } else { skeleton(&words) }
}

/// `kursk` of `kurskaia`.
fn stem(key: &str) -> &str {
    for ending in ADJECTIVES {
        if let Some(stem) = key.strip_suffix(ending)
            && stem.chars().count() > 1
        {
            return &key[..stem.len() + 2];
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_sorts_are_in_order() {
        assert!(SORTS.is_sorted());
        assert_eq!(bare("Kursk Oblast"), "kursk");
        assert_eq!(bare("Oblast"), key("Oblast"));
    }
}
