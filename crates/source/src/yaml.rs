//! YAML streamed into the [`Sink`] that JSON is streamed into: no document tree.
//!
//! The parser is that of `serde-saphyr`, below its serde layer: a report of a benchmark has 5,000
//! brothers, and most of their numbers are wanted. Plain scalars are resolved by the core schema of
//! YAML 1.2, which is what PyYAML and Go write. Everything that makes YAML expensive is bounded:
//! aliases by what they expand to, depth as in JSON.

mod resolve;
#[cfg(test)]
mod tests;

use granit_parser::{Event, Parser, ScalarStyle, Tag};
use inferguard_model::{Problem, ProblemCode};
use rustc_hash::FxHashMap;

use crate::json::{Container, Enter, JsonScalar, Pointer, SeenKeys, Sink, Told};
use crate::limits;
use crate::reader::Refusal;

/// Walks the first document of a text into the sink, and returns the sink with what was noticed.
pub fn read<S: Sink>(text: &[u8], sink: S) -> Result<(S, Vec<Problem>), Refusal> {
    let (decoded, encoding) = crate::text::decode(text, true);
    let mut problems: Vec<Problem> = encoding.into_iter().collect();
    let decoded = std::str::from_utf8(&decoded)
        .map_err(|_| Refusal::new("not valid YAML: the text is no UTF-8"))?;
    if decoded.trim().is_empty() {
        return Err(Refusal::new("the file is empty"));
    }
    let mut walker = Walker {
        sink,
        at: Pointer::default(),
        frames: Vec::new(),
        skipped: 0,
        told: Told::new(&mut problems),
        anchors: Anchors::default(),
    };
    let mut documents = 0;
    for event in Parser::new_from_str(decoded) {
        let (event, span) = event.map_err(|error| {
            let mark = error.marker();
            let (line, column) = (mark.line(), mark.col() + 1);
            Refusal::new(format!(
                "not valid YAML at line {line}, column {column}: {}",
                error.kind()
            ))
        })?;
        match event {
            Event::DocumentStart(..) => documents += 1,
            Event::StreamEnd => break,
            _ if documents > 1 => break,
            event => walker.event(event).map_err(|why| {
                Refusal::new(format!("not readable YAML at line {}: {why}", span.start.line()))
            })?,
        }
    }
    let Walker { sink, told, .. } = walker;
    told.finish();
    if documents > 1 {
        let told = "the file holds several documents; the first is read";
        problems.push(Problem::warning(ProblemCode::LeftOut, "", told));
    }
    Ok((sink, problems))
}

/// A mapping or sequence that is being walked.
struct Frame {
    container: Container,
    enter: Enter,
    /// The next element of a sequence.
    index: usize,
    /// A key was read and its value was not.
    has_key: bool,
    seen: Option<SeenKeys>,
}

struct Walker<'w, S> {
    sink: S,
    at: Pointer,
    frames: Vec<Frame>,
    /// Containers that are open inside a part that is passed over.
    skipped: usize,
    told: Told<'w>,
    anchors: Anchors,
}

/// What was anchored, to be repeated where an alias stands.
#[derive(Default)]
struct Anchors {
    whole: FxHashMap<usize, Vec<Node>>,
    /// Anchored containers that are not closed: their id, what was read, and what is open in them.
    open: Vec<(usize, Vec<Node>, usize)>,
    /// Nodes that aliases were expanded to so far.
    expanded: usize,
}

/// An event that an alias repeats.
#[derive(Debug, Clone)]
enum Node {
    Scalar(Box<str>, bool),
    Start(Container),
    End,
}

