//! Rows of `sample` and `thumbnail`, and time tracks; writes all of an asset's samples.

use firstseen_fingerprint::{Pdq, Quality, dhash, pdq};
use firstseen_intake::{Gate, Record, Sample, TimeTrack};
use firstseen_model::MediaTime;
use rusqlite::{Connection, Row, params};

use super::asset::Asset;
use super::cutout::{CutoutRow, Kept};
use super::meta::{Meta, Table};
use super::{column, unsigned};
use crate::checksum::{Fields, Tally, short};
use crate::error::Trouble;
use crate::spool::{Extent, SpoolWriter};
use crate::stored::Stored;
use crate::{SampleId, StoredSample};

/// Version of the PDQ codes that this program writes and searches.
pub(crate) const PDQ_VERSION: u8 = pdq::VERSION as u8;
/// Version of the gradient codes that this program writes.
pub(crate) const GRADIENT_VERSION: u8 = dhash::VERSION as u8;

/// Greatest number of a shot that is kept: a row's sum has three bytes for it, and so has a code in memory.
pub(crate) const MAX_SHOT: u32 = 0xff_ffff;

const SAMPLE: &str =
    "SELECT id, asset, at_us, shot, texture, gate, pdq_version, pdq, pdq_quality, gradient_version,
                      gradient, sum FROM sample";

/// A row of `sample`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SampleRow {
    pub(crate) asset: i64,
    pub(crate) pdq_version: u8,
    pub(crate) gradient_version: u8,
    pub(crate) stored: StoredSample,
}

impl SampleRow {
    /// Shows every sample of the index, by number, and its sum, which the caller tests: only it knows which assets there are.
    pub(crate) fn for_each(
        connection: &Connection,
        mut see: impl FnMut(&Self, i64) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let mut select = connection.prepare_cached(&format!("{SAMPLE} ORDER BY id"))?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let (sample, sum) = Self::read(row)?;
            see(&sample, sum)?;
        }
        Ok(())
    }

    /// All samples of an asset, by time, tested against its tally.
    pub(crate) fn of_asset(connection: &Connection, asset: &Asset) -> Result<Vec<Self>, Trouble> {
        let mut select =
            connection.prepare_cached(&format!("{SAMPLE} WHERE asset = ?1 ORDER BY at_us, id"))?;
        let mut rows = select.query([asset.num])?;
        let (mut samples, mut tally) = (Vec::new(), Tally::default());
        while let Some(row) = rows.next()? {
            let (sample, sum) = Self::read(row)?;
            if sample.sum() != sum {
                return Err(Trouble::rows("sample", Some(asset.id), "a row was changed"));
            }
            tally.add(sum);
            samples.push(sample);
        }
        if tally != asset.samples {
            return Err(Trouble::rows("sample", Some(asset.id), "rows are missing"));
        }
        Ok(samples)
    }

    fn insert(&self, connection: &Connection, sum: i64) -> Result<(), Trouble> {
        let sample = &self.stored;
        connection
            .prepare_cached(
                "INSERT INTO sample VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![
                sample.id.0.cast_signed(),
                self.asset,
                sample.at.0,
                sample.shot,
                sample.texture,
                sample.gate.map_or(0, Stored::stored),
                self.pdq_version,
                pdq_bytes(sample.pdq),
                sample.pdq_quality.0,
                self.gradient_version,
                sample.gradient.cast_signed(),
                sum
            ])?;
        Ok(())
    }

    /// On the stack, and in one block of BLAKE3, since a snapshot does it for every sample. The asset is not in it: a
    /// row that went over to another asset would show in the tallies of both.
    pub(crate) fn sum(&self) -> i64 {
        let sample = &self.stored;
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&pdq_bytes(sample.pdq));
        bytes[32..40].copy_from_slice(&sample.gradient.to_le_bytes());
        bytes[40..48].copy_from_slice(&sample.id.0.to_le_bytes());
        bytes[48..56].copy_from_slice(&sample.at.0.to_le_bytes());
        bytes[56..59].copy_from_slice(&sample.shot.to_le_bytes()[..3]);
        bytes[59..].copy_from_slice(&[
            sample.texture,
            sample.pdq_quality.0,
            sample.gate.map_or(0, |gate| gate.stored() as u8),
            self.pdq_version,
            self.gradient_version,
        ]);
        short(blake3::hash(&bytes).as_bytes())
    }

    fn read(row: &Row<'_>) -> Result<(Self, i64), Trouble> {
        let gate = match column(row, 5)? {
            0 => None,
            gate => {
                let gate = Gate::from_stored(gate);
                Some(gate.ok_or_else(|| Trouble::rows("sample", None, "a gate that never was"))?)
            }
        };
        let (words, _) = row.get_ref(7)?.as_blob().map_err(rusqlite::Error::from)?.as_chunks::<8>();
        let Ok(words) = <[[u8; 8]; 4]>::try_from(words) else {
            return Err(Trouble::rows("sample", None, "a code of another length"));
        };
        let shot = column(row, 3)?;
        if shot > MAX_SHOT {
            return Err(Trouble::rows("sample", None, "a shot that never was"));
        }
        let stored = StoredSample {
            id: SampleId(unsigned(row, 0)?),
            at: MediaTime(column(row, 2)?),
            shot,
            texture: column(row, 4)?,
            gate,
            pdq: Pdq(words.map(u64::from_be_bytes)),
            pdq_quality: Quality(column(row, 8)?),
            gradient: unsigned(row, 10)?,
        };
        let (asset, pdq_version, gradient_version) =
            (column(row, 1)?, column(row, 6)?, column(row, 9)?);
        Ok((Self { asset, pdq_version, gradient_version, stored }, column(row, 11)?))
    }
}

