//! Which local features of references look like those of a query.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::PoisonError;

use firstseen_fingerprint::local::{LISTS, lists_near};
use firstseen_model::{Descriptor, FeatureHit};

use crate::error::IndexError;
use crate::features::ReferenceFeatures;
use crate::near::Answer;
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
    /// point, then distance, then sample, then place. At most the nearest [`MAX_HITS`] of a point; where there are more,
    /// [`Answer::truncated`] is set, and which of the equally distant ones are given depends on what they are, not on the
    /// order in which they came.
    ///
    /// Features of samples that are gated are not searched. The first call loads the features of all references into
    /// memory: 42 bytes each.
    ///
    /// # Errors
    ///
    /// Of the first call, and of each until one succeeds: [`IndexError::Damaged`], [`IndexError::Changed`] where samples
    /// were removed or replaced since the snapshot was taken, [`IndexError::Io`].
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
        let features = self.features()?;
        let mut nearest: Vec<_> = points.iter().map(|_| Nearest::within(radius_bits)).collect();
        let mut search = |places, points: &[(u32, Descriptor)]| {
            let sought: Vec<_> = points
                .iter()
                .map(|&(point, descriptor)| {
                    let radius = nearest[point as usize].radius;
                    Sought { point, descriptor, radius }
                })
                .collect();
            features.descriptors.view().within(Kernel::best(), places, &sought, |near| {
                nearest[near.point as usize].add(near, |a, b| self.by_content(features, a, b))
            });
        };
        let numbered = (0..).zip(points.iter().copied());
        if features.are_listed() && probes < LISTS {
            for (list, points) in by_list(numbered, probes) {
                search(features.list(list).unwrap_or_default(), &points);
            }
        } else {
            search(0..features.descriptors.view().len(), &numbered.collect::<Vec<_>>());
        }
        let mut not_searched = self.codes.not_searched();
        not_searched.extend(features.not_searched());
        let mut answer =
            Answer { value: Vec::new(), snapshot: self.id(), not_searched, truncated: false };
        for mut nearest in nearest {
            nearest.cut(|a, b| self.by_content(features, a, b));
            answer.truncated |= nearest.cut;
            let sample = |near: &NearPoint| self.codes.sample(features.owner(near.place)).0;
            nearest.hits.sort_unstable_by(|a, b| {
                let order = (a.distance, sample(a)).cmp(&(b.distance, sample(b)));
                order.then_with(|| self.by_content(features, a, b))
            });
            answer.value.extend(nearest.hits.iter().map(|near| FeatureHit {
                point: near.point,
                sample: sample(near),
                feature: features.feature(near.place),
                distance: near.distance,
            }));
        }
        Ok(answer)
    }

    /// The features of all references, loaded when they are first asked for.
    fn features(&self) -> Result<&ReferenceFeatures, IndexError> {
        if let Some(features) = self.features.get() {
            return Ok(features);
        }
        // One thread loads; the others wait for it.
        let _loading = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        match self.features.get() {
            Some(features) => Ok(features),
            None => {
                let features = ReferenceFeatures::load(self, LISTED_FROM)?;
                Ok(self.features.get_or_init(|| features))
            }
        }
    }

    /// The order of two hits of a point by what they are: distance, asset, time there, then the feature itself.
    fn by_content(&self, features: &ReferenceFeatures, a: &NearPoint, b: &NearPoint) -> Ordering {
        a.distance.cmp(&b.distance).then_with(|| {
            let content = |near: &NearPoint| {
                let row = self.codes.row(features.owner(near.place));
                let feature = features.feature(near.place);
                let place = (feature.y, feature.x, feature.level, feature.angle);
                (self.assets[row.asset as usize].id, row.at, place, feature.descriptor)
            };
            content(a).cmp(&content(b))
        })
    }
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
    hits: Vec<NearPoint>,
    /// What is farther is no longer of interest.
    radius: u16,
    /// Whether anything was left out.
    cut: bool,
}

impl Nearest {
    fn within(radius: u16) -> Self {
        Self { hits: Vec::new(), radius, cut: false }
    }

    /// Takes a hit in; returns the radius for what follows.
    fn add(&mut self, near: NearPoint, order: impl Fn(&NearPoint, &NearPoint) -> Ordering) -> u16 {
        self.hits.push(near);
        // Rarely, so that its cost is spread over as many hits as are kept.
        if self.hits.len() == 2 * MAX_HITS {
            self.cut(order);
        }
        self.radius
    }

    /// Leaves out all but the nearest.
    fn cut(&mut self, order: impl Fn(&NearPoint, &NearPoint) -> Ordering) {
        if self.hits.len() > MAX_HITS {
            let (_, last, _) = self.hits.select_nth_unstable_by(MAX_HITS - 1, order);
            self.radius = last.distance;
            self.hits.truncate(MAX_HITS);
            self.cut = true;
        }
    }
}
