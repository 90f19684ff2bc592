//! Options that several subcommands share: which files, what sighting, what claim.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use firstseen_assess::gazetteer;
use firstseen_media::sidecar::Format;
use firstseen_model::{AssetId, Basis, Claim, DateKind, Dated, Place, PlaceKind, SightingDraft};

use crate::pipeline::claimed::Claimed;
use crate::pipeline::companions::{Companions, Named};
use crate::pipeline::told::Told;
use crate::pipeline::walk::{self, Met, Nul};
use crate::settings::Settings;

/// Which files are meant.
#[derive(Clone, Debug, Args)]
pub(crate) struct Inputs {
    /// Files or folders
    #[arg(value_name = "PATH", required_unless_present = "from_list")]
    paths: Vec<PathBuf>,
    /// Take paths from a file, one a line; - is standard input
    #[arg(long, value_name = "FILE|-")]
    from_list: Option<PathBuf>,
    /// Paths in the list end with a NUL byte, as find -print0 writes them
    #[arg(short = '0', long = "null", requires = "from_list")]
    null: bool,
    /// Leave out what this pattern matches, below a folder or by name; may be given more than once
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
}

impl Inputs {
    /// The paths themselves, before any folder is walked.
    ///
    /// # Errors
    ///
    /// Where the list cannot be read, or an address is among the paths.
    pub(crate) fn paths(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut paths = self.paths.clone();
        if let Some(list) = &self.from_list {
            let nul = if self.null { Nul::Ends } else { Nul::Unused };
            paths.extend(walk::from_list(list, nul)?);
        }
        refuse_addresses(&paths)?;
        Ok(paths)
    }

    /// All files under `paths`.
    ///
    /// # Errors
    ///
    /// Where a pattern makes no sense.
    pub(crate) fn walk(&self, paths: &[PathBuf]) -> anyhow::Result<Vec<Met>> {
        walk::walk(paths, &self.exclude)
    }
}

/// Refuses addresses: this program has no network code.
///
/// # Errors
///
/// Where one is among `paths`; says which kind of tool downloads.
pub(crate) fn refuse_addresses(paths: &[PathBuf]) -> anyhow::Result<()> {
    for path in paths {
        let text = path.to_string_lossy();
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        let is_address = scheme.is_some_and(|scheme| {
            !scheme.is_empty()
                && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        });
        if is_address && !path.exists() {
            bail!(
                "{text} is an address, and firstseen does not download: save the post with a downloader such as yt-dlp \
                 --write-info-json (videos), gallery-dl --write-metadata (pictures) or auto-archiver, then give the file"
            );
        }
    }
    Ok(())
}

/// Where the files given were seen.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Where the files given were seen")]
pub(crate) struct SightingOptions {
    /// When they were posted, as EDTF: 2024-10-18, 2024-10, 2024-10-18T07:05Z, 2024-10-01/2024-10-18
    #[arg(long, value_name = "EDTF")]
    posted: Option<String>,
    /// Platform or collection
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Address of the post
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The words under it
    #[arg(long, value_name = "TEXT")]
    caption: Option<String>,
    /// Address of an archived copy; its 14 digits are its date
    #[arg(long, value_name = "URL")]
    archived: Option<String>,
    /// Where the camera stood: 43.35,133.36~5km, RU, "Sergeevka, RU" or geonames:ID
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    place: Option<String>,
    /// The case that they belong to
    #[arg(long, value_name = "NAME")]
    case: Option<String>,
}

impl SightingOptions {
    /// What the options say; `None` where they say nothing that tells one sighting from another.
    ///
    /// # Errors
    ///
    /// Where a date or place makes no sense.
    pub(crate) fn read(&self) -> anyhow::Result<GivenSighting> {
        let mut dates = Vec::new();
        if let Some(text) = &self.posted {
            dates.push(Dated::parse(text, DateKind::Posted, Basis::Person).context("--posted")?);
        }
        if let Some(url) = &self.archived {
            dates.extend(Dated::web_archive(url));
        }
        let place = self.place.as_ref().map(|text| {
            gazetteer::place(text, PlaceKind::Camera, Basis::Person).context("--place")
        });
        let says_where = self.posted.is_some()
            || self.source.is_some()
            || self.url.is_some()
            || self.caption.is_some()
            || self.archived.is_some();
        Ok(GivenSighting {
            says_where,
            draft: SightingDraft {
                source: self.source.clone().unwrap_or_else(|| "local".to_owned()),
                url: self.url.clone(),
                archive_url: self.archived.clone(),
                case: self.case.clone(),
                dates,
                place: place.transpose()?,
                caption: self.caption.clone().unwrap_or_default(),
                record: "command line".to_owned(),
                ..SightingDraft::default()
            },
        })
    }
}

