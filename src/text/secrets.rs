//! The values that must not be seen, looked for in all that is shown or kept.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use self::bare::Bare;
use self::cuts::Cuts;
use self::folds::Folds;
use self::letters::Letters;
use self::looked::{LONGEST, Looked, looked_for};
use self::most::Most;
use self::places::{apart, as_it_came, mask_at, seen, to_the_end, whole};
use self::plain::Plain;
use super::visible::Visible;
use super::{MASK, Span};

mod bare;
mod basic;
mod cuts;
mod escapes;
mod folds;
mod letters;
mod looked;
mod most;
mod percent;
mod places;
mod plain;
mod quotes;
mod trace;

pub use folds::Fold;

/// So many first bytes of a secret tell it: half of it, but no fewer and no more than these.
const BEGINNING: Range<usize> = 4..8;

/// So much of what is not seen at the end of a line may be an escape sequence that is not whole.
const SEQUENCE: usize = 256;

/// The secret values of a session, found and masked in one pass over a text. Copies share what one
/// of them learns.
#[derive(Clone)]
pub struct Secrets(Arc<RwLock<Known>>);

/// What is looked for at the moment.
#[derive(Default)]
struct Known {
    finder: Option<AhoCorasick>,
    values: Vec<String>,
    /// How those end of which the beginning is looked for.
    ends: Vec<String>,
    /// Those themselves.
    long: Vec<String>,
    /// Made for the first text of which something is left out.
    cuts: OnceLock<Cuts>,
    /// Made for the first text in which a letter is written otherwise.
    bare: OnceLock<Bare>,
    /// What those are made of.
    letters: OnceLock<Letters>,
    /// Made for the first text that may hold a part of one.
    most: OnceLock<Most>,
    /// Made for the first lines of a service.
    folds: OnceLock<Folds>,
    longest: usize,
    /// Whether a quote stands in one of them, which may be doubled.
    quoted: bool,
    kind: Option<AhoCorasickKind>,
}

impl Known {
    /// `kind` is the finder's; without one the library chooses what searches fastest.
    fn new(looked: Looked, kind: Option<AhoCorasickKind>) -> Self {
        let Looked {
            mut values,
            ends,
            long,
        } = looked;
        values.sort();
        values.dedup();
        // A set too large for the automaton cannot come from env files; masking nothing would be
        // worse than masking everything, so an empty finder is used only for an empty set.
        let finder = if values.is_empty() {
            None
        } else {
            AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .kind(kind)
                .build(&values)
                .ok()
        };
        Self {
            finder,
            longest: values.iter().map(String::len).max().unwrap_or(0),
            quoted: values.iter().any(|value| quotes::has_any(value.as_bytes())),
            values,
            ends,
            long,
            cuts: OnceLock::new(),
            bare: OnceLock::new(),
            letters: OnceLock::new(),
            most: OnceLock::new(),
            folds: OnceLock::new(),
            kind,
        }
    }

    fn folds(&self) -> &Folds {
        self.folds
            .get_or_init(|| Folds::new(&self.values, &self.long))
    }

    fn bare(&self) -> &Bare {
        self.bare.get_or_init(|| Bare::new(&self.values, self.kind))
    }

    /// A text as it is read, where that is not how it is written.
    fn plain(&self, text: &[u8]) -> Option<Plain> {
        let letters = || {
            let of_values = || Letters::of(&self.bare().values);
            self.letters.get_or_init(of_values)
        };
        Plain::of(text, letters, self.quoted)
    }

    /// Whether a secret stands in `raw`, or in what is seen of it.
    fn found_in(&self, raw: &[u8], visible: Option<&Visible>) -> bool {
        self.finder.as_ref().is_some_and(|finder| {
            finder.is_match(raw)
                || visible.is_some_and(|visible| finder.is_match(visible.text()))
                || !self.in_part(seen(raw, visible)).is_empty()
                || !self.most_in(raw, visible).is_empty()
        })
    }

