//! From a record to the assets of an index that share footage with it.

use std::collections::BTreeSet;

use firstseen_fingerprint::pdq;
use firstseen_index::{CodeQuery, IndexError, Limit, Snapshot};
use firstseen_intake::Record;
use firstseen_match::{
    Candidate, Edit, Explained, Grade, Match, Params, Reference, ReferenceSample, References,
    Segment, add_placements, candidates, judge,
};

use firstseen_model::{
    Algorithm, AssetId, CodeVersion, Gap, Hit, MediaKind, MediaTime, Part, Span, View,
};

use super::placing::{self, Placing};

/// What an index calls frames of references that are never searched.
const NOT_SEARCHED: &str = "reference-samples";

/// Samples around each chain whose thumbnails the judge gets to see.
const AROUND: usize = 8;

/// Most samples of one asset whose thumbnails are read.
const MAX_SAMPLES: usize = 400;

/// Long side that a thumbnail may have.
const THUMBNAIL_SIDE: u32 = 160;

/// What was found, and what could not be searched.
pub(crate) struct Found {
    /// Matches and leads, the best first.
    pub(crate) explained: Vec<Explained>,
    /// What could not be searched.
    pub(crate) gaps: Vec<Gap>,
    /// What local features found.
    pub(crate) placing: Placing,
}

/// Returns what in the index shares footage with `query`; its own bytes in the index are among it.
///
/// Under a limit it is as if the index held nothing else than the assets with a sighting that counts.
pub(crate) fn find(
    query: &Record,
    snapshot: &Snapshot,
    limit: &Limit,
) -> Result<Found, IndexError> {
    let (hits, mut gaps) = hits(query, snapshot)?;
    let params = Params { recordings: snapshot.reference_count(), ..Params::default() };
    let mut all = candidates(query, &hits, &Params { candidates: usize::MAX, ..params });
    let placing = placing::place(query, snapshot)?;
    gaps.extend(placing.gaps.iter().cloned());
    let mut videos = BTreeSet::new();
    for id in
        placing.placements.iter().map(|placement| placement.reference).collect::<BTreeSet<_>>()
    {
        if snapshot.asset(&id)?.is_some_and(|asset| asset.facts.kind == MediaKind::Video) {
            videos.insert(id);
        }
    }
    add_placements(&mut all, query, &placing.placements, |id| videos.contains(id));
    if !limit.is_none() {
        let mut counting = Vec::with_capacity(all.len());
        for candidate in all {
            if snapshot.counts(&candidate.reference, limit)? {
                counting.push(candidate);
            }
        }
        all = counting;
        // How many frames of the others are dark is told of no index but the whole one.
        gaps.retain(|gap| gap.what != NOT_SEARCHED);
    }
    let few = &all[..all.len().min(params.candidates)];
    if few.len() < all.len() {
        let left = all.len() - few.len();
        gaps.push(Gap::new(
            "index",
            format!("{left} more assets with near codes were not compared"),
        ));
    }
    let mut references = References::new();
    for candidate in few {
        references.insert(candidate.reference, reference(candidate, snapshot)?);
    }
    let mut explained = judge(query, few, &references, &params);
    if snapshot.counts(&query.asset.id, limit)?
        && let Some(own) = identical(query, snapshot)?
    {
        explained.insert(0, own);
    }
    Ok(Found { explained, gaps, placing })
}

