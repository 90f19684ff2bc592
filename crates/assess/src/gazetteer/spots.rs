//! The populated places, searched where they lie in the program.

use std::sync::OnceLock;

use firstseen_model::{Point, Spot};

use super::areas::{self, areas};
use super::dictionary::{Dictionary, word};
use super::fold::{fold, skeleton};
use super::packed::{BLOCK, MAGIC, PLACE, imprint};

/// Ten thousandths of a degree.
const UNITS: f64 = 10_000.0;
/// A degree of latitude has at least this many metres.
const LEAST_DEGREE_M: f64 = 110_000.0;
/// No two points on Earth are further apart.
const FARTHEST_M: f64 = 20_040_000.0;
/// How far a town reaches whose population is not known.
const UNKNOWN_M: f64 = 5_000.0;

/// All places.
pub(super) struct Spots {
    zones: Vec<&'static str>,
    districts: &'static [u8],
    places: &'static [u8],
    names: Dictionary<'static>,
    keys: Dictionary<'static>,
    starts: &'static [u8],
    postings: &'static [u8],
}

/// A place, unpacked but for its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) geonames: u32,
    pub(super) point: Point,
    /// Line of its area.
    pub(super) area: usize,
    /// Which time zone.
    pub(super) zone: usize,
    name: usize,
}

/// How a place came to bear the name that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bears {
    /// It is its main name.
    Main,
    /// It is another of its names.
    Also,
    /// One of its names is written alike.
    Alike,
}

/// The places of the program.
pub(super) fn spots() -> &'static Spots {
    static SPOTS: OnceLock<Spots> = OnceLock::new();
    SPOTS.get_or_init(|| {
        // The file is part of the program, and a test reads all of it.
        Spots::open(include_bytes!("../../data/places.bin"))
            .expect("the gazetteer's file is of its format")
    })
}

impl Spots {
    fn open(file: &'static [u8]) -> Option<Self> {
        let mut rest = file.strip_prefix(MAGIC)?;
        let lengths: Option<Vec<usize>> =
            (0..7).map(|at| word(rest, at * 4).map(|length| length as usize)).collect();
        rest = rest.get(28..)?;
        let mut sections = lengths?.into_iter().map(|length| {
            let (section, after) = rest.split_at_checked(length)?;
            rest = after;
            Some(section)
        });
        let mut section = || sections.next().flatten();
        Some(Self {
            zones: std::str::from_utf8(section()?).ok()?.lines().collect(),
            districts: section()?,
            places: section()?,
            names: Dictionary::new(section()?)?,
            keys: Dictionary::new(section()?)?,
            starts: section()?,
            postings: section()?,
        })
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.places.len() / PLACE
    }

    /// The place at a number.
    pub(super) fn entry(&self, at: usize) -> Option<Entry> {
        let bytes = self.places.get(at * PLACE..)?.get(..PLACE)?;
        let number = |from: usize, length: usize| {
            bytes[from..from + length].iter().rev().fold(0_u64, |sum, b| sum << 8 | u64::from(*b))
        };
        let packed = number(3, 6);
        let degrees = |units: u64, least: f64| (units as f64 + least * UNITS) / UNITS;
        let district = word(self.districts, number(9, 2) as usize * 4)?;
        Some(Entry {
            geonames: number(0, 3) as u32,
            point: Point {
                latitude: degrees(packed & 0x1F_FFFF, -90.0),
                longitude: degrees(packed >> 21 & 0x3F_FFFF, -180.0),
                radius_m: reach((packed >> 43) as i32),
            },
            area: (district & 0xFFFF) as usize,
            zone: (district >> 16) as usize,
            name: number(11, 3) as usize,
        })
    }

