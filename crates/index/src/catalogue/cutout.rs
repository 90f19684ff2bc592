//! Rows of `cutout`, and what the spool keeps for each: the part of a frame, its local features and its thumbnail.

use firstseen_fingerprint::local::{self, list_of};
use firstseen_intake::{Cutout, Sample};
use firstseen_model::{Descriptor, Feature, Features, Part, View};
use rusqlite::{Connection, Row, params};

use super::asset::Asset;
use super::{column, unsigned};
use crate::SampleId;
use crate::checksum::{Fields, Tally};
use crate::error::Trouble;
use crate::spool::{Extent, Spool, SpoolWriter};

/// Version of the local features that this program writes and searches.
pub(crate) const LOCAL_VERSION: u16 = local::VERSION;
/// Version of the lists that this program sorts features into. Where the table of lists changes, so must this: an
/// index's features are then sorted anew each time they are loaded.
const LISTS_VERSION: u16 = 0;

/// Bytes of a feature: `x` and `y`, level, angle, and the four words of its descriptor, little-endian.
pub(crate) const FEATURE: usize = 38;
/// Bytes before the features: the part as four floats, then columns and rows of their plane.
const HEAD: usize = 20;
/// Bytes of a list's number. These stand at the end, in the order of the features.
const LIST: usize = 2;

const CUTOUT: &str =
    "SELECT c.sample, c.local_version, c.lists_version, c.features, c.offset, c.bytes, c.blake3,
                             c.sum, s.asset";

/// What an index keeps of a sample's first cutout.
pub(crate) struct Kept<'a> {
    part: Part,
    features: &'a Features,
    thumbnail: &'a [u8],
}

impl<'a> Kept<'a> {
    /// The first cutout's features as they are; `None` where a sample has none.
    pub(crate) fn of(sample: &'a Sample) -> Option<Self> {
        let Cutout { part, features, thumbnail } = sample.cutouts.first()?;
        let plain = features.iter().find(|(view, _)| *view == View::default());
        plain.map(|(_, features)| Self { part: *part, features, thumbnail })
    }

    /// As the spool keeps it, without the numbers of lists: those follow from the features.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let Features { width, height, points } = self.features;
        let mut bytes =
            Vec::with_capacity(HEAD + points.len() * (FEATURE + LIST) + self.thumbnail.len());
        let Part { x, y, width: share, height: tall } = self.part;
        bytes.extend([x, y, share, tall].iter().flat_map(|side| side.to_le_bytes()));
        bytes.extend([width, height].iter().flat_map(|side| side.to_le_bytes()));
        for point in points {
            bytes.extend([point.x, point.y].iter().flat_map(|place| place.to_le_bytes()));
            bytes.extend([point.level, point.angle]);
            bytes.extend(point.descriptor.0.iter().flat_map(|word| word.to_le_bytes()));
        }
        bytes.extend(self.thumbnail);
        bytes
    }
}

/// A row of `cutout`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CutoutRow {
    pub(crate) sample: SampleId,
    pub(crate) local_version: u16,
    /// Version of the lists whose numbers stand behind the features, if any do.
    pub(crate) lists_version: Option<u16>,
    /// How many features there are. As many as its bytes can hold: tested where it is read.
    pub(crate) features: u32,
    pub(crate) extent: Extent,
}

/// A cutout as it was read from the spool.
pub(crate) struct StoredFeatures<'a> {
    pub(crate) part: Part,
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// Spelled as [`feature`] reads them.
    pub(crate) features: &'a [[u8; FEATURE]],
    /// Empty where the sample's own serves.
    pub(crate) thumbnail: &'a [u8],
    /// The list of each feature, where those are of this program's version.
    lists: Option<&'a [[u8; LIST]]>,
}

impl StoredFeatures<'_> {
    /// The list of each feature.
    pub(crate) fn lists(&self) -> impl Iterator<Item = u16> {
        self.features.iter().enumerate().map(|(i, spelled)| match self.lists {
            Some(lists) => u16::from_le_bytes(lists[i]),
            None => list_of(feature(spelled).descriptor),
        })
    }
}

