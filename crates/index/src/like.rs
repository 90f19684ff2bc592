//! Which local features of references look like those of a query.

use std::collections::BTreeMap;
use std::ops::Range;

use firstseen_fingerprint::local::{LISTS, lists_near};
use firstseen_model::{AssetId, Descriptor, Feature, FeatureHit, Gap, MediaTime};

use crate::error::{IndexError, Trouble};
use crate::live::Live;
use crate::near::Answer;
use crate::part::sample_id;
use crate::scan::{Kernel, NearPoint, Sought};
use crate::snapshot::Snapshot;

/// Greatest number of hits of one point. A corner that is near more than these is everywhere: text, a lattice, a logo.
pub const MAX_HITS: usize = 1000;

/// Lists that are searched for a point, of [`LISTS`]. On frames that the lists were not learned from, of the pairs of
/// features up to 32, 40 and 48 bits apart 98.9, 97.4 and 92.9 % are found; with half as many 97.1, 92.8 and 85.2 %.
pub const PROBES: usize = 64;

/// So many features are searched through lists; fewer are all looked at, which takes some 30 ms for 500 points. Lists are
/// faster from some 70,000 on, but lose hits.
pub(crate) const LISTED_FROM: usize = 200_000;

impl Snapshot {
    /// Finds for each of `points` the features of references at most `radius_bits` away, the bound included, sorted by
    /// point, then distance, then asset, time and place there. At most the nearest [`MAX_HITS`] of a point; where there are more,
    /// [`Answer::truncated`] is set, and which of the equally distant ones are given depends on what they are, not on the
    /// order in which they came.
    ///
    /// Features of samples that are gated are not searched. They are used as they lie in the segments' files, which are
    /// mapped.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Io`].
    pub fn like(
        &self,
        points: &[Descriptor],
        radius_bits: u16,
    ) -> Result<Answer<Vec<FeatureHit>>, IndexError> {
        self.like_in(points, radius_bits, PROBES)
    }

    /// The same, with `probes` lists searched for each point. [`LISTS`] or more is an exact search, and so is any where
    /// the references have fewer than 200,000 features in all.
    ///
    /// # Errors
    ///
    /// As [`Snapshot::like`].
    pub fn like_in(
        &self,
        points: &[Descriptor],
        radius_bits: u16,
        probes: usize,
    ) -> Result<Answer<Vec<FeatureHit>>, IndexError> {
        let listed = self.features() >= LISTED_FROM && probes < LISTS;
        self.search_features(points, radius_bits, listed.then_some(probes))
            .map_err(|trouble| self.error(trouble))
    }

    pub(crate) fn search_features(
        &self,
        points: &[Descriptor],
        radius_bits: u16,
        probes: Option<usize>,
    ) -> Result<Answer<Vec<FeatureHit>>, Trouble> {
        let mut nearest: Vec<_> = points.iter().map(|_| Nearest::within(radius_bits)).collect();
        let numbered = || (0..).zip(points.iter().copied());
        match probes {
            Some(probes) => {
                for (list, points) in by_list(numbered(), probes) {
                    for (at, live) in self.lives.iter().enumerate() {
                        let places = live.segment.list(list)?;
                        self.search_places((at, live), places, &points, &mut nearest)?;
                    }
                }
            }
            None => {
                let points: Vec<_> = numbered().collect();
                for (at, live) in self.lives.iter().enumerate() {
                    let places = 0..live.segment.features();
                    self.search_places((at, live), places, &points, &mut nearest)?;
                }
            }
        }
        let (snapshot, not_searched) = (self.id(), self.features_not_searched());
        let mut answer = Answer { value: Vec::new(), snapshot, not_searched, truncated: false };
        for mut nearest in nearest {
            nearest.cut(self)?;
            answer.truncated |= nearest.cut;
            let mut hits = Vec::with_capacity(nearest.hits.len());
            for hit in nearest.hits {
                hits.push((hit.distance, self.content(hit)?, hit));
            }
            hits.sort_unstable_by_key(|(distance, content, hit)| (*distance, *content, hit.at));
            for (distance, (.., feature), hit) in hits {
                let (row, _) = self.lives[hit.at as usize].segment.feature(hit.place as usize)?;
                let (point, sample) = (hit.point, sample_id(hit.at as usize, row).0);
                let feature = feature.feature();
                answer.value.push(FeatureHit { point, sample, feature, distance });
            }
        }
        Ok(answer)
    }

    /// Searches the features in some places of a segment.
    fn search_places(
        &self,
        (at, live): (usize, &Live),
        places: Range<usize>,
        points: &[(u32, Descriptor)],
        nearest: &mut [Nearest],
    ) -> Result<(), Trouble> {
        if places.is_empty() {
            return Ok(());
        }
        let sought: Vec<_> = points
            .iter()
            .map(|&(point, descriptor)| {
                let radius = nearest[point as usize].radius;
                Sought { point, descriptor, radius }
            })
            .collect();
        let mut trouble = Ok(());
        let view = live.segment.descriptors(places.clone())?;
        view.within(Kernel::best(), places, &sought, |near| {
            let nearest = &mut nearest[near.point as usize];
            let (place, distance) = (near.place as u32, near.distance);
            let hit = Hit { point: near.point, distance, at: at as u32, place };
            let added = seen(live, near).and_then(|seen| match seen {
                true => nearest.add(hit, self),
                false => Ok(()),
            });
            if let Err(error) = added {
                trouble = Err(error);
            }
            nearest.radius
        });
        trouble
    }

