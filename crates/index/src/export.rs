//! Every record as JSON, in an order that depends on the records alone, so that two indexes can be compared.

use std::io;

use firstseen_model::{AssetId, Dated, Note, Place, Subject};
use rusqlite::Connection;
use serde_json::{Map, Value, json};

use crate::catalogue::asset::{Asset, Detail, Said};
use crate::catalogue::claim::ClaimRow;
use crate::catalogue::file::FileRow;
use crate::error::{IndexError, Trouble};
use crate::part::{GRADIENT_VERSION, LOCAL_VERSION, PDQ_VERSION, feature_bytes};
use crate::segment::Grouped;
use crate::snapshot::Snapshot;
use crate::stored::{self, Stored};

/// How much an export tells. Each level holds those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Assets and codes.
    Hashes,
    /// Files, sightings, claims, and what persons stated too.
    Sightings,
    /// Time tracks and local features too.
    Features,
    /// Thumbnails and what the files say of themselves too.
    All,
}

impl Snapshot {
    /// Hands every record to `each`: assets by SHA-256, each followed by its files, samples with their cutouts, track,
    /// sightings and claims; then what persons stated. A cutout's features are 38 bytes each: `x` and `y` in two, level, angle, and four words of
    /// eight, little-endian. A text in bytes that is no UTF-8 has its exact bytes beside it, under `..._base64`.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Changed`] where an asset was removed meanwhile, and what `each` says, as
    /// [`IndexError::Io`].
    pub fn export(
        &self,
        level: Level,
        each: &mut dyn FnMut(&Value) -> io::Result<()>,
    ) -> Result<(), IndexError> {
        // Features lie in the order of their lists: which are of a row is gathered once for each segment.
        let mut grouped = self.lives.iter().map(|_| None).collect();
        for id in self.all()? {
            let records = self.of(&id, |connection, asset| {
                self.records(connection, asset, (level, &mut grouped))
            })?;
            for record in records.into_iter().flatten() {
                each(&record)
                    .map_err(|source| IndexError::Io { path: "export".to_owned(), source })?;
            }
        }
        if level >= Level::Sightings {
            for record in self.stated()? {
                each(&record)
                    .map_err(|source| IndexError::Io { path: "export".to_owned(), source })?;
            }
        }
        Ok(())
    }

    /// What persons stated: notes by id, decisions by the time at which they were made, recordings by id.
    fn stated(&self) -> Result<Vec<Value>, IndexError> {
        let said = self.statements()?;
        let mut records: Vec<Value> = said.notes().map(note_record).collect();
        let mut decisions: Vec<_> = said.decisions().iter().collect();
        decisions.sort_by_key(|decision| (decision.at, decision.pair()));
        records.extend(decisions.into_iter().map(|decision| {
            json!({
                "record": "decision", "match": decision.pair().short(64), "one": decision.one.to_string(),
                "other": decision.other.to_string(), "ruling": decision.ruling.word(), "by": decision.by,
                "note": decision.note, "at": decision.at.to_string(),
            })
        }));
        let mut recordings: Vec<_> = said.recordings().iter().collect();
        recordings.sort_by_key(|recording| recording.id);
        records.extend(recordings.into_iter().map(|recording| {
            let members: Vec<_> = recording.members.iter().map(ToString::to_string).collect();
            let joined: Vec<_> = recording.joined.iter().map(|id| id.short(64)).collect();
            json!({
                "record": "recording", "id": recording.id.short(64), "members": members, "joined": joined,
            })
        }));
        Ok(records)
    }

