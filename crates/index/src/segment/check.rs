//! Looks at all of a segment: for `verify`, and for what can be kept of a damaged one.

use firstseen_fingerprint::local::{LISTS, list_of};

use super::held::Fault;
use super::layout::{EDGE, Kind, Section};
use super::read::Versions;
use super::{Entry, Segment};
use crate::error::Trouble;

/// Something in a segment that is not as it was written, or never made sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    /// The section, or `file` or `asset`.
    pub(crate) section: &'static str,
    pub(crate) why: String,
    /// The asset that cannot be read for it, if it is known to be one.
    pub(crate) asset: Option<u32>,
}

/// What can be kept of a segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Salvaged {
    /// Ordinals of the assets whose every byte is sound.
    pub(crate) whole: Vec<u32>,
    /// Ordinals of the others, and why.
    pub(crate) lost: Vec<(u32, String)>,
}

impl Segment {
    /// Reads all of it, and shows what is wrong: bytes first, then what cannot be, then the assets that cannot be read.
    pub(crate) fn check(&self, see: &mut dyn FnMut(Bad)) -> Result<(), Trouble> {
        let mut wrong = false;
        let mut tell = |section, why, asset| {
            wrong = true;
            see(Bad { section, why, asset });
        };
        self.check_bytes(&mut |section, why| tell(section, why, None))?;
        self.check_order(&mut |section, why| tell(section, why, None))?;
        self.check_lists(&mut |section, why| tell(section, why, None))?;
        for (ordinal, why) in self.salvage()?.lost {
            tell("asset", why, Some(ordinal));
        }
        Ok(())
    }

    /// Finds which assets can be read as a whole, with [`Segment::part`]; sorting into lists is not needed for that.
    pub(crate) fn salvage(&self) -> Result<Salvaged, Trouble> {
        let grouped = self.grouped_where_sound()?;
        let mut salvaged = Salvaged::default();
        for ordinal in 0..self.assets() {
            match self.part(ordinal, &grouped) {
                Ok(_) => salvaged.whole.push(ordinal),
                Err(trouble) => salvaged.lost.push((ordinal, why(trouble)?)),
            }
        }
        Ok(salvaged)
    }

    /// The features of all assets that can be read: for those that are salvaged.
    pub(crate) fn salvageable(&self) -> Result<super::Grouped<'_>, Trouble> {
        self.grouped_where_sound()
    }

    /// Tests each chunk, the file as a whole, and that there are zeros between sections.
    fn check_bytes(&self, tell: &mut dyn FnMut(&'static str, String)) -> Result<(), Trouble> {
        let held = &self.held;
        let mut chunk = Vec::new();
        let mut whole = blake3::Hasher::new();
        for number in 0..held.len() {
            match held.test(number, &mut chunk) {
                Ok(()) => {}
                Err(Fault::Changed(bytes)) => {
                    let touched = |section: &Section| {
                        section.offset < bytes.end && bytes.start < section.range().end
                    };
                    let of = Kind::ALL.into_iter().filter(|kind| touched(self.section(*kind)));
                    let first = of.map(Kind::word).next().unwrap_or("file");
                    let why = format!("bytes {} to {} were changed", bytes.start, bytes.end);
                    tell(first, why);
                }
                Err(Fault::Io(source)) => {
                    tell("file", format!("chunk {number} cannot be read: {source}"));
                    chunk.clear();
                }
            }
            whole.update(&chunk);
        }
        let end = held.bounds(held.len() - 1).end;
        let mut rest = vec![0; (held.bytes().len() - end) as usize];
        match held.bytes().read(end, &mut rest) {
            Ok(()) => {}
            Err(Fault::Io(source)) => tell("file", format!("its end cannot be read: {source}")),
            Err(Fault::Changed(_)) => tell("file", "it was cut".to_owned()),
        }
        whole.update(&rest);
        if whole.finalize().as_bytes() != &self.listed.blake3 {
            tell("file", "its BLAKE3 is not its name".to_owned());
        }
        let mut last = EDGE as u64;
        let footer = end..end;
        for range in self.taken.iter().chain([&footer]) {
            let gap = held.read(last..range.start);
            if gap.is_ok_and(|gap| gap.iter().any(|byte| *byte != 0)) {
                tell("file", format!("there is something before byte {}", range.start));
            }
            last = range.end;
        }
        Ok(())
    }

    /// Tests that assets are sorted, that their rows follow each other, and that these are by time.
    fn check_order(&self, tell: &mut dyn FnMut(&'static str, String)) -> Result<(), Trouble> {
        let mut last: Option<Entry> = None;
        for ordinal in 0..self.assets() {
            let entry = match self.entry(ordinal) {
                Ok(entry) => entry,
                Err(trouble) => {
                    why(trouble)?;
                    last = None;
                    continue;
                }
            };
            let first =
                ordinal == 0 && (entry.searched.start, entry.others.start) != (0, self.codes());
            if first || last.as_ref().is_some_and(|last| last.id >= entry.id) {
                tell("assets", format!("asset {ordinal} is not in its order"));
            }
            for rows in [entry.searched.clone(), entry.others.clone()] {
                let times: Vec<_> =
                    rows.filter_map(|row| self.row(row).ok()).map(|row| row.at).collect();
                if !times.is_sorted() {
                    tell("rows", format!("those of asset {ordinal} are not by time"));
                }
            }
            last = Some(entry);
        }
        Ok(())
    }

    /// Tests that lists follow each other, and hold what belongs there, by row.
    fn check_lists(&self, tell: &mut dyn FnMut(&'static str, String)) -> Result<(), Trouble> {
        let own = self.versions() == Versions::own();
        let mut end = 0;
        for list in 0..LISTS as u16 {
            let places = match self.list(list) {
                Ok(places) => places,
                Err(trouble) => {
                    tell("lists", why(trouble)?);
                    return Ok(());
                }
            };
            if places.start != end {
                tell("lists", format!("list {list} does not follow the one before"));
            }
            end = places.end;
            let rows: Vec<_> = places.clone().filter_map(|place| self.corner(place).ok()).collect();
            if !rows.is_sorted_by_key(|corner| corner.row) {
                tell("corners", format!("list {list} is not by row"));
            }
            let foreign = places.filter_map(|place| self.descriptor(place).ok());
            if own && foreign.filter(|descriptor| list_of(*descriptor) != list).count() > 0 {
                tell("descriptors", format!("list {list} holds what does not belong there"));
            }
        }
        if end != self.features() {
            tell("lists", "they do not hold all features".to_owned());
        }
        Ok(())
    }
}

/// What is wrong, where it is damage; other trouble is passed on.
fn why(trouble: Trouble) -> Result<String, Trouble> {
    match trouble {
        Trouble::Damaged { why, .. } => Ok(why),
        // A bad disk takes away what lies on it, and no more.
        Trouble::Io { path, source } => Ok(format!("{path}: {source}")),
        other => Err(other),
    }
}
