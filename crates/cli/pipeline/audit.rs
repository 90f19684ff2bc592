//! Weighs what an index holds against itself, one asset at a time.

use firstseen_assess::{Case, Kind, Known, assess, outcome};
use firstseen_index::{Index, Limit, Role, Snapshot};
use firstseen_match::{Grade, Match};
use firstseen_media::Metadata;
use firstseen_model::{AssetId, Decision, Note, Sighting};
use firstseen_report::{ClaimWeighed, FileReport};
use jiff::SignedDuration;

use super::counted::Counted;
use super::decided;
use super::paths::Kept;
use super::teller::Teller;
use crate::progress::Progress;
use crate::settings::Settings;

/// What came of it.
pub(crate) struct Audited {
    /// Assets that were weighed.
    pub(crate) assets: usize,
    /// Those whose records contradict each other.
    pub(crate) files: Vec<FileReport>,
}

/// An asset that a person holds to be the same.
struct Member {
    found: Match,
    sightings: Vec<Sighting>,
    metadata: Metadata,
    notes: Vec<Note>,
    decision: Option<Decision>,
}

/// Weighs every asset that was seen; of each nothing stays in memory but what contradicts itself.
///
/// # Errors
///
/// Where the index is damaged.
pub(crate) fn audit(
    index: &Index,
    snapshot: &Snapshot,
    limit: &Limit,
    settings: &Settings,
) -> anyhow::Result<Audited> {
    let kept = Kept::for_index(index.folder());
    let auditing =
        Auditing { teller: Teller { counted: Counted { snapshot, limit }, kept: &kept }, settings };
    let mut audited = Audited { assets: 0, files: Vec::new() };
    let all = snapshot.all()?;
    let progress = Progress::new(settings.common.progress, settings.common.quiet, all.len() as u64);
    for id in all {
        if settings.interrupt.is_set() {
            break;
        }
        if snapshot.role(&id)? == Some(Role::Reference) && snapshot.counts(&id, limit)? {
            audited.assets += 1;
            audited.files.extend(auditing.one(&id)?);
        }
        progress.advance(1, 0.0);
    }
    progress.finish();
    Ok(audited)
}

struct Auditing<'a> {
    teller: Teller<'a>,
    settings: &'a Settings,
}

impl Auditing<'_> {
    /// The asset with what contradicts itself in its records, if something does.
    fn one(&self, id: &AssetId) -> anyhow::Result<Option<FileReport>> {
        let counted = &self.teller.counted;
        let own = counted.sightings(id)?;
        let claims = if counted.whole(id)? { counted.snapshot.claims(id)? } else { Vec::new() };
        let metadata = counted.snapshot.metadata(id)?.unwrap_or_default();
        let notes = counted.notes_on(id)?;
        let members = self.members(id)?;
        let matches: Vec<Known<'_>> = members
            .iter()
            .map(|member| Known {
                found: &member.found,
                sightings: &member.sightings,
                metadata: &member.metadata,
                notes: &member.notes,
                decision: member.decision.as_ref(),
            })
            .collect();
        let case = Case {
            asset: *id,
            duration: counted.snapshot.asset(id)?.and_then(|asset| asset.facts.duration),
            own: &own,
            given: &[],
            claims: &claims,
            matches: &matches,
            metadata: &metadata,
            notes: &notes,
            shared: &[],
            replaced: None,
            as_of: self.settings.now,
            older_than: SignedDuration::ZERO,
        };
        let mut findings = assess(&case);
        // That it was seen, or says something of itself, contradicts nothing.
        findings.retain(|finding| matches!(finding.kind, Kind::Conflict | Kind::Inconsistency));
        let pairs: Vec<_> = members.iter().map(|member| member.found.id()).collect();
        decided::doubt_parts(&mut findings, &pairs);
        if findings.is_empty() {
            return Ok(None);
        }
        let mut file = self.teller.file(id, Vec::new())?;
        file.history = None;
        file.claims = claims
            .iter()
            .map(|claim| {
                let (outcome, why) = outcome(claim, &findings, &case);
                ClaimWeighed { claim: claim.clone(), outcome, why }
            })
            .collect();
        file.findings = findings;
        Ok(Some(file))
    }

    /// The assets of which a person says that they are the same as this one. Others of its recording may share another
    /// part of a third with it, and prove nothing of it.
    fn members(&self, id: &AssetId) -> anyhow::Result<Vec<Member>> {
        let counted = &self.teller.counted;
        let others = counted.snapshot.statements()?.same_as(id);
        let mut same = Vec::new();
        for other in others {
            let seen = counted.snapshot.role(&other)? == Some(Role::Reference);
            if seen && counted.snapshot.counts(&other, counted.limit)? {
                same.push(other);
            }
        }
        let member = |other: &AssetId| {
            Ok(Member {
                found: Match {
                    query: *id,
                    reference: *other,
                    grade: Grade::SameFootage,
                    score: 1.0,
                    segments: Vec::new(),
                },
                sightings: counted.sightings(other)?,
                metadata: counted.snapshot.metadata(other)?.unwrap_or_default(),
                notes: counted.notes_on(other)?,
                decision: counted.decision(*id, *other)?,
            })
        };
        same.iter().map(member).collect()
    }
}