    fn records<'a>(
        &'a self,
        connection: &Connection,
        asset: &Asset,
        (level, grouped): (Level, &mut Vec<Option<Grouped<'a>>>),
    ) -> Result<Vec<Value>, Trouble> {
        let detail = Detail::load(connection, asset)?;
        let mut records = vec![self.asset_record(connection, asset, &detail, level)?];
        if level >= Level::Sightings {
            let files = FileRow::of_asset(connection, asset, detail.files)?;
            let live = files.iter().filter(|row| row.lives_at(self.meta.sequence));
            records.extend(live.map(|row| file_record(asset.id, row)));
        }
        self.add_samples(asset.id, (level, grouped), &mut records)?;
        if level >= Level::Sightings {
            let sightings = self.sightings_of(connection, asset, &detail)?;
            records.extend(sightings.iter().map(|sighting| {
                let seen = &sighting.seen;
                let mut record = json!({
                    "record": "sighting", "id": sighting.id().short(64), "sha256": asset.id.to_string(),
                    "source": seen.source, "post": seen.post, "url": seen.url, "channel": seen.channel,
                    "archive_url": seen.archive_url, "case": seen.case, "caption": seen.caption,
                    "title": seen.title, "from": seen.record, "place": seen.place.as_ref().map(place_value),
                    "dates": seen.dates.iter().map(date_value).collect::<Vec<_>>(),
                });
                add_path(&mut record, seen.path.as_deref());
                record
            }));
            let mut claims = ClaimRow::of_asset(connection, asset, detail.claims)?;
            claims.retain(|row| row.came <= self.meta.sequence);
            claims.sort_by_key(|row| row.id);
            records.extend(claims.iter().map(|row| {
                let claim = &row.claim;
                json!({
                    "record": "claim", "id": row.id.short(64), "sha256": asset.id.to_string(), "by": claim.by,
                    "text": claim.text, "event": claim.event.as_ref().map(date_value),
                    "place": claim.place.as_ref().map(place_value),
                })
            }));
        }
        Ok(records)
    }

    fn asset_record(
        &self,
        connection: &Connection,
        asset: &Asset,
        detail: &Detail,
        level: Level,
    ) -> Result<Value, Trouble> {
        let facts = &detail.facts;
        let mut record = json!({
            "record": "asset", "sha256": asset.id.to_string(), "role": role_word(asset),
            "profile": asset.profile.word(), "kind": facts.kind.stored(), "bytes": facts.size_bytes,
            "mime": facts.mime, "width": facts.width, "height": facts.height,
            "duration_us": facts.duration.map(|duration| duration.0), "has_sound": facts.has_sound,
            "added_at": detail.added_at.to_string(),
        });
        // Read at every level, so that damage to it is never passed over.
        let said = Said::load(connection, asset)?;
        let (metadata, gaps) = (said.metadata(asset.id)?, said.gaps(asset.id)?);
        if level >= Level::All {
            record["metadata"] = stored::parsed(&stored::metadata_to_json(&metadata));
            record["gaps"] = stored::parsed(&stored::gaps_to_json(&gaps));
        }
        Ok(record)
    }