impl CutoutRow {
    /// Shows the row of every cutout with its sum, which agrees with it, and the number of its asset, by sample.
    pub(crate) fn for_each(
        connection: &Connection,
        mut see: impl FnMut(Self, i64, i64),
    ) -> Result<(), Trouble> {
        // From the cutouts to their samples, whichever SQLite takes for the smaller table.
        let mut select = connection.prepare_cached(&format!(
            "{CUTOUT} FROM cutout c CROSS JOIN sample s ON s.id = c.sample ORDER BY c.sample"
        ))?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let (cutout, sum) = Self::read(row)?;
            see(cutout, sum, column(row, 8)?);
        }
        Ok(())
    }

    /// The cutouts of an asset, by sample, tested against its tally.
    pub(crate) fn of_asset(connection: &Connection, asset: &Asset) -> Result<Vec<Self>, Trouble> {
        let mut select = connection.prepare_cached(&format!(
            "{CUTOUT} FROM sample s JOIN cutout c ON c.sample = s.id WHERE s.asset = ?1 ORDER BY c.sample"
        ))?;
        let mut rows = select.query([asset.num])?;
        let (mut cutouts, mut tally) = (Vec::new(), Tally::default());
        while let Some(row) = rows.next()? {
            let (cutout, sum) = Self::read(row)?;
            tally.add(sum);
            cutouts.push(cutout);
        }
        if tally != asset.cutouts {
            return Err(Trouble::rows("cutout", Some(asset.id), "rows are missing"));
        }
        Ok(cutouts)
    }

    /// Writes the cutout of a sample; returns the sum of its row.
    pub(crate) fn write(
        connection: &Connection,
        spool: &mut SpoolWriter,
        sample: SampleId,
        kept: &Kept<'_>,
    ) -> Result<i64, Trouble> {
        let mut bytes = kept.bytes();
        let points = kept.features.points.iter();
        bytes.extend(points.flat_map(|point| list_of(point.descriptor).to_le_bytes()));
        let row = Self {
            sample,
            local_version: LOCAL_VERSION,
            lists_version: Some(LISTS_VERSION),
            features: kept.features.points.len() as u32,
            extent: spool.append(&bytes)?,
        };
        let sum = row.sum();
        connection
            .prepare_cached("INSERT INTO cutout VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
            .execute(params![
                sample.0.cast_signed(),
                row.local_version,
                row.lists_version,
                row.features,
                row.extent.offset.cast_signed(),
                row.extent.bytes.cast_signed(),
                row.extent.blake3,
                sum
            ])?;
        Ok(sum)
    }

    /// Takes what its extent in the spool holds apart.
    pub(crate) fn open<'a>(&self, bytes: &'a [u8]) -> Result<StoredFeatures<'a>, Trouble> {
        self.split(bytes)
            .ok_or_else(|| Trouble::rows("cutout", None, "its bytes do not hold its features"))
    }

    /// The list of each feature, as the spool has them now: what they count is tested when the features are read.
    pub(crate) fn lists(&self, spool: &Spool) -> Result<Vec<u16>, Trouble> {
        if self.lists_version != Some(LISTS_VERSION) {
            return Ok(self.open(&self.bytes(spool)?)?.lists().collect());
        }
        let mut bytes = vec![0; self.lists_bytes()];
        let start = self.extent.offset + self.extent.bytes - bytes.len() as u64;
        spool.peek(start, &mut bytes)?;
        Ok(bytes.as_chunks().0.iter().map(|list| u16::from_le_bytes(*list)).collect())
    }

    /// Reads its bytes, their hash tested.
    pub(crate) fn bytes(&self, spool: &Spool) -> Result<Vec<u8>, Trouble> {
        spool.read(&self.extent)
    }

    fn split<'a>(&self, bytes: &'a [u8]) -> Option<StoredFeatures<'a>> {
        let count = self.features as usize;
        let (head, rest) = bytes.split_first_chunk::<HEAD>()?;
        let (features, rest) = rest.split_at_checked(count.checked_mul(FEATURE)?)?;
        let (thumbnail, lists) =
            rest.split_at_checked(rest.len().checked_sub(self.lists_bytes())?)?;
        let side = |i: usize| f32::from_le_bytes(std::array::from_fn(|at| head[4 * i + at]));
        let count = |i: usize| u16::from_le_bytes([head[16 + 2 * i], head[17 + 2 * i]]);
        Some(StoredFeatures {
            part: Part { x: side(0), y: side(1), width: side(2), height: side(3) },
            width: count(0),
            height: count(1),
            features: features.as_chunks().0,
            thumbnail,
            lists: (self.lists_version == Some(LISTS_VERSION)).then_some(lists.as_chunks().0),
        })
    }

    /// Bytes of the numbers of its lists, at the end of its extent.
    fn lists_bytes(&self) -> usize {
        self.lists_version.map_or(0, |_| self.features as usize * LIST)
    }

    fn sum(&self) -> i64 {
        Fields::of("cutout")
            .int(self.sample.0.cast_signed())
            .int(self.local_version.into())
            .maybe(self.lists_version, |fields, version| fields.int(version.into()))
            .int(self.features.into())
            .int(self.extent.offset.cast_signed())
            .int(self.extent.bytes.cast_signed())
            .bytes(&self.extent.blake3)
            .sum()
    }

    fn read(row: &Row<'_>) -> Result<(Self, i64), Trouble> {
        let cutout = Self {
            sample: SampleId(unsigned(row, 0)?),
            local_version: column(row, 1)?,
            lists_version: column(row, 2)?,
            features: column(row, 3)?,
            extent: Extent {
                offset: unsigned(row, 4)?,
                bytes: unsigned(row, 5)?,
                blake3: column(row, 6)?,
            },
        };
        let sum = column(row, 7)?;
        if cutout.sum() != sum {
            return Err(Trouble::rows("cutout", None, "a row was changed"));
        }
        let least = HEAD as u64 + u64::from(cutout.features) * FEATURE as u64;
        if cutout.extent.bytes < least + cutout.lists_bytes() as u64 {
            return Err(Trouble::rows("cutout", None, "its bytes cannot hold its features"));
        }
        Ok((cutout, sum))
    }
}

