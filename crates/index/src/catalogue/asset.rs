//! Rows of `asset`, `detail` and `metadata`: what is known of an asset beside its fingerprint.

use firstseen_intake::Record;
use firstseen_media::Metadata;
use firstseen_model::{AssetFacts, AssetId, Gap, MediaKind, MediaTime, Profile};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{column, unsigned};
use crate::Role;
use crate::checksum::{Fields, Tally};
use crate::error::Trouble;
use crate::stored::{self, Stored};

/// A row of `asset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asset {
    pub(crate) num: i64,
    pub(crate) id: AssetId,
    pub(crate) role: Role,
    pub(crate) profile: Profile,
    /// Sequence number at which it came.
    pub(crate) came: u64,
    pub(crate) held: Held,
}

/// How much of an asset lies in its segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Moments that are searched.
    pub(crate) searched: u64,
    /// Moments that are not: dark, flat, text only.
    pub(crate) others: u64,
    /// Of those that are searched, how many have local features.
    pub(crate) featured: u64,
    /// Local features.
    pub(crate) features: u64,
}

const ASSET: &str =
    "SELECT num, sha256, role, profile, came, searched, others, featured, features, sum FROM asset";

impl Asset {
    pub(crate) fn find_by_number(
        connection: &Connection,
        num: i64,
    ) -> Result<Option<Self>, Trouble> {
        let mut select = connection.prepare_cached(&format!("{ASSET} WHERE num = ?1"))?;
        let mut rows = select.query([num])?;
        rows.next()?.map(Self::read).transpose()
    }

    /// Shows every asset, by number.
    pub(crate) fn for_each(
        connection: &Connection,
        mut see: impl FnMut(Self),
    ) -> Result<(), Trouble> {
        let mut select = connection.prepare_cached(&format!("{ASSET} ORDER BY num"))?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            see(Self::read(row)?);
        }
        Ok(())
    }

    pub(crate) fn insert(&self, connection: &Connection) -> Result<(), Trouble> {
        connection
            .prepare_cached("INSERT INTO asset VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?
            .execute(params![
                self.num,
                self.id.0,
                self.role.stored(),
                self.profile.stored(),
                self.came.cast_signed(),
                self.held.searched.cast_signed(),
                self.held.others.cast_signed(),
                self.held.featured.cast_signed(),
                self.held.features.cast_signed(),
                self.sum()
            ])?;
        Ok(())
    }

    /// Writes what may change: role, profile, and what is held.
    pub(crate) fn update(&self, connection: &Connection) -> Result<(), Trouble> {
        connection
            .prepare_cached(
                "UPDATE asset SET role = ?2, profile = ?3, searched = ?4, others = ?5, featured = ?6, features = ?7,
                 sum = ?8 WHERE num = ?1",
            )?
            .execute(params![
                self.num,
                self.role.stored(),
                self.profile.stored(),
                self.held.searched.cast_signed(),
                self.held.others.cast_signed(),
                self.held.featured.cast_signed(),
                self.held.features.cast_signed(),
                self.sum()
            ])?;
        Ok(())
    }

    pub(crate) fn sum(&self) -> i64 {
        let Held { searched, others, featured, features } = self.held;
        let fields = Fields::of("asset row")
            .int(self.num)
            .bytes(&self.id.0)
            .int(self.role.stored())
            .int(self.profile.stored())
            .int(self.came.cast_signed());
        let counts = [searched, others, featured, features].into_iter();
        counts.fold(fields, |fields, count| fields.int(count.cast_signed())).sum()
    }

    fn read(row: &Row<'_>) -> Result<Self, Trouble> {
        let id = AssetId(column(row, 1)?);
        let changed = || Trouble::rows("asset", Some(id), "its row was changed");
        let asset = Self {
            num: column(row, 0)?,
            id,
            role: Role::from_stored(column(row, 2)?).ok_or_else(changed)?,
            profile: Profile::from_stored(column(row, 3)?).ok_or_else(changed)?,
            came: unsigned(row, 4)?,
            held: Held {
                searched: unsigned(row, 5)?,
                others: unsigned(row, 6)?,
                featured: unsigned(row, 7)?,
                features: unsigned(row, 8)?,
            },
        };
        if asset.sum() != column::<i64>(row, 9)? {
            return Err(changed());
        }
        Ok(asset)
    }
}

/// A row of `detail`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Detail {
    pub(crate) asset: i64,
    pub(crate) facts: AssetFacts,
    pub(crate) added_at: Timestamp,
    /// BLAKE3 of the record, without anything that depends on when or in which order it came.
    pub(crate) content: [u8; 32],
    pub(crate) sightings: Tally,
    pub(crate) claims: Tally,
    pub(crate) files: Tally,
}

impl Detail {
    pub(crate) fn load(connection: &Connection, asset: &Asset) -> Result<Self, Trouble> {
        let mut select = connection.prepare_cached("SELECT * FROM detail WHERE asset = ?1")?;
        let mut rows = select.query([asset.num])?;
        let damaged = |why: &str| Trouble::rows("detail", Some(asset.id), why);
        let row = rows.next()?.ok_or_else(|| damaged("its row is missing"))?;
        let (detail, sum) =
            Self::read(row, asset)?.ok_or_else(|| damaged("its row was changed"))?;
        if detail.sum() != sum {
            return Err(damaged("its row was changed"));
        }
        Ok(detail)
    }