/// Bits in the order of the interchange form.
pub(crate) fn pdq_bytes(Pdq(words): Pdq) -> [u8; 32] {
    std::array::from_fn(|i| words[i / 8].to_be_bytes()[i % 8])
}

/// Where a sample's thumbnail lies.
pub(crate) struct Thumbnail {
    pub(crate) sample: SampleId,
    pub(crate) extent: Extent,
}

impl Thumbnail {
    /// The thumbnails of an asset, by sample, tested against its tally.
    pub(crate) fn of_asset(
        connection: &Connection,
        asset: &Asset,
        known: Tally,
    ) -> Result<Vec<Self>, Trouble> {
        let mut select = connection.prepare_cached(
            "SELECT t.sample, t.offset, t.bytes, t.blake3, t.sum FROM sample s JOIN thumbnail t ON t.sample = s.id
             WHERE s.asset = ?1 ORDER BY t.sample",
        )?;
        let mut rows = select.query([asset.num])?;
        let (mut thumbnails, mut tally) = (Vec::new(), Tally::default());
        while let Some(row) = rows.next()? {
            let extent = Extent {
                offset: unsigned(row, 1)?,
                bytes: unsigned(row, 2)?,
                blake3: column(row, 3)?,
            };
            let thumbnail = Self { sample: SampleId(unsigned(row, 0)?), extent };
            let sum = column(row, 4)?;
            if thumbnail.sum() != sum {
                return Err(Trouble::rows("thumbnail", Some(asset.id), "a row was changed"));
            }
            tally.add(sum);
            thumbnails.push(thumbnail);
        }
        if tally != known {
            return Err(Trouble::rows("thumbnail", Some(asset.id), "rows are missing"));
        }
        Ok(thumbnails)
    }

    fn insert(&self, connection: &Connection, sum: i64) -> Result<(), Trouble> {
        connection.prepare_cached("INSERT INTO thumbnail VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(
            params![
                self.sample.0.cast_signed(),
                self.extent.offset.cast_signed(),
                self.extent.bytes.cast_signed(),
                self.extent.blake3,
                sum
            ],
        )?;
        Ok(())
    }

