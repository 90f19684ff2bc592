//! What an ISO file (MP4, QuickTime, 3GP, HEIF) says in its boxes: brands, times, tracks, encoders, tags.

use firstseen_model::{Basis, DateKind, Gap};
use jiff::Timestamp;

use super::blocks::Blocks;
use super::boxes::{self, Tag};
use super::iso::{self, IsoBox, Walk, number};
use super::sei::{self, Units};
use super::tags;
use super::text::Texts;
use super::{Fact, FactKind, Metadata, Trust};
use crate::source::Source;
use crate::when::{self, Word};

/// Seconds from 1904, where these files begin to count, to 1970.
const TO_1970: u64 = 2_082_844_800;
/// Boxes whose order is told; the rest of a fragmented file goes on like its beginning.
const MOST_ORDERED: usize = 24;
/// Tracks that are looked at.
const MOST_TRACKS: usize = 64;
/// Bytes of a box that a header or a table of contents may have.
const MOST_BYTES: u64 = 1 << 20;

/// Whether a file of this media type is one of ISO boxes.
pub(super) fn is_iso(mime: &str) -> bool {
    const CLIPS: [&str; 7] = [
        "video/mp4",
        "video/quicktime",
        "video/3gpp",
        "video/3gpp2",
        "video/x-m4v",
        "audio/mp4",
        "image/x-canon-cr3",
    ];
    const PICTURES: [&str; 4] = ["image/heic", "image/heif", "image/avif", "image/heic-sequence"];
    CLIPS.contains(&mime) || PICTURES.contains(&mime)
}