/// What the options say of where the files were seen.
#[derive(Clone, Debug)]
pub(crate) struct GivenSighting {
    /// Whether they say more than a case and a place, which go to what a companion says.
    pub(crate) says_where: bool,
    /// The sighting, without path.
    pub(crate) draft: SightingDraft,
}

impl GivenSighting {
    /// Which places bear the name that was given, where that is not one.
    pub(crate) fn candidates(&self) -> Option<String> {
        gazetteer::candidates_told(self.draft.place.as_ref()?)
    }

    /// Nothing is said.
    pub(crate) fn nothing() -> Self {
        Self { says_where: false, draft: SightingDraft::default() }
    }
}

/// What is asserted of the files given.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "What is asserted of the files given")]
pub(crate) struct ClaimOptions {
    /// The claim, in the words of whoever makes it
    #[arg(long, value_name = "TEXT")]
    claim: Option<String>,
    /// When it is said to have HAPPENED (when it was posted goes into --posted), as EDTF
    #[arg(long, value_name = "EDTF")]
    event_date: Option<String>,
    /// Where it is said to have HAPPENED: 51.73,36.19~80km, UA, "Kursk, RU" or geonames:ID
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    event_place: Option<String>,
    /// Who makes the claim
    #[arg(long, value_name = "WHO")]
    claim_by: Option<String>,
}

impl ClaimOptions {
    /// The claim, if there is one.
    ///
    /// # Errors
    ///
    /// Where a date or place makes no sense, or somebody claims nothing.
    pub(crate) fn read(&self) -> anyhow::Result<Option<GivenClaim>> {
        if self.claim.is_none() && self.event_date.is_none() && self.event_place.is_none() {
            if self.claim_by.is_some() {
                bail!("--claim-by needs a claim: --claim, --event-date or --event-place");
            }
            return Ok(None);
        }
        let place = self.event_place.as_ref().map(|text| {
            gazetteer::place(text, PlaceKind::Event, Basis::Person).context("--event-place")
        });
        let place = place.transpose()?;
        let event = self
            .event_date
            .as_ref()
            .map(|text| gazetteer::event(text, place.as_ref()).context("--event-date"));
        Ok(Some(GivenClaim {
            by: self.claim_by.clone(),
            text: self.claim.clone().unwrap_or_default(),
            event: event.transpose()?,
            place,
        }))
    }
}

/// A claim that is not of an asset yet.
#[derive(Clone, Debug)]
pub(crate) struct GivenClaim {
    by: Option<String>,
    text: String,
    event: Option<Dated>,
    place: Option<Place>,
}

impl GivenClaim {
    /// Which places bear the name that was given, where that is not one.
    pub(crate) fn candidates(&self) -> Option<String> {
        gazetteer::candidates_told(self.place.as_ref()?)
    }

    /// This claim, of that asset.
    pub(crate) fn of(&self, asset: AssetId) -> Claim {
        Claim {
            asset,
            by: self.by.clone(),
            text: self.text.clone(),
            event: self.event.clone(),
            place: self.place.clone(),
        }
    }
}

/// Records and tables of many files.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Records and tables")]
pub(crate) struct RecordOptions {
    /// Read a record or table by hand: yt-dlp, gallery-dl, telegram, auto-archiver, csv or xmp; may be given more than once
    ///
    /// Those met on a walk are read by themselves. A csv has the columns path or sha256, and posted, source, url,
    /// caption, archived, place, case; paths are relative to its folder, dates are EDTF.
    #[arg(long, value_name = "FORMAT=FILE")]
    from: Vec<String>,
    /// Table of claims, a row for each file: path or sha256, and text, event_date, place, by, url; as CSV or JSON lines
    #[arg(long, value_name = "FILE")]
    claims: Option<PathBuf>,
}

impl RecordOptions {
    /// What records, tables and options say of the files met; records among these are marked as such.
    ///
    /// # Errors
    ///
    /// Where what was named cannot be used.
    pub(crate) fn read(
        &self,
        met: &mut [Met],
        claim: Option<GivenClaim>,
        settings: &Settings,
    ) -> anyhow::Result<Told> {
        let named: Vec<Named> =
            self.from.iter().map(|text| named(text)).collect::<Result<_, _>>()?;
        let claimed = Claimed::read(self.claims.as_deref(), met, settings)?;
        Ok(Told::new(Companions::gather(met, &named, settings)?, claimed, claim))
    }
}

/// A record as `FORMAT=FILE`.
fn named(text: &str) -> anyhow::Result<Named> {
    let Some((name, path)) = text.split_once('=').filter(|(_, path)| !path.is_empty()) else {
        bail!("--from {text}: FORMAT=FILE is needed, such as telegram=result.json");
    };
    let Some(format) = Format::ALL.into_iter().find(|format| format.name() == name) else {
        let names = Format::ALL.map(Format::name).join(", ");
        bail!("--from {text}: no such format ({names})");
    };
    Ok(Named { format, path: PathBuf::from(path) })
}