    pub(crate) fn save(&self, connection: &Connection) -> Result<(), Trouble> {
        let facts = &self.facts;
        connection
            .prepare_cached(
                "REPLACE INTO detail VALUES
                 (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
            )?
            .execute(params![
                self.asset,
                facts.kind.stored(),
                facts.size_bytes.cast_signed(),
                facts.mime,
                facts.width,
                facts.height,
                facts.duration.map(|duration| duration.0),
                facts.has_sound,
                stored::micros(self.added_at),
                self.content,
                self.sightings.rows,
                self.sightings.xor,
                self.claims.rows,
                self.claims.xor,
                self.files.rows,
                self.files.xor,
                self.sum()
            ])?;
        Ok(())
    }

    pub(crate) fn sum(&self) -> i64 {
        let fields = spell_facts(Fields::of("detail").int(self.asset), &self.facts)
            .int(stored::micros(self.added_at))
            .bytes(&self.content);
        [self.sightings, self.claims, self.files]
            .into_iter()
            .fold(fields, |fields, tally| tally.spell(fields))
            .sum()
    }

    /// The row and its sum; `None` where a value is none that was ever written.
    fn read(row: &Row<'_>, asset: &Asset) -> Result<Option<(Self, i64)>, Trouble> {
        let kind: String = column(row, 1)?;
        let Some(kind) = MediaKind::from_stored(&kind) else { return Ok(None) };
        let Some(added_at) = stored::timestamp(column(row, 8)?) else { return Ok(None) };
        let facts = AssetFacts {
            id: asset.id,
            kind,
            size_bytes: unsigned(row, 2)?,
            mime: column(row, 3)?,
            width: column(row, 4)?,
            height: column(row, 5)?,
            duration: column::<Option<i64>>(row, 6)?.map(MediaTime),
            has_sound: column(row, 7)?,
        };
        let tally = |at: usize| -> Result<Tally, Trouble> {
            Ok(Tally { rows: column(row, at)?, xor: column(row, at + 1)? })
        };
        let (sightings, claims, files) = (tally(10)?, tally(12)?, tally(14)?);
        let (asset, content) = (asset.num, column(row, 9)?);
        let detail = Self { asset, facts, added_at, content, sightings, claims, files };
        Ok(Some((detail, column(row, 16)?)))
    }
}

pub(crate) fn spell_facts(fields: Fields, facts: &AssetFacts) -> Fields {
    fields
        .bytes(&facts.id.0)
        .text(facts.kind.stored())
        .int(facts.size_bytes.cast_signed())
        .text(&facts.mime)
        .int(facts.width.into())
        .int(facts.height.into())
        .maybe(facts.duration, |fields, duration| fields.int(duration.0))
        .maybe(facts.has_sound, |fields, sound| fields.int(sound.into()))
}

/// The part of an asset's live content that its record and role make.
pub(crate) fn content_in_role(content: &[u8; 32], role: Role) -> [u8; 32] {
    Fields::of("asset").bytes(content).int(role.stored()).hash()
}

/// A row of `metadata`: what the file says of itself, and what could not be looked at.
pub(crate) struct Said {
    facts: String,
    gaps: String,
}

impl Said {
    pub(crate) fn of(record: &Record) -> Self {
        Self {
            facts: stored::metadata_to_json(&record.metadata),
            gaps: stored::gaps_to_json(&record.gaps),
        }
    }

    /// The same with a gap, in the stead of one of that name.
    pub(crate) fn with_gap(&self, asset: AssetId, gap: Gap) -> Result<Self, Trouble> {
        let mut gaps = self.gaps(asset)?;
        gaps.retain(|known| known.what != gap.what);
        gaps.push(gap);
        Ok(Self { facts: self.facts.clone(), gaps: stored::gaps_to_json(&gaps) })
    }

    pub(crate) fn load(connection: &Connection, asset: &Asset) -> Result<Self, Trouble> {
        let mut select =
            connection.prepare_cached("SELECT facts, gaps, sum FROM metadata WHERE asset = ?1")?;
        let row = select
            .query_row([asset.num], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?)));
        let damaged = |why: &str| Trouble::rows("metadata", Some(asset.id), why);
        let (facts, gaps, sum) = row.optional()?.ok_or_else(|| damaged("its row is missing"))?;
        let said = Self { facts, gaps };
        if said.sum(asset.num) != sum {
            return Err(damaged("its row was changed"));
        }
        Ok(said)
    }

    pub(crate) fn save(&self, connection: &Connection, asset: i64) -> Result<(), Trouble> {
        connection
            .prepare_cached("REPLACE INTO metadata VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![asset, self.facts, self.gaps, self.sum(asset)])?;
        Ok(())
    }

    pub(crate) fn sum(&self, asset: i64) -> i64 {
        Fields::of("metadata").int(asset).text(&self.facts).text(&self.gaps).sum()
    }

    pub(crate) fn metadata(&self, asset: AssetId) -> Result<Metadata, Trouble> {
        let read = stored::metadata_from_json(&self.facts);
        read.ok_or_else(|| {
            Trouble::rows("metadata", Some(asset), "its facts have a form that is not known")
        })
    }

    pub(crate) fn gaps(&self, asset: AssetId) -> Result<Vec<Gap>, Trouble> {
        let read = stored::gaps_from_json(&self.gaps);
        read.ok_or_else(|| {
            Trouble::rows("metadata", Some(asset), "its gaps have a form that is not known")
        })
    }
}