    /// Where most of a secret stands, from its beginning on, before what is no more of it; in no order.
    fn most_in(&self, raw: &[u8], visible: Option<&Visible>) -> Vec<Range<usize>> {
        let new = || Most::new(&self.values, self.kind);
        let most = self.most.get_or_init(new);
        let mut places = most.places(&self.values, raw);
        if let Some(visible) = visible {
            let seen = most.places(&self.values, visible.text()).into_iter();
            places.extend(seen.map(|place| visible.range(&place)));
        }
        places
    }

    /// Where parts of secrets stand that tell them, or letters that others make them of.
    fn in_part(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        if Cuts::may_be_in(text) {
            let cuts = self
                .cuts
                .get_or_init(|| Cuts::new(&self.values, &self.ends));
            places = cuts.places(text);
        }
        if self.finder.is_some()
            && let Some(plain) = self.plain(text)
        {
            let finds = self.bare().places(&plain);
            places.extend(finds.map(|(place, is_cut)| {
                if is_cut {
                    to_the_end(text, place)
                } else {
                    place
                }
            }));
        }
        let tokens = basic::tokens(text).filter(|(_, told)| {
            let finder = self.finder.as_ref();
            finder.is_some_and(|finder| finder.is_match(told))
        });
        places.extend(tokens.map(|(place, _)| place));
        places
    }

    /// Where whole secrets stand in a text, however they are written, and one that its end may be the beginning of; in
    /// no order.
    fn written_in(&self, text: &[u8]) -> Vec<Range<usize>> {
        let finder = self.finder.iter();
        let finds = finder.flat_map(|finder| finder.find_iter(text));
        let mut places: Vec<Range<usize>> = finds.map(|found| found.range()).collect();
        if let Some(plain) = self.plain(text) {
            places.extend(self.bare().places(&plain).map(|(place, _)| place));
        }
        let from = text.len().saturating_sub(folds::BEFORE);
        let begun = self.begun(&text[from..], |_| folds::WORDS);
        places.extend(begun.map(|at| from + at..text.len()));
        places
    }

    /// Where secrets stand in `raw`, in their order, none touching another. What is not seen within
    /// a secret belongs to it.
    fn places(&self, raw: &[u8], visible: Option<&Visible>) -> Vec<Range<usize>> {
        let mut places = self.known_in(raw, visible);
        places.append(&mut self.most_in(raw, visible));
        apart(places)
    }

    /// The same in no order, without what is only most of one.
    fn known_in(&self, raw: &[u8], visible: Option<&Visible>) -> Vec<Range<usize>> {
        let Some(finder) = &self.finder else {
            return Vec::new();
        };
        let mut places: Vec<Range<usize>> = finder
            .find_iter(raw)
            .map(|found| whole(raw, found.range(), found.len()))
            .collect();
        if let Some(visible) = visible {
            let finds = finder.find_iter(visible.text());
            places
                .extend(finds.map(|found| whole(raw, visible.range(&found.range()), found.len())));
        }
        let in_part = self.in_part(seen(raw, visible)).into_iter();
        places.extend(in_part.map(|place| as_it_came(place, visible)));
        places
    }

    /// Where the longest end of a line begins that is the beginning of a value, and of enough of it.
    fn begun(&self, line: &[u8], enough: impl Fn(usize) -> usize) -> Option<usize> {
        // An escape that is not whole may be any letter; and what looks like one may be what it is.
        let before = &line[..plain::whole(line)];
        let read_back = |text: &[u8]| match self.plain(text) {
            Some(plain) => {
                let at = begun_in(plain.text(), &self.bare().values, &enough);
                at.map(|at| plain.place(at))
            }
            None if text.len() < line.len() => begun_in(text, &self.values, &enough),
            None => None,
        };
        let cut = (before.len() < line.len()).then(|| read_back(before));
        let ways = [
            begun_in(line, &self.values, &enough),
            read_back(line),
            cut.flatten(),
        ];
        ways.into_iter().flatten().min()
    }
}

