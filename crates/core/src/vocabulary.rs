//! The vocabulary: how what commands say in words becomes interned numbers, and how much of that there is room for.
//!
//! Checking never changes anything; entering never fails after its check. Whatever is mentioned without being
//! referred to yet takes one place at most, so a check counts just those.

use std::collections::BTreeSet;

use crate::change::Key;
use crate::class::{Requirements, check_labels, check_name};
use crate::codec::record::{self, ClassRecord, Record, TextRecord};
use crate::codec::wire::Wire;
use crate::event::{Event, PlaceStep};
use crate::intern::{ClassId, Interner, KindId, LabelKeyId, Meant, NamespaceId, QueueId};
use crate::limits;
use crate::name::Revision;
use crate::place::{QueueRecord, QueueSettings};
use crate::refusal::{Cap, Field, Refusal};
use crate::state::Parts;
use crate::task::QueueName;
use crate::turn::Turn;
use crate::worker::Offer;

/// What a command would add to the vocabulary.
#[derive(Default)]
pub(crate) struct Demand {
    queues: BTreeSet<(NamespaceId, Box<str>)>,
    classes: BTreeSet<Requirements>,
    /// Classes that exist, must stay while new ones are added, and are referred to by nothing yet.
    kept: BTreeSet<u32>,
}

/// How many of these texts nothing refers to yet.
fn unreferenced(interner: &Interner<Box<str>>, texts: &BTreeSet<&str>) -> usize {
    let idle = |text: &&&str| interner.find(**text).is_none_or(|number| interner.references(number) == 0);
    texts.iter().filter(idle).count()
}