/// XMP packets and C2PA, which have readers of their own.
pub(super) fn blocks(source: &Source, ration: u64) -> Blocks {
    let mut found = Blocks::default();
    let mut walk = Walk::new(source, ration);
    let mut uuids = Vec::new();
    for outer in walk.outermost() {
        match &outer.kind {
            b"uuid" => uuids.push(outer),
            b"moov" => {
                for inner in walk.boxes(outer.body) {
                    match &inner.kind {
                        b"uuid" => uuids.push(inner),
                        // QuickTime's place for it.
                        b"udta" => {
                            let packet = walk.child(inner.body, b"XMP_");
                            found.xmp.extend(packet.map(|packet| walk.bytes(&packet.body, ration)));
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    for uuid in uuids {
        let user_type = walk.bytes(&uuid.body, 16);
        found.c2pa |= user_type == iso::C2PA;
        if user_type == iso::XMP {
            let packet = uuid.body.start + 16..uuid.body.end;
            found.xmp.push(walk.bytes(&packet, ration));
        }
    }
    found.cut = walk.into_cut();
    found
}

/// A file's boxes, and where what they say goes.
pub(super) struct Clip<'a> {
    pub(super) walk: Walk<'a>,
    pub(super) metadata: &'a mut Metadata,
    pub(super) texts: &'a mut Texts,
}

/// Adds what the boxes say. What comes before damage is kept, and the damage is a gap.
pub(super) fn read(
    source: &Source,
    ration: u64,
    metadata: &mut Metadata,
    texts: &mut Texts,
    gaps: &mut Vec<Gap>,
) {
    let mut clip = Clip { walk: Walk::new(source, ration), metadata, texts };
    let outermost = clip.walk.outermost();
    clip.order(&outermost);
    for found in &outermost {
        match &found.kind {
            b"ftyp" => clip.brands(found),
            b"moov" => clip.movie(found),
            b"meta" => tags::metadata(&mut clip, found, "mp4:meta"),
            _ => {}
        }
    }
    let cut = clip.walk.into_cut().map(|why| Gap::new("metadata", why));
    // The same damage may have stopped another reader.
    gaps.extend(cut.filter(|cut| !gaps.contains(cut)));
}

impl Clip<'_> {
    /// Adds a fact.
    pub(super) fn say(&mut self, name: &str, value: String, from: &str, kind: FactKind) {
        if value.is_empty() {
            return;
        }
        let trust = match kind {
            FactKind::Date => Trust::Hint,
            FactKind::Shape => Trust::Measured,
            _ => Trust::Declared,
        };
        self.metadata.facts.push(Fact {
            name: name.to_owned(),
            raw: value.clone(),
            value,
            read_from: from.to_owned(),
            kind,
            trust,
        });
    }

    /// Adds a tag, and the date or place that it is.
    pub(super) fn tag(&mut self, tag: Tag<'_>) {
        if !tag.value.is_empty() {
            boxes::add(tag, self.metadata, self.texts);
        }
    }

    fn order(&mut self, outermost: &[IsoBox]) {
        let mut names: Vec<String> =
            outermost.iter().take(MOST_ORDERED).map(|found| iso::name(found.kind)).collect();
        if let Some(more) = outermost.len().checked_sub(MOST_ORDERED).filter(|more| *more > 0) {
            names.push(format!("and {more} more"));
        }
        self.say("box_order", names.join(" "), "mp4", FactKind::Shape);
    }

    fn brands(&mut self, found: &IsoBox) {
        let Some(body) = self.walk.whole(found, MOST_BYTES) else { return };
        let Some((major, rest)) = body.split_at_checked(4) else { return };
        let compatible = rest.get(4..).unwrap_or_default();
        let list: Vec<String> = compatible
            .chunks(4)
            .map(|brand| self.texts.decode("a brand", brand.trim_ascii_end()))
            .collect();
        let (major, list) = (self.texts.decode("a brand", major), list.join(" "));
        let list = self.texts.keep("compatible_brands", &list);
        self.say("major_brand", major.trim().to_owned(), "mp4:ftyp", FactKind::Program);
        self.say("compatible_brands", list, "mp4:ftyp", FactKind::Program);
    }

    fn movie(&mut self, moov: &IsoBox) {
        let mut told = Vec::new();
        let mut scale = 0;
        let mut tracks = 0;
        for found in self.walk.boxes(moov.body.clone()) {
            match &found.kind {
                b"mvhd" => {
                    let header = self.walk.bytes(&found.body, 32);
                    self.times(&header, "mp4:moov.mvhd", &mut told);
                    scale = number(&header, if header.first() == Some(&1) { 20 } else { 12 }, 4)
                        .unwrap_or(0);
                }
                b"trak" => {
                    tracks += 1;
                    if tracks <= MOST_TRACKS {
                        self.track(&found, &format!("mp4:moov.trak{tracks}"), scale, &mut told);
                    }
                }
                b"udta" => tags::user_data(self, &found, "mp4:moov.udta"),
                b"meta" => tags::metadata(self, &found, "mp4:moov.meta"),
                _ => {}
            }
        }
        if tracks > MOST_TRACKS {
            self.walk.stop(format!("{tracks} tracks; {MOST_TRACKS} were looked at"));
        }
    }

    /// The times of a movie's, track's or media's header. Tracks mostly repeat the movie's: what was told is not told
    /// again.
    fn times(&mut self, header: &[u8], from: &str, told: &mut Vec<(&'static str, u64)>) {
        let wide = if header.first() == Some(&1) { 8 } else { 4 };
        for (name, at) in [("container_create_date", 4), ("container_modify_date", 4 + wide)] {
            // 0 is 1904, when nothing was recorded: it means that nobody set it.
            let Some(seconds) = number(header, at, wide).filter(|seconds| *seconds > 0) else {
                continue;
            };
            if told.contains(&(name, seconds)) {
                continue;
            }
            told.push((name, seconds));
            self.time(name, seconds, from);
        }
    }

    fn time(&mut self, name: &str, seconds: u64, from: &str) {
        let since_1970 = i64::try_from(seconds.wrapping_sub(TO_1970)).ok().filter(|s| *s >= 0);
        let at = since_1970.and_then(|seconds| Timestamp::from_second(seconds).ok());
        let fact = |name: &str, value: String| Fact {
            name: name.to_owned(),
            value,
            raw: seconds.to_string(),
            read_from: from.to_owned(),
            kind: FactKind::Date,
            trust: Trust::Hint,
        };
        let Some(at) = at else {
            // A clock that counted from 1970, or one that was never set: told, and used for nothing.
            let counted = i64::try_from(seconds).ok().and_then(|s| Timestamp::from_second(s).ok());
            let value = counted.filter(|_| seconds < TO_1970).map_or_else(
                || format!("{seconds} seconds from 1904: no date"),
                |at| format!("before 1970; {} if counted from 1970", boxes::plain_utc(at)),
            );
            self.metadata.facts.push(fact(&format!("mp4:{name}"), value));
            return;
        };
        self.metadata.facts.push(fact(name, boxes::plain_utc(at)));
        // The standard has UTC here; many cameras write local time.
        let word = Word { kind: DateKind::Encoded, basis: Basis::Container };
        boxes::add_date(Some(when::doubtful_utc(at, word)), self.metadata);
    }

    fn track(
        &mut self,
        trak: &IsoBox,
        from: &str,
        movie_scale: u64,
        told: &mut Vec<(&'static str, u64)>,
    ) {
        let parts = self.walk.boxes(trak.body.clone());
        for found in &parts {
            match &found.kind {
                b"tkhd" => {
                    let header = self.walk.bytes(&found.body, 32);
                    self.times(&header, &format!("{from}.tkhd"), told);
                }
                b"udta" => tags::user_data(self, found, &format!("{from}.udta")),
                b"meta" => tags::metadata(self, found, &format!("{from}.meta")),
                _ => {}
            }
        }
        let Some(media) = parts.iter().find(|found| found.kind == *b"mdia") else { return };
        let parts_of_media = self.walk.boxes(media.body.clone());
        let mut scale = 0;
        let mut shows_pictures = false;
        for found in &parts_of_media {
            match &found.kind {
                b"mdhd" => {
                    let header = self.walk.bytes(&found.body, 32);
                    self.times(&header, &format!("{from}.mdhd"), told);
                    scale = number(&header, if header.first() == Some(&1) { 20 } else { 12 }, 4)
                        .unwrap_or(0);
                }
                b"hdlr" => {
                    let handler = self.walk.bytes(&found.body, 512);
                    shows_pictures = handler.get(8..12) == Some(b"vide");
                    let name = handler_name(handler.get(24..).unwrap_or_default());
                    let name = self.texts.decode("handler_name", name);
                    let from = format!("{from}.hdlr");
                    self.say("handler_name", name.trim().to_owned(), &from, FactKind::Program);
                }
                _ => {}
            }
        }
        if let Some(edits) = parts.iter().find(|found| found.kind == *b"edts") {
            self.edits(edits, from, movie_scale, scale);
        }
        let samples = parts_of_media
            .iter()
            .find(|found| found.kind == *b"minf")
            .and_then(|found| self.walk.child(found.body.clone(), b"stbl"));
        if let Some(samples) = samples.filter(|_| shows_pictures) {
            self.pictures(&samples, from);
        }
    }

    /// An edit list that does more than start at the first frame.
    fn edits(&mut self, edits: &IsoBox, from: &str, movie_scale: u64, scale: u64) {
        let Some(list) = self.walk.child(edits.body.clone(), b"elst") else { return };
        let body = self.walk.bytes(&list.body, MOST_BYTES);
        let wide = if body.first() == Some(&1) { 8 } else { 4 };
        let step = 2 * wide + 4;
        let Some(count) = number(&body, 4, 4) else { return };
        let entries = body.get(8..).unwrap_or_default().chunks_exact(step);
        let parts: Vec<String> = entries
            .take(usize::try_from(count).unwrap_or(usize::MAX).min(8))
            .filter_map(|entry| {
                let length = number(entry, 0, wide)? as f64 / movie_scale.max(1) as f64;
                let start = number(entry, wide, wide)?;
                let none = if wide == 8 { u64::MAX } else { u64::from(u32::MAX) };
                Some(match start {
                    start if start == none => format!("{length:.3} s of nothing"),
                    start => {
                        let start = start as f64 / scale.max(1) as f64;
                        format!("{length:.3} s from {start:.3} s")
                    }
                })
            })
            .collect();
        let plain = matches!(parts.as_slice(), [one] if one.ends_with(" from 0.000 s"));
        if !plain {
            let more = if count > 8 { format!(", and {} more", count - 8) } else { String::new() };
            let value = parts.join(", ") + &more;
            self.say("edit_list", value, &format!("{from}.edts"), FactKind::Shape);
        }
    }

    /// The encoder's name in the description of a track's pictures, and in its first picture.
    fn pictures(&mut self, samples: &IsoBox, from: &str) {
        let tables = self.walk.boxes(samples.body.clone());
        let table = |kind: &[u8; 4]| tables.iter().find(|found| found.kind == *kind);
        let Some(described) = table(b"stsd") else { return };
        let entries = described.body.start.saturating_add(8)..described.body.end;
        let Some(entry) = self.walk.boxes(entries).into_iter().next() else { return };
        let head = self.walk.bytes(&entry.body, 78);
        // A Pascal string in 32 bytes.
        let name = head.get(42..74).and_then(|field| field.get(1..=usize::from(field[0].min(31))));
        if let Some(name) = name {
            let name = self.texts.decode("encoder", name);
            let name = name.trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned();
            self.say("encoder", name, &format!("{from}.stsd"), FactKind::Program);
        }
        let inner = entry.body.start.saturating_add(78)..entry.body.end;
        let configurations = self.walk.boxes(inner);
        let is_known = |found: &&IsoBox| matches!(&found.kind, b"avcC" | b"hvcC");
        let Some(found) = configurations.iter().find(is_known) else { return };
        let configuration = self.walk.bytes(&found.body, sei::LOOKED_AT);
        let Some(units) = Units::of(found.kind, &configuration) else { return };
        let mut encoders = units.texts_of_configuration(&configuration);
        let sample = [(&b"stco"[..], 4), (b"co64", 8)].into_iter().find_map(|(kind, wide)| {
            let offsets = tables.iter().find(|found| found.kind[..] == *kind)?;
            number(&self.walk.bytes(&offsets.body, 16), 8, wide)
        });
        if let (Some(start), Some(sizes)) = (sample, table(b"stsz")) {
            let sizes = self.walk.bytes(&sizes.body, 16);
            let size = number(&sizes, 4, 4).filter(|size| *size > 0).or(number(&sizes, 12, 4));
            let end = start.saturating_add(size.unwrap_or(0));
            let sample = self.walk.bytes(&(start..end), sei::LOOKED_AT);
            encoders.extend(units.texts_of_sample(&sample));
        }
        encoders.dedup();
        for encoder in encoders {
            let encoder = self.texts.keep("encoder_library", &encoder);
            self.say("encoder_library", encoder, &format!("{from}.sei"), FactKind::Program);
        }
    }
}

/// A handler's name: QuickTime tells its length first, the standard ends it with a NUL.
fn handler_name(field: &[u8]) -> &[u8] {
    let counted = match field {
        [length, rest @ ..]
            if *length > 0 && *length < b' ' || usize::from(*length) == rest.len() =>
        {
            rest.get(..usize::from(*length))
        }
        _ => None,
    };
    let name = counted.unwrap_or(field);
    let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
    &name[..end]
}

#[cfg(test)]
mod tests;