/// The same of a line in which every letter is written as it is.
fn begun_in<V: AsRef<[u8]>>(
    line: &[u8],
    values: &[V],
    enough: impl Fn(usize) -> usize,
) -> Option<usize> {
    let values = || values.iter().map(AsRef::as_ref);
    let begins = |at: usize| {
        let end = &line[at..];
        values().any(|value: &[u8]| {
            value.len() > end.len() && end.len() >= enough(value.len()) && value.starts_with(end)
        })
    };
    let longest = values().map(<[u8]>::len).max().unwrap_or(0);
    (line.len().saturating_sub(longest)..line.len()).find(|at| begins(*at))
}

impl Secrets {
    /// Values that must be masked. Short ones and words that every log holds are left alone.
    pub fn new<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> Self {
        Self::of_kind(values, Some(AhoCorasickKind::NoncontiguousNFA))
    }

    /// The same for logs: slower to make, and faster with each byte.
    pub fn for_logs<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> Self {
        Self::of_kind(values, None)
    }

    fn of_kind<S: AsRef<str>>(
        values: impl IntoIterator<Item = S>,
        kind: Option<AhoCorasickKind>,
    ) -> Self {
        Self(Arc::new(RwLock::new(Known::new(looked_for(values), kind))))
    }

    /// From now on these are masked too, by every copy. What was masked before still is: who was
    /// started with an old value may print it.
    pub fn learn<S: AsRef<str>>(&self, values: impl IntoIterator<Item = S>) {
        let mut looked = looked_for(values);
        let known = self.known();
        let values = &mut looked.values;
        values.retain(|value| known.values.binary_search(value).is_err());
        if values.is_empty() {
            return;
        }
        values.extend_from_slice(&known.values);
        looked.ends.extend_from_slice(&known.ends);
        looked.long.extend_from_slice(&known.long);
        let kind = known.kind;
        drop(known);
        let more = Known::new(looked, kind);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = more;
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        // What is known is replaced as a whole: nobody can have left it half done.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is nothing to mask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known().finder.is_none()
    }

    /// Whether `line` holds a secret.
    #[must_use]
    pub fn found_in(&self, line: &[u8]) -> bool {
        self.known().found_in(line, Visible::of(line).as_ref())
    }

    /// Appends whole lines of a service to `out`, every secret in them masked, unless there is none in them.
    /// Linear. A secret is found by what is seen of it: colours within it do not hide it. One that goes on
    /// over several lines is known by where it begins; `fold` keeps how far it has come.
    pub fn mask_if_found(&self, lines: &[u8], fold: &mut Fold, out: &mut Vec<u8>) -> bool {
        let known = self.known();
        if known.finder.is_none() {
            return false;
        }
        let visible = Visible::of(lines);
        let (visible, seen) = (visible.as_ref(), seen(lines, visible.as_ref()));
        let folds = known.folds();
        let may_be = fold.is_open()
            || folds.may_be_in(lines)
            || (visible.is_some() && folds.may_be_in(seen));
        let goes_on = folds.may_go_on_in(seen, fold);
        if !may_be && !goes_on && known.in_part(seen).is_empty() {
            fold.pass(seen);
            return false;
        }
        let mut places = known.known_in(lines, visible);
        let mut folded = Vec::new();
        if goes_on {
            folded = Folds::places_over_ends(seen, fold, |text| known.written_in(text));
        }
        if may_be {
            // How each begins tells that, too.
            places.append(&mut known.most_in(lines, visible));
            folded.append(&mut folds.places(seen, fold));
        }
        fold.pass(seen);
        let folded = folded.into_iter();
        places.extend(folded.map(|place| as_it_came(place, visible)));
        let places = apart(places);
        let found = !places.is_empty();
        if found {
            mask_at(places, lines, out);
        }
        found
    }

    /// How much of an unfinished line stands before the rest of a secret that the lines before began.
    #[must_use]
    pub fn before_rest(&self, line: &[u8], fold: &Fold) -> usize {
        if !fold.is_open() {
            return line.len();
        }
        let visible = Visible::of(line);
        let at = fold.begins_in(seen(line, visible.as_ref()));
        at.map_or(line.len(), |at| {
            visible.map_or(at, |visible| visible.place(at))
        })
    }

