//! Lines of shell text to commands: as much of the grammar as env files use.

use super::lexer::{Broken, Lexer, Token};
use crate::env::dialect::model::NoteKind;
use std::ops::Range;

/// How deep groups may nest.
const DEPTH: usize = 50;

/// A command; words are ranges of the text.
pub(super) enum Command {
    /// `input`: it reads from a file.
    Simple {
        words: Vec<Range<usize>>,
        input: bool,
    },
    Group(Vec<Item>),
    If {
        branches: Vec<(Vec<Item>, Vec<Item>)>,
        otherwise: Vec<Item>,
    },
    /// Parts of a pipeline, a background job, `( … )`: a process of its own, so nothing it sets comes back.
    Elsewhere(Range<usize>),
}

/// One command of a list.
pub(super) struct Item {
    pub(super) command: Command,
    pub(super) negated: bool,
    /// When it runs, given the status of what ran before.
    pub(super) when: When,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum When {
    Always,
    Success,
    Failure,
}

/// Reads one line at a time, as the shell does: a syntax error ends the file, but what stood on lines before it has
/// been run by then.
pub(super) struct Parser<'t> {
    lexer: Lexer<'t>,
    token: Option<Token>,
    /// Where the current token starts.
    start: usize,
}

const RESERVED: [&str; 8] = ["then", "elif", "else", "fi", "do", "done", "esac", "}"];
const COMPOUND: [&str; 8] = [
    "for", "while", "until", "case", "select", "function", "[[", "coproc",
];

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            lexer: Lexer { text, at: 0 },
            token: None,
            start: 0,
        }
    }

    /// The commands of the next line that has any.
    pub(super) fn line(&mut self) -> Result<Option<Vec<Item>>, Broken> {
        self.newlines()?;
        if self.peek()? == Token::End {
            return Ok(None);
        }
        let items = self.list(&[], 0)?;
        match self.take()? {
            Token::Newline | Token::End => Ok(Some(items)),
            _ => Err(self.unexpected()),
        }
    }

    fn peek(&mut self) -> Result<Token, Broken> {
        if let Some(token) = &self.token {
            return Ok(token.clone());
        }
        let token = self.lexer.next()?;
        self.start = match &token {
            Token::Word(range) => range.start,
            Token::Operator(operator) => self.lexer.at - operator.len(),
            Token::Newline | Token::End => self.lexer.at,
        };
        self.token = Some(token.clone());
        Ok(token)
    }

    fn take(&mut self) -> Result<Token, Broken> {
        let token = self.peek()?;
        self.token = None;
        Ok(token)
    }

    fn word(&mut self) -> Result<Option<&'t str>, Broken> {
        let text = self.lexer.text;
        Ok(match self.peek()? {
            Token::Word(range) => Some(&text[range]),
            _ => None,
        })
    }

    fn newlines(&mut self) -> Result<(), Broken> {
        while self.peek()? == Token::Newline {
            self.take()?;
        }
        Ok(())
    }

    fn unexpected(&self) -> Broken {
        Broken {
            kind: NoteKind::SyntaxError,
            at: self.start,
        }
    }

    /// Commands up to the line end, or, inside a compound command, up to one of the words that end it.
    fn list(&mut self, until: &[&str], depth: usize) -> Result<Vec<Item>, Broken> {
        let mut items = Vec::new();
        let mut when = When::Always;
        loop {
            if !until.is_empty() {
                self.newlines()?;
                if self.word()?.is_some_and(|word| until.contains(&word))
                    && when == When::Always
                    && !items.is_empty()
                {
                    return Ok(items);
                }
            }
            let mut item = self.pipeline(when, depth)?;
            let at = self.start;
            when = When::Always;
            match self.peek()? {
                Token::Operator("&&") => when = When::Success,
                Token::Operator("||") => when = When::Failure,
                Token::Operator(";") => {}
                Token::Operator("&") => item.command = Command::Elsewhere(at..at + 1),
                Token::Newline if !until.is_empty() => {}
                _ => {
                    items.push(item);
                    return Ok(items);
                }
            }
            items.push(item);
            self.take()?;
            if when != When::Always {
                self.newlines()?;
            } else if until.is_empty() && matches!(self.peek()?, Token::Newline | Token::End) {
                return Ok(items);
            }
        }
    }

    fn pipeline(&mut self, when: When, depth: usize) -> Result<Item, Broken> {
        let mut negated = false;
        while self.word()? == Some("!") {
            self.take()?;
            negated = !negated;
            if matches!(
                self.peek()?,
                Token::Newline | Token::End | Token::Operator(";")
            ) {
                let command = Command::Simple {
                    words: Vec::new(),
                    input: false,
                };
                return Ok(Item {
                    command,
                    negated,
                    when,
                });
            }
        }
        self.peek()?;
        let start = self.start;
        let mut command = self.command(depth)?;
        while let Token::Operator("|" | "|&") = self.peek()? {
            self.take()?;
            self.newlines()?;
            self.command(depth)?;
            command = Command::Elsewhere(start..self.start.max(start));
        }
        Ok(Item {
            command,
            negated,
            when,
        })
    }

    fn command(&mut self, depth: usize) -> Result<Command, Broken> {
        if depth > DEPTH {
            return Err(Broken {
                kind: NoteKind::Unsupported,
                at: self.start,
            });
        }
        match self.word()? {
            Some("if") => self.conditional(depth),
            Some("{") => {
                self.take()?;
                let items = self.list(&["}"], depth + 1)?;
                self.expect("}")?;
                Ok(Command::Group(items))
            }
            Some(word) if RESERVED.contains(&word) => Err(self.unexpected()),
            Some(word) if COMPOUND.contains(&word) => Err(Broken {
                kind: NoteKind::Unsupported,
                at: self.start,
            }),
            None if self.peek()? == Token::Operator("(") => Err(Broken {
                kind: NoteKind::Unsupported,
                at: self.start,
            }),
            _ => self.simple(),
        }
    }

    fn conditional(&mut self, depth: usize) -> Result<Command, Broken> {
        let (mut branches, mut otherwise) = (Vec::new(), Vec::new());
        self.take()?;
        loop {
            let condition = self.list(&["then"], depth + 1)?;
            self.expect("then")?;
            branches.push((condition, self.list(&["elif", "else", "fi"], depth + 1)?));
            match self.word()? {
                Some("elif") => {
                    self.take()?;
                }
                Some("else") => {
                    self.take()?;
                    otherwise = self.list(&["fi"], depth + 1)?;
                    break;
                }
                _ => break,
            }
        }
        self.expect("fi")?;
        Ok(Command::If {
            branches,
            otherwise,
        })
    }

    fn expect(&mut self, word: &str) -> Result<(), Broken> {
        if self.word()? == Some(word) {
            self.take()?;
            return Ok(());
        }
        Err(self.unexpected())
    }

    fn simple(&mut self) -> Result<Command, Broken> {
        let (mut words, mut redirected, mut input) = (Vec::new(), false, false);
        loop {
            match self.peek()? {
                Token::Word(range) => words.push(range),
                Token::Operator(operator) if operator.contains(['<', '>']) => {
                    self.take()?;
                    if operator.starts_with("<<") && operator != "<<<" {
                        return Err(Broken {
                            kind: NoteKind::Unsupported,
                            at: self.start,
                        });
                    }
                    if self.word()?.is_none() {
                        return Err(self.unexpected());
                    }
                    redirected = true;
                    input |= matches!(operator, "<" | "<>");
                }
                Token::Operator("(") => return Err(self.unexpected()),
                _ if words.is_empty() && !redirected => return Err(self.unexpected()),
                _ => return Ok(Command::Simple { words, input }),
            }
            self.take()?;
        }
    }
}
