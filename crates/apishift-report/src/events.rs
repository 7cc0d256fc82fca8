//! Event files of TensorBoard: curves of a training while it runs.
//!
//! A file is a sequence of records (length, its checksum, a message, its checksum: `TFRecord`); a message is an `Event` of
//! `tensorboard/compat/proto/event.proto`, of which only times, steps and scalars are written here.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
    time::Duration,
};

use prost::Message;

/// What happened at a time.
#[derive(Clone, PartialEq, Message)]
struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
}

/// Numbers of a step.
#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Scalar>,
}

/// A number with its name.
#[derive(Clone, PartialEq, Message)]
struct Scalar {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

/// A file of events that is being written. Each event is in the file when its call returns.
#[derive(Debug)]
pub struct EventFile {
    file: File,
}

impl EventFile {
    /// Starts a file in a folder, which is made where it is not there. `now`: since 1970. A training that goes on starts another file beside
    /// the first: TensorBoard shows both as one.
    pub fn create(folder: &Path, now: Duration) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let name = format!("events.out.tfevents.{}.{}.apishift", now.as_secs(), now.subsec_nanos());
        let mut events = Self { file: File::create(folder.join(name))? };
        let version = Some("brain.Event:2".to_owned());
        events.write(&Event { wall_time: now.as_secs_f64(), file_version: version, ..Event::default() })?;
        Ok(events)
    }

    /// Adds the numbers of a step.
    pub fn scalars(&mut self, now: Duration, step: u64, scalars: &[(&str, f64)]) -> io::Result<()> {
        #[expect(clippy::cast_possible_truncation, reason = "the format has 32 bits")]
        let scalar =
            |(tag, value): &(&str, f64)| Scalar { tag: (*tag).to_owned(), simple_value: Some(*value as f32) };
        let summary = Some(Summary { value: scalars.iter().map(scalar).collect() });
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        self.write(&Event { wall_time: now.as_secs_f64(), step, summary, ..Event::default() })
    }

    fn write(&mut self, event: &Event) -> io::Result<()> {
        self.file.write_all(&record(&event.encode_to_vec()))
    }
}

fn record(message: &[u8]) -> Vec<u8> {
    let length = (message.len() as u64).to_le_bytes();
    let mut record = Vec::with_capacity(message.len() + 16);
    record.extend(length);
    record.extend(masked(&length).to_le_bytes());
    record.extend(message);
    record.extend(masked(message).to_le_bytes());
    record
}

/// CRC-32C, turned and moved: as `TFRecord` has it, so that a checksum of what holds checksums says something.
fn masked(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The messages of a file, checksums checked.
    fn read(mut bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        while !bytes.is_empty() {
            let (head, rest) = bytes.split_at(12);
            let length = u64::from_le_bytes(head[..8].try_into().expect("eight bytes"));
            assert_eq!(head[8..], masked(&head[..8]).to_le_bytes());
            let (message, rest) = rest.split_at(usize::try_from(length).expect("it is small"));
            let (sum, rest) = rest.split_at(4);
            assert_eq!(sum, masked(message).to_le_bytes());
            events.push(Event::decode(message).expect("an event"));
            bytes = rest;
        }
        events
    }

    #[test]
    fn what_is_written_is_there_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = Duration::from_millis(1_500);
        let mut events = EventFile::create(&folder.path().join("new"), now).expect("a file");
        events.scalars(now, 7, &[("loss", 0.5), ("rate", 1e-4)]).expect("an event");
        let path = fs::read_dir(folder.path().join("new"))
            .expect("a folder")
            .next()
            .expect("a file")
            .expect("it")
            .path();
        let found = read(&fs::read(path).expect("its bytes"));
        assert_eq!(found[0].file_version.as_deref(), Some("brain.Event:2"));
        assert_eq!((found[1].step, found[1].wall_time), (7, 1.5));
        let values: Vec<_> = found[1]
            .summary
            .iter()
            .flat_map(|summary| &summary.value)
            .map(|one| (one.tag.as_str(), one.simple_value))
            .collect();
        assert_eq!(values, [("loss", Some(0.5)), ("rate", Some(1e-4))]);
    }

    #[test]
    fn checksums_are_those_of_tensorboard() {
        // `masked_crc32c` of tensorboard 2.20, run by hand.
        assert_eq!(masked(b"123456789"), 0xc78a_b0e5);
    }
}