/// Reads a feature as it is spelled in the spool.
pub(crate) fn feature(bytes: &[u8; FEATURE]) -> Feature {
    let word = |i: usize| u64::from_le_bytes(std::array::from_fn(|at| bytes[6 + 8 * i + at]));
    Feature {
        x: u16::from_le_bytes([bytes[0], bytes[1]]),
        y: u16::from_le_bytes([bytes[2], bytes[3]]),
        level: bytes[4],
        angle: bytes[5],
        descriptor: Descriptor(std::array::from_fn(word)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::clip;

    fn row(lists_version: Option<u16>, features: u32) -> CutoutRow {
        let extent = Extent { offset: 0, bytes: 0, blake3: [0; 32] };
        CutoutRow { sample: SampleId(1), local_version: 0, lists_version, features, extent }
    }

    #[test]
    fn lists_of_another_version_are_made_anew() {
        let sample = &clip(1).samples[1];
        let mut bytes = Kept::of(sample).unwrap().bytes();
        let lists: Vec<u16> = row(None, 5).open(&bytes).unwrap().lists().collect();
        let points = &sample.cutouts[0].features[0].1.points;
        assert!(points.iter().map(|point| list_of(point.descriptor)).eq(lists));
        bytes.extend([7, 0, 8, 0, 9, 0, 10, 0, 11, 0]);
        let kept = row(Some(LISTS_VERSION), 5);
        let opened = kept.open(&bytes).unwrap();
        assert_eq!(opened.lists().collect::<Vec<_>>(), [7, 8, 9, 10, 11]);
        assert_eq!(opened.thumbnail, sample.cutouts[0].thumbnail);
        let other = row(Some(LISTS_VERSION + 1), 5);
        let opened = other.open(&bytes).unwrap();
        assert!(points.iter().map(|point| list_of(point.descriptor)).eq(opened.lists()));
        assert_eq!(opened.thumbnail, sample.cutouts[0].thumbnail);
    }

    #[test]
    fn bytes_too_few_for_their_features_are_damage() {
        let bytes = Kept::of(&clip(1).samples[0]).unwrap().bytes();
        let kept = row(None, 5);
        assert!(kept.open(&bytes).is_ok());
        for length in 0..bytes.len() {
            assert!(kept.open(&bytes[..length]).is_err(), "{length}");
        }
        for (version, features) in [(None, 6), (None, u32::MAX), (Some(LISTS_VERSION), 5)] {
            assert!(row(version, features).open(&bytes).is_err());
        }
    }
}
