//! Records of a time line or a search, in JSON.

use serde::Serialize;

use super::wire::{DateWire, given};
use crate::Event;
use crate::ids::Ids;

#[derive(Serialize)]
pub(super) struct EventWire<'a> {
    r#type: &'static str,
    r#ref: Option<String>,
    what: &'static str,
    date: Option<DateWire<'a>>,
    by: Option<&'a str>,
    words: Option<&'a str>,
    place: Option<&'a str>,
    case: Option<&'a str>,
}

impl<'a> EventWire<'a> {
    pub(super) fn of(event: &'a Event, ids: &Ids) -> Self {
        Self {
            r#type: event.of.word(),
            r#ref: ids.told(event.of),
            what: event.what,
            date: event.date.as_ref().map(DateWire::of),
            by: given(&event.by),
            words: given(&event.words),
            place: event.place.as_deref(),
            case: event.case.as_deref(),
        }
    }
}