    fn sum(&self) -> i64 {
        Fields::of("thumbnail")
            .int(self.sample.0.cast_signed())
            .int(self.extent.offset.cast_signed())
            .int(self.extent.bytes.cast_signed())
            .bytes(&self.extent.blake3)
            .sum()
    }
}

/// What writing a record's samples came to.
pub(crate) struct Written {
    pub(crate) samples: Tally,
    pub(crate) thumbnails: Tally,
    pub(crate) cutouts: Tally,
    pub(crate) track: Option<Extent>,
}

/// Writes the samples that an index keeps, their thumbnails and first cutouts, and the time track.
pub(crate) fn write(
    connection: &Connection,
    spool: &mut SpoolWriter,
    meta: &mut Meta,
    asset: i64,
    record: &Record,
) -> Result<Written, Trouble> {
    let (mut samples, mut thumbnails, mut cutouts) =
        (Tally::default(), Tally::default(), Tally::default());
    for sample in record.samples.iter().filter(|sample| sample.kept) {
        let id = SampleId(meta.number().cast_unsigned());
        let row = SampleRow {
            asset,
            pdq_version: PDQ_VERSION,
            gradient_version: GRADIENT_VERSION,
            stored: stored_sample(id, sample),
        };
        let sum = row.sum();
        row.insert(connection, sum)?;
        samples.add(sum);
        if !sample.thumbnail.is_empty() {
            let thumbnail = Thumbnail { sample: id, extent: spool.append(&sample.thumbnail)? };
            let sum = thumbnail.sum();
            thumbnail.insert(connection, sum)?;
            thumbnails.add(sum);
        }
        if let Some(kept) = Kept::of(sample) {
            cutouts.add(CutoutRow::write(connection, spool, id, &kept)?);
        }
    }
    let track = match &record.track {
        Some(track) => Some(spool.append(&track_bytes(track))?),
        None => None,
    };
    meta.tally_mut(Table::Sample).join(samples);
    meta.tally_mut(Table::Thumbnail).join(thumbnails);
    meta.tally_mut(Table::Cutout).join(cutouts);
    Ok(Written { samples, thumbnails, cutouts, track })
}

/// Deletes all samples of an asset, with their thumbnails and cutouts.
pub(crate) fn delete(
    connection: &Connection,
    meta: &mut Meta,
    asset: &Asset,
    thumbnails: Tally,
) -> Result<(), Trouble> {
    for table in ["thumbnail", "cutout"] {
        connection
            .prepare_cached(&format!(
                "DELETE FROM {table} WHERE sample IN (SELECT id FROM sample WHERE asset = ?1)"
            ))?
            .execute([asset.num])?;
    }
    connection.prepare_cached("DELETE FROM sample WHERE asset = ?1")?.execute([asset.num])?;
    meta.tally_mut(Table::Sample).part(asset.samples);
    meta.tally_mut(Table::Thumbnail).part(thumbnails);
    meta.tally_mut(Table::Cutout).part(asset.cutouts);
    Ok(())
}

fn stored_sample(id: SampleId, sample: &Sample) -> StoredSample {
    StoredSample {
        id,
        at: sample.at,
        shot: sample.shot.min(MAX_SHOT),
        texture: sample.texture,
        gate: sample.gate,
        pdq: sample.pdq,
        pdq_quality: sample.pdq_quality,
        gradient: sample.gradient,
    }
}

/// A time track as the spool keeps it: its codes, eight bytes each. Variants serve a query only, and are not kept.
pub(crate) fn track_bytes(track: &TimeTrack) -> Vec<u8> {
    track.codes.iter().flat_map(|code| code.to_le_bytes()).collect()
}

pub(crate) fn track_from_bytes(bytes: &[u8]) -> TimeTrack {
    let (codes, _) = bytes.as_chunks::<8>();
    TimeTrack {
        codes: codes.iter().map(|code| u64::from_le_bytes(*code)).collect(),
        variants: Vec::new(),
    }
}