    /// Appends `line` to `out`, every secret in it masked. Linear in the length of the line.
    pub fn mask_into(&self, line: &[u8], out: &mut Vec<u8>) {
        let places = self.known().places(line, Visible::of(line).as_ref());
        mask_at(places, line, out);
    }

    /// How much of an unfinished line may be shown: all but what may be the beginning of a secret.
    #[must_use]
    pub fn settled(&self, line: &[u8]) -> usize {
        let visible = Visible::of(line);
        let at = self.known().begun(seen(line, visible.as_ref()), |_| 0);
        at.map_or(line.len(), |at| {
            visible.map_or(at, |visible| visible.place(at))
        })
    }

    /// Masks what a line that will not be finished ends with, where that is so much of a secret's
    /// beginning that it tells it.
    pub fn mask_end(&self, line: &mut Vec<u8>) {
        let known = self.known();
        let visible = Visible::of(line);
        let enough = |length: usize| length.div_ceil(2).clamp(BEGINNING.start, BEGINNING.end);
        let Some(at) = known.begun(seen(line, visible.as_ref()), enough) else {
            return;
        };
        let at = visible.as_ref().map_or(at, |visible| visible.place(at));
        // Half of another secret that ends here would not be found any more.
        let whole = known.places(line, visible.as_ref());
        let within = whole.iter().find(|place| place.contains(&at));
        line.truncate(within.map_or(at, |place| place.start));
        line.extend_from_slice(MASK.as_bytes());
    }

    /// Where a line that is too long may be cut: how much of it, and with what the next part begins.
    /// No secret is cut into two, and what follows a beginning that is all that is known of a secret
    /// is still behind it.
    #[must_use]
    pub fn cut(&self, line: &[u8]) -> (usize, Vec<u8>) {
        let known = self.known();
        let visible = Visible::of(line);
        let seen = seen(line, visible.as_ref());
        let finds = known
            .finder
            .iter()
            .flat_map(|finder| finder.find_iter(seen));
        let mut long = finds.filter(|found| found.len() >= LONGEST - 3);
        if let Some(found) = long.next() {
            return (line.len(), seen[found.range()].to_vec());
        }
        drop(long);
        let at = known.begun(seen, |_| 0);
        let (Some(at), Some(visible)) = (at, &visible) else {
            let settled = whole_characters(&line[..at.unwrap_or(line.len())]);
            return (settled, line[settled..].to_vec());
        };
        // Without its sequences: there may be any amount of them, and the next part has to be short.
        // One that is not whole is still needed.
        let mut next = seen[at..].to_vec();
        let after = &line[visible.place(seen.len().saturating_sub(1)) + 1..];
        next.extend_from_slice(&after[after.len().saturating_sub(SEQUENCE)..]);
        (visible.place(at), next)
    }

    /// Where the secrets of a text are.
    #[must_use]
    pub fn spans(&self, text: &str) -> Vec<Span> {
        let visible = Visible::of(text.as_bytes());
        let places = self.known().places(text.as_bytes(), visible.as_ref());
        places
            .into_iter()
            .map(|place| Span::new(place.start, place.end))
            .collect()
    }

    /// A text with every secret masked.
    #[must_use]
    pub fn mask_text(&self, text: &str) -> String {
        let mut out = Vec::with_capacity(text.len());
        self.mask_into(text.as_bytes(), &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// Length in bytes of the longest secret.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.known().longest
    }
}

/// The length of a text without the character at its end that is not whole.
fn whole_characters(text: &[u8]) -> usize {
    let lead = (1..=text.len().min(3))
        .map(|back| text.len() - back)
        .find(|at| text[*at] & 0xc0 != 0x80);
    match lead.map(|at| (at, std::str::from_utf8(&text[at..]))) {
        Some((at, Err(error))) if error.error_len().is_none() => at,
        _ => text.len(),
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

#[cfg(test)]
mod tests;
