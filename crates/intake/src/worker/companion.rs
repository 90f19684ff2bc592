//! Companion files and tables of claims: read whole, and sent in parts that fit a message.

use std::fs::File;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;

use firstseen_media::sidecar::claims::{self, Claims};
use firstseen_media::sidecar::{self, Companion, Format, SidecarError};
use firstseen_model::FileState;
use serde::Serialize;

use super::serve::Answer;
use super::wire::{Reply, STILL_CHUNK};

/// Bytes of records that one message carries; the largest record has an eighth of a message.
const PART: usize = STILL_CHUNK;

/// What became of a file, and why.
pub(super) type Failed = (FileState, String);

/// Sends what a companion says.
pub(super) fn companion(
    file: &File,
    format: Option<Format>,
    reply: &mut Answer<'_>,
) -> Result<(), Failed> {
    let read = sidecar::read(&bytes(file)?, format).map_err(failed)?;
    let Companion { format, records, unknown_fields, notes } = read;
    for records in parts(records) {
        let part = Companion { records, ..Companion::of(format) };
        if reply(Reply::Companion(Box::new(part))).is_break() {
            return Ok(());
        }
    }
    let rest = Companion { unknown_fields, notes, ..Companion::of(format) };
    let _: ControlFlow<()> = reply(Reply::Companion(Box::new(rest)));
    Ok(())
}

/// Sends what a table of claims says.
pub(super) fn claims(file: &File, reply: &mut Answer<'_>) -> Result<(), Failed> {
    let Claims { rows, unknown_fields } = claims::read(&bytes(file)?).map_err(failed)?;
    for rows in parts(rows) {
        if reply(Reply::Claims(Claims { rows, unknown_fields: Vec::new() })).is_break() {
            return Ok(());
        }
    }
    let _: ControlFlow<()> = reply(Reply::Claims(Claims { rows: Vec::new(), unknown_fields }));
    Ok(())
}

fn bytes(file: &File) -> Result<Vec<u8>, Failed> {
    let unreadable = |error: std::io::Error| (FileState::Unreadable, error.to_string());
    let size = file.metadata().map_err(unreadable)?.len();
    if size > sidecar::MOST_BYTES as u64 {
        let most = sidecar::MOST_BYTES;
        return Err((FileState::OverLimit, format!("{size} bytes are over the limit of {most}")));
    }
    let mut bytes = vec![0; size as usize];
    file.read_exact_at(&mut bytes, 0).map_err(unreadable)?;
    Ok(bytes)
}

fn failed(error: SidecarError) -> Failed {
    let state = match error {
        SidecarError::OverLimit { .. } => FileState::OverLimit,
        SidecarError::Unknown => FileState::Unsupported,
        _ => FileState::Damaged,
    };
    (state, error.to_string())
}

/// Items in lists that fit a message, in order.
fn parts<T: Serialize>(items: Vec<T>) -> Vec<Vec<T>> {
    let (mut parts, mut size) = (Vec::new(), PART);
    for item in items {
        let length = postcard::to_allocvec(&item).map_or(PART, |bytes| bytes.len());
        if size + length > PART {
            parts.push(Vec::new());
            size = 0;
        }
        size += length;
        if let Some(part) = parts.last_mut() {
            part.push(item);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fit_a_message_and_keep_the_order() {
        let items: Vec<String> = (0..40).map(|i| format!("{i:0>60000}")).collect();
        let parts = parts(items.clone());
        assert!(
            parts.len() > 1
                && parts.iter().all(|part| part.iter().map(String::len).sum::<usize>() <= PART)
        );
        assert_eq!(parts.concat(), items);
        assert!(super::parts(Vec::<String>::new()).is_empty());
    }
}
