//! Places with how far they may be off.

use serde::{Deserialize, Serialize};

use crate::Basis;

/// A place as given, with what is known of where that is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// As given, in the script in which it was given.
    pub text: String,
    /// Where that is, if it is known by coordinates.
    pub point: Option<Point>,
    /// What was there: the camera, what it shows, or only a caption's word.
    pub kind: PlaceKind,
    /// Whose word it is.
    pub basis: Basis,
}

/// A point on Earth and how far off it may be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// WGS84 latitude in degrees, -90..=90.
    pub latitude: f64,
    /// WGS84 longitude in degrees, -180..=180.
    pub longitude: f64,
    /// Radius in metres within which it lies.
    pub radius_m: f64,
}

/// What a place is the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PlaceKind {
    /// The camera stood there.
    Camera,
    /// The picture shows it.
    Shown,
    /// A caption names it.
    Caption,
    /// The channel is of there.
    Channel,
    /// What is shown is said to have happened there.
    Event,
}
