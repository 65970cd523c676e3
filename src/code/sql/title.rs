//! What a statement is called by its words, understood or not.

use squawk_lexer::{TokenKind, tokenize};

/// Words that say nothing about what a statement is.
const FILLERS: &[&str] = &["OR", "REPLACE", "IF", "NOT", "EXISTS", "ONLY"];

/// Words of commands. Anything else is a name, where a statement's title ends.
const NOUNS: &str = "\
CREATE ALTER DROP TABLE INDEX UNIQUE CONCURRENTLY TYPE POLICY VIEW MATERIALIZED FUNCTION \
PROCEDURE TRIGGER SCHEMA SEQUENCE EXTENSION DOMAIN ROLE DATABASE TEMP TEMPORARY UNLOGGED \
ADD COLUMN CONSTRAINT VALUE RENAME TO ENABLE DISABLE FORCE ROW LEVEL SECURITY SET \
COMMENT ON GRANT REVOKE INSERT INTO UPDATE DELETE FROM TRUNCATE SELECT WITH DO BEGIN \
START TRANSACTION COMMIT END ROLLBACK ABORT SAVEPOINT RELEASE VACUUM REINDEX ANALYZE \
CLUSTER REFRESH LOCK COPY CALL SYSTEM VALIDATE ATTACH DETACH PARTITION PUBLICATION \
SUBSCRIPTION CAST AGGREGATE OPERATOR COLLATION LANGUAGE SERVER FOREIGN RULE EVENT \
STATISTICS DEFAULT PRIVILEGES OWNER RESET SHOW EXPLAIN NOTIFY LISTEN PREPARE EXECUTE \
DEALLOCATE MERGE";

/// The words before a statement's first name, upper case: `CREATE UNIQUE INDEX CONCURRENTLY`.
pub(super) fn words(sql: &str) -> String {
    let (mut at, mut words, mut any) = (0, Vec::new(), false);
    for token in tokenize(sql) {
        let text = sql.get(at..at + token.len as usize).unwrap_or_default();
        at += token.len as usize;
        match token.kind {
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. } => {}
            TokenKind::Ident => {
                let word = text.to_ascii_uppercase();
                if FILLERS.contains(&word.as_str()) && any {
                    continue;
                }
                if any && !NOUNS.split(' ').any(|noun| noun == word) {
                    break;
                }
                any = true;
                words.push(word);
                // The body of a query is no part of its name.
                if words.len() == 5
                    || matches!(text.to_ascii_lowercase().as_str(), "select" | "with" | "do")
                {
                    break;
                }
            }
            _ => break,
        }
    }
    words.join(" ")
}