    fn add_samples<'a>(
        &'a self,
        asset: AssetId,
        (level, grouped): (Level, &mut Vec<Option<Grouped<'a>>>),
        records: &mut Vec<Value>,
    ) -> Result<(), Trouble> {
        let missing = || Trouble::rows("segment", Some(asset), "its fingerprint is missing");
        let (at, ordinal, entry) = self.place(&asset)?.ok_or_else(missing)?;
        let segment = &self.lives[at].segment;
        if level >= Level::Features && grouped[at].is_none() {
            grouped[at] = Some(segment.grouped()?);
        }
        let mut rows = Vec::new();
        for number in entry.searched.chain(entry.others) {
            rows.push((number, segment.row(number)?));
        }
        rows.sort_by_key(|(number, row)| (row.at, *number));
        for (number, row) in rows {
            let pdq = segment.code(number)?.0.map(|word| format!("{word:016x}")).concat();
            let mut record = json!({
                "record": "sample", "sha256": asset.to_string(), "at_us": row.at.0, "shot": row.shot,
                "texture": row.texture, "gate": row.gate.map(|gate| gate.word()), "pdq": pdq,
                "pdq_version": PDQ_VERSION, "pdq_quality": row.pdq_quality.0,
                "gradient": format!("{:016x}", row.gradient), "gradient_version": GRADIENT_VERSION,
            });
            if level >= Level::All {
                record["thumbnail_base64"] =
                    segment.thumbnail(number)?.map(|jpeg| base64(&jpeg)).into();
            }
            records.push(record);
            let cutout = if level >= Level::Features { segment.cutout(number)? } else { None };
            if let (Some(cutout), Some(grouped)) = (cutout, &grouped[at]) {
                let part = cutout.part;
                let features = grouped.of(number)?;
                let features: Vec<u8> = features.iter().flat_map(feature_bytes).collect();
                let mut record = json!({
                    "record": "cutout", "sha256": asset.to_string(), "at_us": row.at.0,
                    "part": [part.x, part.y, part.width, part.height], "width": cutout.width,
                    "height": cutout.height, "local_version": LOCAL_VERSION,
                    "features_base64": base64(&features),
                });
                if level >= Level::All && !cutout.thumbnail.is_empty() {
                    record["thumbnail_base64"] = base64(&cutout.thumbnail).into();
                }
                records.push(record);
            }
        }
        let track = if level >= Level::Features { segment.track(ordinal)? } else { None };
        if let Some(codes) = track {
            let codes: Vec<_> = codes.iter().map(|code| format!("{code:016x}")).collect();
            records.push(json!({ "record": "track", "sha256": asset.to_string(), "codes": codes }));
        }
        Ok(())
    }
}

fn role_word(asset: &Asset) -> &'static str {
    match asset.role {
        crate::Role::Reference => "reference",
        crate::Role::Query => "query",
    }
}

fn note_record(note: &Note) -> Value {
    let (asset, recording) = match note.on {
        Subject::Asset(asset) => (Some(asset.to_string()), None),
        Subject::Recording(recording) => (None, Some(recording.short(64))),
    };
    let retracted = note.retracted.as_ref();
    json!({
        "record": "note", "id": note.id().short(64), "sha256": asset, "recording": recording,
        "captured": note.captured.as_ref().map(date_value), "place": note.place.as_ref().map(place_value),
        "label": note.label, "by": note.by, "basis": note.basis, "at": note.at.to_string(),
        "retracted_by": retracted.map(|retracted| &retracted.by),
        "retracted_at": retracted.map(|retracted| retracted.at.to_string()),
    })
}

fn file_record(asset: AssetId, row: &FileRow) -> Value {
    let mut record = json!({
        "record": "file", "sha256": asset.to_string(), "bytes": row.file.size_bytes,
        "modified_ns": row.file.modified_ns,
    });
    add_path(&mut record, Some(&row.file.path));
    record
}

fn date_value(date: &Dated) -> Value {
    json!({
        "kind": date.kind.word(), "text": date.text, "earliest": date.earliest.map(|time| time.to_string()),
        "latest": date.latest.map(|time| time.to_string()), "basis": date.basis.to_string(),
        "doubt": date.doubt.stored(),
    })
}

fn place_value(place: &Place) -> Value {
    stored::parsed(&stored::place_to_json(place))
}

fn add_path(record: &mut Value, path: Option<&[u8]>) {
    let text = path.map(|path| String::from_utf8_lossy(path).into_owned());
    let exact = path.filter(|path| str::from_utf8(path).is_err()).map(base64);
    if let Some(fields) = record.as_object_mut() {
        let more = [("path", text), ("path_base64", exact)];
        fields.extend(
            more.map(|(name, value)| (name.to_owned(), Value::from(value)))
                .into_iter()
                .collect::<Map<_, _>>(),
        );
    }
}

/// RFC 4648, with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let word = three.iter().fold(0, |word, byte| word << 8 | usize::from(*byte))
            << (8 * (3 - three.len()));
        for digit in 0..4 {
            let known = digit <= three.len();
            text.push(if known { char::from(DIGITS[word >> (18 - 6 * digit) & 63]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
