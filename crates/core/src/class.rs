//! Requirements: what a task asks of the worker that runs it, and what a worker has to offer.
//!
//! Tasks with equal requirements form a class, which is interned: matching is decided per class, never per task.

use crate::limits;
use crate::refusal::{Field, Refusal};

/// Amounts of resources. Integers: sums and comparisons are exact and the same everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resources {
    /// Processor time, in thousandths of one core.
    pub millicpu: u64,
    /// Memory, in bytes.
    pub memory_bytes: u64,
    /// Named others ("gpu"), sorted by name, each name once.
    pub custom: Vec<(Box<str>, u64)>,
}

impl Resources {
    fn amount(&self, name: &str) -> u64 {
        self.custom.binary_search_by(|(own, _)| (**own).cmp(name)).map_or(0, |at| self.custom[at].1)
    }

    /// Whether `more` still fits into `self` when `used` of it is taken already.
    #[must_use]
    pub fn has_room(&self, used: &Self, more: &Self) -> bool {
        self.shortage(used, more).is_none()
    }

    /// The first resource of which `self` has too little left for `more` when `used` of it is taken already.
    #[must_use]
    pub fn shortage<'a>(&self, used: &Self, more: &'a Self) -> Option<&'a str> {
        let short = |has: u64, used: u64, more: u64| more > 0 && used.saturating_add(more) > has;
        if short(self.millicpu, used.millicpu, more.millicpu) {
            return Some("millicpu");
        }
        if short(self.memory_bytes, used.memory_bytes, more.memory_bytes) {
            return Some("memory_bytes");
        }
        let lacks = |(name, more): &&(Box<str>, u64)| short(self.amount(name), used.amount(name), *more);
        more.custom.iter().find(lacks).map(|(name, _)| &**name)
    }

    /// Whether it is nothing at all.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.millicpu == 0 && self.memory_bytes == 0 && self.custom.is_empty()
    }

    pub(crate) fn add(&mut self, more: &Self) {
        self.millicpu = self.millicpu.saturating_add(more.millicpu);
        self.memory_bytes = self.memory_bytes.saturating_add(more.memory_bytes);
        for (name, amount) in &more.custom {
            match self.custom.binary_search_by(|(own, _)| own.cmp(name)) {
                Ok(at) => self.custom[at].1 = self.custom[at].1.saturating_add(*amount),
                Err(at) => self.custom.insert(at, (name.clone(), *amount)),
            }
        }
    }

    pub(crate) fn subtract(&mut self, less: &Self) {
        self.millicpu = self.millicpu.saturating_sub(less.millicpu);
        self.memory_bytes = self.memory_bytes.saturating_sub(less.memory_bytes);
        for (name, amount) in &less.custom {
            if let Ok(at) = self.custom.binary_search_by(|(own, _)| own.cmp(name)) {
                self.custom[at].1 = self.custom[at].1.saturating_sub(*amount);
                if self.custom[at].1 == 0 {
                    self.custom.remove(at);
                }
            }
        }
    }

    pub(crate) fn canonical(&mut self) {
        self.custom.retain(|(_, amount)| *amount > 0);
        self.custom.sort();
    }

    pub(crate) fn bounds(&self) -> Result<(), Refusal> {
        let amounts = [self.millicpu, self.memory_bytes]
            .into_iter()
            .chain(self.custom.iter().map(|(_, amount)| *amount));
        let sorted = self.custom.windows(2).all(|pair| pair[0].0 < pair[1].0);
        if amounts.into_iter().any(|amount| amount > limits::RESOURCE_AMOUNT_MAX)
            || self.custom.len() > limits::RESOURCES_MAX
            || !sorted
        {
            return Err(Refusal::OutOfBounds { field: Field::Resources });
        }
        self.custom.iter().try_for_each(|(name, _)| check_name(name))
    }
}

/// What is charged to a worker, or taken off it: slots, and the resources of the tasks in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Burden {
    slots: u32,
    resources: Resources,
}

impl Burden {
    /// One task more.
    pub fn add(&mut self, resources: &Resources) {
        self.slots = self.slots.saturating_add(1);
        self.resources.add(resources);
    }

    /// One task less, which was added before.
    pub fn subtract(&mut self, resources: &Resources) {
        self.slots = self.slots.saturating_sub(1);
        self.resources.subtract(resources);
    }

    /// How many slots it takes.
    #[must_use]
    pub const fn slots(&self) -> u32 {
        self.slots
    }

    /// Whether it is nothing at all.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.slots == 0 && self.resources.is_nothing()
    }

    /// What `used` comes to with this more, and that less.
    pub(crate) fn beside(&self, used: &Resources, less: &Self) -> Resources {
        let mut sum = used.clone();
        sum.add(&self.resources);
        sum.subtract(&less.resources);
        sum
    }
}

/// What a selector asks of one label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Test {
    /// The label has one of these values.
    In(Vec<Box<str>>),
    /// The label is absent or has none of these values.
    NotIn(Vec<Box<str>>),
    /// The label is there.
    Exists,
    /// The label is not there.
    Absent,
}

/// One term of a label selector; all terms must hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Selector {
    /// The label key.
    pub key: Box<str>,
    /// What is asked of it.
    pub test: Test,
}