    /// What decides between equally distant features, whatever the order in which they came: asset, time there, and the
    /// feature itself.
    fn content(&self, hit: Hit) -> Result<(AssetId, MediaTime, Spelled), Trouble> {
        let segment = &self.lives[hit.at as usize].segment;
        let (row, feature) = segment.feature(hit.place as usize)?;
        let row = segment.row(row)?;
        let Feature { x, y, level, angle, descriptor } = feature;
        let spelled = Spelled((y, x, level, angle), descriptor);
        Ok((segment.entry(row.asset)?.id, row.at, spelled))
    }

    /// How many features there are to search.
    fn features(&self) -> usize {
        self.lives.iter().map(|live| live.segment.features()).sum()
    }

    fn features_not_searched(&self) -> Vec<Gap> {
        let mut gaps = self.not_searched();
        let held = self.meta.totals.held;
        let without = held.searched.saturating_sub(held.featured);
        if without > 0 {
            let why = format!("{without} have no local features");
            gaps.push(Gap::new("reference-samples", why));
        }
        gaps
    }
}

/// A feature that is near a point.
#[derive(Clone, Copy)]
struct Hit {
    point: u32,
    distance: u16,
    /// Its segment's place in the snapshot.
    at: u32,
    /// Its place there.
    place: u32,
}

/// A feature in the order of its place: `y`, `x`, level, angle, then its descriptor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Spelled((u16, u16, u8, u8), Descriptor);

impl Spelled {
    fn feature(self) -> Feature {
        let Self((y, x, level, angle), descriptor) = self;
        Feature { x, y, level, angle, descriptor }
    }
}

/// Whether a feature is of a reference that is seen.
fn seen(live: &Live, near: NearPoint) -> Result<bool, Trouble> {
    if live.plain {
        return Ok(true);
    }
    let (row, _) = live.segment.feature(near.place)?;
    Ok(live.reference_of(row)?.is_some())
}

/// Which points search which lists, so that a list is read once for all of them.
fn by_list(
    points: impl Iterator<Item = (u32, Descriptor)>,
    probes: usize,
) -> BTreeMap<u16, Vec<(u32, Descriptor)>> {
    let mut by_list = BTreeMap::<_, Vec<_>>::new();
    for (point, descriptor) in points {
        for list in lists_near(descriptor, probes) {
            by_list.entry(list).or_default().push((point, descriptor));
        }
    }
    by_list
}

/// The nearest features of one point so far.
struct Nearest {
    hits: Vec<Hit>,
    /// What is farther is no longer of interest.
    radius: u16,
    /// Whether anything was left out.
    cut: bool,
}

impl Nearest {
    fn within(radius: u16) -> Self {
        Self { hits: Vec::new(), radius, cut: false }
    }

    /// Takes a hit in.
    fn add(&mut self, hit: Hit, snapshot: &Snapshot) -> Result<(), Trouble> {
        self.hits.push(hit);
        // Rarely, so that its cost is spread over as many hits as are kept.
        if self.hits.len() >= 2 * MAX_HITS {
            self.leave_out_farther();
            // What lies at one distance alone is too much: its content is read now, and else at the end.
            if self.hits.len() > MAX_HITS + MAX_HITS / 2 {
                self.cut(snapshot)?;
            }
        }
        Ok(())
    }

    /// Leaves out what is farther than the nearest [`MAX_HITS`].
    fn leave_out_farther(&mut self) {
        if self.hits.len() > MAX_HITS {
            let (_, last, _) =
                self.hits.select_nth_unstable_by_key(MAX_HITS - 1, |hit| hit.distance);
            self.radius = last.distance;
            self.hits.retain(|hit| hit.distance <= self.radius);
            self.cut = true;
        }
    }

    /// Leaves out all but the nearest. Of those at the greatest distance the content decides.
    fn cut(&mut self, snapshot: &Snapshot) -> Result<(), Trouble> {
        self.leave_out_farther();
        if self.hits.len() <= MAX_HITS {
            return Ok(());
        }
        let (mut nearer, rest): (Vec<_>, Vec<_>) =
            self.hits.drain(..).partition(|hit| hit.distance < self.radius);
        let mut same = Vec::with_capacity(rest.len());
        for hit in rest {
            same.push((snapshot.content(hit)?, hit));
        }
        same.sort_unstable_by_key(|(content, _)| *content);
        let left = MAX_HITS - nearer.len();
        nearer.extend(same.into_iter().take(left).map(|(_, hit)| hit));
        self.hits = nearer;
        Ok(())
    }
}
