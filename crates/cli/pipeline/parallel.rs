//! Files side by side, results in the order of the files.

use anyhow::Context;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

/// Calls `each` for all of `items`, `jobs` at a time; results come in the order of the items.
///
/// # Errors
///
/// Where threads cannot be started.
pub(crate) fn map<T: Sync, U: Send>(
    items: &[T],
    jobs: usize,
    each: impl Fn(&T) -> U + Sync,
) -> anyhow::Result<Vec<U>> {
    let threads = rayon::ThreadPoolBuilder::new().num_threads(jobs.min(items.len()).max(1));
    let threads = threads.build().context("cannot start threads")?;
    // One file at a time: the last film must not wait behind a batch of its neighbours.
    Ok(threads.install(|| items.par_iter().with_max_len(1).map(&each).collect()))
}