impl Test {
    pub(crate) fn holds(&self, value: Option<&str>) -> bool {
        let among = |values: &[Box<str>]| value.is_some_and(|value| values.iter().any(|one| **one == *value));
        match self {
            Self::In(values) => among(values),
            Self::NotIn(values) => !among(values),
            Self::Exists => value.is_some(),
            Self::Absent => value.is_none(),
        }
    }

    fn values(&self) -> &[Box<str>] {
        match self {
            Self::In(values) | Self::NotIn(values) => values,
            Self::Exists | Self::Absent => &[],
        }
    }
}

/// What a task asks of its worker.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirements {
    /// The kind of work.
    pub kind: Box<str>,
    /// Other kinds that the worker must offer too.
    pub also: Vec<Box<str>>,
    /// What the worker's labels must say.
    pub selector: Vec<Selector>,
    /// What the worker must have free.
    pub resources: Resources,
}

impl Requirements {
    /// Requirements of nothing but a kind.
    #[must_use]
    pub fn of_kind(kind: &str) -> Self {
        Self { kind: kind.into(), also: Vec::new(), selector: Vec::new(), resources: Resources::default() }
    }

    /// The one spelling of equal requirements, so that they form one class.
    pub(crate) fn canonical(&mut self) {
        self.also.sort();
        self.also.dedup();
        self.also.retain(|kind| *kind != self.kind);
        self.selector.sort();
        self.selector.dedup();
        self.resources.canonical();
    }

    pub(crate) fn kinds(&self) -> impl Iterator<Item = &Box<str>> {
        std::iter::once(&self.kind).chain(&self.also)
    }

    pub(crate) fn bounds(&self) -> Result<(), Refusal> {
        self.kinds().try_for_each(|kind| check_name(kind))?;
        let long = |text: &str| text.len() > limits::LABEL_VALUE_BYTES_MAX;
        for term in &self.selector {
            check_label_key(&term.key)?;
            if term.test.values().len() > limits::SELECTOR_TERMS_MAX
                || term.test.values().iter().any(|value| long(value))
            {
                return Err(Refusal::OutOfBounds { field: Field::Selector });
            }
        }
        let values = self.selector.iter().flat_map(|term| term.test.values()).map(|value| value.len());
        let keys = self.selector.iter().map(|term| term.key.len());
        let names = self
            .kinds()
            .map(|kind| kind.len())
            .chain(self.resources.custom.iter().map(|(name, _)| name.len()));
        if values.chain(keys).chain(names).sum::<usize>() > limits::REQUIREMENT_BYTES_MAX {
            return Err(Refusal::OutOfBounds { field: Field::Requirements });
        }
        if self.also.len() > limits::KINDS_REQUIRED_MAX {
            return Err(Refusal::OutOfBounds { field: Field::Kinds });
        }
        if self.selector.len() > limits::SELECTOR_TERMS_MAX {
            return Err(Refusal::OutOfBounds { field: Field::Selector });
        }
        self.resources.bounds()
    }
}

/// A name that people give. Letters, digits, `_`, `-` and `.`, and a letter, digit or `_` first: it fits a path, a
/// label and a file as it is, and no two names look alike.
pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let first = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let fine = first && name.len() <= limits::NAME_BYTES_MAX && name.chars().all(inner);
    if fine { Ok(()) } else { Err(Refusal::BadName) }
}

/// A label key: a name, or two joined by a slash.
pub(crate) fn check_label_key(key: &str) -> Result<(), Refusal> {
    let (domain, name) = key.split_once('/').map_or((None, key), |(domain, name)| (Some(domain), name));
    domain.map_or(Ok(()), check_name)?;
    if key.len() > limits::NAME_BYTES_MAX { Err(Refusal::BadName) } else { check_name(name) }
}

/// Labels: few, sorted by key, each key once, values short.
pub(crate) fn check_labels(labels: &[(Box<str>, Box<str>)]) -> Result<(), Refusal> {
    let sorted = labels.windows(2).all(|pair| pair[0].0 < pair[1].0);
    let long = labels.iter().any(|(_, value)| value.len() > limits::LABEL_VALUE_BYTES_MAX);
    if labels.len() > limits::LABELS_MAX || long || !sorted {
        return Err(Refusal::OutOfBounds { field: Field::Labels });
    }
    labels.iter().try_for_each(|(key, _)| check_label_key(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resources(millicpu: u64, gpus: u64) -> Resources {
        let mut resources = Resources { millicpu, memory_bytes: 0, custom: vec![("gpu".into(), gpus)] };
        resources.canonical();
        resources
    }

    #[test]
    fn room_is_exact_and_charges_cancel_out() {
        let (has, mut used) = (resources(1_000, 2), Resources::default());
        assert!(has.has_room(&used, &resources(1_000, 2)));
        used.add(&resources(500, 1));
        assert!(has.has_room(&used, &resources(500, 1)));
        assert!(!has.has_room(&used, &resources(501, 0)) && !has.has_room(&used, &resources(0, 2)));
        used.subtract(&resources(500, 1));
        assert_eq!(used, Resources::default());
    }

    #[test]
    fn equal_requirements_have_one_spelling() {
        let mut one =
            Requirements { also: vec!["b".into(), "a".into(), "k".into()], ..Requirements::of_kind("k") };
        let mut two =
            Requirements { also: vec!["a".into(), "b".into(), "b".into()], ..Requirements::of_kind("k") };
        one.canonical();
        two.canonical();
        assert_eq!(one, two);
    }
}