    /// Every place.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        (0..self.count()).filter_map(|at| self.entry(at))
    }

    /// The name of a time zone.
    pub(super) fn zone(&self, entry: &Entry) -> Option<&'static str> {
        self.zones.get(entry.zone).copied()
    }

    /// The place with a number of GeoNames.
    pub(super) fn numbered(&self, geonames: u32) -> Option<Entry> {
        let number = geonames.to_le_bytes();
        let mut places = self.places.chunks_exact(PLACE);
        let at = places.position(|place| place[..3] == number[..3] && number[3] == 0)?;
        self.entry(at)
    }

    /// The place that a spot is.
    pub(super) fn found_again(&self, spot: &Spot) -> Option<Entry> {
        let here = self.within(&spot.point, 1.0);
        here.into_iter().map(|(_, entry)| entry).find(|entry| entry.geonames == spot.geonames)
    }

    /// The places that bear a name; those with one that is only written alike where it is nobody's main name.
    pub(super) fn named(&self, name: &str) -> Vec<(Bears, Entry)> {
        let folded = fold(name);
        if folded.is_empty() {
            return Vec::new();
        }
        let found = self.keys.find(skeleton(&folded).as_bytes());
        let mut bearers: Vec<(Bears, Entry)> = found
            .into_iter()
            .flat_map(|key| self.postings(key))
            .filter_map(|(place, print)| {
                let entry = self.entry(place)?;
                let bears = if print != imprint(&folded) {
                    Bears::Alike
                } else if fold(&self.names.get(entry.name)?) == folded {
                    Bears::Main
                } else {
                    Bears::Also
                };
                Some((bears, entry))
            })
            .collect();
        bearers.sort_by_key(|(bears, entry)| (entry.geonames, *bears));
        bearers.dedup_by_key(|(_, entry)| entry.geonames);
        if bearers.iter().any(|(bears, _)| *bears == Bears::Main) {
            bearers.retain(|(bears, _)| *bears != Bears::Alike);
        }
        bearers.sort_by(|(a, one), (b, other)| {
            let larger = other.point.radius_m.total_cmp(&one.point.radius_m);
            a.cmp(b).then(larger).then(one.geonames.cmp(&other.geonames))
        });
        bearers
    }

    /// Place and imprint of each posting of a key.
    fn postings(&self, key: usize) -> Vec<(usize, u8)> {
        let Some(start) = word(self.starts, key / BLOCK * 4) else { return Vec::new() };
        let (mut before, mut found) = (key % BLOCK, Vec::new());
        for bytes in self.postings.get(start as usize * 3..).unwrap_or_default().chunks_exact(3) {
            let posting = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
            let is_last = posting >> 23 == 1;
            if before == 0 {
                found.push(((posting & 0x3_FFFF) as usize, (posting >> 18 & 31) as u8));
                if is_last {
                    break;
                }
            } else {
                before -= usize::from(is_last);
            }
        }
        found
    }

    /// The places within so many metres of a point, with their distances, the nearest first.
    pub(super) fn within(&self, point: &Point, metres: f64) -> Vec<(f64, Entry)> {
        let mut found = self.around(point, metres);
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.geonames.cmp(&b.1.geonames)));
        // A reach of more than half a turn meets the same place twice.
        found.dedup_by_key(|(_, entry)| entry.geonames);
        found
    }

    /// The places within so many metres of a point, with their distances, in no order, some twice.
    fn around(&self, point: &Point, metres: f64) -> Vec<(f64, Entry)> {
        let north = (metres / LEAST_DEGREE_M).min(180.0);
        let (south_most, north_most) = (point.latitude - north, point.latitude + north);
        // Where the poles are near, all longitudes are.
        let widest = south_most.abs().max(north_most.abs());
        let east = if widest >= 89.0 { 360.0 } else { north / libm::cos(widest.to_radians()) };
        let mut found = Vec::new();
        let bands = (south_most.max(-90.0) + 90.0).floor() as u32
            ..=(north_most.min(90.0) + 90.0).floor() as u32;
        for band in bands {
            for turn in [-360.0, 0.0, 360.0] {
                let from = point.longitude + turn - east;
                let to = point.longitude + turn + east;
                if to < -180.0 || from > 180.0 {
                    continue;
                }
                let mut at = self.first(band, (((from + 180.0) * UNITS) as u32).saturating_sub(1));
                while let Some((entry, place)) = self.entry(at).zip(self.order(at))
                    && place.0 == band
                    && entry.point.longitude <= to
                {
                    let apart = point.distance_m(&entry.point);
                    if apart <= metres {
                        found.push((apart, entry));
                    }
                    at += 1;
                }
            }
        }
        found
    }

    /// The places next to a point, with their distances: the first `count`.
    pub(super) fn nearest(&self, point: &Point, count: usize) -> Vec<(f64, Entry)> {
        let mut metres = 20_000.0;
        loop {
            let mut found = self.within(point, metres);
            if found.len() >= count || metres > FARTHEST_M {
                found.truncate(count);
                return found;
            }
            metres *= 3.0;
        }
    }

    /// The place next to a point of those that are wanted.
    pub(super) fn nearest_of(
        &self,
        point: &Point,
        wanted: impl Fn(&Entry) -> bool,
    ) -> Option<Entry> {
        let mut metres = 50_000.0;
        loop {
            let around = self.around(point, metres).into_iter();
            let wanted = around.filter(|(_, entry)| wanted(entry));
            let nearest = |a: &(f64, Entry), b: &(f64, Entry)| {
                a.0.total_cmp(&b.0).then(a.1.geonames.cmp(&b.1.geonames))
            };
            if let Some((_, entry)) = wanted.min_by(nearest) {
                return Some(entry);
            }
            if metres > FARTHEST_M {
                return None;
            }
            metres *= 3.0;
        }
    }

    /// The first place that does not stand before this degree of latitude and longitude.
    fn first(&self, band: u32, east: u32) -> usize {
        let (mut from, mut to) = (0, self.count());
        while from < to {
            let middle = from.midpoint(to);
            if self.order(middle) < Some((band, east)) { from = middle + 1 } else { to = middle }
        }
        from
    }

    /// By what places are in order: degree of latitude, then longitude.
    fn order(&self, at: usize) -> Option<(u32, u32)> {
        let bytes = self.places.get(at * PLACE + 3..)?.get(..6)?;
        let packed = bytes.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        Some(((packed & 0x1F_FFFF) as u32 / 10_000, (packed >> 21 & 0x3F_FFFF) as u32))
    }

    /// The place as others see it.
    pub(super) fn spot(&self, entry: &Entry) -> Spot {
        Spot {
            geonames: entry.geonames,
            name: self.names.get(entry.name).unwrap_or_default(),
            area: areas().get(entry.area).map(areas::Line::area).unwrap_or_else(areas::nowhere),
            point: entry.point,
        }
    }
}

/// How far a town reaches from its middle: 10 m for the root of its population, from 2 to 30 km.
fn reach(bits: i32) -> f64 {
    if bits == 0 {
        return UNKNOWN_M;
    }
    (10.0 * libm::sqrt(libm::ldexp(1.0, bits))).clamp(2_000.0, 30_000.0)
}
