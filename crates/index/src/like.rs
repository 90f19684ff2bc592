//! Which local features of references look like those of a query.

use std::cmp::Ordering;
use std::sync::PoisonError;

use firstseen_model::{Descriptor, FeatureHit};

use crate::error::IndexError;
use crate::features::ReferenceFeatures;
use crate::near::Answer;
use crate::scan::{Kernel, NearPoint, Sought};
use crate::snapshot::Snapshot;

/// Greatest number of hits of one point. A corner that is near more than these is everywhere: text, a lattice, a logo.
pub const MAX_HITS: usize = 1000;

impl Snapshot {
    /// Finds for each of `points` the features of references at most `radius_bits` away, the bound included, sorted by
    /// point, then distance, then sample. At most the nearest [`MAX_HITS`] of a point; where there are more,
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
        let features = self.features()?;
        let sought: Vec<_> =
            (0..).zip(points).map(|(point, d)| Sought { point, descriptor: *d }).collect();
        let mut nearest: Vec<_> = points
            .iter()
            .map(|_| Nearest { hits: Vec::new(), radius: radius_bits, cut: false })
            .collect();
        let all = 0..features.descriptors.len();
        features.descriptors.within(Kernel::best(), all, &sought, radius_bits, |near| {
            nearest[near.point as usize].add(near, |a, b| self.by_content(features, a, b))
        });
        let mut not_searched = self.codes.not_searched();
        not_searched.extend(features.not_searched());
        let mut answer =
            Answer { value: Vec::new(), snapshot: self.id(), not_searched, truncated: false };
        for mut nearest in nearest {
            nearest.cut(|a, b| self.by_content(features, a, b));
            answer.truncated |= nearest.cut;
            let sample = |near: &NearPoint| self.codes.sample(features.owner(near.place)).0;
            nearest.hits.sort_unstable_by_key(|near| (near.distance, sample(near), near.place));
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
                let features = ReferenceFeatures::load(self)?;
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

/// The nearest features of one point so far.
struct Nearest {
    hits: Vec<NearPoint>,
    /// What is farther is no longer of interest.
    radius: u16,
    /// Whether anything was left out.
    cut: bool,
}

impl Nearest {
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
