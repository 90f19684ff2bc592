//! Two files held against each other: a check against an index of one, in memory.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use firstseen_index::{Entry, Index, Limit, Role};
use firstseen_intake::{Depth, Plan, Purpose, Record};
use firstseen_match::{Explained, Grade};
use firstseen_model::Gap;
use firstseen_report::FileReport;
use jiff::SignedDuration;

use super::check::{Candidates, Question, Remember, Weighed, weigh};
use super::counted::Counted;
use super::frames::{self, Frames, Leads, References, Sides};
use super::look::{self, Failed, Reader};
use super::matching;
use super::paths::Kept;
use super::placing::Placing;
use super::walk::Met;
use crate::commands::options::GivenSighting;
use crate::output::ReplayFile;
use crate::settings::Settings;

/// Whether the stages are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Explain {
    /// No.
    No,
    /// Each.
    Stages,
}

/// What is wanted beside the report.
pub(crate) struct Wanted {
    /// Whether the stages are told.
    pub(crate) explain: Explain,
    /// Where pictures of the match go.
    pub(crate) frames: Option<Frames>,
    /// Where one picture of the match goes.
    pub(crate) replay: Option<ReplayFile>,
}

/// What came of comparing.
pub(crate) struct Compared {
    /// The first file; both where the second could not be looked at.
    pub(crate) files: Vec<FileReport>,
    /// The stages.
    pub(crate) notes: Vec<String>,
}

/// Compares two files.
///
/// # Errors
///
/// Where no worker can be started.
pub(crate) fn compare(
    query: &Path,
    reference: &Path,
    wanted: &Wanted,
    settings: &Settings,
) -> anyhow::Result<Compared> {
    let pool = settings.pool()?;
    let reader = Reader { pool: &pool, settings };
    let sides = [(query, Purpose::Query), (reference, Purpose::Reference)];
    let mut looked = super::parallel::map(&sides, settings.jobs, |(path, purpose)| {
        look(&reader, path, *purpose, settings)
    })?;
    let (Some(reference_look), Some(query_look)) = (looked.pop(), looked.pop()) else {
        unreachable!("two files went in")
    };
    let (query_look, reference_look) = (query_look?, reference_look?);
    let met = |path: &Path| Met::named(path.to_path_buf());
    let look::Looked { record: query_record, state, source: query_source } = match query_look {
        Ok(look) => look,
        Err(failed) => {
            let mut files = vec![failed.report(&met(query))];
            if let Err(failed) = reference_look {
                files.push(failed.report(&met(reference)));
            }
            return Ok(Compared {
                files,
                notes: wanted.nothing_written("not both could be looked at"),
            });
        }
    };
    let path = query.as_os_str().as_bytes().to_vec();
    let mut report = FileReport::of_record(path, &query_record);
    report.state = state;
    let look::Looked { record: reference_record, source: reference_source, .. } =
        match reference_look {
            Ok(look) => look,
            Err(failed) => {
                let mut files = vec![report, failed.report(&met(reference))];
                files[0].gaps.push(Gap::new("comparison", "the other file could not be looked at"));
                return Ok(Compared {
                    files,
                    notes: wanted.nothing_written("not both could be looked at"),
                });
            }
        };
    let index = Index::in_memory()?;
    let mut writer = index.writer(settings.now)?;
    writer.put(&Entry {
        record: &reference_record,
        role: Role::Reference,
        file: Some(&firstseen_index::FileSeen {
            path: reference.as_os_str().as_bytes().to_vec(),
            size_bytes: reference_record.asset.size_bytes,
            modified_ns: 0,
        }),
        sightings: &[],
        claims: &[],
    })?;
    writer.commit()?;
    drop(writer);
    let snapshot = index.snapshot()?;
    let found = matching::find(&query_record, &snapshot, &Limit::default())?;
    let mut notes = match wanted.explain {
        Explain::Stages => {
            stages(&query_record, &reference_record, &found.placing, &found.explained)
        }
        Explain::No => Vec::new(),
    };
    let question = Question {
        sighting: GivenSighting::nothing(),
        older_than: SignedDuration::ZERO,
        candidates: Candidates::All,
        remember: Remember::No,
        frames: None,
        limit: Limit::default(),
        overruled: Candidates::Accepted,
    };
    let weighed = Weighed {
        record: &query_record,
        found,
        given: &[],
        claims: &[],
        replaced: None,
        counted: Counted { snapshot: &snapshot, limit: &question.limit },
        kept: &Kept::for_index(None),
    };
    weigh(&mut report, &weighed, &question, settings)?;
    let sides = Sides {
        pool: &pool,
        query: &query_source,
        record: &query_record,
        references: References::Open(&reference_source),
        snapshot: &snapshot,
        interrupt: &settings.interrupt,
    };
    if let Some(frames) = &wanted.frames {
        frames.write(&mut report, &sides, Leads::LeftOut)?;
    }
    notes.extend(wanted.replay(&mut report, &sides)?);
    Ok(Compared { files: vec![report], notes })
}