impl<S: Sink> Walker<'_, S> {
    fn event(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = style != ScalarStyle::Plain || tag.as_deref().is_some_and(is_text);
                self.anchors.scalar(anchor, &text, is_text);
                self.scalar(&text, is_text);
                Ok(())
            }
            Event::MappingStart(_, anchor, _) => {
                self.anchors.start(anchor, Container::Object);
                self.start(Container::Object)
            }
            Event::SequenceStart(_, anchor, _) => {
                self.anchors.start(anchor, Container::Array);
                self.start(Container::Array)
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.anchors.end();
                self.end();
                Ok(())
            }
            Event::Alias(id) => self.alias(id),
            _ => Ok(()),
        }
    }

    /// Repeats what was anchored. What an alias expands to is counted, so that a few lines that
    /// stand for a billion cost no more than a few thousand.
    fn alias(&mut self, id: usize) -> Result<(), &'static str> {
        let Some(nodes) = self.anchors.whole.get(&id).cloned() else {
            return Err("an alias stands for what it is a part of");
        };
        self.anchors.expanded += nodes.len();
        if self.anchors.expanded > limits::YAML_ALIAS_NODES {
            return Err("its aliases expand to too much");
        }
        for node in nodes {
            match node {
                Node::Scalar(text, is_text) => {
                    self.anchors.scalar(0, &text, is_text);
                    self.scalar(&text, is_text);
                }
                Node::Start(container) => {
                    self.anchors.start(0, container);
                    self.start(container)?;
                }
                Node::End => {
                    self.anchors.end();
                    self.end();
                }
            }
        }
        Ok(())
    }

    fn scalar(&mut self, text: &str, is_text: bool) {
        if self.skipped > 0 {
            return;
        }
        if let Some(frame) = self.frames.last_mut()
            && frame.container == Container::Object
            && !frame.has_key
        {
            frame.has_key = true;
            self.at.push(text);
            if frame.seen.get_or_insert_with(SeenKeys::new).again(self.at.last()) {
                self.told.duplicate(&self.at);
            }
            return;
        }
        self.element();
        let value = if is_text { JsonScalar::Str(text) } else { resolve::plain(text) };
        self.sink.scalar(&self.at, value);
        self.done();
    }

    fn start(&mut self, container: Container) -> Result<(), &'static str> {
        if self.skipped > 0 {
            self.skipped += 1;
            return Ok(());
        }
        let is_key = self
            .frames
            .last()
            .is_some_and(|frame| frame.container == Container::Object && !frame.has_key);
        if is_key {
            return Err("a key is a mapping or a list");
        }
        self.element();
        let enter = if self.at.depth() >= limits::JSON_DEPTH {
            self.told.too_deep(&self.at);
            Enter::Skip
        } else {
            self.sink.enter(&self.at, container)
        };
        if enter == Enter::Skip {
            self.skipped = 1;
        } else {
            self.frames.push(Frame { container, enter, index: 0, has_key: false, seen: None });
        }
        Ok(())
    }

    fn end(&mut self) {
        if self.skipped > 0 {
            self.skipped -= 1;
            if self.skipped > 0 {
                return;
            }
        } else if let Some(frame) = self.frames.pop() {
            self.sink.leave(&self.at, frame.container);
        }
        self.done();
    }

    /// Before a value: the place of an element of a sequence.
    fn element(&mut self) {
        if let Some(Frame { container: Container::Array, enter: Enter::Walk, index, .. }) =
            self.frames.last()
        {
            self.at.push_index(*index);
        }
    }

    /// After a value: back to the place of what holds it.
    fn done(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        if frame.container == Container::Object {
            frame.has_key = false;
            self.at.pop();
        } else if frame.enter == Enter::Walk {
            frame.index += 1;
            self.at.pop();
        }
    }
}

fn is_text(tag: &Tag) -> bool {
    tag.is_yaml_core_schema_tag("str")
}

impl Anchors {
    fn scalar(&mut self, anchor: usize, text: &str, is_text: bool) {
        for (_, nodes, _) in &mut self.open {
            nodes.push(Node::Scalar(text.into(), is_text));
        }
        if anchor > 0 {
            self.whole.insert(anchor, vec![Node::Scalar(text.into(), is_text)]);
        }
    }

    fn start(&mut self, anchor: usize, container: Container) {
        if anchor > 0 {
            self.open.push((anchor, Vec::new(), 0));
        }
        for (_, nodes, depth) in &mut self.open {
            nodes.push(Node::Start(container));
            *depth += 1;
        }
    }

    fn end(&mut self) {
        for (_, nodes, depth) in &mut self.open {
            nodes.push(Node::End);
            *depth -= 1;
        }
        while let Some((id, nodes, _)) = self.open.pop_if(|(_, _, depth)| *depth == 0) {
            self.whole.insert(id, nodes);
        }
    }
}