impl Turn<'_> {
    pub(crate) fn namespace(&self, name: &str) -> Result<NamespaceId, Refusal> {
        self.state.places.namespace(name).ok_or(Refusal::NamespaceNotFound)
    }

    /// A queue that exists.
    pub(crate) fn queue(&self, name: &QueueName) -> Result<QueueId, Refusal> {
        let namespace = self.namespace(&name.namespace)?;
        self.state.places.queue(namespace, &name.queue).ok_or(Refusal::QueueNotFound)
    }

    /// The queue that is meant, if it exists; otherwise notes that it is to be made.
    pub(crate) fn check_queue(
        &self,
        meant: &Meant<QueueId, QueueName>,
        demand: &mut Demand,
    ) -> Result<Option<QueueId>, Refusal> {
        let name = match meant {
            Meant::Known { id, born } => {
                let row = self.state.places.queues.get(id.0).filter(|row| row.record.born == *born);
                return if row.is_some() { Ok(Some(*id)) } else { Err(Refusal::StaleName) };
            }
            Meant::Words(name) => name,
        };
        let namespace = self.namespace(&name.namespace)?;
        if let Some(id) = self.state.places.queue(namespace, &name.queue) {
            return Ok(Some(id));
        }
        check_name(&name.queue)?;
        if !self.state.places.namespaces[namespace.0].record.settings.queues_on_first_use {
            return Err(Refusal::QueueForbidden);
        }
        demand.queues.insert((namespace, name.queue.clone()));
        if self.state.places.queues.len() + demand.queues.len() > limits::QUEUES_MAX as usize {
            return Err(self.too_many(Cap::Queues));
        }
        Ok(None)
    }

    /// Checks a class; one in words must be in its canonical spelling.
    pub(crate) fn check_class(
        &self,
        meant: &Meant<ClassId, Box<Requirements>>,
        demand: &mut Demand,
    ) -> Result<(), Refusal> {
        let number = match meant {
            Meant::Known { id, born } if self.state.classes.means(id.0, *born) => id.0,
            Meant::Known { .. } => return Err(Refusal::StaleName),
            Meant::Words(words) => match self.state.classes.find(words) {
                Some(number) => number,
                None => {
                    words.bounds()?;
                    demand.classes.insert((**words).clone());
                    return Ok(());
                }
            },
        };
        if self.state.classes.references(number) == 0 {
            demand.kept.insert(number);
        }
        Ok(())
    }

    /// Whether all that was demanded fits. Classes that nothing refers to give way when their words are in short supply.
    pub(crate) fn check_demand(&mut self, demand: &Demand) -> Result<(), Refusal> {
        if demand.classes.is_empty() {
            return Ok(());
        }
        if demand.classes.len() + demand.kept.len() > self.state.classes.room() {
            return Err(self.too_many(Cap::Classes));
        }
        let kinds: BTreeSet<&str> =
            demand.classes.iter().flat_map(Requirements::kinds).map(|kind| &**kind).collect();
        let terms = demand.classes.iter().flat_map(|class| &class.selector);
        let keys: BTreeSet<&str> = terms.map(|term| &*term.key).collect();
        self.check_words(&kinds, &keys, &demand.kept)
    }

    /// Whether there is room for these kinds and label keys, if need be that of idle classes but for those `kept`.
    fn check_words(
        &mut self,
        kinds: &BTreeSet<&str>,
        keys: &BTreeSet<&str>,
        kept: &BTreeSet<u32>,
    ) -> Result<(), Refusal> {
        let short = |interner: &Interner<Box<str>>, texts| unreferenced(interner, texts) > interner.room();
        if short(&self.state.kinds, kinds) || short(&self.state.label_keys, keys) {
            let idle: Vec<u32> = self.state.classes.idle().filter(|number| !kept.contains(number)).collect();
            idle.into_iter().for_each(|number| self.forget_class(number));
        }
        if short(&self.state.kinds, kinds) {
            return Err(self.too_many(Cap::Kinds));
        }
        if short(&self.state.label_keys, keys) {
            return Err(self.too_many(Cap::LabelKeys));
        }
        Ok(())
    }

    fn forget_class(&mut self, number: u32) {
        self.state.classes.forget(number);
        let parts = std::mem::take(&mut self.state.parts[number as usize]);
        self.release_words(&parts.kinds, &parts.keys);
        self.changes.delete(Key::Class(ClassId(number)));
    }

    /// Enters everything demanded, so that every task of the command finds its queue and class.
    pub(crate) fn enter_demand(&mut self, demand: Demand) {
        let Demand { queues, classes, kept } = demand;
        // Nearly always everything is known already.
        if queues.is_empty() && classes.is_empty() {
            return;
        }
        for (namespace, name) in queues {
            self.add_queue(namespace, name, QueueSettings::default());
        }
        if classes.is_empty() {
            return;
        }
        kept.iter().for_each(|number| self.state.classes.hold(*number));
        let entered: Vec<u32> = classes.iter().map(|class| self.enter_class(class)).collect();
        kept.iter().chain(&entered).for_each(|number| self.state.classes.release(*number));
    }

    /// Adds a class, held until the caller releases it.
    fn enter_class(&mut self, class: &Requirements) -> u32 {
        let mut parts = Parts::default();
        for kind in class.kinds() {
            parts.kinds.push(self.enter_kind(kind));
        }
        for term in &class.selector {
            parts.keys.push(self.enter_label_key(&term.key));
        }
        let born = self.state.revision;
        let interned = self.state.classes.intern(class, born);
        self.state.classes.hold(interned.number);
        let at = interned.number as usize;
        if interned.evicted.is_some() {
            let former = std::mem::take(&mut self.state.parts[at]);
            self.release_words(&former.kinds, &former.keys);
        }
        if at == self.state.parts.len() {
            self.state.parts.push(parts)
        } else {
            self.state.parts[at] = parts
        }
        let kept = ClassRecord { born, requirements: class.clone() };
        self.changes.put(Key::Class(ClassId(interned.number)), |out| record::put(&kept, out));
        interned.number
    }

    /// A kind, held.
    pub(crate) fn enter_kind(&mut self, text: &str) -> KindId {
        let number = self.enter_text(
            text,
            |turn| &mut turn.state.kinds,
            |number, record: &TextRecord<4>, turn| {
                turn.changes.put(Key::Kind(KindId(number)), |out| record::put(record, out));
            },
        );
        KindId(number)
    }

    /// A label key, held.
    pub(crate) fn enter_label_key(&mut self, text: &str) -> LabelKeyId {
        let number = self.enter_text(
            text,
            |turn| &mut turn.state.label_keys,
            |number, record: &TextRecord<5>, turn| {
                turn.changes.put(Key::LabelKey(LabelKeyId(number)), |out| record::put(record, out));
            },
        );
        LabelKeyId(number)
    }

    fn enter_text<const TAG: u8>(
        &mut self,
        text: &str,
        interner: impl Fn(&mut Self) -> &mut Interner<Box<str>>,
        note: impl Fn(u32, &TextRecord<TAG>, &mut Self),
    ) -> u32
    where
        TextRecord<TAG>: Record + Wire,
    {
        let kept = TextRecord { born: self.state.revision, text: text.into() };
        let interned = interner(self).intern(&kept.text, kept.born);
        interner(self).hold(interned.number);
        if interned.fresh {
            note(interned.number, &kept, self);
        }
        interned.number
    }

    pub(crate) fn release_words(&mut self, kinds: &[KindId], keys: &[LabelKeyId]) {
        kinds.iter().for_each(|kind| self.state.kinds.release(kind.0));
        keys.iter().for_each(|key| self.state.label_keys.release(key.0));
    }

    pub(crate) fn add_queue(
        &mut self,
        namespace: NamespaceId,
        name: Box<str>,
        settings: QueueSettings,
    ) -> QueueId {
        let born: Revision = self.state.revision;
        let kept = QueueRecord { namespace, name, born, settings, paused: false };
        let queue = self.state.places.add_queue(kept);
        self.put_queue(queue, PlaceStep::Created);
        queue
    }

    /// Notes a queue's record and its step.
    pub(crate) fn put_queue(&mut self, queue: QueueId, step: PlaceStep) {
        let kept = &self.state.places.queues[queue.0].record;
        self.changes.put(Key::Queue(queue), |out| record::put(kept, out));
        self.events.push(Event::Queue { queue, step });
    }

    /// Notes a namespace's record and its step.
    pub(crate) fn put_namespace(&mut self, namespace: NamespaceId, step: PlaceStep) {
        let kept = &self.state.places.namespaces[namespace.0].record;
        self.changes.put(Key::Namespace(namespace), |out| record::put(kept, out));
        self.events.push(Event::Namespace { namespace, step });
    }

    /// The queue that is meant. It was checked, and made if need be.
    pub(crate) fn meant_queue(&self, meant: &Meant<QueueId, QueueName>) -> QueueId {
        match meant {
            Meant::Known { id, .. } => *id,
            Meant::Words(name) => self.queue(name).expect("the queue was entered before"),
        }
    }

    /// The class that is meant. It was checked, and entered if need be.
    pub(crate) fn meant_class(&self, meant: &Meant<ClassId, Box<Requirements>>) -> ClassId {
        match meant {
            Meant::Known { id, .. } => *id,
            Meant::Words(words) => {
                ClassId(self.state.classes.find(words).expect("the class was entered before"))
            }
        }
    }

    /// Whether a worker may offer this, and whether there is room for its words.
    pub(crate) fn check_offer(&mut self, offer: &Offer) -> Result<(), Refusal> {
        if offer.kinds.len() > limits::KINDS_OFFERED_MAX {
            return Err(Refusal::OutOfBounds { field: Field::Kinds });
        }
        if offer.slots == 0 || offer.slots > limits::SLOTS_MAX {
            return Err(Refusal::OutOfBounds { field: Field::Slots });
        }
        offer.kinds.iter().try_for_each(|kind| check_name(kind))?;
        check_labels(&offer.labels)?;
        offer.resources.bounds()?;
        let kinds = offer.kinds.iter().map(|kind| &**kind).collect();
        let keys = offer.labels.iter().map(|(key, _)| &**key).collect();
        self.check_words(&kinds, &keys, &BTreeSet::new())
    }

    /// The words of an offer as numbers, held, sorted for lookup.
    pub(crate) fn enter_offer(&mut self, offer: &Offer) -> (Vec<KindId>, Vec<(LabelKeyId, Box<str>)>) {
        let distinct: BTreeSet<&Box<str>> = offer.kinds.iter().collect();
        let mut kinds: Vec<KindId> = distinct.into_iter().map(|kind| self.enter_kind(kind)).collect();
        kinds.sort_unstable();
        let enter = |(key, value): &(Box<str>, Box<str>)| (self.enter_label_key(key), value.clone());
        let mut labels: Vec<(LabelKeyId, Box<str>)> = offer.labels.iter().map(enter).collect();
        labels.sort_unstable();
        (kinds, labels)
    }

    /// Removes a worker session that holds nothing any more.
    pub(crate) fn remove_worker(&mut self, slot: u32) {
        let worker = self.state.workers.remove(slot);
        self.changes.delete(Key::Worker(worker.id));
        let keys: Vec<LabelKeyId> = worker.record.labels.iter().map(|(key, _)| *key).collect();
        self.release_words(&worker.record.kinds, &keys);
    }
}