impl Wanted {
    /// Shows the match as one picture; what is said of that.
    fn replay(&self, report: &mut FileReport, sides: &Sides<'_>) -> anyhow::Result<Vec<String>> {
        let Some(replay) = &self.replay else { return Ok(Vec::new()) };
        let matched = report.matches.iter().any(|known| known.found.grade != Grade::Lead);
        if let Some(picture) = frames::side_by_side(report, sides)? {
            replay.write(&picture)?;
            let shown = replay.path().display();
            return Ok(vec![format!(
                "replay: {shown}: left the query, in the middle the other as it would look with the same edit, right the \
                 difference (black where they agree, hatched where there is nothing to compare)"
            )]);
        }
        let why = if matched { "a side gave no picture" } else { "the two do not match" };
        Ok(self.nothing_written(why))
    }

    fn nothing_written(&self, why: &str) -> Vec<String> {
        let said = |replay: &ReplayFile| {
            format!("replay: {} was not written: {why}", replay.path().display())
        };
        self.replay.iter().map(said).collect()
    }
}

fn look(
    reader: &Reader<'_>,
    path: &Path,
    purpose: Purpose,
    settings: &Settings,
) -> anyhow::Result<Result<look::Looked, Failed>> {
    let met = Met::named(path.to_path_buf());
    let plan = Plan { depth: Depth::Frames(settings.profile), purpose };
    reader.look(&met, plan)
}

/// What local features found.
fn features(placing: &Placing, reference: &Record) -> Vec<String> {
    let there = reference.samples.iter().flat_map(|sample| &sample.cutouts);
    let there: usize =
        there.flat_map(|cutout| &cutout.features).map(|(_, features)| features.points.len()).sum();
    let looked_at = format!(
        "features: {} in {} parts of frames here, {there} there; {} pairs are alike",
        placing.features, placing.parts, placing.pairs
    );
    let least = firstseen_match::place::LEAST_INLIERS;
    let best = placing.placements.iter().max_by_key(|placement| placement.placed.inliers);
    let agree = match best {
        Some(best) => format!(
            "place: {} of them agree in how one lies in the other, spread over {} of 64 fields of the other ({} here, {} \
             there)",
            best.placed.inliers, best.placed.cells, best.at, best.reference_at
        ),
        None => format!(
            "place: no {least} of them agree in how one lies in the other, so nothing was laid on it"
        ),
    };
    vec![looked_at, agree]
}

/// What each stage saw.
fn stages(
    query: &Record,
    reference: &Record,
    placing: &Placing,
    explained: &[Explained],
) -> Vec<String> {
    let usable = |record: &Record| record.samples.iter().filter(|s| s.gate.is_none()).count();
    let mut lines = vec![format!(
        "samples: {} of {} usable here, {} of {} usable there",
        usable(query),
        query.samples.len(),
        usable(reference),
        reference.samples.len()
    )];
    if query.asset.id == reference.asset.id {
        lines.push("bytes: the same SHA-256".to_owned());
        return lines;
    }
    match nearest(query, reference) {
        Some(nearest) => {
            let radius = firstseen_fingerprint::pdq::RADIUS;
            let verdict = if nearest.bits <= radius { "within" } else { "beyond" };
            lines.push(format!(
                "codes: the nearest pair differs by {} bits of 256 ({} here, {} there{}): {verdict} the radius of {radius}; \
                 unrelated pictures differ by about 128",
                nearest.bits, nearest.query_at, nearest.reference_at, nearest.view
            ));
        }
        None => lines.push("codes: one side has no usable frame".to_owned()),
    }
    lines.extend(features(placing, reference));
    for explained in explained {
        lines.push(format!("judge: {}: {}", explained.found.grade.word(), explained.why));
    }
    lines
}

struct Nearest {
    bits: u16,
    query_at: firstseen_model::MediaTime,
    reference_at: firstseen_model::MediaTime,
    view: &'static str,
}

fn nearest(query: &Record, reference: &Record) -> Option<Nearest> {
    let mut best: Option<Nearest> = None;
    for sample in query.samples.iter().filter(|sample| sample.gate.is_none()) {
        let plain = std::iter::once((firstseen_model::View::default(), sample.pdq));
        for (view, code) in plain.chain(sample.views.iter().copied()) {
            for (negative, code) in [(false, code), (true, code.negative())] {
                for there in reference.samples.iter().filter(|sample| sample.gate.is_none()) {
                    let bits = code.distance(there.pdq);
                    if best.as_ref().is_none_or(|best| bits < best.bits) {
                        best = Some(Nearest {
                            bits,
                            query_at: sample.at,
                            reference_at: there.at,
                            view: match (
                                view.dihedral.mirrored,
                                view.dihedral.quarter_turns,
                                negative,
                            ) {
                                (false, 0, false) => "",
                                (true, 0, false) => ", mirrored",
                                (_, _, false) => ", turned",
                                (_, _, true) => ", as a negative",
                            },
                        });
                    }
                }
            }
        }
    }
    best
}