/// All codes of the index near to a code of the query, under every view.
fn hits(query: &Record, snapshot: &Snapshot) -> Result<(Vec<Hit>, Vec<Gap>), IndexError> {
    let mut asked: Vec<(MediaTime, View)> = Vec::new();
    let mut queries = Vec::new();
    for sample in query.samples.iter().filter(|sample| sample.gate.is_none()) {
        let views =
            std::iter::once((View::default(), sample.pdq)).chain(sample.views.iter().copied());
        for (view, code) in views {
            for negative in [false, true] {
                let code = if negative { code.negative() } else { code };
                asked.push((sample.at, View { negative, ..view }));
                queries.push(CodeQuery { code });
            }
        }
    }
    let answer = snapshot.near(&queries, pdq::RADIUS)?;
    let mut gaps = answer.not_searched;
    if answer.truncated {
        gaps.push(Gap::new("index", "not all near codes were looked at"));
    }
    let code = CodeVersion { algorithm: Algorithm::Pdq, version: pdq::VERSION };
    let hits = asked
        .into_iter()
        .zip(answer.value)
        .flat_map(|((at, view), hits)| {
            hits.into_iter().filter(|hit| !hit.gated).map(move |hit| Hit {
                at,
                view,
                code,
                reference: hit.asset,
                reference_at: hit.at,
                distance: hit.distance,
            })
        })
        .collect();
    Ok((hits, gaps))
}

/// What the judge gets to see of a candidate: its time track, and the thumbnails around its hits.
fn reference(candidate: &Candidate, snapshot: &Snapshot) -> Result<Reference, IndexError> {
    let id = candidate.reference;
    let samples = snapshot.samples(&id)?;
    let asset = snapshot.asset(&id)?;
    let mut wanted = BTreeSet::new();
    for chain in &candidate.chains {
        for hit in &chain.hits {
            let at = samples.partition_point(|sample| sample.at < hit.reference_at);
            wanted.extend(at.saturating_sub(AROUND)..(at + AROUND + 1).min(samples.len()));
        }
        if wanted.len() > MAX_SAMPLES {
            break;
        }
    }
    let kept: Vec<_> = wanted.into_iter().map(|i| &samples[i]).collect();
    let ids: Vec<_> = kept.iter().map(|sample| sample.id).collect();
    let thumbnails = snapshot.thumbnails(&ids)?;
    let cutouts = snapshot.cutouts(&ids.iter().map(|id| id.0).collect::<Vec<_>>())?;
    let picture = |jpeg: &[u8]| firstseen_media::decode_grey_jpeg(jpeg, THUMBNAIL_SIDE).ok();
    let samples = kept
        .into_iter()
        .zip(thumbnails)
        .zip(cutouts)
        .map(|((sample, jpeg), cutout)| ReferenceSample {
            at: sample.at,
            shot: sample.shot,
            texture: sample.texture,
            thumbnail: jpeg.and_then(|jpeg| picture(&jpeg)),
            cutout: cutout
                .thumbnail
                .filter(|_| cutout.part != Part::WHOLE)
                .and_then(|jpeg| Some((cutout.part, picture(&jpeg)?))),
        })
        .collect();
    Ok(Reference {
        kind: asset.as_ref().map_or(MediaKind::Picture, |asset| asset.facts.kind),
        size: asset.as_ref().map_or((0, 0), |asset| (asset.facts.width, asset.facts.height)),
        duration: asset.and_then(|asset| asset.facts.duration),
        samples,
        track: snapshot.track(&id)?,
    })
}

/// The match with the same bytes, where the index holds them as a reference.
fn identical(query: &Record, snapshot: &Snapshot) -> Result<Option<Explained>, IndexError> {
    let id = query.asset.id;
    let known =
        snapshot.asset(&id)?.is_some_and(|asset| asset.role == firstseen_index::Role::Reference);
    Ok(known.then(|| Explained {
        found: identical_bytes(query, id),
        why: "the bytes are the same".to_owned(),
    }))
}

fn identical_bytes(query: &Record, id: AssetId) -> Match {
    let whole = Span { start: MediaTime::ZERO, end: query.asset.duration.unwrap_or_default() };
    let usable = query.samples.iter().filter(|sample| sample.gate.is_none()).count() as u32;
    let segment = Segment {
        query: whole,
        reference: whole,
        speed: 1.0,
        reversed: false,
        frames: usable,
        frames_looked_at: usable,
        features: None,
        edit: Edit::default(),
        pairs: Vec::new(),
    };
    Match {
        query: id,
        reference: id,
        grade: Grade::IdenticalBytes,
        score: 1.0,
        segments: vec![segment],
    }
}
